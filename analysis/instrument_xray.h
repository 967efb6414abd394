/* instrument_xray.h -- the window through which a total-scattering beamline sees G(r).
 *
 * Defaults are P02.1 at DESY as used by M. Heere et al., Sci. Rep. 10, 9080 (2020),
 * doi 10.1038/s41598-020-65857-6: 0.20723 A, Qmax 23.8 1/A, no Lorch window. Qmin, Qdamp and Qbroad
 * are not given there: Qmin 0.5 1/A is assumed, Qdamp 0.035 1/A is estimated from a 1 mm capillary
 * at 220 mm (0.03 to 0.06), Qbroad is left at 0.
 */
#ifndef ANALYSIS_INSTRUMENT_XRAY_H
#define ANALYSIS_INSTRUMENT_XRAY_H

#include "analysis/xray.h"
#include "store/config.h"

typedef struct InstrumentXray {
    double wavelength; /* [A] */
    double qmin, qmax; /* [1/A] */
    double qdamp;      /* [1/A] */
    double qbroad;     /* [1/A] */
    bool lorch;
    double qstep; /* [1/A] of S(Q) that is given out */
    double rstep; /* [A] of G(r) */
} InstrumentXray;

/* Table for config_read on an InstrumentXray. */
extern const ConfigField instrument_xray_fields[];
extern const size_t instrument_xray_nfields;

/* ERR_INPUT if Qmax cannot be reached with the wavelength (Q < 4 pi/lambda) or the window is empty.
 * Local. */
Err instrument_xray_check(const InstrumentXray *i) MUST_USE;

/* Scattering angle 2 theta [degrees] of Q. Local. */
double instrument_xray_angle(const InstrumentXray *i, double q);

/* What xray_pdf needs to know. Local. */
XrayOptions instrument_xray_options(const InstrumentXray *i);

#endif
