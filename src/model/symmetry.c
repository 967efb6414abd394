#include "model/symmetry.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <spglib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HALL_SETTINGS = 530, OPERATIONS_MAX = 192 };

/* Operations of one of the 530 Hall settings. */
static void operations_of(int hall, SymmetryOperations *ops)
{
    ops->rotation = mem_new(OPERATIONS_MAX, sizeof *ops->rotation);
    ops->translation = mem_new(OPERATIONS_MAX, sizeof *ops->translation);
    ops->n = spg_get_symmetry_from_database(ops->rotation, ops->translation, hall);
    CHECK(ops->n > 0, "spglib has no operations of Hall setting %d", hall);
}

Err symmetry_of_group(int number, SymmetryOperations *ops)
{
    if (number < 1 || number > 230)
        return err_set(ERR_INPUT, "space group number %d, allowed are 1 to 230", number);
    int hall = 1;
    while (hall <= HALL_SETTINGS && spg_get_spacegroup_type(hall).number != number)
        hall++;
    CHECK(hall <= HALL_SETTINGS, "spglib knows no setting of group %d", number);
    operations_of(hall, ops);
    return OK;
}

static bool same_name(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, " _");
        b += strspn(b, " _");
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

Err symmetry_of_name(const char *name, SymmetryOperations *ops)
{
    for (int full = 1; full >= 0; full--)
        for (int hall = 1; hall <= HALL_SETTINGS; hall++) {
            SpglibSpacegroupType type = spg_get_spacegroup_type(hall);
            if (same_name(name, full ? type.international_full : type.international_short)) {
                operations_of(hall, ops);
                return OK;
            }
        }
    return err_set(ERR_INPUT,
                   "space group '%s' is not known under this name; full or short Hermann-Mauguin "
                   "names such as 'I a -3 d' are",
                   name);
}

void symmetry_clear(SymmetryOperations *ops)
{
    free(ops->rotation);
    free(ops->translation);
    *ops = (SymmetryOperations){0};
}

/* r = R s + t, put into [0,1); a hair below 1 counts as 0, so that special positions look alike. */
static void image_of(const SymmetryOperations *ops, int op, const double s[3], double r[3])
{
    for (int i = 0; i < 3; i++) {
        r[i] = ops->translation[op][i];
        for (int k = 0; k < 3; k++)
            r[i] += ops->rotation[op][i][k] * s[k];
        r[i] -= floor(r[i]);
        if (r[i] > 1.0 - 1e-10)
            r[i] = 0.0;
    }
}

static bool same_place(const Cell *cell, const double a[3], const double b[3], double tolerance)
{
    double s[3], d[3];
    vec_sub(a, b, s);
    cell_to_cartesian(cell, s, d);
    cell_min_image(cell, d);
    return vec_norm(d) < tolerance;
}

double (*symmetry_orbit(const SymmetryOperations *ops, const Cell *cell, const double s[3],
                        double tolerance, int *n))[3]
{
    double(*orbit)[3] = mem_new((size_t)ops->n, sizeof *orbit);
    *n = 0;
    for (int op = 0; op < ops->n; op++) {
        double r[3];
        image_of(ops, op, s, r);
        bool known = false;
        for (int i = 0; i < *n && !known; i++)
            known = same_place(cell, r, orbit[i], tolerance);
        if (!known)
            memcpy(orbit[(*n)++], r, sizeof r);
    }
    return orbit;
}

SymmetryGroup symmetry_find(const Cell *cell, int64_t n, const double (*s)[3], const int kinds[],
                            double symprec)
{
    SymmetryGroup group = {0};
    double columns[3][3]; /* spglib wants lattice vectors as columns */
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            columns[i][k] = cell->h[k][i];
    double(*position)[3] = mem_new((size_t)n, sizeof *position);
    memcpy(position, s, (size_t)n * sizeof *position);
    SpglibDataset *found = spg_get_dataset(columns, position, kinds, (int)n, symprec);
    if (found != NULL) {
        group.number = found->spacegroup_number;
        snprintf(group.symbol, sizeof group.symbol, "%s", found->international_symbol);
        snprintf(group.hall, sizeof group.hall, "%s", found->hall_symbol);
        spg_free_dataset(found);
    }
    free(position);
    return group;
}
