#include "analysis/crystal.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "store/cif.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SNAP = 0.02;  /* A: a site this near to a special position is on it */
static const double APART = 0.05; /* A: atoms of different sites nearer than this are a mistake */

/* Rows and columns of the components of a symmetric tensor. */
static const int ROW[CRYSTAL_TENSOR] = {0, 1, 2, 0, 0, 1},
                 COLUMN[CRYSTAL_TENSOR] = {0, 1, 2, 1, 2, 2};

static void unpack(const double t[CRYSTAL_TENSOR], double m[3][3])
{
    for (int k = 0; k < CRYSTAL_TENSOR; k++)
        m[ROW[k]][COLUMN[k]] = m[COLUMN[k]][ROW[k]] = t[k];
}

static void pack(const double m[3][3], double t[CRYSTAL_TENSOR])
{
    for (int k = 0; k < CRYSTAL_TENSOR; k++)
        t[k] = 0.5 * (m[ROW[k]][COLUMN[k]] + m[COLUMN[k]][ROW[k]]);
}

/* out = r m r^T */
static void sandwich(const double r[3][3], const double m[3][3], double out[3][3])
{
    double half[3][3], turned[3][3];
    mat_mul(r, m, half);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            turned[i][k] = r[k][i];
    mat_mul(half, turned, out);
}

static void real_rotation(const int rotation[3][3], double r[3][3])
{
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            r[i][k] = rotation[i][k];
}

/* ---- what symmetry leaves free ---- */

/* Rows that span a space -> reduced row echelon form: independent rows, each with 1 at its pivot. Returns their number. */
static int reduce(int m, double row[][CRYSTAL_TENSOR], int pivot[])
{
    int rank = 0;
    for (int column = 0; column < m && rank < m; column++) {
        int best = rank;
        for (int i = rank; i < m; i++)
            if (fabs(row[i][column]) > fabs(row[best][column]))
                best = i;
        if (fabs(row[best][column]) < 1e-6)
            continue;
        double swapped[CRYSTAL_TENSOR], scale = 1.0 / row[best][column];
        memcpy(swapped, row[best], sizeof swapped);
        memcpy(row[best], row[rank], sizeof swapped);
        for (int k = 0; k < m; k++)
            row[rank][k] = swapped[k] * scale;
        for (int i = 0; i < m; i++) {
            double factor = row[i][column];
            for (int k = 0; k < m && i != rank; k++) {
                row[i][k] -= factor * row[rank][k];
                row[i][k] = fabs(row[i][k]) < 1e-9 ? 0.0 : row[i][k];
            }
        }
        pivot[rank++] = column;
    }
    return rank;
}

/* Does operation `op` leave the site where it is? The lattice step it then takes is put into `step`. */
static bool stays(const Crystal *c, int op, const double s[3], double tolerance, double step[3])
{
    double r[3][3], moved[3], d[3], x[3];
    Cell cell;
    crystal_cell(c, &cell);
    real_rotation((const int(*)[3])c->ops.rotation[op], r);
    mat_times_vec((const double(*)[3])r, s, moved);
    for (int k = 0; k < 3; k++) {
        d[k] = moved[k] + c->ops.translation[op][k] - s[k];
        step[k] = floor(d[k] + 0.5);
        d[k] -= step[k];
    }
    cell_to_cartesian(&cell, d, x);
    return vec_norm(x) < tolerance;
}

int crystal_free_cell(const Crystal *c, int component[CRYSTAL_TENSOR],
                      double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR])
{
    double rows[CRYSTAL_TENSOR][CRYSTAL_TENSOR] = {{0}};
    for (int op = 0; op < c->ops.n; op++)
        for (int k = 0; k < CRYSTAL_TENSOR; k++) {
            double r[3][3], transposed[3][3], m[3][3], unit[CRYSTAL_TENSOR] = {0},
                                                       t[CRYSTAL_TENSOR];
            unit[k] = 1.0;
            unpack(unit, m);
            real_rotation((const int(*)[3])c->ops.rotation[op], r);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    transposed[i][j] = r[j][i];
            sandwich((const double(*)[3])transposed, (const double(*)[3])m, m);
            pack((const double(*)[3])m, t);
            for (int i = 0; i < CRYSTAL_TENSOR; i++)
                rows[k][i] += t[i] / c->ops.n;
        }
    int n = reduce(CRYSTAL_TENSOR, rows, component);
    memcpy(pattern, rows, sizeof rows);
    return n;
}

int crystal_free_position(const Crystal *c, int site, int component[3], double pattern[3][3])
{
    double rows[CRYSTAL_TENSOR][CRYSTAL_TENSOR] = {{0}}, step[3];
    for (int op = 0; op < c->ops.n; op++)
        if (stays(c, op, c->site[site].s, SNAP, step))
            for (int k = 0; k < 3; k++)
                for (int i = 0; i < 3; i++)
                    rows[k][i] += c->ops.rotation[op][i][k];
    int n = reduce(3, rows, component);
    for (int k = 0; k < 3; k++)
        memcpy(pattern[k], rows[k], sizeof pattern[k]);
    return n;
}

/* Lengths of a*, b*, c* [1/A]. */
static void reciprocal(const Crystal *c, double star[3])
{
    Cell cell;
    crystal_cell(c, &cell);
    for (int k = 0; k < 3; k++)
        star[k] = sqrt(cell.inv[0][k] * cell.inv[0][k] + cell.inv[1][k] * cell.inv[1][k] +
                       cell.inv[2][k] * cell.inv[2][k]);
}

/* U_ij of CIF turned by a rotation that acts on fractional coordinates. */
static void turn_u(const double star[3], const int rotation[3][3], const double u[CRYSTAL_TENSOR],
                   double out[CRYSTAL_TENSOR])
{
    double m[3][3], r[3][3];
    unpack(u, m);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m[i][k] *= star[i] * star[k];
    real_rotation(rotation, r);
    sandwich((const double(*)[3])r, (const double(*)[3])m, m);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m[i][k] /= star[i] * star[k];
    pack((const double(*)[3])m, out);
}

int crystal_free_u(const Crystal *c, int site, int component[CRYSTAL_TENSOR],
                   double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR])
{
    double rows[CRYSTAL_TENSOR][CRYSTAL_TENSOR] = {{0}}, step[3], star[3];
    reciprocal(c, star);
    for (int op = 0; op < c->ops.n; op++)
        if (stays(c, op, c->site[site].s, SNAP, step))
            for (int k = 0; k < CRYSTAL_TENSOR; k++) {
                double unit[CRYSTAL_TENSOR] = {0}, t[CRYSTAL_TENSOR];
                unit[k] = 1.0;
                turn_u(star, (const int(*)[3])c->ops.rotation[op], unit, t);
                for (int i = 0; i < CRYSTAL_TENSOR; i++)
                    rows[k][i] += t[i];
            }
    int n = reduce(CRYSTAL_TENSOR, rows, component);
    memcpy(pattern, rows, sizeof rows);
    return n;
}

/* U_ij of a site averaged over what leaves the site where it is. ERR_INPUT if that changes more than rounding in a file. */
static Err symmetrise_u(const Crystal *c, CrystalSite *site)
{
    double star[3], step[3], mean[CRYSTAL_TENSOR] = {0}, most = 0.0, off = 0.0;
    int n = 0;
    reciprocal(c, star);
    for (int op = 0; op < c->ops.n; op++) {
        double t[CRYSTAL_TENSOR];
        if (!stays(c, op, site->s, SNAP, step))
            continue;
        turn_u(star, (const int(*)[3])c->ops.rotation[op], site->u, t);
        for (int k = 0; k < CRYSTAL_TENSOR; k++)
            mean[k] += t[k];
        n++;
    }
    for (int k = 0; k < CRYSTAL_TENSOR; k++) {
        mean[k] /= n;
        most = fmax(most, fabs(mean[k]));
        off = fmax(off, fabs(mean[k] - site->u[k]));
    }
    if (off > 0.02 * most + 1e-4)
        return err_set(ERR_INPUT, "U_ij of site %s break its symmetry by %.4f A^2", site->label,
                       off);
    memcpy(site->u, mean, sizeof mean);
    return OK;
}

bool crystal_allows_move(const Crystal *c, int site, const double v[3])
{
    int component[3];
    double pattern[3][3], left[3] = {v[0], v[1], v[2]};
    int n = crystal_free_position(c, site, component, pattern);
    for (int k = 0; k < n; k++)
        vec_axpy(-v[component[k]], pattern[k], left);
    return vec_norm(left) < 1e-6 * vec_norm(v);
}

bool crystal_allows_u(const Crystal *c, int site, const double u[CRYSTAL_TENSOR])
{
    int component[CRYSTAL_TENSOR];
    double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR], off = 0.0, most = 0.0;
    int n = crystal_free_u(c, site, component, pattern);
    for (int i = 0; i < CRYSTAL_TENSOR; i++) {
        double left = u[i];
        for (int k = 0; k < n; k++)
            left -= u[component[k]] * pattern[k][i];
        off = fmax(off, fabs(left));
        most = fmax(most, fabs(u[i]));
    }
    return off <= 1e-6 * most;
}

/* ---- the cell ---- */

void crystal_cell(const Crystal *c, Cell *cell)
{
    double lengths[3], angles[3];
    for (int k = 0; k < 3; k++)
        lengths[k] = sqrt(c->metric[k]);
    for (int k = 3; k < CRYSTAL_TENSOR; k++) /* gamma, beta, alpha */
        angles[5 - k] = acos(c->metric[k] / (lengths[ROW[k]] * lengths[COLUMN[k]])) * 180.0 / PI;
    Err e = cell_init_lengths(cell, lengths, angles);
    CHECK(e == OK, "cell of a crystal: %s", err_message());
}

const char *crystal_cell_name(int component)
{
    static const char *const names[CRYSTAL_TENSOR] = {"a", "b", "c", "gamma", "beta", "alpha"};
    return names[component];
}

double crystal_cell_get(const Crystal *c, int component)
{
    const double *g = c->metric;
    return component < 3
               ? sqrt(g[component])
               : acos(g[component] / sqrt(g[ROW[component]] * g[COLUMN[component]])) * 180.0 / PI;
}

void crystal_cell_set(Crystal *c, int component, double value)
{
    int free[CRYSTAL_TENSOR];
    double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR], kept[CRYSTAL_TENSOR], *g = c->metric;
    int n = crystal_free_cell(c, free, pattern);
    for (int k = 0; k < n; k++)
        kept[k] = free[k] == component ? value : crystal_cell_get(c, free[k]);
    double fresh[CRYSTAL_TENSOR] = {0};
    for (int k = 0; k < n; k++) {
        /* lengths come first, so what an angle's product needs is there */
        double part = free[k] < 3 ? kept[k] * kept[k]
                                  : cos(kept[k] * PI / 180.0) *
                                        sqrt(fresh[ROW[free[k]]] * fresh[COLUMN[free[k]]]);
        part -= fresh[free[k]];
        for (int i = 0; i < CRYSTAL_TENSOR; i++)
            fresh[i] += part * pattern[k][i];
    }
    memcpy(g, fresh, sizeof fresh);
}

/* ---- making one ---- */

static double distance(const Cell *cell, const double a[3], const double b[3])
{
    double d[3], x[3];
    vec_sub(a, b, d);
    for (int k = 0; k < 3; k++)
        d[k] -= floor(d[k] + 0.5);
    cell_to_cartesian(cell, d, x);
    cell_min_image(cell, x);
    return vec_norm(x);
}

/* The site exactly on its special position: the mean of its images nearby. */
static void snap(const Crystal *c, CrystalSite *site)
{
    double mean[3] = {0}, step[3];
    int n = 0;
    for (int op = 0; op < c->ops.n; op++) {
        if (!stays(c, op, site->s, SNAP, step))
            continue;
        double r[3][3], moved[3];
        real_rotation((const int(*)[3])c->ops.rotation[op], r);
        mat_times_vec((const double(*)[3])r, site->s, moved);
        for (int k = 0; k < 3; k++)
            mean[k] += moved[k] + c->ops.translation[op][k] - step[k];
        n++;
    }
    for (int k = 0; k < 3; k++)
        site->s[k] = n > 0 ? mean[k] / n : site->s[k];
}

static void atom_at(const Crystal *c, const CrystalAtom *a, double s[3])
{
    double r[3][3];
    real_rotation((const int(*)[3])a->rotation, r);
    mat_times_vec((const double(*)[3])r, c->site[a->site].s, s);
    vec_axpy(1.0, a->shift, s);
}

static void grow(Crystal *c, const Cell *cell, int site)
{
    CrystalSite *p = &c->site[site];
    p->first = c->natom;
    p->multiplicity = 0;
    c->atom = mem_resize(c->atom, (size_t)c->natom, (size_t)(c->natom + c->ops.n), sizeof *c->atom);
    for (int turn = 0; turn < c->ops.n; turn++) {
        CrystalAtom a = {.site = site};
        double s[3], t[3];
        memcpy(a.rotation, c->ops.rotation[turn], sizeof a.rotation);
        memcpy(a.shift, c->ops.translation[turn], sizeof a.shift);
        atom_at(c, &a, s);
        bool known = false;
        for (int k = p->first; k < c->natom && !known; k++) {
            atom_at(c, &c->atom[k], t);
            known = distance(cell, s, t) < SNAP;
        }
        if (!known)
            c->atom[c->natom++] = a;
    }
    p->multiplicity = c->natom - p->first;
}

/* The identity first, so that the first atom of a site stands at its position. */
static Err copy_operations(Crystal *c, const SymmetryOperations *ops)
{
    static const int one[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    int identity = -1;
    for (int op = 0; op < ops->n && identity < 0; op++)
        if (memcmp(ops->rotation[op], one, sizeof one) == 0 && ops->translation[op][0] == 0.0 &&
            ops->translation[op][1] == 0.0 && ops->translation[op][2] == 0.0)
            identity = op;
    if (identity < 0)
        return err_set(ERR_INPUT, "the symmetry operations lack the identity x, y, z");
    c->ops.n = ops->n;
    c->ops.rotation = mem_new((size_t)ops->n, sizeof *ops->rotation);
    c->ops.translation = mem_new((size_t)ops->n, sizeof *ops->translation);
    for (int op = 0; op < ops->n; op++) {
        int from = op == 0 ? identity : op <= identity ? op - 1 : op;
        memcpy(c->ops.rotation[op], ops->rotation[from], sizeof *ops->rotation);
        memcpy(c->ops.translation[op], ops->translation[from], sizeof *ops->translation);
    }
    return OK;
}

/* Every operation must leave the metric alone. */
static Err check_cell(const Crystal *c)
{
    int free[CRYSTAL_TENSOR];
    double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR];
    int n = crystal_free_cell(c, free, pattern);
    for (int i = 0; i < CRYSTAL_TENSOR; i++) {
        double left = c->metric[i];
        for (int k = 0; k < n; k++) {
            left -= c->metric[free[k]] * pattern[k][i];
            if (free[k] >= 3 && i < 3 && pattern[k][i] != 0.0)
                return err_set(ERR_INPUT, "in this setting lengths depend on angles; give the "
                                          "conventional cell");
        }
        if (fabs(left) > 1e-4 * (c->metric[0] + c->metric[1] + c->metric[2]))
            return err_set(ERR_INPUT,
                           "the cell does not have the symmetry of the space group: %s does not "
                           "follow from the others",
                           crystal_cell_name(i));
    }
    return OK;
}

static Err check_apart(const Crystal *c, const Cell *cell)
{
    double(*s)[3] = mem_new((size_t)c->natom, sizeof *s);
    Err e = OK;
    for (int i = 0; i < c->natom; i++)
        atom_at(c, &c->atom[i], s[i]);
    for (int k = 0; k < c->nsite && e == OK; k++) /* a site's first atom against all others */
        for (int j = 0; j < c->natom && e == OK; j++)
            if (c->atom[j].site > k && distance(cell, s[c->site[k].first], s[j]) < APART)
                e = err_set(ERR_INPUT, "sites %s and %s are at the same place", c->site[k].label,
                            c->site[c->atom[j].site].label);
    free(s);
    return e;
}

Err crystal_init(Crystal *c, const Cell *cell, const SymmetryOperations *ops, int nsite,
                 const CrystalSite site[])
{
    *c = (Crystal){.nsite = nsite};
    double m[3][3];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m[i][k] = vec_dot(cell->h[i], cell->h[k]);
    pack((const double(*)[3])m, c->metric);
    TRY(copy_operations(c, ops));
    TRY(check_cell(c));
    c->site = MEM_NEW(CrystalSite, nsite);
    for (int k = 0; k < nsite; k++) {
        c->site[k] = site[k];
        snap(c, &c->site[k]);
    }
    for (int k = 0; k < nsite; k++)
        grow(c, cell, k);
    return check_apart(c, cell);
}

void crystal_clear(Crystal *c)
{
    symmetry_clear(&c->ops);
    free(c->site);
    free(c->atom);
    *c = (Crystal){0};
}

void crystal_copy(Crystal *to, const Crystal *from)
{
    *to = *from;
    size_t nop = (size_t)from->ops.n;
    to->ops.rotation = mem_new(nop, sizeof *from->ops.rotation);
    to->ops.translation = mem_new(nop, sizeof *from->ops.translation);
    to->site = MEM_NEW(CrystalSite, from->nsite);
    to->atom = MEM_NEW(CrystalAtom, from->natom);
    memcpy(to->ops.rotation, from->ops.rotation, nop * sizeof *from->ops.rotation);
    memcpy(to->ops.translation, from->ops.translation, nop * sizeof *from->ops.translation);
    memcpy(to->site, from->site, (size_t)from->nsite * sizeof *from->site);
    memcpy(to->atom, from->atom, (size_t)from->natom * sizeof *from->atom);
}

/* Under fewer operations a site may fall apart; take one of each of its parts. */
static Err split(const Crystal *whole, const Cell *cell, const SymmetryOperations *ops, Crystal *c)
{
    double star[3];
    reciprocal(whole, star);
    CrystalSite *part = MEM_NEW(CrystalSite, whole->natom);
    double(*s)[3] = mem_new((size_t)whole->natom, sizeof *s);
    bool *taken = MEM_NEW(bool, whole->natom);
    int nparts = 0;
    Err e = OK;
    for (int i = 0; i < whole->natom; i++)
        atom_at(whole, &whole->atom[i], s[i]);
    for (int k = 0; k < whole->nsite; k++) {
        const CrystalSite *old = &whole->site[k];
        int first = nparts;
        for (int i = old->first; i < old->first + old->multiplicity && e == OK; i++) {
            if (taken[i])
                continue;
            part[nparts] = *old;
            memcpy(part[nparts].s, s[i], sizeof s[i]);
            turn_u(star, (const int(*)[3])whole->atom[i].rotation, old->u, part[nparts].u);
            for (int op = 0; op < ops->n && e == OK; op++) {
                double r[3][3], moved[3];
                int j = old->first;
                real_rotation((const int(*)[3])ops->rotation[op], r);
                mat_times_vec((const double(*)[3])r, s[i], moved);
                vec_axpy(1.0, ops->translation[op], moved);
                while (j < old->first + old->multiplicity && distance(cell, moved, s[j]) > SNAP)
                    j++;
                if (j < old->first + old->multiplicity)
                    taken[j] = true;
                else
                    e = err_set(ERR_INPUT,
                                "not a symmetry of the structure (in this setting and with this "
                                "origin): an atom of %s has no image",
                                old->label);
            }
            nparts++;
        }
        for (int p = first; p < nparts && nparts > first + 1; p++)
            snprintf(part[p].label, sizeof part[p].label, "%.28s%c", old->label,
                     'a' + (p - first) % 26);
    }
    if (e == OK)
        e = crystal_init(c, cell, ops, nparts, part);
    free(part);
    free(s);
    free(taken);
    return e;
}

/* Listed operations, else the group by name or number, else P1. */
static Err operations_of(const Cif *cif, SymmetryOperations *ops)
{
    if (cif->nop > 0) {
        ops->n = (int)cif->nop;
        ops->rotation = mem_new(cif->nop, sizeof *ops->rotation);
        ops->translation = mem_new(cif->nop, sizeof *ops->translation);
        memcpy(ops->rotation, cif->rotation, cif->nop * sizeof *ops->rotation);
        memcpy(ops->translation, cif->translation, cif->nop * sizeof *ops->translation);
        return OK;
    }
    if (cif->group_name[0] != '\0')
        return symmetry_of_name(cif->group_name, ops);
    return symmetry_of_group(cif->group > 0 ? cif->group : 1, ops);
}

static Err from_cif(const Cif *cif, const char *group, Crystal *c)
{
    Cell cell;
    SymmetryOperations ops = {0};
    TRY(cell_init_lengths(&cell, cif->lengths, cif->angles));
    CrystalSite *site = MEM_NEW(CrystalSite, cif->nsite);
    Err e = operations_of(cif, &ops);
    for (size_t k = 0; k < cif->nsite && e == OK; k++) {
        const CifSite *from = &cif->site[k];
        site[k] = (CrystalSite){.species = species_find(from->symbol),
                                .occupancy = from->occupancy,
                                .anisotropic = from->anisotropic,
                                .uiso = from->uiso};
        memcpy(site[k].u, from->u, sizeof site[k].u);
        memcpy(site[k].label, from->label, sizeof site[k].label);
        memcpy(site[k].s, from->s, sizeof site[k].s);
        if (site[k].species == NULL)
            e = err_set(ERR_INPUT, "line %zu: site %s: unknown element '%s', known are %s",
                        from->line, from->label, from->symbol, species_known());
    }
    if (e == OK)
        e = crystal_init(c, &cell, &ops, (int)cif->nsite, site);
    for (int k = 0; k < c->nsite && e == OK; k++)
        if (c->site[k].anisotropic)
            e = symmetrise_u(c, &c->site[k]);
    if (e == OK)
        snprintf(c->group, sizeof c->group, "%s", cif->group_name);
    symmetry_clear(&ops);
    free(site);
    if (e != OK || group == NULL)
        return e;
    Crystal whole = *c;
    *c = (Crystal){0};
    e = symmetry_of_name(group, &ops);
    if (e == OK)
        e = err_prefix(split(&whole, &cell, &ops, c), "symmetry %s", group);
    snprintf(c->group, sizeof c->group, "%s", group);
    symmetry_clear(&ops);
    crystal_clear(&whole);
    return e;
}

Err crystal_from_cif(const char *name, const char *bytes, size_t n, const char *group, Crystal *c)
{
    Cif cif;
    *c = (Crystal){0};
    TRY(cif_parse(name, bytes, n, &cif));
    Err e = err_prefix(from_cif(&cif, group, c), "%s", name);
    cif_clear(&cif);
    return e;
}

/* ---- where all atoms are ---- */

void crystal_atoms_init(CrystalAtoms *a, int natom)
{
    *a = (CrystalAtoms){.x = mem_new((size_t)natom, sizeof *a->x),
                        .u = mem_new((size_t)natom, sizeof *a->u),
                        .occupancy = MEM_NEW(double, natom)};
}

void crystal_atoms_clear(CrystalAtoms *a)
{
    free(a->x);
    free(a->u);
    free(a->occupancy);
    *a = (CrystalAtoms){0};
}

/* U in Cartesian axes: h^T U* h, U* = U_ij a*_i a*_j. */
static void cartesian_u(const Cell *cell, const double star[3], const int rotation[3][3],
                        const double u[CRYSTAL_TENSOR], double out[CRYSTAL_TENSOR])
{
    double turned[CRYSTAL_TENSOR], m[3][3], columns[3][3];
    turn_u(star, rotation, u, turned);
    unpack(turned, m);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            m[i][k] *= star[i] * star[k];
            columns[i][k] = cell->h[k][i];
        }
    sandwich((const double(*)[3])columns, (const double(*)[3])m, m);
    pack((const double(*)[3])m, out);
}

void crystal_place(const Crystal *c, CrystalAtoms *out)
{
    Cell cell;
    double star[3], s[3];
    crystal_cell(c, &cell);
    reciprocal(c, star);
    memcpy(out->h, cell.h, sizeof out->h);
    out->volume = cell.volume;
    for (int i = 0; i < c->natom; i++) {
        const CrystalAtom *a = &c->atom[i];
        const CrystalSite *p = &c->site[a->site];
        atom_at(c, a, s);
        cell_to_cartesian(&cell, s, out->x[i]);
        out->occupancy[i] = p->occupancy;
        if (p->anisotropic)
            cartesian_u(&cell, star, (const int(*)[3])a->rotation, p->u, out->u[i]);
        else
            for (int k = 0; k < CRYSTAL_TENSOR; k++)
                out->u[i][k] = k < 3 ? p->uiso : 0.0;
    }
}

double crystal_uequ(const Crystal *c, int site)
{
    static const int one[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    if (!c->site[site].anisotropic)
        return c->site[site].uiso;
    Cell cell;
    double star[3], u[CRYSTAL_TENSOR];
    crystal_cell(c, &cell);
    reciprocal(c, star);
    cartesian_u(&cell, star, one, c->site[site].u, u);
    return (u[0] + u[1] + u[2]) / 3.0;
}
