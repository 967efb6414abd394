#include "base/rng.h"

#include "base/clones.h"
#include "base/err.h"
#include "base/units.h"

#include <Random123/philox.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

/* Key: seed. Counter: step (64 bits), id (the low 40 bits), stream (8 bits), draw (16 bits).
 * 2^40 ids are a million times the largest sample meant. */
static inline uint64_t low_words(RngStream stream, uint64_t id, uint32_t draw)
{
    return (id & 0xffffffffffULL) | ((uint64_t)stream & 0xff) << 40 |
           (uint64_t)(draw & 0xffff) << 48;
}

static inline philox4x32_ctr_t philox(uint64_t seed, RngStream stream, uint64_t step, uint64_t id,
                                      uint32_t draw)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    uint64_t low = low_words(stream, id, draw);
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

#if defined(__x86_64__) && defined(__gnu_linux__)
#include <immintrin.h>

/* Four at a time, each word in the low half of 64 bits, where one product gives both halves that a round wants. What the high
 * halves hold is never asked for. */
__attribute__((target("avx2"))) static void row_avx2(uint64_t seed, uint64_t step, uint64_t low,
                                                     uint32_t out[4][RNG_ROW])
{
    const __m256i m0 = _mm256_set1_epi64x(PHILOX_M4x32_0), m1 = _mm256_set1_epi64x(PHILOX_M4x32_1),
                  pack = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    for (int i = 0; i < RNG_ROW; i += 4) {
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        __m256i x[4];
        x[0] = _mm256_add_epi64(_mm256_set1_epi64x((int64_t)(step + (uint64_t)i)),
                                _mm256_setr_epi64x(0, 1, 2, 3));
        x[1] = _mm256_srli_epi64(x[0], 32);
        x[2] = _mm256_set1_epi64x((int64_t)low);
        x[3] = _mm256_srli_epi64(x[2], 32);
        for (int round = 0; round < philox4x32_rounds; round++) {
            __m256i p0 = _mm256_mul_epu32(x[0], m0), p1 = _mm256_mul_epu32(x[2], m1);
            x[0] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), x[1]),
                                    _mm256_set1_epi64x(k0));
            x[2] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), x[3]),
                                    _mm256_set1_epi64x(k1));
            x[1] = p1;
            x[3] = p0;
            k0 += PHILOX_W32_0;
            k1 += PHILOX_W32_1;
        }
        for (int w = 0; w < 4; w++)
            _mm_storeu_si128((__m128i *)&out[w][i],
                             _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(x[w], pack)));
    }
}
#endif

void rng_row(uint64_t seed, RngStream stream, uint64_t step, uint64_t id, uint32_t out[4][RNG_ROW])
{
#if defined(__x86_64__) && defined(__gnu_linux__)
    if (__builtin_cpu_supports("avx2")) {
        row_avx2(seed, step, low_words(stream, id, 0), out);
        return;
    }
#endif
    for (int i = 0; i < RNG_ROW; i++) {
        philox4x32_ctr_t r = philox(seed, stream, step + (uint64_t)i, id, 0);
        for (int w = 0; w < 4; w++)
            out[w][i] = r.v[w];
    }
}

/* Bits of a number in (0,1) from 52 random ones: half a unit is added, so that neither 0 nor 1 occurs. */
static inline uint64_t between(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32 | low) >> 12 | 0x3ff0000000000000;
    double u;
    memcpy(&u, &bits, sizeof u);
    u -= 1.0 - 0x1p-53;
    memcpy(&bits, &u, sizeof u);
    return bits;
}

/* -ln u of a normal number u = 2^e m, m within a factor sqrt 2 of 1: ln m = 2 artanh s, s = (m - 1)/(m + 1), by its series. */
static inline double minus_log(uint64_t bits)
{
    const uint64_t root = 0x3fe6a09e667f3bcd; /* sqrt(1/2) */
    uint64_t above = bits - root + 0x3ff0000000000000, e = above >> 52 | 0x4330000000000000,
             m = (above & 0x000fffffffffffff) + root;
    double exponent, mantissa;
    memcpy(&exponent, &e, sizeof e);
    memcpy(&mantissa, &m, sizeof m);
    exponent -= 0x1p52 + 1023.0;
    double s = (mantissa - 1.0) / (mantissa + 1.0), z = s * s, sum = 1.0 / 19.0;
    for (int k = 17; k >= 3; k -= 2)
        sum = sum * z + 1.0 / (double)k;
    return -(exponent * 0.693147180559945309 + 2.0 * (s + s * (z * sum)));
}

CLONES void rng_exponential_row(const uint32_t high[RNG_ROW], const uint32_t low[RNG_ROW],
                                double out[RNG_ROW])
{
    for (int i = 0; i < RNG_ROW; i++)
        out[i] = minus_log(between(high[i], low[i]));
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
