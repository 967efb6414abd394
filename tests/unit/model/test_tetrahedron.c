/* The orientation of a BH4: exact for rigid ones, least squares for others, and labels are told apart. */
#include "check.h"

#include "base/vec.h"
#include "model/tetrahedron.h"

#include <stdlib.h>
#include <string.h>

/* Numbers in -1..1 that are the same everywhere. */
static double some(int i)
{
    return sin(12.9898 * i) * cos(78.233 * i * i);
}

static void turn(int i, double q[4])
{
    for (int k = 0; k < 4; k++)
        q[k] = some(4 * i + k + 1);
    quat_normalise(q);
}

static void place(bool left, const double q[4], double bond, double x[5][3])
{
    double body[4][3];
    tetrahedron_body(left, bond, body);
    for (int k = 0; k < 3; k++)
        x[0][k] = 3.0 + k;
    for (int a = 0; a < 4; a++) {
        quat_rotate(q, body[a], x[a + 1]);
        for (int k = 0; k < 3; k++)
            x[a + 1][k] += x[0][k];
    }
}

static const double mass[5] = {10.81, 1.008, 1.008, 1.008, 1.008};

static void rigid_ions_are_exact(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        double q[4], found[4], x[5][3], centre[3];
        turn(i, q);
        place(i % 2, q, 1.22, x);
        assert_true(tetrahedron_left_handed((const double(*)[3])x) == i % 2);
        tetrahedron_pose((const double(*)[3])x, mass, centre, found);
        assert_near(fabs(quat_dot(q, found)), 1.0, 1e-14);
        assert_true(found[0] >= 0.0);
        for (int k = 0; k < 3; k++)
            assert_near(centre[k], x[0][k], 1e-14);
    }
}

static double misfit(const double bond[4][3], const double body[4][3], const double q[4])
{
    double sum = 0.0;
    for (int a = 0; a < 4; a++) {
        double r[3];
        quat_rotate(q, body[a], r);
        vec_sub(bond[a], r, r);
        sum += vec_dot(r, r);
    }
    return sum;
}

/* No small turn of a distorted ion's orientation fits better, nor does any of many large ones. */
static void the_fit_is_the_best(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        double q[4], found[4], x[5][3], bond[4][3], body[4][3];
        turn(i, q);
        place(false, q, 1.22, x);
        for (int a = 0; a < 4; a++)
            for (int k = 0; k < 3; k++)
                bond[a][k] = x[a + 1][k] - x[0][k] + 0.2 * some(1000 + 12 * i + 3 * a + k);
        tetrahedron_body(false, 1.22, body);
        tetrahedron_fit((const double(*)[3])bond, (const double(*)[3])body, found);
        double best = misfit((const double(*)[3])bond, (const double(*)[3])body, found);
        for (int j = 0; j < 50; j++) {
            double other[4], size = j % 2 == 0 ? 1e-3 : 1.0;
            double phi[3] = {size * some(3 * j + 7), size * some(3 * j + 8),
                             size * some(3 * j + 9)};
            quat_from_vector(phi, other);
            quat_mul(other, found, other);
            assert_true(misfit((const double(*)[3])bond, (const double(*)[3])body, other) > best);
        }
    }
}

/* A C3 jump moves three labels in a circle: a rotation by 120 degrees. */
static void a_jump_is_seen(void **state)
{
    (void)state;
    double q[4], before[4], after[4], x[5][3], y[5][3], centre[3];
    turn(3, q);
    place(false, q, 1.22, x);
    memcpy(y, x, sizeof y);
    memcpy(y[2], x[3], sizeof y[2]);
    memcpy(y[3], x[4], sizeof y[3]);
    memcpy(y[4], x[2], sizeof y[4]);
    tetrahedron_pose((const double(*)[3])x, mass, centre, before);
    tetrahedron_pose((const double(*)[3])y, mass, centre, after);
    assert_near(fabs(quat_dot(before, after)), 0.5, 1e-14); /* cos 60 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rigid_ions_are_exact),
        cmocka_unit_test(the_fit_is_the_best),
        cmocka_unit_test(a_jump_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
