/* rng.h -- random numbers that are functions, not streams.
 *
 * A number depends on (seed, stream, step, id) and on nothing else: not on the rank that asks, not on
 * what was asked before. So results do not depend on the rank count and a restart needs no state.
 * Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, SC11 (2011), doi 10.1145/2063384.2063405,
 * from the Random123 library.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

/* Who draws; one number per purpose so that no two purposes share numbers. Append only. */
typedef enum RngStream {
    RNG_VELOCITY = 1,   /* initial velocities, id = atom or ion */
    RNG_SPIN = 2,       /* initial angular velocities, id = ion */
    RNG_THERMOSTAT = 3, /* Bussi rescaling, id = draw index */
    RNG_LANGEVIN = 4,   /* id = ion or atom */
    RNG_LANGEVIN_SPIN = 5,
    RNG_BAROSTAT = 6,
    RNG_NOISE = 7, /* synthetic counting noise, id = channel */
    RNG_BOOTSTRAP = 8,
    RNG_CONSTRUCTED = 9, /* synthetic trajectories for tests, id = ion */
    RNG_MC_MOVE = 10,    /* which move, which amount; id = ion or cell */
    RNG_MC_ACCEPT = 11,  /* the uniform of a Metropolis test, id = ion or cell */
    RNG_MC_GRID = 12,    /* random shift and colour order of the checkerboard */
    RNG_KMC = 14,        /* events, id = tile or replica */
    RNG_TUNE = 13,    /* displacements of the cell on which force errors are measured, id = atom */
    RNG_NEB = 15,     /* first guess of a path, id = atom */
    RNG_NETWORK = 16, /* which BH4 of a catalogue of barriers another is like, id = BH4 */
    RNG_TEST = 100,
} RngStream;

/* Four independent 32-bit words. Local, pure. */
void rng_words(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t out[4]);

/* The same for steps step, step + 1, ... of one id, vectorised: word w of the i-th is out[w][i]. Local, pure. */
enum { RNG_ROW = 64 };
void rng_row(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t out[4][RNG_ROW]);

/* Exponentials with mean 1: -ln u with u in (0,1) of 52 bits, 32 from `high` and 20 from `low`. Local, pure. */
void rng_exponential_row(const uint32_t high[RNG_ROW], const uint32_t low[RNG_ROW],
                         double out[RNG_ROW]);

/* Two uniforms in (0,1), both with 53 bits. `draw` distinguishes several requests with the same key
 * (0..2^16-1). Local, pure. */
void rng_uniform2(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t draw,
                  double out[2]);

/* Three standard normals (Box-Muller on four uniforms). Local, pure. */
void rng_normal3(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t draw,
                 double out[3]);

/* Sum of n squared standard normals (chi-squared with n degrees of freedom, by GSL). Local, pure. */
double rng_chi2(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, double n);

/* Poisson count with mean `mean` >= 0 (by GSL). Local, pure. */
uint64_t rng_poisson(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, double mean);

#endif
