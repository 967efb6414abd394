#include "analysis/gr_count.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__OPTIMIZE__) &&                      \
    !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

enum { LANES = 8, STRETCH = 512 };

/* Least width of columns [A] and in rmax: wider ones make longer loops and more pairs in vain. Height of cells [A]. */
static const double COLUMN = 3.0, COLUMN_SHARE = 0.13, STOREY = 1.0;
static const double SAFE = 1e-6; /* [A] beyond any rounding */

/* Columns along c, cut into cells at even heights. `n` is the direction of c, "across" means perpendicular to it. */
typedef struct Columns {
    const Cell *cell;
    int grid[3];
    double n[3], length; /* of c */
    double across[2][3]; /* a and b across */
    double e[2][3];      /* two directions across, at right angles */
    double radius;       /* half the longest diagonal of a column's section */
    double storey;       /* height of a cell */
} Columns;

/* Atoms of one species sorted by cell. */
typedef struct Level {
    int64_t n;
    double *x, *y,
        *z; /* [n + LANES] wrapped: into [0, 1) along a and b, into heights [0, length) along c */
    double *t;       /* [n] height */
    double (*u)[2];  /* [n] place across, from the middle of the column */
    int32_t *column; /* [n] */
    int64_t *first;  /* [cells + 1] */
} Level;

typedef struct Work {
    const Gr *g;
    Columns c;
    Level level[SAMPLE_MAX_SPECIES];
    int (*image)[3]; /* [atoms] lattice steps removed */
    int64_t *place;  /* [atoms] index in the level of their species */
} Work;

static int floor_div(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

static int clamp(double v, int low, int high)
{
    return v <= low ? low : v >= high ? high : (int)v;
}

static void columns_init(Columns *c, const Cell *cell, double rmax, int64_t atoms)
{
    double cross[3];
    c->cell = cell;
    c->length = vec_norm(cell->h[2]);
    for (int k = 0; k < 3; k++)
        c->n[k] = cell->h[2][k] / c->length;
    for (int a = 0; a < 2; a++)
        for (int k = 0; k < 3; k++)
            c->across[a][k] = cell->h[a][k] - vec_dot(cell->h[a], c->n) * c->n[k];
    vec_cross(c->across[0], c->across[1], cross);
    double area = vec_norm(cross), plus = 0, minus = 0, first = vec_norm(c->across[0]);
    for (int k = 0; k < 3; k++)
        c->e[0][k] = c->across[0][k] / first;
    vec_cross(c->n, c->e[0], c->e[1]);
    for (int a = 0; a < 2; a++)
        c->grid[a] =
            clamp(area / vec_norm(c->across[1 - a]) / fmax(COLUMN, COLUMN_SHARE * rmax), 1, 128);
    for (int k = 0; k < 3; k++) {
        double u = c->across[0][k] / c->grid[0], v = c->across[1][k] / c->grid[1];
        plus += (u + v) * (u + v);
        minus += (u - v) * (u - v);
    }
    c->radius = 0.5 * sqrt(fmax(plus, minus));
    double most = 8.0 * (double)atoms / (c->grid[0] * c->grid[1]) + 1.0;
    c->grid[2] = clamp(fmin(c->length / STOREY, most), 1, 4096);
    c->storey = c->length / c->grid[2];
}

static int storey_of(const Columns *c, double height)
{
    return clamp(floor(height / c->storey), 0, c->grid[2] - 1);
}

/* Into the box as the columns want it; returns the column and the height. */
static int wrap(const Columns *c, double r[3], int image[3], double *height)
{
    double s[3];
    int at[2];
    cell_wrap(c->cell, r, image);
    cell_to_fractional(c->cell, r, s);
    for (int a = 0; a < 2; a++)
        at[a] = clamp(floor(s[a] * c->grid[a]), 0, c->grid[a] - 1);
    int turns = (int)floor(vec_dot(r, c->n) / c->length);
    for (int k = 0; k < 3; k++)
        r[k] -= turns * c->cell->h[2][k];
    image[2] += turns;
    *height = vec_dot(r, c->n);
    return at[0] * c->grid[1] + at[1];
}

/* Middle of the column `at` (any integers), across. */
static void middle_of(const Columns *c, const int at[2], double out[2])
{
    double r[3];
    for (int k = 0; k < 3; k++)
        r[k] = (at[0] + 0.5) / c->grid[0] * c->across[0][k] +
               (at[1] + 0.5) / c->grid[1] * c->across[1][k];
    for (int a = 0; a < 2; a++)
        out[a] = vec_dot(r, c->e[a]);
}

static void level_init(Level *l, int64_t n, int64_t cells)
{
    *l = (Level){.n = n,
                 .x = MEM_NEW(double, n + LANES),
                 .y = MEM_NEW(double, n + LANES),
                 .z = MEM_NEW(double, n + LANES),
                 .t = MEM_NEW(double, n),
                 .u = mem_new((size_t)n, sizeof *l->u),
                 .column = MEM_NEW(int32_t, n),
                 .first = MEM_NEW(int64_t, cells + 1)};
}

static void level_clear(Level *l)
{
    free(l->x);
    free(l->y);
    free(l->z);
    free(l->t);
    free(l->u);
    free(l->column);
    free(l->first);
}

static void work_init(Work *w, const Gr *g, const Cell *cell, const double (*x)[3])
{
    w->g = g;
    columns_init(&w->c, cell, g->rmax, g->n);
    int64_t cells = (int64_t)w->c.grid[0] * w->c.grid[1] * w->c.grid[2];
    for (int a = 0; a < g->nspecies; a++)
        level_init(&w->level[a], g->natoms[a], cells);
    w->image = mem_new((size_t)g->n, sizeof *w->image);
    w->place = MEM_NEW(int64_t, g->n);
    double(*r)[3] = mem_new((size_t)g->n, sizeof *r), *height = MEM_NEW(double, g->n);
    int32_t *column = MEM_NEW(int32_t, g->n), *kind = g->sample->kind;
    for (int64_t i = 0; i < g->n; i++) {
        memcpy(r[i], x[i], sizeof r[i]);
        column[i] = wrap(&w->c, r[i], w->image[i], &height[i]);
        w->place[i] = (int64_t)column[i] * w->c.grid[2] + storey_of(&w->c, height[i]);
        w->level[kind[i]].first[w->place[i] + 1]++;
    }
    int64_t *next = MEM_NEW(int64_t, g->nspecies * cells);
    double middle[2];
    for (int a = 0; a < g->nspecies; a++) {
        for (int64_t k = 0; k < cells; k++)
            w->level[a].first[k + 1] += w->level[a].first[k];
        memcpy(next + a * cells, w->level[a].first, (size_t)cells * sizeof *next);
    }
    for (int64_t i = 0; i < g->n; i++) {
        Level *l = &w->level[kind[i]];
        int64_t at = next[kind[i] * cells + w->place[i]]++;
        l->x[at] = r[i][0], l->y[at] = r[i][1], l->z[at] = r[i][2];
        l->t[at] = height[i];
        l->column[at] = column[i];
        middle_of(&w->c, (int[2]){column[i] / w->c.grid[1], column[i] % w->c.grid[1]}, middle);
        for (int a = 0; a < 2; a++)
            l->u[at][a] = vec_dot(r[i], w->c.e[a]) - middle[a];
        w->place[i] = at;
    }
    free(next);
    free(r);
    free(height);
    free(column);
}

static void work_clear(Work *w)
{
    for (int a = 0; a < w->g->nspecies; a++)
        level_clear(&w->level[a]);
    free(w->image);
    free(w->place);
}

/* Bins of `blocks` times LANES atoms. */
CLONES static void find_bins(size_t blocks, const double *restrict x, const double *restrict y,
                             const double *restrict z, double mx, double my, double mz,
                             double per_width, int32_t *restrict bin)
{
    for (size_t j = 0; j < blocks * LANES; j++) {
        double dx = x[j] + mx, dy = y[j] + my, dz = z[j] + mz;
        bin[j] = (int32_t)(sqrt(dx * dx + dy * dy + dz * dz) * per_width);
    }
}

static void count_run(const Level *l, int64_t from, int64_t to, const double move[3],
                      double per_width, uint32_t row[])
{
    int32_t bin[STRETCH];
    for (int64_t j = from; j < to; j += STRETCH) {
        size_t n = to - j < STRETCH ? (size_t)(to - j) : STRETCH;
        find_bins((n + LANES - 1) / LANES, l->x + j, l->y + j, l->z + j, move[0], move[1], move[2],
                  per_width, bin);
        for (size_t k = 0; k < n; k++)
            row[bin[k]]++;
    }
}

/* Columns that atoms of a column can reach: steps of the grid, and the way between the middles. */
typedef struct Step {
    int d[2];
    double way[2];
} Step;

static Step *steps_within(const Columns *c, double rmax, bool half, size_t *count)
{
    double cross[3], reach = rmax + 2.0 * c->radius + SAFE, zero[2];
    int most[2];
    vec_cross(c->across[0], c->across[1], cross);
    for (int a = 0; a < 2; a++)
        most[a] = 1 + (int)(reach * c->grid[a] * vec_norm(c->across[1 - a]) / vec_norm(cross));
    Step *out = MEM_NEW(Step, (2 * most[0] + 1) * (2 * most[1] + 1));
    *count = 0;
    middle_of(c, (int[2]){0, 0}, zero);
    for (int i = half ? 0 : -most[0]; i <= most[0]; i++)
        for (int j = half && i == 0 ? 0 : -most[1]; j <= most[1]; j++) {
            Step s = {.d = {i, j}};
            middle_of(c, s.d, s.way);
            s.way[0] -= zero[0];
            s.way[1] -= zero[1];
            if (hypot(s.way[0], s.way[1]) <= reach)
                out[(*count)++] = s;
        }
    return out;
}

/* Where the atoms of a shifted copy of the box stand for atom i. */
static void shift_of(const Cell *cell, const Level *a, int64_t i, const int shift[3],
                     double move[3])
{
    double lattice[3] = {shift[0], shift[1], shift[2]};
    vec_times_mat(lattice, cell->h, move);
    move[0] -= a->x[i];
    move[1] -= a->y[i];
    move[2] -= a->z[i];
}

/* A column of level b as seen from one of level a. */
typedef struct Facing {
    const Level *a, *b;
    const Step *step;
    int shift[2];         /* of the box */
    double up;            /* what that adds to heights */
    const int64_t *first; /* [storeys + 1] of the column */
    bool own;             /* the same column: only what comes later is counted */
} Facing;

/* Pairs of atom i of level a with the atoms of the column. Returns how many were looked at. */
static int64_t count_atom(const Work *w, const Facing *f, int64_t i, uint32_t row[])
{
    const Columns *c = &w->c;
    double rmax = w->g->rmax, u = f->step->way[0] - f->a->u[i][0],
           v = f->step->way[1] - f->a->u[i][1];
    double across = sqrt(u * u + v * v) - c->radius - SAFE;
    across = across > 0 ? across : 0;
    if (across >= rmax)
        return 0;
    double height = sqrt(rmax * rmax - across * across) + SAFE;
    double low = f->a->t[i] - f->up - height, high = low + 2.0 * height;
    int from = f->own ? 0 : (int)floor(low / c->length), to = (int)floor(high / c->length);
    int64_t looked = 0;
    for (int k = from; k <= to; k++) {
        int64_t begin = f->first[storey_of(c, low - k * c->length)];
        int64_t end = f->first[storey_of(c, high - k * c->length) + 1];
        begin = f->own && k == 0 && begin <= i ? i + 1 : begin;
        if (begin >= end)
            continue;
        double move[3];
        shift_of(c->cell, f->a, i, (int[3]){f->shift[0], f->shift[1], k}, move);
        count_run(f->b, begin, end, move, 1.0 / w->g->width, row);
        looked += end - begin;
    }
    return looked;
}

static Facing face_column(const Columns *c, const Level *a, const Level *b, int column,
                          const Step *step, bool half)
{
    int at[2] = {column / c->grid[1] + step->d[0], column % c->grid[1] + step->d[1]};
    Facing f = {.a = a, .b = b, .step = step, .own = half && step->d[0] == 0 && step->d[1] == 0};
    for (int k = 0; k < 2; k++) {
        f.shift[k] = floor_div(at[k], c->grid[k]);
        f.up += f.shift[k] * vec_dot(c->cell->h[k], c->n);
        at[k] -= f.shift[k] * c->grid[k];
    }
    f.first = b->first + ((int64_t)at[0] * c->grid[1] + at[1]) * c->grid[2];
    return f;
}

static void flush(const Gr *g, uint32_t row[], int64_t to[])
{
    for (size_t k = 0; k < g->nbin; k++) {
        to[k] += row[k];
        row[k] = 0;
    }
}

/* Of two species the rarer one takes the part of i: its partners make longer runs. */
static void rarer_first(const Gr *g, int *a, int *b)
{
    if (g->natoms[*a] < g->natoms[*b] || (g->natoms[*a] == g->natoms[*b] && *a <= *b))
        return;
    int swap = *a;
    *a = *b;
    *b = swap;
}

static void my_share(const Gr *g, int64_t n, int64_t *first, int64_t *last)
{
    *first = n * g->rank_share / g->ranks;
    *last = n * (g->rank_share + 1) / g->ranks;
}

static void count_pair(const Work *w, int a, int b, int64_t *to)
{
    const Gr *g = w->g;
    const Columns *c = &w->c;
    rarer_first(g, &a, &b);
    size_t nstep, room = (size_t)((g->rmax + 2.0 * c->radius + c->storey + 0.01) / g->width) + 4;
    Step *step = steps_within(c, g->rmax, a == b, &nstep);
    uint32_t *row = MEM_NEW(uint32_t, room);
    int64_t first, last, looked = 0;
    const Level *l = &w->level[a];
    my_share(g, l->n, &first, &last);
    for (int column = 0; column < c->grid[0] * c->grid[1]; column++) {
        int64_t from = l->first[(int64_t)column * c->grid[2]];
        int64_t end = l->first[((int64_t)column + 1) * c->grid[2]];
        from = from > first ? from : first;
        end = end < last ? end : last;
        for (size_t s = 0; s < nstep && from < end; s++) {
            Facing f = face_column(c, l, &w->level[b], column, &step[s], a == b);
            for (int64_t i = from; i < end; i++)
                looked += count_atom(w, &f, i, row);
            if (looked > INT32_MAX / 2) { /* no bin may reach 2^32 */
                flush(g, row, to);
                looked = 0;
            }
        }
    }
    flush(g, row, to);
    free(row);
    free(step);
}

/* Which of two atoms of one species count_column takes as i. `shift` leads from p to q. */
static bool comes_first(const Work *w, const Level *l, int64_t p, int64_t q, const int shift[3])
{
    const int *grid = w->c.grid;
    int across = l->column[q] / grid[1] - l->column[p] / grid[1] + shift[0] * grid[0];
    int along = l->column[q] % grid[1] - l->column[p] % grid[1] + shift[1] * grid[1];
    if (across != 0 || along != 0)
        return across > 0 || (across == 0 && along > 0);
    return shift[2] != 0 ? shift[2] > 0 : p < q;
}

/* A pair within an ion, found as it was counted, goes from the row of pairs between ions to that within. */
static void move_pair(const Work *w, int64_t p, int64_t q, int64_t *histogram)
{
    const Gr *g = w->g;
    int a = g->sample->kind[p], b = g->sample->kind[q], i = a, j = b, shift[3];
    for (int k = 0; k < 3; k++)
        shift[k] = w->image[q][k] - w->image[p][k];
    int64_t at = w->place[p], to = w->place[q];
    rarer_first(g, &i, &j);
    if (i != a || (a == b && !comes_first(w, &w->level[a], at, to, shift))) {
        at = w->place[q], to = w->place[p];
        for (int k = 0; k < 3; k++)
            shift[k] = -shift[k];
    }
    int64_t first, last;
    my_share(g, w->level[i].n, &first, &last);
    if (at < first || at >= last)
        return;
    const Level *l = &w->level[j];
    double move[3];
    shift_of(w->c.cell, &w->level[i], at, shift, move);
    double dx = l->x[to] + move[0], dy = l->y[to] + move[1], dz = l->z[to] + move[2];
    size_t bin = (size_t)(sqrt(dx * dx + dy * dy + dz * dz) * (1.0 / g->width));
    if (bin >= g->nbin)
        return;
    size_t row = gr_pair(g, a, b) * g->nbin + bin;
    histogram[row]++;
    histogram[g->npair * g->nbin + row]--;
}

void gr_count(const Gr *g, const Cell *cell, const double (*x)[3], int64_t *histogram)
{
    Work w;
    work_init(&w, g, cell, x);
    for (int a = 0; a < g->nspecies; a++)
        for (int b = a; b < g->nspecies; b++)
            count_pair(&w, a, b, histogram + (g->npair + gr_pair(g, a, b)) * g->nbin);
    const Sample *s = g->sample;
    for (int64_t ion = 0; ion < s->nion; ion++)
        for (int64_t p = s->ion_first[ion]; p < s->ion_first[ion + 1]; p++)
            for (int64_t q = p + 1; q < s->ion_first[ion + 1]; q++)
                move_pair(&w, p, q, histogram);
    work_clear(&w);
}
