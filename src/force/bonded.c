/* Four H at a time: a vector holds one coordinate of the four H of an ion. The six pairs of H are those one
 * place apart (0-1, 1-2, 2-3, 3-0) and those two places apart, where each of 0-2 and 1-3 appears from both
 * sides and counts half. */
#include "force/bonded.h"

#include "base/clones.h"
#include "base/vec.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

typedef double Four __attribute__((vector_size(4 * sizeof(double))));

#define NEXT(v)   __builtin_shufflevector(v, v, 1, 2, 3, 0)
#define BACK(v)   __builtin_shufflevector(v, v, 3, 0, 1, 2)
#define ACROSS(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)

INLINE Four square_root(Four x)
{
    for (int k = 0; k < 4; k++)
        x[k] = sqrt(x[k]);
    return x;
}

INLINE double total(Four x)
{
    return (x[0] + x[1]) + (x[2] + x[3]);
}

INLINE Four dot(const Four a[3], const Four b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* The ion: bonds d = x_H - x_B, their lengths r and directions u; forces on H and on B */
typedef struct Tetrahedron {
    Four d[3], u[3], r, inv_r;
    Four f[3], energy;
} Tetrahedron;

INLINE void bonds(const FfParameters *p, Tetrahedron *t)
{
    Four s = t->r - p->bond_r0;
    Four slope = s * (2.0 * p->bond_k2 + s * (3.0 * p->bond_k3 + s * (4.0 * p->bond_k4)));
    for (int k = 0; k < 3; k++)
        t->f[k] = -slope * t->u[k];
    t->energy = s * s * (p->bond_k2 + s * (p->bond_k3 + s * p->bond_k4));
}

/* Angle to the H whose direction is w: d theta / d x_H = (cos(theta) u - w) / (r sin(theta)).
 * fh, fg: forces on this H and on the other */
INLINE void angles(const FfParameters *p, const Tetrahedron *t, const Four w[3], Four inv_rw,
                   Four fh[3], Four fg[3], Four *energy)
{
    Four c = dot(t->u, w), bend, s;
    for (int k = 0; k < 4; k++) {
        c[k] = fmin(1.0, fmax(-1.0, c[k]));
        bend[k] = acos(c[k]) - p->angle_theta0;
        s[k] = fmax(sqrt(1.0 - c[k] * c[k]), 1e-8);
    }
    Four slope = -2.0 * p->angle_k * bend / s, at_h = slope * t->inv_r, at_g = slope * inv_rw;
    for (int k = 0; k < 3; k++) {
        fh[k] = at_h * (c * t->u[k] - w[k]);
        fg[k] = at_g * (c * w[k] - t->u[k]);
    }
    *energy = p->angle_k * bend * bend;
}

/* Spring to the H whose bond is e */
INLINE void springs(const FfParameters *p, const Tetrahedron *t, const Four e[3], Four fh[3],
                    Four fg[3], Four *energy)
{
    Four d[3] = {t->d[0] - e[0], t->d[1] - e[1], t->d[2] - e[2]};
    Four r = square_root(dot(d, d)), s = r - p->ub_r0, slope = -2.0 * p->ub_k * s / r;
    for (int k = 0; k < 3; k++) {
        Four f = slope * d[k];
        fh[k] += f;
        fg[k] -= f;
    }
    *energy += p->ub_k * s * s;
}

/* All that acts between H and H; returns the sum over B of what the angles take from it in b. */
INLINE void between(const FfParameters *p, Tetrahedron *t, Four b[3])
{
    Four u[3], d[3], fh[3], fg[3], energy;
    for (int k = 0; k < 3; k++) {
        u[k] = NEXT(t->u[k]);
        d[k] = NEXT(t->d[k]);
    }
    angles(p, t, u, NEXT(t->inv_r), fh, fg, &energy);
    for (int k = 0; k < 3; k++)
        b[k] = -fh[k] - fg[k];
    if (p->ub_k != 0.0)
        springs(p, t, d, fh, fg, &energy);
    for (int k = 0; k < 3; k++)
        t->f[k] += fh[k] + BACK(fg[k]);
    t->energy += energy;
    for (int k = 0; k < 3; k++) {
        u[k] = ACROSS(t->u[k]);
        d[k] = ACROSS(t->d[k]);
    }
    angles(p, t, u, ACROSS(t->inv_r), fh, fg, &energy);
    for (int k = 0; k < 3; k++)
        b[k] += -0.5 * (fh[k] + fg[k]);
    if (p->ub_k != 0.0)
        springs(p, t, d, fh, fg, &energy);
    for (int k = 0; k < 3; k++)
        t->f[k] += fh[k]; /* the other side comes by its own lane */
    t->energy += 0.5 * energy;
}

INLINE double one_ion(const FfParameters *p, const double (*x)[3], double (*f)[3])
{
    Tetrahedron t;
    Four b[3];
    for (int k = 0; k < 3; k++)
        t.d[k] = (Four){x[1][k], x[2][k], x[3][k], x[4][k]} - x[0][k];
    t.r = square_root(dot(t.d, t.d));
    t.inv_r = 1.0 / t.r;
    for (int k = 0; k < 3; k++)
        t.u[k] = t.d[k] * t.inv_r;
    bonds(p, &t);
    for (int k = 0; k < 3; k++)
        f[0][k] -= total(t.f[k]);
    between(p, &t, b);
    for (int k = 0; k < 3; k++) {
        f[0][k] += total(b[k]);
        for (int h = 0; h < 4; h++)
            f[h + 1][k] += t.f[k][h];
    }
    return total(t.energy);
}

CLONES
void bonded_compute(const FfParameters *p, Atoms *a, Exact *energy)
{
    for (int32_t m = 0; m < a->nion; m++) {
        if (a->ion_kind[m] != ION_BH4)
            continue;
        int32_t b = a->ion_first[m];
        exact_add(energy, one_ion(p, (const double(*)[3])(a->x + b), a->f + b));
    }
}
