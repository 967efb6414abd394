#include "base/rng.h"

#include "base/clones.h"
#include "base/err.h"
#include "base/units.h"

#include <Random123/philox.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

/* Key: seed. Counter: step (64 bits), id (the low 40 bits), stream (8 bits), draw (16 bits).
 * 2^40 ids are a million times the largest sample meant. */
static inline philox4x32_ctr_t philox(uint64_t seed, RngStream stream, uint64_t step, uint64_t id,
                                      uint32_t draw)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    uint64_t low =
        (id & 0xffffffffffULL) | ((uint64_t)stream & 0xff) << 40 | (uint64_t)(draw & 0xffff) << 48;
    philox4x32_ctr_t counter = {
        {(uint32_t)step, (uint32_t)(step >> 32), (uint32_t)low, (uint32_t)(low >> 32)}};
    return philox4x32(counter, key);
}

void rng_words(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t out[4])
{
    philox4x32_ctr_t r = philox(seed, stream, step, id, 0);
    for (int i = 0; i < 4; i++)
        out[i] = r.v[i];
}

CLONES void rng_row(uint64_t seed, RngStream stream, uint64_t step, uint64_t id,
                    uint32_t out[4][RNG_ROW])
{
    for (int i = 0; i < RNG_ROW; i++) {
        philox4x32_ctr_t r = philox(seed, stream, step + (uint64_t)i, id, 0);
        for (int w = 0; w < 4; w++)
            out[w][i] = r.v[w];
    }
}

/* 53 random bits, shifted by half a unit so that neither 0 nor 1 can occur */
static double uniform(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
    return ((double)bits + 0.5) * 0x1p-53;
}

void rng_uniform2(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t draw,
                  double out[2])
{
    philox4x32_ctr_t r = philox(seed, stream, step, id, draw);
    out[0] = uniform(r.v[0], r.v[1]);
    out[1] = uniform(r.v[2], r.v[3]);
}

void rng_normal3(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t draw,
                 double out[3])
{
    double a[2], b[2];
    rng_uniform2(seed, stream, step, id, 2 * draw, a);
    rng_uniform2(seed, stream, step, id, 2 * draw + 1, b);
    double ra = sqrt(-2.0 * log(a[0])), rb = sqrt(-2.0 * log(b[0]));
    out[0] = ra * cos(2.0 * PI * a[1]);
    out[1] = ra * sin(2.0 * PI * a[1]);
    out[2] = rb * cos(2.0 * PI * b[1]);
}

/* GSL's samplers on top of Philox: a generator whose n-th number is a function of (key, n). */
typedef struct {
    uint64_t seed, step, id;
    RngStream stream;
    uint32_t draw;
} Keyed;

static unsigned long keyed_word(void *state)
{
    Keyed *k = state;
    /* draws from the top, 16 bits at a time into the step's high half, so that long rejections never repeat */
    uint64_t step = k->step ^ (uint64_t)(k->draw >> 16) << 48;
    return philox(k->seed, k->stream, step, k->id, k->draw++ & 0xffff).v[0];
}

static double keyed_double(void *state)
{
    return ((double)keyed_word(state) + 0.5) / 4294967296.0;
}

static void keyed_set(void *state, unsigned long seed)
{
    (void)state;
    (void)seed; /* the key is set by the caller */
}

static const gsl_rng_type keyed_type = {.name = "philox4x32-10, keyed",
                                        .max = 0xffffffffUL,
                                        .min = 0,
                                        .size = sizeof(Keyed),
                                        .set = keyed_set,
                                        .get = keyed_word,
                                        .get_double = keyed_double};

double rng_chi2(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, double n)
{
    Keyed state = {.seed = seed, .step = step, .id = id, .stream = stream};
    gsl_rng generator = {.type = &keyed_type, .state = &state};
    return n > 0.0 ? gsl_ran_chisq(&generator, n) : 0.0;
}

uint64_t rng_poisson(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, double mean)
{
    CHECK(mean >= 0.0, "mean %g", mean);
    if (mean >
        1e9) { /* GSL counts in unsigned int; the normal limit is exact to 1e-5 of a s.d. here */
        double z[3];
        rng_normal3(seed, stream, step, id, 0, z);
        return (uint64_t)floor(mean + sqrt(mean) * z[0] + 0.5);
    }
    Keyed state = {.seed = seed, .step = step, .id = id, .stream = stream};
    gsl_rng generator = {.type = &keyed_type, .state = &state};
    return gsl_ran_poisson(&generator, mean);
}
