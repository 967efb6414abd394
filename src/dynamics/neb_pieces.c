#include "dynamics/neb_pieces.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double deeper =
    1e-3; /* [eV] a minimum worth a look lies so far below its neighbours */

typedef struct Part {
    NebBand band;
    NebResult result;
} Part;

typedef struct Parts {
    const Comm *comm;
    const NebProblem *p;
    const NebOptions *band, *minimum;
    double apart;
    size_t images, n;
    Part part[NEB_PIECES];
    int steps;
} Parts;

/* The minima between the ends of a band: after which image each comes, and x [n][band n]. At most `most`. Collective. */
static Err find_minima(Parts *w, const NebBand *b, size_t most, size_t at[], double *x, size_t *n)
{
    const double *last = &b->x[(b->images - 1) * b->n], *before = b->x;
    Err e = OK;
    *n = 0;
    for (size_t i = 1; i + 1 < b->images && e == OK && *n < most; i++) {
        if (b->energy[i] > fmin(b->energy[i - 1], b->energy[i + 1]) - deeper)
            continue;
        double *here = &x[*n * b->n];
        bool there;
        int steps;
        memcpy(here, &b->x[i * b->n], b->n * sizeof here[0]);
        e = neb_settle(w->comm, w->p, w->minimum, i, here, &steps, &there);
        w->steps += steps;
        if (e != OK || !there || neb_farthest(w->p, here, before) < w->apart ||
            neb_farthest(w->p, here, last) < w->apart)
            continue;
        at[(*n)++] = i;
        before = here;
    }
    return e;
}

/* A band from one minimum to another by the images from + 1 ... to - 1 of an old one. */
static void new_part(const NebBand *old, size_t from, size_t to, const double *first,
                     const double *last, size_t images, Part *part)
{
    NebBand way;
    const size_t n = old->n, points = to - from + 1;
    neb_band_init(&way, points < 3 ? 3 : points, n);
    memcpy(way.x, first, n * sizeof *first);
    memcpy(&way.x[(way.images - 1) * n], last, n * sizeof *last);
    if (points < 3)
        neb_band_straight(&way);
    else
        memcpy(&way.x[n], &old->x[(from + 1) * n], (points - 2) * n * sizeof *first);
    *part = (Part){0};
    neb_band_init(&part->band, images, n);
    neb_band_spread(&way, &part->band);
    neb_band_clear(&way);
}

/* Cut part k where it has minima. *cut: it had. Collective. */
static Err cut_part(Parts *w, size_t k, bool *cut)
{
    NebBand old = w->part[k].band;
    size_t at[NEB_PIECES + 1] = {0}, found;
    double *x = MEM_NEW(double, NEB_PIECES *old.n);
    Err e = find_minima(w, &old, NEB_PIECES - w->n, at + 1, x, &found);
    *cut = e == OK && found > 0;
    if (*cut) {
        for (size_t j = w->n - 1; j > k; j--)
            w->part[j + found] = w->part[j];
        at[found + 1] = old.images - 1;
        for (size_t j = 0; j <= found; j++)
            new_part(&old, at[j], at[j + 1], j > 0 ? &x[(j - 1) * old.n] : old.x,
                     j < found ? &x[j * old.n] : &old.x[(old.images - 1) * old.n], w->images,
                     &w->part[k + j]);
        w->n += found;
        neb_band_clear(&old);
    }
    free(x);
    return e;
}

/* All parts, one after the other, those that are cut again from their first piece on. */
static Err run_parts(Parts *w)
{
    NebOptions rough = *w->band;
    rough.fmax = fmax(w->band->fmax, w->band->climb_below);
    rough.climb_below = 0.0;
    for (size_t k = 0; k < w->n;) {
        Part *part = &w->part[k];
        bool cut = false;
        TRY(neb_run(w->comm, w->p, &rough, &part->band, &part->result));
        w->steps += part->result.steps;
        TRY(cut_part(w, k, &cut));
        if (cut)
            continue;
        TRY(neb_run(w->comm, w->p, w->band, &part->band, &part->result));
        w->steps += part->result.steps;
        TRY(cut_part(w, k, &cut));
        k += !cut;
    }
    return OK;
}

/* Parts end to end: one band. */
static void join(const Parts *w, NebBand *b, NebResult *r, NebPieces *pieces)
{
    const size_t n = w->p->n, each = w->images - 1;
    *r = (NebResult){.steps = w->steps, .converged = true, .climbed = true, .top = 1};
    *pieces = (NebPieces){.n = w->n};
    neb_band_clear(b);
    neb_band_init(b, w->n * each + 1, n);
    for (size_t k = 0; k < w->n; k++) {
        const NebBand *from = &w->part[k].band;
        const NebResult *part = &w->part[k].result;
        size_t first = k * each, top = first + part->top;
        memcpy(&b->x[first * n], from->x, w->images * n * sizeof from->x[0]);
        memcpy(&b->energy[first], from->energy, w->images * sizeof from->energy[0]);
        memcpy(&b->force[first * n], from->force, w->images * n * sizeof from->force[0]);
        r->converged = r->converged && part->converged;
        r->climbed = r->climbed && part->climbed;
        r->largest = fmax(r->largest, part->largest);
        if (k == 0 || b->energy[top] > b->energy[r->top])
            r->top = top;
        pieces->piece[k] = (NebPiece){.first = first,
                                      .top = top,
                                      .last = first + each,
                                      .barrier = b->energy[top] - b->energy[first],
                                      .back = b->energy[top] - b->energy[first + each]};
    }
}

Err neb_pieces_run(const Comm *c, const NebProblem *p, const NebOptions *band,
                   const NebOptions *minimum, double apart, NebBand *b, NebResult *r,
                   NebPieces *pieces)
{
    Parts w = {.comm = c,
               .p = p,
               .band = band,
               .minimum = minimum,
               .apart = apart,
               .images = b->images,
               .n = 1};
    neb_band_init(&w.part[0].band, b->images, b->n);
    memcpy(w.part[0].band.x, b->x, b->images * b->n * sizeof b->x[0]);
    Err e = run_parts(&w);
    if (e == OK)
        join(&w, b, r, pieces);
    for (size_t k = 0; k < w.n; k++)
        neb_band_clear(&w.part[k].band);
    return e;
}
