#include "app/neb_path.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double equal_within =
    0.1; /* [A] two end points are one minimum if no atom is farther */
static const double back_within = 0.7; /* [A] a Mg that ends so near did not hop */

const char *neb_status_name(NebStatus s)
{
    static const char *const names[] = {"not asked for",     "converged",
                                        "not converged",     "end point not relaxed",
                                        "ends equal",        "moving ion came back",
                                        "no saddle between", "failed"};
    return names[s];
}

Err neb_path_force(const NebPathOptions *o, const ConfigNode *node, const Sample *s, FfOptions *out)
{
    *out = (FfOptions){.cutoff = o->cutoff,
                       .shift = true,
                       .coulomb = COULOMB_P3M,
                       .accuracy = o->accuracy,
                       .order = 5,
                       .skin = 0.5};
    double w[3];
    cell_widths(&s->cell, w);
    double least = fmin(w[0], fmin(w[1], w[2]));
    if (least < 2.0 * o->cutoff)
        return config_error(
            node, "cutoff",
            "the box is %.3f A wide, smaller than twice the cut-off of %g A; take a "
            "supercell or a smaller cut-off",
            least, o->cutoff);
    return OK;
}

/* All that a way needs besides its own result. */
typedef struct Walk {
    const Comm *comm;
    const NebPathOptions *o;
    const NebMove *m;
    const ConfigNode *node;
    const Sample *original, *final;
    uint64_t seed;
    NebPath *path;
    NebEngine engine;
    NebOptions end, band;
} Walk;

static void say(int step, double largest, double highest)
{
    log_write(LOG_DEBUG, "    step %d: largest force %.4f eV/A, top %.6f eV", step, largest,
              highest);
}

/* What can be read off a finished band. */
static void look(const Walk *w, NebWay *way)
{
    const NebPath *path = w->path;
    const NebBand *b = &way->band;
    const size_t last = b->images - 1, nbh4 = (size_t)path->nbh4;
    size_t top = way->result.top;
    way->s = MEM_NEW(double, b->images);
    way->turn = MEM_NEW(double, b->images *nbh4);
    neb_band_lengths(b, way->s);
    for (size_t i = 0; i <= last; i += last)
        if (b->energy[i] > b->energy[top])
            top = i;
    way->barrier = b->energy[top] - b->energy[0];
    way->back = b->energy[top] - b->energy[last];
    way->difference = b->energy[last] - b->energy[0];
    if (top == 0 || top == last)
        way->status = NEB_NO_SADDLE;
    for (size_t i = 1; i < last; i++)
        way->minima += b->energy[i] < fmin(b->energy[i - 1], b->energy[i + 1]) - 1e-3;
    for (size_t k = 0; k < nbh4; k++) {
        double at_first[4], q[4];
        rotor_lock_orientation(b->x, path->bh4[k], at_first);
        for (size_t i = 0; i <= last; i++) {
            double *turn = &way->turn[i * nbh4 + k];
            rotor_lock_orientation(&b->x[i * b->n], path->bh4[k], q);
            *turn = rotor_lock_angle(at_first, q);
            bool moving = path->ion >= 0 && path->sample.ion_first[path->ion] == path->bh4[k];
            if (!moving && *turn > way->largest_turn) {
                way->largest_turn = *turn;
                way->most_turned = (int64_t)k;
            }
        }
    }
}

/* Ions near the moving one in either of two structures; NULL: all. */
static bool *near_moving(const Walk *w, const double a[], const double b[])
{
    const Sample *s = &w->path->sample;
    if (w->o->radius <= 0.0 || w->path->ion < 0)
        return NULL;
    bool *moves = MEM_NEW(bool, s->n);
    int64_t centre = 3 * s->ion_first[w->path->ion];
    for (int64_t i = 0; i < s->nion; i++) {
        double r[2][3];
        vec_sub(&a[3 * s->ion_first[i]], &a[centre], r[0]);
        vec_sub(&b[3 * s->ion_first[i]], &b[centre], r[1]);
        cell_min_image(&s->cell, r[0]);
        cell_min_image(&s->cell, r[1]);
        bool near = fmin(vec_norm(r[0]), vec_norm(r[1])) < w->o->radius;
        for (int64_t k = s->ion_first[i]; k < s->ion_first[i + 1]; k++)
            moves[k] = near;
    }
    return moves;
}

static Err prefactors(Walk *w, NebWay *way, const RotorLock *lock)
{
    const NebBand *b = &way->band;
    const double *top = &b->x[way->result.top * b->n], *last = &b->x[(b->images - 1) * b->n];
    bool *moves = near_moving(w, b->x, top);
    size_t slot = (size_t)w->o->images; /* three engines beyond those of the images */
    Err e = neb_modes(w->comm, &w->engine, slot, b->x, moves, lock, w->o->step, &way->at_first);
    if (e == OK)
        e = neb_modes(w->comm, &w->engine, slot + 1, top, moves, lock, w->o->step, &way->at_saddle);
    way->at_last = way->at_first;
    if (e == OK && !w->path->relabelled)
        e = neb_modes(w->comm, &w->engine, slot + 2, last, moves, lock, w->o->step, &way->at_last);
    if (e == OK) {
        way->prefactor = neb_prefactor(&way->at_first, &way->at_saddle);
        way->prefactor_back = neb_prefactor(&way->at_last, &way->at_saddle);
    }
    free(moves);
    return e;
}

/* Did the Mg that should hop relax back to where it came from (while others moved)? */
static bool came_back(const Walk *w, const double first[], const double last[])
{
    if (w->m->kind != NEB_HOP && w->m->kind != NEB_VACANCY)
        return false;
    double d[3];
    size_t at = 3 * (size_t)w->path->sample.ion_first[w->path->ion];
    vec_sub(&last[at], &first[at], d);
    return vec_norm(d) < back_within;
}

/* Ends, band, numbers, with the lock (NULL: free). Statuses, no errors, for what does not come out right. */
static Err walk(Walk *w, NebWay *way, const RotorLock *lock)
{
    NebPath *path = w->path;
    const Sample *first = &path->sample;
    const NebProblem p = neb_engine_problem(&w->engine, lock);
    double turn[3];
    bool relaxed = true;
    neb_band_init(&way->band, (size_t)w->o->images, p.n);
    double *last = &way->band.x[(way->band.images - 1) * p.n];
    memcpy(way->band.x, first->x, p.n * sizeof last[0]);
    Err e = neb_move_last(w->m, w->node, w->original, first, path->ion, w->final, last, turn,
                          &path->relabelled);
    if (e == OK && lock != NULL)
        rotor_lock_turn(lock, last);
    if (e == OK && !path->relabelled)
        e = neb_settle(w->comm, &p, &w->end, way->band.images - 1, last, &way->steps_last,
                       &relaxed);
    if (e != OK)
        return e;
    if (!relaxed)
        way->status = NEB_ENDS_NOT_RELAXED;
    else if (neb_farthest(&p, way->band.x, last) < equal_within)
        way->status = NEB_ENDS_EQUAL;
    else if (came_back(w, way->band.x, last))
        way->status = NEB_CAME_BACK;
    if (way->status != NEB_NOT_DONE)
        return OK;
    neb_move_band(first, path->ion, turn, w->o->shake, w->seed, lock, &way->band);
    e = neb_pieces_run(w->comm, &p, &w->band, &w->end, equal_within, &way->band, &way->result,
                       &way->pieces);
    if (e != OK)
        return e;
    way->status = way->result.converged ? NEB_CONVERGED : NEB_NOT_CONVERGED;
    look(w, way);
    if (way->status == NEB_CONVERGED && w->o->prefactor)
        e = prefactors(w, way, lock);
    return e;
}

/* ERR_NUMERICAL becomes a status. */
static Err walk_safely(Walk *w, NebWay *way, const RotorLock *lock)
{
    Err e = walk(w, way, lock);
    if (e != ERR_NUMERICAL)
        return e;
    log_warn("%s", err_message());
    way->status = NEB_FAILED;
    return OK;
}

static void list_bh4(NebPath *p)
{
    p->bh4 = MEM_NEW(int64_t, p->sample.nion);
    for (int64_t i = 0; i < p->sample.nion; i++)
        if (p->sample.ion_kind[i] == ION_BH4)
            p->bh4[p->nbh4++] = p->sample.ion_first[i];
}

static Err walk_both(Walk *w, bool talks)
{
    NebPath *path = w->path;
    bool relaxed;
    int steps;
    const NebProblem p = neb_engine_problem(&w->engine, NULL);
    Err e = neb_settle(w->comm, &p, &w->end, 0, &path->sample.x[0][0], &steps, &relaxed);
    if (e == ERR_NUMERICAL) {
        path->way[0].status = path->way[1].status = NEB_FAILED;
        return OK;
    }
    for (int locked = 0; locked < 2 && e == OK; locked++) {
        NebWay *way = &path->way[locked];
        RotorLock lock;
        if (w->o->lock != NEB_LOCK_BOTH && w->o->lock != locked)
            continue;
        way->steps_first = steps;
        if (!relaxed) {
            way->status = NEB_ENDS_NOT_RELAXED;
            continue;
        }
        bool turning = w->m->kind == NEB_ROTATION;
        rotor_lock_init(&lock, &path->sample, turning ? 1 : 0, &path->ion);
        e = walk_safely(w, way, locked ? &lock : NULL);
        rotor_lock_clear(&lock);
        if (e == OK && talks)
            log_info("  %s: %s, barrier %.4f eV, %d + %d steps", locked ? "locked" : "free",
                     neb_status_name(way->status), way->barrier, way->steps_last,
                     way->result.steps);
    }
    path->lock_difference = path->way[1].barrier - path->way[0].barrier;
    return e;
}

Err neb_path_run(const Comm *c, const NebPathOptions *o, const NebMove *m, const ConfigNode *node,
                 const Sample *s, const Sample *final, const FfParameters *p, uint64_t seed,
                 bool talks, NebPath *out)
{
    *out = (NebPath){.options = o, .ion = -1, .lock_difference = NAN};
    for (int k = 0; k < 2; k++)
        out->way[k] = (NebWay){.barrier = NAN,
                               .back = NAN,
                               .difference = NAN,
                               .most_turned = -1,
                               .prefactor = NAN,
                               .prefactor_back = NAN};
    FfOptions options;
    Err e = neb_path_force(o, node, s, &options);
    if (e == OK)
        e = neb_move_first(m, node, s, &out->sample, &out->ion);
    if (e != OK)
        return e;
    list_bh4(out);
    Walk w = {.comm = c,
              .o = o,
              .m = m,
              .node = node,
              .original = s,
              .final = final,
              .seed = seed,
              .path = out,
              .end = {.fmax = o->relax_force, .max_steps = (int)o->relax_steps},
              .band = {.spring = o->spring,
                       .fmax = o->fmax,
                       .climb_below = o->climb ? o->climb_below : 0.0,
                       .max_steps = (int)o->max_steps,
                       .say = talks ? say : NULL}};
    neb_engine_init(&w.engine, c, &out->sample, p, &options, (size_t)o->images + 3);
    e = walk_both(&w, talks);
    out->calls = w.engine.calls;
    comm_sum_i64(c, 1, &out->calls);
    neb_engine_clear(&w.engine);
    return e;
}

void neb_path_clear(NebPath *p)
{
    for (int k = 0; k < 2; k++) {
        neb_band_clear(&p->way[k].band);
        free(p->way[k].s);
        free(p->way[k].turn);
    }
    free(p->bh4);
    sample_clear(&p->sample);
    *p = (NebPath){0};
}
