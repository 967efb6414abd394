#include "force/p3m_mesh.h"

#include "base/err.h"

#include <stddef.h>

enum { ORDER_MAX = 7 };

/* Weights of one charge */
typedef struct Stencil {
    int at[3][ORDER_MAX];   /* mesh indices, wrapped */
    double w[3][ORDER_MAX]; /* M */
    double d[3][ORDER_MAX]; /* dM/du */
} Stencil;

/* M_n(t + j) for j = 0..n-1, by M_n(x) = [x M_{n-1}(x) + (n - x) M_{n-1}(x - 1)]/(n - 1), and
 * M_n'(x) = M_{n-1}(x) - M_{n-1}(x - 1)  (Essmann et al. 1995, eqs. 4.1 and 4.2). */
static inline __attribute__((always_inline)) void spline(const int order, double t, double w[],
                                                         double d[])
{
    w[0] = t;
    w[1] = 1.0 - t;
    for (int n = 3; n <= order; n++) {
        if (n == order) {
            d[0] = w[0];
            for (int j = 1; j < n - 1; j++)
                d[j] = w[j] - w[j - 1];
            d[n - 1] = -w[n - 2];
        }
        double scale = 1.0 / (n - 1);
        w[n - 1] = scale * (1.0 - t) * w[n - 2];
        for (int j = n - 2; j > 0; j--)
            w[j] = scale * ((t + j) * w[j] + (n - t - j) * w[j - 1]);
        w[0] *= scale * t;
    }
}

static inline __attribute__((always_inline)) void stencil(const int order, const P3mSlab *slab,
                                                          const P3mCharge *charge, Stencil *s)
{
    for (int a = 0; a < 3; a++) {
        int i = (int)charge->u[a], n = slab->mesh[a];
        spline(order, charge->u[a] - i, s->w[a], s->d[a]);
        for (int j = 0; j < order; j++) {
            s->at[a][j] = i;
            i = i > 0 ? i - 1 : n - 1;
        }
    }
}

/* rho(n) += q M(x) M(y) M(z) */
static inline __attribute__((always_inline)) void spread(const int order, const P3mSlab *slab,
                                                         int n, const P3mCharge charge[])
{
    for (int i = 0; i < n; i++) {
        Stencil s;
        stencil(order, slab, &charge[i], &s);
        for (int jx = 0; jx < order; jx++) {
            int plane = s.at[0][jx] - slab->first;
            if (plane < 0 || plane >= slab->count)
                continue;
            double qx = charge[i].q * s.w[0][jx];
            for (int jy = 0; jy < order; jy++) {
                double *row =
                    slab->value + ((ptrdiff_t)plane * slab->mesh[1] + s.at[1][jy]) * slab->stride;
                double qxy = qx * s.w[1][jy];
                for (int jz = 0; jz < order; jz++)
                    row[s.at[2][jz]] += qxy * s.w[2][jz];
            }
        }
    }
}

/* g = q sum value(n) grad [M(x) M(y) M(z)] */
static inline __attribute__((always_inline)) void
gather(const int order, const P3mSlab *slab, int n, const P3mCharge charge[], double (*gradient)[3])
{
    for (int i = 0; i < n; i++) {
        Stencil s;
        stencil(order, slab, &charge[i], &s);
        double g[3] = {0.0, 0.0, 0.0};
        for (int jx = 0; jx < order; jx++) {
            int plane = s.at[0][jx] - slab->first;
            if (plane < 0 || plane >= slab->count)
                continue;
            double wx = s.w[0][jx], dx = s.d[0][jx];
            for (int jy = 0; jy < order; jy++) {
                const double *row =
                    slab->value + ((ptrdiff_t)plane * slab->mesh[1] + s.at[1][jy]) * slab->stride;
                double sum = 0.0, slope = 0.0;
                for (int jz = 0; jz < order; jz++) {
                    double v = row[s.at[2][jz]];
                    sum += s.w[2][jz] * v;
                    slope += s.d[2][jz] * v;
                }
                g[0] += dx * s.w[1][jy] * sum;
                g[1] += wx * s.d[1][jy] * sum;
                g[2] += wx * s.w[1][jy] * slope;
            }
        }
        for (int a = 0; a < 3; a++)
            gradient[i][a] = charge[i].q * g[a];
    }
}

/* The loops are compiled once for each order, so that they unroll. */
void p3m_mesh_spread(const P3mSlab *slab, int order, int n, const P3mCharge charge[])
{
    switch (order) {
    case 4:
        spread(4, slab, n, charge);
        break;
    case 5:
        spread(5, slab, n, charge);
        break;
    case 6:
        spread(6, slab, n, charge);
        break;
    default:
        CHECK(order == 7, "order %d", order);
        spread(7, slab, n, charge);
    }
}

void p3m_mesh_gather(const P3mSlab *slab, int order, int n, const P3mCharge charge[],
                     double (*gradient)[3])
{
    switch (order) {
    case 4:
        gather(4, slab, n, charge, gradient);
        break;
    case 5:
        gather(5, slab, n, charge, gradient);
        break;
    case 6:
        gather(6, slab, n, charge, gradient);
        break;
    default:
        CHECK(order == 7, "order %d", order);
        gather(7, slab, n, charge, gradient);
    }
}
