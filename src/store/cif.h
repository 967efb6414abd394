/* cif.h -- crystal structures in CIF 1.1: cell, symmetry operations, atom sites. Knows no physics.
 *
 * S. R. Hall, F. H. Allen, I. D. Brown, Acta Cryst. A47, 655 (1991), doi 10.1107/S010876739101067X.
 * Read: the first data block that has atom sites; values with esd "15.7575(3)"; loops, quotes, text
 * fields, comments; tags in any case. Refused: partly occupied sites. All functions are Local.
 */
#ifndef STORE_CIF_H
#define STORE_CIF_H

#include "base/err.h"

#include <stddef.h>

typedef struct CifSite {
    char label[32]; /* "H1" */
    char symbol[8]; /* "H", "D", "11B": type symbol without charge, else the letters of the label */
    double s[3];    /* fractional */
    size_t line;    /* in the file */
} CifSite;

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
} Cif;

/* `name` stands for the file in messages. ERR_INPUT "name:line: tag: ...". Free with cif_clear. */
Err cif_parse(const char *name, const char *bytes, size_t n, Cif *cif) MUST_USE;
void cif_clear(Cif *cif);

/* Symmetry operation "-y+1/2, x, z+0.25". ERR_INPUT without file and line. */
Err cif_operation(const char *text, int rotation[3][3], double translation[3]) MUST_USE;

/* Write in P1: lengths, angles and sites are used. `comment` may be NULL or several lines.
 * ERR_FILE. */
Err cif_write(const char *path, const char *comment, const Cif *cif) MUST_USE;

#endif
