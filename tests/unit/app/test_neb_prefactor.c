/* Modes of a path's ends: those of training/vibrations.h, less what the lock takes out; and Vineyard's ratio. */
#include "check.h"

#include "app/neb_prefactor.h"
#include "base/units.h"
#include "domain/structure.h"
#include "training/vibrations.h"

#include <stdlib.h>
#include <string.h>

static Comm *world;

static void modes_are_vibrations(void **state)
{
    (void)state;
    Sample s;
    FfParameters p;
    const FfOptions o = {.cutoff = 5.0, .shift = true, .accuracy = 1e-3, .order = 5, .skin = 0.5};
    assert_ok(structure_read(world,
                             PW_SOURCE_DIR "/tests/reference/gamma_MgBH42_dft_prim132.extxyz", &s));
    assert_ok(forcefield_read(world, PW_SOURCE_DIR "/potentials/mgbh4-born.yaml", &p));
    Frames frames;
    Vibrations v;
    frames_init(&frames, world, 1, &o);
    frames_add_probe(&frames, &s, "gamma");
    assert_ok(vibrations_compute(&frames, 0, &p, 0.01, &v));

    NebEngine engine;
    NebModes free_modes, locked;
    RotorLock lock;
    neb_engine_init(&engine, world, &s, &p, &o, 1);
    assert_ok(neb_modes(world, &engine, 0, &s.x[0][0], NULL, NULL, 0.01, &free_modes));
    double wanted = 0.0;
    size_t n = 0;
    int negative = 0;
    for (size_t k = 0; k < v.n; k++) {
        if (vibrations_is_translation(&v, &s, k))
            continue;
        n++;
        negative += v.omega[k] < 0.0;
        if (v.omega[k] > 0.0)
            wanted += log(v.omega[k] * UNITS_TIME_PS / UNITS_HBAR_MEV_PS);
    }
    assert_int_equal(free_modes.n, n);
    assert_int_equal(n, v.n - 3);
    assert_int_equal(free_modes.negative, negative);
    /* the mesh holds translations with a force of its own that the projection leaves out: soft modes feel it */
    assert_near(free_modes.log_product, wanted, 1e-2);

    rotor_lock_init(&lock, &s, 0, NULL);
    assert_ok(neb_modes(world, &engine, 0, &s.x[0][0], NULL, &lock, 0.01, &locked));
    assert_int_equal(locked.n, v.n - 3 - 3 * lock.n);
    assert_true(locked.softest >= free_modes.softest - 1e-3); /* Cauchy's interlacing */

    /* one BH4 alone: the rest at rest; 15 modes, 12 with the lock */
    bool *moves = calloc((size_t)s.n, sizeof *moves);
    for (int64_t k = lock.first[3]; k < lock.first[3] + 5; k++)
        moves[k] = true;
    assert_ok(neb_modes(world, &engine, 0, &s.x[0][0], moves, NULL, 0.01, &free_modes));
    assert_ok(neb_modes(world, &engine, 0, &s.x[0][0], moves, &lock, 0.01, &locked));
    assert_int_equal(free_modes.n, 15);
    assert_int_equal(locked.n, 12);
    assert_int_equal(free_modes.negative, 0);
    double energy[3], axis[3][3], libration = 0.0;
    vibrations_libration(&v, &s, lock.first[3], energy, axis);
    for (int k = 0; k < 3; k++)
        libration += log(energy[k] * UNITS_TIME_PS / UNITS_HBAR_MEV_PS);
    /* what the lock takes out are the librations, but for their coupling to shape and place */
    assert_near(free_modes.log_product - locked.log_product, libration, 0.5);
    free(moves);
    rotor_lock_clear(&lock);
    neb_engine_clear(&engine);
    vibrations_clear(&v);
    frames_clear(&frames);
    sample_clear(&s);
}

/* Two modes at the minimum, one and an imaginary one at the saddle: nu = nu1 nu2 / nu3. */
static void vineyard(void **state)
{
    (void)state;
    const NebModes minimum = {.n = 2, .log_product = log(3.0) + log(5.0)},
                   saddle = {.n = 2, .log_product = log(4.0), .negative = 1},
                   flat = {.n = 2, .log_product = 0.0, .negative = 2};
    assert_near(neb_prefactor(&minimum, &saddle) * 2.0 * PI * UNITS_TIME_S, 3.75, 1e-12);
    assert_true(isnan(neb_prefactor(&minimum, &flat)));
    assert_true(isnan(neb_prefactor(&saddle, &saddle)));
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_are_vibrations),
        cmocka_unit_test(vineyard),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
