#include "force/cluster.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/forcefield.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FAR_AWAY = 1e4; /* A below all ions: the dummy is outside any cut-off */

enum { BINS_ACROSS = 3 }; /* bins per list radius */

/* One ion, owned or ghost, as the search sees it */
typedef struct Place {
    double x[3];
    int64_t id;
    int32_t atom, single, group; /* group -1: Mg */
    int8_t shift[3], part;       /* part: 0 own, 1 copy of an own ion, 2 another rank's */
} Place;

typedef struct Bins {
    double low[3], side;
    int n[3];
    int32_t *first; /* [bins + 1] */
    Place *place;   /* by bin */
    int32_t nplace;
} Bins;

void cluster_init(Clusters *c, double cutoff, double skin, double inner_skin)
{
    memset(c, 0, sizeof *c);
    c->cutoff = cutoff;
    c->skin = skin;
    c->inner_skin = inner_skin;
}

static void list_clear(ClusterList *l)
{
    free(l->first);
    free(l->j);
    free(l->inner);
    free(l->ninner);
    free(l->start);
}

static void clear_arrays(Clusters *c)
{
    free(c->single_atom);
    free(c->group_atom);
    free(c->group_single);
    free(c->sx);
    free(c->sf);
    free(c->gx);
    free(c->gf);
    free(c->gd);
    free(c->gb);
    free(c->x0);
    for (int part = 0; part < CLUSTER_PARTS; part++) {
        free(c->sx0[part]);
        free(c->gx0[part]);
    }
}

void cluster_clear(Clusters *c)
{
    clear_arrays(c);
    for (int part = 0; part < CLUSTER_PARTS; part++) {
        list_clear(&c->group_group[part]);
        list_clear(&c->single_group[part]);
        list_clear(&c->single_single[part]);
    }
    memset(c, 0, sizeof *c);
}

/* Arrays for n singles and n groups; what was there is lost. */
static void reserve(Clusters *c, int32_t n)
{
    if (n < c->single_capacity)
        return;
    clear_arrays(c);
    size_t m = (size_t)n + (size_t)n / 4 + 16;
    c->single_capacity = c->group_capacity = (int32_t)m;
    c->single_atom = MEM_NEW(int32_t, m);
    c->group_atom = MEM_NEW(int32_t, m);
    c->group_single = MEM_NEW(int32_t, m);
    c->sx = MEM_NEW(double, 4 * m);
    c->sf = MEM_NEW(double, 4 * m);
    c->gx = MEM_NEW(double, 12 * m);
    c->gf = MEM_NEW(double, 12 * m);
    c->gd = MEM_NEW(float, 12 * m);
    c->gb = MEM_NEW(double, 4 * m);
    c->x0 = mem_new(m, sizeof *c->x0);
    for (int part = 0; part < CLUSTER_PARTS; part++) {
        c->sx0[part] = MEM_NEW(double, 4 * m);
        c->gx0[part] = MEM_NEW(double, 12 * m);
    }
}

/* All ions: own ones by the table of ions, ghosts (which come whole) by their types. */
static Place *collect(const Atoms *a, int32_t *n)
{
    Place *all = MEM_NEW(Place, a->ntotal + 1);
    *n = 0;
    for (int32_t i = 0; i < a->ntotal;) {
        bool bh4 = a->type[i] == FF_B;
        Place *p = &all[(*n)++];
        *p = (Place){.id = a->ion[i],
                     .atom = i,
                     .group = bh4 ? 0 : -1,
                     .part = i < a->nlocal  ? 0
                             : i < a->nnear ? 1
                                            : 2};
        memcpy(p->x, a->x[i], sizeof p->x);
        memcpy(p->shift, a->shift[i], sizeof p->shift);
        i += bh4 ? 5 : 1;
    }
    return all;
}

static int bin_along(const Bins *b, int axis, double x)
{
    int p = (int)((x - b->low[axis]) / b->side);
    return p < 0 ? 0 : p >= b->n[axis] ? b->n[axis] - 1 : p;
}

static int bin_of(const Bins *b, const double x[3])
{
    return (bin_along(b, 0, x[0]) * b->n[1] + bin_along(b, 1, x[1])) * b->n[2] +
           bin_along(b, 2, x[2]);
}

static void bins_make(Bins *b, const Atoms *a, double radius)
{
    double high[3] = {0.0, 0.0, 0.0};
    Place *all = collect(a, &b->nplace);
    size_t n = (size_t)b->nplace, bins = 1;
    for (int k = 0; k < 3; k++)
        b->low[k] = high[k] = n > 0 ? all[0].x[k] : 0.0;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++) {
            b->low[k] = fmin(b->low[k], all[i].x[k]);
            high[k] = fmax(high[k], all[i].x[k]);
        }
    }
    b->side = radius / BINS_ACROSS;
    double space = 1.0; /* few ions in a huge box: no more bins than eight an ion */
    for (int k = 0; k < 3; k++)
        space *= fmax(high[k] - b->low[k], b->side);
    b->side = fmax(b->side, cbrt(space / (8.0 * (double)(n + 8))));
    for (int k = 0; k < 3; k++) {
        b->n[k] = (int)((high[k] - b->low[k]) / b->side) + 1;
        bins *= (size_t)b->n[k];
    }
    b->first = MEM_NEW(int32_t, bins + 1);
    b->place = MEM_NEW(Place, n + 1);
    int32_t *bin = MEM_NEW(int32_t, n + 1), *at = MEM_NEW(int32_t, bins);
    for (size_t i = 0; i < n; i++) {
        bin[i] = bin_of(b, all[i].x);
        b->first[bin[i] + 1]++;
    }
    for (size_t k = 0; k < bins; k++)
        b->first[k + 1] += b->first[k];
    memcpy(at, b->first, bins * sizeof *at);
    for (size_t i = 0; i < n; i++)
        b->place[at[bin[i]]++] = all[i];
    free(at);
    free(bin);
    free(all);
}

/* Indices in the order of the bins, so that neighbours in space are neighbours in memory: own ions, copies,
 * others'. */
static void number(Clusters *c, Bins *b)
{
    int32_t single = 0, group = 0;
    for (int part = 0; part < 3; part++) {
        for (int32_t k = 0; k < b->nplace; k++) {
            Place *p = &b->place[k];
            if (p->part != part)
                continue;
            c->single_atom[single] = p->atom;
            p->single = single;
            if (p->group >= 0) {
                c->group_atom[group] = p->atom + 1;
                c->group_single[group] = single;
                p->group = group++;
            }
            single++;
        }
        if (part == 0) {
            c->nsingle = single;
            c->ngroup = group;
        } else if (part == 1) {
            c->nsingle_near = single;
            c->ngroup_near = group;
        }
    }
    c->nsingle_total = single;
    c->ngroup_total = group;
}

/* Is the pair of own ion i and ion j, own or ghost, to be listed with i? The owner of j, seen from there,
 * comes to the opposite answer. The parity of the sum shares the work evenly; of an ion and its own copy
 * the step that points forwards counts. */
static inline bool is_mine(const Place *i, const Place *j)
{
    if (i->id != j->id)
        return ((i->id + j->id) & 1) == (i->id < j->id);
    const int8_t *s = j->shift;
    return s[0] != 0 ? s[0] > 0 : s[1] != 0 ? s[1] > 0 : s[2] > 0;
}

static void push(ClusterList *l, int32_t j)
{
    if (l->n == l->capacity) {
        CHECK(l->n < INT32_MAX / 2, "more than a thousand million partners; use more ranks");
        int32_t m = l->n + l->n / 2 + 4096;
        l->j = mem_resize(l->j, (size_t)l->capacity, (size_t)m, sizeof *l->j);
        l->capacity = m;
    }
    l->j[l->n++] = j;
}

/* Bins from..to along an axis that a stretch of +-half about x meets; the outermost also hold what is beyond. */
static void stretch(const Bins *b, int axis, double x, double half, int *from, int *to)
{
    *from = bin_along(b, axis, x - half);
    *to = bin_along(b, axis, x + half);
}

static void consider(Clusters *c, const Place *i, const Place *j, double r2, const double reach2[3])
{
    int far = j->part == 2;
    if (j->group >= 0 && r2 < reach2[1] && j != i)
        push(&c->single_group[far], j->group);
    if (j == i || !is_mine(i, j))
        return;
    if (i->group >= 0 && j->group >= 0)
        push(&c->group_group[far], j->group);
    if (r2 < reach2[0])
        push(&c->single_single[far], j->single);
}

/* The outer lists of one own ion. reach2: squared list radius for two singles, a single and a group, two
 * groups. */
static void search(Clusters *c, const Bins *b, const Place *i, const double reach2[3])
{
    int from[3], to[3];
    for (int k = 0; k < 3; k++)
        stretch(b, k, i->x[k], sqrt(reach2[2]), &from[k], &to[k]);
    for (int p = from[0]; p <= to[0]; p++) {
        for (int q = from[1]; q <= to[1]; q++) {
            const int32_t *row =
                b->first + ((size_t)p * (size_t)b->n[1] + (size_t)q) * (size_t)b->n[2];
            for (int32_t k = row[from[2]]; k < row[to[2] + 1]; k++) {
                const Place *j = &b->place[k];
                double r[3];
                vec_sub(j->x, i->x, r);
                double r2 = vec_dot(r, r);
                if (r2 < reach2[2])
                    consider(c, i, j, r2, reach2);
            }
        }
    }
}

static void list_begin(ClusterList *l, int32_t rows, int per_row)
{
    l->n = 0;
    if (rows >= l->rows) {
        free(l->first);
        free(l->ninner);
        free(l->start);
        l->rows = rows + rows / 4 + 1;
        size_t n = (size_t)l->rows + 1;
        l->first = MEM_NEW(int32_t, n);
        l->ninner = MEM_NEW(int32_t, n * (size_t)per_row);
        l->start = MEM_NEW(int64_t, n * (size_t)per_row);
    }
}

/* Places of the inner lists: room for all outer partners and the filling. */
static void list_end(ClusterList *l, int32_t rows, int per_row)
{
    int64_t at = 0;
    for (int32_t r = 0; r < rows; r++) {
        int64_t room = l->first[r + 1] - l->first[r] + CLUSTER_PAD;
        for (int k = 0; k < per_row; k++, at += room)
            l->start[(int64_t)r * per_row + k] = at;
    }
    if (at > l->inner_capacity) {
        free(l->inner);
        l->inner_capacity = at + at / 4;
        l->inner = MEM_NEW(int32_t, l->inner_capacity);
    }
}

static void list_all(Clusters *c, const Bins *b, double bond)
{
    double list = c->cutoff + c->skin, reach2[3];
    for (int k = 0; k < 3; k++)
        reach2[k] = (list + k * bond) * (list + k * bond);
    for (int part = 0; part < CLUSTER_PARTS; part++) {
        list_begin(&c->group_group[part], c->ngroup, 4);
        list_begin(&c->single_group[part], c->nsingle, 1);
        list_begin(&c->single_single[part], c->nsingle, 1);
    }
    for (int32_t k = 0; k < b->nplace; k++) { /* own ions come in the order of their indices */
        const Place *i = &b->place[k];
        if (i->part != 0)
            continue;
        search(c, b, i, reach2);
        for (int part = 0; part < CLUSTER_PARTS; part++) {
            if (i->group >= 0)
                c->group_group[part].first[i->group + 1] = c->group_group[part].n;
            c->single_group[part].first[i->single + 1] = c->single_group[part].n;
            c->single_single[part].first[i->single + 1] = c->single_single[part].n;
        }
    }
    c->outer_pairs = 0;
    for (int part = 0; part < CLUSTER_PARTS; part++) {
        list_end(&c->group_group[part], c->ngroup, 4);
        list_end(&c->single_group[part], c->nsingle, 1);
        list_end(&c->single_single[part], c->nsingle, 1);
        c->outer_pairs += 4 * (int64_t)c->group_group[part].n + c->single_group[part].n;
    }
}

static double longest_bond(const Atoms *a)
{
    double most = 0.0;
    for (int32_t m = 0; m < a->nion; m++) {
        const double *centre = a->x[a->ion_first[m]];
        for (int32_t i = a->ion_first[m] + 1; i < a->ion_first[m + 1]; i++) {
            double r[3];
            vec_sub(a->x[i], centre, r);
            double r2 = vec_dot(r, r);
            if (!(r2 <= most)) /* also takes a NaN */
                most = r2;
        }
    }
    return sqrt(most);
}

/* low: the least coordinates of ions */
static void put_dummies(Clusters *c, const double low[3])
{
    for (int k = 0; k < 4; k++) {
        c->sx[4 * c->nsingle_total + k] = k < 3 ? low[k] - FAR_AWAY : 0.0;
        c->gb[4 * c->ngroup_total + k] = k < 3 ? low[k] - FAR_AWAY : 0.0;
        for (int axis = 0; axis < 3; axis++) {
            c->gx[12 * c->ngroup_total + 4 * axis + k] = low[axis] - FAR_AWAY;
            c->gd[12 * c->ngroup_total + 4 * axis + k] = 0.0F;
        }
    }
}

void cluster_build(Clusters *c, const Domain *d, const Atoms *a)
{
    const Cell *cell = domain_cell(d);
    Bins b;
    c->bond0 = longest_bond(a);
    comm_max(domain_comm(d), 1, &c->bond0);
    bins_make(&b, a, c->cutoff + c->skin + 2.0 * c->bond0);
    reserve(c, b.nplace);
    number(c, &b);
    list_all(c, &b, c->bond0);
    free(b.first);
    free(b.place);
    put_dummies(c, b.low);
    for (int32_t i = 0; i < c->nsingle; i++)
        memcpy(c->x0[i], a->x[c->single_atom[i]], sizeof c->x0[i]);
    memcpy(c->inv0, cell->inv, sizeof c->inv0);
    c->builds++;
}

/* With F the strain since the build (row vectors: x = x0 F + u), two centres now closer than some distance
 * were closer than (that distance + 2 max|u|) times the norm of 1/F. */
bool cluster_expired(const Clusters *c, const Domain *d, const Atoms *a)
{
    double strain[3][3], back[3][3], norm2 = 0.0, most[2] = {0.0, longest_bond(a)};
    mat_mul(c->inv0, domain_cell(d)->h, strain);
    mat_inverse(strain, back);
    for (int p = 0; p < 3; p++) {
        for (int q = 0; q < 3; q++) {
            double e = back[p][q] - (p == q ? 1.0 : 0.0);
            norm2 += e * e;
        }
    }
    for (int32_t i = 0; i < c->nsingle; i++) {
        double u[3];
        vec_times_mat(c->x0[i], strain, u);
        vec_sub(a->x[c->single_atom[i]], u, u);
        double u2 = vec_dot(u, u);
        if (!(u2 <= most[0])) /* a NaN counts as expired */
            most[0] = u2;
    }
    for (int k = 0; k < 2; k++)
        most[k] = most[k] <= 1e30 ? most[k] : 1e30;
    comm_max(domain_comm(d), 2, most);
    double list = c->cutoff + c->skin + 2.0 * c->bond0;
    return (c->cutoff + 2.0 * most[1] + 2.0 * sqrt(most[0])) * (1.0 + sqrt(norm2)) > list;
}

void cluster_load(Clusters *c, const Atoms *a, ClusterPart part)
{
    bool near = part == CLUSTER_NEAR;
    int32_t from = near ? 0 : c->nsingle_near, to = near ? c->nsingle_near : c->nsingle_total;
    for (int32_t i = from; i < to; i++) {
        const double *x = a->x[c->single_atom[i]];
        double *s = c->sx + 4 * (size_t)i;
        for (int k = 0; k < 3; k++)
            s[k] = x[k];
        s[3] = a->type[c->single_atom[i]] == FF_MG ? 0.0 : 1.0;
    }
    from = near ? 0 : c->ngroup_near;
    to = near ? c->ngroup_near : c->ngroup_total;
    for (int32_t g = from; g < to; g++) {
        const double(*x)[3] = (const double(*)[3])(a->x + c->group_atom[g]);
        double *s = c->gx + 12 * (size_t)g;
        float *e = c->gd + 12 * (size_t)g;
        const double *b = x[-1];
        memcpy(c->gb + 4 * (size_t)g, b, 3 * sizeof *b);
        for (int k = 0; k < 3; k++) {
            for (int h = 0; h < 4; h++) {
                s[4 * k + h] = x[h][k];
                e[4 * k + h] = (float)(x[h][k] - b[k]);
            }
        }
    }
}

/* Largest squared distance between points then and now, four H at a time. */
static double farthest_group(const double *x, const double *x0, size_t n)
{
    double most[4] = {0.0, 0.0, 0.0, 0.0};
    for (size_t i = 0; i < n; i++, x += 12, x0 += 12) {
        for (int h = 0; h < 4; h++) {
            double a = x[h] - x0[h], b = x[4 + h] - x0[4 + h], c = x[8 + h] - x0[8 + h];
            double r2 = a * a + b * b + c * c;
            most[h] = r2 > most[h] ? r2 : most[h];
        }
    }
    return fmax(fmax(most[0], most[1]), fmax(most[2], most[3]));
}

static double farthest_single(const double *x, const double *x0, size_t n)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++, x += 4, x0 += 4) {
        double a = x[0] - x0[0], b = x[1] - x0[1], c = x[2] - x0[2];
        double r2 = a * a + b * b + c * c;
        most = r2 > most ? r2 : most;
    }
    return most;
}

bool cluster_stale(const Clusters *c, ClusterPart part)
{
    bool near = part == CLUSTER_NEAR;
    size_t own = (size_t)c->nsingle, from = near ? own : (size_t)c->nsingle_near,
           to = (size_t)(near ? c->nsingle_near : c->nsingle_total);
    double most = farthest_single(c->sx, c->sx0[part], own);
    most = fmax(most, farthest_single(c->sx + 4 * from, c->sx0[part] + 4 * from, to - from));
    own = (size_t)c->ngroup;
    from = near ? own : (size_t)c->ngroup_near;
    to = (size_t)(near ? c->ngroup_near : c->ngroup_total);
    most = fmax(most, farthest_group(c->gx, c->gx0[part], own));
    most = fmax(most, farthest_group(c->gx + 12 * from, c->gx0[part] + 12 * from, to - from));
    return !(4.0 * most < c->inner_skin * c->inner_skin);
}

void cluster_pruned(Clusters *c, ClusterPart part)
{
    memcpy(c->sx0[part], c->sx, 4 * (size_t)c->nsingle_total * sizeof(double));
    memcpy(c->gx0[part], c->gx, 12 * (size_t)c->ngroup_total * sizeof(double));
    c->prunes++;
}

void cluster_zero(Clusters *c)
{
    memset(c->sf, 0, 4 * ((size_t)c->nsingle_total + 1) * sizeof(double));
    memset(c->gf, 0, 12 * ((size_t)c->ngroup_total + 1) * sizeof(double));
}

void cluster_store(const Clusters *c, Atoms *a)
{
    for (int32_t i = 0; i < c->nsingle_total; i++) {
        double *f = a->f[c->single_atom[i]];
        for (int k = 0; k < 3; k++)
            f[k] = c->sf[4 * (size_t)i + (size_t)k];
    }
    for (int32_t g = 0; g < c->ngroup_total; g++) {
        double(*f)[3] = a->f + c->group_atom[g];
        const double *s = c->gf + 12 * (size_t)g;
        for (int k = 0; k < 3; k++)
            for (int h = 0; h < 4; h++)
                f[h][k] = s[4 * k + h];
    }
}

double cluster_skin(double temperature, double mass, int64_t n, double life)
{
    /* Maxwell's speeds: of n ions one is faster than v when n exp(-v^2 / 2 s^2) ~ 1 */
    double s = sqrt(UNITS_KB * temperature / mass);
    return 2.0 * life * s * sqrt(2.0 * log(fmax((double)n, 10.0)));
}
