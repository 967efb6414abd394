/* barriers_options.h -- the keys of a stage of kind `barriers`, and the list of moves that they ask for. */
#ifndef APP_BARRIERS_OPTIONS_H
#define APP_BARRIERS_OPTIONS_H

#include "app/neb_path.h"
#include "app/stage.h"

typedef struct BarriersOptions {
    StageHead head;
    char *cell, *potential;
    ConfigTexts rotations; /* link, across, bond */
    int64_t rotors;        /* BH4 taken at random; 0: all */
    bool inequivalent;
    int64_t void_hops;
    double clearance, apart, reach; /* A */
    const ConfigNode *moves;
    bool structures;
    NebPathOptions path;
} BarriersOptions;

enum { BARRIERS_OPTIONS_NFIELDS = 13 + NEB_PATH_NFIELDS };

extern const ConfigField barriers_options_fields[BARRIERS_OPTIONS_NFIELDS];

/* What is put together in the distributions. */
typedef enum BarriersGroup {
    BARRIERS_LINK = 0,
    BARRIERS_ACROSS,
    BARRIERS_BOND,
    BARRIERS_HOP,
    BARRIERS_VACANCY,
    BARRIERS_GROUPS
} BarriersGroup;
const char *barriers_group_name(BarriersGroup g);

typedef struct BarriersMove {
    NebMove move;
    const ConfigNode *node; /* NULL: not from a list in the study */
    BarriersGroup group;
    int64_t multiplicity; /* how many equivalent moves it stands for */
} BarriersMove;

/* All moves, before equivalent ones are left out: rotations of the chosen BH4, hops of Mg (in an order drawn with `seed`) to the nearest
 * void within reach, then those of the list. ERR_INPUT for wrong ones. *list is new; free with barriers_moves_clear, also after an
 * error. Local, pure. */
Err barriers_moves(const BarriersOptions *o, const ConfigNode *stage, const Sample *s,
                   uint64_t seed, size_t *n, BarriersMove **list) MUST_USE;
void barriers_moves_clear(size_t n, BarriersMove *list);

#endif
