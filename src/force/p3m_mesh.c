#include "force/p3m_mesh.h"

#include "base/clones.h"
#include "base/err.h"
#include "base/exact.h"

#include <math.h>
#include <string.h>

enum { ORDER_MAX = 7, BATCH = 16, LANES = 4, WIDE = 2 * LANES };

typedef double Vector __attribute__((vector_size(8 * LANES)));
typedef double AnyVector __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

#define ALWAYS static inline __attribute__((always_inline))

static const double MESH_GRID = 0x1p-46;  /* e */
static const double FORCE_GRID = 0x1p-44; /* eV per mesh step */

/* Weights of BATCH charges. Along x and y in the order of j, lanes are charges; along z in rising order
 * of the points, one row for each charge. */
typedef struct Batch {
    int at[3][BATCH];              /* floor(u); along z the first point, wrapped */
    double t[3][BATCH];            /* u - floor(u) */
    double q[BATCH];               /* e */
    double w[2][ORDER_MAX][BATCH]; /* M */
    double d[2][ORDER_MAX][BATCH]; /* dM/du */
    double wz[BATCH][WIDE], dz[BATCH][WIDE];
} __attribute__((aligned(64))) Batch;

/* M_n(t + j) for j = 0..n-1, by M_n(x) = [x M_{n-1}(x) + (n - x) M_{n-1}(x - 1)]/(n - 1), and
 * M_n'(x) = M_{n-1}(x) - M_{n-1}(x - 1)  (Essmann et al. 1995, eqs. 4.1 and 4.2). */
ALWAYS void spline(const int order, Vector t, Vector w[], Vector d[])
{
    w[0] = t;
    w[1] = 1.0 - t;
#pragma GCC unroll 8
    for (int n = 3; n <= order; n++) {
        if (n == order) {
            d[0] = w[0];
#pragma GCC unroll 8
            for (int j = 1; j < n - 1; j++)
                d[j] = w[j] - w[j - 1];
            d[n - 1] = -w[n - 2];
        }
        double scale = 1.0 / (n - 1);
        w[n - 1] = scale * (1.0 - t) * w[n - 2];
#pragma GCC unroll 8
        for (int j = n - 2; j > 0; j--)
            w[j] = scale * ((t + j) * w[j] + (n - j - t) * w[j - 1]);
        w[0] *= scale * t;
    }
}

ALWAYS int wrap(int i, int n)
{
    while (i < 0)
        i += n;
    return i;
}

/* Places of up to BATCH charges; the rest are none at the origin. */
ALWAYS void place_batch(const int order, const P3mBrick *brick, size_t n, const P3mCharge charge[],
                        Batch *b)
{
    for (size_t k = 0; k < BATCH; k++) {
        P3mCharge c = k < n ? charge[k] : (P3mCharge){.q = 0.0};
        for (int a = 0; a < 3; a++) {
            b->at[a][k] = (int)c.u[a];
            b->t[a][k] = c.u[a] - b->at[a][k];
        }
        b->at[2][k] = wrap(b->at[2][k] - order + 1, brick->mesh[2]);
        b->q[k] = c.q;
    }
}

ALWAYS void fill(const int order, const P3mBrick *brick, size_t n, const P3mCharge charge[],
                 const bool slopes, Batch *b)
{
    Vector w[ORDER_MAX], d[ORDER_MAX];
    place_batch(order, brick, n, charge, b);
    for (size_t k = 0; k < BATCH; k += LANES) {
#pragma GCC unroll 2
        for (int a = 0; a < 2; a++) {
            spline(order, *(const Vector *)&b->t[a][k], w, d);
#pragma GCC unroll 8
            for (int j = 0; j < order; j++) {
                *(Vector *)&b->w[a][j][k] = w[j];
                if (slopes)
                    *(Vector *)&b->d[a][j][k] = d[j];
            }
        }
        spline(order, *(const Vector *)&b->t[2][k], w, d);
#pragma GCC unroll 8
        for (int j = 0; j < order; j++) {
            for (int l = 0; l < LANES; l++) {
                b->wz[k + (size_t)l][order - 1 - j] = w[j][l];
                if (slopes)
                    b->dz[k + (size_t)l][order - 1 - j] = d[j][l];
            }
        }
    }
}

/* Where the rows y of a charge begin, relative to their plane; -1: not of this brick */
ALWAYS void rows_of(const int order, const P3mBrick *brick, const bool whole, int y, int z,
                    ptrdiff_t row[])
{
#pragma GCC unroll 8
    for (int j = 0; j < order; j++) {
        int i = y - brick->first[1];
        row[j] = whole || (i >= 0 && i < brick->count[1]) ? i * brick->row + z : -1;
        y = y > 0 ? y - 1 : brick->mesh[1] - 1;
    }
}

ALWAYS Vector on_grid(Vector v, double grid)
{
    double magic = 0x1.8p52 * grid; /* as exact_round */
    return (v + magic) - magic;
}

ALWAYS void add_to(double *point, Vector part, const bool exact)
{
    AnyVector *p = (AnyVector *)point;
    *p += exact ? on_grid(part, MESH_GRID) : part;
}

/* rho(n) += q M(x) M(y) M(z), one charge */
ALWAYS void spread_one(const int order, const P3mBrick *brick, const bool whole, const bool exact,
                       const Batch *b, size_t k)
{
    ptrdiff_t row[ORDER_MAX];
    rows_of(order, brick, whole, b->at[1][k], b->at[2][k], row);
    Vector w0 = *(const Vector *)b->wz[k], w1 = *(const Vector *)(b->wz[k] + LANES);
    int x = b->at[0][k];
#pragma GCC unroll 8
    for (int jx = 0; jx < order; jx++) {
        int i = x - brick->first[0];
        x = x > 0 ? x - 1 : brick->mesh[0] - 1;
        if (!whole && (i < 0 || i >= brick->count[0]))
            continue;
        double *plane = brick->value + i * brick->plane, qx = b->q[k] * b->w[0][jx][k];
#pragma GCC unroll 8
        for (int jy = 0; jy < order; jy++) {
            if (!whole && row[jy] < 0)
                continue;
            double qxy = qx * b->w[1][jy][k];
            add_to(plane + row[jy], qxy * w0, exact);
            if (order > LANES)
                add_to(plane + row[jy] + LANES, qxy * w1, exact);
        }
    }
}

ALWAYS void spread(const int order, const P3mBrick *brick, const bool whole, const bool exact,
                   size_t n, const P3mCharge charge[])
{
    Batch b;
    memset(b.wz, 0, sizeof b.wz);
    for (size_t i = 0; i < n; i += BATCH) {
        size_t m = n - i < BATCH ? n - i : BATCH;
        fill(order, brick, m, charge + i, false, &b);
        for (size_t k = 0; k < m; k++)
            spread_one(order, brick, whole, exact, &b, k);
    }
}

ALWAYS double total(Vector v)
{
    return (v[0] + v[2]) + (v[1] + v[3]);
}

ALWAYS double dot(const int order, const Vector a[2], const Vector b[2])
{
    return total(order > LANES ? a[0] * b[0] + a[1] * b[1] : a[0] * b[0]);
}

/* Sums over z of one plane, left as vectors: value times M(y), value times dM(y) */
ALWAYS void plane_sums(const int order, const bool whole, const double *plane,
                       const ptrdiff_t row[], const Batch *b, size_t k, Vector w[2], Vector d[2])
{
    w[0] = w[1] = d[0] = d[1] = (Vector){0.0};
#pragma GCC unroll 8
    for (int jy = 0; jy < order; jy++) {
        if (!whole && row[jy] < 0)
            continue;
        const AnyVector *p = (const AnyVector *)(plane + row[jy]);
        double wy = b->w[1][jy][k], dy = b->d[1][jy][k];
        for (int h = 0; h < (order > LANES ? 2 : 1); h++) {
            w[h] += wy * p[h];
            d[h] += dy * p[h];
        }
    }
}

/* g = scale q sum value(n) grad [M(x) M(y) M(z)], one charge */
ALWAYS void gather_one(const int order, const P3mBrick *brick, const bool whole, const bool exact,
                       double scale, const Batch *b, size_t k, double g[3])
{
    ptrdiff_t row[ORDER_MAX];
    rows_of(order, brick, whole, b->at[1][k], b->at[2][k], row);
    const Vector *wz = (const Vector *)b->wz[k], *dz = (const Vector *)b->dz[k];
    Vector gx[2] = {{0.0}}, gy[2] = {{0.0}}, gz[2] = {{0.0}}, sum = {0.0};
    double q = scale * b->q[k];
    int x = b->at[0][k];
#pragma GCC unroll 8
    for (int jx = 0; jx < order; jx++) {
        int i = x - brick->first[0];
        x = x > 0 ? x - 1 : brick->mesh[0] - 1;
        if (!whole && (i < 0 || i >= brick->count[0]))
            continue;
        Vector w[2], d[2];
        plane_sums(order, whole, brick->value + i * brick->plane, row, b, k, w, d);
        double wx = b->w[0][jx][k], dx = b->d[0][jx][k];
        if (exact) {
            Vector part = {dx * dot(order, w, wz), wx * dot(order, d, wz), wx * dot(order, w, dz)};
            sum += on_grid(q * part, FORCE_GRID);
            continue;
        }
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
            gx[h] += dx * w[h];
            gy[h] += wx * d[h];
            gz[h] += wx * w[h];
        }
    }
    g[0] = exact ? sum[0] : q * dot(order, gx, wz);
    g[1] = exact ? sum[1] : q * dot(order, gy, wz);
    g[2] = exact ? sum[2] : q * dot(order, gz, dz);
}

ALWAYS void gather(const int order, const P3mBrick *brick, const bool whole, const bool exact,
                   double scale, size_t n, const P3mCharge charge[], double (*gradient)[3])
{
    Batch b;
    memset(b.wz, 0, sizeof b.wz);
    memset(b.dz, 0, sizeof b.dz);
    for (size_t i = 0; i < n; i += BATCH) {
        size_t m = n - i < BATCH ? n - i : BATCH;
        fill(order, brick, m, charge + i, true, &b);
        for (size_t k = 0; k < m; k++)
            gather_one(order, brick, whole, exact, scale, &b, k, gradient[i + k]);
    }
}

/* All of the mesh is here, so no point need be asked whose it is. */
static bool is_whole(const P3mBrick *brick)
{
    return brick->count[0] == brick->mesh[0] && brick->count[1] == brick->mesh[1];
}

/* Exact bricks have one code whether whole or not: two might round differently. */
#define EACH_KIND(call, order, ...)                                                                \
    do {                                                                                           \
        if (brick->exact)                                                                          \
            call(order, brick, false, true, __VA_ARGS__);                                          \
        else if (is_whole(brick))                                                                  \
            call(order, brick, true, false, __VA_ARGS__);                                          \
        else                                                                                       \
            call(order, brick, false, false, __VA_ARGS__);                                         \
    } while (0)

#define EACH_ORDER(call, ...)                                                                      \
    do {                                                                                           \
        switch (order) {                                                                           \
        case 4:                                                                                    \
            EACH_KIND(call, 4, __VA_ARGS__);                                                       \
            break;                                                                                 \
        case 5:                                                                                    \
            EACH_KIND(call, 5, __VA_ARGS__);                                                       \
            break;                                                                                 \
        case 6:                                                                                    \
            EACH_KIND(call, 6, __VA_ARGS__);                                                       \
            break;                                                                                 \
        default:                                                                                   \
            CHECK(order == 7, "order %d", order);                                                  \
            EACH_KIND(call, 7, __VA_ARGS__);                                                       \
        }                                                                                          \
    } while (0)

CLONES
void p3m_mesh_spread(const P3mBrick *brick, int order, size_t n, const P3mCharge charge[])
{
    EACH_ORDER(spread, n, charge);
}

CLONES
void p3m_mesh_gather(const P3mBrick *brick, int order, double scale, size_t n,
                     const P3mCharge charge[], double (*gradient)[3])
{
    EACH_ORDER(gather, scale, n, charge, gradient);
}

CLONES
int32_t p3m_mesh_place(const int mesh[3], const double inv[3][3], int32_t n, const double (*x)[3],
                       const double q[], P3mCharge charge[])
{
    int32_t lost = 0;
    for (int32_t i = 0; i < n; i++) {
        P3mCharge c = {.q = q[i]};
        double sum = q[i];
        for (int a = 0; a < 3; a++) {
            double s = x[i][0] * inv[0][a] + x[i][1] * inv[1][a] + x[i][2] * inv[2][a];
            double u = (s - floor(s)) * mesh[a];
            c.u[a] = u < mesh[a] ? u : 0.0; /* rounding may reach the upper face */
            sum += s;
        }
        bool here = isfinite(sum);
        charge[i] = here ? c : (P3mCharge){.q = 0.0};
        lost += !here;
    }
    return lost;
}

void p3m_mesh_clear(const P3mBrick *brick)
{
    memset(brick->value, 0, (size_t)(brick->count[0] * brick->plane) * sizeof(double));
}

void p3m_mesh_fold(const P3mBrick *brick)
{
    int nz = brick->mesh[2];
    for (int x = 0; x < brick->count[0]; x++) {
        for (int y = 0; y < brick->count[1]; y++) {
            double *row = brick->value + x * brick->plane + y * brick->row;
            for (int z = P3M_MESH_PAD;
                 z-- > 0;) /* from the end: short rows are wrapped more than once */
                row[z] += row[nz + z];
        }
    }
}

void p3m_mesh_unfold(const P3mBrick *brick)
{
    int nz = brick->mesh[2];
    for (int x = 0; x < brick->count[0]; x++) {
        for (int y = 0; y < brick->count[1]; y++) {
            double *row = brick->value + x * brick->plane + y * brick->row;
            for (int z = 0; z < P3M_MESH_PAD; z++)
                row[nz + z] = row[z];
        }
    }
}
