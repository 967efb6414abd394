/* gamma.h -- gamma-Mg(BH4)2 from its asymmetric unit, for tests: 264 atoms, Ia-3d, a = 15.7575 A.
 *
 * B and H: PBE-D3 relaxation of the crystal with Mg on 24d (see
 * inputs/structures/gamma_MgBH42_dft.cif).
 */
#ifndef TESTS_GAMMA_H
#define TESTS_GAMMA_H

#include "check.h"

#include "model/sample.h"
#include "model/symmetry.h"

#include <stdlib.h>
#include <string.h>

static const char *const GAMMA_SYMBOL[] = {"Mg", "B", "H", "H"};
static const double GAMMA_SITE[][3] = {
    {0.375, 0.0, 0.25},
    {0.125, 0.31256, -0.06256},
    {0.119346, 0.302283, -0.139096},
    {0.184860, 0.268686, -0.039928},
};

/* Atoms in the order of the orbits, not yet recognised. */
static inline void gamma_atoms(Sample *s)
{
    const double lengths[3] = {15.7575, 15.7575, 15.7575}, angles[3] = {90.0, 90.0, 90.0};
    Cell cell;
    SymmetryOperations ops;
    const char *symbols[400];
    double x[400][3];
    int64_t n = 0;
    assert_ok(cell_init_lengths(&cell, lengths, angles));
    assert_ok(symmetry_of_group(230, &ops));
    for (int site = 0; site < 4; site++) {
        int images;
        double(*orbit)[3] = symmetry_orbit(&ops, &cell, GAMMA_SITE[site], 0.05, &images);
        assert_true(n + images <= 400);
        for (int i = 0; i < images; i++) {
            symbols[n] = GAMMA_SYMBOL[site];
            cell_to_cartesian(&cell, orbit[i], x[n++]);
        }
        free(orbit);
    }
    symmetry_clear(&ops);
    assert_ok(sample_from_atoms(s, &cell, n, symbols, (const double(*)[3])x));
}

/* The same, recognised: 24 Mg, then 48 BH4. */
static inline void gamma_sample(Sample *s)
{
    gamma_atoms(s);
    assert_ok(sample_recognise(s));
}

#endif
