/* spectrum.h -- from a correlation function at equal time steps to a spectrum in energy, and velocities from positions.
 *
 *   S(E) = (2/(pi hbar)) int_0^inf C(t) R(t) cos(Et/hbar) dt,   R(t) = exp(-s^2 t^2/(2 hbar^2)), s = FWHM/2.3548,
 * by the trapezoidal rule on the steps themselves: then int_0^E_N S dE = C(0) exactly up to the Nyquist energy
 * E_N = pi hbar/dt, whatever R. Motion faster than that is folded back into the band; lines are Gaussians of that FWHM.
 * All functions are Local and pure.
 *
 * Where frames have no velocities, v(k + 1/2) = (x(k + 1) - x(k))/dt: a harmonic motion of energy E comes out smaller by
 * sin(y)/y, y = E dt/(2 hbar), which spectrum_difference() undoes. It is good to half of E_N (there noise is raised by 1.23,
 * at E_N by 2.5): the band limit.
 */
#ifndef ANALYSIS_SPECTRUM_H
#define ANALYSIS_SPECTRUM_H

#include "store/config.h"

#include <stddef.h>

enum { VELOCITIES_AS_THEY_COME, VELOCITIES_FRAMES, VELOCITIES_DIFFERENCES };

/* Keys that spectra of velocities share, for the table of an options struct `type` with these members. */
#define SPECTRUM_FIELDS(type)                                                                      \
    {.key = "fwhm",                                                                                \
     .kind = CONFIG_QUANTITY,                                                                      \
     .unit = "meV",                                                                                \
     .fallback = "1 meV",                                                                          \
     .low = 1e-4,                                                                                  \
     .high = 1e3,                                                                                  \
     .offset = offsetof(type, fwhm),                                                               \
     .help = "full width that a sharp line gets (Gaussian window in time)"},                       \
        {.key = "e_step",                                                                          \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "meV",                                                                            \
         .fallback = "0.25 meV",                                                                   \
         .low = 1e-4,                                                                              \
         .high = 1e3,                                                                              \
         .offset = offsetof(type, e_step),                                                         \
         .help = "step of energy; at most half of fwhm"},                                          \
        {.key = "e_max",                                                                           \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "meV",                                                                            \
         .fallback = "0 meV",                                                                      \
         .high = 1e5,                                                                              \
         .offset = offsetof(type, e_max),                                                          \
         .help = "highest energy written; 0: the Nyquist energy of the frames"},                   \
    {                                                                                              \
        .key = "velocities", .kind = CONFIG_CHOICE, .fallback = "auto",                            \
        .offset = offsetof(type, velocities),                                                      \
        .help = "those of the frames, or differences of positions; auto: as they come",            \
        .choices = "auto|frames|differences"                                                       \
    }

typedef struct Spectrum {
    double interval; /* [ps] */
    double fwhm;     /* [meV] */
    size_t lags;     /* used: up to where R is 1e-10, or half of the frames */
    double *window;  /* [lags] R */
    double left; /* R at the longest lag: not small if the run is too short for this resolution */
    size_t n;
    double *energy; /* [n] meV: 0, step .. the last one <= E_N */
    double nyquist; /* [meV] */
} Spectrum;

/* Free with spectrum_clear. */
void spectrum_init(Spectrum *s, double interval, size_t frames, double fwhm, double step);
void spectrum_clear(Spectrum *s);

/* S [n], from C [lags]. */
void spectrum_cosine(const Spectrum *s, const double c[], double out[]);

/* What (2/(pi hbar)) int C R sin(Et/hbar) dt would be for a C that moves in this band only, by Kramers and Kronig,
 *   D(E) = (1/pi) P int_-inf^inf S(E')/(E - E') dE',  S even,
 * with the rule of every other point (K. Ohta, H. Ishida, Appl. Spectrosc. 42, 952 (1988), doi
 * 10.1366/0003702884430380). The sine sum over time steps itself would be off by (E dt/hbar)^2/12. */
void spectrum_conjugate(const Spectrum *s, const double values[], double out[]);

/* Divide by (sin(y)/y)^2. */
void spectrum_difference(const Spectrum *s, double values[]);

/* Trapezoidal integral from 0 to the Nyquist energy, and to the last energy <= high. */
double spectrum_integral(const Spectrum *s, const double values[], double high);

#endif
