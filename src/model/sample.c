#include "model/sample.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CLOSEST = 0.5; /* A: nearer than this is a mistake in the file, not physics */

void sample_init(Sample *s, const Cell *cell, int64_t n)
{
    *s = (Sample){.cell = *cell, .n = n};
    s->kind = MEM_NEW(int32_t, n);
    s->x = mem_new((size_t)n, sizeof *s->x);
    s->v = mem_new((size_t)n, sizeof *s->v);
    s->source = MEM_NEW(int64_t, n);
    for (int64_t i = 0; i < n; i++)
        s->source[i] = i;
}

void sample_clear(Sample *s)
{
    free(s->kind);
    free(s->x);
    free(s->v);
    free(s->ion_first);
    free(s->ion_kind);
    free(s->source);
    *s = (Sample){0};
}

static void copy_species(Sample *to, const Sample *from)
{
    to->nspecies = from->nspecies;
    memcpy(to->species, from->species, sizeof to->species);
}

static void new_ions(Sample *s, int64_t nion)
{
    free(s->ion_first);
    free(s->ion_kind);
    s->nion = nion;
    s->ion_first = MEM_NEW(int64_t, nion + 1);
    s->ion_kind = MEM_NEW(IonKind, nion);
}

void sample_copy(Sample *to, const Sample *from)
{
    static const int once[3] = {1, 1, 1};
    sample_supercell(from, once, to);
}

/* Index of a species in the sample's own table, entered if new; -1 if the table is full. */
static int enter_species(Sample *s, const Species *species)
{
    for (int k = 0; k < s->nspecies; k++)
        if (s->species[k] == species)
            return k;
    if (s->nspecies == SAMPLE_MAX_SPECIES)
        return -1;
    s->species[s->nspecies] = species;
    return s->nspecies++;
}

typedef struct Overlap {
    int64_t self, other;
    double r2;
} Overlap;

/* Only pairs i < j, and an atom's own periodic copies. */
static void note_overlap(void *data, int64_t j, const double d[3], double r2)
{
    Overlap *o = data;
    (void)d;
    if (j < o->self || (j == o->self && r2 == 0.0) || r2 >= CLOSEST * CLOSEST)
        return;
    if (o->other < 0 || r2 < o->r2) {
        o->other = j;
        o->r2 = r2;
    }
}

static Err check_overlaps(const Sample *s)
{
    Near *near = near_new(&s->cell, s->n, (const double(*)[3])s->x, CLOSEST);
    Err e = OK;
    for (int64_t i = 0; i < s->n && e == OK; i++) {
        Overlap o = {.self = i, .other = -1};
        near_visit(near, s->x[i], note_overlap, &o);
        if (o.other >= 0)
            e = err_set(
                ERR_INPUT,
                "atoms %lld (%s) and %lld (%s) overlap: %.3f A apart, at least %.1f A allowed",
                (long long)i + 1, s->species[s->kind[i]]->symbol, (long long)o.other + 1,
                s->species[s->kind[o.other]]->symbol, sqrt(o.r2), CLOSEST);
    }
    near_free(near);
    return e;
}

static Err fill_atoms(Sample *s, const char *const symbols[], const double (*x)[3])
{
    for (int64_t i = 0; i < s->n; i++) {
        const Species *species = species_find(symbols[i]);
        if (species == NULL)
            return err_set(ERR_INPUT, "atom %lld: unknown element '%s', known are %s",
                           (long long)i + 1, symbols[i], species_known());
        s->kind[i] = enter_species(s, species);
        for (int k = 0; k < 3; k++) {
            if (!isfinite(x[i][k]))
                return err_set(ERR_INPUT, "atom %lld (%s): coordinate %c is not a finite number",
                               (long long)i + 1, symbols[i], 'x' + k);
            s->x[i][k] = x[i][k];
        }
    }
    return check_overlaps(s);
}

Err sample_from_atoms(Sample *s, const Cell *cell, int64_t n, const char *const symbols[],
                      const double (*x)[3])
{
    if (n <= 0)
        return err_set(ERR_INPUT, "no atoms");
    sample_init(s, cell, n);
    Err e = fill_atoms(s, symbols, x);
    if (e != OK)
        sample_clear(s);
    return e;
}

Err sample_set_isotope(Sample *s, const char *element, const char *symbol)
{
    const Species *to = species_find(symbol);
    if (to == NULL)
        to = species_isotope(element, symbol);
    if (to == NULL)
        return err_set(ERR_INPUT, "unknown isotope '%s' of %s, known are %s", symbol, element,
                       species_known());
    if (strcmp(to->element, element) != 0)
        return err_set(ERR_INPUT, "'%s' is not an isotope of %s", symbol, element);
    const Species *old[SAMPLE_MAX_SPECIES];
    int nold = s->nspecies, index[SAMPLE_MAX_SPECIES];
    bool found = false;
    memcpy(old, s->species, sizeof old);
    s->nspecies = 0;
    for (int k = 0; k < nold; k++) {
        bool hit = strcmp(old[k]->element, element) == 0;
        found = found || hit;
        index[k] = enter_species(s, hit ? to : old[k]);
    }
    for (int64_t i = 0; i < s->n; i++)
        s->kind[i] = index[s->kind[i]];
    if (!found)
        return err_set(ERR_INPUT, "the sample has no %s to be replaced by '%s'", element, symbol);
    return OK;
}

static void copy_atom(const Sample *unit, int64_t i, const double shift[3], Sample *out, int64_t at)
{
    out->kind[at] = unit->kind[i];
    out->source[at] = unit->source[i];
    for (int k = 0; k < 3; k++) {
        out->x[at][k] = unit->x[i][k] + shift[k];
        out->v[at][k] = unit->v[i][k];
    }
}

/* Copies of ions [first, last) of the unit for one lattice step. */
static void copy_ions(const Sample *unit, int64_t first, int64_t last, const double shift[3],
                      Sample *out, int64_t *ion, int64_t *at)
{
    for (int64_t m = first; m < last; m++) {
        out->ion_kind[*ion] = unit->ion_kind[m];
        out->ion_first[(*ion)++] = *at;
        for (int64_t i = unit->ion_first[m]; i < unit->ion_first[m + 1]; i++)
            copy_atom(unit, i, shift, out, (*at)++);
    }
    out->ion_first[*ion] = *at;
}

static void lattice_step(const Cell *cell, const int k[3], int64_t copy, double shift[3])
{
    const int64_t i = copy / ((int64_t)k[1] * k[2]), j = copy / k[2] % k[1], l = copy % k[2];
    const double step[3] = {(double)i, (double)j, (double)l};
    cell_to_cartesian(cell, step, shift);
}

void sample_supercell(const Sample *unit, const int k[3], Sample *out)
{
    int64_t copies = (int64_t)k[0] * k[1] * k[2];
    CHECK(k[0] > 0 && k[1] > 0 && k[2] > 0, "%d x %d x %d copies", k[0], k[1], k[2]);
    double h[3][3], shift[3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            h[i][j] = unit->cell.h[i][j] * k[i];
    Cell cell;
    Err e = cell_init(&cell, (const double(*)[3])h);
    CHECK(e == OK, "%s", err_message());
    sample_init(out, &cell, unit->n * copies);
    copy_species(out, unit);
    int64_t at = 0, ion = 0, nmg = 0;
    if (unit->nion > 0)
        new_ions(out, unit->nion * copies);
    while (nmg < unit->nion && unit->ion_kind[nmg] == ION_MG)
        nmg++;
    for (int64_t copy = 0; copy < copies; copy++) {
        lattice_step(&unit->cell, k, copy, shift);
        if (unit->nion > 0)
            copy_ions(unit, 0, nmg, shift, out, &ion, &at);
        else
            for (int64_t i = 0; i < unit->n; i++)
                copy_atom(unit, i, shift, out, at++);
    }
    for (int64_t copy = 0; copy < copies && unit->nion > 0; copy++) {
        lattice_step(&unit->cell, k, copy, shift);
        copy_ions(unit, nmg, unit->nion, shift, out, &ion, &at);
    }
}

double sample_mass(const Sample *s)
{
    double mass = 0.0;
    for (int64_t i = 0; i < s->n; i++)
        mass += s->species[s->kind[i]]->mass;
    return mass;
}

double sample_density(const Sample *s)
{
    return sample_mass(s) / s->cell.volume * UNITS_G_CM3;
}
