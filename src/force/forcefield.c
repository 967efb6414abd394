#include "force/forcefield.h"

#include "base/exact.h"
#include "base/mem.h"
#include "base/timer.h"
#include "base/vec.h"
#include "force/bonded.h"
#include "force/cluster_kernel.h"
#include "force/coulomb.h"
#include "force/ewald.h"
#include "force/nblist.h"
#include "force/p3m.h"
#include "force/pair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double INNER_SKIN = 0.4;   /* A */
static const double LONGEST_BOND = 3.0; /* A; beyond it a BH4 is no ion any more */

struct Forcefield {
    FfParameters p;
    FfOptions o;
    PairTable table;
    const ClusterKernel *kernel; /* NULL: the reference path with a plain list */
    Clusters clusters;
    Nblist list;
    Ewald *ewald; /* one of the two */
    P3m *p3m;
    double beta, kcut; /* 1/A */
    int mesh[3];
    int64_t natoms, count[FF_TYPES]; /* global */
    double error;                    /* estimated rms Coulomb force error [eV/A] */
    bool stale, charges_stale, rebuilt;
    bool without_bonded;
    bool energy, virial; /* wanted */
    FfResult last;
    FfTimes times;
    double clock; /* start of the phase under way */
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

static Err choose_kernel(Forcefield *ff)
{
    const char *name = ff->o.kernel != NULL ? ff->o.kernel : "auto";
    if (strcmp(name, "reference") == 0 && (ff->o.mixed || ff->o.reproducible))
        return err_set(ERR_INPUT,
                       "pair kernel 'reference' is double precision and not reproducible over "
                       "rank counts; allowed with these are auto, avx512, avx2, portable");
    if (strcmp(name, "reference") == 0)
        return OK;
    ff->kernel = cluster_kernel_find(name, ff->o.mixed);
    if (ff->o.reproducible && ff->o.coulomb == COULOMB_EWALD)
        return err_set(
            ERR_INPUT,
            "Coulomb by Ewald is summed rank by rank: reproducible over rank counts is P3M only");
    if (ff->kernel == NULL)
        return err_set(ERR_INPUT,
                       "pair kernel '%s' is not there on this CPU; allowed are auto, avx512, avx2, "
                       "portable, reference",
                       name);
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
    bool given = o->beta > 0.0 && o->mesh[0] > 0 && o->mesh[1] > 0 && o->mesh[2] > 0;
    if (given && o->coulomb == COULOMB_P3M) {
        ff->beta = o->beta;
        memcpy(ff->mesh, o->mesh, sizeof ff->mesh);
        return OK;
    }
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
    const P3mOptions options = {
        .order = o->order, .reproducible = o->reproducible, .measure = o->measure};
    ff->error = hypot(real, coulomb_error_p3m(ff->beta, ff->mesh, o->order, ff->natoms, q2, cell));
    return p3m_new(c, cell, ff->beta, ff->mesh, &options, &ff->p3m);
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
    ff->energy = ff->virial = true;
    nblist_init(&ff->list, o->cutoff, o->skin);
    cluster_init(&ff->clusters, o->cutoff, o->skin, INNER_SKIN);
    Err e = check_options(ff, d); /* all the following fail on all ranks alike */
    if (e == OK)
        e = choose_kernel(ff);
    if (e == OK)
        e = prepare_coulomb(ff, d);
    if (e == OK)
        e = pair_init(&ff->table, ff->p.pair, o->cutoff, ff->beta, o->shift);
    pair_set_charges(&ff->table, ff->p.charge);
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
    cluster_clear(&ff->clusters);
    ewald_free(ff->ewald);
    p3m_free(ff->p3m);
    free(ff);
}

void forcefield_set_parameters(Forcefield *ff, const FfParameters *p)
{
    ff->p = *p;
    pair_set(&ff->table, ff->p.pair, ff->o.shift);
    pair_set_charges(&ff->table, ff->p.charge);
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

void forcefield_want_energy(Forcefield *ff, bool wanted)
{
    ff->energy = wanted;
}

void forcefield_want_virial(Forcefield *ff, bool wanted)
{
    ff->virial = wanted;
}

void forcefield_times(const Forcefield *ff, FfTimes *t)
{
    *t = ff->times;
    t->builds = ff->clusters.builds;
    t->prunes = ff->clusters.prunes;
    t->outer = ff->clusters.outer_pairs;
    t->inner = ff->clusters.inner_rows;
}

void forcefield_mesh_times(const Forcefield *ff, P3mTimes *times, int *members, int *columns)
{
    *times = (P3mTimes){0};
    *members = *columns = 0;
    if (ff->p3m == NULL)
        return;
    p3m_times(ff->p3m, times);
    p3m_layout(ff->p3m, members, columns);
}

void forcefield_kernel(const Forcefield *ff, size_t size, char text[])
{
    snprintf(text, size, "%s %s", ff->kernel != NULL ? ff->kernel->name : "reference",
             ff->o.mixed ? "mixed" : "double");
}

const char *forcefield_phase(FfPhase phase)
{
    static const char *const name[FF_PHASES] = {
        "lists and migration", "inner lists",     "pairs, own", "pairs, border", "inside ions",
        "charges to waves",    "waves to forces", "halo",       "sums"};
    return name[phase];
}

/* The time since the last mark goes to `phase`. */
static void mark(Forcefield *ff, FfPhase phase)
{
    double now = timer_now();
    ff->times.seconds[phase] += now - ff->clock;
    ff->clock = now;
}

/* Lists fit for this step; positions of ghosts are here (after a rebuild) or under way. */
static Err refresh(Forcefield *ff, Domain *d, Atoms *a)
{
    const Comm *c = domain_comm(d);
    const Cell *cell = domain_cell(d);
    ff->rebuilt = ff->stale || (ff->kernel != NULL ? cluster_expired(&ff->clusters, d, a)
                                                   : nblist_expired(&ff->list, c, cell, a));
    if (ff->rebuilt) {
        Err e = domain_migrate(d, a);
        if (e != OK)
            return e;
        if (ff->kernel != NULL)
            cluster_build(&ff->clusters, d, a);
        else
            nblist_build(&ff->list, cell, a);
        ff->stale = false;
        mark(ff, FF_LIST);
    } else {
        halo_forward_begin(d, a);
        mark(ff, FF_HALO);
    }
    if (ff->charges_stale)
        for (int32_t i = 0; i < a->ntotal; i++)
            a->q[i] = ff->p.charge[a->type[i]];
    ff->charges_stale = false;
    if (ff->p3m != NULL) {
        p3m_begin(ff->p3m, cell, a->nlocal, (const double(*)[3])a->x, a->q);
        mark(ff, FF_SPREAD);
    }
    return OK;
}

typedef struct Sums { /* one message for all */
    ClusterEnergy pairs;
    Exact bonded, bad;
    Exact virial[3][3]; /* of the forces on owned atoms */
    Exact steps[3][3];  /* sum of lattice steps times force over ghosts: see virial_of_pairs */
    Exact inside[3][3];
    P3mSums mesh;
} Sums;

static void work_on(Forcefield *ff, Atoms *a, ClusterPart part, Sums *s)
{
    Clusters *c = &ff->clusters;
    ClusterWant want = {.energy = ff->energy, .reproducible = ff->o.reproducible};
    cluster_load(c, a, part);
    if (ff->rebuilt || cluster_stale(c, part)) {
        ff->kernel->prune(c, part);
        mark(ff, FF_PRUNE);
    }
    ff->kernel->forces(&ff->table, c, part, want, &s->pairs);
    if (part == CLUSTER_NEAR)
        ff->kernel->excluded(&ff->table, c, want, &s->pairs);
    mark(ff, part == CLUSTER_NEAR ? FF_PAIR : FF_BORDER);
}

/* The middle of the mesh's step, when its first messages have had time to come. */
static void transform(Forcefield *ff, Sums *s)
{
    if (ff->p3m != NULL)
        p3m_transform(ff->p3m, ff->energy || ff->virial, &s->mesh);
    mark(ff, FF_MESH);
}

/* Forces of all pairs on owned atoms and ghosts, then on owned atoms only; the mesh goes on where messages would be
 * waited for. */
static void pairs(Forcefield *ff, Domain *d, Atoms *a, Sums *s)
{
    if (ff->kernel != NULL) {
        cluster_zero(&ff->clusters);
        work_on(ff, a, CLUSTER_NEAR, s);
        transform(ff, s);
        halo_forward_finish(d, a);
        mark(ff, FF_HALO);
        work_on(ff, a, CLUSTER_FAR, s);
        cluster_store(&ff->clusters, a);
        mark(ff, FF_BORDER);
    } else {
        double pair = 0.0, real = 0.0;
        transform(ff, s);
        halo_forward_finish(d, a);
        memset(a->f, 0, (size_t)a->ntotal * sizeof *a->f);
        pair_compute(&ff->table, &ff->list, a, &pair, &real);
        pair_excluded(&ff->table, a, &real);
        exact_add(&s->pairs.pair, pair);
        exact_add(&s->pairs.coulomb, real);
        mark(ff, FF_PAIR);
    }
    halo_reverse_begin(d, a);
    mark(ff, FF_HALO);
    if (ff->p3m != NULL)
        p3m_gather(ff->p3m);
    mark(ff, FF_MESH);
    halo_reverse_finish(d, a);
    mark(ff, FF_HALO);
}

/* The virial is sum r_a f_b over all copies of all atoms, whatever the origin, and costs nothing in the pair
 * loop. A ghost stands at its owner's place plus n h, so this is the sum over owned atoms with their whole
 * force plus h_ka times sum n_k f_b over ghosts: terms that do not depend on who computed which pair. */
static void virial_of_pairs(const Atoms *a, Sums *s)
{
    for (int32_t m = 0; m < a->nion; m++) {
        double w[3][3] = {{0.0}};
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            for (int p = 0; p < 3; p++)
                vec_axpy(a->x[i][p], a->f[i], w[p]);
        for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++)
                exact_add(&s->virial[p][q], w[p][q]);
    }
    enum { BLOCK = 256 }; /* small sums of multiples of a grid are exact in doubles */
    for (int32_t first = a->nlocal; first < a->ntotal; first += BLOCK) {
        double w[3][3] = {{0.0}};
        for (int32_t i = first; i < first + BLOCK && i < a->ntotal; i++)
            for (int k = 0; k < 3; k++)
                vec_axpy((double)a->shift[i][k], a->f[i], w[k]);
        for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++)
                exact_add(&s->steps[p][q], w[p][q]);
    }
}

/* sum (r - R)_a f_b of the atoms of each ion about its centre of mass R. After all forces. */
static void virial_inside_ions(const Atoms *a, Exact sum[3][3])
{
    for (int32_t m = 0; m < a->nion; m++) {
        if (a->ion_first[m + 1] == a->ion_first[m] + 1)
            continue;
        double centre[3] = {0.0, 0.0, 0.0}, mass = 0.0, w[3][3] = {{0.0}};
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++) {
            vec_axpy(a->mass[i], a->x[i], centre);
            mass += a->mass[i];
        }
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            for (int p = 0; p < 3; p++)
                vec_axpy(a->x[i][p] - centre[p] / mass, a->f[i], w[p]);
        for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++)
                exact_add(&sum[p][q], w[p][q]);
    }
}

/* Forces that are not finite and ions that are torn on this rank: their number, and a message for the agreement. A torn ion
 * would go on as an ever larger one, with ever more ghosts. */
static Err find_bad_force(const Atoms *a, Exact *bad)
{
    Err e = OK;
    for (int32_t k = 0; k < a->nion; k++) {
        int32_t b = a->ion_first[k];
        for (int32_t i = b + 1; i < a->ion_first[k + 1]; i++) {
            double d[3];
            vec_sub(a->x[i], a->x[b], d);
            if (vec_dot(d, d) < LONGEST_BOND * LONGEST_BOND)
                continue;
            exact_add(bad, 1.0);
            e = err_set(ERR_NUMERICAL,
                        "BH4 ion %lld is torn: B-H %.3g A (time step too long, or a potential that "
                        "cannot hold it)",
                        (long long)a->ion_id[k] + 1, vec_norm(d));
        }
    }
    for (int32_t i = 0; i < a->nlocal; i++) {
        if (isfinite(a->f[i][0] + a->f[i][1] + a->f[i][2]))
            continue;
        exact_add(bad, 1.0);
        e = err_set(ERR_NUMERICAL,
                    "the force on atom %lld is not finite (atoms on top of each other?)",
                    (long long)a->id[i] + 1);
    }
    return e;
}

/* The reciprocal sum, or the end of the mesh's. Ewald's knows its energy and virial on all ranks at once; the mesh's are
 * in the sums. */
static Err reciprocal(Forcefield *ff, const Domain *d, Atoms *a, double *energy,
                      double virial[3][3])
{
    if (ff->p3m != NULL) {
        p3m_finish(ff->p3m, a->f);
        return OK;
    }
    return ewald_compute(ff->ewald, domain_comm(d), domain_cell(d), a->nlocal,
                         (const double(*)[3])a->x, a->q, a->f, energy, virial);
}

static void bonded(Forcefield *ff, Atoms *a, Sums *s)
{
    if (!ff->o.rigid && !ff->without_bonded)
        bonded_compute(&ff->p, a, &s->bonded);
    mark(ff, FF_BONDED);
}

/* Sums over all ranks to the result; what was not wanted stays as it was. */
static void conclude(Forcefield *ff, const Cell *cell, const Sums *s, double recip,
                     const double recip_virial[3][3])
{
    FfResult *r = &ff->last;
    if (ff->energy) {
        r->pair = exact_value(s->pairs.pair);
        r->coulomb_real = exact_value(s->pairs.coulomb);
        r->bonded = exact_value(s->bonded);
        r->coulomb_recip = recip + exact_value(s->mesh.energy);
        r->coulomb_self = coulomb_self_energy(ff->beta, sum_q2(ff));
        r->energy = r->pair + r->coulomb_real + r->coulomb_recip + r->coulomb_self + r->bonded;
    }
    for (int p = 0; ff->virial && p < 3; p++) {
        for (int q = 0; q < 3; q++) {
            double w = exact_value(s->virial[p][q]);
            for (int k = 0; k < 3; k++)
                w += cell->h[k][p] * exact_value(s->steps[k][q]);
            r->virial[p][q] = w + recip_virial[p][q] + exact_value(s->mesh.virial[p][q]);
            r->virial_ion[p][q] = r->virial[p][q] - exact_value(s->inside[p][q]);
        }
    }
}

/* What the sums, the same on all ranks, say of the step; `mine` is what this rank found. */
static Err judge(const Forcefield *ff, const Comm *c, const Sums *s, Err mine)
{
    const FfResult *r = &ff->last;
    double lost = exact_value(s->mesh.lost);
    bool finite = isfinite(r->energy);
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 3; q++)
            finite = finite && isfinite(r->virial_ion[p][q]);
    if (exact_value(s->bad) == 0.0 && lost == 0.0 && finite)
        return OK;
    if (mine == OK && exact_value(s->bad) == 0.0) /* nobody found more than the sums */
        mine = lost != 0.0
                   ? err_set(ERR_NUMERICAL, "%.0f atoms have no finite position or charge", lost)
                   : err_set(ERR_NUMERICAL, "the energy or the virial is not finite");
    return comm_agree(c, mine);
}

Err forcefield_compute(Forcefield *ff, Domain *d, Atoms *a, FfResult *r)
{
    const Comm *c = domain_comm(d);
    Sums s;
    double recip = 0.0, recip_virial[3][3] = {{0.0}};
    memset(&s, 0, sizeof s);
    ff->clock = timer_now();
    ff->times.calls++;
    Err e = refresh(ff, d, a);
    if (e != OK)
        return e; /* agreed in domain_migrate */
    pairs(ff, d, a, &s);
    bonded(ff, a, &s);
    if (ff->virial)
        virial_of_pairs(a, &s);
    mark(ff, FF_SUM);
    e = reciprocal(ff, d, a, &recip, recip_virial);
    if (e != OK)
        return e; /* agreed there */
    mark(ff, FF_MESH);
    if (ff->virial)
        virial_inside_ions(a, s.inside);
    e = find_bad_force(a, &s.bad);
    comm_sum_exact(c, sizeof s / sizeof(Exact), (Exact *)&s);
    conclude(ff, domain_cell(d), &s, recip, (const double(*)[3])recip_virial);
    *r = ff->last;
    mark(ff, FF_SUM);
    return judge(ff, c, &s, e);
}

void forcefield_without_bonded(Forcefield *ff, bool without)
{
    ff->without_bonded = without;
}

void forcefield_bonded(const Forcefield *ff, const Atoms *a, double (*f)[3], Exact *energy)
{
    Atoms inner = *a; /* the same atoms with forces of their own */
    inner.f = f;
    memset(f, 0, (size_t)a->nlocal * sizeof *f);
    bonded_compute(&ff->p, &inner, energy);
}
