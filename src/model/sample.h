/* sample.h -- the whole sample: box, atoms, and the ions they form. Every rank may hold a copy.
 *
 * Canonical order, made by sample_recognise(): all Mg ions first, then all BH4 ions; the atoms of an ion
 * stand together, B before its four H (ascending old index). Positions are unwrapped and an ion is never
 * torn by a box face: |r_H - r_B| is the bond length. The index of an atom in this order is its global id
 * for good, the index of an ion its ion id.
 */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

#include "model/cell.h"
#include "model/species.h"

#include <stdint.h>

typedef enum IonKind { ION_MG = 0, ION_BH4 = 1, ION_KINDS = 2 } IonKind;

enum { SAMPLE_MAX_SPECIES = 8 };

typedef struct Sample {
    Cell cell;
    int nspecies;
    const Species *species[SAMPLE_MAX_SPECIES];
    int64_t n;          /* atoms */
    int32_t *kind;      /* [n] index into species */
    double (*x)[3];     /* [n][3] A, unwrapped */
    double (*v)[3];     /* [n][3] A / internal time; all zero if not known */
    int64_t nion;       /* 0 until sample_recognise */
    int64_t *ion_first; /* [nion + 1] */
    IonKind *ion_kind;  /* [nion] */
    int64_t *source;    /* [n] index of the atom in the file it came from; identity if unknown */
} Sample;

/* Room for n atoms, all zero. Free the insides with sample_clear. Local. */
void sample_init(Sample *s, const Cell *cell, int64_t n);
void sample_clear(Sample *s);
void sample_copy(Sample *to, const Sample *from);

/* Atoms by symbol. ERR_INPUT for an unknown element (names it and the known ones), NaN coordinates (names the
 * atom, 1-based), or two atoms closer than 0.5 A (names both and their distance). Local.
 *   symbols [n], x [n][3] A */
Err sample_from_atoms(Sample *s, const Cell *cell, int64_t n, const char *const symbols[],
                      const double (*x)[3]) MUST_USE;

/* Find Mg and BH4 ions by topology (H bonded to the nearest B, within 0.75..1.6 A, exactly four each), reorder,
 * make ions whole. ERR_INPUT if an H has no B, a B has not four H, or an atom is neither. Local (ions.c). */
Err sample_recognise(Sample *s) MUST_USE;

/* Replace isotopes: every atom of `element` becomes `symbol` ("D", "11B"). ERR_INPUT if it does not fit. Local. */
Err sample_set_isotope(Sample *s, const char *element, const char *symbol) MUST_USE;

/* k[0] x k[1] x k[2] copies; ions stay recognised. Local. */
void sample_supercell(const Sample *unit, const int k[3], Sample *out);

/* Sum of masses [u]; density [g/cm3]; sum of a property over atoms is the caller's. Local. */
double sample_mass(const Sample *s);
double sample_density(const Sample *s);

/* Atoms per formula unit check: number of Mg and BH4 ions. Local. */
void sample_count(const Sample *s, int64_t count[ION_KINDS]);

/* Is every BH4 whole? Largest |r_H - r_B| over all [A]; intact while below 1.6. Local. */
double sample_longest_bond(const Sample *s);

/* Coordination numbers, terminal BH4 (exactly one Mg within `cutoff` of its B), by cell search. Local.
 *   cutoff      Mg-B [A], usually 3.2
 *   histogram   [9] number of Mg with 0..8 BH4 neighbours
 *   mg_per_bh4  [9] number of BH4 with 0..8 Mg neighbours */
void sample_coordination(const Sample *s, double cutoff, int64_t histogram[9],
                         int64_t mg_per_bh4[9]);

#endif
