/* event_spectrum.h -- sigma(omega) of jumps from the times at which they happen, at any frequency, without frames.
 *
 * The current of jumps d_n at times t_n is a row of delta functions, so with V kT and the time T left out
 *
 *   sigma(omega) ~ (1/3T) [ 1/2 sum_n |d_n|^2 + sum_(n<m) d_n.d_m exp(-i omega (t_m - t_n)) ].
 *
 * The first term is the instantaneous part: counted from events, not sampled; the second the memory of what came before, negative
 * for jumps back. Both come from the same events, so what goes and comes back cancels to the last bit. Pairs are damped by
 * exp(-c omega (t_m - t_n)), c = 0.1 and 0.2, and extrapolated to none, S = 2 S_c - S_2c: the error is c^2 |a (a - 1)| of
 * sigma ~ omega^a, below 0.25 % for 0 <= a <= 1 and 2 % for Debye's omega^2. The memory is one number for each frequency, carried
 * from event to event: the cost is that of a sine for every event and frequency.
 * All functions are Local.
 */
#ifndef ANALYSIS_EVENT_SPECTRUM_H
#define ANALYSIS_EVENT_SPECTRUM_H

#include <complex.h>
#include <stddef.h>

typedef struct EventSpectrum {
    size_t n;
    double *omega;                              /* [n] 1/s */
    double time;                                /* [s] of the last event */
    double square;                              /* sum |d|^2 since event_spectrum_start */
    double _Complex (*memory)[2][3], (*sum)[2]; /* [n] */
} EventSpectrum;

/* frequency [n] Hz. Free with event_spectrum_clear. */
void event_spectrum_init(EventSpectrum *s, size_t n, const double frequency[]);
void event_spectrum_clear(EventSpectrum *s);

/* Sums begin here; events before it are remembered. */
void event_spectrum_start(EventSpectrum *s);

/* A jump d [3] at time t [s], not before the last one. */
void event_spectrum_add(EventSpectrum *s, double t, const double d[3]);

/* The bracket over 3 T [unit of d squared per s], T = `time` [s] since event_spectrum_start. value [n]. */
void event_spectrum_value(const EventSpectrum *s, double time, double _Complex value[]);

/* Frequencies from low to high [Hz], `per_decade` in each: *n of them, a new array (free()). */
double *event_spectrum_grid(double low, double high, int per_decade, size_t *n);

#endif
