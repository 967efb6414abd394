/* P3M on any number of ranks and any cut of the mesh against one rank that holds all; to the bit where that is
 * promised. */
#include "charges.h"

#include "force/p3m.h"
#include "force/p3m_cost.h"

static Comm *world, *alone;

typedef struct Outcome {
    double energy, virial[3][3];
} Outcome;

static Charges all, mine;
static int32_t *id;

/* Atoms scattered over the ranks without order */
static void share(void)
{
    charges_init(&mine, &all.cell, all.n);
    mine.n = 0;
    for (int32_t i = 0; i < all.n; i++) {
        if ((7 * i + 3) % 11 % comm_size(world) != comm_rank(world))
            continue;
        memcpy(mine.x[mine.n], all.x[i], sizeof all.x[i]);
        mine.q[mine.n] = all.q[i];
        id[mine.n++] = i;
    }
}

/* Two steps: nothing may be left of the first. */
static Outcome run(const Comm *c, Charges *charges, const int mesh[3], const P3mOptions *o)
{
    P3m *p;
    Outcome out;
    assert_ok(p3m_new(c, &charges->cell, 0.4, mesh, o, &p));
    for (int step = 0; step < 2; step++) {
        memset(charges->f, 0, (size_t)charges->n * sizeof *charges->f);
        assert_ok(p3m_compute(p, &charges->cell, charges->n, (const double(*)[3])charges->x,
                              charges->q, charges->f, &out.energy, out.virial));
    }
    int members, columns;
    p3m_layout(p, &members, &columns);
    assert_true(members >= 1 && members <= comm_size(c) && members % columns == 0);
    if (o->mesh_ranks > 0)
        assert_int_equal(members, o->mesh_ranks < comm_size(c) ? o->mesh_ranks : comm_size(c));
    p3m_free(p);
    return out;
}

static double largest_force(void)
{
    double largest = 0.0;
    for (int32_t i = 0; i < all.n; i++)
        largest = fmax(largest, vec_norm(all.f[i]));
    return largest;
}

static void assert_close(const Outcome *one, const Outcome *out)
{
    double largest = largest_force();
    assert_near(out->energy, one->energy, 1e-11 * fabs(one->energy));
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_near(out->virial[a][b], one->virial[a][b], 1e-11 * fabs(one->virial[0][0]));
    for (int32_t i = 0; i < mine.n; i++)
        for (int a = 0; a < 3; a++)
            assert_near(mine.f[i][a], all.f[id[i]][a], 1e-11 * largest);
}

static const int meshes[][3] = {{24, 20, 18}, {9, 14, 11}, {12, 12, 12}, {3, 2, 5}};

static void every_cut_is_the_same(void **state)
{
    (void)state;
    int ranks = comm_size(world);
    for (int m = 0; m < 4; m++) {
        P3mOptions o = {.order = 4 + m};
        Outcome one = run(alone, &all, meshes[m], &o);
        const int members[] = {1, (ranks + 1) / 2, ranks - 1, ranks};
        for (int k = ranks > 7 ? 3 : 0; k < 4; k++) {
            for (int columns = 1; columns <= members[k]; columns++) {
                if (members[k] % columns != 0 ||
                    (ranks > 7 && columns != 1 && columns != 3 && columns != 8))
                    continue; /* many ranks: slabs with empty ones, one grid of pencils */
                o.mesh_ranks = members[k];
                o.columns = columns;
                Outcome out = run(world, &mine, meshes[m], &o);
                assert_close(&one, &out);
            }
        }
        Outcome chosen = run(world, &mine, meshes[m], &(P3mOptions){.order = 4 + m});
        assert_close(&one, &chosen);
    }
}

static void reproducible_is_the_same_bits(void **state)
{
    (void)state;
    for (int m = 0; m < 4; m++) {
        P3mOptions o = {.order = 4 + m};
        Outcome plain = run(alone, &all, meshes[m], &o);
        double largest = largest_force(), error = 0.0;
        double(*f)[3] = mem_new((size_t)all.n, sizeof *f);
        memcpy(f, all.f, (size_t)all.n * sizeof *f);
        o.reproducible = true;
        Outcome one = run(alone, &all, meshes[m], &o), out = run(world, &mine, meshes[m], &o);
        assert_memory_equal(&one, &out, sizeof one);
        for (int32_t i = 0; i < mine.n; i++)
            assert_memory_equal(mine.f[i], all.f[id[i]], sizeof mine.f[i]);
        for (int32_t i = 0; i < all.n; i++)
            for (int a = 0; a < 3; a++)
                error = fmax(error, fabs(f[i][a] - all.f[i][a]));
        print_message("order %d: grids move forces by %.1e eV/A of %.1e\n", o.order, error,
                      largest);
        /* and nothing else is lost; a mesh of 5 A blows the rounding of its few waves up */
        assert_true(error < (m == 3 ? 1e-10 : 5e-12));
        assert_near(one.energy, plain.energy, 1e-11 * fabs(plain.energy));
        free(f);
    }
}

/* Two halves give what one whole gives, in parts; forces alone are the same forces. */
static void halves_make_a_whole(void **state)
{
    (void)state;
    P3m *p;
    P3mSums sums, none;
    Outcome whole = run(world, &mine, meshes[0], &(P3mOptions){.order = 5});
    double(*f)[3] = mem_new((size_t)mine.n + 1, sizeof *f);
    memcpy(f, mine.f, (size_t)mine.n * sizeof *f);
    assert_ok(p3m_new(world, &mine.cell, 0.4, meshes[0], &(P3mOptions){.order = 5}, &p));
    for (int wanted = 0; wanted < 2; wanted++) {
        memset(mine.f, 0, (size_t)mine.n * sizeof *mine.f);
        p3m_begin(p, &mine.cell, mine.n, (const double(*)[3])mine.x, mine.q);
        p3m_transform(p, wanted == 1, wanted == 1 ? &sums : &none);
        p3m_gather(p);
        p3m_finish(p, mine.f);
        assert_memory_equal(mine.f, f, (size_t)mine.n * sizeof *f);
    }
    assert_true(exact_value(none.energy) == 0.0);
    comm_sum_exact(world, sizeof sums / sizeof(Exact), (Exact *)&sums);
    assert_true(exact_value(sums.energy) == whole.energy);
    assert_true(exact_value(sums.virial[0][1]) == whole.virial[0][1]);
    assert_true(exact_value(sums.lost) == 0.0);
    P3mTimes t;
    p3m_times(p, &t);
    assert_int_equal(t.steps, 2);
    if (comm_size(world) == 1)
        assert_true(t.messages == 0 && t.bytes == 0);
    else if (comm_size(world) == 2)
        assert_true(t.messages == 2 * (1 + 1 + 2)); /* charges, forces, two transforms */
    p3m_free(p);
    free(f);
}

static void ranks_are_chosen_by_cost(void **state)
{
    (void)state;
    int members, columns;
    const int m40[3] = {40, 40, 40}, m8[3] = {8, 8, 8}, m160[3] = {160, 160, 160};
    p3m_cost_ranks(m40, 1, 0, 0, false, &members, &columns);
    assert_true(members == 1 && columns == 1);
    p3m_cost_ranks(m40, 2, 0, 0, false, &members, &columns);
    assert_true(members == 2 && columns == 1); /* slabs */
    p3m_cost_ranks(m8, 64, 0, 0, false, &members, &columns);
    assert_true(members < 64); /* a few */
    p3m_cost_ranks(m160, 1024, 0, 0, false, &members, &columns);
    assert_true(members > 160 && columns > 1); /* pencils beyond the planes */
    p3m_cost_ranks(m160, 1024, 0, 0, true, &members, &columns);
    assert_true(members <= 160 && columns == 1);
    p3m_cost_ranks(m40, 12, 6, 3, false, &members, &columns);
    assert_true(members == 6 && columns == 3);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    alone = comm_split(world, comm_rank(world));
    charges_primitive(&all);
    id = MEM_NEW(int32_t, all.n);
    share();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_the_same),
        cmocka_unit_test(reproducible_is_the_same_bits),
        cmocka_unit_test(halves_make_a_whole),
        cmocka_unit_test(ranks_are_chosen_by_cost),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    charges_clear(&all);
    charges_clear(&mine);
    free(id);
    comm_free(alone);
    comm_stop(world);
    return failed;
}
