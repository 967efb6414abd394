#include "force/forcefield.h"

#include "base/mem.h"
#include "base/vec.h"
#include "force/bonded.h"
#include "force/coulomb.h"
#include "force/ewald.h"
#include "force/nblist.h"
#include "force/p3m.h"
#include "force/pair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double LONGEST_BOND = 3.0; /* A; beyond it a BH4 is no ion any more */

struct Forcefield {
    FfParameters p;
    FfOptions o;
    PairTable table;
    Nblist list;
    Ewald *ewald; /* one of the two */
    P3m *p3m;
    double beta, kcut; /* 1/A */
    int mesh[3];
    int64_t natoms, count[FF_TYPES]; /* global */
    double error;                    /* estimated rms Coulomb force error [eV/A] */
    bool stale, charges_stale, rebuilt;
};

static FfType type_of(const Sample *sample, int64_t atom)
{
    const char *element = sample->species[sample->kind[atom]]->element;
    if (strcmp(element, "Mg") == 0)
        return FF_MG;
    CHECK(strcmp(element, "B") == 0 || strcmp(element, "H") == 0, "element %s in an ion", element);
    return element[0] == 'B' ? FF_B : FF_H;
}

static double sum_q2(const Forcefield *ff)
{
    double sum = 0.0;
    for (int t = 0; t < FF_TYPES; t++)
        sum += (double)ff->count[t] * ff->p.charge[t] * ff->p.charge[t];
    return sum;
}

static Err check_options(const Forcefield *ff, const Domain *d)
{
    const FfOptions *o = &ff->o;
    if (!(o->cutoff > 0.0) || !(o->skin >= 0.0))
        return err_set(ERR_INPUT,
                       "cut-off %g A and list buffer %g A: the first must be positive, the second "
                       "not negative",
                       o->cutoff, o->skin);
    if (o->cutoff + o->skin > domain_reach(d) * (1.0 + 1e-12))
        return err_set(ERR_INPUT,
                       "cut-off %g A plus list buffer %g A exceeds the reach %g A of the domain",
                       o->cutoff, o->skin, domain_reach(d));
    double q = 0.0;
    for (int t = 0; t < FF_TYPES; t++)
        q += (double)ff->count[t] * ff->p.charge[t];
    if (fabs(q) > 1e-6)
        return err_set(ERR_INPUT,
                       "the sample has charge %+.6f e; periodic Coulomb sums need a neutral cell",
                       q);
    return OK;
}

/* beta for a given mesh would need a search of its own: beta, or beta and mesh, may be given, else
 * both follow from the accuracy. With beta alone the wave cut-off and mesh are refined until their
 * error is below it. */
static Err pick(Forcefield *ff, const Cell *cell)
{
    const FfOptions *o = &ff->o;
    double q2 = sum_q2(ff), beta, kcut;
    int mesh[3], order = o->coulomb == COULOMB_P3M ? o->order : 0;
    TRY(coulomb_pick(o->accuracy, o->cutoff, ff->natoms, q2, cell, order, &beta, mesh, &kcut));
    ff->beta = o->beta > 0.0 ? o->beta : beta;
    double finer = fmax(1.0, ff->beta / beta);
    ff->kcut = kcut * finer;
    for (int k = 0; k < 3; k++)
        ff->mesh[k] = o->mesh[k] > 0 ? o->mesh[k] : 2 * (int)ceil(0.5 * mesh[k] * finer);
    return OK;
}

/* Splitting and mesh from the accuracy, or as the user gave them. */
static Err prepare_coulomb(Forcefield *ff, const Domain *d)
{
    const Comm *c = domain_comm(d);
    const Cell *cell = domain_cell(d);
    FfOptions *o = &ff->o;
    o->order = o->order > 0 ? o->order : 5;
    o->accuracy = o->accuracy > 0.0 ? o->accuracy : 1e-4;
    TRY(pick(ff, cell)); /* fails on all ranks alike */
    double q2 = sum_q2(ff), real = coulomb_error_real(ff->beta, o->cutoff, ff->natoms, q2, cell);
    if (o->coulomb == COULOMB_EWALD) {
        ff->error = hypot(real, coulomb_error_ewald(ff->beta, ff->kcut, ff->natoms, q2, cell));
        return ewald_new(c, cell, ff->beta, ff->kcut, &ff->ewald);
    }
    ff->error = hypot(real, coulomb_error_p3m(ff->beta, ff->mesh, o->order, ff->natoms, q2, cell));
    return p3m_new(c, cell, ff->beta, ff->mesh, &(P3mOptions){.order = o->order}, &ff->p3m);
}

Err forcefield_new(const FfParameters *p, const FfOptions *o, const Sample *sample, Domain *d,
                   Atoms *a, Forcefield **out)
{
    Forcefield *ff = MEM_NEW(Forcefield, 1);
    *out = NULL;
    ff->p = *p;
    ff->o = *o;
    ff->natoms = sample->n;
    ff->stale = true;
    ff->charges_stale = true;
    for (int64_t i = 0; i < sample->n; i++)
        ff->count[type_of(sample, i)]++;
    for (int32_t i = 0; i < a->nlocal; i++) {
        a->type[i] = (int32_t)type_of(sample, a->id[i]);
        a->q[i] = p->charge[a->type[i]];
        a->mass[i] = sample->species[sample->kind[a->id[i]]]->mass;
    }
    nblist_init(&ff->list, o->cutoff, o->skin);
    Err e = check_options(ff, d); /* all the following fail on all ranks alike */
    if (e == OK)
        e = prepare_coulomb(ff, d);
    if (e == OK)
        e = pair_init(&ff->table, ff->p.pair, o->cutoff, ff->beta, o->shift);
    if (e != OK) {
        forcefield_free(ff);
        return e;
    }
    *out = ff;
    return OK;
}

void forcefield_free(Forcefield *ff)
{
    if (ff == NULL)
        return;
    nblist_clear(&ff->list);
    ewald_free(ff->ewald);
    p3m_free(ff->p3m);
    free(ff);
}

void forcefield_set_parameters(Forcefield *ff, const FfParameters *p)
{
    ff->p = *p;
    pair_set(&ff->table, ff->p.pair, ff->o.shift);
    ff->charges_stale = true;
}

const FfParameters *forcefield_parameters(const Forcefield *ff)
{
    return &ff->p;
}

void forcefield_invalidate(Forcefield *ff)
{
    ff->stale = true;
}

bool forcefield_rebuilt(const Forcefield *ff)
{
    return ff->rebuilt;
}

void forcefield_describe(const Forcefield *ff, size_t size, char text[])
{
    const char *method = ff->ewald != NULL ? "Ewald" : "P3M";
    char grid[96];
    if (ff->ewald != NULL)
        snprintf(grid, sizeof grid, "waves up to %.3f 1/A", ff->kcut);
    else
        snprintf(grid, sizeof grid, "mesh %d x %d x %d, order %d", ff->mesh[0], ff->mesh[1],
                 ff->mesh[2], ff->o.order);
    snprintf(
        text, size,
        "Coulomb by %s: beta %.4f 1/A, cut-off %.3f A, %s, estimated rms force error %.1e eV/A",
        method, ff->beta, ff->o.cutoff, grid, ff->error);
}

/* Positions, ghosts and list fit for this step. */
static Err refresh(Forcefield *ff, Domain *d, Atoms *a)
{
    const Comm *c = domain_comm(d);
    const Cell *cell = domain_cell(d);
    ff->rebuilt = ff->stale || nblist_expired(&ff->list, c, cell, a);
    if (ff->rebuilt) {
        Err e = domain_migrate(d, a);
        if (e != OK)
            return e;
        nblist_build(&ff->list, cell, a);
        ff->stale = false;
    } else {
        halo_forward(d, a);
    }
    if (ff->charges_stale)
        for (int32_t i = 0; i < a->ntotal; i++)
            a->q[i] = ff->p.charge[a->type[i]];
    ff->charges_stale = false;
    memset(a->f, 0, (size_t)a->ntotal * sizeof *a->f);
    return OK;
}

/* sum r_a f_b over owned atoms and ghosts: with the forces of whole pairs this is the virial,
 * whatever the origin, and costs nothing in the pair loop. Before halo_reverse. */
static void virial_of_pairs(const Atoms *a, double w[3][3])
{
    for (int32_t i = 0; i < a->ntotal; i++)
        for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++)
                w[p][q] += a->x[i][p] * a->f[i][q];
}

/* sum (r - R)_a f_b of the atoms of each ion about its centre of mass R. After all forces. */
static void virial_inside_ions(const Atoms *a, double w[3][3])
{
    for (int32_t m = 0; m < a->nion; m++) {
        double centre[3] = {0.0, 0.0, 0.0}, mass = 0.0;
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++) {
            vec_axpy(a->mass[i], a->x[i], centre);
            mass += a->mass[i];
        }
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            for (int p = 0; p < 3; p++)
                for (int q = 0; q < 3; q++)
                    w[p][q] += (a->x[i][p] - centre[p] / mass) * a->f[i][q];
    }
}

/* Forces that are not finite and ions that are torn on this rank: their number, and a message for the agreement. A torn ion
 * would go on as an ever larger one, with ever more ghosts. */
static Err find_bad_force(const Atoms *a, double *bad)
{
    Err e = OK;
    for (int32_t k = 0; k < a->nion; k++) {
        int32_t b = a->ion_first[k];
        for (int32_t i = b + 1; i < a->ion_first[k + 1]; i++) {
            double d[3];
            vec_sub(a->x[i], a->x[b], d);
            if (vec_dot(d, d) < LONGEST_BOND * LONGEST_BOND)
                continue;
            *bad += 1.0;
            e = err_set(ERR_NUMERICAL,
                        "BH4 ion %lld is torn: B-H %.3g A (time step too long, or a potential that "
                        "cannot hold it)",
                        (long long)a->ion_id[k] + 1, vec_norm(d));
        }
    }
    for (int32_t i = 0; i < a->nlocal; i++) {
        if (isfinite(a->f[i][0] + a->f[i][1] + a->f[i][2]))
            continue;
        *bad += 1.0;
        e = err_set(ERR_NUMERICAL,
                    "the force on atom %lld is not finite (atoms on top of each other?)",
                    (long long)a->id[i] + 1);
    }
    return e;
}

typedef struct Sums { /* one message for all */
    double pair, real, bonded, bad;
    double virial[3][3], inside[3][3];
} Sums;

static Err reciprocal(Forcefield *ff, const Domain *d, Atoms *a, double *energy,
                      double virial[3][3])
{
    const double(*x)[3] = (const double(*)[3])a->x;
    if (ff->ewald != NULL)
        return ewald_compute(ff->ewald, domain_comm(d), domain_cell(d), a->nlocal, x, a->q, a->f,
                             energy, virial);
    return p3m_compute(ff->p3m, domain_cell(d), a->nlocal, x, a->q, a->f, energy, virial);
}

Err forcefield_compute(Forcefield *ff, Domain *d, Atoms *a, FfResult *r)
{
    const Comm *c = domain_comm(d);
    Sums s;
    double recip_virial[3][3] = {{0.0}};
    memset(r, 0, sizeof *r);
    memset(&s, 0, sizeof s);
    Err e = refresh(ff, d, a);
    if (e != OK)
        return e; /* agreed in domain_migrate */
    pair_compute(&ff->table, &ff->list, a, &s.pair, &s.real);
    pair_excluded(&ff->table, a, &s.real);
    if (!ff->o.rigid)
        bonded_compute(&ff->p, a, &s.bonded);
    virial_of_pairs(a, s.virial);
    halo_reverse(d, a);
    e = reciprocal(ff, d, a, &r->coulomb_recip, recip_virial);
    if (e != OK)
        return e; /* agreed there */
    virial_inside_ions(a, s.inside);
    e = find_bad_force(a, &s.bad);
    comm_sum(c, sizeof s / sizeof(double), (double *)&s);
    r->pair = s.pair;
    r->coulomb_real = s.real;
    r->bonded = s.bonded;
    r->coulomb_self = coulomb_self_energy(ff->beta, sum_q2(ff));
    r->energy = r->pair + r->coulomb_real + r->coulomb_recip + r->coulomb_self + r->bonded;
    for (int p = 0; p < 3; p++) {
        for (int q = 0; q < 3; q++) {
            r->virial[p][q] = s.virial[p][q] + recip_virial[p][q];
            r->virial_ion[p][q] = r->virial[p][q] - s.inside[p][q];
        }
    }
    if (s.bad > 0.0 || !isfinite(r->energy)) /* the same on all ranks */
        return comm_agree(c, e != OK       ? e
                             : s.bad > 0.0 ? OK
                                           : err_set(ERR_NUMERICAL, "the energy is not finite"));
    return OK;
}
