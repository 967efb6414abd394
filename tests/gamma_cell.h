/* gamma_cell.h -- for tests: the conventional cell of gamma-Mg(BH4)2 and a running simulation of
 * it.
 *
 * Ia-3d, a = 15.7575 A (Y. Filinchuk et al., Angew. Chem. Int. Ed. 50, 11162 (2011),
 * doi 10.1002/anie.201100675); B and H as relaxed by DFT (PBE-D3): 24 Mg, 48 B, 192 H.
 */
#ifndef TESTS_GAMMA_CELL_H
#define TESTS_GAMMA_CELL_H

#include "check.h"

#include "base/mem.h"
#include "base/units.h"
#include "dynamics/dynamics.h"
#include "model/symmetry.h"

#include <stdlib.h>
#include <string.h>

static inline void gamma_cell(Sample *s)
{
    static const struct {
        const char *symbol;
        double s[3];
    } sites[] = {{"Mg", {0.375, 0.0, 0.25}},
                 {"B", {0.125, 0.31256, -0.06256}},
                 {"H", {0.119346, 0.302283, -0.139096}},
                 {"H", {0.184860, 0.268686, -0.039928}}};
    Cell cell;
    SymmetryOperations ops;
    assert_ok(
        cell_init_lengths(&cell, (double[3]){15.7575, 15.7575, 15.7575}, (double[3]){90, 90, 90}));
    assert_ok(symmetry_of_group(230, &ops));
    const char *symbols[264];
    double x[264][3];
    int n = 0;
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        int m;
        double(*orbit)[3] = symmetry_orbit(&ops, &cell, sites[i].s, 0.01, &m);
        assert_true(n + m <= 264);
        for (int k = 0; k < m; k++, n++) {
            symbols[n] = sites[i].symbol;
            cell_to_cartesian(&cell, orbit[k], x[n]);
        }
        free(orbit);
    }
    symmetry_clear(&ops);
    assert_int_equal(n, 264);
    assert_ok(sample_from_atoms(s, &cell, n, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(s));
}

/* Stable, not fitted: round numbers near those of Mg(BH4)2 */
static inline FfParameters gamma_parameters(void)
{
    FfParameters p = {.name = "test",
                      .charge = {2.0, 0.2, -0.3},
                      .bond_r0 = 1.21,
                      .bond_k2 = 10.0,
                      .angle_theta0 = 1.9106332362490186,
                      .angle_k = 1.3,
                      .rigid_bond = 1.22};
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j].rho = 0.3;
    p.pair[FF_MG][FF_H] = p.pair[FF_H][FF_MG] = (FfPair){1500.0, 0.25, 0.0};
    p.pair[FF_B][FF_B] = (FfPair){0.0, 0.3, 10.0};
    p.pair[FF_B][FF_H] = p.pair[FF_H][FF_B] = (FfPair){800.0, 0.28, 5.0};
    p.pair[FF_H][FF_H] = (FfPair){300.0, 0.3, 2.0};
    return p;
}

/* No forces between ions and none inside: an ideal gas */
static inline FfParameters gas_parameters(void)
{
    FfParameters p = {.name = "gas", .bond_r0 = 1.21, .angle_theta0 = 1.91, .rigid_bond = 1.22};
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j].rho = 0.3;
    return p;
}

static inline FfOptions gamma_force_options(bool rigid)
{
    return (FfOptions){
        .rigid = rigid, .cutoff = 7.5, .shift = true, .accuracy = 1e-4, .order = 5, .skin = 0.7};
}

typedef struct Run {
    Domain *domain;
    Atoms atoms;
    Forcefield *ff;
    Dynamics *dyn;
} Run;

/* Domain and force field of a sample; the integrator too unless o is NULL */
static inline void run_start(Run *r, const Comm *c, const Sample *s, const FfParameters *p,
                             const FfOptions *f, const DynamicsOptions *o)
{
    memset(r, 0, sizeof *r);
    assert_ok(domain_new(c, s, f->cutoff + f->skin, &r->domain, &r->atoms));
    assert_ok(forcefield_new(p, f, s, r->domain, &r->atoms, &r->ff));
    if (o)
        assert_ok(dynamics_new(o, r->ff, r->domain, &r->atoms, &r->dyn));
}

static inline void run_steps(Run *r, int n)
{
    for (int i = 0; i < n; i++)
        assert_ok(dynamics_step(r->dyn));
}

static inline void run_stop(Run *r)
{
    dynamics_free(r->dyn);
    forcefield_free(r->ff);
    domain_free(r->domain);
    atoms_clear(&r->atoms);
}

/* Atoms and box of the run back into the sample (the lattice too) */
static inline void run_gather(const Run *r, Sample *s)
{
    s->cell = *domain_cell(r->domain);
    domain_gather(r->domain, &r->atoms, s->x, s->v, NULL, NULL);
}

/* The cell at rest in zero force and stress of the flexible model */
static inline void gamma_relaxed(Sample *s, const Comm *c, const FfParameters *p)
{
    Run r;
    FfResult e;
    int steps;
    FfOptions f = gamma_force_options(false);
    gamma_cell(s);
    run_start(&r, c, s, p, &f, NULL);
    assert_ok(dynamics_relax(r.ff, r.domain, &r.atoms, true, 1e-3, 2000, &e, &steps));
    assert_true(steps < 2000);
    run_gather(&r, s);
    run_stop(&r);
}

/* The same after `ps` at temperature o->temperature by Langevin's bath, in the constant cell */
static inline void gamma_warm(Sample *s, const Comm *c, const FfParameters *p, const FfOptions *f,
                              const DynamicsOptions *o, double ps)
{
    Run r;
    DynamicsOptions warm = {.rigid = o->rigid,
                            .timestep = o->timestep,
                            .seed = o->seed,
                            .thermostat = THERMOSTAT_LANGEVIN,
                            .temperature = o->temperature,
                            .thermostat_time = 0.05 / UNITS_TIME_PS};
    gamma_relaxed(s, c, p);
    run_start(&r, c, s, p, f, &warm);
    run_steps(&r, (int)(ps / UNITS_TIME_PS / o->timestep));
    run_gather(&r, s);
    run_stop(&r);
}

#endif
