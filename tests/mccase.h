/* mccase.h -- a Monte Carlo sampler on gamma-Mg(BH4)2, for tests. */
#ifndef TESTS_MCCASE_H
#define TESTS_MCCASE_H

#include "ffcase.h"

#include "sampling/mc.h"

/* Parameters that hold gamma together, near the fitted ones */
static inline FfParameters mccase_parameters(void)
{
    FfParameters p = {.name = "test",
                      .charge = {2.0, -0.36, -0.16},
                      .bond_r0 = 1.24,
                      .bond_k2 = 8.0,
                      .bond_k3 = -14.0,
                      .bond_k4 = 15.0,
                      .angle_theta0 = 1.9106332362490186,
                      .angle_k = 0.64,
                      .rigid_bond = 1.22};
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j].rho = 0.3;
    p.pair[FF_MG][FF_MG] = (FfPair){710.0, 0.5, 0.0};
    p.pair[FF_MG][FF_B] = p.pair[FF_B][FF_MG] = (FfPair){48950.0, 0.18, 0.0};
    p.pair[FF_MG][FF_H] = p.pair[FF_H][FF_MG] = (FfPair){260.0, 0.29, 0.0};
    p.pair[FF_B][FF_H] = p.pair[FF_H][FF_B] = (FfPair){343.0, 0.2785, 4.0};
    p.pair[FF_H][FF_H] = (FfPair){12.9, 0.443, 0.0};
    return p;
}

static inline McOptions mccase_options(void)
{
    return (McOptions){.shift = true,
                       .cutoff = 7.5,
                       .accuracy = 1e-3,
                       .seed = 17,
                       .temperature = 310.0,
                       .block = 4,
                       .refresh = 1000000,
                       .weight = {[MOVE_ROTATE] = 1.0, [MOVE_TRANSLATE] = 1.0},
                       .hop_reach = 4.5,
                       .bond = 3.2};
}

/* Energy and forces of the force field at the same settings, by Ewald's sum (waves chosen for this cell). f [n][3], NULL: not wanted. */
static inline double mccase_reference(const Comm *c, const Sample *topology, const Cell *cell,
                                      const double (*x)[3], const FfParameters *p,
                                      const McOptions *o, FfResult *r, double (*f)[3])
{
    FfOptions fo = ffcase_options(COULOMB_EWALD, o->cutoff, o->accuracy);
    fo.rigid = o->rigid;
    FfCase k;
    Sample s;
    sample_copy(&s, topology);
    s.cell = *cell;
    memcpy(s.x, x, (size_t)s.n * sizeof *x);
    assert_ok(domain_new(c, &s, fo.cutoff + fo.skin, &k.d, &k.a));
    assert_ok(forcefield_new(p, &fo, &s, k.d, &k.a, &k.ff));
    assert_ok(forcefield_compute(k.ff, k.d, &k.a, r));
    if (f != NULL)
        ffcase_forces(&k, f);
    ffcase_close(&k);
    sample_clear(&s);
    return r->energy;
}

#endif
