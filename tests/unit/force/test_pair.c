/* Two atoms against closed forms, exclusions, and the list against a direct search. */
#include "ffcase.h"

#include "base/units.h"
#include "force/bonded.h"
#include "force/nblist.h"
#include "force/pair.h"

static Comm *world;

/* A hand-made rank: two Mg-like ions in no box. */
typedef struct Duo {
    Atoms a;
    Nblist l;
    int64_t id[2], ion[2], ion_id[2];
    int32_t type[2], first[3], ion_first[3], neighbour[1];
    int8_t shift[2][3];
    double q[2], x[2][3], f[2][3];
} Duo;

static void duo_set(Duo *d, int type_a, int type_b, double r)
{
    FfParameters p = ffcase_parameters();
    *d = (Duo){.id = {0, 1}, .ion = {0, 1}, .ion_id = {0, 1}, .type = {type_a, type_b}};
    memcpy(d->first, (int32_t[3]){0, 1, 1}, sizeof d->first);
    memcpy(d->ion_first, (int32_t[3]){0, 1, 2}, sizeof d->ion_first);
    d->neighbour[0] = 1;
    d->q[0] = p.charge[type_a];
    d->q[1] = p.charge[type_b];
    const double u[3] = {2.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0};
    vec_axpy(r, u, d->x[1]);
    d->a = (Atoms){.nlocal = 2,
                   .ntotal = 2,
                   .id = d->id,
                   .ion = d->ion,
                   .shift = d->shift,
                   .type = d->type,
                   .q = d->q,
                   .x = d->x,
                   .f = d->f,
                   .nion = 2,
                   .ion_id = d->ion_id,
                   .ion_first = d->ion_first};
    d->l = (Nblist){
        .cutoff = 10.0, .nlocal = 2, .first = d->first, .neighbour = d->neighbour, .longest = 1};
}

static void two_atoms(void **state)
{
    (void)state;
    FfParameters p = ffcase_parameters();
    const double cutoff = 10.0;
    for (int run = 0; run < 4; run++) {
        double beta = (double[]){0.1, 0.3, 0.42, 0.59}[run];
        bool shift = run % 2 == 1;
        PairTable t;
        assert_ok(pair_init(&t, p.pair, cutoff, beta, shift));
        for (int pairs = 0; pairs < 9; pairs++) {
            for (double r = 0.8; r < 9.99; r += 0.37) {
                int i = pairs / 3, j = pairs % 3;
                Duo d;
                double pair = 0.0, coulomb = 0.0;
                duo_set(&d, i, j, r);
                pair_compute(&t, &d.l, &d.a, &pair, &coulomb);
                const FfPair *b = &p.pair[i][j];
                double e = b->a * exp(-r / b->rho), s = b->c6 / pow(r, 6),
                       qq = UNITS_COULOMB * d.q[0] * d.q[1];
                double cut = b->a * exp(-cutoff / b->rho) - b->c6 / pow(cutoff, 6);
                double force =
                    e / b->rho - 6.0 * s / r +
                    qq * (erfc(beta * r) / r + 2.0 * beta / sqrt(PI) * exp(-beta * beta * r * r)) /
                        r;
                assert_near(pair, e - s - (shift ? cut : 0.0), 1e-13 * (e + s) + 1e-15);
                assert_near(coulomb, qq * erfc(beta * r) / r, 2e-11);
                assert_near(vec_norm(d.a.f[1]), fabs(force),
                            1e-13 * e / b->rho + 6e-13 * s + 2e-10);
                assert_near(vec_dot(d.a.f[1], d.x[1]), force * r, 1e-12 * e / b->rho * r + 1e-9);
                for (int k = 0; k < 3; k++)
                    assert_true(d.a.f[0][k] == -d.a.f[1][k]);
            }
        }
    }
    PairTable t;
    assert_int_equal(pair_init(&t, p.pair, 20.0, 0.5, false), ERR_INPUT);
}

/* Beyond the cut-off there is nothing; at it the shifted energy is zero. */
static void the_cut_off(void **state)
{
    (void)state;
    FfParameters p = ffcase_parameters();
    PairTable t;
    Duo d;
    double pair = 0.0, coulomb = 0.0;
    assert_ok(pair_init(&t, p.pair, 6.0, 0.3, true));
    duo_set(&d, FF_B, FF_B, 6.0000001);
    pair_compute(&t, &d.l, &d.a, &pair, &coulomb);
    assert_true(pair == 0.0 && coulomb == 0.0);
    duo_set(&d, FF_B, FF_B, 5.9999999);
    pair_compute(&t, &d.l, &d.a, &pair, &coulomb);
    assert_true(coulomb != 0.0);
    assert_near(pair, 0.0, 1e-10);
}

static void inside_an_ion(void **state)
{
    (void)state;
    FfParameters p = ffcase_parameters();
    PairTable t;
    assert_ok(pair_init(&t, p.pair, 8.0, 0.4, true));
    for (double r = 0.01; r < 12.0; r += 0.3) { /* also longer than the cut-off */
        Duo d;
        double coulomb = 0.0, z = 0.4 * r;
        duo_set(&d, FF_B, FF_H, r);
        d.a.nion = 1;
        d.ion_first[1] = 2;
        pair_excluded(&t, &d.a, &coulomb);
        double qq = UNITS_COULOMB * d.q[0] * d.q[1];
        assert_near(coulomb, -qq * erf(z) / r, 1e-11);
        double force = -qq * (erf(z) / r - 0.8 / sqrt(PI) * exp(-z * z)) / r;
        assert_near(vec_dot(d.a.f[1], d.x[1]), force * r, 1e-10);
    }
}

/* Regular tetrahedron of half-edge s: every term by hand. */
static void bonded_by_hand(void **state)
{
    (void)state;
    FfParameters p = ffcase_parameters();
    int32_t first[2] = {0, 5};
    IonKind kind[1] = {ION_BH4};
    double r = 1.3, s = r / sqrt(3.0), f[5][3] = {{0.0}};
    double x[5][3] = {{0, 0, 0}, {s, s, s}, {s, -s, -s}, {-s, s, -s}, {-s, -s, s}};
    Atoms a = {.nlocal = 5, .nion = 1, .ion_first = first, .ion_kind = kind, .x = x, .f = f};
    p.angle_theta0 = 1.8;
    Exact sum = {0};
    bonded_compute(&p, &a, &sum);
    double energy = exact_value(sum);
    double d = r - p.bond_r0, bend = acos(-1.0 / 3.0) - 1.8,
           stretch = r * sqrt(8.0 / 3.0) - p.ub_r0;
    assert_near(energy,
                4.0 * (p.bond_k2 * d * d + p.bond_k3 * d * d * d + p.bond_k4 * d * d * d * d) +
                    6.0 * p.angle_k * bend * bend + 6.0 * p.ub_k * stretch * stretch,
                1e-12);
    /* by symmetry angles give no net force here; along B-H: bonds, and three H-H springs at cos =
     * sqrt(2/3) */
    double slope = 2.0 * p.bond_k2 * d + 3.0 * p.bond_k3 * d * d + 4.0 * p.bond_k4 * d * d * d;
    double along = -slope - 3.0 * 2.0 * p.ub_k * stretch * sqrt(2.0 / 3.0);
    for (int h = 1; h < 5; h++)
        assert_near(vec_dot(f[h], x[h]) / r, along, 1e-12);
    assert_near(vec_norm(f[0]), 0.0, 1e-12);
}

/* Number of pairs of the list inside the cut-off = direct count over all images. */
static void list_is_complete(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    ffcase_shake(&s, 5, 0.05);
    double h[3][3];
    memcpy(h, s.cell.h, sizeof h);
    h[2][0] += 0.4 * h[0][0];
    h[1][2] += 0.2 * h[2][2];
    assert_ok(cell_init(&s.cell, (const double(*)[3])h));
    Domain *d;
    Atoms a;
    Nblist l;
    const double cutoff = 11.0;
    assert_ok(domain_new(world, &s, 12.0, &d, &a));
    assert_ok(domain_migrate(d, &a));
    nblist_init(&l, cutoff, 1.0);
    nblist_build(&l, domain_cell(d), &a);
    int64_t listed = 0, direct = 0;
    for (int32_t i = 0; i < a.nlocal; i++) {
        for (int32_t m = l.first[i]; m < l.first[i + 1]; m++) {
            double r[3];
            vec_sub(a.x[i], a.x[l.neighbour[m]], r);
            listed += vec_dot(r, r) < cutoff * cutoff;
        }
    }
    for (int32_t i = 0; i < a.nlocal; i++) { /* every ordered pair and image once */
        for (int32_t j = 0; j < a.nlocal; j++) {
            for (int image = 0; image < 125; image++) {
                const double n[3] = {image / 25 - 2, image / 5 % 5 - 2, image % 5 - 2};
                double r[3];
                vec_times_mat(n, s.cell.h, r);
                for (int k = 0; k < 3; k++)
                    r[k] += a.x[j][k] - a.x[i][k];
                direct += !(image == 62 && a.ion[i] == a.ion[j]) && vec_dot(r, r) < cutoff * cutoff;
            }
        }
    }
    assert_int_equal(2 * listed, direct);
    nblist_clear(&l);
    atoms_clear(&a);
    domain_free(d);
    sample_clear(&s);
}

/* One atom may move half the buffer; a strong compression brings new neighbours. */
static void list_expires(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    Domain *d;
    Atoms a;
    Nblist l;
    Cell cell;
    double h[3][3];
    assert_ok(domain_new(world, &s, 9.0, &d, &a));
    assert_ok(domain_migrate(d, &a));
    nblist_init(&l, 8.0, 1.0);
    nblist_build(&l, domain_cell(d), &a);
    a.x[77][2] += 0.499;
    assert_false(nblist_expired(&l, world, domain_cell(d), &a));
    a.x[77][2] += 0.002;
    assert_true(nblist_expired(&l, world, domain_cell(d), &a));
    a.x[77][2] -= 0.501;
    for (int k = 0; k < 3; k++)
        for (int m = 0; m < 3; m++)
            h[k][m] = 0.9 * s.cell.h[k][m];
    assert_ok(cell_init(&cell, (const double(*)[3])h));
    for (int32_t i = 0; i < a.nlocal; i++)
        for (int k = 0; k < 3; k++)
            a.x[i][k] *= 0.9;
    assert_true(nblist_expired(&l, world, &cell, &a));
    nblist_clear(&l);
    atoms_clear(&a);
    domain_free(d);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_atoms),        cmocka_unit_test(the_cut_off),
        cmocka_unit_test(inside_an_ion),    cmocka_unit_test(bonded_by_hand),
        cmocka_unit_test(list_is_complete), cmocka_unit_test(list_expires),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
