/* A step of the arrow against the same equations written out in full. */
#include "check.h"

#include "analysis/arrow.h"
#include "base/rng.h"

#include <string.h>

enum { SETS = 5, POINTS = 20 };

static double full[72][72];

/* Of a positive matrix of row length 72, by elimination without exchange; destroys it. */
static double log_determinant_of(size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        sum += log(full[k][k]);
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = n; j-- > k;)
                full[i][j] -= full[i][k] / full[k][k] * full[k][j];
    }
    return sum;
}

static void step_solves_the_full_equations(void **state)
{
    (void)state;
    for (size_t nshared = 0; nshared <= ARROW_SHARED; nshared += 3)
        for (size_t nown = 1; nown <= ARROW_OWN; nown += nown == 1 ? 3 : 4) {
            size_t np = nshared + SETS * nown, draw = 0;
            double lambda = 0.3, step[72], log_determinant, inverse[72 * 72];
            memset(full, 0, sizeof full);
            Arrow a;
            arrow_init(&a, SETS, nshared, nown);
            arrow_zero(&a);
            for (size_t s = 0; s < SETS; s++)
                for (size_t i = 0; i < POINTS; i++) {
                    double u[72] = {0}, two[2];
                    for (size_t k = 0; k < np; k++)
                        if (k < nshared ||
                            (k >= nshared + s * nown && k < nshared + (s + 1) * nown)) {
                            rng_uniform2(1, RNG_TEST, draw++, 0, 0, two);
                            u[k] = two[0] - 0.5;
                        }
                    double slope = 0.5 + two[1], f = two[1] - 0.4;
                    arrow_add(&a, s, slope * f, slope * slope, u, u + nshared + s * nown);
                    for (size_t k = 0; k < np; k++)
                        for (size_t l = 0; l < np; l++)
                            full[k][l] +=
                                slope * slope * u[k] * u[l] * (k == l ? 1.0 + lambda : 1.0);
                }
            assert_true(arrow_step(&a, lambda, step));
            for (size_t k = 0; k < np; k++) {
                double left = a.gradient[k];
                for (size_t l = 0; l < np; l++)
                    left += full[k][l] * step[l];
                assert_near(left, 0.0, 1e-12);
            }
            assert_true(arrow_invert(&a, inverse, &log_determinant));
            for (size_t k = 0; k < np; k++)
                full[k][k] /= 1.0 + lambda;
            for (size_t k = 0; k < np; k++)
                for (size_t l = 0; l < np; l++) {
                    double product = 0;
                    for (size_t m = 0; m < np; m++)
                        product += full[k][m] * inverse[m * np + l];
                    assert_near(product, k == l ? 1.0 : 0.0, 1e-9);
                }
            assert_near(log_determinant, log_determinant_of(np), 1e-9);
            arrow_zero(&a);
            assert_false(arrow_step(&a, lambda, step)); /* nothing is known */
            assert_false(arrow_invert(&a, inverse, &log_determinant));
            arrow_clear(&a);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(step_solves_the_full_equations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
