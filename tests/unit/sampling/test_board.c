/* The checkerboard and the bins of ions, against what they promise. */
#include "mccase.h"

#include "sampling/board.h"

static void shaken(Sample *s, Bodies *b, double reach)
{
    Sample unit;
    FfParameters p = mccase_parameters();
    gamma_sample(&unit);
    sample_supercell(&unit, (int[3]){1, 2, 3}, s);
    ffcase_shake(s, 4, 0.5);
    bodies_init(b, s, &p, 4.0, reach);
    sample_clear(&unit);
}

/* Every ion is in one cell, the one that holds its centre; ions of two cells of one colour are further apart than `reach` */
static void cells_of_a_colour_do_not_touch(void **state)
{
    (void)state;
    Sample s;
    Bodies b;
    Board g = {0};
    const double reach = 7.0;
    shaken(&s, &b, reach);
    for (int64_t sweep = 1; sweep <= 5; sweep++) {
        int32_t cells[64], seen = 0;
        board_lay(&g, &b, reach, 3, sweep);
        assert_int_equal(g.n[0], 2);
        assert_int_equal(g.n[1], 4);
        assert_int_equal(g.n[2], 6);
        assert_int_equal(g.ncolour, 8);
        bool used[8] = {false};
        for (int k = 0; k < 8; k++) {
            int32_t n = board_active(&g, g.colour[k], cells);
            assert_false(used[g.colour[k]]);
            used[g.colour[k]] = true;
            assert_int_equal(n, 6);
            for (int32_t i = 0; i < n; i++)
                for (int32_t m = g.first[cells[i]]; m < g.first[cells[i] + 1]; m++, seen++)
                    for (int32_t j = 0; j < i; j++)
                        for (int32_t l = g.first[cells[j]]; l < g.first[cells[j] + 1]; l++) {
                            double d[3];
                            vec_sub(b.centre[g.ion[m]], b.centre[g.ion[l]], d);
                            cell_min_image(&b.cell, d);
                            assert_true(vec_norm(d) > reach);
                        }
        }
        assert_int_equal(seen, b.nion);
        for (int32_t c = 0; c < g.ncell; c++)
            for (int32_t m = g.first[c]; m < g.first[c + 1]; m++)
                assert_int_equal(board_cell(&g, &b.cell, b.x[b.first[g.ion[m]]]), c);
    }
    board_clear(&g);
    bodies_clear(&b);
    sample_clear(&s);
}

/* After many displacements the bins still find what a search through all ions finds, copies included */
static void bins_find_all_neighbours(void **state)
{
    (void)state;
    Sample s;
    Bodies b;
    shaken(&s, &b, 9.0);
    Dice d = dice_of(6, RNG_TEST, 0, 0);
    for (int step = 0; step < 3000; step++) {
        int32_t ion = (int32_t)dice_index(&d, b.nion);
        double x[BODY_ATOMS][3], by[3];
        dice_axis(&d, by);
        for (int i = 0; i < bodies_atoms(&b, ion); i++)
            for (int c = 0; c < 3; c++)
                x[i][c] = b.x[b.first[ion] + i][c] + 2.0 * by[c];
        bodies_place(&b, ion, (const double(*)[3])x);
    }
    for (int32_t k = 0; k < 20; k++) {
        int32_t found[512], wanted[512], m = 0;
        const double *at = b.centre[k * 7], radius = 7.0;
        int n = bodies_near(&b, at, radius, ION_BH4, 90, 512, found);
        for (int32_t j = 0; j < b.nion; j++) {
            double e[3];
            vec_sub(b.x[b.first[j]], at, e);
            cell_min_image(&b.cell, e);
            if (b.kind[j] == ION_BH4 && j != 90 && vec_norm(e) < radius)
                wanted[m++] = j;
        }
        assert_int_equal(n, m);
        assert_true(m > 5);
        assert_memory_equal(found, wanted, (size_t)m * sizeof *found);
    }
    bodies_clear(&b);
    sample_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_a_colour_do_not_touch),
        cmocka_unit_test(bins_find_all_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
