#include "analysis/instrument_xray.h"

#include "base/units.h"

#include <math.h>

#define AT(member) .offset = offsetof(InstrumentXray, member)

const ConfigField instrument_xray_fields[] = {
    {.key = "wavelength",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.20723 A",
     .low = 0.01,
     .high = 10,
     AT(wavelength),
     .help = "X-ray wavelength"},
    {.key = "qmin",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.5 1/A",
     .low = 0,
     .high = 70,
     AT(qmin),
     .help = "least Q of the transform"},
    {.key = "qmax",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "23.8 1/A",
     .low = 1,
     .high = 75,
     AT(qmax),
     .help = "greatest Q of the transform"},
    {.key = "qdamp",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.035 1/A",
     .low = 0,
     .high = 1,
     AT(qdamp),
     .help = "envelope exp(-(r qdamp)^2/2) of G(r)"},
    {.key = "qbroad",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0 1/A",
     .low = 0,
     .high = 1,
     AT(qbroad),
     .help = "peak broadening, (qbroad r)^2 added to the square of the FWHM"},
    {.key = "lorch",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     AT(lorch),
     .help = "damp termination ripples with the Lorch window"},
    {.key = "qstep",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.02 1/A",
     .low = 1e-3,
     .high = 1,
     AT(qstep),
     .help = "grid of S(Q) in the results"},
    {.key = "rstep",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.02 A",
     .low = 1e-3,
     .high = 1,
     AT(rstep),
     .help = "grid of G(r) in the results"},
};
const size_t instrument_xray_nfields =
    sizeof instrument_xray_fields / sizeof *instrument_xray_fields;

Err instrument_xray_check(const InstrumentXray *i)
{
    double reach = 4.0 * PI / i->wavelength;
    if (i->qmax > reach)
        return err_set(ERR_INPUT, "qmax: %g 1/A is beyond 4 pi/wavelength = %g 1/A", i->qmax,
                       reach);
    if (i->qmin >= i->qmax)
        return err_set(ERR_INPUT, "qmin: %g 1/A is not below qmax = %g 1/A", i->qmin, i->qmax);
    return OK;
}

double instrument_xray_angle(const InstrumentXray *i, double q)
{
    return 2.0 * asin(q * i->wavelength / (4.0 * PI)) * 180.0 / PI;
}

XrayOptions instrument_xray_options(const InstrumentXray *i)
{
    return (XrayOptions){.qmin = i->qmin,
                         .qmax = i->qmax,
                         .lorch = i->lorch,
                         .qdamp = i->qdamp,
                         .extra.qbroad = i->qbroad,
                         .qstep = i->qstep,
                         .rstep = i->rstep};
}
