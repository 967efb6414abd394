#include "app/barriers_options.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/vec.h"
#include "lattice/network_build.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(BarriersOptions, member)
const ConfigField barriers_options_fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "cell",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(cell),
     .help = "stage that left the sample (cell, md or mc); it is relaxed first, at its lattice"},
    {.key = "potential",
     .kind = CONFIG_TEXT,
     .unit = "file",
     AT(potential),
     .help = "force field file"},
    {.key = "rotations",
     .kind = CONFIG_TEXTS,
     .fallback = "",
     AT(rotations),
     .help = "[link, across, bond]: C2 by 180 degrees along the link, both C2 across it, C3 by 120 "
             "degrees "
             "about all four bonds"},
    {.key = "rotors",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 1e9,
     AT(rotors),
     .help = "so many BH4, taken at random, turn; 0: all"},
    {.key = "inequivalent",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     AT(inequivalent),
     .help = "one of several rotations whose rigid energies at a fifth, the half and four fifths "
             "of the way agree "
             "within 1 meV (before the sample is relaxed), counted as many times as there are"},
    {.key = "void_hops",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 1e9,
     AT(void_hops),
     .help = "so many Mg, taken at random, hop to the nearest void"},
    {.key = "void_clearance",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "1.8 A",
     .low = 0.8,
     .high = 10,
     AT(clearance),
     .help = "least distance of a void from any atom"},
    {.key = "void_apart",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "1.5 A",
     .low = 0.1,
     .high = 10,
     AT(apart),
     .help = "least distance between two voids"},
    {.key = "void_reach",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "5 A",
     .low = 1,
     .high = 50,
     AT(reach),
     .help = "of a hop to a void, at most"},
    {.key = "moves",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(moves),
     .help = "[{kind, ion, ...}] further moves one by one; `explain neb` lists their keys"},
    {.key = "structures",
     .kind = CONFIG_BOOLEAN,
     .fallback = "true",
     AT(structures),
     .help = "keep positions and forces of all images in paths/*.h5"},
    NEB_PATH_FIELDS(BarriersOptions),
};
_Static_assert(sizeof barriers_options_fields / sizeof barriers_options_fields[0] ==
                   BARRIERS_OPTIONS_NFIELDS,
               "one entry a key");

const char *barriers_group_name(BarriersGroup g)
{
    static const char *const names[] = {"link", "across", "bond", "hop", "vacancy"};
    return names[g];
}

static const double nothing = NAN; /* a key that is absent */

/* Order of n things, drawn once for all. */
typedef struct Draw {
    double key;
    int64_t which;
} Draw;

static int by_key(const void *a, const void *b)
{
    const Draw *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static Draw *shuffled(int64_t n, uint64_t seed, uint64_t purpose)
{
    Draw *d = MEM_NEW(Draw, n);
    for (int64_t i = 0; i < n; i++) {
        double u[2];
        rng_uniform2(seed, RNG_NEB, 1 + purpose, (uint64_t)i, 0, u);
        d[i] = (Draw){.key = u[0], .which = i};
    }
    qsort(d, (size_t)n, sizeof *d, by_key);
    return d;
}

typedef struct List {
    size_t n;
    BarriersMove *move;
} List;

static void add(List *l, BarriersMove m)
{
    l->move = mem_resize(l->move, l->n, l->n + 1, sizeof m);
    l->move[l->n++] = m;
}

static Err add_rotations(const BarriersOptions *o, const ConfigNode *stage, int64_t nbh4,
                         uint64_t seed, List *l)
{
    static const char *const axes[] = {"link", "across", "bond"};
    static const int64_t numbers[] = {1, 2, 4};
    bool wanted[3] = {false, false, false};
    for (size_t k = 0; k < o->rotations.n; k++) {
        int axis = 0;
        while (axis < 3 && strcmp(o->rotations.text[k], axes[axis]) != 0)
            axis++;
        if (axis == 3)
            return config_error(stage, "rotations", "'%s' is no axis; allowed: link, across, bond",
                                o->rotations.text[k]);
        wanted[axis] = true;
    }
    if (o->rotors > nbh4)
        return config_error(stage, "rotors", "%lld BH4 are wanted, the sample has %lld",
                            (long long)o->rotors, (long long)nbh4);
    Draw *draw = shuffled(nbh4, seed, 0);
    for (int64_t i = 0; i < (o->rotors > 0 ? o->rotors : nbh4); i++)
        for (int axis = 0; axis < 3; axis++)
            for (int64_t number = 1; wanted[axis] && number <= numbers[axis]; number++)
                add(l, (BarriersMove){.group = (BarriersGroup)axis,
                                      .multiplicity = 1,
                                      .move = {.kind = NEB_ROTATION,
                                               .ion = (o->rotors > 0 ? draw[i].which : i) + 1,
                                               .axis = axis,
                                               .number = number,
                                               .angle = nothing}});
    free(draw);
    return OK;
}

/* The void nearest to a Mg, within reach; SIZE_MAX if there is none. */
static size_t nearest_void(const Sample *s, const double mg[3], size_t n, const double (*place)[3],
                           double reach)
{
    size_t best = SIZE_MAX;
    for (size_t k = 0; k < n; k++) {
        double r[3], d[3];
        cell_to_cartesian(&s->cell, place[k], r);
        vec_sub(r, mg, d);
        cell_min_image(&s->cell, d);
        if (vec_norm(d) < reach) {
            reach = vec_norm(d);
            best = k;
        }
    }
    return best;
}

static Err add_void_hops(const BarriersOptions *o, const ConfigNode *stage, const Sample *s,
                         int64_t nmg, uint64_t seed, List *l)
{
    size_t nvoid, found = 0;
    double(*place)[3], *radius;
    if (o->void_hops == 0)
        return OK;
    network_voids(s, o->clearance, 0.25, o->apart, &nvoid, &place, &radius);
    Draw *draw = shuffled(nmg, seed, 1);
    for (int64_t i = 0; i < nmg && found < (size_t)o->void_hops; i++) {
        int64_t mg = draw[i].which; /* Mg ions come first */
        size_t k =
            nearest_void(s, s->x[s->ion_first[mg]], nvoid, (const double(*)[3])place, o->reach);
        if (k == SIZE_MAX)
            continue;
        NebMove m = {.kind = NEB_HOP, .ion = mg + 1, .axis = -1, .number = 1, .angle = nothing};
        m.to = (ConfigList){.n = 3, .value = MEM_NEW(double, 3)};
        memcpy(m.to.value, place[k], 3 * sizeof m.to.value[0]);
        add(l, (BarriersMove){.group = BARRIERS_HOP, .multiplicity = 1, .move = m});
        found++;
    }
    free(draw);
    free(place);
    free(radius);
    if (found < (size_t)o->void_hops)
        return config_error(
            stage, "void_hops",
            "only %zu Mg have a void within %g A (of %zu voids with %g A to any atom)", found,
            o->reach, nvoid, o->clearance);
    return OK;
}

static Err add_listed(const BarriersOptions *o, const Sample *s, List *l)
{
    size_t n = o->moves != NULL ? config_length(o->moves) : 0;
    for (size_t i = 0; i < n; i++) {
        const ConfigNode *node = config_item(o->moves, i);
        BarriersMove m = {.node = node, .multiplicity = 1};
        Sample first = {0};
        int64_t ion;
        TRY(neb_move_read(node, &m.move));
        m.group = m.move.kind == NEB_ROTATION ? (BarriersGroup)m.move.axis
                  : m.move.kind == NEB_HOP    ? BARRIERS_HOP
                                              : BARRIERS_VACANCY;
        add(l, m);
        if (m.move.kind == NEB_ENDS)
            return config_error(node, "kind",
                                "ends are for `paddlewheel neb`; a catalogue has "
                                "rotations, hops and vacancies");
        Err e = neb_move_first(&m.move, node, s, &first, &ion);
        sample_clear(&first);
        TRY(e);
    }
    return OK;
}

Err barriers_moves(const BarriersOptions *o, const ConfigNode *stage, const Sample *s,
                   uint64_t seed, size_t *n, BarriersMove **list)
{
    int64_t count[ION_KINDS];
    List l = {0};
    sample_count(s, count);
    Err e = add_rotations(o, stage, count[ION_BH4], seed, &l);
    if (e == OK)
        e = add_void_hops(o, stage, s, count[ION_MG], seed, &l);
    if (e == OK)
        e = add_listed(o, s, &l);
    *n = l.n;
    *list = l.move;
    if (e == OK && l.n == 0)
        e = config_error(stage, "rotations",
                         "no move is asked for: give rotations, void_hops or moves");
    return e;
}

void barriers_moves_clear(size_t n, BarriersMove *list)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].node != NULL)
            config_clear(NEB_MOVE_NFIELDS, neb_move_fields, &list[i].move);
        else
            free(list[i].move.to.value);
    }
    free(list);
}
