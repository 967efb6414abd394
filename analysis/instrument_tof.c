#include "analysis/instrument_tof.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* m/h: what a neutron of 1 A takes for 1 m [s] */
static const double SLOWNESS = 1e-10 * UNITS_NEUTRON_U * UNITS_U_KG / UNITS_H_J_S;

enum { TABLE = 400 }; /* points of the curve of widths */

#define AT(member) .offset = offsetof(InstrumentTof, member)
#define LENGTH(name, value, text)                                                                  \
    {                                                                                              \
        .key = #name, .kind = CONFIG_QUANTITY, .unit = "m", .fallback = value, .low = 0,           \
        .high = 1000, AT(name), .help = text                                                       \
    }
#define ENERGY(name, value, text)                                                                  \
    {                                                                                              \
        .key = #name, .kind = CONFIG_QUANTITY, .unit = "meV", .fallback = value, .low = -1000,     \
        .high = 1000, AT(name), .help = text                                                       \
    }
#define ANGLE(name, value, text)                                                                   \
    {                                                                                              \
        .key = #name, .kind = CONFIG_QUANTITY, .unit = "degree", .fallback = value, .low = 0.01,   \
        .high = 179.99, AT(name), .help = text                                                     \
    }
#define WAVE(name, value, text)                                                                    \
    {                                                                                              \
        .key = #name, .kind = CONFIG_QUANTITY, .unit = "1/A", .fallback = value, .low = 1e-3,      \
        .high = 50, AT(name), .help = text                                                         \
    }

const ConfigField instrument_tof_fields[] = {
    {.key = "name",
     .kind = CONFIG_TEXT,
     .fallback = "toftof-5A",
     AT(name),
     .help = "for titles of files"},
    {.key = "wavelength",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "5 A",
     .low = 0.5,
     .high = 30,
     AT(wavelength),
     .help = "of the incident neutrons"},
    LENGTH(pulse_to_mono, "10 m", "L_pm, pulsing to monochromating chopper"),
    LENGTH(mono_to_sample, "1.4 m", "L_ms, monochromating chopper to sample"),
    LENGTH(sample_to_detector, "4 m", "L_sd"),
    LENGTH(path_spread, "0.02 m", "dL, spread of the way from sample to detector"),
    ANGLE(pulse_opening, "13.82 degree", "w_P, window of the pulsing pair"),
    ANGLE(mono_opening, "5 degree", "w_M, window of the monochromating pair"),
    {.key = "speed",
     .kind = CONFIG_QUANTITY,
     .unit = "1/min",
     .fallback = "12000 1/min",
     .low = 60,
     .high = 1e6,
     AT(speed),
     .help = "of the choppers"},
    {.key = "frame_ratio",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "4",
     .low = 1,
     .high = 1000,
     AT(frame_ratio),
     .help = "a frame is ratio/(2 speed) long; slower neutrons are not seen"},
    {.key = "fwhm",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "0.065 meV",
     .low = 0,
     .high = 100,
     AT(fwhm),
     .help = "measured elastic full width; the computed curve is scaled to it; 0 meV: as computed"},
    ANGLE(angle_low, "7.5915 degree", "first detector"),
    ANGLE(angle_high, "139.186 degree", "last detector"),
    ANGLE(angle_step, "5 degree", "distance of spectra at constant angle"),
    {.key = "angles",
     .kind = CONFIG_QUANTITIES,
     .unit = "degree",
     .fallback = "",
     .low = 0.01,
     .high = 179.99,
     AT(angles),
     .help = "list of scattering angles instead of low, high and step"},
    {.key = "gaps",
     .kind = CONFIG_QUANTITIES,
     .unit = "degree",
     .fallback = "",
     .low = 0,
     .high = 180,
     AT(gaps),
     .help = "where no detectors are, pairs of angles: [from, to, from, to]"},
    {.key = "output",
     .kind = CONFIG_CHOICE,
     .choices = "constant_Q|constant_angle",
     .fallback = "constant_Q",
     AT(output),
     .help = "spectra at constant Q, or of detectors, along which Q changes with E"},
    WAVE(q_low, "0.3 1/A", "least Q of spectra at constant Q"),
    WAVE(q_high, "2.2 1/A", "greatest"),
    WAVE(q_step, "0.1 1/A", "their distance"),
    ENERGY(e_low, "-1.505 meV",
           "begin of the first energy bin; negative: the neutron gains energy"),
    ENERGY(e_high, "1.505 meV", "end of the last"),
    {.key = "e_step",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "0.01 meV",
     .low = 1e-5,
     .high = 100,
     AT(e_step),
     .help = "width of a bin"},
    {.key = "background",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 0.99,
     AT(background),
     .help = "share of all counts that is a background flat in S(Q,E)"},
    {.key = "time",
     .kind = CONFIG_QUANTITY,
     .unit = "s",
     .fallback = "",
     .low = 0,
     .high = 1e9,
     AT(time),
     .help = "counting time; with `rate`, instead of the stage's counts"},
    {.key = "rate",
     .kind = CONFIG_QUANTITY,
     .unit = "1/s",
     .fallback = "",
     .low = 0,
     .high = 1e9,
     AT(rate),
     .help = "counts per time in a spectrum, mean over all spectra"},
    {.key = "reduced",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     AT(reduced),
     .help = "kf/ki and self-shielding divided out of the counts, which then have errors"},
    {.key = "seed",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     AT(seed),
     .help = "of the counting noise"},
    {.key = "holder",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(holder),
     .help = "{shape, thickness, angle, radius, density, boron, hydrogen}: what is lost in the "
             "sample; nothing if absent"},
};
const size_t instrument_tof_nfields = sizeof instrument_tof_fields / sizeof *instrument_tof_fields;

/* ---- reading */

static bool increasing(const ConfigList *list)
{
    for (size_t k = 1; k < list->n; k++)
        if (!(list->value[k] > list->value[k - 1]))
            return false;
    return true;
}

/* A message that belongs to a key. */
#define WRONG(...) err_set(ERR_INPUT, __VA_ARGS__)

/* The first thing that is wrong with choppers and detectors; its key in *key, its message in err_message(). */
static Err check_geometry(const InstrumentTof *i, const char **key)
{
    *key = "sample_to_detector";
    if (!(i->sample_to_detector > 0.0 && i->pulse_to_mono > 0.0))
        return WRONG("flight paths must be longer than 0");
    *key = "angles";
    if (!increasing(&i->angles))
        return WRONG("angles must increase");
    *key = "gaps";
    if (i->gaps.n % 2 != 0 || !increasing(&i->gaps))
        return WRONG("pairs of angles [from, to, from, to], increasing, are needed");
    *key = "angle_high";
    if (i->angles.n == 0 && !(i->angle_high > i->angle_low))
        return WRONG("%g degree is not above angle_low = %g degree", i->angle_high, i->angle_low);
    *key = "rate";
    if (isnan(i->time) != isnan(i->rate))
        return WRONG("`time` and `rate` belong together");
    return OK;
}

/* The same of energies and Q. */
static Err check_ranges(const InstrumentTof *i, const char **key)
{
    double low, high, limit = instrument_tof_loss_limit(i);
    *key = "e_high";
    if (!(i->e_high - i->e_low >= i->e_step * (1.0 - 1e-9)))
        return WRONG("%g to %g meV holds no bin of %g meV", i->e_low, i->e_high, i->e_step);
    if ((i->e_high - i->e_low) / i->e_step > 1e6)
        return WRONG("more than 1000000 bins");
    if (i->e_low >= limit)
        return WRONG("neutrons that are seen lose at most %.4g meV", limit);
    *key = "q_high";
    if (i->output != TOF_CONSTANT_Q)
        return OK;
    if (!(i->q_high >= i->q_low))
        return WRONG("%g 1/A is below q_low = %g 1/A", i->q_high, i->q_low);
    instrument_tof_q_range(i, 0.0, &low, &high);
    if (i->q_low < low || i->q_high > high)
        return WRONG("the detectors see elastic Q of %.3g to %.3g 1/A at %g A, not %g to %g", low,
                     high, i->wavelength, i->q_low, i->q_high);
    return OK;
}

static Err read_holder(const InstrumentTof *i, SelfShielding *s)
{
    TRY(config_read(i->holder, self_shielding_nfields, self_shielding_fields, s));
    if (s->shape != SAMPLE_THIN && s->density == 0.0)
        return config_error(i->holder, "density", "a sample without density scatters nothing");
    return OK;
}

Err instrument_tof_read(const ConfigNode *node, InstrumentTof *i)
{
    TRY(config_read(node, instrument_tof_nfields, instrument_tof_fields, i));
    const char *key;
    Err e = read_holder(i, &i->shielding);
    if (e == OK && (check_geometry(i, &key) != OK || check_ranges(i, &key) != OK)) {
        char *why = mem_string(err_message());
        e = node != NULL ? config_error(node, key, "%s", why) : ERR_INPUT;
        free(why);
    }
    i->holder = NULL; /* it goes with its document */
    if (e != OK)
        instrument_tof_clear(i);
    return e;
}

void instrument_tof_clear(InstrumentTof *i)
{
    config_clear(instrument_tof_nfields, instrument_tof_fields, i);
}

bool instrument_tof_is_known(const char *name)
{
    return strcmp(name, "toftof-5A") == 0;
}

/* ---- kinematics */

double instrument_tof_incident(const InstrumentTof *i)
{
    return UNITS_NEUTRON_MEV_A2 / (i->wavelength * i->wavelength);
}

double instrument_tof_kf_over_ki(const InstrumentTof *i, double e)
{
    return sqrt(fmax(0.0, 1.0 - e / instrument_tof_incident(i)));
}

double instrument_tof_final(const InstrumentTof *i, double e)
{
    return i->wavelength / instrument_tof_kf_over_ki(i, e);
}

double instrument_tof_loss_limit(const InstrumentTof *i)
{
    double frame = i->frame_ratio / (2.0 * i->speed / 60.0); /* s */
    double longest = frame / (SLOWNESS * i->sample_to_detector);
    return instrument_tof_incident(i) - UNITS_NEUTRON_MEV_A2 / (longest * longest);
}

double instrument_tof_computed_fwhm(const InstrumentTof *i, double e)
{
    double l_f = instrument_tof_final(i, e), r = l_f / i->wavelength, hertz = i->speed / 60.0;
    double t_m = i->mono_opening / (720.0 * hertz), t_p = i->pulse_opening / (720.0 * hertz);
    double back = i->sample_to_detector * r * r * r;
    double a = t_m * (i->pulse_to_mono + i->mono_to_sample + back),
           b = t_p * (i->mono_to_sample + back),
           c = i->pulse_to_mono * SLOWNESS * l_f * i->path_spread;
    double dt = sqrt(a * a + b * b + c * c) / i->pulse_to_mono;
    double flight = SLOWNESS * l_f * i->sample_to_detector;
    return 2.0 * UNITS_NEUTRON_MEV_A2 / (l_f * l_f) * dt / flight; /* 2 E_f dt/t */
}

Err instrument_tof_resolution(const InstrumentTof *i, Resolution *r)
{
    double energy[TABLE], width[TABLE];
    double low = fmin(i->e_low, -1e-6), high = fmin(i->e_high, instrument_tof_loss_limit(i));
    double scale = i->fwhm > 0.0 ? i->fwhm / instrument_tof_computed_fwhm(i, 0.0) : 1.0;
    size_t below = TABLE / 2;
    high = fmax(high, 1e-6);
    for (size_t k = 0; k < TABLE; k++) {
        energy[k] = k < below ? low * (1.0 - (double)k / (double)below)
                              : high * (double)(k - below) / (double)(TABLE - 1 - below);
        width[k] = scale * instrument_tof_computed_fwhm(i, energy[k]);
    }
    return resolution_table(r, TABLE, energy, width);
}

double instrument_tof_q(const InstrumentTof *i, double two_theta, double e)
{
    if (!(e < instrument_tof_incident(i)))
        return NAN;
    double ki = 2.0 * PI / i->wavelength, kf = ki * instrument_tof_kf_over_ki(i, e);
    return sqrt(ki * ki + kf * kf - 2.0 * ki * kf * cos(two_theta * (PI / 180.0)));
}

double instrument_tof_angle(const InstrumentTof *i, double q, double e)
{
    if (!(e < instrument_tof_incident(i)))
        return NAN;
    double ki = 2.0 * PI / i->wavelength, kf = ki * instrument_tof_kf_over_ki(i, e);
    double c = (ki * ki + kf * kf - q * q) / (2.0 * ki * kf);
    return fabs(c) <= 1.0 ? acos(c) * (180.0 / PI) : NAN;
}

static double first_angle(const InstrumentTof *i)
{
    return i->angles.n > 0 ? i->angles.value[0] : i->angle_low;
}

static double last_angle(const InstrumentTof *i)
{
    return i->angles.n > 0 ? i->angles.value[i->angles.n - 1] : i->angle_high;
}

bool instrument_tof_has_detector(const InstrumentTof *i, double two_theta)
{
    if (!(two_theta >= first_angle(i) - 1e-9 && two_theta <= last_angle(i) + 1e-9))
        return false;
    for (size_t k = 0; k + 1 < i->gaps.n; k += 2)
        if (two_theta > i->gaps.value[k] && two_theta < i->gaps.value[k + 1])
            return false;
    return true;
}

void instrument_tof_q_range(const InstrumentTof *i, double e, double *low, double *high)
{
    *low = instrument_tof_q(i, first_angle(i), e);
    *high = instrument_tof_q(i, last_angle(i), e);
}

/* ---- what is filled */

size_t instrument_tof_edges(const InstrumentTof *i, double **edge)
{
    size_t n = (size_t)floor((i->e_high - i->e_low) / i->e_step * (1.0 + 1e-12) + 1e-9);
    *edge = MEM_NEW(double, n + 1);
    for (size_t k = 0; k <= n; k++)
        (*edge)[k] = i->e_low + (double)k * i->e_step;
    return n;
}

size_t instrument_tof_spectra(const InstrumentTof *i, double **q_or_angle)
{
    bool q = i->output == TOF_CONSTANT_Q;
    double low = q ? i->q_low : i->angle_low, step = q ? i->q_step : i->angle_step,
           high = q ? i->q_high : i->angle_high;
    size_t all =
               !q && i->angles.n > 0 ? i->angles.n : (size_t)floor((high - low) / step + 1e-9) + 1,
           n = 0;
    double *out = MEM_NEW(double, all);
    for (size_t k = 0; k < all; k++) {
        double here = !q && i->angles.n > 0 ? i->angles.value[k] : low + (double)k * step;
        if (q || instrument_tof_has_detector(i, here))
            out[n++] = here;
    }
    *q_or_angle = out;
    return n;
}
