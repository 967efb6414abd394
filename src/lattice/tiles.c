#include "lattice/tiles.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { COLOURS = 8, DRAW_BITS = 32, TILE_BITS = 28 };

struct Tiles {
    const Comm *comm;
    State *state;
    TilesOptions o;
    Kmc *kmc;
    int n[3];         /* tiles along each axis */
    int first, count; /* columns of this rank along the first axis */
    int reach, known; /* cells beyond a tile that its events change, that it must know */
    int64_t cycle;
    size_t cell_bytes; /* of a message about one cell */
};

static Err check_axis(const State *s, const TilesOptions *o, int a, int reach, int known, int *n)
{
    if (o->size[a] < 1 || s->k[a] % o->size[a] != 0)
        return err_set(ERR_INPUT, "tiles of %d cells do not divide %d cells", o->size[a], s->k[a]);
    *n = s->k[a] / o->size[a];
    if (*n == 1 && reach > 0)
        return err_set(ERR_INPUT,
                       "one tile along an axis of %d cells, but edges reach across; take "
                       "at least two",
                       s->k[a]);
    if (*n > 1 && *n % 2 != 0)
        return err_set(ERR_INPUT, "%d tiles along an axis: an even number is needed", *n);
    if (*n > 1 && o->size[a] < reach + known)
        return err_set(ERR_INPUT,
                       "tiles of %d cells are too thin: events reach %d cells, tiles must "
                       "have %d",
                       o->size[a], reach, reach + known);
    return OK;
}

Err tiles_new(const Comm *c, State *s, const Wiring *wiring, const TilesOptions *o, Tiles **out)
{
    *out = NULL;
    if (!(o->step > 0.0))
        return err_set(ERR_INPUT, "a cycle of %g s", o->step);
    Tiles *t = MEM_NEW(Tiles, 1);
    *t = (Tiles){.comm = c, .state = s, .o = *o, .reach = wiring->reach};
    t->known = wiring->reach + wiring->links;
    const Network *n = s->net;
    t->cell_bytes =
        (size_t)n->nsite * (s->ion == NULL ? 1 : 1 + 4 * sizeof(int32_t)) + 2 * (size_t)n->nrotor;
    Err e = OK;
    for (int a = 0; a < 3 && e == OK; a++)
        e = check_axis(s, o, a, t->reach, t->known, &t->n[a]);
    if (e == OK && t->n[0] < comm_size(c))
        e = err_set(ERR_INPUT, "%d ranks, but only %d tiles along the first axis", comm_size(c),
                    t->n[0]);
    if (e == OK && (int64_t)t->n[0] * t->n[1] * t->n[2] >= 1 << TILE_BITS)
        e = err_set(ERR_INPUT, "more than 2^%d tiles", TILE_BITS);
    if (e == OK)
        e = kmc_new(s, wiring, &o->kmc, o->size, &t->kmc);
    if (e != OK) {
        free(t);
        return e;
    }
    int64_t first, count;
    comm_block(c, t->n[0], &first, &count);
    t->first = (int)first;
    t->count = (int)count;
    *out = t;
    return OK;
}

void tiles_free(Tiles *t)
{
    if (t == NULL)
        return;
    kmc_free(t->kmc);
    free(t);
}

/* ---- what neighbours tell each other --------------------------------------------------------- */

static int wrap(int i, int n)
{
    return i < 0 ? i + n : i >= n ? i - n : i;
}

static char *put(char *to, const void *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n);
    return to + n;
}

static const char *take(void *to, const char *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n);
    return from + n;
}

/* All that is known of the cells with one first coordinate. */
static char *put_layer(const State *s, int x, char *to)
{
    const int64_t cells = (int64_t)s->k[1] * s->k[2], first = x * cells;
    const size_t sites = (size_t)(cells * s->net->nsite), rotors = (size_t)(cells * s->net->nrotor);
    to = put(to, s->occ + first * s->net->nsite, sites);
    to = put(to, s->well + first * s->net->nrotor, rotors);
    to = put(to, s->label + first * s->net->nrotor, rotors);
    if (s->ion == NULL)
        return to;
    to = put(to, s->ion + first * s->net->nsite, sites * sizeof(int32_t));
    for (size_t i = 0; i < sites; i++) {
        const int32_t none[3] = {0}, ion = s->ion[first * s->net->nsite + (int64_t)i];
        to = put(to, ion >= 0 ? s->image[ion] : none, sizeof none);
    }
    return to;
}

static const char *take_layer(State *s, int x, const char *from)
{
    const int64_t cells = (int64_t)s->k[1] * s->k[2], first = x * cells;
    const size_t sites = (size_t)(cells * s->net->nsite), rotors = (size_t)(cells * s->net->nrotor);
    from = take(s->occ + first * s->net->nsite, from, sites);
    from = take(s->well + first * s->net->nrotor, from, rotors);
    from = take(s->label + first * s->net->nrotor, from, rotors);
    if (s->ion == NULL)
        return from;
    from = take(s->ion + first * s->net->nsite, from, sites * sizeof(int32_t));
    for (size_t i = 0; i < sites; i++) {
        int64_t site = first * s->net->nsite + (int64_t)i;
        int32_t image[3], ion = s->ion[site];
        from = take(image, from, sizeof image);
        if (ion >= 0) {
            memcpy(s->image[ion], image, sizeof image);
            s->place[ion] = site;
        }
    }
    return from;
}

/* All cells with the first coordinate in [from, from + thick): a new block. */
static char *pack(const Tiles *t, int from, int thick, size_t *bytes)
{
    const State *s = t->state;
    *bytes = (size_t)thick * (size_t)(s->k[1] * s->k[2]) * t->cell_bytes;
    char *block = MEM_NEW(char, *bytes), *at = block;
    for (int x = from; x < from + thick; x++)
        at = put_layer(s, wrap(x, s->k[0]), at);
    return block;
}

static void unpack(Tiles *t, int from, int thick, const char *block)
{
    State *s = t->state;
    for (int x = from; x < from + thick; x++)
        block = take_layer(s, wrap(x, s->k[0]), block);
}

/* After a colour: where a column at the edge of a rank's part was active, the neighbour learns what is new on its side and
 * in the layer that it must know. Of two columns side by side one at most was active. */
static void tell(Tiles *t, int colour)
{
    int ranks = comm_size(t->comm), me = comm_rank(t->comm);
    if (ranks == 1)
        return;
    int left = (me + ranks - 1) % ranks, right = (me + 1) % ranks, size = t->o.size[0];
    int begin = t->first * size, end = (t->first + t->count) * size;
    bool first = t->first % 2 == (colour & 1), last = (t->first + t->count - 1) % 2 == (colour & 1);
    int thick = t->known + t->reach;
    size_t n = 0, got;
    char *block = last ? pack(t, end - t->known, thick, &n) : NULL;
    char *news = comm_sendrecv(t->comm, right, n, block, left, &got);
    if (got > 0)
        unpack(t, begin - t->known, thick, news);
    free(block);
    free(news);
    n = 0;
    block = first ? pack(t, begin - t->reach, thick, &n) : NULL;
    news = comm_sendrecv(t->comm, left, n, block, right, &got);
    if (got > 0)
        unpack(t, end - t->reach, thick, news);
    free(block);
    free(news);
}

/* ---- cycles ---------------------------------------------------------------------------------- */

/* All tiles of one colour for a time. */
static int64_t run_colour(Tiles *t, int colour, double time, int pass)
{
    int64_t happened = 0;
    for (int x = t->first; x < t->first + t->count; x++)
        for (int y = 0; y < t->n[1]; y++)
            for (int z = 0; z < t->n[2]; z++) {
                if ((x & 1) != (colour & 1) || (y & 1) != (colour >> 1 & 1) ||
                    (z & 1) != (colour >> 2 & 1))
                    continue;
                uint64_t tile =
                    ((uint64_t)x * (uint64_t)t->n[1] + (uint64_t)y) * (uint64_t)t->n[2] +
                    (uint64_t)z;
                KmcClock clock = {.seed = t->o.seed,
                                  .id = tile | (uint64_t)t->o.replica << TILE_BITS,
                                  .step = (uint64_t)(2 * t->cycle + pass) << DRAW_BITS};
                uint64_t end = clock.step + (1ULL << DRAW_BITS);
                kmc_enter(t->kmc,
                          (const int[3]){x * t->o.size[0], y * t->o.size[1], z * t->o.size[2]});
                happened += kmc_run(t->kmc, &clock, time, INT64_MAX);
                CHECK(clock.step < end, "more than 2^%d draws of one tile in one cycle", DRAW_BITS);
            }
    tell(t, colour);
    return happened;
}

int64_t tiles_cycle(Tiles *t)
{
    int64_t happened = 0;
    int colours = 0, colour[COLOURS];
    for (int c = 0; c < COLOURS; c++) { /* those that there are */
        if ((t->n[0] > 1 || !(c & 1)) && (t->n[1] > 1 || !(c & 2)) && (t->n[2] > 1 || !(c & 4)))
            colour[colours++] = c;
    }
    for (int i = 0; i < colours - 1; i++)
        happened += run_colour(t, colour[i], 0.5 * t->o.step, 0);
    happened += run_colour(t, colour[colours - 1], t->o.step, 0);
    for (int i = colours - 2; i >= 0; i--)
        happened += run_colour(t, colour[i], 0.5 * t->o.step, 1);
    t->cycle++;
    return happened;
}

void tiles_resume(Tiles *t, int64_t cycles)
{
    t->cycle = cycles;
}

void tiles_own(const Tiles *t, int *first, int *count)
{
    *first = t->first * t->o.size[0];
    *count = t->count * t->o.size[0];
}

void tiles_gather(Tiles *t)
{
    size_t n, total;
    if (comm_size(t->comm) == 1)
        return;
    char *block = pack(t, t->first * t->o.size[0], t->count * t->o.size[0], &n);
    char *all = comm_allgatherv(t->comm, n, block, &total, NULL);
    unpack(t, 0, t->state->k[0], all);
    free(block);
    free(all);
}
