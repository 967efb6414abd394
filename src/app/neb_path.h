/* neb_path.h -- one path over one barrier, with BH4 free to turn and with all others locked.
 *
 * The first end point is relaxed with all free. Free: the other end and the band too. Locked: all BH4 but one that the move itself
 * turns keep the orientation that they have in the first end point, at the other end and all along; they move and breathe. The
 * difference of the two barriers is the static coupling of BH4 orientations to the move.
 */
#ifndef APP_NEB_PATH_H
#define APP_NEB_PATH_H

#include "app/neb_move.h"
#include "app/neb_prefactor.h"
#include "dynamics/neb_pieces.h"

typedef enum NebLock { NEB_LOCK_NONE = 0, NEB_LOCK_ROTORS = 1, NEB_LOCK_BOTH = 2 } NebLock;

typedef struct NebPathOptions {
    int64_t images; /* both ends count */
    double spring, fmax, climb_below;
    bool climb;
    int64_t max_steps;
    double relax_force; /* of the end points */
    int64_t relax_steps;
    int lock; /* NebLock */
    bool prefactor;
    double radius,
        step;     /* [A] of the moving atoms around the moving ion, 0: all; of the differences */
    double shake; /* [A] */
    double cutoff, accuracy;
} NebPathOptions;

/* Keys of these options, for the table of an options struct `type` that has them as member `path`. */
enum { NEB_PATH_NFIELDS = 15 };
#define NEB_PATH_FIELDS(type)                                                                      \
    {.key = "images",                                                                              \
     .kind = CONFIG_INTEGER,                                                                       \
     .fallback = "9",                                                                              \
     .low = 3,                                                                                     \
     .high = 99,                                                                                   \
     .offset = offsetof(type, path.images),                                                        \
     .help = "of the band, both ends counted; where it leads over a minimum, of each piece"},      \
        {.key = "spring",                                                                          \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "eV/A^2",                                                                         \
         .fallback = "5 eV/A^2",                                                                   \
         .low = 1e-6,                                                                              \
         .high = 1e6,                                                                              \
         .offset = offsetof(type, path.spring),                                                    \
         .help = "between images"},                                                                \
        {.key = "fmax",                                                                            \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "eV/A",                                                                           \
         .fallback = "0.002 eV/A",                                                                 \
         .low = 1e-9,                                                                              \
         .high = 10,                                                                               \
         .offset = offsetof(type, path.fmax),                                                      \
         .help = "largest force of the band when done"},                                           \
        {.key = "climb",                                                                           \
         .kind = CONFIG_BOOLEAN,                                                                   \
         .fallback = "true",                                                                       \
         .offset = offsetof(type, path.climb),                                                     \
         .help = "the highest image climbs to the saddle"},                                        \
        {.key = "climb_below",                                                                     \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "eV/A",                                                                           \
         .fallback = "0.1 eV/A",                                                                   \
         .low = 1e-9,                                                                              \
         .high = 100,                                                                              \
         .offset = offsetof(type, path.climb_below),                                               \
         .help = "largest force of the band from which on it climbs"},                             \
        {.key = "max_steps",                                                                       \
         .kind = CONFIG_INTEGER,                                                                   \
         .fallback = "4000",                                                                       \
         .low = 1,                                                                                 \
         .high = 1e7,                                                                              \
         .offset = offsetof(type, path.max_steps),                                                 \
         .help = "of a band, at most"},                                                            \
        {.key = "relax_force",                                                                     \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "eV/A",                                                                           \
         .fallback = "0.001 eV/A",                                                                 \
         .low = 1e-9,                                                                              \
         .high = 10,                                                                               \
         .offset = offsetof(type, path.relax_force),                                               \
         .help = "largest force of the end points"},                                               \
        {.key = "relax_steps",                                                                     \
         .kind = CONFIG_INTEGER,                                                                   \
         .fallback = "5000",                                                                       \
         .low = 1,                                                                                 \
         .high = 1e7,                                                                              \
         .offset = offsetof(type, path.relax_steps),                                               \
         .help = "of an end point, at most"},                                                      \
        {.key = "lock",                                                                            \
         .kind = CONFIG_CHOICE,                                                                    \
         .choices = "none|rotors|both",                                                            \
         .fallback = "both",                                                                       \
         .offset = offsetof(type, path.lock),                                                      \
         .help = "all free, all BH4 locked that the move does not turn itself, or one after the "  \
                 "other"},                                                                         \
        {.key = "prefactor",                                                                       \
         .kind = CONFIG_BOOLEAN,                                                                   \
         .fallback = "true",                                                                       \
         .offset = offsetof(type, path.prefactor),                                                 \
         .help =                                                                                   \
             "attempt frequency by Vineyard's ratio of modes; costs 12 forces per moving atom"},   \
        {.key = "prefactor_radius",                                                                \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "A",                                                                              \
         .fallback = "0 A",                                                                        \
         .low = 0,                                                                                 \
         .high = 1e3,                                                                              \
         .offset = offsetof(type, path.radius),                                                    \
         .help = "only ions so near to where the moving one starts or tops vibrate; 0 A: all"},    \
        {.key = "difference_step",                                                                 \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "A",                                                                              \
         .fallback = "0.01 A",                                                                     \
         .low = 1e-6,                                                                              \
         .high = 0.2,                                                                              \
         .offset = offsetof(type, path.step),                                                      \
         .help = "of second derivatives"},                                                         \
        {.key = "shake",                                                                           \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "A",                                                                              \
         .fallback = "0.02 A",                                                                     \
         .low = 0,                                                                                 \
         .high = 0.5,                                                                              \
         .offset = offsetof(type, path.shake),                                                     \
         .help = "random displacement of the first guess, so that it can leave a mirror plane"},   \
        {.key = "cutoff",                                                                          \
         .kind = CONFIG_QUANTITY,                                                                  \
         .unit = "A",                                                                              \
         .fallback = "7.5 A",                                                                      \
         .low = 2,                                                                                 \
         .high = 50,                                                                               \
         .offset = offsetof(type, path.cutoff),                                                    \
         .help = "of pair terms and real-space Coulomb"},                                          \
    {                                                                                              \
        .key = "force_error", .kind = CONFIG_QUANTITY, .unit = "eV/A", .fallback = "1e-4 eV/A",    \
        .low = 1e-9, .high = 1, .offset = offsetof(type, path.accuracy),                           \
        .help = "rms error of Coulomb forces"                                                      \
    }

/* How a way ended. */
typedef enum NebStatus {
    NEB_NOT_DONE = 0,
    NEB_CONVERGED,
    NEB_NOT_CONVERGED,    /* max_steps: numbers are what the band had then */
    NEB_ENDS_NOT_RELAXED, /* relax_steps: no band was made */
    NEB_ENDS_EQUAL,       /* the other end relaxed back into the first */
    NEB_CAME_BACK,        /* the Mg that should hop relaxed back to its site, others moved */
    NEB_NO_SADDLE,        /* no image between the ends is higher than both */
    NEB_FAILED            /* energies or forces not finite */
} NebStatus;

typedef struct NebWay {
    NebStatus status;
    NebBand band; /* room only if there is a band; of all pieces */
    NebResult result;
    NebPieces pieces;
    double *s;            /* [images] A, length along the path */
    double *turn;         /* [images][nbh4] rad, of each BH4 from its orientation in image 0 */
    double barrier, back; /* [eV] top above the first and the last image; NaN if there is none */
    double difference;    /* [eV] last above first */
    int minima;           /* images between the ends that are 1 meV lower than both neighbours */
    int64_t most_turned;  /* BH4 (from 0) that turns most besides the moving one, */
    double largest_turn;  /* [rad] and how much */
    NebModes at_first, at_last, at_saddle;
    double prefactor, prefactor_back; /* [1/s] NaN if there is none */
    int steps_first, steps_last;      /* of the end points */
} NebWay;

typedef struct NebPath {
    const NebPathOptions *options;
    Sample sample;      /* with the first end point's positions, relaxed if that was asked for */
    int64_t ion;        /* that moves, or -1 */
    bool relabelled;    /* the last end is the first with H changed */
    int64_t nbh4, *bh4; /* [nbh4] index of B */
    NebWay way[2];      /* free, locked; status NEB_NOT_DONE if not asked for */
    double lock_difference; /* [eV] barrier locked - free; NaN if there is none */
    int64_t calls;          /* of the force field, all ranks */
} NebPath;

/* Name of a status, as it stands in files. Local. */
const char *neb_status_name(NebStatus s);

/* Walk it. `node` is the move's mapping (for messages); `final` the other structure of kind ends, or NULL. A path that does not
 * come out right is no error but a status. ERR_INPUT for moves that cannot be made. Collective. Free with neb_path_clear, also after
 * an error. */
Err neb_path_run(const Comm *c, const NebPathOptions *o, const NebMove *m, const ConfigNode *node,
                 const Sample *s, const Sample *final, const FfParameters *p, uint64_t seed,
                 bool talks, NebPath *out) MUST_USE;
void neb_path_clear(NebPath *p);

/* Options of the force field for these. ERR_INPUT (config_error with `node`) if the cell is too narrow for the cut-off. Local. */
Err neb_path_force(const NebPathOptions *o, const ConfigNode *node, const Sample *s,
                   FfOptions *out) MUST_USE;

#endif
