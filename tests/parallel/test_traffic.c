/* Messages and bytes of ghosts and of the mesh: as many as domain.h and p3m.h say. */
#include "ffcase.h"

#include "force/p3m.h"

enum { STEPS = 7 };

static Comm *world;

/* Owners of all atoms, by global id. */
static int64_t *owners(const Domain *d, const Atoms *a)
{
    int64_t n = domain_natoms(d), *owner = MEM_NEW(int64_t, n);
    for (int32_t i = 0; i < a->nlocal; i++)
        owner[a->id[i]] = comm_rank(world);
    comm_sum_i64(world, (size_t)n, owner);
    return owner;
}

typedef struct Count {
    int neighbours;
    int64_t atoms, messages, bytes;
} Count;

static Count count(const Domain *d)
{
    Count c;
    halo_count(d, &c.neighbours, &c.atoms, &c.messages, &c.bytes);
    return c;
}

/* N, and G counted atom by atom, each once */
static Count expected(const Domain *d, const Atoms *a)
{
    int size = comm_size(world);
    int64_t *owner = owners(d, a);
    double *needs = MEM_NEW(double, size *size); /* [needs][whose] */
    bool *seen = MEM_NEW(bool, domain_natoms(d));
    Count c = {0};
    for (int32_t i = a->nlocal; i < a->ntotal; i++) {
        bool other = owner[a->id[i]] != comm_rank(world);
        assert_true(other == (i >= a->nnear));
        c.atoms += other && !seen[a->id[i]];
        seen[a->id[i]] = true;
        if (other)
            needs[comm_rank(world) * size + (int)owner[a->id[i]]] = 1.0;
    }
    comm_max(world, (size_t)(size * size), needs);
    for (int r = 0; r < size; r++)
        c.neighbours +=
            needs[comm_rank(world) * size + r] + needs[r * size + comm_rank(world)] > 0.0;
    free(seen);
    free(needs);
    free(owner);
    return c;
}

/* Sums over ranks of messages and bytes from `before` to `after` */
static void sent(const Count *before, const Count *after, int64_t sum[2])
{
    sum[0] = after->messages - before->messages;
    sum[1] = after->bytes - before->bytes;
    comm_sum_i64(world, 2, sum);
}

static void check_steps(FfCase *k, int forwards, int reverses)
{
    Count want = expected(k->d, &k->a), before = count(k->d);
    assert_int_equal(before.neighbours, want.neighbours);
    assert_int_equal(before.atoms, want.atoms);
    for (int step = 0; step < forwards; step++)
        halo_forward(k->d, &k->a);
    Count between = count(k->d);
    for (int step = 0; step < reverses; step++)
        halo_reverse(k->d, &k->a);
    Count after = count(k->d);
    /* what comes in is what others send: forward only the sum over ranks is known */
    int64_t sum[2], all[2] = {want.neighbours, want.atoms};
    comm_sum_i64(world, 2, all);
    sent(&before, &between, sum);
    assert_int_equal(sum[0], forwards * all[0]);
    assert_int_equal(sum[1], forwards * 24 * all[1]);
    assert_int_equal(after.messages - between.messages, reverses * want.neighbours);
    assert_int_equal(after.bytes - between.bytes, reverses * 24 * want.atoms);
}

/* A step of the force field is one forward and one reverse, also when it makes its lists anew. */
static void check_force_steps(FfCase *k, bool rebuild)
{
    int64_t want[2] = {0, 0}, sum[2];
    Count first = count(k->d);
    for (int step = 0; step < STEPS; step++) {
        if (rebuild)
            forcefield_invalidate(k->ff);
        assert_ok(forcefield_compute(k->ff, k->d, &k->a, &k->r));
        assert_true(forcefield_rebuilt(k->ff) == rebuild);
        Count now = expected(k->d, &k->a);
        want[0] += 2 * now.neighbours;
        want[1] += 2 * 24 * now.atoms;
    }
    Count last = count(k->d);
    comm_sum_i64(world, 2, want);
    sent(&first, &last, sum);
    assert_int_equal(sum[0], want[0]);
    assert_int_equal(sum[1], want[1]);
}

static void halo_is_as_long_as_said(void **state)
{
    (void)state;
    Sample s;
    FfCase k;
    gamma_sample(&s);
    ffcase_shake(&s, 5, 0.05);
    FfOptions o = ffcase_options(COULOMB_P3M, 6.5, 1e-3);
    ffcase_open(&k, world, &s, &o);
    check_steps(&k, STEPS, STEPS);
    check_steps(&k, 1, 3);
    check_force_steps(&k, false);
    check_force_steps(&k, true);
    ffcase_close(&k);
    sample_clear(&s);
}

/* Ranks among rows x columns that a charge at u touches, as a mask; every cut is even. */
static uint64_t touched(const int mesh[3], int order, int rows, int columns, const double u[3])
{
    uint64_t mask = 0;
    for (int jx = 0; jx < order; jx++) {
        for (int jy = 0; jy < order; jy++) {
            int x = ((int)u[0] - jx + mesh[0]) % mesh[0], y = ((int)u[1] - jy + mesh[1]) % mesh[1];
            int row = x * rows / mesh[0], column = y * columns / mesh[1];
            mask |= UINT64_C(1) << (row * columns + column);
        }
    }
    return mask;
}

/* Messages and bytes of charges and of the forces that come back: one step, this rank's share. */
static void route(const Domain *d, const Atoms *a, const int mesh[3], int order, int columns,
                  int64_t want[2])
{
    int size = comm_size(world), me = comm_rank(world);
    int64_t *to = MEM_NEW(int64_t, size * size); /* [from][to] charges */
    for (int32_t i = 0; i < a->nlocal; i++) {
        double s[3], u[3];
        cell_to_fractional(domain_cell(d), a->x[i], s);
        for (int k = 0; k < 3; k++)
            u[k] = (s[k] - floor(s[k])) * mesh[k];
        uint64_t mask = touched(mesh, order, size / columns, columns, u);
        for (int r = 0; r < size; r++)
            to[me * size + r] += r != me && (mask >> r & 1);
    }
    comm_sum_i64(world, (size_t)(size * size), to);
    want[0] = want[1] = 0;
    for (int r = 0; r < size; r++) {
        want[0] += (to[me * size + r] > 0) + (to[r * size + me] > 0);
        want[1] += 32 * to[me * size + r] + 24 * to[r * size + me];
    }
    free(to);
}

static void mesh_step(const Domain *d, const Atoms *a, const int mesh[3], int columns,
                      bool reproducible)
{
    P3m *p;
    P3mTimes t;
    const P3mOptions o = {.order = 5,
                          .mesh_ranks = comm_size(world),
                          .columns = columns,
                          .reproducible = reproducible};
    int members, used, rows = comm_size(world) / columns;
    double energy, virial[3][3], (*f)[3] = mem_new((size_t)a->nlocal + 1, sizeof *f);
    assert_ok(p3m_new(world, domain_cell(d), 0.4, mesh, &o, &p));
    p3m_layout(p, &members, &used);
    assert_true(members == comm_size(world) && used == columns);
    for (int step = 0; step < STEPS; step++)
        assert_ok(p3m_compute(p, domain_cell(d), a->nlocal, (const double(*)[3])a->x, a->q, f,
                              &energy, virial));
    p3m_times(p, &t);
    int64_t want[2], half = (int64_t)mesh[0] * mesh[1] * (mesh[2] / 2 + 1) / members;
    route(d, a, mesh, o.order, columns, want);
    want[0] += 2 * (rows - 1 + columns - 1);
    want[1] += 2 * 16 * (half * (rows - 1) / rows + half * (columns - 1) / columns);
    assert_int_equal(t.steps, STEPS);
    assert_int_equal(t.messages, STEPS * want[0]);
    assert_int_equal(t.bytes, STEPS * want[1]);
    p3m_free(p);
    free(f);
}

/* Slabs and pencils; a mesh that every cut divides */
static void mesh_is_as_long_as_said(void **state)
{
    (void)state;
    const int mesh[3] = {16, 24, 22};
    Sample s;
    FfCase k;
    gamma_sample(&s);
    FfOptions o = ffcase_options(COULOMB_P3M, 6.5, 1e-3);
    ffcase_open(&k, world, &s, &o);
    for (int columns = 1; columns <= 4; columns *= 2)
        if (comm_size(world) % columns == 0)
            mesh_step(k.d, &k.a, mesh, columns, false);
    mesh_step(k.d, &k.a, mesh, 1, true);
    ffcase_close(&k);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halo_is_as_long_as_said),
        cmocka_unit_test(mesh_is_as_long_as_said),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
