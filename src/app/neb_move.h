/* neb_move.h -- what moves on a path, the end points, and the first guess of the way between them.
 *
 * Ions are counted from 1 among their kind, in canonical order (model/sample.h). All functions are Local.
 */
#ifndef APP_NEB_MOVE_H
#define APP_NEB_MOVE_H

#include "dynamics/neb.h"
#include "dynamics/rotor_lock.h"
#include "store/config.h"

typedef enum NebMoveKind {
    NEB_ROTATION = 0, /* one BH4 turns */
    NEB_HOP =
        1, /* one Mg goes to an empty place and leaves its own empty: neutral (a Frenkel pair) */
    NEB_VACANCY =
        2,       /* one Mg goes to the site of another that is taken out, with two BH4 far away */
    NEB_ENDS = 3 /* from one structure file to another */
} NebMoveKind;

typedef enum NebAxis { NEB_LINK = 0, NEB_ACROSS = 1, NEB_BOND = 2 } NebAxis;

typedef struct NebMove {
    int kind; /* NebMoveKind */
    int64_t ion;
    int axis; /* link: the C2 axis nearest the line through the two nearest Mg; across: the other C2 axes, the one nearer that line
                 first; bond: the B-H bonds in the order of the H */
    int64_t number;  /* which of the 2 across, of the 4 bonds */
    double angle;    /* [degrees] NaN: 180 about C2, 120 about a bond */
    ConfigList to;   /* hop: fractional */
    int64_t into;    /* vacancy: the Mg that is taken out */
    ConfigTexts out; /* vacancy: BH4 that are taken out; none: the two farthest away */
    char *final;     /* ends: file */
} NebMove;

enum { NEB_MOVE_NFIELDS = 9 };
extern const ConfigField neb_move_fields[NEB_MOVE_NFIELDS];

/* Read a mapping. ERR_INPUT also for keys that do not belong to the kind, or lack. Free with config_clear. */
Err neb_move_read(const ConfigNode *node, NebMove *m) MUST_USE;

/* Angle of a rotation [degrees]. */
double neb_move_angle(const NebMove *m);

/* "BH4 7 C2 across 2 by 180 degrees": new string. */
char *neb_move_label(const NebMove *m);

/* The sample in which the move is made (vacancy: with ions taken out), and the index of the ion that moves, -1 for ends. ERR_INPUT for
 * ions that do not exist; messages name the key, `node` is the move's mapping or NULL. */
Err neb_move_first(const NebMove *m, const ConfigNode *node, const Sample *s, Sample *first,
                   int64_t *ion) MUST_USE;

/* The other end point [natoms][3], not relaxed, from the relaxed first one. `original`: the sample before ions were taken out;
 * `final`: of kind ends, else NULL. *relabelled: the turn puts each H where another one is; then `last` is exactly `first` with H
 * changed, and as good a minimum. turn [rad] rotation vector of the moving ion, 0 if it does not turn. ERR_INPUT if nothing moves.
 */
Err neb_move_last(const NebMove *m, const ConfigNode *node, const Sample *original,
                  const Sample *first, int64_t ion, const Sample *final, double last[],
                  double turn[3], bool *relabelled) MUST_USE;

/* Inner images between the band's ends: Mg and B on straight lines, BH4 turning steadily about the axis that takes one orientation
 * to the other, bonds between those of the ends. `turn` says which way the moving ion goes round. Then every atom is moved
 * by a random vector of length ~ shake [A] (largest half way), without what `lock` forbids (NULL: nothing), so that a band on a mirror
 * plane can leave it. */
void neb_move_band(const Sample *s, int64_t ion, const double turn[3], double shake, uint64_t seed,
                   const RotorLock *lock, NebBand *b);

/* Largest distance of an atom between two structures [natoms][3], A. */
double neb_move_distance(int64_t natoms, const double a[], const double b[]);

#endif
