#include "lattice/classes.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256, MOST = CLASSES_BLOCK * CLASSES_BLOCKS };

void classes_init(Classes *c, double temperature, double bin, int64_t events)
{
    *c = (Classes){.beta = 0.5e-6 / (UNITS_KB * temperature), .bin = llround(2.0 * bin)};
    c->bin = c->bin < 1 ? 1 : c->bin;
    c->slots = FIRST_SLOTS;
    c->key = MEM_NEW(uint64_t, c->slots);
    c->slot = MEM_NEW(uint16_t, c->slots);
    classes_resize(c, events);
}

void classes_resize(Classes *c, int64_t events)
{
    classes_empty(c);
    free(c->event);
    c->event = MEM_NEW(EventSlot, events);
    if (events > 0)
        memset(c->event, 0xff, (size_t)events * sizeof *c->event);
}

void classes_clear(Classes *c)
{
    for (int k = 0; k < c->made; k++)
        free(c->class[k].event);
    free(c->class);
    free(c->attempt);
    free(c->key);
    free(c->slot);
    free(c->event);
    *c = (Classes){0};
}

void classes_empty(Classes *c)
{
    for (int k = 0; k < c->n; k++) {
        EventClass *e = &c->class[k];
        for (int32_t i = 0; i < e->count; i++)
            c->event[e->event[i]].class = CLASSES_NONE;
        e->count = 0;
    }
    memset(c->key, 0, c->slots * sizeof *c->key);
    c->n = 0;
}

int32_t classes_attempt(Classes *c, double attempt)
{
    for (int k = 0; k < c->nattempt; k++)
        if (c->attempt[k] == attempt)
            return k;
    c->attempt =
        mem_resize(c->attempt, (size_t)c->nattempt, (size_t)c->nattempt + 1, sizeof *c->attempt);
    c->attempt[c->nattempt] = attempt;
    return c->nattempt++;
}

static void grow_table(Classes *c)
{
    uint64_t *old_key = c->key;
    uint16_t *old_slot = c->slot;
    uint32_t old = c->slots;
    c->slots *= 2;
    c->key = MEM_NEW(uint64_t, c->slots);
    c->slot = MEM_NEW(uint16_t, c->slots);
    for (uint32_t i = 0; i < old; i++) {
        if (old_key[i] == 0)
            continue;
        uint32_t at = classes_scatter(old_key[i], c->slots);
        while (c->key[at] != 0)
            at = (at + 1) & (c->slots - 1);
        c->key[at] = old_key[i];
        c->slot[at] = old_slot[i];
    }
    free(old_key);
    free(old_slot);
}

static int new_class(Classes *c, int32_t attempt, int64_t activation)
{
    CHECK(c->n < MOST, "more than %d classes of rates: ask for wider bins", MOST);
    if (c->n == c->made) {
        int made = c->made == 0 ? 16 : 2 * c->made;
        c->class = mem_resize(c->class, (size_t)c->made, (size_t)made, sizeof *c->class);
        c->made = made;
    }
    EventClass *e = &c->class[c->n];
    e->rate = c->attempt[attempt] * exp(-c->beta * (double)activation);
    e->activation = activation;
    e->count = 0;
    return c->n++;
}

int classes_new(Classes *c, int32_t attempt, int64_t activation)
{
    int64_t bin = activation / c->bin;
    uint64_t key = ((uint64_t)bin << 16 | (uint64_t)attempt) + 1;
    int class = new_class(c, attempt, bin * c->bin);
    if (4 * (uint32_t)c->n > c->slots)
        grow_table(c);
    uint32_t at = classes_scatter(key, c->slots);
    while (c->key[at] != 0)
        at = (at + 1) & (c->slots - 1);
    c->key[at] = key;
    c->slot[at] = (uint16_t) class;
    return class;
}

void classes_grow(EventClass *e)
{
    int32_t room = e->room == 0 ? 16 : 2 * e->room;
    e->event = mem_resize(e->event, (size_t)e->room, (size_t)room, sizeof *e->event);
    e->room = room;
}

double classes_total(Classes *c)
{
    double total = 0.0;
    for (int b = 0; b * CLASSES_BLOCK < c->n; b++) {
        if (c->stale[b]) {
            double sum = 0.0;
            int end = (b + 1) * CLASSES_BLOCK < c->n ? (b + 1) * CLASSES_BLOCK : c->n;
            for (int k = b * CLASSES_BLOCK; k < end; k++)
                sum += c->class[k].rate * (double)c->class[k].count;
            c->sum[b] = sum;
            c->stale[b] = false;
        }
        total += c->sum[b];
    }
    return total;
}

int32_t classes_pick(const Classes *c, double total, double u, int *class)
{
    double left = u * total;
    int b = 0, k, last = -1;
    for (; (b + 1) * CLASSES_BLOCK < c->n && left >= c->sum[b]; b++)
        left -= c->sum[b];
    for (k = b * CLASSES_BLOCK; k < c->n; k++) {
        double weight = c->class[k].rate * (double)c->class[k].count;
        if (c->class[k].count > 0)
            last = k;
        if (left < weight)
            break;
        left -= weight;
    }
    if (k == c->n) { /* rounding led past the end: the last that there is */
        for (k = last; k < 0 || c->class[k].count == 0;)
            k = k <= 0 ? c->n - 1 : k - 1;
        left = c->class[k].rate * ((double)c->class[k].count - 0.5);
    }
    const EventClass *e = &c->class[k];
    int32_t place = (int32_t)(left / e->rate);
    *class = k;
    return e->event[place < e->count ? place : e->count - 1];
}

double classes_accept(const Classes *c, int class, int64_t activation)
{
    return exp(-c->beta * (double)(activation - c->class[class].activation));
}
