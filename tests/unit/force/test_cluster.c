/* Every cluster kernel against the plain Verlet list (the reference path), and vectors as wide as those of
 * AVX-512 on any CPU. */
#include "ffcase.h"

#include "force/cluster_kernel.h"

#define SIMD(name) wide_##name
#define LANES      8
#define MIXED      0
#define SINGLES    0
#include "force/cluster_simd.h"

#define SIMD(name) wide_mixed_##name
#define LANES      16
#define MIXED      1
#define SINGLES    0
#include "force/cluster_simd.h"

static Comm *world;

static double worst_difference(size_t n, double (*f)[3], double (*g)[3], double *largest)
{
    double most = 0.0;
    *largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++) {
            most = fmax(most, fabs(f[i][k] - g[i][k]));
            *largest = fmax(*largest, fabs(g[i][k]));
        }
    }
    return most;
}

/* The plain Verlet list on the same options: the oracle */
static void open_reference(FfCase *k, const Sample *s, FfOptions o)
{
    o.kernel = "reference";
    o.mixed = o.reproducible = false;
    ffcase_open(k, world, s, &o);
}

static void compare(const Sample *s, const FfOptions *o, const FfCase *ref, double tolerance)
{
    FfCase k;
    ffcase_open(&k, world, s, o);
    double(*f)[3] = mem_new((size_t)s->n, sizeof *f), (*g)[3] = mem_new((size_t)s->n, sizeof *g),
    largest;
    ffcase_forces(&k, f);
    ffcase_forces(ref, g);
    double worst = worst_difference((size_t)s->n, f, g, &largest);
    assert_true(worst <= tolerance * largest);
    assert_near(k.r.pair, ref->r.pair, tolerance * fabs(ref->r.energy));
    assert_near(k.r.coulomb_real, ref->r.coulomb_real, tolerance * fabs(ref->r.energy));
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 3; q++) {
            assert_near(k.r.virial[p][q], ref->r.virial[p][q],
                        100.0 * tolerance * fabs(ref->r.virial[0][0]));
            assert_near(k.r.virial_ion[p][q], ref->r.virial_ion[p][q],
                        100.0 * tolerance * fabs(ref->r.virial_ion[0][0]));
        }
    free(f);
    free(g);
    ffcase_close(&k);
}

static void each_kernel(const Sample *s, FfOptions o)
{
    FfCase ref;
    open_reference(&ref, s, o);
    for (const ClusterKernel *const *k = cluster_kernel_all(); *k != NULL; k++) {
        if (!cluster_kernel_runs(*k))
            continue;
        o.kernel = (*k)->name;
        o.mixed = (*k)->mixed;
        for (int round = 0; round < (o.coulomb == COULOMB_EWALD ? 1 : 2); round++) {
            o.reproducible = round == 1;
            compare(s, &o, &ref, o.mixed ? 1e-6 : 1e-11);
        }
    }
    ffcase_close(&ref);
}

static void cubic(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    ffcase_shake(&s, 3, 0.05);
    each_kernel(&s, ffcase_options(COULOMB_P3M, 7.5, 1e-4));   /* degree 20 */
    each_kernel(&s, ffcase_options(COULOMB_EWALD, 7.5, 1e-2)); /* 18 */
    each_kernel(&s, ffcase_options(COULOMB_P3M, 7.0, 1e-7));   /* beyond 24 */
    each_kernel(&s, ffcase_options(COULOMB_P3M, 14.5, 1e-3));  /* many copies of each ion */
    sample_clear(&s);
}

static void triclinic(void **state)
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
    each_kernel(&s, ffcase_options(COULOMB_P3M, 7.5, 1e-4));
    sample_clear(&s);
}

/* Clusters of a sample with their inner lists at hand. */
static void open_clusters(Clusters *c, const FfCase *k, const FfOptions *o)
{
    const ClusterKernel *portable = cluster_kernel_find("portable", false);
    cluster_init(c, o->cutoff, o->skin, 0.4);
    cluster_build(c, k->d, &k->a);
    cluster_load(c, &k->a, CLUSTER_NEAR);
    portable->prune(c, CLUSTER_NEAR);
    cluster_zero(c);
}

typedef void Rows(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                  ClusterEnergy *e);

/* The rows of wide vectors against those of the portable kernel, whose pairs of singles are taken off by
 * an empty list. */
static void wide_vectors(void **state)
{
    (void)state;
    static Rows *const rows[] = {wide_all_rows, wide_mixed_all_rows};
    Sample s;
    gamma_sample(&s);
    ffcase_shake(&s, 5, 0.05);
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-4);
    FfCase k;
    ffcase_open(&k, world, &s, &o);
    FfParameters p = ffcase_parameters();
    PairTable t;
    assert_ok(pair_init(&t, (const FfPair(*)[FF_TYPES])p.pair, o.cutoff, 0.4, true));
    pair_set_charges(&t, p.charge);
    for (int variant = 0; variant < 4; variant++) {
        bool mixed = variant % 2 == 1;
        ClusterWant want = {.energy = true, .reproducible = variant >= 2};
        Clusters a, b;
        ClusterEnergy ea = {.pair = {0}}, eb = {.pair = {0}};
        open_clusters(&a, &k, &o);
        open_clusters(&b, &k, &o);
        memset(b.single_single[CLUSTER_NEAR].ninner, 0, (size_t)b.nsingle * sizeof(int32_t));
        rows[mixed](&t, &a, CLUSTER_NEAR, want, &ea);
        cluster_kernel_find("portable", false)->forces(&t, &b, CLUSTER_NEAR, want, &eb);
        double most = 0.0, largest = 0.0;
        for (int32_t i = 0; i < 12 * a.ngroup_total; i++) {
            most = fmax(most, fabs(a.gf[i] - b.gf[i]));
            largest = fmax(largest, fabs(b.gf[i]));
        }
        for (int32_t i = 0; i < 4 * a.nsingle_total; i++)
            most = fmax(most, fabs(a.sf[i] - b.sf[i]));
        double tolerance = mixed ? 5e-6 : 1e-12; /* single pairs are far larger than their sums */
        assert_true(most <= tolerance * largest);
        assert_near(exact_value(ea.pair), exact_value(eb.pair), tolerance * 100.0);
        assert_near(exact_value(ea.coulomb), exact_value(eb.coulomb), tolerance * 1e4);
        cluster_clear(&a);
        cluster_clear(&b);
    }
    ffcase_close(&k);
    sample_clear(&s);
}

static void kernels_by_name(void **state)
{
    (void)state;
    assert_non_null(cluster_kernel_find("auto", false));
    assert_non_null(cluster_kernel_find("auto", true));
    assert_null(cluster_kernel_find("sse17", false));
    Sample s;
    FfCase k;
    gamma_sample(&s);
    FfOptions o = ffcase_options(COULOMB_EWALD, 7.0, 1e-2);
    FfParameters p = ffcase_parameters();
    o.kernel = "sse17";
    assert_ok(domain_new(world, &s, o.cutoff + o.skin, &k.d, &k.a));
    assert_int_equal(forcefield_new(&p, &o, &s, k.d, &k.a, &k.ff), ERR_INPUT);
    assert_non_null(strstr(err_message(), "allowed are auto"));
    o.kernel = "reference";
    o.mixed = true;
    assert_int_equal(forcefield_new(&p, &o, &s, k.d, &k.a, &k.ff), ERR_INPUT);
    assert_non_null(strstr(err_message(), "double precision"));
    atoms_clear(&k.a);
    domain_free(k.d);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cubic),
        cmocka_unit_test(triclinic),
        cmocka_unit_test(wide_vectors),
        cmocka_unit_test(kernels_by_name),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
