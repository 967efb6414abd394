/* ions.c -- Mg and BH4 ions: finding them in a heap of atoms, counting them, and who stands next to
 * whom. */
#include "model/sample.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double BOND_SHORTEST = 0.75, BOND_LONGEST = 1.6; /* A, B-H */

enum { HYDROGENS = 4 };

static bool is_element(const Sample *s, int64_t i, const char *element)
{
    return strcmp(s->species[s->kind[i]]->element, element) == 0;
}

/* Where the bonds are: hydrogen [n][4] of each B and how many of them, in old indices. */
typedef struct Bonds {
    int64_t (*hydrogen)[HYDROGENS];
    int *count;
} Bonds;

typedef struct Nearest {
    const Sample *s;
    int64_t boron; /* -1: none within reach */
    double r2;
} Nearest;

static void note_nearest(void *data, int64_t j, const double d[3], double r2)
{
    Nearest *near = data;
    (void)d;
    if (is_element(near->s, j, "B") && (near->boron < 0 || r2 < near->r2)) {
        near->boron = j;
        near->r2 = r2;
    }
}

static Err bond_hydrogen(const Sample *s, const Near *near, int64_t i, Bonds *bonds)
{
    Nearest found = {.s = s, .boron = -1};
    near_visit(near, s->x[i], note_nearest, &found);
    if (found.boron < 0)
        return err_set(ERR_INPUT, "atom %lld (H) has no B within %.1f A",
                       (long long)s->source[i] + 1, BOND_LONGEST);
    double r = sqrt(found.r2);
    if (r < BOND_SHORTEST)
        return err_set(
            ERR_INPUT, "atom %lld (H) stands %.3f A from B, atom %lld; at least %.2f A allowed",
            (long long)s->source[i] + 1, r, (long long)s->source[found.boron] + 1, BOND_SHORTEST);
    if (bonds->count[found.boron] < HYDROGENS)
        bonds->hydrogen[found.boron][bonds->count[found.boron]] = i;
    bonds->count[found.boron]++;
    return OK;
}

static Err find_bonds(const Sample *s, Bonds *bonds)
{
    Near *near = near_new(&s->cell, s->n, (const double(*)[3])s->x, BOND_LONGEST);
    Err e = OK;
    for (int64_t i = 0; i < s->n && e == OK; i++)
        if (is_element(s, i, "H"))
            e = bond_hydrogen(s, near, i, bonds);
    near_free(near);
    for (int64_t i = 0; i < s->n && e == OK; i++)
        if (is_element(s, i, "B") && bonds->count[i] != HYDROGENS)
            e = err_set(ERR_INPUT, "atom %lld (B) has %d H within %.1f A, BH4 needs 4",
                        (long long)s->source[i] + 1, bonds->count[i], BOND_LONGEST);
        else if (!is_element(s, i, "B") && !is_element(s, i, "H") && !is_element(s, i, "Mg"))
            e = err_set(ERR_INPUT, "atom %lld (%s) is neither in Mg nor in BH4",
                        (long long)s->source[i] + 1, s->species[s->kind[i]]->symbol);
    return e;
}

static void take_atom(const Sample *from, int64_t i, Sample *to, int64_t at)
{
    to->kind[at] = from->kind[i];
    to->source[at] = from->source[i];
    memcpy(to->x[at], from->x[i], sizeof to->x[at]);
    memcpy(to->v[at], from->v[i], sizeof to->v[at]);
}

/* Move atom `at` by whole lattice vectors to the copy nearest to `centre`. */
static void make_whole(Sample *s, int64_t centre, int64_t at)
{
    double d[3], shortest[3], s_steps[3];
    vec_sub(s->x[at], s->x[centre], d);
    memcpy(shortest, d, sizeof d);
    cell_min_image(&s->cell, shortest);
    vec_sub(shortest, d, d);
    cell_to_fractional(&s->cell, d, s_steps);
    for (int k = 0; k < 3; k++)
        vec_axpy(rint(s_steps[k]), s->cell.h[k], s->x[at]);
}

/* The canonical order: Mg, then B with its H, ascending old index. */
static void order_atoms(const Sample *from, const Bonds *bonds, Sample *to)
{
    int64_t at = 0, ion = 0;
    for (int64_t i = 0; i < from->n; i++)
        if (is_element(from, i, "Mg")) {
            to->ion_kind[ion] = ION_MG;
            to->ion_first[ion++] = at;
            take_atom(from, i, to, at++);
        }
    for (int64_t i = 0; i < from->n; i++)
        if (is_element(from, i, "B")) {
            int64_t centre = at;
            to->ion_kind[ion] = ION_BH4;
            to->ion_first[ion++] = at;
            take_atom(from, i, to, at++);
            for (int k = 0; k < HYDROGENS; k++) {
                take_atom(from, bonds->hydrogen[i][k], to, at);
                make_whole(to, centre, at++);
            }
        }
    to->ion_first[ion] = at;
}

Err sample_recognise(Sample *s)
{
    Bonds bonds = {.hydrogen = mem_new((size_t)s->n, sizeof *bonds.hydrogen),
                   .count = MEM_NEW(int, s->n)};
    Err e = find_bonds(s, &bonds);
    if (e == OK) {
        Sample ordered;
        sample_init(&ordered, &s->cell, s->n);
        ordered.nspecies = s->nspecies;
        memcpy(ordered.species, s->species, sizeof ordered.species);
        for (int64_t i = 0; i < s->n; i++)
            ordered.nion += is_element(s, i, "Mg") || is_element(s, i, "B");
        ordered.ion_first = MEM_NEW(int64_t, ordered.nion + 1);
        ordered.ion_kind = MEM_NEW(IonKind, ordered.nion);
        order_atoms(s, &bonds, &ordered);
        sample_clear(s);
        *s = ordered;
    }
    free(bonds.hydrogen);
    free(bonds.count);
    return e;
}

void sample_count(const Sample *s, int64_t count[ION_KINDS])
{
    for (int k = 0; k < ION_KINDS; k++)
        count[k] = 0;
    for (int64_t m = 0; m < s->nion; m++)
        count[s->ion_kind[m]]++;
}

double sample_longest_bond(const Sample *s)
{
    double longest = 0.0;
    for (int64_t m = 0; m < s->nion; m++)
        for (int64_t i = s->ion_first[m] + 1; i < s->ion_first[m + 1]; i++) {
            double d[3];
            vec_sub(s->x[i], s->x[s->ion_first[m]], d);
            longest = fmax(longest, vec_norm(d));
        }
    return longest;
}

/* Ion centres within the cut-off, Mg counted for BH4 and the other way round. */
typedef struct Shell {
    const Sample *s;
    int64_t self;
    int count;
} Shell;

static void count_other_kind(void *data, int64_t j, const double d[3], double r2)
{
    Shell *shell = data;
    (void)d;
    (void)r2;
    if (shell->s->ion_kind[j] != shell->s->ion_kind[shell->self])
        shell->count++;
}

void sample_coordination(const Sample *s, double cutoff, int64_t histogram[9],
                         int64_t mg_per_bh4[9])
{
    double(*centre)[3] = mem_new((size_t)s->nion, sizeof *centre);
    for (int64_t m = 0; m < s->nion; m++)
        memcpy(centre[m], s->x[s->ion_first[m]], sizeof centre[m]);
    Near *near = near_new(&s->cell, s->nion, (const double(*)[3])centre, cutoff);
    for (int k = 0; k < 9; k++)
        histogram[k] = mg_per_bh4[k] = 0;
    for (int64_t m = 0; m < s->nion; m++) {
        Shell shell = {.s = s, .self = m};
        near_visit(near, centre[m], count_other_kind, &shell);
        int n = shell.count > 8 ? 8 : shell.count;
        (s->ion_kind[m] == ION_MG ? histogram : mg_per_bh4)[n]++;
    }
    near_free(near);
    free(centre);
}
