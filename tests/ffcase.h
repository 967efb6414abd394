/* ffcase.h -- a sample with a force field on it, for tests.
 *
 * The parameters are the provisional ones of the speed tests (stable, not fitted): not a result of
 * anything.
 */
#ifndef TESTS_FFCASE_H
#define TESTS_FFCASE_H

#include "check.h"
#include "gamma.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/vec.h"
#include "force/forcefield.h"

typedef struct FfCase {
    Domain *d;
    Atoms a;
    Forcefield *ff;
    FfResult r;
} FfCase;

static inline FfParameters ffcase_parameters(void)
{
    FfParameters p = {.name = "provisional",
                      .charge = {2.0, 0.2, -0.3},
                      .bond_r0 = 1.21,
                      .bond_k2 = 10.0,
                      .bond_k3 = -12.0,
                      .bond_k4 = 9.0,
                      .angle_theta0 = 1.9106332362490186,
                      .angle_k = 1.3,
                      .ub_r0 = 1.97,
                      .ub_k = 0.4,
                      .rigid_bond = 1.22};
    const FfPair none = {0.0, 0.3, 0.0};
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j] = none;
    p.pair[FF_MG][FF_H] = p.pair[FF_H][FF_MG] = (FfPair){1500.0, 0.25, 0.0};
    p.pair[FF_B][FF_B] = (FfPair){0.0, 0.3, 10.0};
    p.pair[FF_B][FF_H] = p.pair[FF_H][FF_B] = (FfPair){800.0, 0.28, 5.0};
    p.pair[FF_H][FF_H] = (FfPair){300.0, 0.30, 2.0};
    return p;
}

static inline FfOptions ffcase_options(CoulombMethod method, double cutoff, double accuracy)
{
    return (FfOptions){.cutoff = cutoff,
                       .shift = true,
                       .coulomb = method,
                       .accuracy = accuracy,
                       .order = 5,
                       .skin = 1.0};
}

static inline void ffcase_open(FfCase *k, const Comm *c, const Sample *s, const FfOptions *o)
{
    FfParameters p = ffcase_parameters();
    assert_ok(domain_new(c, s, o->cutoff + o->skin, &k->d, &k->a));
    assert_ok(forcefield_new(&p, o, s, k->d, &k->a, &k->ff));
    assert_ok(forcefield_compute(k->ff, k->d, &k->a, &k->r));
}

static inline void ffcase_close(FfCase *k)
{
    forcefield_free(k->ff);
    atoms_clear(&k->a);
    domain_free(k->d);
}

/* Forces in the order of atom ids, on all ranks: f [natoms][3]. */
static inline void ffcase_forces(const FfCase *k, double (*f)[3])
{
    int64_t n = domain_natoms(k->d);
    memset(f, 0, (size_t)n * sizeof *f);
    for (int32_t i = 0; i < k->a.nlocal; i++)
        memcpy(f[k->a.id[i]], k->a.f[i], sizeof *f);
    comm_sum(domain_comm(k->d), 3 * (size_t)n, (double *)f);
}

/* Every atom moved by a normal deviate of `width` A per axis, the same for the same seed. */
static inline void ffcase_shake(Sample *s, uint64_t seed, double width)
{
    for (int64_t i = 0; i < s->n; i++) {
        double z[3];
        rng_normal3(seed, RNG_TEST, 0, (uint64_t)i, 0, z);
        vec_axpy(width, z, s->x[i]);
    }
}

/* Energy of a sample with its atoms where they are. */
static inline double ffcase_energy(const Comm *c, const Sample *s, const FfOptions *o)
{
    FfCase k;
    ffcase_open(&k, c, s, o);
    ffcase_close(&k);
    return k.r.energy;
}

#endif
