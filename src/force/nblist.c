#include "force/nblist.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS_ACROSS = 2
}; /* bins per list radius: smaller ones fit the sphere better but cost more loops */

typedef struct Bins {
    double low[3], side;
    int n[3];
    int32_t *first; /* [bins + 1] */
    int32_t *atom;  /* [ntotal] by bin, ascending index within */
    double (*x)[3]; /* [ntotal] their positions */
    int64_t *id;    /* [ntotal] their ids */
    int64_t
        *ion; /* [ntotal] their ions; -1 for ghosts, which are never in the ion of an owned atom */
} Bins;

void nblist_init(Nblist *l, double cutoff, double skin)
{
    memset(l, 0, sizeof *l);
    l->cutoff = cutoff;
    l->skin = skin;
}

void nblist_clear(Nblist *l)
{
    free(l->first);
    free(l->neighbour);
    free(l->x0);
    memset(l, 0, sizeof *l);
}

static int bin_of(const Bins *b, const double x[3])
{
    int p[3];
    for (int k = 0; k < 3; k++) {
        p[k] = (int)((x[k] - b->low[k]) / b->side);
        p[k] = p[k] < 0 ? 0 : p[k] >= b->n[k] ? b->n[k] - 1 : p[k];
    }
    return (p[0] * b->n[1] + p[1]) * b->n[2] + p[2];
}

static void bins_make(Bins *b, const Atoms *a, double radius)
{
    double high[3] = {0.0, 0.0, 0.0};
    for (int k = 0; k < 3; k++)
        b->low[k] = 0.0;
    for (int32_t i = 0; i < a->ntotal; i++) {
        for (int k = 0; k < 3; k++) {
            if (i == 0 || a->x[i][k] < b->low[k])
                b->low[k] = a->x[i][k];
            if (i == 0 || a->x[i][k] > high[k])
                high[k] = a->x[i][k];
        }
    }
    b->side = radius / BINS_ACROSS;
    size_t bins = 1;
    for (int k = 0; k < 3; k++) {
        b->n[k] = (int)((high[k] - b->low[k]) / b->side) + 1;
        bins *= (size_t)b->n[k];
    }
    size_t n = (size_t)a->ntotal;
    b->first = MEM_NEW(int32_t, bins + 1);
    b->atom = MEM_NEW(int32_t, n + 1);
    b->x = mem_new(n + 1, sizeof *b->x);
    b->id = MEM_NEW(int64_t, n + 1);
    b->ion = MEM_NEW(int64_t, n + 1);
    int32_t *bin = MEM_NEW(int32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        bin[i] = bin_of(b, a->x[i]);
        b->first[bin[i] + 1]++;
    }
    for (size_t k = 0; k < bins; k++)
        b->first[k + 1] += b->first[k];
    int32_t *at = MEM_NEW(int32_t, bins);
    memcpy(at, b->first, bins * sizeof *at);
    for (size_t i = 0; i < n; i++) {
        int32_t slot = at[bin[i]]++;
        b->atom[slot] = (int32_t)i;
        b->id[slot] = a->id[i];
        b->ion[slot] = (int32_t)i < a->nlocal ? a->ion[i] : -1;
        memcpy(b->x[slot], a->x[i], sizeof b->x[slot]);
    }
    free(at);
    free(bin);
}

static void bins_clear(Bins *b)
{
    free(b->first);
    free(b->atom);
    free(b->x);
    free(b->id);
    free(b->ion);
}

/* Is the pair of owned atom i and atom j, owned or ghost, to be listed with i? The owner of j, seen from there, comes
 * to the opposite answer. The parity of the sum shares the work evenly. */
static inline bool pair_is_mine(int64_t id_i, int64_t id_j)
{
    return ((id_i + id_j) & 1) == (id_i < id_j);
}

/* An atom and its own periodic copy: the step that points forwards counts. */
static bool copy_is_mine(const Atoms *a, int32_t j)
{
    const int8_t *s = a->shift[j];
    return s[0] != 0 ? s[0] > 0 : s[1] != 0 ? s[1] > 0 : s[2] > 0;
}

static void reserve(Nblist *l, int32_t n)
{
    if (n <= l->capacity)
        return;
    CHECK(n < INT32_MAX / 2, "more than a thousand million pairs on one rank; use more ranks");
    int32_t m = n + n / 2 + 1024;
    l->neighbour = mem_resize(l->neighbour, (size_t)l->capacity, (size_t)m, sizeof *l->neighbour);
    l->capacity = m;
}

/* Slots from..to-1 of the bins. No branch in the loop but one that is hardly ever taken: half the candidates are
 * refused, at random, and a wrong guess costs more than the arithmetic. */
static int32_t scan(Nblist *l, const Bins *b, const Atoms *a, int32_t i, int32_t from, int32_t to,
                    int32_t n)
{
    const double radius = l->cutoff + l->skin, r2max = radius * radius, *x = a->x[i];
    const int64_t id = a->id[i], ion = a->ion[i];
    reserve(l, n + to - from);
    int32_t *out = l->neighbour;
    for (int32_t s = from; s < to; s++) {
        double r[3];
        vec_sub(b->x[s], x, r);
        bool mine = pair_is_mine(id, b->id[s]);
        if (id == b->id[s])
            mine = copy_is_mine(a, b->atom[s]);
        out[n] = b->atom[s];
        n += (vec_dot(r, r) < r2max) & mine & (ion != b->ion[s]);
    }
    return n;
}

/* Squared distance along one axis from x to bin number p; 0 inside it. */
static double gap2(const Bins *b, int axis, int p, double x)
{
    double low = b->low[axis] + p * b->side - x;
    double gap = low > 0.0 ? low : low + b->side < 0.0 ? -(low + b->side) : 0.0;
    return gap * gap;
}

/* Bins from..to along an axis that a stretch of +-half about x meets; the outermost also hold what is beyond. */
static void stretch(const Bins *b, int axis, double x, double half, int *from, int *to)
{
    int last = b->n[axis] - 1;
    *from = (int)((x - half - b->low[axis]) / b->side);
    *to = (int)((x + half - b->low[axis]) / b->side);
    *from = *from < 0 ? 0 : *from > last ? last : *from;
    *to = *to > last ? last : *to < 0 ? 0 : *to;
}

static int32_t search(Nblist *l, const Bins *b, const Atoms *a, int32_t i, int32_t n)
{
    double radius = l->cutoff + l->skin, r2max = radius * radius;
    const double *x = a->x[i];
    int p, p_end, q_begin, q_end;
    for (stretch(b, 0, x[0], radius, &p, &p_end); p <= p_end; p++) {
        double left = r2max - gap2(b, 0, p, x[0]);
        stretch(b, 1, x[1], sqrt(fmax(left, 0.0)), &q_begin, &q_end);
        for (int q = q_begin; q <= q_end; q++) {
            int from, to;
            double rest = left - gap2(b, 1, q, x[1]);
            stretch(b, 2, x[2], sqrt(fmax(rest, 0.0)), &from, &to);
            const int32_t *row = b->first + (size_t)(p * b->n[1] + q) * (size_t)b->n[2];
            n = scan(l, b, a, i, row[from], row[to + 1], n);
        }
    }
    return n;
}

void nblist_build(Nblist *l, const Cell *cell, const Atoms *a)
{
    if (a->nlocal + 1 > l->rows) {
        free(l->first);
        free(l->x0);
        l->rows = a->nlocal + a->nlocal / 4 + 1;
        l->first = MEM_NEW(int32_t, l->rows);
        l->x0 = mem_new((size_t)l->rows, sizeof *l->x0);
    }
    Bins bins;
    bins_make(&bins, a, l->cutoff + l->skin);
    int32_t n = 0;
    l->nlocal = a->nlocal;
    l->longest = 0;
    for (int32_t i = 0; i < a->nlocal; i++) {
        l->first[i] = n;
        n = search(l, &bins, a, i, n);
        l->longest = n - l->first[i] > l->longest ? n - l->first[i] : l->longest;
    }
    l->first[a->nlocal] = n;
    bins_clear(&bins);
    memcpy(l->x0, a->x, (size_t)a->nlocal * sizeof *l->x0);
    memcpy(l->inv0, cell->inv, sizeof l->inv0);
}

/* With F the strain since the build (row vectors: x = x0 F + u), a pair now closer than the cut-off
 * was closer than (cutoff + 2 max|u|) times the norm of 1/F. */
bool nblist_expired(const Nblist *l, const Comm *c, const Cell *cell, const Atoms *a)
{
    double strain[3][3], back[3][3], norm2 = 0.0, most = 0.0;
    mat_mul(l->inv0, cell->h, strain);
    mat_inverse(strain, back);
    for (int p = 0; p < 3; p++) {
        for (int q = 0; q < 3; q++) {
            double e = back[p][q] - (p == q ? 1.0 : 0.0);
            norm2 += e * e;
        }
    }
    for (int32_t i = 0; i < l->nlocal; i++) {
        double u[3];
        vec_times_mat(l->x0[i], strain, u);
        vec_sub(a->x[i], u, u);
        double u2 = vec_dot(u, u);
        if (!(u2 <= most)) /* also takes a NaN, which then counts as expired */
            most = u2;
    }
    most = most <= 1e30 ? most : 1e30;
    comm_max(c, 1, &most);
    return (l->cutoff + 2.0 * sqrt(most)) * (1.0 + sqrt(norm2)) > l->cutoff + l->skin;
}
