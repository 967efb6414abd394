/* The turns of a tetrahedron form the group A4, and the rotations do what the permutations say. */
#include "check.h"

#include "base/vec.h"
#include "lattice/turns.h"
#include "model/tetrahedron.h"

static void group(void **state)
{
    (void)state;
    int kinds[4] = {0};
    for (int g = 0; g < TURNS; g++) {
        assert_int_equal(turns_product(g, turns_inverse(g)), 0);
        int power = g;
        for (int k = 1; k < (turns_kind(g) > 0 ? turns_kind(g) : 1); k++)
            power = turns_product(g, power);
        assert_int_equal(power, 0);
        kinds[turns_kind(g)]++;
        for (int h = 0; h < TURNS; h++)
            for (int s = 0; s < 4; s++)
                assert_int_equal(turns_site(turns_product(g, h), s),
                                 turns_site(g, turns_site(h, s)));
    }
    assert_int_equal(kinds[0], 1);
    assert_int_equal(kinds[2], 3);
    assert_int_equal(kinds[3], 8);
}

static void rotations(void **state)
{
    (void)state;
    double body[4][3];
    tetrahedron_body(false, 1.2, body);
    for (int g = 0; g < TURNS; g++) {
        double q[4], off;
        turns_quaternion(g, q);
        for (int s = 0; s < 4; s++) {
            double to[3];
            quat_rotate(q, body[s], to);
            for (int a = 0; a < 3; a++)
                assert_near(to[a], body[turns_site(g, s)][a], 1e-12);
        }
        assert_int_equal(turns_nearest(q, &off), g);
        assert_near(off, 0.0, 1e-7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(group), cmocka_unit_test(rotations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
