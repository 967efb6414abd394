/* Moves, their end points, and the first guess of the way. */
#include "gamma.h"

#include "app/neb_move.h"
#include "base/vec.h"

static double length(const double *x, int64_t a, int64_t b)
{
    double d[3];
    vec_sub(&x[3 * a], &x[3 * b], d);
    return vec_norm(d);
}

/* A turn about any axis: bonds keep their lengths, the ion turns in even steps about its axis, the others stay. */
static void turns_are_rigid(void **state)
{
    (void)state;
    Sample s, first;
    gamma_sample(&s);
    const int axes[] = {NEB_LINK, NEB_ACROSS, NEB_ACROSS, NEB_BOND, NEB_BOND, NEB_LINK};
    const int64_t numbers[] = {1, 1, 2, 1, 4, 1};
    const double angles[] = {NAN, NAN, NAN, NAN, -120.0, 90.0},
                 turns[] = {180, 180, 180, 120, 120, 90};
    for (int k = 0; k < 6; k++) {
        NebMove m = {.kind = NEB_ROTATION,
                     .ion = 7,
                     .axis = axes[k],
                     .number = numbers[k],
                     .angle = angles[k]};
        NebBand b;
        int64_t ion;
        double turn[3], q0[4], q[4];
        bool relabelled;
        assert_ok(neb_move_first(&m, NULL, &s, &first, &ion));
        assert_int_equal(ion, 24 + 6);
        neb_band_init(&b, 7, 3 * (size_t)s.n);
        memcpy(b.x, s.x, b.n * sizeof b.x[0]);
        assert_ok(neb_move_last(&m, NULL, &s, &first, ion, NULL, &b.x[6 * b.n], turn, &relabelled));
        assert_int_equal(relabelled, k < 5);
        assert_near(vec_norm(turn), turns[k] * 3.14159265358979 / 180.0, 1e-12);
        neb_move_band(&s, ion, turn, 0.0, 1, NULL, &b);
        int64_t at = s.ion_first[ion];
        rotor_lock_orientation(b.x, at, q0);
        for (size_t i = 0; i < 7; i++) {
            const double *x = &b.x[i * b.n];
            rotor_lock_orientation(x, at, q);
            /* H of a relaxed ion are not a perfect tetrahedron: changed names turn it by nearly, not quite, the angle */
            assert_near(rotor_lock_angle(q0, q) * 180.0 / 3.14159265358979,
                        turns[k] * (double)i / 6.0, 1e-2);
            for (int64_t h = 1; h < 5; h++)
                assert_near(length(x, at + h, at), length(b.x, at + 1, at), 3e-3);
            for (int64_t j = 0; j < s.n; j++)
                if (j < at || j >= at + 5)
                    for (int c = 0; c < 3; c++)
                        assert_near(x[3 * j + c], s.x[j][c], 1e-12);
        }
        if (relabelled) /* the same places, other names */
            for (int64_t h = 1; h < 5; h++) {
                double nearest = 1e9;
                for (int64_t j = 1; j < 5; j++) {
                    double d[3];
                    vec_sub(&b.x[6 * b.n + 3 * (size_t)(at + h)], s.x[at + j], d);
                    nearest = fmin(nearest, vec_norm(d));
                }
                assert_true(nearest == 0.0);
            }
        neb_band_clear(&b);
        sample_clear(&first);
    }
    sample_clear(&s);
}

/* The long way round when asked for: a turn by 240 degrees passes 120. */
static void way_round(void **state)
{
    (void)state;
    Sample s, first;
    gamma_sample(&s);
    NebMove m = {.kind = NEB_ROTATION, .ion = 1, .axis = NEB_BOND, .number = 2, .angle = 240.0};
    NebBand b;
    int64_t ion;
    double turn[3], q0[4], q[4];
    bool relabelled;
    assert_ok(neb_move_first(&m, NULL, &s, &first, &ion));
    neb_band_init(&b, 5, 3 * (size_t)s.n);
    memcpy(b.x, s.x, b.n * sizeof b.x[0]);
    assert_ok(neb_move_last(&m, NULL, &s, &first, ion, NULL, &b.x[4 * b.n], turn, &relabelled));
    neb_move_band(&s, ion, turn, 0.0, 1, NULL, &b);
    rotor_lock_orientation(b.x, s.ion_first[ion], q0);
    const double wanted[] = {0.0, 60.0, 120.0, 180.0, 120.0};
    for (size_t i = 0; i < 5; i++) {
        rotor_lock_orientation(&b.x[i * b.n], s.ion_first[ion], q);
        assert_near(rotor_lock_angle(q0, q) * 180.0 / 3.14159265358979, wanted[i], 2e-2);
    }
    neb_band_clear(&b);
    sample_clear(&first);
    sample_clear(&s);
}

/* A Mg goes by the nearest copy; a vacancy takes one Mg and two far BH4 out. */
static void mg_moves(void **state)
{
    (void)state;
    Sample s, first;
    gamma_sample(&s);
    double place[3] = {0.125, 0.063, 0.313}, turn[3];
    NebMove hop = {.kind = NEB_HOP, .ion = 1, .axis = -1, .angle = NAN, .to = {3, place}};
    int64_t ion;
    bool relabelled;
    double *last = calloc(3 * (size_t)s.n, sizeof *last);
    assert_ok(neb_move_first(&hop, NULL, &s, &first, &ion));
    assert_ok(neb_move_last(&hop, NULL, &s, &first, ion, NULL, last, turn, &relabelled));
    assert_false(relabelled);
    double far = neb_move_distance(s.n, last, &s.x[0][0]);
    assert_true(far > 3.5 && far < 15.7575 * 0.867); /* at most half the diagonal */
    sample_clear(&first);

    NebMove vacancy = {.kind = NEB_VACANCY, .ion = 24, .axis = -1, .angle = NAN, .into = 3};
    assert_ok(neb_move_first(&vacancy, NULL, &s, &first, &ion));
    int64_t count[ION_KINDS];
    sample_count(&first, count);
    assert_int_equal(count[ION_MG], 23);
    assert_int_equal(count[ION_BH4], 46);
    assert_int_equal(first.n, 253);
    assert_int_equal(ion, 22); /* one before it went */
    for (int c = 0; c < 3; c++)
        assert_true(first.x[first.ion_first[ion]][c] == s.x[23][c]);
    assert_ok(neb_move_last(&vacancy, NULL, &s, &first, ion, NULL, last, turn, &relabelled));
    double d[3];
    vec_sub(&last[3 * first.ion_first[ion]], s.x[2], d);
    cell_min_image(&s.cell, d);
    assert_near(vec_norm(d), 0.0, 1e-10);
    assert_true(sample_longest_bond(&first) < 1.3);
    sample_clear(&first);
    vacancy.into = 24;
    assert_int_equal(neb_move_first(&vacancy, NULL, &s, &first, &ion), ERR_INPUT);
    free(last);
    sample_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_rigid),
        cmocka_unit_test(way_round),
        cmocka_unit_test(mg_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
