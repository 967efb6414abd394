/* Parameters are found again from frames that the engine itself made; targets, modes and stress agree with each other and
 * with finite differences; all that for any number of ranks.
 */
#include "check.h"

#include "base/mem.h"
#include "training/force_matching.h"
#include "training/vibrations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES PW_SOURCE_DIR "/potentials/training/"
static Comm *world;

/* Three structures, the last one held out, and a potential to pretend that it is the truth. */
static void read_frames(Frames *f, FfParameters *truth)
{
    static const char *const files[] = {FRAMES "ground.extxyz", FRAMES "c2par45.extxyz",
                                        FRAMES "f0003.extxyz"};
    const FfOptions options = {.cutoff = 7.5,
                               .shift = true,
                               .coulomb = COULOMB_P3M,
                               .accuracy = 1e-4,
                               .order = 5,
                               .skin = 0.5};
    frames_init(f, world, 16, &options);
    for (int i = 0; i < 3; i++)
        assert_ok(frames_read(f, files[i], i == 2, 1.0));
    assert_string_equal(f->frame[1].name, "c2par45");
    assert_ok(forcefield_read(world, PW_SOURCE_DIR "/potentials/mgbh4-born.start.yaml", truth));
}

/* What the potential gives becomes what is fitted; the held-out frame gets nonsense. */
static void pretend(Frames *f, const FfParameters *truth)
{
    assert_ok(frames_compute(f, truth));
    for (size_t i = 0; i < f->n; i++) {
        TrainingFrame *t = &f->frame[i];
        t->energy = t->model_energy;
        memcpy(t->stress, t->model_stress, sizeof t->stress);
        t->has_stress = true;
        for (int64_t a = 0; a < t->sample.n; a++)
            for (int k = 0; k < 3; k++)
                t->force[a][k] = (t->held_out ? 3.0 : 1.0) * t->model_force[a][k];
    }
}

static void parameters_are_found_again(void **state)
{
    (void)state;
    static const char *const names[] = {"charge.H", "Mg-H.A", "Mg-H.rho", "bond.k2", "angle.K"};
    static const double off[] = {0.02, 0.2, 0.01, -0.2, 0.2}; /* of the fitted form */
    enum { N = sizeof names / sizeof names[0] };
    Frames f;
    FfParameters truth, p;
    read_frames(&f, &truth);
    pretend(&f, &truth);
    FreeParameter free_[N] = {0};
    p = truth;
    for (int i = 0; i < N; i++) {
        snprintf(free_[i].name, sizeof free_[i].name, "%s", names[i]);
        force_matching_set(&p, names[i], force_matching_get(&p, names[i]) + off[i]);
    }
    assert_near(p.charge[FF_MG] + 2.0 * p.charge[FF_B] + 8.0 * p.charge[FF_H], 0.0, 1e-12);
    const MatchingScales scales = {0.1, 0.1, 1e-3};
    MatchingResult result;
    assert_ok(force_matching_fit(&f, &scales, 0, NULL, N, free_, 60, NULL, &p, &result));
    assert_true(result.cost_start > 1.0);
    assert_true(result.cost < 1e-6 * result.cost_start);
    for (int i = 0; i < N; i++) {
        double want = force_matching_get(&truth, names[i]);
        assert_near(force_matching_get(&p, names[i]), want, 1e-4 * fabs(want));
    }
    double scale;
    assert_true(frames_force_rmse(&f, false, &scale) < 1e-4);
    assert_true(frames_force_rmse(&f, true, &scale) > 0.1); /* and nobody tried to fit it */
    frames_clear(&f);
}

/* A strong prior holds a parameter, a bound that is kept costs nothing, one that is not moves it. */
static void priors_and_bounds(void **state)
{
    (void)state;
    Frames f;
    FfParameters truth, p;
    read_frames(&f, &truth);
    pretend(&f, &truth);
    const MatchingScales scales = {0.1, 0.1, 1e-3};
    MatchingResult result;
    FreeParameter one[1] = {{.name = "H-H.A", .prior = 1e-7}};
    p = truth;
    force_matching_set(&p, "H-H.A", force_matching_get(&p, "H-H.A") + 0.1);
    one[0].centre = force_matching_get(&p, "H-H.A");
    assert_ok(force_matching_fit(&f, &scales, 0, NULL, 1, one, 20, NULL, &p, &result));
    assert_near(one[0].value, one[0].centre, 1e-4);

    one[0].prior = 0.0;
    double barrier = f.frame[1].energy - f.frame[0].energy;
    Target kept = {.kind = TARGET_ENERGY,
                   .side = TARGET_AT_LEAST,
                   .a = 1,
                   .b = 0,
                   .value = barrier - 0.1,
                   .scale = 1e-3};
    p = truth;
    assert_ok(force_matching_fit(&f, &scales, 1, &kept, 1, one, 20, NULL, &p, &result));
    assert_near(result.cost, 0.0, 1e-6);
    kept.value = barrier + 0.1;
    assert_ok(force_matching_fit(&f, &scales, 1, &kept, 1, one, 20, NULL, &p, &result));
    assert_true(force_matching_target(&f, &kept) > barrier + 1e-4);
    assert_true(fabs(one[0].value - force_matching_get(&truth, "H-H.A")) > 1e-4);
    frames_clear(&f);
}

/* dE/d(strain) = V stress, tension positive; the same energy from a probe. */
static void stress_is_the_derivative(void **state)
{
    (void)state;
    const double h = 1e-4;
    Frames f;
    FfParameters p;
    read_frames(&f, &p);
    const Sample *s = &f.frame[2].sample;
    size_t probe[2];
    for (int side = 0; side < 2; side++) {
        double scale = side == 0 ? 1.0 - h : 1.0 + h, cell[3][3];
        Sample other;
        sample_copy(&other, s);
        for (int i = 0; i < 9; i++)
            (&cell[0][0])[i] = scale * (&s->cell.h[0][0])[i];
        assert_ok(cell_init(&other.cell, (const double(*)[3])cell));
        for (int64_t i = 0; i < s->n; i++)
            for (int k = 0; k < 3; k++)
                other.x[i][k] *= scale;
        probe[side] = frames_add_probe(&f, &other, side == 0 ? "less" : "more");
        sample_clear(&other);
    }
    assert_ok(frames_compute(&f, &p));
    const TrainingFrame *t = &f.frame[2];
    double slope = (f.frame[probe[1]].model_energy - f.frame[probe[0]].model_energy) / (2.0 * h);
    double trace = t->model_stress[0][0] + t->model_stress[1][1] + t->model_stress[2][2];
    assert_near(slope, trace * s->cell.volume, 0.005 * fabs(slope));
    frames_clear(&f);
}

/* A curvature target along an eigenvector is its eigenvalue; a turn of one ion has the libration's. */
static void curvature_is_the_mode(void **state)
{
    (void)state;
    Frames f;
    FfParameters p;
    Vibrations m;
    read_frames(&f, &p);
    assert_ok(vibrations_compute(&f, 0, &p, 0.005, &m));
    const Sample *s = &f.frame[0].sample;
    size_t still = 0;
    for (size_t k = 0; k < m.n; k++)
        still += vibrations_is_translation(&m, s, k);
    assert_int_equal(still, 3);
    assert_true(m.omega[m.n - 1] > 250.0 && m.omega[m.n - 1] < 320.0); /* B-H stretch, meV */

    double energy[3], axis[3][3], *turn = MEM_NEW(double, m.n);
    int64_t ion = 0;
    while (s->ion_kind[ion] != ION_BH4)
        ion++;
    vibrations_libration(&m, s, s->ion_first[ion], energy, axis);
    vibrations_turn(s, s->ion_first[ion], axis[2], turn);
    Target t[2] = {force_matching_curvature(&f, 0, &m.vector[(m.n - 1) * m.n], 0.005),
                   force_matching_curvature(&f, 0, turn, 0.005)};
    assert_ok(frames_compute(&f, &p));
    assert_near(vibrations_energy(force_matching_target(&f, &t[0])), m.omega[m.n - 1], 0.2);
    assert_near(vibrations_energy(force_matching_target(&f, &t[1])), energy[2], 0.5);
    assert_near(vibrations_energy(vibrations_curvature(-7.0)), -7.0, 1e-12);
    for (int i = 0; i < 2; i++)
        free(t[i].direction);
    free(turn);
    vibrations_clear(&m);
    frames_clear(&f);
}

static void names(void **state)
{
    (void)state;
    bool logarithm;
    assert_true(force_matching_knows("H-Mg.rho") && force_matching_knows("bond.k3"));
    assert_false(force_matching_knows("Mg-H.B") || force_matching_knows("Mg-He.A") ||
                 force_matching_knows("bond"));
    assert_string_equal(force_matching_unit("Mg-H.A", &logarithm), "eV");
    assert_true(logarithm);
    assert_string_equal(force_matching_unit("charge.H", &logarithm), "e");
    assert_false(logarithm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(parameters_are_found_again),
        cmocka_unit_test(priors_and_bounds),
        cmocka_unit_test(stress_is_the_derivative),
        cmocka_unit_test(curvature_is_the_mode),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
