/* conductivity.h -- conductivity of one charge displacement M(t), or current J = dM/dt: DC value with error, and sigma(omega).
 *
 * DC: the spectrum of increments of M at f = 0 (spectral.h), 3 axes:  sigma = S(0)/(2 dt V kT), S per axis and frame.
 * AC: with d the increment of M over dt (or J dt),
 *
 *   sigma(omega) = (1/(3 V kT dt)) [ <d_0.d_0>/2 + sum_{l>0} <d_0.d_l> exp(-i omega l dt) ]
 *
 * The first term is the instantaneous part: what hops carry as if none came back, sigma at infinite frequency as far as frames
 * can see it; the sum is the memory (drift) part. Re sigma is half the spectrum of increments, Im sigma its Hilbert
 * transform. For the convention exp(+i omega t) of fields an ion that comes back (a cage) has Im sigma > 0. Discrete time enters as
 * (omega dt)^2/12 of hops, (omega dt)^2/24 of smooth motion: 1 % and less below f = 1/(18 dt).
 * Values are means over bands; Re has the gamma law of its band, Im the same noise through the Hilbert transform, both for
 * Gaussian paths (rare hops add the same relative error to all frequencies: that of the DC value minus its gamma error).
 *   R. Kubo, J. Phys. Soc. Jpn. 12, 570 (1957), doi 10.1143/JPSJ.12.570
 * Layout of the group (COMMON to all sources of spectra): frequency [n] Hz ascending (0 first: the DC value, if it
 *   converged); sigma [n][2] S/cm (Re, Im); sigma_error [n][2] S/cm; attribute temperature [K]; source text;
 *   instantaneous S/cm
 * All functions are Local.
 */
#ifndef ANALYSIS_CONDUCTIVITY_H
#define ANALYSIS_CONDUCTIVITY_H

#include "analysis/spectral.h"
#include "analysis/transport.h"
#include "store/h5.h"

typedef enum ConductivitySeries {
    CONDUCTIVITY_DISPLACEMENT,
    CONDUCTIVITY_CURRENT
} ConductivitySeries;

/* Spectrum of increments [e^2 A^2 per frame], mean of three axes. */
typedef struct ConductivityFit {
    SpectralFit fit;
    SpectralTimes times;
    double error; /* relative */
} ConductivityFit;

/* m [3][frames]: M [e A], or J dt [e A]. Free with conductivity_clear. */
void conductivity_measure(size_t frames, const double m[], ConductivitySeries kind,
                          ConductivityFit *out);
void conductivity_clear(ConductivityFit *c);

typedef struct ConductivitySpectrum {
    size_t n;
    double *frequency;    /* [n] per frame */
    double (*sigma)[2];   /* [n] Re, Im; e^2 A^2 per frame and axis: times 1/(2 dt V kT) */
    double (*error)[2];   /* [n] */
    double instantaneous; /* same unit */
} ConductivitySpectrum;

/* dc: S(0), or NaN: the lowest frequencies stand for it in the Hilbert transform. */
void conductivity_spectrum(size_t frames, const double m[], ConductivitySeries kind, double dc,
                           ConductivitySpectrum *out);
void conductivity_spectrum_clear(ConductivitySpectrum *s);

/* Write it as group `conductivity_spectrum` of `parent`; nothing if the run is too short for a single frequency.
 *   interval     [ps] between frames
 *   unit         S/cm per (e^2 A^2 per frame and axis)
 *   dc           [S/cm], written as frequency 0 if it is a number
 * ERR_FILE. */
Err conductivity_write(H5 *parent, const ConductivitySpectrum *s, double interval, double unit,
                       double temperature, Estimate dc, const char *source) MUST_USE;

#endif
