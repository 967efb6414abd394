/* The box: lengths and angles, wrapping, shortest copies in skewed cells, and what is refused. */
#include "check.h"

#include "base/vec.h"
#include "model/cell.h"

#include <string.h>

static const double SKEWED[3][3] = {{10.0, 0.0, 0.0}, {6.0, 8.0, 0.0}, {-4.0, 3.0, 9.0}};

static double random_in(uint64_t i, double low, double high)
{
    double u = (double)((i * 2654435761u + 12345u) % 1000003u) / 1000003.0;
    return low + (high - low) * u;
}

static void lengths_and_angles_come_back(void **state)
{
    (void)state;
    const double lengths[3] = {5.0, 6.5, 7.25}, angles[3] = {81.0, 97.5, 112.0};
    double l[3], a[3];
    Cell c;
    assert_ok(cell_init_lengths(&c, lengths, angles));
    assert_true(c.h[0][1] == 0.0 && c.h[0][2] == 0.0 && c.h[1][2] == 0.0);
    cell_lengths(&c, l, a);
    for (int k = 0; k < 3; k++) {
        assert_near(l[k], lengths[k], 1e-12);
        assert_near(a[k], angles[k], 1e-10);
    }
    assert_false(cell_is_orthogonal(&c));
    const double right[3] = {90.0, 90.0, 90.0};
    assert_ok(cell_init_lengths(&c, lengths, right));
    assert_true(cell_is_orthogonal(&c));
    assert_near(c.volume, 5.0 * 6.5 * 7.25, 1e-10);
}

static void widths_are_volume_over_face(void **state)
{
    (void)state;
    Cell c;
    double w[3], face[3];
    assert_ok(cell_init(&c, SKEWED));
    cell_widths(&c, w);
    for (int k = 0; k < 3; k++) {
        vec_cross(c.h[(k + 1) % 3], c.h[(k + 2) % 3], face);
        assert_near(w[k], c.volume / vec_norm(face), 1e-12);
    }
}

static void wrapping_keeps_the_place(void **state)
{
    (void)state;
    Cell c;
    assert_ok(cell_init(&c, SKEWED));
    for (uint64_t i = 0; i < 2000; i++) {
        double r[3], old[3], s[3];
        int image[3];
        for (uint64_t k = 0; k < 3; k++)
            old[k] = r[k] = random_in(3 * i + k, -60.0, 60.0);
        cell_wrap(&c, r, image);
        cell_to_fractional(&c, r, s);
        for (int k = 0; k < 3; k++) {
            assert_true(s[k] >= 0.0 && s[k] < 1.0);
            vec_axpy(image[k], c.h[k], r);
        }
        for (int k = 0; k < 3; k++)
            assert_near(r[k], old[k], 1e-12);
    }
    double hair[3] = {-1e-18, 0.0, 0.0}, s[3];
    int image[3];
    cell_wrap(&c, hair, image);
    cell_to_fractional(&c, hair, s);
    assert_true(s[0] >= 0.0 && s[0] < 1.0);
}

/* Against all copies up to 3 steps away. */
static void shortest_copy_is_shortest(void **state)
{
    (void)state;
    Cell c;
    assert_ok(cell_init(&c, SKEWED));
    for (uint64_t i = 0; i < 300; i++) {
        double d[3], best = INFINITY, m[3];
        for (uint64_t k = 0; k < 3; k++)
            m[k] = d[k] = random_in(7 * i + k, -25.0, 25.0);
        cell_min_image(&c, m);
        for (int n = 0; n < 11 * 11 * 11; n++) {
            double t[3] = {d[0], d[1], d[2]};
            vec_axpy(n % 11 - 5, c.h[0], t);
            vec_axpy(n / 11 % 11 - 5, c.h[1], t);
            vec_axpy(n / 121 - 5, c.h[2], t);
            best = fmin(best, vec_norm(t));
        }
        assert_near(vec_norm(m), best, 1e-12);
    }
}

static void bad_boxes_are_refused(void **state)
{
    (void)state;
    Cell c;
    const double flat[3][3] = {{1, 0, 0}, {0, 1, 0}, {1, 1, 0}};
    const double left[3][3] = {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}};
    const double nan[3][3] = {{1, 0, 0}, {0, NAN, 0}, {0, 0, 1}};
    assert_int_equal(cell_init(&c, flat), ERR_INPUT);
    assert_non_null(strstr(err_message(), "lattice is flat"));
    assert_int_equal(cell_init(&c, left), ERR_INPUT);
    assert_non_null(strstr(err_message(), "left-handed"));
    assert_int_equal(cell_init(&c, nan), ERR_INPUT);
    assert_string_equal(err_message(), "lattice vector b is not finite");
    const double lengths[3] = {5, 5, 5}, zero[3] = {5, 0, 5}, right[3] = {90, 90, 90},
                 open[3] = {20, 20, 120}, wide[3] = {90, 180, 90};
    assert_int_equal(cell_init_lengths(&c, zero, right), ERR_INPUT);
    assert_non_null(strstr(err_message(), "cell length b = 0 A"));
    assert_int_equal(cell_init_lengths(&c, lengths, open), ERR_INPUT);
    assert_non_null(strstr(err_message(), "cannot close a box"));
    assert_int_equal(cell_init_lengths(&c, lengths, wide), ERR_INPUT);
    assert_non_null(strstr(err_message(), "cell angle 2 = 180"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_and_angles_come_back),
        cmocka_unit_test(widths_are_volume_over_face),
        cmocka_unit_test(wrapping_keeps_the_place),
        cmocka_unit_test(shortest_copy_is_shortest),
        cmocka_unit_test(bad_boxes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
