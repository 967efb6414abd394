#include "lattice/voices.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool same_step(const int8_t a[3], const int8_t b[3])
{
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

/* The voice of a rotor at an edge, made if it is new. Copies that a small lattice makes one are kept apart here; they are
 * then looked at twice at the same moment and agree. */
static Voice *voice_of(Voice **list, int32_t *n, int32_t first, int32_t rotor, const int8_t step[3])
{
    for (int32_t i = first; i < *n; i++)
        if ((*list)[i].rotor == rotor && same_step((*list)[i].step, step))
            return &(*list)[i];
    *list = mem_resize(*list, (size_t)*n, (size_t)*n + 1, sizeof **list);
    Voice *v = &(*list)[(*n)++];
    v->rotor = rotor;
    memcpy(v->step, step, sizeof v->step);
    return v;
}

static Err set_table(const int32_t **place, const int32_t *table, const char *what, int32_t edge)
{
    if (*place != NULL)
        return err_set(ERR_INPUT, "edge %d: two %s of the same rotor", edge + 1, what);
    *place = table;
    return OK;
}

Err voices_init(Voices *b, const Wiring *wiring)
{
    const Network *n = wiring->net;
    const Wires *sr = &wiring->site_rotors;
    int32_t count = 0;
    *b = (Voices){.first = MEM_NEW(int32_t, n->nedge + 1)};
    for (int32_t e = 0; e < n->nedge; e++) {
        const NetworkEdge *edge = &n->edge[e];
        int32_t first = count;
        for (int32_t i = 0; i < n->ngate; i++)
            if (n->gate[i].a == e) {
                Voice *v = voice_of(&b->voice, &count, first, n->gate[i].rotor, n->gate[i].step);
                TRY(set_table(&v->gate, n->couplings[n->gate[i].coupling].table, "gates", e));
            }
        for (int32_t i = sr->first[edge->a]; i < sr->first[edge->a + 1]; i++) {
            Voice *v = voice_of(&b->voice, &count, first, sr->wire[i].other, sr->wire[i].step);
            TRY(set_table(&v->a, sr->wire[i].table, "terms of site a", e));
        }
        for (int32_t i = sr->first[edge->b]; i < sr->first[edge->b + 1]; i++) {
            int8_t step[3];
            for (int d = 0; d < 3; d++)
                step[d] = (int8_t)(edge->step[d] + sr->wire[i].step[d]);
            Voice *v = voice_of(&b->voice, &count, first, sr->wire[i].other, step);
            TRY(set_table(&v->b, sr->wire[i].table, "terms of site b", e));
        }
        b->first[e + 1] = count;
    }
    return OK;
}

void voices_clear(Voices *v)
{
    free(v->first);
    free(v->voice);
    *v = (Voices){0};
}
