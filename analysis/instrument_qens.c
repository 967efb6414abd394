#include "analysis/instrument_qens.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>

#define AT(member) .offset = offsetof(InstrumentQens, member)

const ConfigField instrument_qens_fields[] = {
    {.key = "wavelength",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "5 A",
     .low = 0.5,
     .high = 30,
     AT(wavelength),
     .help = "incident wavelength"},
    {.key = "fwhm",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "0.065 meV",
     .low = 1e-5,
     .high = 100,
     AT(fwhm),
     .help = "elastic resolution, full width at half maximum of a Gaussian"},
    {.key = "q_low",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.3 1/A",
     .low = 0.01,
     .high = 20,
     AT(q_low),
     .help = "least Q"},
    {.key = "q_high",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "2.2 1/A",
     .low = 0.01,
     .high = 20,
     AT(q_high),
     .help = "greatest Q"},
    {.key = "q_step",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.1 1/A",
     .low = 1e-3,
     .high = 5,
     AT(q_step),
     .help = "distance of the Q groups"},
    {.key = "e_low",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "-1.5 meV",
     .low = -1000,
     .high = 1000,
     AT(e_low),
     .help = "least energy transfer (negative: the neutron gains energy)"},
    {.key = "e_high",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "1.5 meV",
     .low = -1000,
     .high = 1000,
     AT(e_high),
     .help = "greatest energy transfer"},
    {.key = "e_step",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "0.01 meV",
     .low = 1e-5,
     .high = 10,
     AT(e_step),
     .help = "energy bin"},
    {.key = "counts",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 1e12,
     AT(counts),
     .help = "expected counts per spectrum; 0 for no counting noise"},
    {.key = "background",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 0.99,
     AT(background),
     .help = "share of the counts that is flat background"},
    {.key = "seed",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     AT(seed),
     .help = "of the counting noise"},
};
const size_t instrument_qens_nfields =
    sizeof instrument_qens_fields / sizeof *instrument_qens_fields;

/* Ends of the detector bank, 2 theta in degrees (TOFTOF instrument definition of Mantid and NICOS)
 */
static const double ANGLE_LOW = 7.5915, ANGLE_HIGH = 139.186;

double instrument_qens_incident(const InstrumentQens *i)
{
    return UNITS_NEUTRON_MEV_A2 / (i->wavelength * i->wavelength);
}

double instrument_qens_kf_over_ki(const InstrumentQens *i, double e)
{
    return sqrt(fmax(0.0, 1.0 - e / instrument_qens_incident(i)));
}

void instrument_qens_q_range(const InstrumentQens *i, double e, double *low, double *high)
{
    double ki = 2.0 * PI / i->wavelength, kf = ki * instrument_qens_kf_over_ki(i, e);
    *low = sqrt(ki * ki + kf * kf - 2.0 * ki * kf * cos(ANGLE_LOW * PI / 180.0));
    *high = sqrt(ki * ki + kf * kf - 2.0 * ki * kf * cos(ANGLE_HIGH * PI / 180.0));
}

Err instrument_qens_check(const InstrumentQens *i)
{
    double low, high, ei = instrument_qens_incident(i);
    instrument_qens_q_range(i, 0.0, &low, &high);
    if (i->q_low >= i->q_high || i->e_low >= i->e_high)
        return err_set(ERR_INPUT, "instrument: q_low..q_high and e_low..e_high must be increasing");
    if (i->q_low < low || i->q_high > high)
        return err_set(ERR_INPUT, "instrument: elastic Q is %.3g to %.3g 1/A at %g A, not %g to %g",
                       low, high, i->wavelength, i->q_low, i->q_high);
    if (i->e_high >= ei)
        return err_set(ERR_INPUT, "e_high: %g meV; a neutron of %g A has only %.4g meV to lose",
                       i->e_high, i->wavelength, ei);
    return OK;
}

double instrument_qens_sigma(const InstrumentQens *i)
{
    return i->fwhm / (2.0 * sqrt(2.0 * log(2.0)));
}

double instrument_qens_in_time(const InstrumentQens *i, double t)
{
    double x = instrument_qens_sigma(i) * t / UNITS_HBAR_MEV_PS;
    return exp(-0.5 * x * x);
}

static size_t even_grid(double low, double high, double step, double **out)
{
    size_t n = (size_t)floor((high - low) / step + 1e-9) + 1;
    *out = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++)
        (*out)[k] = low + (double)k * step;
    return n;
}

size_t instrument_qens_q(const InstrumentQens *i, double **q)
{
    return even_grid(i->q_low, i->q_high, i->q_step, q);
}

size_t instrument_qens_e(const InstrumentQens *i, double **e)
{
    return even_grid(i->e_low, i->e_high, i->e_step, e);
}

Err instrument_qens_count(const InstrumentQens *i, uint64_t spectrum, size_t n,
                          const double shape[], double mean[], double counts[])
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        if (!(shape[k] >= 0))
            return err_set(ERR_INPUT, "counting noise: intensity %g in channel %zu is negative",
                           shape[k], k + 1);
        sum += shape[k];
    }
    if (!(sum > 0))
        return err_set(ERR_INPUT, "counting noise: the spectrum is empty");
    double total = i->counts > 0 ? i->counts : sum;
    for (size_t k = 0; k < n; k++) {
        mean[k] = total * ((1.0 - i->background) * shape[k] / sum + i->background / (double)n);
        counts[k] = i->counts > 0
                        ? (double)rng_poisson((uint64_t)i->seed, RNG_NOISE, spectrum, k, mean[k])
                        : mean[k];
    }
    return OK;
}
