/* classes.h -- events sorted by rate, so that one is drawn with the probability of its rate at a cost that does not depend on
 * their number.
 *
 * A class holds the events of one attempt frequency and one activation energy (a few kinds of surroundings: few classes),
 * or of one bin of energies: then the class has the rate of its fastest event and a drawn event is accepted with
 * its own rate over that (composition and rejection: A. Slepoy, A. P. Thompson, S. J. Plimpton, J. Chem. Phys. 128,
 * 205101 (2008), doi 10.1063/1.2919546). Lists are inverted (T. P. Schulze, J. Comput. Phys. 227, 2455 (2008),
 * doi 10.1016/j.jcp.2007.10.021): each event knows its place in the list of its class. The sum of rates is made of
 * counts, never added up over time. All functions are Local.
 */
#ifndef LATTICE_CLASSES_H
#define LATTICE_CLASSES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLASSES_NONE = -1, CLASSES_BLOCK = 32, CLASSES_BLOCKS = 256 };

typedef struct EventClass {
    int32_t *event; /* [count] */
    int32_t count, room;
    double rate;        /* [1/s] of its fastest event */
    int64_t activation; /* least, in half micro-eV */
} EventClass;

/* Where an event is. */
typedef struct EventSlot {
    int32_t where; /* place in the list of its class */
    int32_t class; /* CLASSES_NONE: not possible */
} EventSlot;

typedef struct Classes {
    double beta;     /* 1/(2e6 kT): activation to exponent */
    int64_t bin;     /* width of a class in half micro-eV; 1: exact */
    int nattempt;    /* prefactors */
    double *attempt; /* [nattempt] 1/s */
    int n, made;     /* classes, and those there is room for */
    EventClass *class;
    uint64_t *key; /* hash table [slots]: key + 1, 0: free */
    uint16_t *slot;
    uint32_t slots;
    EventSlot *event;           /* [events] */
    double sum[CLASSES_BLOCKS]; /* of rates in a block of classes */
    bool stale[CLASSES_BLOCKS];
} Classes;

/* temperature [K]; bin [micro-eV], 0: exact classes. */
void classes_init(Classes *c, double temperature, double bin, int64_t events);
void classes_clear(Classes *c);

/* As new, with so many events instead. */
void classes_resize(Classes *c, int64_t events);

/* As new, but for memory: the order of classes depends only on what comes after. */
void classes_empty(Classes *c);

/* Index of a prefactor. */
int32_t classes_attempt(Classes *c, double attempt);

/* Class of an attempt frequency and an activation >= 0 in half micro-eV, made if it is new. */
int classes_new(Classes *c, int32_t attempt, int64_t activation);

static inline uint32_t classes_scatter(uint64_t key, uint32_t slots)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 40) & (slots - 1);
}

static inline int classes_find(Classes *c, int32_t attempt, int64_t activation)
{
    int64_t bin = activation;
    if (__builtin_expect(c->bin != 1, 0)) /* a division costs as much as all else here */
        bin /= c->bin;
    uint64_t key = ((uint64_t)bin << 16 | (uint64_t)attempt) + 1;
    uint32_t at = classes_scatter(key, c->slots);
    while (c->key[at] != key) {
        if (c->key[at] == 0)
            return classes_new(c, attempt, activation);
        at = (at + 1) & (c->slots - 1);
    }
    return c->slot[at];
}

/* Room for one more in a class. */
void classes_grow(EventClass *e);

static inline void classes_drop(Classes *c, int32_t event)
{
    EventSlot *slot = &c->event[event];
    if (slot->class == CLASSES_NONE)
        return;
    EventClass *e = &c->class[slot->class];
    int32_t last = e->event[--e->count];
    e->event[slot->where] = last;
    c->event[last].where = slot->where;
    c->stale[(uint32_t)slot->class / CLASSES_BLOCK] = true;
    slot->class = CLASSES_NONE;
}

/* Its place in the list will be wanted soon. */
static inline void classes_prefetch(const Classes *c, int32_t event)
{
    const EventSlot *slot = &c->event[event];
    if (slot->class == CLASSES_NONE)
        return;
    const EventClass *e = &c->class[slot->class];
    __builtin_prefetch(e->event + slot->where, 1);
    if (e->count > 0)
        __builtin_prefetch(&c->event[e->event[e->count - 1]], 1);
}

/* Event becomes possible or changes its class; activation in half micro-eV >= 0. */
static inline void classes_put(Classes *c, int32_t event, int32_t attempt, int64_t activation)
{
    int class = classes_find(c, attempt, activation);
    if (c->event[event].class == class)
        return;
    classes_drop(c, event);
    EventClass *e = &c->class[class];
    if (e->count == e->room)
        classes_grow(e);
    c->event[event] = (EventSlot){e->count, class};
    e->event[e->count++] = event;
    c->stale[(uint32_t) class / CLASSES_BLOCK] = true;
}

/* Sum of the rates of classes times their counts [1/s]. */
double classes_total(Classes *c);

/* Event at fraction u of the total; its class is written. Total must be > 0 and current. */
int32_t classes_pick(const Classes *c, double total, double u, int *class);

/* Probability with which an event of this class and activation is accepted. */
double classes_accept(const Classes *c, int class, int64_t activation);

#endif
