/* move_hop.c -- a Mg carried from the site it is at to another listed site, alone or with a BH4 that is bound to it.
 *
 * The site a Mg is at is the nearest, s; it keeps its offset from it. A neighbour t of s is chosen uniformly among n_s;
 * the trial is void unless the nearest site is then t, since the way back could not be chosen. Back, s is one of n_t
 * neighbours of t (neighbourhood is mutual), so ln_bias = ln(n_s/n_t). With a follower, one of the m BH4 bound to the Mg
 * is chosen and moved by the same vector; it is still bound afterwards, then one of m', so ln_bias += ln(m/m').
 * W. K. Hastings, Biometrika 57, 97 (1970), doi 10.1093/biomet/57.1.97.
 */
#include "sampling/move.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/near.h"

#include <stdlib.h>
#include <string.h>

enum { BOUND_MAX = 32 };

typedef struct Neighbours {
    const Cell *cell;
    MoveSites *sites;
    int32_t site, room;
} Neighbours;

static void add_neighbour(void *data, int64_t j, const double d[3], double r2)
{
    Neighbours *n = data;
    MoveSites *s = n->sites;
    if (r2 < 1e-6)
        return; /* itself */
    int32_t k = s->first[n->site + 1]++;
    if (k == n->room) {
        size_t old = (size_t)n->room, room = 2 * old + 16;
        s->to = mem_resize(s->to, old, room, sizeof *s->to);
        s->step = mem_resize(s->step, old, room, sizeof *s->step);
        n->room = (int32_t)room;
    }
    s->to[k] = (int32_t)j;
    cell_to_fractional(n->cell, d, s->step[k]);
}

void move_sites_init(MoveSites *sites, const Cell *cell, int32_t n, const double (*s)[3],
                     double reach)
{
    *sites = (MoveSites){.n = n};
    sites->s = mem_new((size_t)n, sizeof *sites->s);
    sites->first = MEM_NEW(int32_t, n + 1);
    if (n == 0)
        return;
    memcpy(sites->s, s, (size_t)n * sizeof *s);
    double(*x)[3] = mem_new((size_t)n, sizeof *x);
    for (int32_t i = 0; i < n; i++)
        cell_to_cartesian(cell, s[i], x[i]);
    Near *near = near_new(cell, n, (const double(*)[3])x, reach);
    Neighbours found = {.cell = cell, .sites = sites};
    for (int32_t i = 0; i < n; i++) {
        found.site = i;
        sites->first[i + 1] = sites->first[i];
        near_visit(near, x[i], add_neighbour, &found);
    }
    near_free(near);
    free(x);
}

void move_sites_clear(MoveSites *sites)
{
    free(sites->s);
    free(sites->first);
    free(sites->to);
    free(sites->step);
    *sites = (MoveSites){0};
}

/* The nearest site. Nearest copies are found by rounding fractional differences: in a skewed cell this may be another
 * site than the truly nearest, but it is one function of the position, which is all that the move needs. */
static int32_t site_of(const MoveWorld *w, const double x[3])
{
    const Cell *cell = &w->bodies->cell;
    double here[3], least = INFINITY;
    int32_t best = -1;
    cell_to_fractional(cell, x, here);
    for (int32_t i = 0; i < w->sites->n; i++) {
        double d[3], r[3];
        for (int c = 0; c < 3; c++) {
            d[c] = here[c] - w->sites->s[i][c];
            d[c] -= rint(d[c]);
        }
        cell_to_cartesian(cell, d, r);
        double r2 = vec_dot(r, r);
        if (r2 < least) {
            least = r2;
            best = i;
        }
    }
    return best;
}

static void shift(const Bodies *b, int32_t ion, const double by[3], double (*x)[3])
{
    for (int i = 0; i < bodies_atoms(b, ion); i++)
        for (int c = 0; c < 3; c++)
            x[i][c] = b->x[b->first[ion] + i][c] + by[c];
}

static bool hop(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t)
{
    (void)step;
    const MoveSites *sites = w->sites;
    const double *x = w->bodies->x[w->bodies->first[ion]];
    int32_t s = site_of(w, x), n = s < 0 ? 0 : sites->first[s + 1] - sites->first[s];
    if (n == 0)
        return false;
    int32_t k = sites->first[s] + (int32_t)dice_index(d, n), to = sites->to[k];
    double by[3];
    cell_to_cartesian(&w->bodies->cell, sites->step[k], by);
    t->n = 1;
    t->ion[0] = ion;
    shift(w->bodies, ion, by, t->x[0]);
    t->ln_bias = log((double)n / (sites->first[to + 1] - sites->first[to]));
    return site_of(w, t->x[0][0]) == to;
}

static bool hop_follow(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t)
{
    const Bodies *b = w->bodies;
    int32_t bound[BOUND_MAX];
    if (!hop(w, ion, step, d, t))
        return false;
    int m = bodies_near(b, b->centre[ion], w->bond, ION_BH4, -1, BOUND_MAX, bound), image[3];
    if (m == 0 || m > BOUND_MAX)
        return false;
    int32_t follower = bound[dice_index(d, m)];
    double by[3], there[3];
    vec_sub(t->x[0][0], b->x[b->first[ion]], by);
    t->n = 2;
    t->ion[1] = follower;
    shift(b, follower, by, t->x[1]);
    memcpy(there, t->x[0][0], sizeof there);
    cell_wrap(&b->cell, there, image);
    int others = bodies_near(b, there, w->bond, ION_BH4, follower, 0, NULL);
    if (others + 1 > BOUND_MAX)
        return false;
    t->ln_bias += log((double)m / (others + 1));
    return true;
}

const Move move_hop = {
    .name = "hop",
    .help = "a Mg carried to a listed site near the one it is at",
    .unit = "",
    .reference = "Hastings 1970",
    .kind = {[ION_MG] = true},
    .propose = hop,
};

const Move move_hop_follow = {
    .name = "hop_follow",
    .help = "the same, and one BH4 bound to the Mg goes with it",
    .unit = "",
    .reference = "Hastings 1970",
    .kind = {[ION_MG] = true},
    .propose = hop_follow,
};
