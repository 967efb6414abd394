#include "domain/structure.h"

#include "domain/structure_h5md.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/symmetry.h"
#include "store/cif.h"
#include "store/lammps_data.h"
#include "store/xyz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SAME_SITE =
    0.05; /* A: images closer than this are one atom on a special position */

typedef enum Format { FORMAT_CIF, FORMAT_XYZ, FORMAT_LAMMPS, FORMAT_H5MD } Format;

static Err format_of(const char *path, Format *format)
{
    static const struct {
        const char *extension;
        Format format;
    } known[] = {{".cif", FORMAT_CIF},     {".xyz", FORMAT_XYZ},    {".extxyz", FORMAT_XYZ},
                 {".data", FORMAT_LAMMPS}, {".lmp", FORMAT_LAMMPS}, {".h5", FORMAT_H5MD},
                 {".h5md", FORMAT_H5MD}};
    const char *extension = strrchr(path, '.');
    for (size_t i = 0; extension != NULL && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(extension, known[i].extension) == 0) {
            *format = known[i].format;
            return OK;
        }
    return err_set(
        ERR_INPUT,
        "%s: not a structure file by its name, allowed are .cif .xyz .extxyz .data .lmp .h5 "
        ".h5md",
        path);
}

/* Atoms grown from sites, one orbit after the other. */
typedef struct Grown {
    int64_t n, capacity;
    const char **symbol;
    double (*x)[3]; /* A */
} Grown;

static void make_room(Grown *g, int64_t more)
{
    if (g->n + more <= g->capacity)
        return;
    int64_t capacity = 2 * g->capacity > g->n + more ? 2 * g->capacity : g->n + more;
    g->symbol = mem_resize(g->symbol, (size_t)g->n, (size_t)capacity, sizeof *g->symbol);
    g->x = mem_resize(g->x, (size_t)g->n, (size_t)capacity, sizeof *g->x);
    g->capacity = capacity;
}

static void grow_site(Grown *g, const SymmetryOperations *ops, const Cell *cell, const char *symbol,
                      const double s[3])
{
    int images;
    double(*orbit)[3] = symmetry_orbit(ops, cell, s, SAME_SITE, &images);
    make_room(g, images);
    for (int i = 0; i < images; i++) {
        g->symbol[g->n] = symbol;
        cell_to_cartesian(cell, orbit[i], g->x[g->n++]);
    }
    free(orbit);
}

static Err sample_of(Grown *g, const Cell *cell, Sample *sample)
{
    Err e = sample_from_atoms(sample, cell, g->n, g->symbol, (const double(*)[3])g->x);
    if (e == OK && (e = sample_recognise(sample)) != OK)
        sample_clear(sample);
    free(g->symbol);
    free(g->x);
    return e;
}

Err structure_from_asymmetric(int group, const Cell *cell, int n, const char *const symbols[],
                              const double (*s)[3], Sample *sample)
{
    SymmetryOperations ops;
    Grown g = {0};
    TRY(symmetry_of_group(group, &ops));
    for (int i = 0; i < n; i++)
        grow_site(&g, &ops, cell, symbols[i], s[i]);
    symmetry_clear(&ops);
    return sample_of(&g, cell, sample);
}

/* Listed operations, else the group by name (which also tells the setting) or number, else P1. */
static Err operations_of(const char *name, const Cif *cif, SymmetryOperations *ops)
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
        return err_prefix(symmetry_of_name(cif->group_name, ops), "%s", name);
    if (cif->group == 0)
        log_warn("%s: says nothing of symmetry, taken as P 1", name);
    return err_prefix(symmetry_of_group(cif->group > 0 ? cif->group : 1, ops), "%s", name);
}

static Err sample_of_cif(const char *name, const Cif *cif, Sample *sample)
{
    Cell cell;
    SymmetryOperations ops;
    Grown g = {0};
    TRY(err_prefix(cell_init_lengths(&cell, cif->lengths, cif->angles), "%s", name));
    for (size_t i = 0; i < cif->nsite; i++)
        if (species_find(cif->site[i].symbol) == NULL)
            return err_set(ERR_INPUT, "%s:%zu: site %s: unknown element '%s', known are %s", name,
                           cif->site[i].line, cif->site[i].label, cif->site[i].symbol,
                           species_known());
    TRY(operations_of(name, cif, &ops));
    for (size_t i = 0; i < cif->nsite; i++)
        grow_site(&g, &ops, &cell, cif->site[i].symbol, cif->site[i].s);
    symmetry_clear(&ops);
    return err_prefix(sample_of(&g, &cell, sample), "%s", name);
}

static Err parse_cif(const char *name, const char *bytes, size_t n, Sample *sample)
{
    Cif cif;
    TRY(cif_parse(name, bytes, n, &cif));
    Err e = cif_check_ordered(name, &cif);
    if (e == OK)
        e = sample_of_cif(name, &cif, sample);
    cif_clear(&cif);
    return e;
}

/* Atoms with their velocities (v may be NULL; `factor` brings it to inside units), then the ions.
 */
Err structure_from_atoms(const char *name, const double h[3][3], int64_t n,
                         const char *const symbols[], const double (*x)[3], const double (*v)[3],
                         double factor, Sample *sample)
{
    Cell cell;
    TRY(err_prefix(cell_init(&cell, h), "%s", name));
    TRY(err_prefix(sample_from_atoms(sample, &cell, n, symbols, x), "%s", name));
    for (int64_t i = 0; v != NULL && i < n; i++)
        for (int k = 0; k < 3; k++)
            sample->v[i][k] = v[i][k] * factor;
    Err e = err_prefix(sample_recognise(sample), "%s", name);
    if (e != OK)
        sample_clear(sample);
    return e;
}

static Err sample_of_frame(const char *name, const XyzFrame *f, Sample *sample)
{
    const char **symbols = MEM_NEW(const char *, f->n);
    Err e = OK;
    for (int64_t i = 0; i < f->n && e == OK; i++) {
        symbols[i] = f->symbol[i];
        if (species_find(symbols[i]) == NULL)
            e = err_set(ERR_INPUT, "%s:%zu: atom %lld: unknown element '%s', known are %s", name,
                        f->line + 2 + (size_t)i, (long long)i + 1, symbols[i], species_known());
    }
    if (e == OK)
        e = structure_from_atoms(name, f->lattice, f->n, symbols, (const double(*)[3])f->x,
                                 (const double(*)[3])f->v, UNITS_TIME_FS, sample);
    free(symbols);
    return e;
}

static Err parse_xyz(const char *name, const char *bytes, size_t n, Sample *sample)
{
    XyzFrame *frames;
    size_t nframes;
    TRY(xyz_parse(name, bytes, n, &frames, &nframes));
    Err e = sample_of_frame(name, &frames[nframes - 1], sample);
    xyz_free(frames, nframes);
    return e;
}

/* Element of a LAMMPS type: its comment if that names one, else the species of nearest mass. */
static Err symbol_of_type(const char *name, const LammpsData *d, int type, const char **symbol)
{
    static const char *const known[] = {"H", "D", "B", "10B", "11B", "Mg"};
    static const double MASS_TOLERANCE = 0.05; /* u: writers round, 10B and 11B differ by 1 */
    *symbol = d->element[type];
    if (species_find(*symbol) != NULL)
        return OK;
    double best = MASS_TOLERANCE;
    *symbol = NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double off = fabs(species_find(known[i])->mass - d->mass[type]);
        if (off < best) {
            best = off;
            *symbol = known[i];
        }
    }
    if (*symbol == NULL)
        return err_set(ERR_INPUT,
                       "%s: atom type %d: mass %g u and comment '%s' tell no element, known are %s",
                       name, type + 1, d->mass[type], d->element[type], species_known());
    return OK;
}

static Err sample_of_lammps(const char *name, const LammpsData *d, Sample *sample)
{
    const char **of_type = MEM_NEW(const char *, d->ntype), **symbols = MEM_NEW(const char *, d->n);
    Err e = OK;
    for (int k = 0; k < d->ntype && e == OK; k++)
        e = symbol_of_type(name, d, k, &of_type[k]);
    for (int64_t i = 0; i < d->n; i++)
        symbols[i] = of_type[d->type[i]];
    if (e == OK)
        e = structure_from_atoms(name, d->h, d->n, symbols, (const double(*)[3])d->x,
                                 (const double(*)[3])d->v, UNITS_TIME_PS, sample);
    free(of_type);
    free(symbols);
    return e;
}

static Err parse_lammps(const char *name, const char *bytes, size_t n, Sample *sample)
{
    LammpsData d;
    TRY(lammps_data_parse(name, bytes, n, &d));
    for (int64_t i = 0; i < d.n; i++)
        vec_sub(d.x[i], d.origin, d.x[i]); /* our boxes have their corner at 0 */
    Err e = sample_of_lammps(name, &d, sample);
    lammps_data_clear(&d);
    return e;
}

Err structure_parse(const char *name, const char *bytes, size_t n, Sample *sample)
{
    Format format = FORMAT_CIF;
    *sample = (Sample){0};
    TRY(format_of(name, &format));
    switch (format) {
    case FORMAT_CIF:
        return parse_cif(name, bytes, n, sample);
    case FORMAT_XYZ:
        return parse_xyz(name, bytes, n, sample);
    case FORMAT_LAMMPS:
        return parse_lammps(name, bytes, n, sample);
    case FORMAT_H5MD:
        break;
    }
    return err_set(ERR_INPUT, "%s: HDF5 cannot be read from memory", name);
}

Err structure_read(const Comm *c, const char *path, Sample *sample)
{
    char *bytes;
    size_t n;
    Format format = FORMAT_CIF;
    *sample = (Sample){0};
    TRY(format_of(path, &format)); /* the same on all ranks */
    if (format == FORMAT_H5MD)
        return structure_h5md_read(c, path, sample);
    TRY(comm_read_file(c, path, &bytes, &n));
    Err e = structure_parse(path, bytes, n, sample);
    free(bytes);
    return comm_agree(c, e);
}

static const char *symbol_at(const Sample *s, int64_t i)
{
    return s->species[s->kind[i]]->symbol;
}

static bool has_velocities(const Sample *s)
{
    for (int64_t i = 0; i < s->n; i++)
        if (s->v[i][0] != 0.0 || s->v[i][1] != 0.0 || s->v[i][2] != 0.0)
            return true;
    return false;
}

static Err write_cif(const char *path, const Sample *s, const char *comment)
{
    Cif cif = {.nsite = (size_t)s->n, .site = MEM_NEW(CifSite, s->n)};
    cell_lengths(&s->cell, cif.lengths, cif.angles);
    for (int64_t i = 0; i < s->n; i++) {
        CifSite *site = &cif.site[i];
        snprintf(site->symbol, sizeof site->symbol, "%s", symbol_at(s, i));
        snprintf(site->label, sizeof site->label, "%s%lld", symbol_at(s, i), (long long)i + 1);
        cell_to_fractional(&s->cell, s->x[i], site->s);
        for (int k = 0; k < 3; k++)
            site->s[k] -= floor(site->s[k]);
    }
    Err e = cif_write(path, comment, &cif);
    cif_clear(&cif);
    return e;
}

static Err write_xyz(const char *path, const Sample *s, const char *comment)
{
    XyzFrame f;
    xyz_frame_init(&f, s->n, has_velocities(s), false);
    memcpy(f.lattice, s->cell.h, sizeof f.lattice);
    for (int64_t i = 0; i < s->n; i++) {
        snprintf(f.symbol[i], sizeof f.symbol[i], "%s", symbol_at(s, i));
        memcpy(f.x[i], s->x[i], sizeof f.x[i]);
        for (int k = 0; f.v != NULL && k < 3; k++)
            f.v[i][k] = s->v[i][k] / UNITS_TIME_FS;
    }
    if (comment != NULL)
        xyz_set_info(&f, "comment", comment);
    Err e = xyz_write(path, 1, &f);
    xyz_frame_clear(&f);
    return e;
}

/* Four bonds B-H and six angles H-B-H of each BH4. */
static void fill_topology(const Sample *s, LammpsData *d)
{
    int64_t count[ION_KINDS];
    sample_count(s, count);
    d->bond = mem_new((size_t)(4 * count[ION_BH4]), sizeof *d->bond);
    d->angle = mem_new((size_t)(6 * count[ION_BH4]), sizeof *d->angle);
    for (int64_t m = 0; m < s->nion; m++) {
        int64_t first = s->ion_first[m];
        for (int64_t i = first; i < s->ion_first[m + 1]; i++)
            d->molecule[i] = m + 1;
        if (s->ion_kind[m] != ION_BH4)
            continue;
        for (int64_t i = 1; i <= 4; i++) {
            d->bond[d->nbond][0] = first;
            d->bond[d->nbond++][1] = first + i;
            for (int64_t j = i + 1; j <= 4; j++) {
                d->angle[d->nangle][0] = first + i;
                d->angle[d->nangle][1] = first;
                d->angle[d->nangle++][2] = first + j;
            }
        }
    }
}

/* The same lattice with every tilt at most half a box length: LAMMPS refuses more. At exactly half
 * (bcc primitive box) a rounding error decides, so the tilt stays a hair (1e-12) within. */
static void limit_tilt(double h[3][3])
{
    static const int pairs[3][2] = {{2, 1}, {1, 0}, {2, 0}};
    for (int p = 0; p < 3; p++) {
        int row = pairs[p][0], axis = pairs[p][1];
        vec_axpy(-rint(h[row][axis] / h[axis][axis]), h[axis], h[row]);
        double most = (0.5 - 1e-12) * h[axis][axis];
        h[row][axis] = fmin(fmax(h[row][axis], -most), most);
    }
}

/* The box as LAMMPS takes it, and what turns row vectors into its frame: r' = r turn, turn = h^-1
 * h'. */
static Err turn_for_lammps(const Cell *cell, double h[3][3], double turn[3][3])
{
    Cell turned = *cell;
    if (cell->h[0][1] != 0.0 || cell->h[0][2] != 0.0 || cell->h[1][2] != 0.0) {
        double lengths[3], angles[3];
        cell_lengths(cell, lengths, angles);
        TRY(cell_init_lengths(&turned, lengths, angles));
    }
    mat_mul(cell->inv, turned.h, turn);
    memcpy(h, turned.h, sizeof turned.h);
    limit_tilt(h);
    return OK;
}

static void fill_lammps(const Sample *s, const double charges[], const double turn[3][3],
                        LammpsData *d)
{
    d->n = s->n;
    d->ntype = s->nspecies;
    d->mass = MEM_NEW(double, d->ntype);
    d->element = mem_new((size_t)d->ntype, sizeof *d->element);
    d->type = MEM_NEW(int32_t, d->n);
    d->molecule = MEM_NEW(int64_t, d->n);
    d->charge = MEM_NEW(double, d->n);
    d->x = mem_new((size_t)d->n, sizeof *d->x);
    if (has_velocities(s))
        d->v = mem_new((size_t)d->n, sizeof *d->v);
    for (int k = 0; k < d->ntype; k++) {
        d->mass[k] = s->species[k]->mass;
        snprintf(d->element[k], sizeof d->element[k], "%s", s->species[k]->symbol);
    }
    for (int64_t i = 0; i < s->n; i++) {
        d->type[i] = s->kind[i];
        d->charge[i] = charges != NULL ? charges[i] : 0.0;
        vec_times_mat(s->x[i], turn, d->x[i]);
        if (d->v == NULL)
            continue;
        vec_times_mat(s->v[i], turn, d->v[i]);
        for (int k = 0; k < 3; k++)
            d->v[i][k] /= UNITS_TIME_PS;
    }
    fill_topology(s, d);
}

static Err write_lammps(const char *path, const Sample *s, const double charges[],
                        const char *comment)
{
    LammpsData d = {0};
    double turn[3][3];
    TRY(turn_for_lammps(&s->cell, d.h, turn));
    fill_lammps(s, charges, (const double(*)[3])turn, &d);
    Err e = lammps_data_write(path, comment, &d);
    lammps_data_clear(&d);
    return e;
}

Err structure_write(const char *path, const Sample *sample, const double charges[],
                    const char *comment)
{
    Format format = FORMAT_CIF;
    TRY(format_of(path, &format));
    switch (format) {
    case FORMAT_CIF:
        return write_cif(path, sample, comment);
    case FORMAT_XYZ:
        return write_xyz(path, sample, comment);
    case FORMAT_LAMMPS:
        return write_lammps(path, sample, charges, comment);
    case FORMAT_H5MD:
        break;
    }
    return structure_h5md_write(path, sample, charges, comment);
}
