/* Sums over ranks that do not depend on their number, and that say when they do not fit. */
#include "check.h"

#include "par/comm.h"

static Comm *world;

/* Rank r of n gives every n-th of the same terms. */
static void the_same_on_any_rank_count(void **state)
{
    (void)state;
    enum { N = 10000 };
    Exact mine[3] = {{0}}, whole[3] = {{0}};
    for (int i = 0; i < N; i++) {
        double x = sin(i) * exp(20.0 * sin(0.1 * i));
        for (int k = 0; k < 3; k++) {
            exact_add(&whole[k], x * (k - 1));
            if (i % comm_size(world) == comm_rank(world))
                exact_add(&mine[k], x * (k - 1));
        }
    }
    comm_sum_exact(world, 3, mine);
    for (int k = 0; k < 3; k++)
        assert_true(exact_value(mine[k]) == exact_value(whole[k]));
}

/* On the last rank, then on all: every rank sees that the sum is lost, and its neighbours are not touched. */
static void lost_on_one_is_lost_on_all(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        Exact sum[3] = {{0}};
        exact_add(&sum[0], 1.0);
        exact_add(&sum[2], 0.5);
        exact_add(&sum[1], all || comm_rank(world) == comm_size(world) - 1 ? NAN : 1.0);
        comm_sum_exact(world, 3, sum);
        assert_true(exact_is_lost(sum[1]) && isnan(exact_value(sum[1])));
        assert_true(exact_value(sum[0]) == comm_size(world));
        assert_true(exact_value(sum[2]) == 0.5 * comm_size(world));
    }
}

/* Each rank's part fits, all together do not. */
static void too_large_together(void **state)
{
    (void)state;
    Exact sum = {0};
    exact_add(&sum, 4e12);
    comm_sum_exact(world, 1, &sum);
    if (comm_size(world) < 3)
        assert_true(exact_value(sum) == 4e12 * comm_size(world));
    else
        assert_true(exact_is_lost(sum));
}

/* Columns of a table, 0, 1, 2, .. on the ranks, come together in their order, and go back. */
static void rows_come_together(void **state)
{
    (void)state;
    enum { ROWS = 3, MOST = 64 };
    const size_t mine = (size_t)comm_rank(world);
    const size_t first = mine * (mine - 1) / 2 * (mine > 0), n = (size_t)comm_size(world),
                 all = n * (n - 1) / 2;
    unsigned char part[ROWS * MOST], back[ROWS * MOST] = {0}, table[ROWS * MOST] = {0};
    assert_true(all <= MOST);
    for (size_t k = 0; k < ROWS; k++)
        for (size_t i = 0; i < mine; i++)
            part[k * mine + i] = (unsigned char)(100 * k + first + i);
    comm_gather_rows(world, ROWS, mine, part, comm_is_root(world) ? table : NULL);
    for (size_t k = 0; k < ROWS && comm_is_root(world); k++)
        for (size_t i = 0; i < all; i++)
            assert_int_equal(table[k * all + i], (unsigned char)(100 * k + i));
    comm_scatter_rows(world, ROWS, mine, back, comm_is_root(world) ? table : NULL);
    assert_memory_equal(back, part, ROWS * mine);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_on_any_rank_count),
        cmocka_unit_test(lost_on_one_is_lost_on_all),
        cmocka_unit_test(too_large_together),
        cmocka_unit_test(rows_come_together),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
