#include "force/tune.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/timer.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/cluster.h"
#include "force/coulomb.h"
#include "force/p3m.h"
#include "force/p3m_cost.h"
#include "par/fft.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double ROW = 16e-9, ROW_MIXED = 10e-9; /* s: one atom with four H */
static const double SHORTEST = 5.0, LONGEST = 14.0; /* A: cut-offs looked at, */
static const double CUTOFF_STEP = 0.5;              /* and their distance */
static const double TAIL_SHARE = 0.3;               /* of the error, for pair terms left out */
static const double LIST_LIFE = 0.025;              /* ps */
static const double ION_SHIFT = 0.4,
                    ATOM_SHIFT = 0.2; /* A, rms: of ions as wholes, of atoms in them */
static const double FINER = 0.01;     /* error of the reference to the one asked for */
static const double EWALD_WORK = 2e9; /* atoms x waves that take about two seconds */

static const double COARSEST = 0.5,
                    FINEST = 1.5;    /* meshes looked at, to that of the first choice */
static const double EXPECTED = 0.45; /* measured to estimated, before any is measured */

enum { ROUNDS = 6, RUNGS = 64 };

static FfType type_of(const Sample *s, int64_t i)
{
    const char *element = s->species[s->kind[i]]->element;
    return strcmp(element, "Mg") == 0 ? FF_MG : strcmp(element, "B") == 0 ? FF_B : FF_H;
}

static void count_types(const Sample *s, double count[FF_TYPES])
{
    memset(count, 0, FF_TYPES * sizeof *count);
    for (int64_t i = 0; i < s->n; i++)
        count[type_of(s, i)] += 1.0;
}

static double sum_of_q2(const FfParameters *p, const double count[FF_TYPES])
{
    double sum = 0.0;
    for (int t = 0; t < FF_TYPES; t++)
        sum += count[t] * p->charge[t] * p->charge[t];
    return sum;
}

/* rms force of the pair terms beyond the cut-off, their sources at random places: mean square = 4 pi n
 * int_rc^oo F^2 r^2 dr, both terms of F added as if in line */
static double tail_error(const FfParameters *p, const double count[FF_TYPES], double volume,
                         double cutoff)
{
    double sum = 0.0, atoms = 0.0;
    for (int i = 0; i < FF_TYPES; i++) {
        atoms += count[i];
        for (int j = 0; j < FF_TYPES; j++) {
            const FfPair *t = &p->pair[i][j];
            double a = 0.0, c = 6.0 * fabs(t->c6) * sqrt(1.0 / (11.0 * pow(cutoff, 11)));
            if (t->a != 0.0 && t->rho > 0.0)
                a = fabs(t->a) / t->rho * exp(-cutoff / t->rho) *
                    sqrt(0.5 * t->rho *
                         (cutoff * cutoff + cutoff * t->rho + 0.5 * t->rho * t->rho));
            sum += count[i] * 4.0 * PI * count[j] / volume * (a + c) * (a + c);
        }
    }
    return sqrt(sum / atoms);
}

/* Does FFTW measure its plans? Reproducible runs must not (fft.h). */
static bool timed(const FfOptions *o)
{
    return o->measure && !o->reproducible;
}

static double cost_of(const FfOptions *o, const double count[FF_TYPES], double volume)
{
    double bh4 = count[FF_B], ions = count[FF_B] + count[FF_MG], radius = o->cutoff + 1.2;
    double rows = (2.0 * bh4 + ions) * bh4 / volume * 4.0 * PI / 3.0 * radius * radius * radius;
    double natoms = count[FF_MG] + count[FF_B] + count[FF_H];
    double mesh =
        o->coulomb == COULOMB_P3M ? p3m_cost(o->mesh, o->order, (int64_t)natoms, timed(o)) : 0.0;
    return rows * (o->mixed ? ROW_MIXED : ROW) + mesh;
}

/* A mesh with a few more points may cost less (32 beats 30); `given` axes stay. */
static void cheapest_mesh(const int given[3], int64_t natoms, FfOptions *o)
{
    for (int axis = 0; axis < 3; axis++) {
        int least = o->mesh[axis], best = least;
        double cost = p3m_cost(o->mesh, o->order, natoms, timed(o));
        for (int n = least + 2; given[axis] <= 0 && n <= least + least / 5; n += 2) {
            o->mesh[axis] = n;
            double other = p3m_cost(o->mesh, o->order, natoms, timed(o));
            if (other < cost) {
                cost = other;
                best = n;
            }
        }
        o->mesh[axis] = best;
    }
}

/* Mesh and splitting for the cut-off and order in o, and what they cost */
static Err try_order(const FfParameters *p, const Sample *s, const double count[FF_TYPES],
                     FfOptions *o, double *cost)
{
    double kcut, beta;
    const int given[3] = {o->mesh[0], o->mesh[1], o->mesh[2]};
    int mesh[3];
    TRY(coulomb_pick(o->accuracy, o->cutoff, s->n, sum_of_q2(p, count), &s->cell,
                     o->coulomb == COULOMB_P3M ? o->order : 0, &beta, mesh, &kcut));
    if (!(o->beta > 0.0))
        o->beta = beta;
    for (int k = 0; k < 3; k++)
        if (o->mesh[k] <= 0)
            o->mesh[k] = mesh[k];
    if (o->coulomb == COULOMB_P3M)
        cheapest_mesh(given, s->n, o);
    *cost = cost_of(o, count, s->cell.volume);
    return OK;
}

/* The cheapest order for one cut-off */
static Err try_cutoff(const FfParameters *p, const Sample *s, const double count[FF_TYPES],
                      const FfOptions *asked, double cutoff, FfOptions *best, double *least)
{
    bool given = asked->order > 0 || asked->coulomb == COULOMB_EWALD;
    int from = given ? asked->order : P3M_ORDER_MIN, to = given ? asked->order : P3M_ORDER_MAX;
    Err e = OK;
    bool found = false;
    for (int order = from; order <= to; order++) {
        FfOptions o = *asked;
        double cost;
        o.cutoff = cutoff;
        o.order = order;
        e = try_order(p, s, count, &o, &cost);
        if (e != OK)
            continue; /* another order may do */
        found = true;
        if (cost < *least) {
            *least = cost;
            *best = o;
        }
    }
    return found ? OK : e;
}

static double half_width(const Cell *cell)
{
    double w[3];
    cell_widths(cell, w);
    return 0.5 * fmin(w[0], fmin(w[1], w[2]));
}

Err tune_pick(const FfParameters *p, const Sample *sample, double temperature, FfOptions *o)
{
    double count[FF_TYPES], least = INFINITY;
    count_types(sample, count);
    FfOptions best = *o;
    if (o->cutoff > 0.0) {
        TRY(try_cutoff(p, sample, count, o, o->cutoff, &best, &least));
    } else {
        Err e = err_set(ERR_INPUT,
                        "no cut-off below half the width of the cell, %.2f A, leaves out less than "
                        "%g eV/A of the pair terms; take a larger supercell or give a cut-off",
                        half_width(&sample->cell), TAIL_SHARE * o->accuracy);
        for (double r = SHORTEST; r <= fmin(LONGEST, half_width(&sample->cell)); r += CUTOFF_STEP)
            if (tail_error(p, count, sample->cell.volume, r) <= TAIL_SHARE * o->accuracy) {
                Err one = try_cutoff(p, sample, count, o, r, &best, &least);
                e = one == OK || least < INFINITY ? OK : one;
            }
        if (e != OK)
            return e;
    }
    *o = best;
    if (!(o->skin > 0.0)) {
        const double bh4 = 14.8; /* u, the lightest ion; isotopes hardly change it */
        o->skin =
            cluster_skin(fmax(temperature, 10.0), bh4, sample->nion, LIST_LIFE / UNITS_TIME_PS);
    }
    return OK;
}

/* Plans are not worth measuring for one call. */
Err tune_forces(const Comm *c, const FfParameters *p, const Sample *s, const FfOptions *asked,
                double (*f)[3])
{
    FfOptions once = *asked;
    once.measure = false;
    const FfOptions *o = &once;
    Domain *d = NULL;
    Atoms a;
    Forcefield *ff = NULL;
    FfResult r;
    Err e = domain_new(c, s, o->cutoff + o->skin, &d, &a);
    if (e == OK)
        e = forcefield_new(p, o, s, d, &a, &ff);
    if (e == OK)
        e = forcefield_compute(ff, d, &a, &r);
    memset(f, 0, (size_t)s->n * sizeof *f);
    for (int32_t i = 0; e == OK && i < a.nlocal; i++)
        memcpy(f[a.id[i]], a.f[i], sizeof *f);
    if (e == OK)
        comm_sum(c, 3 * (size_t)s->n, (double *)f);
    forcefield_free(ff);
    if (d != NULL)
        atoms_clear(&a);
    domain_free(d);
    return e;
}

/* A sum that is converged to FINER of the error asked for, and how */
static Err reference_of(const Comm *c, const FfParameters *p, const Sample *s, const FfOptions *o,
                        double (*f)[3], bool *by_ewald)
{
    FfOptions fine = *o;
    double count[FF_TYPES], beta, kcut;
    int mesh[3];
    count_types(s, count);
    fine.accuracy = FINER * o->accuracy;
    fine.mixed = fine.reproducible = false;
    fine.beta = 0.0;
    memset(fine.mesh, 0, sizeof fine.mesh);
    TRY(coulomb_pick(fine.accuracy, o->cutoff, s->n, sum_of_q2(p, count), &s->cell, 0, &beta, mesh,
                     &kcut)); /* the same on all ranks */
    double waves = s->cell.volume * kcut * kcut * kcut / (12.0 * PI * PI);
    *by_ewald = (double)s->n * waves <= EWALD_WORK * comm_size(c);
    fine.coulomb = *by_ewald ? COULOMB_EWALD : COULOMB_P3M;
    fine.order = P3M_ORDER_MAX;
    return tune_forces(c, p, s, &fine, f);
}

/* The sample with its ions and atoms off their places */
static void displaced(const Sample *sample, Sample *s)
{
    sample_copy(s, sample);
    for (int64_t m = 0; m < s->nion; m++) {
        double ion[3], z[3];
        rng_normal3(1, RNG_TUNE, 1, (uint64_t)m, 0, ion);
        for (int64_t i = s->ion_first[m]; i < s->ion_first[m + 1]; i++) {
            rng_normal3(1, RNG_TUNE, 0, (uint64_t)i, 0, z);
            vec_axpy(ION_SHIFT / sqrt(3.0), ion, s->x[i]);
            vec_axpy(ATOM_SHIFT / sqrt(3.0), z, s->x[i]);
        }
    }
}

double tune_difference(int64_t n, const double (*f)[3], const double (*g)[3])
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            sum += (f[i][k] - g[i][k]) * (f[i][k] - g[i][k]);
    return sqrt(sum / (double)n);
}

/* What is measured against, kept over the rounds of a search */
typedef struct Yardstick {
    Sample s;
    double (*reference)[3], (*f)[3];
    bool by_ewald;
} Yardstick;

static Err yardstick_init(Yardstick *y, const Comm *c, const FfParameters *p, const Sample *sample,
                          const FfOptions *o)
{
    displaced(sample, &y->s);
    y->reference = mem_new((size_t)sample->n, sizeof *y->reference);
    y->f = mem_new((size_t)sample->n, sizeof *y->f);
    return reference_of(c, p, &y->s, o, y->reference, &y->by_ewald);
}

static void yardstick_clear(Yardstick *y)
{
    sample_clear(&y->s);
    free(y->reference);
    free(y->f);
}

static Err hold_against(Yardstick *y, const Comm *c, const FfParameters *p, const FfOptions *o,
                        double *measured)
{
    Err e = tune_forces(c, p, &y->s, o, y->f);
    *measured = e == OK ? tune_difference(y->s.n, (const double(*)[3])y->f,
                                          (const double(*)[3])y->reference)
                        : INFINITY;
    return e;
}

Err tune_measure(const Comm *c, const FfParameters *p, const Sample *sample, const FfOptions *o,
                 double *measured, bool *by_ewald)
{
    Yardstick y;
    Err e = yardstick_init(&y, c, p, sample, o);
    *by_ewald = y.by_ewald;
    if (e == OK)
        e = hold_against(&y, c, p, o, measured);
    yardstick_clear(&y);
    return e;
}

/* The share of the error asked for that may be measured on one configuration: see tune.h. */
static double margin(int64_t natoms)
{
    return fmin(0.95, fmax(0.5, 1.0 - 2.4 / sqrt((double)natoms)));
}

/* Choices for one cut-off, from the dearest on: each is cheaper than the one before, and has a larger estimated error. */
typedef struct Rung {
    FfOptions o;
    double cost, estimate;
} Rung;

typedef struct Ladder {
    int n;
    Rung rung[RUNGS];
} Ladder;

static int by_estimate(const void *a, const void *b)
{
    const Rung *r = a, *s = b;
    return (r->estimate > s->estimate) - (r->estimate < s->estimate);
}

static void add_rung(Ladder *l, const double count[FF_TYPES], const Sample *s, double q2,
                     const FfOptions *o)
{
    Rung *r = &l->rung[l->n++];
    r->o = *o;
    if (o->beta > 0.0)
        r->estimate = hypot(coulomb_error_real(o->beta, o->cutoff, s->n, q2, &s->cell),
                            coulomb_error_p3m(o->beta, o->mesh, o->order, s->n, q2, &s->cell));
    else
        r->estimate = coulomb_balance(o->cutoff, o->mesh, o->order, s->n, q2, &s->cell, &r->o.beta);
    r->cost = cost_of(&r->o, count, s->cell.volume);
}

/* The mesh with n points along the longest axis, where none is given */
static void mesh_of(const Cell *cell, int n, const int given[3], int mesh[3])
{
    double longest = 0.0;
    for (int k = 0; k < 3; k++)
        longest = fmax(longest, vec_norm(cell->h[k]));
    for (int k = 0; k < 3; k++)
        mesh[k] =
            given[k] > 0 ? given[k] : fft_good_size(n * vec_norm(cell->h[k]) / longest - 1e-6);
}

static void ladder_init(Ladder *l, const FfParameters *p, const Sample *s, const FfOptions *asked,
                        const FfOptions *first)
{
    double count[FF_TYPES], least = INFINITY;
    count_types(s, count);
    l->n = 0;
    if (asked->coulomb == COULOMB_EWALD) { /* its waves follow from the error asked for */
        l->rung[l->n++] = (Rung){*first, 0.0, asked->accuracy};
        return;
    }
    int from = asked->order > 0 ? asked->order : P3M_ORDER_MIN;
    int to = asked->order > 0 ? asked->order : P3M_ORDER_MAX, most = 0;
    for (int k = 0; k < 3; k++)
        most = first->mesh[k] > most ? first->mesh[k] : most;
    FfOptions o = *first;
    o.beta = asked->beta;
    for (int n = (int)(FINEST * most); n >= (int)(COARSEST * most); n--) {
        mesh_of(&s->cell, n, asked->mesh, o.mesh);
        double cost = p3m_cost(o.mesh, from, s->n, timed(&o));
        for (int order = from; cost < least && order <= to && l->n < RUNGS; order++) {
            o.order = order;
            add_rung(l, count, s, sum_of_q2(p, count), &o);
        }
        least = fmin(least, cost); /* a coarser mesh must cost less */
    }
    qsort(l->rung, (size_t)l->n, sizeof *l->rung, by_estimate);
    int kept = 0;
    for (int k = 0; k < l->n; k++)
        if (kept == 0 || l->rung[k].cost < l->rung[kept - 1].cost)
            l->rung[kept++] = l->rung[k];
    l->n = kept;
}

/* The cheapest rung between good and bad whose error should be below the limit, if measured errors are `ratio` times
 * estimated ones. */
static int next_rung(const Ladder *l, int good, int bad, double ratio, double limit)
{
    int k = good + 1;
    while (k + 1 < bad && ratio * l->rung[k + 1].estimate <= limit)
        k++;
    return k;
}

/* The cheapest rung that keeps the limit, good, lies above the dearest that does not, bad. */
static Err refine(Yardstick *y, const Comm *c, const FfParameters *p, const Ladder *l, double limit,
                  FfOptions *o, TuneReport *r)
{
    int good = -1, bad = l->n;
    double ratio = EXPECTED;
    r->measured = INFINITY;
    for (r->rounds = 0; r->rounds < ROUNDS && good + 1 < bad; r->rounds++) {
        int k = next_rung(l, good, bad, ratio, limit);
        double measured;
        Err e = hold_against(y, c, p, &l->rung[k].o, &measured);
        if (e != OK)
            return e;
        bool keeps = measured <= limit;
        if (keeps || (good < 0 && measured < r->measured)) {
            *o = l->rung[k].o;
            r->measured = measured;
        }
        *(keeps ? &good : &bad) = k;
        ratio = measured / l->rung[k].estimate;
    }
    return OK;
}

Err tune_search(const Comm *c, const FfParameters *p, const Sample *sample, double temperature,
                FfOptions *o, TuneReport *r)
{
    const FfOptions asked = *o;
    double count[FF_TYPES], begun = timer_now();
    *r = (TuneReport){0};
    count_types(sample, count);
    Err e = tune_pick(p, sample, temperature, o); /* the same on all ranks */
    if (e != OK)
        return e;
    Yardstick y;
    Ladder ladder;
    e = yardstick_init(&y, c, p, sample, o);
    if (e == OK) {
        ladder_init(&ladder, p, sample, &asked, o);
        e = refine(&y, c, p, &ladder, margin(sample->n) * asked.accuracy, o, r);
    }
    o->accuracy = asked.accuracy;
    yardstick_clear(&y);
    if (e != OK)
        return e;
    double q2 = sum_of_q2(p, count);
    double mesh = o->coulomb == COULOMB_P3M
                      ? coulomb_error_p3m(o->beta, o->mesh, o->order, sample->n, q2, &sample->cell)
                      : 0.0;
    r->by_ewald = y.by_ewald;
    r->estimate = hypot(coulomb_error_real(o->beta, o->cutoff, sample->n, q2, &sample->cell), mesh);
    r->tail = tail_error(p, count, sample->cell.volume, o->cutoff);
    r->cost = cost_of(o, count, sample->cell.volume);
    r->seconds = timer_now() - begun;
    if (r->measured > asked.accuracy)
        return err_set(
            ERR_INPUT,
            "a force error of %g eV/A is not reached: the best choice has %.2g eV/A measured; "
            "allow a larger error%s",
            asked.accuracy, r->measured, o->mixed ? " or take double precision" : "");
    return OK;
}

void tune_describe(const FfOptions *o, const TuneReport *r, size_t size, char text[])
{
    char mesh[96] = "Ewald";
    if (o->coulomb == COULOMB_P3M)
        snprintf(mesh, sizeof mesh, "mesh %d x %d x %d of order %d", o->mesh[0], o->mesh[1],
                 o->mesh[2], o->order);
    snprintf(text, size,
             "force error asked %.3g eV/A: cut-off %.2f A, beta %.4f 1/A, %s, list buffer %.2f A; "
             "estimated %.2g, measured %.2g eV/A rms against %s; pair terms beyond the cut-off "
             "%.1g eV/A",
             o->accuracy, o->cutoff, o->beta, mesh, o->skin, r->estimate, r->measured,
             r->by_ewald ? "converged Ewald" : "converged P3M", r->tail);
}
