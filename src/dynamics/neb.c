#include "dynamics/neb.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UPHILL_DELAY = 5, SAY_EVERY = 20, AWAY = 3 };
static const double alpha_start = 0.1, alpha_fade = 0.99, dt_grow = 1.1, dt_shrink = 0.5,
                    dt_least = 1e-5, clearly = 1e-3, /* eV */
    sharp = 0.3;

void neb_band_init(NebBand *b, size_t images, size_t n)
{
    CHECK(images >= 3, "%zu images", images);
    *b = (NebBand){.images = images,
                   .n = n,
                   .x = MEM_NEW(double, images *n),
                   .energy = MEM_NEW(double, images),
                   .force = MEM_NEW(double, images *n)};
}

void neb_band_clear(NebBand *b)
{
    free(b->x);
    free(b->energy);
    free(b->force);
    *b = (NebBand){0};
}

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double distance(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum);
}

void neb_band_straight(NebBand *b)
{
    const double *first = b->x, *last = &b->x[(b->images - 1) * b->n];
    for (size_t i = 1; i + 1 < b->images; i++) {
        double t = (double)i / (double)(b->images - 1);
        for (size_t k = 0; k < b->n; k++)
            b->x[i * b->n + k] = (1.0 - t) * first[k] + t * last[k];
    }
}

void neb_band_lengths(const NebBand *b, double s[])
{
    s[0] = 0.0;
    for (size_t i = 1; i < b->images; i++)
        s[i] = s[i - 1] + distance(b->n, &b->x[i * b->n], &b->x[(i - 1) * b->n]);
}

void neb_band_spread(const NebBand *from, NebBand *to)
{
    const size_t n = from->n, last = from->images - 1, end = to->images - 1;
    double *s = MEM_NEW(double, from->images);
    neb_band_lengths(from, s);
    size_t at = 0;
    memcpy(to->x, from->x, n * sizeof to->x[0]);
    memcpy(&to->x[end * n], &from->x[last * n], n * sizeof to->x[0]);
    for (size_t i = 1; i < end; i++) {
        double wanted = s[last] * (double)i / (double)end;
        while (at + 1 < last && s[at + 1] < wanted)
            at++;
        double t = (wanted - s[at]) / (s[at + 1] - s[at]);
        for (size_t k = 0; k < n; k++)
            to->x[i * n + k] = (1.0 - t) * from->x[at * n + k] + t * from->x[(at + 1) * n + k];
    }
    free(s);
}

double neb_farthest(const NebProblem *p, const double a[], const double b[])
{
    double most = 0.0;
    for (size_t i = 0; i < p->n; i += p->dims)
        most = fmax(most, distance(p->dims, &a[i], &b[i]));
    return most;
}

/* With the usual fading of alpha a band is not damped while it goes downhill as a whole. But what a tangent takes from one image
 * drives the next one at just the frequency of its own bonds, from image to image, and nothing bounds it by an energy: bonds then tear
 * after some hundred steps. So alpha stays.
 * FIRE: E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), doi 10.1103/PhysRevLett.97.170201; see relax.c. */
typedef struct Fire {
    size_t n, dims;
    double *v;
    double dt, dt_most, longest_move, alpha, fade;
    int downhill;
} Fire;

static void fire_init(Fire *f, const NebOptions *o, size_t n, size_t dims, double fade)
{
    *f = (Fire){.n = n, .dims = dims, .v = MEM_NEW(double, n), .alpha = alpha_start, .fade = fade};
    f->dt = o->dt_start > 0.0 ? o->dt_start : 0.05;
    f->dt_most = o->dt_most > 0.0 ? o->dt_most : 0.15;
    f->longest_move = o->longest_move > 0.0 ? o->longest_move : 0.1;
}

/* Largest length of a group of `dims` numbers. */
static double largest(size_t n, size_t dims, const double a[])
{
    double most = 0.0;
    for (size_t i = 0; i < n; i += dims)
        most = fmax(most, dot(dims, &a[i], &a[i]));
    return sqrt(most);
}

static void fire_halt(Fire *f)
{
    f->downhill = 0;
    f->dt = fmax(f->dt * dt_shrink, dt_least);
    f->alpha = alpha_start;
    memset(f->v, 0, f->n * sizeof f->v[0]);
}

static void fire_steer(Fire *f, const double force[])
{
    if (dot(f->n, force, f->v) > 0.0) {
        if (++f->downhill > UPHILL_DELAY) {
            f->dt = fmin(f->dt * dt_grow, f->dt_most);
            f->alpha *= f->fade;
        }
        return;
    }
    fire_halt(f);
}

static void fire_step(Fire *f, const double force[], double x[])
{
    fire_steer(f, force);
    for (size_t i = 0; i < f->n; i++)
        f->v[i] += f->dt * force[i];
    double ff = dot(f->n, force, force), vv = dot(f->n, f->v, f->v);
    double turn = ff > 0.0 ? f->alpha * sqrt(vv / ff) : 0.0;
    for (size_t i = 0; i < f->n; i++)
        f->v[i] = (1.0 - f->alpha) * f->v[i] + turn * force[i];
    double move = f->dt * largest(f->n, f->dims, f->v);
    double dt = move > f->longest_move ? f->dt * f->longest_move / move : f->dt;
    for (size_t i = 0; i < f->n; i++)
        x[i] += dt * f->v[i];
}

static Err evaluate(const NebProblem *p, size_t image, const double x[], double *energy,
                    double force[])
{
    TRY(p->energy(p->data, image, x, energy, force));
    double sum = *energy;
    for (size_t i = 0; i < p->n; i++)
        sum += force[i];
    if (!isfinite(sum))
        return err_set(ERR_NUMERICAL, "image %zu: energy or force is not finite", image);
    if (p->project != NULL)
        p->project(p->data, force);
    return OK;
}

Err neb_minimise(const NebProblem *p, const NebOptions *o, size_t image, double x[], double *energy,
                 double force[], int *steps)
{
    Fire fire;
    fire_init(&fire, o, p->n, p->dims, alpha_fade);
    Err e = evaluate(p, image, x, energy, force);
    for (*steps = 0; e == OK && *steps < o->max_steps; ++*steps) {
        if (largest(p->n, p->dims, force) < o->fmax)
            break;
        fire_step(&fire, force, x);
        e = evaluate(p, image, x, energy, force);
    }
    free(fire.v);
    return e;
}

Err neb_settle(const Comm *c, const NebProblem *p, const NebOptions *o, size_t image, double x[],
               int *steps, bool *there)
{
    const int owner = (int)(image % (size_t)comm_size(c));
    double *force = MEM_NEW(double, p->n), energy = 0.0;
    Err e = OK;
    *steps = 0;
    if (comm_rank(c) == owner)
        e = neb_minimise(p, o, image, x, &energy, force, steps);
    e = comm_agree(c, e);
    comm_bcast(c, owner, sizeof *steps, steps);
    comm_bcast(c, owner, p->n * sizeof x[0], x);
    *there = *steps < o->max_steps;
    free(force);
    return e;
}

void neb_tangent(const NebBand *b, size_t i, double tangent[])
{
    const size_t n = b->n;
    const double *x = &b->x[i * n], *before = x - n, *after = x + n;
    double here = b->energy[i], up = b->energy[i + 1], down = b->energy[i - 1];
    double plus, minus;
    if (up > here && here > down) {
        plus = 1.0, minus = 0.0;
    } else if (up < here && here < down) {
        plus = 0.0, minus = 1.0;
    } else {
        double most = fmax(fabs(up - here), fabs(down - here)),
               least = fmin(fabs(up - here), fabs(down - here));
        if (most == 0.0)
            most = least = 1.0;
        plus = up > down ? most : least;
        minus = up > down ? least : most;
    }
    for (size_t k = 0; k < n; k++)
        tangent[k] = plus * (after[k] - x[k]) + minus * (x[k] - before[k]);
    double norm = sqrt(dot(n, tangent, tangent));
    for (size_t k = 0; k < n && norm > 0.0; k++)
        tangent[k] /= norm;
}

/* Inner image i is computed by rank (i - 1) modulo size. Collective. */
static Err compute_images(const Comm *c, const NebProblem *p, NebBand *b, bool ends)
{
    size_t first = ends ? 0 : 1, last = ends ? b->images : b->images - 1;
    Err e = OK;
    for (size_t i = first; i < last && e == OK; i++)
        if ((int)(i % (size_t)comm_size(c)) == comm_rank(c))
            e = evaluate(p, i, &b->x[i * b->n], &b->energy[i], &b->force[i * b->n]);
    e = comm_agree(c, e);
    for (size_t i = first; i < last && e == OK; i++) {
        int owner = (int)(i % (size_t)comm_size(c));
        comm_bcast(c, owner, sizeof b->energy[i], &b->energy[i]);
        comm_bcast(c, owner, b->n * sizeof b->force[0], &b->force[i * b->n]);
    }
    return e;
}

static size_t highest(const NebBand *b)
{
    size_t top = 1;
    for (size_t i = 2; i + 1 < b->images; i++)
        if (b->energy[i] > b->energy[top])
            top = i;
    return top;
}

/* Images that climb: the highest, and every other one higher than both neighbours, so that equal tops do not take turns. Those that
 * climb already go on while no neighbour is clearly higher. */
static void choose_climbers(const NebBand *b, bool climbs[])
{
    for (size_t i = 1; i + 1 < b->images; i++) {
        double over = b->energy[i] - fmax(b->energy[i - 1], b->energy[i + 1]);
        climbs[i] = over > (climbs[i] ? -clearly : 0.0);
    }
}

/* How much of the springs' pull across the path is kept: none up to a bend of some 70 degrees, all where it turns back. */
static double kink(size_t n, const double before[], const double x[], const double after[])
{
    double both = 0.0, a = 0.0, b = 0.0;
    for (size_t k = 0; k < n; k++) {
        double down = x[k] - before[k], up = after[k] - x[k];
        both += down * up;
        a += down * down;
        b += up * up;
    }
    double cosine = a > 0.0 && b > 0.0 ? both / sqrt(a * b) : 1.0;
    return cosine < 0.0 ? 1.0 : cosine > sharp ? 0.0 : 0.5 * (1.0 + cos(PI * cosine / sharp));
}

/* Force of an inner image: F - (F.t) t + k (|after| - |before|) t + s P k (after - 2 x + before), P across t, s from `kink`; of the
 * climbing one: F - 2 (F.t) t. */
static void image_force(const NebBand *b, size_t i, double spring, bool climbs, double *tangent,
                        double *to)
{
    const size_t n = b->n;
    const double *x = &b->x[i * n], *before = x - n, *after = x + n, *f = &b->force[i * n];
    neb_tangent(b, i, tangent);
    double along = dot(n, f, tangent);
    if (climbs) {
        for (size_t k = 0; k < n; k++)
            to[k] = f[k] - 2.0 * along * tangent[k];
        return;
    }
    double add = spring * (distance(n, after, x) - distance(n, x, before)) - along;
    double across = spring * kink(n, before, x, after), bend = 0.0;
    for (size_t k = 0; k < n; k++)
        bend += (after[k] - 2.0 * x[k] + before[k]) * tangent[k];
    for (size_t k = 0; k < n; k++)
        to[k] = f[k] + (add - across * bend) * tangent[k] +
                across * (after[k] - 2.0 * x[k] + before[k]);
}

static void band_forces(const NebBand *b, double spring, const bool climbs[], double *tangent,
                        double *out)
{
    for (size_t i = 1; i + 1 < b->images; i++)
        image_force(b, i, spring, climbs[i], tangent, &out[(i - 1) * b->n]);
}

/* Begin to climb, or stop: it may climb something else, a bond say, and then needs a smoother band first. True if it changed. */
static bool switch_climbing(NebResult *r, double fmax_wanted, double *below, double begun,
                            bool climbs[], size_t images)
{
    if (!r->climbed && r->largest < fmax(*below, fmax_wanted)) {
        r->climbed = true;
    } else if (r->climbed && r->largest > AWAY * begun) {
        r->climbed = false;
        *below *= 0.5;
        memset(climbs, 0, images * sizeof climbs[0]);
    } else {
        return false;
    }
    return true;
}

Err neb_run(const Comm *c, const NebProblem *p, const NebOptions *o, NebBand *b, NebResult *r)
{
    Fire fire;
    size_t inner = (b->images - 2) * b->n;
    double *force = MEM_NEW(double, inner), *tangent = MEM_NEW(double, b->n);
    bool *climbs = MEM_NEW(bool, b->images), wanted = o->climb_below > 0.0;
    double below = o->climb_below, begun = 0.0;
    fire_init(&fire, o, inner, p->dims, 1.0);
    *r = (NebResult){0};
    Err e = compute_images(c, p, b, true);
    for (; e == OK; r->steps++) {
        r->top = highest(b);
        if (r->climbed)
            choose_climbers(b, climbs);
        band_forces(b, o->spring, climbs, tangent, force);
        r->largest = largest(inner, p->dims, force);
        if (o->say != NULL && r->steps % SAY_EVERY == 0)
            o->say(r->steps, r->largest, b->energy[r->top]);
        r->converged = r->largest < o->fmax && r->climbed == wanted;
        if (r->converged || r->steps == o->max_steps)
            break;
        if (wanted && switch_climbing(r, o->fmax, &below, begun, climbs, b->images)) {
            if (r->climbed)
                choose_climbers(b, climbs);
            else
                fire_halt(&fire);
            band_forces(b, o->spring, climbs, tangent, force);
            begun = fmax(below, largest(inner, p->dims, force));
        }
        fire_step(&fire, force, &b->x[b->n]);
        e = compute_images(c, p, b, false);
    }
    free(force);
    free(tangent);
    free(climbs);
    free(fire.v);
    return e;
}
