/* Coulomb sums do not depend on the rank count: this communicator against one rank that holds all
 * atoms. */
#include "charges.h"

#include "force/ewald.h"
#include "force/p3m.h"

static Comm *world, *alone;

typedef struct Outcome {
    double energy, virial[3][3];
    double (*f)[3]; /* [n], of all atoms */
} Outcome;

/* This rank's share: scattered, or all on the last rank so that the others are empty. */
static int32_t share(const Charges *all, bool scattered, Charges *mine, int32_t id[])
{
    charges_init(mine, &all->cell, all->n);
    mine->n = 0;
    for (int32_t i = 0; i < all->n; i++) {
        int owner = scattered ? (7 * i + 3) % 11 % comm_size(world) : comm_size(world) - 1;
        if (owner != comm_rank(world))
            continue;
        memcpy(mine->x[mine->n], all->x[i], sizeof all->x[i]);
        mine->q[mine->n] = all->q[i];
        id[mine->n++] = i;
    }
    return mine->n;
}

static void assert_same(const Charges *all, const Outcome *one, const Charges *mine,
                        const int32_t id[], double energy, const double virial[3][3])
{
    double largest = 0.0;
    for (int32_t i = 0; i < all->n; i++)
        largest = fmax(largest, vec_norm(one->f[i]));
    assert_near(energy, one->energy, 1e-11 * fabs(one->energy));
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_near(virial[a][b], one->virial[a][b], 1e-11 * fabs(one->virial[0][0]));
    for (int32_t i = 0; i < mine->n; i++)
        for (int a = 0; a < 3; a++)
            assert_near(mine->f[i][a], one->f[id[i]][a], 1e-11 * largest);
}

static void p3m_on(const Comm *comm, const int mesh[3], int order, Charges *c, double *energy,
                   double virial[3][3])
{
    P3m *p;
    assert_ok(p3m_new(comm, &c->cell, 0.4, mesh, &(P3mOptions){.order = order}, &p));
    assert_ok(p3m_compute(p, &c->cell, c->n, (const double(*)[3])c->x, c->q, c->f, energy, virial));
    p3m_free(p);
}

static void p3m_is_the_same(void **state)
{
    (void)state;
    static const int meshes[][3] = {{40, 40, 40}, {15, 14, 9}, {6, 4, 12}, {3, 2, 5}};
    Charges all, mine;
    charges_primitive(&all);
    int32_t *id = MEM_NEW(int32_t, all.n);
    for (int m = 0; m < 4; m++) {
        for (int scattered = 0; scattered < 2; scattered++) {
            Outcome one = {.f = all.f};
            double energy, virial[3][3];
            memset(all.f, 0, (size_t)all.n * sizeof *all.f);
            p3m_on(alone, meshes[m], 4 + m, &all, &one.energy, one.virial);
            share(&all, scattered == 1, &mine, id);
            p3m_on(world, meshes[m], 4 + m, &mine, &energy, virial);
            assert_same(&all, &one, &mine, id, energy, (const double(*)[3])virial);
            charges_clear(&mine);
        }
    }
    free(id);
    charges_clear(&all);
}

static void ewald_on(const Comm *comm, Charges *c, double *energy, double virial[3][3])
{
    Ewald *e;
    assert_ok(ewald_new(comm, &c->cell, 0.4, 2.5, &e));
    assert_ok(ewald_compute(e, comm, &c->cell, c->n, (const double(*)[3])c->x, c->q, c->f, energy,
                            virial));
    ewald_free(e);
}

static void ewald_is_the_same(void **state)
{
    (void)state;
    Charges all, mine;
    charges_primitive(&all);
    int32_t *id = MEM_NEW(int32_t, all.n);
    Outcome one = {.f = all.f};
    double energy, virial[3][3];
    ewald_on(alone, &all, &one.energy, one.virial);
    share(&all, true, &mine, id);
    ewald_on(world, &mine, &energy, virial);
    assert_same(&all, &one, &mine, id, energy, (const double(*)[3])virial);
    charges_clear(&mine);
    charges_clear(&all);
    free(id);
}

/* An atom that is lost on one rank is an error on all, not a hang. */
static void all_ranks_learn_of_trouble(void **state)
{
    (void)state;
    Charges all, mine;
    P3m *p;
    double energy, virial[3][3];
    charges_primitive(&all);
    int32_t *id = MEM_NEW(int32_t, all.n);
    share(&all, true, &mine, id);
    if (comm_rank(world) == comm_size(world) - 1)
        mine.x[0][2] = INFINITY;
    assert_ok(
        p3m_new(world, &all.cell, 0.4, (const int[3]){12, 12, 12}, &(P3mOptions){.order = 5}, &p));
    assert_int_equal(p3m_compute(p, &all.cell, mine.n, (const double(*)[3])mine.x, mine.q, mine.f,
                                 &energy, virial),
                     ERR_NUMERICAL);
    p3m_free(p);
    charges_clear(&mine);
    charges_clear(&all);
    free(id);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    alone = comm_split(world, comm_rank(world));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p3m_is_the_same),
        cmocka_unit_test(ewald_is_the_same),
        cmocka_unit_test(all_ranks_learn_of_trouble),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_free(alone);
    comm_stop(world);
    return failed;
}
