/* The rigid tetrahedron: orientation from positions for any labelling, one moment of inertia, exact
 * free turns. */
#include "check.h"

#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"
#include "dynamics/rigid.h"

#include <string.h>

static const double bond = 1.22;

static void random_quaternion(uint64_t i, double q[4])
{
    double a[3], b[3];
    rng_normal3(3, RNG_TEST, 0, i, 0, a);
    rng_normal3(3, RNG_TEST, 0, i, 1, b);
    q[0] = b[0];
    memcpy(q + 1, a, sizeof a);
    quat_normalise(q);
}

/* A tetrahedron at `where` with orientation q, its H in the given order */
static void make(const double q[4], const double where[3], const int order[4], double x[5][3])
{
    double body[4][3];
    rigid_body(false, bond, body);
    memcpy(x[0], where, 3 * sizeof(double));
    for (int i = 0; i < 4; i++) {
        double r[3];
        quat_rotate(q, body[order[i]], r);
        for (int c = 0; c < 3; c++)
            x[i + 1][c] = where[c] + r[c];
    }
}

static void fit_finds_every_labelling(void **state)
{
    (void)state;
    const double where[3] = {3.0, -200.0, 15.0};
    for (int p = 0, count = 0; p < 256; p++) {
        int order[4] = {p & 3, p >> 2 & 3, p >> 4 & 3, p >> 6 & 3}, seen = 0;
        for (int i = 0; i < 4; i++)
            seen |= 1 << order[i];
        if (seen != 15)
            continue;
        double q[4], found[4], x[5][3], y[5][3];
        random_quaternion((uint64_t)count++, q);
        make(q, where, order, x);
        memcpy(y, x, sizeof y);
        rigid_fit((const double(*)[3])x, found);
        rigid_place(found, bond, y);
        for (int i = 0; i < 5; i++)
            for (int c = 0; c < 3; c++)
                assert_near(y[i][c], x[i][c], 2e-13); /* rounding of 200 A */
    }
}

/* Least squares: a distorted ion is fitted better than by any orientation nearby */
static void fit_is_the_best(void **state)
{
    (void)state;
    const double where[3] = {0.0, 0.0, 0.0};
    const int order[4] = {0, 1, 2, 3};
    double q[4], x[5][3], best = 0.0;
    random_quaternion(77, q);
    make(q, where, order, x);
    for (int i = 1; i < 5; i++) {
        double z[3];
        rng_normal3(3, RNG_TEST, 1, (uint64_t)i, 0, z);
        vec_axpy(0.1, z, x[i]);
    }
    rigid_fit((const double(*)[3])x, q);
    for (int trial = -1; trial < 6; trial++) {
        double omega[3] = {0.0, 0.0, 0.0}, turned[4], y[5][3], square = 0.0;
        if (trial >= 0)
            omega[trial / 2] = trial % 2 ? 1e-3 : -1e-3;
        memcpy(turned, q, sizeof turned);
        rigid_turn(omega, 1.0, turned);
        memcpy(y, x, sizeof y);
        rigid_place(turned, bond, y);
        for (int i = 1; i < 5; i++)
            for (int c = 0; c < 3; c++)
                square += (y[i][c] - x[i][c]) * (y[i][c] - x[i][c]);
        if (trial < 0)
            best = square;
        else
            assert_true(square > best);
    }
}

static void inertia_is_one_number(void **state)
{
    (void)state;
    const double where[3] = {0.0, 0.0, 0.0}, mass = 2.014;
    const int order[4] = {0, 1, 2, 3};
    double q[4], x[5][3], tensor[3][3] = {{0}};
    random_quaternion(5, q);
    make(q, where, order, x);
    for (int i = 1; i < 5; i++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                tensor[a][b] += mass * ((a == b ? vec_dot(x[i], x[i]) : 0.0) - x[i][a] * x[i][b]);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_near(tensor[a][b], a == b ? rigid_inertia(mass, bond) : 0.0, 1e-13);
}

/* 10000 free steps are one turn by the whole angle, whatever the step */
static void free_rotor_is_exact(void **state)
{
    (void)state;
    const double omega[3] = {0.3, -1.1, 0.7}, dt = 0.2;
    double q[4], once[4];
    random_quaternion(9, q);
    memcpy(once, q, sizeof once);
    for (int i = 0; i < 10000; i++)
        rigid_turn(omega, dt, q);
    rigid_turn(omega, 10000 * dt, once);
    double sign = quat_dot(q, once) < 0.0 ? -1.0 : 1.0;
    for (int i = 0; i < 4; i++)
        assert_near(sign * q[i], once[i], 1e-11);
    /* half a turn about z takes x to -x */
    const double about_z[3] = {0.0, 0.0, PI}, ex[3] = {1.0, 0.0, 0.0};
    double half[4] = {1.0, 0.0, 0.0, 0.0}, r[3];
    rigid_turn(about_z, 1.0, half);
    quat_rotate(half, ex, r);
    assert_near(r[0], -1.0, 1e-15);
}

static void spin_and_velocities_agree(void **state)
{
    (void)state;
    const double where[3] = {1.0, 2.0, 3.0}, omega[3] = {0.1, -0.2, 0.05};
    const int order[4] = {1, 0, 2, 3};
    double q[4], x[5][3], later[5][3], v[5][3] = {{0.4, 0.5, -0.6}}, found[3];
    random_quaternion(11, q);
    make(q, where, order, x);
    rigid_velocities(omega, (const double(*)[3])x, v);
    rigid_spin((const double(*)[3])x, (const double(*)[3])v, bond, found);
    for (int c = 0; c < 3; c++)
        assert_near(found[c], omega[c], 1e-14);
    /* and the velocities are the derivative of the turning positions */
    const double dt = 1e-5;
    rigid_fit((const double(*)[3])x, q);
    rigid_turn(omega, dt, q);
    memcpy(later, x, sizeof later);
    rigid_place(q, bond, later);
    for (int i = 1; i < 5; i++)
        for (int c = 0; c < 3; c++)
            assert_near((later[i][c] - x[i][c]) / dt, v[i][c] - v[0][c], 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_finds_every_labelling), cmocka_unit_test(fit_is_the_best),
        cmocka_unit_test(inertia_is_one_number),     cmocka_unit_test(free_rotor_is_exact),
        cmocka_unit_test(spin_and_velocities_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
