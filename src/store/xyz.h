/* xyz.h -- extended XYZ: frames of atoms with box, energy, forces, stress. Knows no physics.
 *
 * One frame is: number of atoms; a line of key=value pairs; one line per atom. Known keys:
 *   Lattice="ax ay az bx by bz cx cy cz" [A], needed; pbc must be "T T T" if given
 *   Properties=species:S:1:pos:R:3:forces:R:3 ...  (default species:S:1:pos:R:3); columns known are
 *     species, pos [A], forces or force [eV/A], velo, vel or velocities [A/fs]; others are passed
 * over energy [eV], stress [eV/A^3, tension positive, nine numbers row by row], virial [eV, = -V
 * stress] Other keys are kept as text. All functions are Local.
 */
#ifndef STORE_XYZ_H
#define STORE_XYZ_H

#include "base/err.h"
#include "store/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct XyzInfo {
    char *key, *value;
} XyzInfo;

typedef struct XyzFrame {
    int64_t n;
    double lattice[3][3]; /* A, rows */
    char (*symbol)[8];    /* [n] */
    double (*x)[3];       /* [n][3] A */
    double (*v)[3];       /* [n][3] A/fs, NULL if absent */
    double (*force)[3];   /* [n][3] eV/A, NULL if absent */
    bool has_energy, has_stress, has_virial;
    double energy;       /* eV */
    double stress[3][3]; /* eV/A^3 */
    double virial[3][3]; /* eV */
    size_t ninfo;
    XyzInfo *info; /* other keys, in file order; "" for a key without value */
    size_t line;   /* in the file, of the number of atoms */
} XyzFrame;

/* All frames of a file. ERR_INPUT "name:line: ..." for wrong counts, NaN, a missing Lattice, a file
 * that ends early. *frames is new; free with xyz_free. */
Err xyz_parse(const char *name, const char *bytes, size_t n, XyzFrame **frames,
              size_t *nframes) MUST_USE;

/* Room for n atoms, all zero; with velocities or forces as told. Free with xyz_frame_clear. */
void xyz_frame_init(XyzFrame *f, int64_t n, bool velocities, bool forces);
void xyz_frame_clear(XyzFrame *f);
void xyz_free(XyzFrame *frames, size_t nframes);

/* Value of a free key, NULL if absent. */
const char *xyz_info(const XyzFrame *f, const char *key);
void xyz_set_info(XyzFrame *f, const char *key, const char *value);

/* One frame as text; all frames to a file (ERR_FILE). Positions have 10 decimals. */
void xyz_format(const XyzFrame *f, TextBuffer *b);
Err xyz_write(const char *path, size_t nframes, const XyzFrame frames[]) MUST_USE;

#endif
