/* cif.h -- crystal structures in CIF 1.1: cell, symmetry operations, atom sites. Knows no physics.
 *
 * S. R. Hall, F. H. Allen, I. D. Brown, Acta Cryst. A47, 655 (1991), doi 10.1107/S010876739101067X.
 * Read: the first data block that has atom sites; values with esd "15.7575(3)"; loops, quotes, text
 * fields, comments; tags in any case; occupancies and displacement parameters (U, or B = 8 pi^2 U of isotropic ones) of
 * sites. All functions are Local.
 */
#ifndef STORE_CIF_H
#define STORE_CIF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct CifSite {
    char label[32]; /* "H1" */
    char symbol[8]; /* "H", "D", "11B": type symbol without charge, else the letters of the label */
    double s[3];    /* fractional */
    size_t line;    /* in the file */
    double occupancy;
    double uiso; /* [A^2] isotropic, or the equivalent of u */
    bool anisotropic;
    double u[6]; /* [A^2] U11 U22 U33 U12 U13 U23; uiso and u are 0 where the file has none */
} CifSite;

typedef struct CifTensor { /* of the site with this label */
    char label[32];
    size_t line;
    double u[6];
} CifTensor;

typedef struct Cif {
    double lengths[3];   /* A */
    double angles[3];    /* degrees */
    int group;           /* space group number, 0 if not given */
    char group_name[32]; /* Hermann-Mauguin, "" if not given */
    size_t nop;          /* 0 if no operations are listed */
    int (*rotation)[3][3];
    double (*translation)[3]; /* s' = rotation s + translation */
    size_t nsite;
    CifSite *site;
    size_t ntensor; /* as listed; cif_parse puts them into the sites */
    CifTensor *tensor;
} Cif;

/* `name` stands for the file in messages. ERR_INPUT "name:line: tag: ...". Free with cif_clear. */
Err cif_parse(const char *name, const char *bytes, size_t n, Cif *cif) MUST_USE;
void cif_clear(Cif *cif);

/* ERR_INPUT "name:line: ..." if a site is partly occupied. */
Err cif_check_ordered(const char *name, const Cif *cif) MUST_USE;

/* Symmetry operation "-y+1/2, x, z+0.25". ERR_INPUT without file and line. */
Err cif_operation(const char *text, int rotation[3][3], double translation[3]) MUST_USE;

/* Write in P1: lengths, angles and sites are used. `comment` may be NULL or several lines.
 * ERR_FILE. */
Err cif_write(const char *path, const char *comment, const Cif *cif) MUST_USE;

#endif
