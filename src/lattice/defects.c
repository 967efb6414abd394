#include "lattice/defects.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* erfc(5.6) and exp(-5.6^2) are 2e-15 and 2e-14 */
static const double reach = 5.6;

/* Rows of the inverse cell: length of each is 1/height of the cell along that axis. */
static int images(const Cell *cell, int axis, double cut)
{
    double fractional[3], corner[3] = {0}, inverse = 0.0;
    for (int a = 0; a < 3; a++) { /* gradient of the fractional coordinate */
        corner[a] = 1.0;
        cell_to_fractional(cell, corner, fractional);
        inverse += fractional[axis] * fractional[axis];
        corner[a] = 0.0;
    }
    return (int)ceil(cut * sqrt(inverse)) + 1;
}

static void wave_vector(const Cell *cell, const int h[3], double k[3])
{
    double fractional[3], unit[3] = {0};
    for (int a = 0; a < 3; a++) { /* k_a = 2 pi sum_j h_j ds_j/dx_a */
        unit[a] = 1.0;
        cell_to_fractional(cell, unit, fractional);
        k[a] = 2.0 * PI * (h[0] * fractional[0] + h[1] * fractional[1] + h[2] * fractional[2]);
        unit[a] = 0.0;
    }
}

static double near_part(const Cell *cell, const double r[3], double alpha)
{
    double cut = reach / alpha, sum = 0.0, s[3], d[3];
    int n[3];
    cell_to_fractional(cell, r, s);
    for (int a = 0; a < 3; a++) {
        s[a] -= rint(s[a]);
        n[a] = images(cell, a, cut);
    }
    for (int x = -n[0]; x <= n[0]; x++)
        for (int y = -n[1]; y <= n[1]; y++)
            for (int z = -n[2]; z <= n[2]; z++) {
                const double f[3] = {s[0] + x, s[1] + y, s[2] + z};
                cell_to_cartesian(cell, f, d);
                double length = vec_norm(d);
                if (length < 1e-9)
                    sum -= 2.0 * alpha / sqrt(PI);
                else if (length < cut)
                    sum += erfc(alpha * length) / length;
            }
    return sum;
}

/* The waves of a cell, gathered once: the table needs them for every pair. */
typedef struct Waves {
    size_t n;
    double (*k)[3], *weight;
} Waves;

static Waves waves_of(const Cell *cell, double alpha)
{
    Waves w = {0};
    double cut = 2.0 * alpha * reach, lengths[3], angles[3];
    int m[3];
    cell_lengths(cell, lengths, angles);
    for (int a = 0; a < 3; a++)
        m[a] = (int)ceil(cut * lengths[a] / (2.0 * PI)) + 1;
    size_t most = (size_t)(m[0] + 1) * (size_t)(2 * m[1] + 1) * (size_t)(2 * m[2] + 1);
    w.k = mem_new(most, sizeof *w.k);
    w.weight = MEM_NEW(double, most);
    for (int x = 0; x <= m[0]; x++) /* half of them, twice */
        for (int y = -m[1]; y <= m[1]; y++)
            for (int z = -m[2]; z <= m[2]; z++) {
                if (x == 0 && (y < 0 || (y == 0 && z <= 0)))
                    continue;
                double *k = w.k[w.n];
                wave_vector(cell, (const int[3]){x, y, z}, k);
                double k2 = vec_dot(k, k);
                if (k2 < cut * cut)
                    w.weight[w.n++] =
                        8.0 * PI / cell->volume * exp(-k2 / (4.0 * alpha * alpha)) / k2;
            }
    return w;
}

static double far_part(const Waves *w, const double r[3])
{
    double sum = 0.0;
    for (size_t i = 0; i < w->n; i++)
        sum += w->weight[i] * cos(vec_dot(w->k[i], r));
    return sum;
}

static double best_alpha(const Cell *cell)
{
    return sqrt(PI) / cbrt(cell->volume);
}

static double green(const Cell *cell, const Waves *w, double alpha, const double r[3])
{
    return near_part(cell, r, alpha) + far_part(w, r) - PI / (alpha * alpha * cell->volume);
}

double defects_green(const Cell *cell, const double r[3])
{
    double alpha = best_alpha(cell);
    Waves w = waves_of(cell, alpha);
    double g = green(cell, &w, alpha, r);
    free(w.k);
    free(w.weight);
    return g;
}

/* ---- table ----------------------------------------------------------------------------------- */

static void coordinates(const State *s, int64_t cell, int c[3])
{
    c[2] = (int)(cell % s->k[2]);
    c[1] = (int)(cell / s->k[2] % s->k[1]);
    c[0] = (int)(cell / s->k[2] / s->k[1]);
}

/* Cell of b less that of a, round the lattice. */
static int64_t difference(const State *s, const int a[3], const int b[3])
{
    int64_t cell = 0;
    for (int d = 0; d < 3; d++) {
        int x = b[d] - a[d];
        cell = cell * s->k[d] + (x < 0 ? x + s->k[d] : x);
    }
    return cell;
}

static Err fill_table(Defects *d)
{
    const State *s = d->state;
    const Network *n = s->net;
    double h[3][3], unit = 1e6 * n->charge * n->charge * UNITS_COULOMB / n->permittivity;
    Cell whole;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            h[a][b] = n->cell.h[a][b] * s->k[a];
    TRY(cell_init(&whole, (const double(*)[3])h));
    double alpha = best_alpha(&whole);
    Waves w = waves_of(&whole, alpha);
    for (int32_t i = 0; i < n->nsite; i++)
        for (int32_t j = i; j < n->nsite; j++)
            for (int64_t cell = 0; cell < s->ncell; cell++) {
                int c[3], none[3] = {0};
                double f[3], r[3];
                coordinates(s, cell, c);
                for (int a = 0; a < 3; a++)
                    f[a] = n->site[j][a] + c[a] - n->site[i][a];
                cell_to_cartesian(&n->cell, f, r);
                int32_t g = (int32_t)lround(unit * green(&whole, &w, alpha, r));
                d->table[((int64_t)i * n->nsite + j) * s->ncell + cell] = g;
                d->table[((int64_t)j * n->nsite + i) * s->ncell + difference(s, c, none)] = g;
            }
    free(w.k);
    free(w.weight);
    return OK;
}

static int charge_of(const State *s, int64_t site)
{
    const Network *n = s->net;
    return s->occ[site] - n->site_classes[n->site_class[site % n->nsite]].reference;
}

int32_t defects_between(const Defects *d, int64_t a, int64_t b)
{
    const State *s = d->state;
    int32_t n = s->net->nsite;
    int ca[3], cb[3];
    coordinates(s, a / n, ca);
    coordinates(s, b / n, cb);
    return d->table[((a % n) * n + b % n) * s->ncell + difference(s, ca, cb)];
}

/* potential += times * that of a unit charge on a site */
static void spread(Defects *d, int64_t site, int times)
{
    const State *s = d->state;
    int32_t n = s->net->nsite;
    int at[3], c[3];
    coordinates(s, site / n, at);
    for (int64_t cell = 0; cell < s->ncell; cell++) {
        coordinates(s, cell, c);
        const int32_t *row = d->table + site % n * n * s->ncell + difference(s, at, c);
        for (int32_t i = 0; i < n; i++)
            d->potential[cell * n + i] += times * (int64_t)row[i * s->ncell];
    }
}

static Err check_charge(const State *s, bool background)
{
    int64_t net = 0;
    for (int64_t i = 0; i < s->ncell * s->net->nsite; i++)
        net += charge_of(s, i);
    if (net != 0 && !background)
        return err_set(ERR_INPUT,
                       "the defects have a net charge of %g e: its energy has no meaning unless "
                       "something makes up for it; ask for a uniform background",
                       (double)net * s->net->charge);
    return OK;
}

Err defects_init(Defects *d, const State *s, bool background)
{
    const Network *n = s->net;
    int64_t sites = s->ncell * n->nsite, entries = sites * n->nsite;
    *d = (Defects){.state = s};
    if (n->charge == 0.0 || !(n->permittivity > 0.0))
        return err_set(ERR_INPUT, "Coulomb forces need a charge (%g e) and a permittivity (%g)",
                       n->charge, n->permittivity);
    if (entries > DEFECTS_TABLE)
        return err_set(ERR_INPUT, "a Coulomb table of %lld entries; at most %d: fewer copies",
                       (long long)entries, (int)DEFECTS_TABLE);
    TRY(check_charge(s, background));
    d->table = MEM_NEW(int32_t, entries);
    d->potential = MEM_NEW(int64_t, sites);
    TRY(fill_table(d));
    defects_load(d);
    return OK;
}

Err defects_init_like(Defects *d, const Defects *other, const State *s, bool background)
{
    *d = (Defects){.state = s, .table = other->table, .borrowed = true};
    TRY(check_charge(s, background));
    d->potential = MEM_NEW(int64_t, s->ncell * s->net->nsite);
    defects_load(d);
    return OK;
}

void defects_clear(Defects *d)
{
    if (!d->borrowed)
        free(d->table);
    free(d->potential);
    *d = (Defects){0};
}

void defects_load(Defects *d)
{
    int64_t sites = d->state->ncell * d->state->net->nsite;
    memset(d->potential, 0, (size_t)sites * sizeof *d->potential);
    for (int64_t i = 0; i < sites; i++)
        if (charge_of(d->state, i) != 0)
            spread(d, i, charge_of(d->state, i));
}

int64_t defects_hop_energy(const Defects *d, int64_t from, int64_t to)
{
    return d->potential[to] - d->potential[from] + defects_between(d, from, from) -
           defects_between(d, from, to);
}

void defects_hop(Defects *d, int64_t from, int64_t to)
{
    spread(d, to, 1);
    spread(d, from, -1);
}

int64_t defects_energy_twice(const Defects *d)
{
    const State *s = d->state;
    int64_t sites = s->ncell * s->net->nsite, sum = 0;
    for (int64_t i = 0; i < sites; i++)
        for (int64_t j = 0; j < sites && charge_of(s, i) != 0; j++)
            sum += charge_of(s, i) * charge_of(s, j) * (int64_t)defects_between(d, i, j);
    return sum;
}
