#include "sampling/local.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "sampling/local_kernel.h"

#include <stdlib.h>

static const double FAR = 1e5; /* A: where padding stands */

Err local_init(Local *l, const FfParameters *p, double cutoff, double beta, bool shift)
{
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            l->qq[i][j] = UNITS_COULOMB * p->charge[i] * p->charge[j];
    return pair_init(&l->table, p->pair, cutoff, beta, shift);
}

void env_clear(Env *e)
{
    for (int t = 0; t < FF_TYPES; t++) {
        free(e->x[t]);
        free(e->y[t]);
        free(e->z[t]);
    }
    free(e->energy);
    free(e->force);
    *e = (Env){0};
}

static void widen(Env *e)
{
    size_t old = (size_t)e->room, room = old < 256 ? 512 : 2 * old;
    for (int t = 0; t < FF_TYPES; t++) {
        e->x[t] = mem_resize(e->x[t], old, room, sizeof(double));
        e->y[t] = mem_resize(e->y[t], old, room, sizeof(double));
        e->z[t] = mem_resize(e->z[t], old, room, sizeof(double));
    }
    e->energy = mem_resize(e->energy, old, room, sizeof(double));
    e->force = mem_resize(e->force, old, room, sizeof(double));
    e->room = (int32_t)room;
}

static inline void put(Env *e, int type, double x, double y, double z)
{
    int32_t k = e->n[type]++;
    e->x[type][k] = x;
    e->y[type][k] = y;
    e->z[type][k] = z;
}

/* The atoms of an ion at d that stand within sqrt(most) of the origin; written in any case, counted if near */
static inline void put_ion(const Bodies *b, int32_t ion, const double d[3], double most, Env *e)
{
    const double *o = b->x[b->first[ion]];
    for (int32_t i = b->first[ion]; i < b->first[ion + 1]; i++) {
        const int type = b->type[i];
        const int32_t k = e->n[type];
        const double x = d[0] + (b->x[i][0] - o[0]), y = d[1] + (b->x[i][1] - o[1]),
                     z = d[2] + (b->x[i][2] - o[2]);
        e->x[type][k] = x;
        e->y[type][k] = y;
        e->z[type][k] = z;
        e->n[type] = k + (x * x + y * y + z * z < most);
    }
}

void local_gather(const Local *l, const Bodies *b, const double at[3], double radius, int32_t skip,
                  int32_t skip2, LocalPart part, Env *e)
{
    double reach[ION_KINDS];
    reach[ION_MG] = l->table.cutoff + radius;
    reach[ION_BH4] = reach[ION_MG] + b->radius;
    const double near = part == LOCAL_NEAR ? LOCAL_NEARBY : reach[ION_BH4],
                 from = part == LOCAL_FAR ? LOCAL_NEARBY * LOCAL_NEARBY : 0.0,
                 to = part == LOCAL_NEAR ? LOCAL_NEARBY * LOCAL_NEARBY : INFINITY;
    const double most[ION_KINDS] = {reach[0] * reach[0], reach[1] * reach[1]};
    BodiesWalk w;
    int32_t bin;
    for (int t = 0; t < FF_TYPES; t++)
        e->n[t] = 0;
    for (bodies_walk(&w, b, at, fmin(near, reach[ION_BH4])); (bin = bodies_next(&w)) >= 0;) {
        const int32_t *m = b->member + (size_t)bin * (size_t)b->capacity;
        while (e->n[FF_H] + 4 * b->count[bin] + 8 > e->room ||
               e->n[FF_MG] + b->count[bin] + 8 > e->room)
            widen(e);
        const double origin[3] = {w.shift[0] - at[0], w.shift[1] - at[1], w.shift[2] - at[2]};
        for (int32_t k = 0; k < b->count[bin]; k++) {
            const double *c = b->centre[m[k]];
            const double d[3] = {c[0] + origin[0], c[1] + origin[1], c[2] + origin[2]};
            const double d2 = vec_dot(d, d);
            if (d2 < most[b->kind[m[k]]] && d2 >= from && d2 < to && m[k] != skip && m[k] != skip2)
                put_ion(b, m[k], d, most[ION_MG], e);
        }
    }
    for (int t = 0; t < FF_TYPES; t++)
        while (e->n[t] % 8 != 0)
            put(e, t, FAR, FAR, FAR);
}

static LocalRow row_of(const Local *l, const Env *e, int type, int other, const double at[3])
{
    const PairTable *t = &l->table;
    return (LocalRow){.a = t->a[type][other],
                      .inv_rho = t->inv_rho[type][other],
                      .c6 = t->c6[type][other],
                      .shift = t->at_cutoff[type][other],
                      .qq = l->qq[type][other],
                      .at = {at[0], at[1], at[2]},
                      .n = e->n[other],
                      .x = e->x[other],
                      .y = e->y[other],
                      .z = e->z[other]};
}

/* Exact in any order: all terms are multiples of LOCAL_GRID. */
static double sum(int32_t n, const double v[])
{
    double s[4] = {0.0, 0.0, 0.0, 0.0};
    for (int32_t m = 0; m < n; m += 4)
        for (int k = 0; k < 4; k++)
            s[k] += v[m + k];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

double local_energy(const Local *l, Env *e, int n, const int32_t type[], const double (*r)[3])
{
    double total = 0.0;
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < FF_TYPES; t++) {
            if (e->n[t] == 0)
                continue;
            LocalRow row = row_of(l, e, type[i], t, r[i]);
            local_kernel_energy(&l->table, &row, e->energy);
            total += sum(row.n, e->energy);
        }
    }
    return total;
}

double local_forces(const Local *l, Env *e, int n, const int32_t type[], const double (*r)[3],
                    double (*f)[3])
{
    double total = 0.0;
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < FF_TYPES; t++) {
            if (e->n[t] == 0)
                continue;
            LocalRow row = row_of(l, e, type[i], t, r[i]);
            local_kernel_force(&l->table, &row, e->energy, e->force);
            total += sum(row.n, e->energy);
            for (int32_t m = 0; m < row.n; m++) {
                f[i][0] += e->force[m] * (row.at[0] - row.x[m]);
                f[i][1] += e->force[m] * (row.at[1] - row.y[m]);
                f[i][2] += e->force[m] * (row.at[2] - row.z[m]);
            }
        }
    }
    return total;
}
