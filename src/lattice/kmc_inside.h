/* kmc_inside.h -- what the parts of kmc.c share: the engine's memory, and tables for its inner loop. For kmc*.c only. */
#ifndef LATTICE_KMC_INSIDE_H
#define LATTICE_KMC_INSIDE_H

#include "lattice/classes.h"
#include "lattice/kmc.h"
#include "lattice/rates.h"
#include "lattice/turns.h"

/* A way out of a well, and the wire from a rotor to another, as the inner loop wants them. */
typedef struct Exit {
    int32_t to, barrier, attempt; /* index of the prefactor */
    double less;                  /* ln of the rate of its null events over the prefactor */
} Exit;

typedef struct Pull {
    int32_t away, state_away; /* places to go, if no side is passed: in the extent, in the State */
    int32_t rotor, wells;
    const int32_t *
        change; /* [from][to][2 energies] of what its wells cost, when this one goes from well to well */
    const int32_t *
        felt; /* [its well][2 energies] what the wells of this one cost more than if it were in well 0 */
} Pull;

typedef struct KmcNull KmcNull; /* what null events have of their own */

struct Kmc {
    State *state;
    const Wiring *wiring;
    const Network *net;
    KmcOptions o;
    bool whole;
    int size[3];    /* of the box, */
    int margin;     /* and cells around it that its edges reach: 0 for the whole lattice */
    int extent[3];  /* size + 2 margin */
    bool closed[3]; /* the extent is all there is along this axis */
    int origin[3];  /* global cell of the corner of the extent */
    int64_t ncell;  /* in the extent */
    /* by place in the extent */
    uint8_t *occ, *well, *label; /* the state's own for the whole lattice */
    int32_t *site;               /* energy of a Mg on the site */
    int32_t *gate;               /* [edge] sum of its gates */
    /* Events: [rotor][stride], then [edge]. Of a rotor's slots the first `energies` hold its energy in each well, the others
     * are those of its events: side by side in memory, since none is wanted without the other. */
    Classes classes;
    int energies, stride;
    Exit *exit;            /* [rotor class][well][groups] */
    int8_t *exits;         /* [rotor class][well] how many there are */
    int32_t *edge_attempt; /* [edge class] index of the prefactor */
    Pull *pull;            /* as the wires from rotors to rotors */
    int32_t *change;       /* of all of them */
    int32_t *still;        /* [rotor][wells] energies with all other rotors in their well 0 */
    int64_t first_edge;    /* event of edge 0 */
    /* Null events (kmc_null.c): there are no lists of turns then, and a rotor's slots are its energies only */
    bool null_events;
    int64_t tried, happened; /* since it was last decided */
    KmcNull *null;
};

/* Energy of a rotor in each of its wells. */
static inline int32_t *kmc_field(const Kmc *k, int64_t place)
{
    return &k->classes.event[place * k->stride].where;
}

/* Where the ways out of a well are, in `exits`, and times groups in `exit`. */
static inline int kmc_exits(const Kmc *k, int32_t rotor, int well)
{
    return k->net->rotor_class[rotor] * k->wiring->wells + well;
}

static inline int64_t kmc_exit_activation(const int32_t field[], int well, const Exit *e)
{
    return rates_activation(e->barrier, (int64_t)field[e->to] - field[well]);
}

static inline void kmc_coordinates(const Kmc *k, int64_t cell, int c[3])
{
    uint32_t i = (uint32_t)cell, ny = (uint32_t)k->extent[1], nz = (uint32_t)k->extent[2];
    uint32_t xy = i / nz;
    c[2] = (int)(i - xy * nz);
    uint32_t x = xy / ny;
    c[1] = (int)(xy - x * ny);
    c[0] = (int)x;
}

/* The cell a step away from c, and its coordinates n; -1 if it is outside. */
static inline int64_t kmc_neighbour(const Kmc *k, const int c[3], const int8_t step[3], int n[3])
{
    for (int a = 0; a < 3; a++) {
        n[a] = c[a] + step[a];
        if ((unsigned)n[a] < (unsigned)k->extent[a])
            continue;
        if (!k->closed[a])
            return -1;
        while (n[a] < 0)
            n[a] += k->extent[a];
        while (n[a] >= k->extent[a])
            n[a] -= k->extent[a];
    }
    return ((int64_t)n[0] * k->extent[1] + n[1]) * k->extent[2] + n[2];
}

/* So far from all sides that whatever a term or gate leads to is inside. */
static inline bool kmc_deep(const Kmc *k, const int c[3])
{
    int links = k->wiring->links, edge = k->margin + links;
    for (int a = 0; a < 3; a++)
        if (c[a] < edge || c[a] >= k->extent[a] - edge)
            return false;
    return true;
}

/* Of the lattice, from coordinates in the extent. */
int64_t kmc_global_cell(const Kmc *k, const int c[3]);

/* Well and label of a rotor that leaves by one of its ways; u in (0,1) says which of the turns that cost the same it is. `out` lacks cell
 * and time. */
static inline void kmc_set(Kmc *k, int64_t place, int32_t rotor, const TurnGroup *g, double u,
                           KmcEvent *out)
{
    int op = g->op[(int)(u * g->nop)];
    *out = (KmcEvent){.edge = -1, .rotor = rotor, .from = k->well[place], .to = g->to, .op = op};
    k->well[place] = (uint8_t)g->to;
    if (op != 0)
        k->label[place] = (uint8_t)turns_product(op, k->label[place]);
}

/* Ways out of all wells, prefactors, what wires change: from the wiring, once. */
void kmc_tables_make(Kmc *k);
void kmc_tables_clear(Kmc *k);

/* Null events: the rate that no turn exceeds. */
void kmc_null_make(Kmc *k);
void kmc_null_clear(Kmc *k);

/* As kmc_run, but for so many attempts (some for each way out) at most: then it may be looked at how many happened. */
int64_t kmc_null_run(Kmc *k, KmcClock *clock, double until, int64_t most);
int64_t kmc_null_window(const Kmc *k);

/* Rate of all attempts, of all turns of a rotor [1/s]; share of attempts that would come true now, by a sample of rotors. */
double kmc_null_total(const Kmc *k);
double kmc_null_rate(const Kmc *k, int64_t place, int32_t rotor);
double kmc_null_share(const Kmc *k);

#endif
