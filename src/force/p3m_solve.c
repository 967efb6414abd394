#include "force/p3m_solve.h"

#include "base/clones.h"

#include <stddef.h>

enum { LANES = 4, TERMS = 7 };

typedef double Vector __attribute__((vector_size(8 * LANES)));
typedef double AnyVector __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef long long Places __attribute__((vector_size(8 * LANES)));

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS Vector load(const double *p)
{
    return *(const AnyVector *)p;
}

/* Four waves at once: (re, im) pairs c0, c1, squared and added to one vector of four */
ALWAYS Vector squares(Vector c0, Vector c1)
{
    Vector s0 = c0 * c0, s1 = c1 * c1;
    return __builtin_shuffle(s0, s1, (Places){0, 2, 4, 6}) +
           __builtin_shuffle(s0, s1, (Places){1, 3, 5, 7});
}

ALWAYS void four(int nz, int z, const double weight[], const double *g, const double *strain,
                 double *wave, const int terms, Vector sum[])
{
    AnyVector *c = (AnyVector *)(wave + 2 * z);
    Vector gz = load(g + z), c0 = c[0], c1 = c[1];
    if (terms > 0) {
        Vector e = load(weight + z) * gz * squares(c0, c1);
        sum[0] += e;
#pragma GCC unroll 6
        for (int t = 0; t < terms - 1; t++)
            sum[1 + t] += e * load(strain + (ptrdiff_t)t * nz + z);
    }
    c[0] = c0 * __builtin_shuffle(gz, (Places){0, 0, 1, 1});
    c[1] = c1 * __builtin_shuffle(gz, (Places){2, 2, 3, 3});
}

ALWAYS void one(int nz, int z, const double weight[], const double *g, const double *strain,
                double *wave, const int terms, double sum[])
{
    double *c = wave + 2 * z;
    if (terms > 0) {
        double e = weight[z] * g[z] * (c[0] * c[0] + c[1] * c[1]);
        sum[0] += e;
        for (int t = 0; t < terms - 1; t++)
            sum[1 + t] += e * strain[(ptrdiff_t)t * nz + z];
    }
    c[0] *= g[z];
    c[1] *= g[z];
}

ALWAYS void solve(int rows, int nz, const double weight[], const double *g, const double *strain,
                  double *wave, const int terms, double total[])
{
    Vector sum[TERMS] = {{0.0}};
    double rest[TERMS] = {0.0};
    for (int r = 0; r < rows; r++) {
        int z = 0;
        for (; z + LANES <= nz; z += LANES)
            four(nz, z, weight, g, strain, wave, terms, sum);
        for (; z < nz; z++)
            one(nz, z, weight, g, strain, wave, terms, rest);
        g += nz;
        wave += 2 * nz;
        if (terms > 1)
            strain += (ptrdiff_t)6 * nz;
    }
    for (int t = 0; t < terms; t++)
        total[t] = ((sum[t][0] + sum[t][2]) + (sum[t][1] + sum[t][3])) + rest[t];
}

CLONES
void p3m_solve(int rows, int nz, const double weight[], const double *g, const double *strain,
               double *wave, double sum[7])
{
    if (sum == NULL)
        solve(rows, nz, weight, g, strain, wave, 0, sum);
    else
        solve(rows, nz, weight, g, strain, wave, TERMS, sum);
}
