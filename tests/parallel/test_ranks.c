/* Whatever the number of ranks: the same energy, forces and virial, and no ion is ever lost. */
#include "ffcase.h"

#include "par/comm.h"

static Comm *world, *alone;

static double difference(const double *a, const double *b, size_t n, double *largest)
{
    double most = 0.0;
    *largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(a[i] - b[i]));
        *largest = fmax(*largest, fabs(b[i]));
    }
    return most;
}

/* All ranks together against this rank alone, which does the whole sample. */
static void compare(const Sample *s, const FfOptions *o)
{
    FfCase many, one;
    ffcase_open(&many, world, s, o);
    ffcase_open(&one, alone, s, o);
    size_t n = (size_t)s->n;
    double(*f)[3] = mem_new(n, sizeof *f), (*g)[3] = mem_new(n, sizeof *g), largest;
    ffcase_forces(&many, f);
    ffcase_forces(&one, g);
    double worst = difference(f[0], g[0], 3 * n, &largest);
    assert_true(worst <= 1e-11 * largest);
    assert_near(many.r.energy, one.r.energy, 1e-11 * fabs(one.r.energy));
    worst = difference(many.r.virial[0], one.r.virial[0], 9, &largest);
    assert_true(worst <= 1e-9 * largest);
    worst = difference(many.r.virial_ion[0], one.r.virial_ion[0], 9, &largest);
    assert_true(worst <= 1e-9 * largest);
    free(f);
    free(g);
    ffcase_close(&many);
    ffcase_close(&one);
}

static void forces_cubic(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    ffcase_shake(&s, 3, 0.05);
    FfOptions o = ffcase_options(COULOMB_EWALD, 7.5, 1e-4);
    compare(&s, &o);
    o.coulomb = COULOMB_P3M;
    compare(&s, &o);
    o.cutoff = 14.0; /* bricks far narrower than the reach: several hops, many copies */
    compare(&s, &o);
    sample_clear(&s);
}

/* Skew lattice of the same crystal, and atoms shifted far out of the box. */
static void forces_triclinic(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    ffcase_shake(&s, 4, 0.05);
    double h[3][3];
    memcpy(h, s.cell.h, sizeof h);
    h[1][0] += h[0][0];
    h[2][1] -= h[1][1];
    assert_ok(cell_init(&s.cell, (const double(*)[3])h));
    for (int64_t m = 0; m < s.nion; m++)
        for (int64_t i = s.ion_first[m]; i < s.ion_first[m + 1]; i++)
            vec_axpy((double)(m % 5) - 2.0, h[m % 3], s.x[i]);
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-4);
    compare(&s, &o);
    sample_clear(&s);
}

/* Reproducible mode: the same bits, not only the same to rounding. */
static void same_bits(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    ffcase_shake(&s, 6, 0.05);
    for (int variant = 0; variant < 3; variant++) {
        FfOptions o = ffcase_options(COULOMB_P3M, variant == 2 ? 14.0 : 7.5, 1e-3);
        o.reproducible = true;
        o.mixed = variant == 1;
        FfCase many, one;
        ffcase_open(&many, world, &s, &o);
        ffcase_open(&one, alone, &s, &o);
        size_t n = (size_t)s.n;
        double(*f)[3] = mem_new(n, sizeof *f), (*g)[3] = mem_new(n, sizeof *g);
        ffcase_forces(&many, f);
        ffcase_forces(&one, g);
        assert_memory_equal(f, g, n * sizeof *f);
        assert_memory_equal(&many.r, &one.r, sizeof one.r);
        free(f);
        free(g);
        ffcase_close(&many);
        ffcase_close(&one);
    }
    sample_clear(&s);
}

static void check_ids(const Domain *d, const Atoms *a)
{
    int64_t n = domain_natoms(d), *seen = MEM_NEW(int64_t, n);
    for (int32_t m = 0; m < a->nion; m++) {
        assert_true(m == 0 || a->ion_id[m] > a->ion_id[m - 1]);
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++) {
            assert_true(a->ion[i] == a->ion_id[m]);
            seen[a->id[i]]++;
        }
    }
    comm_sum_i64(domain_comm(d), (size_t)n, seen);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

/* Ions walk at random, up to two box lengths in all. */
static void ions_migrate(void **state)
{
    (void)state;
    Sample s;
    Domain *d;
    Atoms a;
    gamma_sample(&s);
    for (int64_t i = 0; i < s.n; i++)
        s.v[i][0] = (double)i;
    assert_ok(domain_new(world, &s, 6.0, &d, &a));
    for (int step = 0; step < 60; step++) {
        for (int32_t m = 0; m < a.nion; m++) {
            double z[3];
            rng_normal3(9, RNG_TEST, (uint64_t)step, (uint64_t)a.ion_id[m], 0, z);
            for (int32_t i = a.ion_first[m]; i < a.ion_first[m + 1]; i++)
                vec_axpy(4.0, z, a.x[i]);
        }
        assert_ok(domain_migrate(d, &a));
        check_ids(d, &a);
    }
    for (int step = 0; step < 60; step++) {
        for (int64_t m = 0; m < s.nion; m++) {
            double z[3];
            rng_normal3(9, RNG_TEST, (uint64_t)step, (uint64_t)m, 0, z);
            for (int64_t i = s.ion_first[m]; i < s.ion_first[m + 1]; i++)
                vec_axpy(4.0, z, s.x[i]);
        }
    }
    double(*x)[3] = mem_new((size_t)s.n, sizeof *x), (*v)[3] = mem_new((size_t)s.n, sizeof *v),
    largest;
    domain_gather(d, &a, x, v, NULL, NULL);
    assert_true(difference(x[0], s.x[0], 3 * (size_t)s.n, &largest) < 1e-10);
    assert_true(difference(v[0], s.v[0], 3 * (size_t)s.n, &largest) == 0.0);
    free(x);
    free(v);
    atoms_clear(&a);
    domain_free(d);
    sample_clear(&s);
}

/* The same jiggle for atom `id` wherever it is. */
static void jiggle(int step, int64_t id, double x[3])
{
    double z[3];
    rng_normal3(21, RNG_TEST, (uint64_t)step, (uint64_t)id, 0, z);
    vec_axpy(0.06, z, x); /* ions must stay whole */
    x[0] += 0.05;         /* and all drift through the faces */
}

/* A force field that has lived through many moves, some with old lists, some with migration, against a fresh one. */
static void lists_live_long(void **state)
{
    (void)state;
    Sample s;
    FfCase k, fresh;
    int rebuilt = 0;
    gamma_sample(&s);
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-3);
    ffcase_open(&k, world, &s, &o);
    double(*f)[3] = mem_new((size_t)s.n, sizeof *f), (*g)[3] = mem_new((size_t)s.n, sizeof *g),
    largest;
    for (int step = 0; step < 24; step++) {
        for (int32_t i = 0; i < k.a.nlocal; i++)
            jiggle(step, k.a.id[i], k.a.x[i]);
        for (int64_t i = 0; i < s.n; i++)
            jiggle(step, i, s.x[i]);
        assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
        rebuilt += forcefield_rebuilt(k.ff);
        if (step % 4 != 3)
            continue;
        ffcase_open(&fresh, alone, &s, &o);
        assert_near(k.r.energy, fresh.r.energy, 1e-10 * fabs(fresh.r.energy));
        ffcase_forces(&k, f);
        ffcase_forces(&fresh, g);
        double worst = difference(f[0], g[0], 3 * (size_t)s.n, &largest);
        assert_true(worst <= 1e-10 * largest);
        ffcase_close(&fresh);
    }
    assert_in_range(rebuilt, 4, 20);
    free(f);
    free(g);
    ffcase_close(&k);
    sample_clear(&s);
}

/* Ghosts are copies of their owners after halo_forward, and halo_reverse brings home each ghost's
 * force once. */
static void halo_goes_both_ways(void **state)
{
    (void)state;
    Sample s;
    Domain *d;
    Atoms a;
    gamma_sample(&s);
    assert_ok(domain_new(world, &s, 9.0, &d, &a));
    assert_ok(domain_migrate(d, &a));
    for (int32_t i = 0; i < a.nlocal; i++)
        vec_axpy(1.0, (double[3]){0.1, 0.2, 0.3}, a.x[i]);
    halo_forward(d, &a);
    double(*x)[3] = mem_new((size_t)s.n, sizeof *x);
    int64_t *copies = MEM_NEW(int64_t, s.n);
    domain_gather(d, &a, x, NULL, NULL, NULL);
    for (int32_t i = 0; i < a.ntotal; i++) {
        double r[3], fraction[3];
        vec_sub(a.x[i], x[a.id[i]], r);
        cell_to_fractional(domain_cell(d), r, fraction);
        for (int k = 0; k < 3; k++)
            assert_near(fraction[k], round(fraction[k]), 1e-12);
        copies[a.id[i]]++;
        a.f[i][0] = 1.0;
        a.f[i][1] = a.f[i][2] = 0.0;
    }
    comm_sum_i64(world, (size_t)s.n, copies);
    halo_reverse(d, &a);
    for (int32_t i = 0; i < a.nlocal; i++)
        assert_true(a.f[i][0] == (double)copies[a.id[i]]);
    free(x);
    free(copies);
    atoms_clear(&a);
    domain_free(d);
    sample_clear(&s);
}

/* A NaN on one rank is told to all; nobody hangs. */
static void nan_is_agreed(void **state)
{
    (void)state;
    Sample s;
    FfCase k;
    gamma_sample(&s);
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-3);
    ffcase_open(&k, world, &s, &o);
    for (int32_t i = 0; i < k.a.nlocal; i++)
        if (k.a.id[i] == 200)
            k.a.x[i][1] = NAN;
    assert_int_equal(forcefield_compute(k.ff, k.d, &k.a, &k.r), ERR_NUMERICAL);
    ffcase_close(&k);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forces_cubic),        cmocka_unit_test(forces_triclinic),
        cmocka_unit_test(same_bits),           cmocka_unit_test(ions_migrate),
        cmocka_unit_test(halo_goes_both_ways), cmocka_unit_test(lists_live_long),
        cmocka_unit_test(nan_is_agreed),
    };
    world = comm_start(&argc, &argv);
    alone = comm_split(world, comm_rank(world));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_free(alone);
    comm_stop(world);
    return failed;
}
