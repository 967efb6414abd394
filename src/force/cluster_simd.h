/* cluster_simd.h -- the source of the cluster kernels. Included by cluster_portable.c, cluster_avx2.c,
 * cluster_avx512.c, once for each precision, after
 *
 *   SIMD(name)   the name of a function in this variant
 *   LANES        pairs in one vector: 4, 8 or 16
 *   MIXED        0: double; 1: float pairs, double sums
 *   SINGLES      1: also what is always done four at a time in double (4 lanes, not mixed): pairs of
 *                singles, exclusions, pruning
 *
 * A vector holds LANES/4 groups of four H. The formulas stand in pair.h. Lanes beyond the cut-off, and the dummy
 * that fills up a row, are computed like the others and masked at the end.
 */
#include "base/units.h"
#include "force/cluster_kernel.h"
#include "force/forcefield.h"

#include <math.h>
#include <string.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

#define GROUPS (LANES / 4)
#define INLINE static inline __attribute__((always_inline))

#if MIXED
typedef float SIMD(Real);
typedef int32_t SIMD(Integer);
#else
typedef double SIMD(Real);
typedef int64_t SIMD(Integer);
#endif
#define REAL SIMD(Real)
typedef REAL SIMD(V) __attribute__((vector_size(LANES * sizeof(REAL))));
typedef SIMD(Integer) SIMD(I) __attribute__((vector_size(LANES * sizeof(REAL))));
typedef REAL SIMD(Q) __attribute__((vector_size(4 * sizeof(REAL)))); /* one group */
typedef double SIMD(D) __attribute__((vector_size(4 * sizeof(double))));
typedef int64_t SIMD(L) __attribute__((vector_size(4 * sizeof(double))));
#define V SIMD(V)
#define I SIMD(I)
#define Q SIMD(Q)
#define D SIMD(D) /* four doubles: singles, sums */
#define L SIMD(L)

/* Groups of four side by side, and back */
#if GROUPS == 1
#define JOIN(q)    (q)[0]
#define PART(v, g) ((void)(g), (v))
#elif GROUPS == 2
/* Element k of each part on all its lanes */
#define SPREAD(v, k) __builtin_shufflevector(v, v, k, k, k, k, k + 4, k + 4, k + 4, k + 4)
#define JOIN(q)      __builtin_shufflevector((q)[0], (q)[1], 0, 1, 2, 3, 4, 5, 6, 7)
#define PART(v, g)                                                                                 \
    ((g) == 0 ? __builtin_shufflevector(v, v, 0, 1, 2, 3)                                          \
              : __builtin_shufflevector(v, v, 4, 5, 6, 7))
#else
#define SPREAD(v, k)                                                                               \
    __builtin_shufflevector(v, v, k, k, k, k, k + 4, k + 4, k + 4, k + 4, k + 8, k + 8, k + 8,     \
                            k + 8, k + 12, k + 12, k + 12, k + 12)
#define JOIN(q)                                                                                    \
    __builtin_shufflevector(__builtin_shufflevector((q)[0], (q)[1], 0, 1, 2, 3, 4, 5, 6, 7),       \
                            __builtin_shufflevector((q)[2], (q)[3], 0, 1, 2, 3, 4, 5, 6, 7), 0, 1, \
                            2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define PART(v, g)                                                                                 \
    ((g) == 0   ? __builtin_shufflevector(v, v, 0, 1, 2, 3)                                        \
     : (g) == 1 ? __builtin_shufflevector(v, v, 4, 5, 6, 7)                                        \
     : (g) == 2 ? __builtin_shufflevector(v, v, 8, 9, 10, 11)                                      \
                : __builtin_shufflevector(v, v, 12, 13, 14, 15))
#endif

/* What one kind of pair needs, on every lane */
typedef struct SIMD(Kind) {
    V a, a_rho, power, c6, six_c6, qq, at_cutoff; /* a_rho: A/rho; A 2^(power r) is the repulsion */
} SIMD(Kind);

/* The polynomials on every lane, so that a term is one multiply-add with a memory operand */
typedef struct SIMD(Poly) {
    V p[PAIR_DEGREE_MAX + 1], q[PAIR_DEGREE_MAX + 1];
    V scale, cutoff2;
} SIMD(Poly);

INLINE V SIMD(square_root)(V x)
{
    V r;
    for (int k = 0; k < LANES; k++)
        r[k] = MIXED ? (REAL)sqrtf((float)x[k]) : (REAL)sqrt((double)x[k]);
    return r;
}

INLINE V SIMD(keep)(V x, I mask)
{
    return (V)((I)x & mask);
}

/* 2^t for t <= 0: t = n + r, |r| <= 1/2, and the Taylor series of 2^r. The addition of 1.5 2^52 rounds to an
 * integer and leaves it in the low bits. Relative error 3e-16 (double; t > -1022, else meaningless) and
 * 1e-7 (float; 0 below 2^-120). Even and odd powers apart: short chains. */
INLINE V SIMD(power_of_two)(V t)
{
#if MIXED
    const float round = 0x1.8p23F;
    V magic = t + round, r = t - (magic - round), r2 = r * r;
    V even = (r2 * 0x1.430912f86c787p-13F + 0x1.3b2ab6fba4e77p-7F) * r2 + 0x1.ebfbdff82c58fp-3F;
    V odd =
        ((r2 * 0x1.ffcbfc588b0c7p-17F + 0x1.5d87fe78a6731p-10F) * r2 + 0x1.c6b08d704a0c0p-5F) * r2 +
        0x1.62e42fefa39efp-1F;
    V s = (even * r2 + 1.0F) + r * odd;
    return SIMD(keep)(s * (V)(((I)magic + 127) << 23), t > -120.0F);
#else
    const double round = 0x1.8p52;
    V magic = t + round, r = t - (magic - round), r2 = r * r;
    V even = r2 * 0x1.c3bd650fc2986p-36 + 0x1.e4cf5158b8ecap-28,
      odd = r2 * 0x1.e8cac7351bb25p-32 + 0x1.b5253d395e7c4p-24;
    even = even * r2 + 0x1.62c0223a5c824p-20;
    odd = odd * r2 + 0x1.ffcbfc588b0c7p-17;
    even = even * r2 + 0x1.430912f86c787p-13;
    odd = odd * r2 + 0x1.5d87fe78a6731p-10;
    even = even * r2 + 0x1.3b2ab6fba4e77p-7;
    odd = odd * r2 + 0x1.c6b08d704a0c0p-5;
    even = even * r2 + 0x1.ebfbdff82c58fp-3;
    odd = odd * r2 + 0x1.62e42fefa39efp-1;
    V s = (even * r2 + 1.0) + r * odd;
    return s * (V)(((I)magic + 1023) << 52);
#endif
}

/* sum c_k u^k, even and odd powers apart: two short chains */
INLINE V SIMD(polynomial)(const V c[], const int degree, V u, V u2)
{
    V even = c[degree], odd = c[degree - 1];
#pragma GCC unroll 20
    for (int k = degree - 2; k > 0; k -= 2) {
        even = even * u2 + c[k];
        odd = odd * u2 + c[k - 1];
    }
    return (even * u2 + c[0]) + u * odd;
}

/* Force over distance of LANES pairs of one kind; energies if wanted. Lanes outside the cut-off are zero. */
INLINE V SIMD(pair)(const SIMD(Poly) * poly, const int degree, const SIMD(Kind) * k, V r2,
                    const bool energy, V *pair, V *coulomb)
{
    const I inside = r2 < poly->cutoff2;
    V inv2 = (REAL)1.0 / r2, r = SIMD(square_root)(r2), inv = r * inv2;
    V u = r2 * poly->scale - (REAL)1.0, u2 = u * u;
    V repulsion = SIMD(power_of_two)(r * k->power), inv6 = inv2 * inv2 * inv2;
    V screened = SIMD(polynomial)(poly->q, degree, u, u2);
    V force =
        k->a_rho * repulsion * inv - k->six_c6 * inv6 * inv2 + k->qq * (inv * inv2 - screened);
    if (energy) {
        V p = SIMD(polynomial)(poly->p, degree, u, u2);
        *pair = SIMD(keep)(k->a * repulsion - k->c6 * inv6 - k->at_cutoff, inside);
        *coulomb = SIMD(keep)(k->qq * (inv - p), inside);
    }
    return SIMD(keep)(force, inside);
}

INLINE D SIMD(grid)(D x, const double grid)
{
    const double magic = 0x1.8p52 * grid;
    return (x + magic) - magic;
}

static const double SIMD(force_grid) = 0x1p-40, SIMD(energy_grid) = 0x1p-36;

INLINE double SIMD(total)(D x)
{
    return (x[0] + x[1]) + (x[2] + x[3]);
}

INLINE D SIMD(load)(const double *p)
{
    D d;
    memcpy(&d, __builtin_assume_aligned(p, 32), sizeof d);
    return d;
}

INLINE void SIMD(save)(double *p, D d)
{
    memcpy(__builtin_assume_aligned(p, 32), &d, sizeof d);
}

#if MIXED
/* Four floats to doubles and back; GCC 12 makes these of halves on its own */
INLINE D SIMD(to_double)(Q q)
{
#ifdef __AVX__
    return (D)_mm256_cvtps_pd((__m128)q);
#else
    return __builtin_convertvector(q, D);
#endif
}

INLINE Q SIMD(to_float)(D d)
{
#ifdef __AVX__
    return (Q)_mm256_cvtpd_ps((__m256d)d);
#else
    return __builtin_convertvector(d, Q);
#endif
}
#endif

/* One part of a vector of pair terms as four doubles, on the grid if wanted */
INLINE D SIMD(widen)(V v, const int g, const bool round, const double grid)
{
#if MIXED
    D d = SIMD(to_double)(PART(v, g));
#else
    D d = PART(v, g);
#endif
    return round ? SIMD(grid)(d, grid) : d;
}

/* x_i - x_j for the groups j. Mixed: (x_i - B_j) - (H_j - B_j), the first a difference of doubles, the
 * second small. */
INLINE void SIMD(separations)(const Clusters *c, const int32_t *j, const double x[3], V d[3])
{
    Q part[GROUPS];
#if MIXED
    const D at = {x[0], x[1], x[2], 0.0};
    for (int g = 0; g < GROUPS; g++)
        part[g] = SIMD(to_float)(at - SIMD(load)(c->gb + 4 * (size_t)j[g]));
    const V from_b = JOIN(part);
    d[0] = SPREAD(from_b, 0);
    d[1] = SPREAD(from_b, 1);
    d[2] = SPREAD(from_b, 2);
#endif
    for (int axis = 0; axis < 3; axis++) {
        for (int g = 0; g < GROUPS; g++)
#if MIXED
            memcpy(&part[g], c->gd + 12 * (size_t)j[g] + 4 * axis, sizeof part[g]);
        d[axis] -= JOIN(part);
#else
            part[g] = SIMD(load)(c->gx + 12 * (size_t)j[g] + 4 * axis);
        d[axis] = x[axis] - JOIN(part);
#endif
    }
}

typedef struct SIMD(Row) {
    D f[3], pair, coulomb;
} SIMD(Row);

/* One atom at x with n groups j (padded): forces on the groups are taken off, its own are returned on four
 * lanes. */
INLINE void SIMD(row)(const SIMD(Poly) * poly, const int degree, const SIMD(Kind) * kind,
                      const Clusters *c, const double x[3], int32_t n, const int32_t *j,
                      const bool energy, const bool round, SIMD(Row) * out)
{
    const double grid = SIMD(force_grid);
    double *gf = c->gf;
    D fx = {0.0}, fy = {0.0}, fz = {0.0}, pair = {0.0}, coulomb = {0.0};
    for (int32_t m = 0; m < n; m += GROUPS) {
        V d[3], ep, ec;
        SIMD(separations)(c, j + m, x, d);
        V f = SIMD(pair)(poly, degree, kind, d[0] * d[0] + d[1] * d[1] + d[2] * d[2], energy, &ep,
                         &ec);
        V px = f * d[0], py = f * d[1], pz = f * d[2];
#pragma GCC unroll 4
        for (int g = 0; g < GROUPS; g++) {
            double *to = gf + 12 * (size_t)j[m + g];
            D wx = SIMD(widen)(px, g, round, grid), wy = SIMD(widen)(py, g, round, grid),
              wz = SIMD(widen)(pz, g, round, grid);
            fx += wx;
            fy += wy;
            fz += wz;
            SIMD(save)(to, SIMD(load)(to) - wx);
            SIMD(save)(to + 4, SIMD(load)(to + 4) - wy);
            SIMD(save)(to + 8, SIMD(load)(to + 8) - wz);
            if (energy) {
                pair += SIMD(widen)(ep, g, round, SIMD(energy_grid));
                coulomb += SIMD(widen)(ec, g, round, SIMD(energy_grid));
            }
        }
    }
    out->f[0] = fx;
    out->f[1] = fy;
    out->f[2] = fz;
    out->pair = pair;
    out->coulomb = coulomb;
}

INLINE void SIMD(count)(const SIMD(Row) * row, const bool energy, ClusterEnergy *e)
{
    if (!energy)
        return;
    exact_add(&e->pair, SIMD(total)(row->pair));
    exact_add(&e->coulomb, SIMD(total)(row->coulomb));
}

static void SIMD(kind_of)(const PairTable *t, int i, int j, SIMD(Kind) * k)
{
    V zero = {0};
    k->a = zero + (REAL)t->a[i][j];
    k->a_rho = zero + (REAL)(t->a[i][j] * t->inv_rho[i][j]);
    k->power = zero - (REAL)(t->inv_rho[i][j] * 0x1.71547652b82fep0); /* log2 e */
    k->c6 = zero + (REAL)t->c6[i][j];
    k->six_c6 = zero + (REAL)(6.0 * t->c6[i][j]);
    k->qq = zero + (REAL)t->qq[i][j];
    k->at_cutoff = zero + (REAL)t->at_cutoff[i][j];
}

static void SIMD(poly_of)(const PairTable *t, int degree, SIMD(Poly) * p)
{
    V zero = {0};
    const double *cp = MIXED ? t->p_float : t->p, *cq = MIXED ? t->q_float : t->q;
    for (int k = 0; k <= degree; k++) {
        p->p[k] = zero + (REAL)(cp[k] * t->beta);
        p->q[k] = zero + (REAL)(cq[k] * t->beta * t->beta * t->beta);
    }
    p->scale = zero + (REAL)(t->beta * t->beta * t->scale);
    p->cutoff2 = zero + (REAL)(t->cutoff * t->cutoff);
}

INLINE void SIMD(group_group)(const PairTable *t, const SIMD(Poly) * poly, const int degree,
                              Clusters *c, const ClusterList *l, const bool energy,
                              const bool round, ClusterEnergy *e)
{
    SIMD(Kind) kind;
    SIMD(kind_of)(t, FF_H, FF_H, &kind);
    for (int32_t g = 0; g < c->ngroup; g++) {
        const double *gx = c->gx + 12 * (size_t)g;
        double *gf = c->gf + 12 * (size_t)g;
        for (int h = 0; h < 4; h++) {
            int32_t s = 4 * g + h;
            const double x[3] = {gx[h], gx[4 + h], gx[8 + h]};
            SIMD(Row) row;
            SIMD(row)
            (poly, degree, &kind, c, x, l->ninner[s], l->inner + l->start[s], energy, round, &row);
            for (int k = 0; k < 3; k++)
                gf[4 * k + h] += SIMD(total)(row.f[k]);
            SIMD(count)(&row, energy, e);
        }
    }
}

INLINE void SIMD(single_group)(const PairTable *t, const SIMD(Poly) * poly, const int degree,
                               Clusters *c, const ClusterList *l, const bool energy,
                               const bool round, ClusterEnergy *e)
{
    SIMD(Kind) kind[2];
    SIMD(kind_of)(t, FF_MG, FF_H, &kind[0]);
    SIMD(kind_of)(t, FF_B, FF_H, &kind[1]);
    for (int32_t s = 0; s < c->nsingle; s++) {
        const double *x = c->sx + 4 * (size_t)s;
        SIMD(Row) row;
        SIMD(row)
        (poly, degree, &kind[x[3] != 0.0], c, x, l->ninner[s], l->inner + l->start[s], energy,
         round, &row);
        for (int k = 0; k < 3; k++)
            c->sf[4 * (size_t)s + (size_t)k] += SIMD(total)(row.f[k]);
        SIMD(count)(&row, energy, e);
    }
}

/* The rows of one part, with everything known at compile time that the inner loop asks for. */
INLINE void SIMD(rows)(const PairTable *t, const int degree, Clusters *c, ClusterPart part,
                       const bool energy, const bool round, ClusterEnergy *e)
{
    SIMD(Poly) poly;
    SIMD(poly_of)(t, degree, &poly);
    SIMD(group_group)(t, &poly, degree, c, &c->group_group[part], energy, round, e);
    SIMD(single_group)(t, &poly, degree, c, &c->single_group[part], energy, round, e);
}

#define ROWS(n)                                                                                    \
    case n:                                                                                        \
        if (want.energy && want.reproducible)                                                      \
            SIMD(rows)(t, n, c, part, true, true, e);                                              \
        else if (want.energy)                                                                      \
            SIMD(rows)(t, n, c, part, true, false, e);                                             \
        else if (want.reproducible)                                                                \
            SIMD(rows)(t, n, c, part, false, true, e);                                             \
        else                                                                                       \
            SIMD(rows)(t, n, c, part, false, false, e);                                            \
        break;

/* Unused where only the singles are wanted in this width */
__attribute__((unused)) static void SIMD(all_rows)(const PairTable *t, Clusters *c,
                                                   ClusterPart part, ClusterWant want,
                                                   ClusterEnergy *e)
{
#if MIXED
    switch (t->degree_float) {
        ROWS(12)
        ROWS(16)
        ROWS(PAIR_DEGREE_FLOAT)
#else
    switch (t->degree) {
        ROWS(18)
        ROWS(20)
        ROWS(24)
        ROWS(PAIR_DEGREE_MAX)
#endif
    default:
        CHECK(false, "no kernel for polynomials of degree %d", t->degree);
    }
}
#undef ROWS

#if SINGLES

/* Four singles j as x, y, z and a mask of B */
INLINE void SIMD(four)(const double *sx, const int32_t *j, D x[3], L *is_b)
{
    D a = SIMD(load)(sx + 4 * (size_t)j[0]), b = SIMD(load)(sx + 4 * (size_t)j[1]),
      c = SIMD(load)(sx + 4 * (size_t)j[2]), d = SIMD(load)(sx + 4 * (size_t)j[3]);
    D ab_low = __builtin_shufflevector(a, b, 0, 4, 2, 6),
      ab_high = __builtin_shufflevector(a, b, 1, 5, 3, 7),
      cd_low = __builtin_shufflevector(c, d, 0, 4, 2, 6),
      cd_high = __builtin_shufflevector(c, d, 1, 5, 3, 7);
    x[0] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    x[1] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    x[2] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *is_b = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7) != 0.0;
}

/* -p to each of the four */
INLINE void SIMD(take_four)(double *sf, const int32_t *j, const D p[3])
{
    D zero = {0.0};
    D xy_low = __builtin_shufflevector(p[0], p[1], 0, 4, 2, 6),
      xy_high = __builtin_shufflevector(p[0], p[1], 1, 5, 3, 7),
      z_low = __builtin_shufflevector(p[2], zero, 0, 4, 2, 6),
      z_high = __builtin_shufflevector(p[2], zero, 1, 5, 3, 7);
    const D f[4] = {__builtin_shufflevector(xy_low, z_low, 0, 1, 4, 5),
                    __builtin_shufflevector(xy_high, z_high, 0, 1, 4, 5),
                    __builtin_shufflevector(xy_low, z_low, 2, 3, 6, 7),
                    __builtin_shufflevector(xy_high, z_high, 2, 3, 6, 7)};
    for (int k = 0; k < 4; k++) {
        double *to = sf + 4 * (size_t)j[k];
        SIMD(save)(to, SIMD(load)(to) - f[k]);
    }
}

INLINE D SIMD(choose)(L mask, D yes, D no)
{
    return (D)(((L)yes & mask) | ((L)no & ~mask));
}

INLINE void SIMD(choose_kind)(L is_b, const SIMD(Kind) k[2], SIMD(Kind) * out)
{
    out->a = SIMD(choose)(is_b, k[1].a, k[0].a);
    out->a_rho = SIMD(choose)(is_b, k[1].a_rho, k[0].a_rho);
    out->power = SIMD(choose)(is_b, k[1].power, k[0].power);
    out->c6 = SIMD(choose)(is_b, k[1].c6, k[0].c6);
    out->six_c6 = SIMD(choose)(is_b, k[1].six_c6, k[0].six_c6);
    out->qq = SIMD(choose)(is_b, k[1].qq, k[0].qq);
    out->at_cutoff = SIMD(choose)(is_b, k[1].at_cutoff, k[0].at_cutoff);
}

INLINE void SIMD(single_single)(const PairTable *t, const int degree, Clusters *c,
                                const ClusterList *l, const bool energy, const bool round,
                                ClusterEnergy *e)
{
    static const int type[2] = {FF_MG, FF_B};
    SIMD(Poly) poly;
    SIMD(Kind) kind[2][2];
    SIMD(poly_of)(t, degree, &poly);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            SIMD(kind_of)(t, type[i], type[j], &kind[i][j]);
    for (int32_t s = 0; s < c->nsingle; s++) {
        const double *x = c->sx + 4 * (size_t)s;
        const int32_t *j = l->inner + l->start[s];
        SIMD(Row) row = {.f = {{0.0}}};
        for (int32_t m = 0; m < l->ninner[s]; m += 4) {
            D d[3], p[3], ep, ec;
            L is_b;
            SIMD(Kind) k;
            SIMD(four)(c->sx, j + m, d, &is_b);
            SIMD(choose_kind)(is_b, kind[x[3] != 0.0], &k);
            for (int a = 0; a < 3; a++)
                d[a] = x[a] - d[a];
            D f = SIMD(pair)(&poly, degree, &k, d[0] * d[0] + d[1] * d[1] + d[2] * d[2], energy,
                             &ep, &ec);
            for (int a = 0; a < 3; a++) {
                p[a] = round ? SIMD(grid)(f * d[a], SIMD(force_grid)) : f * d[a];
                row.f[a] += p[a];
            }
            SIMD(take_four)(c->sf, j + m, p);
            if (energy) {
                row.pair += round ? SIMD(grid)(ep, SIMD(energy_grid)) : ep;
                row.coulomb += round ? SIMD(grid)(ec, SIMD(energy_grid)) : ec;
            }
        }
        for (int a = 0; a < 3; a++)
            c->sf[4 * (size_t)s + (size_t)a] += SIMD(total)(row.f[a]);
        SIMD(count)(&row, energy, e);
    }
}

#define PAIRS(n)                                                                                   \
    case n:                                                                                        \
        if (want.energy)                                                                           \
            SIMD(single_single)(t, n, c, &c->single_single[part], true, want.reproducible, e);     \
        else                                                                                       \
            SIMD(single_single)(t, n, c, &c->single_single[part], false, want.reproducible, e);    \
        break;

static void SIMD(all_singles)(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                              ClusterEnergy *e)
{
    switch (t->degree) {
        PAIRS(18)
        PAIRS(20)
        PAIRS(24)
        PAIRS(PAIR_DEGREE_MAX)
    default:
        CHECK(false, "no kernel for polynomials of degree %d", t->degree);
    }
}
#undef PAIRS

/* -q q beta P, and force over distance -q q beta^3 Q, on four lanes */
static D SIMD(screening)(const PairTable *t, double qq, D r2, D *energy)
{
    D u = r2 * (t->beta * t->beta * t->scale) - 1.0, p = {0.0}, q = {0.0};
    for (int k = t->degree; k >= 0; k--) {
        p = p * u + t->p[k];
        q = q * u + t->q[k];
    }
    *energy = -qq * t->beta * p;
    return -qq * t->beta * t->beta * t->beta * q;
}

/* Six H-H pairs as 0-1, 1-2, 2-3, 3-0 (once) and 0-2, 1-3, 2-0, 3-1 (each from both sides) */
static void SIMD(inside_group)(const PairTable *t, Clusters *c, int32_t g, bool round, D *energy)
{
    double *gf = c->gf + 12 * (size_t)g, *bf = c->sf + 4 * (size_t)c->group_single[g];
    const double *gx = c->gx + 12 * (size_t)g, *b = c->sx + 4 * (size_t)c->group_single[g];
    D x[3], to_b[3], next[3], across[3], e_b, e_next, e_across;
    for (int k = 0; k < 3; k++) {
        x[k] = SIMD(load)(gx + 4 * k);
        to_b[k] = x[k] - b[k];
        next[k] = x[k] - __builtin_shufflevector(x[k], x[k], 1, 2, 3, 0);
        across[k] = x[k] - __builtin_shufflevector(x[k], x[k], 2, 3, 0, 1);
    }
    const double hh = t->qq[FF_H][FF_H];
    D fb = SIMD(screening)(t, t->qq[FF_B][FF_H],
                           to_b[0] * to_b[0] + to_b[1] * to_b[1] + to_b[2] * to_b[2], &e_b);
    D fn =
        SIMD(screening)(t, hh, next[0] * next[0] + next[1] * next[1] + next[2] * next[2], &e_next);
    D fa = SIMD(screening)(
        t, hh, across[0] * across[0] + across[1] * across[1] + across[2] * across[2], &e_across);
    for (int k = 0; k < 3; k++) {
        D pb = fb * to_b[k], pn = fn * next[k], pa = fa * across[k];
        if (round) {
            pb = SIMD(grid)(pb, SIMD(force_grid));
            pn = SIMD(grid)(pn, SIMD(force_grid));
            pa = SIMD(grid)(pa, SIMD(force_grid));
        }
        D f = pb + pn - __builtin_shufflevector(pn, pn, 3, 0, 1, 2) + pa;
        SIMD(save)(gf + 4 * k, SIMD(load)(gf + 4 * k) + f);
        bf[k] -= SIMD(total)(pb);
    }
    *energy = e_b + e_next + 0.5 * e_across;
}

static void SIMD(excluded)(const PairTable *t, Clusters *c, ClusterWant want, ClusterEnergy *e)
{
    for (int32_t g = 0; g < c->ngroup; g++) {
        D energy;
        SIMD(inside_group)(t, c, g, want.reproducible, &energy);
        exact_add(&e->coulomb, SIMD(total)(energy));
    }
}

INLINE bool SIMD(any)(L mask)
{
#ifdef __AVX__
    return _mm256_movemask_pd((__m256d)mask) != 0;
#else
    return (mask[0] | mask[1] | mask[2] | mask[3]) != 0;
#endif
}

/* Groups with an H closer than the inner radius to x go to `out`. No branch: a wrong guess costs more than
 * the arithmetic. Returns how many. */
INLINE int32_t SIMD(keep_groups)(const Clusters *c, const double x[3], double radius2, int32_t n,
                                 const int32_t *j, int32_t *out)
{
    int32_t kept = 0;
    for (int32_t m = 0; m < n; m++) {
        const double *gx = c->gx + 12 * (size_t)j[m];
        D dx = x[0] - SIMD(load)(gx), dy = x[1] - SIMD(load)(gx + 4),
          dz = x[2] - SIMD(load)(gx + 8);
        out[kept] = j[m];
        kept += SIMD(any)(dx * dx + dy * dy + dz * dz < radius2);
    }
    return kept;
}

static void SIMD(fill_up)(int32_t n, int32_t *list, int32_t dummy)
{
    for (int32_t k = n; k % CLUSTER_PAD != 0; k++)
        list[k] = dummy;
}

static void SIMD(prune)(Clusters *c, ClusterPart part)
{
    ClusterList *gg = &c->group_group[part], *sg = &c->single_group[part],
                *ss = &c->single_single[part];
    const double radius = c->cutoff + c->inner_skin, radius2 = radius * radius;
    int64_t rows = 0;
    for (int32_t g = 0; g < c->ngroup; g++) {
        const double *gx = c->gx + 12 * (size_t)g;
        const int32_t *j = gg->j + gg->first[g], n = gg->first[g + 1] - gg->first[g];
        for (int h = 0; h < 4; h++) {
            const double x[3] = {gx[h], gx[4 + h], gx[8 + h]};
            int32_t *out = gg->inner + gg->start[4 * g + h];
            int32_t kept = gg->ninner[4 * g + h] = SIMD(keep_groups)(c, x, radius2, n, j, out);
            SIMD(fill_up)(kept, out, c->ngroup_total);
            rows += kept;
        }
    }
    for (int32_t s = 0; s < c->nsingle; s++) {
        const double *x = c->sx + 4 * (size_t)s;
        int32_t *out = sg->inner + sg->start[s];
        int32_t kept = sg->ninner[s] = SIMD(keep_groups)(
            c, x, radius2, sg->first[s + 1] - sg->first[s], sg->j + sg->first[s], out);
        SIMD(fill_up)(kept, out, c->ngroup_total);
        rows += kept;
        out = ss->inner + ss->start[s];
        kept = 0;
        for (int32_t m = ss->first[s]; m < ss->first[s + 1]; m++) {
            const double *y = c->sx + 4 * (size_t)ss->j[m];
            double dx = x[0] - y[0], dy = x[1] - y[1], dz = x[2] - y[2];
            out[kept] = ss->j[m];
            kept += dx * dx + dy * dy + dz * dz < radius2;
        }
        ss->ninner[s] = kept;
        SIMD(fill_up)(kept, out, c->nsingle_total);
    }
    c->inner_rows = part == CLUSTER_NEAR ? rows : c->inner_rows + rows;
    cluster_pruned(c, part);
}

#endif /* SINGLES */

#undef GROUPS
#undef JOIN
#undef SPREAD
#undef PART
#undef REAL
#undef V
#undef I
#undef Q
#undef D
#undef L
#undef SIMD
#undef LANES
#undef MIXED
#undef SINGLES
