/* The potential file: what is written reads back, and each mistake is named with its place. Energies of equal
 * crystals in unequal cells. */
#include "ffcase.h"

#include "par/comm.h"

#include <stdio.h>
#include <unistd.h>

static Comm *world;

static char *temporary(const char *text)
{
    char *path = mem_format("test_forcefield_%ld.yaml", (long)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text != NULL ? text : "", file);
    fclose(file);
    return path;
}

static void writes_and_reads(void **state)
{
    (void)state;
    FfParameters p = ffcase_parameters(), q;
    char *path = temporary(NULL);
    assert_ok(forcefield_write(path, &p, "two\nlines", "source: by hand\nvalidity: {T: none}\n"));
    assert_ok(forcefield_read(world, path, &q));
    assert_string_equal(p.name, q.name);
    for (int i = 0; i < FF_TYPES; i++) {
        assert_near(p.charge[i], q.charge[i], 1e-12);
        for (int j = 0; j < FF_TYPES; j++) {
            assert_near(p.pair[i][j].a, q.pair[i][j].a, 1e-9);
            assert_near(p.pair[i][j].rho, q.pair[i][j].rho, 1e-12);
            assert_near(p.pair[i][j].c6, q.pair[i][j].c6, 1e-11);
        }
    }
    assert_near(p.bond_r0, q.bond_r0, 1e-12);
    assert_near(p.bond_k2, q.bond_k2, 1e-10);
    assert_near(p.bond_k3, q.bond_k3, 1e-10);
    assert_near(p.bond_k4, q.bond_k4, 1e-10);
    assert_near(p.angle_theta0, q.angle_theta0, 1e-11);
    assert_near(p.angle_k, q.angle_k, 1e-11);
    assert_near(p.ub_r0, q.ub_r0, 1e-12);
    assert_near(p.ub_k, q.ub_k, 1e-12);
    assert_near(p.rigid_bond, q.rigid_bond, 1e-12);
    char *text = forcefield_explain(&q);
    assert_non_null(strstr(text, "A exp(-r/rho) - C6/r^6"));
    assert_non_null(strstr(text, "1500"));
    free(text);
    unlink(path);
    free(path);
}

#define HEAD    "potential: x\n"
#define CHARGES "charges: {Mg: \"2 e\", B: \"0.2 e\", H: \"-0.3 e\"}\n"
#define PAIRS   "pairs:\n  H-Mg: {A: \"1500 eV\", rho: \"0.25 A\"}\n"
#define REST                                                                                       \
    "bond: {r0: \"1.2 A\", k2: \"10 eV/A^2\"}\nangle: {theta0: \"109.5 degree\", K: \"1.3 "        \
    "eV/radian^2\"}\n"                                                                             \
    "rigid: {bond: \"1.22 A\"}\n"

static void refuses(const char *text, const char *line, const char *word)
{
    FfParameters p;
    char *path = temporary(text), *place = mem_format("%s:%s", path, line);
    assert_int_equal(forcefield_read(world, path, &p), ERR_INPUT);
    if (strstr(err_message(), place) == NULL || strstr(err_message(), word) == NULL)
        fail_msg("wanted '%s' and '%s' in: %s", place, word, err_message());
    unlink(path);
    free(path);
    free(place);
}

static void names_mistakes(void **state)
{
    (void)state;
    FfParameters p;
    char *path = temporary(HEAD CHARGES PAIRS REST "source: anything\n");
    assert_ok(forcefield_read(world, path, &p));
    assert_near(p.pair[FF_MG][FF_H].a, 1500.0, 0.0);
    assert_near(p.pair[FF_H][FF_MG].rho, 0.25, 1e-15);
    assert_true(p.pair[FF_H][FF_H].a == 0.0);
    assert_near(p.angle_theta0, 109.5 * 3.14159265358979 / 180.0, 1e-12);
    unlink(path);
    free(path);
    refuses(HEAD "charges: {Mg: \"2 e\", B: \"0.2 e\", H: \"-0.31 e\"}\n" PAIRS REST, "2",
            "neutral");
    refuses(HEAD CHARGES "pairs:\n  Mg-D: {A: \"1 eV\", rho: \"0.25 A\"}\n" REST, "4", "Mg-D");
    refuses(HEAD CHARGES PAIRS "  Mg-H: {A: \"1 eV\", rho: \"0.25 A\"}\n" REST, "5", "twice");
    refuses(HEAD CHARGES "pairs:\n  Mg-H: {A: \"1\", rho: \"0.25 A\"}\n" REST, "4", "A");
    refuses(HEAD CHARGES "pairs:\n  Mg-H: {A: \"1 eV\", rho: \"0.25 eV\"}\n" REST, "4", "rho");
    refuses(HEAD CHARGES PAIRS REST "bonds: {r0: \"1 A\"}\n", "8", "bond");
    refuses(HEAD CHARGES REST, "", "pairs");
}

static void refuses_options(void **state)
{
    (void)state;
    Sample s;
    Domain *d;
    Atoms a;
    Forcefield *ff;
    FfParameters p = ffcase_parameters();
    gamma_sample(&s);
    assert_int_equal(domain_new(world, &s, 16.0, &d, &a), ERR_INPUT);
    assert_non_null(strstr(err_message(), "15.7"));
    assert_ok(domain_new(world, &s, 8.0, &d, &a));
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-3);
    assert_int_equal(forcefield_new(&p, &o, &s, d, &a, &ff), ERR_INPUT);
    o.skin = 0.5;
    p.charge[FF_H] = -0.31;
    assert_int_equal(forcefield_new(&p, &o, &s, d, &a, &ff), ERR_INPUT);
    assert_non_null(strstr(err_message(), "neutral"));
    atoms_clear(&a);
    domain_free(d);
    sample_clear(&s);
}

/* The primitive cell of the body-centred crystal: half the atoms, half the energy and virial, same forces. */
static void primitive_cell(void **state)
{
    (void)state;
    Sample full, half;
    gamma_sample(&full);
    const double a2 = 0.5 * full.cell.h[0][0];
    const double h[3][3] = {{-a2, a2, a2}, {a2, -a2, a2}, {a2, a2, -a2}};
    Cell cell;
    assert_ok(cell_init(&cell, h));
    const char *symbols[264];
    double x[264][3];
    int64_t n = 0;
    for (int64_t i = 0; i < full.n; i++) { /* the first of each set of equal atoms */
        bool fresh = true;
        for (int64_t j = 0; j < n && fresh; j++) {
            double r[3];
            vec_sub(full.x[i], x[j], r);
            cell_min_image(&cell, r);
            fresh = vec_norm(r) > 0.01;
        }
        if (!fresh)
            continue;
        symbols[n] = full.species[full.kind[i]]->symbol;
        memcpy(x[n++], full.x[i], sizeof x[0]);
    }
    assert_int_equal(n, 132);
    assert_ok(sample_from_atoms(&half, &cell, n, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(&half));
    FfOptions o = ffcase_options(COULOMB_EWALD, 9.0, 1e-10);
    FfCase one, two;
    ffcase_open(&one, world, &half, &o);
    ffcase_open(&two, world, &full, &o);
    assert_near(2.0 * one.r.energy / two.r.energy, 1.0, 1e-10);
    assert_near(2.0 * one.r.pair / two.r.pair, 1.0, 1e-12);
    assert_near(2.0 * one.r.bonded / two.r.bonded, 1.0, 1e-10);
    for (int k = 0; k < 9; k++) {
        assert_near(2.0 * one.r.virial[k / 3][k % 3], two.r.virial[k / 3][k % 3], 1e-7);
        assert_near(2.0 * one.r.virial_ion[k / 3][k % 3], two.r.virial_ion[k / 3][k % 3], 1e-7);
    }
    ffcase_close(&one);
    ffcase_close(&two);
    sample_clear(&half);
    sample_clear(&full);
}

/* Whole lattice steps of single ions change nothing but their image. */
static void wrapping_is_free(void **state)
{
    (void)state;
    Sample s, t;
    FfCase k, m;
    gamma_sample(&s);
    ffcase_shake(&s, 2, 0.05);
    sample_copy(&t, &s);
    for (int64_t ion = 0; ion < t.nion; ion++)
        for (int64_t i = t.ion_first[ion]; i < t.ion_first[ion + 1]; i++)
            vec_axpy((double)(ion % 7) - 3.0, t.cell.h[ion % 3], t.x[i]);
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-4);
    ffcase_open(&k, world, &s, &o);
    ffcase_open(&m, world, &t, &o);
    assert_near(k.r.energy, m.r.energy, 1e-11 * fabs(k.r.energy));
    double(*x)[3] = mem_new((size_t)t.n, sizeof *x);
    domain_gather(m.d, &m.a, x, NULL, NULL, NULL);
    for (int64_t i = 0; i < t.n; i++)
        for (int c = 0; c < 3; c++)
            assert_near(x[i][c], t.x[i][c], 1e-11);
    free(x);
    ffcase_close(&k);
    ffcase_close(&m);
    sample_clear(&s);
    sample_clear(&t);
}

/* Other parameters on a living force field = a new force field with them. */
static void parameters_change(void **state)
{
    (void)state;
    Sample s;
    FfCase k;
    gamma_sample(&s);
    FfOptions o = ffcase_options(COULOMB_EWALD, 7.5, 1e-4);
    o.beta = 0.45;
    ffcase_open(&k, world, &s, &o);
    double before = k.r.energy;
    FfParameters p = ffcase_parameters(), q = p;
    q.charge[FF_B] = 0.6;
    q.charge[FF_H] = -0.4;
    q.pair[FF_H][FF_H].a = 350.0;
    q.bond_k2 = 11.0;
    forcefield_set_parameters(k.ff, &q);
    assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
    assert_true(fabs(k.r.energy - before) > 1.0);
    double changed = k.r.energy;
    FfResult r;
    Domain *d;
    Atoms a;
    Forcefield *ff;
    assert_ok(domain_new(world, &s, 8.5, &d, &a));
    assert_ok(forcefield_new(&q, &o, &s, d, &a, &ff));
    assert_ok(forcefield_compute(ff, d, &a, &r));
    assert_near(r.energy, changed, 1e-4);
    forcefield_set_parameters(k.ff, &p);
    assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
    assert_true(k.r.energy == before);
    forcefield_free(ff);
    atoms_clear(&a);
    domain_free(d);
    ffcase_close(&k);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads), cmocka_unit_test(names_mistakes),
        cmocka_unit_test(refuses_options),  cmocka_unit_test(primitive_cell),
        cmocka_unit_test(wrapping_is_free), cmocka_unit_test(parameters_change),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
