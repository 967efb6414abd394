/* crystals.h -- small crystals for tests of G(r). */
#ifndef TESTS_CRYSTALS_H
#define TESTS_CRYSTALS_H

#include "check.h"

#include "analysis/crystal_pdf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Species crystals_na = {.symbol = "Na", .element = "Na", .z = 11, .b_coh = 3.63};
static const Species crystals_cl = {.symbol = "Cl", .element = "Cl", .z = 17, .b_coh = 9.577};

static inline Crystal crystals_b1(double a, const Species *one, const Species *other, double u1,
                                  double u2)
{
    Crystal c;
    Cell cell;
    SymmetryOperations ops;
    const CrystalSite site[2] = {
        {.label = "A", .species = one, .occupancy = 1, .uiso = u1},
        {.label = "B", .species = other, .s = {0.5, 0.5, 0.5}, .occupancy = 1, .uiso = u2}};
    assert_ok(cell_init_lengths(&cell, (double[3]){a, a, a}, (double[3]){90, 90, 90}));
    assert_ok(symmetry_of_group(225, &ops));
    assert_ok(crystal_init(&c, &cell, &ops, 2, site));
    symmetry_clear(&ops);
    return c;
}

/* NaCl as PDFfit2 sees it */
static inline Crystal crystals_rock_salt(double a, double u_na, double u_cl)
{
    return crystals_b1(a, &crystals_na, &crystals_cl, u_na, u_cl);
}

/* Mg and B in the structure of rock salt: species whose form factors are known */
static inline Crystal crystals_hydride(double a, double u1, double u2)
{
    return crystals_b1(a, species_find("Mg"), species_find("B"), u1, u2);
}

/* gamma-Mg(BH4)2; `group` as crystal_from_cif takes it */
static inline Crystal crystals_gamma(const char *group)
{
    const char *path = PW_SOURCE_DIR "/inputs/structures/gamma_MgBH42_dft.cif";
    static char bytes[65536];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    Crystal c;
    assert_ok(crystal_from_cif("gamma.cif", bytes, n, group, &c));
    return c;
}

static inline void crystals_g(const Crystal *c, const CrystalPdfOptions *o,
                              const CrystalPdfShape *shape, size_t n, const double r[], double g[])
{
    CrystalPdf *pdf;
    CrystalAtoms atoms;
    crystal_atoms_init(&atoms, c->natom);
    crystal_place(c, &atoms);
    assert_ok(crystal_pdf_new(c, o, n, r, &pdf));
    assert_ok(crystal_pdf_compute(pdf, c, &atoms, shape, 0, NULL, g, NULL));
    crystal_pdf_free(pdf);
    crystal_atoms_clear(&atoms);
}

#endif
