/* Neighbours by bins against brute force, in wide, skewed and very narrow boxes, atoms outside the
 * box too. */
#include "check.h"

#include "base/vec.h"
#include "model/near.h"

enum { ATOMS = 40 };

typedef struct Seen {
    int count[ATOMS];
    double sum;
} Seen;

static void note(void *data, int64_t j, const double d[3], double r2)
{
    Seen *seen = data;
    seen->count[j]++;
    seen->sum += (double)(j + 1) * r2;
    assert_near(vec_dot(d, d), r2, 1e-12);
}

/* All copies up to 7 steps away. */
static void by_force(const Cell *c, const double (*x)[3], const double r[3], double cutoff,
                     Seen *seen)
{
    for (int64_t j = 0; j < ATOMS; j++)
        for (int m = 0; m < 15 * 15 * 15; m++) {
            double d[3];
            vec_sub(x[j], r, d);
            vec_axpy(m % 15 - 7, c->h[0], d);
            vec_axpy(m / 15 % 15 - 7, c->h[1], d);
            vec_axpy(m / 225 - 7, c->h[2], d);
            double r2 = vec_dot(d, d);
            if (r2 <= cutoff * cutoff) {
                seen->count[j]++;
                seen->sum += (double)(j + 1) * r2;
            }
        }
}

static void bins_find_what_force_finds(void **state)
{
    (void)state;
    static const struct {
        double h[3][3], cutoff;
    } boxes[] = {{{{12, 0, 0}, {0, 13, 0}, {0, 0, 14}}, 2.5},
                 {{{12, 0, 0}, {7, 10, 0}, {-5, 4, 9}}, 3.1},
                 {{{-6, 6, 6}, {6, -6, 6}, {6, 6, -6}}, 4.0},
                 {{{3, 0, 0}, {0, 20, 0}, {1, 0, 4}}, 5.0}};
    for (int b = 0; b < 4; b++) {
        Cell c;
        double x[ATOMS][3];
        assert_ok(cell_init(&c, boxes[b].h));
        for (int i = 0; i < ATOMS; i++) {
            double s[3] = {fmod(0.618034 * i, 1.0) + i % 2, fmod(0.754878 * i, 1.0) - i % 2,
                           fmod(0.569840 * i, 1.0)};
            cell_to_cartesian(&c, s, x[i]);
        }
        Near *near = near_new(&c, ATOMS, (const double(*)[3])x, boxes[b].cutoff);
        int found = 0;
        for (int i = 0; i < ATOMS; i++) {
            Seen a = {{0}, 0.0}, f = {{0}, 0.0};
            near_visit(near, x[i], note, &a);
            by_force(&c, (const double(*)[3])x, x[i], boxes[b].cutoff, &f);
            for (int j = 0; j < ATOMS; j++) {
                assert_int_equal(a.count[j], f.count[j]);
                found += a.count[j];
            }
            assert_near(a.sum, f.sum, 1e-9 * (1.0 + f.sum));
        }
        assert_true(found > 2 * ATOMS); /* more than the atoms themselves */
        near_free(near);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bins_find_what_force_finds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
