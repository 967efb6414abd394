/* G(r) of small crystals against explicit sums over pairs, against Bragg sums for the window in Q, and its derivatives. */
#include "check.h"
#include "crystals.h"
#include "mutate.h"

#include "base/rng.h"
#include "base/units.h"

/* ---- the sum written out: rock salt, all pairs, no tricks ---- */

typedef struct Direct {
    double a, u[2], b[2], o[2], scale, delta1, delta2, qbroad, qdamp;
    bool by_r;
} Direct;

static double rock_salt(const Direct *q, double r)
{
    static const double site[8][3] = {{0, 0, 0},    {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0},
                                      {.5, .5, .5}, {.5, 0, 0},  {0, .5, 0},  {0, 0, .5}};
    double n = 4 * (q->o[0] + q->o[1]), b = 4 * (q->o[0] * q->b[0] + q->o[1] * q->b[1]), sum = 0;
    int most = (int)ceil((r + 3) / q->a) + 1;
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++)
            for (int x = -most; x <= most; x++)
                for (int y = -most; y <= most; y++)
                    for (int z = -most; z <= most; z++) {
                        int k = i / 4, l = j / 4;
                        double dx = site[j][0] - site[i][0] + x, dy = site[j][1] - site[i][1] + y,
                               dz = site[j][2] - site[i][2] + z;
                        double d = q->a * sqrt(dx * dx + dy * dy + dz * dz);
                        if (d < 1e-6 || fabs(d - r) > 3)
                            continue;
                        double s2 = (q->u[k] + q->u[l]) * (1 - q->delta1 / d - q->delta2 / (d * d) +
                                                           q->qbroad * q->qbroad * d * d);
                        sum += q->o[k] * q->o[l] * q->b[k] * q->b[l] / (q->by_r ? r : d) *
                               exp(-0.5 * (r - d) * (r - d) / s2) / sqrt(2 * PI * s2);
                    }
    double g = n / (b * b) * sum - 4 * PI * r * n / (q->a * q->a * q->a);
    return q->scale * g * exp(-0.5 * pow(r * q->qdamp, 2));
}

static void rock_salt_is_the_sum_over_pairs(void **state)
{
    (void)state;
    enum { N = 25 };
    double r[N], g[N];
    for (int k = 0; k < N; k++)
        r[k] = 1.5 + k * 0.77 + 0.01 * (k % 3);
    for (int by_r = 0; by_r < 2; by_r++) {
        Direct q = {5.64, {0.01, 0.007}, {11, 17}, {1, 0.8}, 1.3, 0.4, 0.9, 0.02, 0.05, by_r == 1};
        Crystal c = crystals_rock_salt(q.a, q.u[0], q.u[1]);
        c.site[1].occupancy = q.o[1];
        CrystalPdfOptions o = {.weights = CRYSTAL_CONSTANT_Z, .by_r = q.by_r};
        CrystalPdfShape shape = {q.scale, q.delta1, q.delta2, q.qdamp, q.qbroad, 1, 0};
        crystals_g(&c, &o, &shape, N, r, g);
        for (int k = 0; k < N; k++)
            assert_near(g[k], rock_salt(&q, r[k]), 1e-7);
        crystal_clear(&c);
    }
}

/* ---- the window: a crystal of independent isotropic Gaussian atoms has S(Q) in closed form ----
 * G(r) = 4 pi/(V N) sum_hkl |F|^2/(<f>^2 Q) sin(Qr) - (2/pi) int_0^qmax Q sum f^2 exp(-U Q^2)/(N <f>^2) sin(Qr) dQ */

static double f_of(const Crystal *c, CrystalWeights w, int atom, double q)
{
    const Species *s = c->site[c->atom[atom].site].species;
    return c->site[c->atom[atom].site].occupancy *
           (w == CRYSTAL_NEUTRON ? s->b_coh : xray_f((XrayWeights)w, s, q));
}

static double mean_f(const Crystal *c, CrystalWeights w, double q, double *n)
{
    double f = 0;
    *n = 0;
    for (int i = 0; i < c->natom; i++) {
        f += f_of(c, w, i, q);
        *n += c->site[c->atom[i].site].occupancy;
    }
    return f / *n;
}

static void bragg(const Crystal *c, CrystalWeights w, double qmax, int nr, const double r[],
                  double g[])
{
    CrystalAtoms at;
    Cell cell;
    double n;
    crystal_atoms_init(&at, c->natom);
    crystal_place(c, &at);
    crystal_cell(c, &cell);
    int most = (int)ceil(qmax * cbrt(at.volume) / (2 * PI) * 1.2);
    memset(g, 0, (size_t)nr * sizeof *g);
    for (int h = -most; h <= most; h++)
        for (int k = -most; k <= most; k++)
            for (int l = -most; l <= most; l++) {
                double q[3];
                for (int x = 0; x < 3; x++)
                    q[x] = 2 * PI * (h * cell.inv[x][0] + k * cell.inv[x][1] + l * cell.inv[x][2]);
                double size = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]), re = 0, im = 0;
                if (size > qmax || size < 1e-9)
                    continue;
                for (int i = 0; i < c->natom; i++) {
                    double phase = q[0] * at.x[i][0] + q[1] * at.x[i][1] + q[2] * at.x[i][2];
                    double f = f_of(c, w, i, size) * exp(-0.5 * at.u[i][0] * size * size);
                    re += f * cos(phase);
                    im += f * sin(phase);
                }
                double mean = mean_f(c, w, size, &n);
                double part = 4 * PI / (at.volume * n) * (re * re + im * im) / (mean * mean * size);
                for (int j = 0; part > 1e-14 && j < nr; j++)
                    g[j] += part * sin(size * r[j]);
            }
    double *node, *share;
    size_t nq = xray_quadrature(0, qmax, 60, &node, &share);
    for (size_t i = 0; i < nq; i++) {
        double mean = mean_f(c, w, node[i], &n), self = 0;
        for (int a = 0; a < c->natom;
             a++) /* an occupied place has f^2, a half occupied one half of it squared */
            self += pow(f_of(c, w, a, node[i]), 2) * exp(-at.u[a][0] * node[i] * node[i]);
        for (int j = 0; j < nr; j++)
            g[j] -= 2 / PI * share[i] * node[i] * self / (n * mean * mean) * sin(node[i] * r[j]);
    }
    free(node);
    free(share);
    crystal_atoms_clear(&at);
}

static void window_is_the_bragg_sum(void **state)
{
    (void)state;
    enum { N = 40 };
    double r[N], g[N], exact[N];
    for (int k = 0; k < N; k++)
        r[k] = 0.3 + 0.617 * k;
    const struct {
        CrystalWeights weights;
        double u, qmax, occupancy;
    } cases[] = {{CRYSTAL_CONSTANT_Z, 0.01, 23.8, 1},
                 {CRYSTAL_NEUTRON, 0.02, 12.107, 1},
                 {CRYSTAL_NEUTRAL, 0.01, 23.8, 0.5},
                 {CRYSTAL_COMPUTED, 0.012, 18.535, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Crystal c = crystals_hydride(4.2, cases[i].u, 1.5 * cases[i].u);
        c.site[1].occupancy = cases[i].occupancy;
        CrystalPdfOptions o = {.weights = cases[i].weights, .qmax = cases[i].qmax, .beyond = 120};
        CrystalPdfShape shape = {.scale = 1, .sratio = 1};
        crystals_g(&c, &o, &shape, N, r, g);
        bragg(&c, cases[i].weights, cases[i].qmax, N, r, exact);
        double most = 0, off = 0;
        for (int k = 0; k < N; k++) {
            most = fmax(most, fabs(exact[k]));
            off = fmax(off, fabs(g[k] - exact[k]));
        }
        printf("weights %s, qmax %g: off by %.1e of %.2f\n",
               crystal_pdf_weights_name(cases[i].weights), cases[i].qmax, off, most);
        assert_near(off / most, 0, 1e-4);
        crystal_clear(&c);
    }
}

/* A CIF with bytes changed or cut off is a crystal or an input error, never a crash. */
static void broken_cif_is_refused(void **state)
{
    (void)state;
    static const char whole[] =
        "data_x\n_cell_length_a 4.2\n_cell_length_b 4.2\n_cell_length_c 5.1\n_cell_angle_alpha 90\n"
        "_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_space_group_symop_operation_xyz\n'x, "
        "y, z'\n"
        "'-y, x, z'\n'-x, -y, z'\n'y, -x, z'\nloop_\n_atom_site_label\n_atom_site_type_symbol\n"
        "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nMg1 Mg 0 0 0.1\nB1 B 0.25 0.1 "
        "0.6\n";
    const uint64_t n = mutate_count(3000);
    int good = 0;
    for (uint64_t i = 0; i < n; i++) {
        char bytes[sizeof whole];
        size_t length = sizeof whole - 1;
        uint32_t w[4];
        memcpy(bytes, whole, sizeof whole);
        rng_words(3, RNG_TEST, 0, i, w);
        if (w[0] % 4 == 0)
            length = w[1] % length;
        else
            for (uint32_t k = 0; k <= w[0] % 3; k++)
                bytes[w[1 + k] % length] = (char)(w[1 + k] >> 16);
        Crystal c;
        Err e = crystal_from_cif("x.cif", bytes, length, i % 5 == 0 ? "P 4" : NULL, &c);
        assert_true(e == OK || e == ERR_INPUT);
        if (e == OK && c.natom > 0) {
            CrystalAtoms at;
            int component[CRYSTAL_TENSOR];
            double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR];
            crystal_atoms_init(&at, c.natom);
            crystal_place(&c, &at);
            (void)crystal_free_u(&c, 0, component, pattern);
            crystal_atoms_clear(&at);
            good++;
        }
        crystal_clear(&c);
    }
    assert_true(good > 0);
}

/* Damped as by an instrument, the sum needs to go much less far. */
static void little_is_missing_behind_the_end(void **state)
{
    (void)state;
    enum { N = 60 };
    double r[N], g[N], far[N], most = 0, off = 0;
    for (int k = 0; k < N; k++)
        r[k] = 0.3 + 0.417 * k;
    Crystal c = crystals_hydride(4.2, 0.01, 0.015);
    CrystalPdfOptions o = {.weights = CRYSTAL_NEUTRAL, .qmax = 23.8, .beyond = 40};
    CrystalPdfShape shape = {.scale = 1, .sratio = 1, .qdamp = 0.035};
    crystals_g(&c, &o, &shape, N, r, g);
    o.beyond = 100;
    crystals_g(&c, &o, &shape, N, r, far);
    for (int k = 0; k < N; k++) {
        most = fmax(most, fabs(far[k]));
        off = fmax(off, fabs(g[k] - far[k]));
    }
    printf("40 A behind the end, qdamp 0.035: off by %.1e of the largest peak\n", off / most);
    assert_near(off / most, 0, 1e-4);
    crystal_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_cif_is_refused),
        cmocka_unit_test(little_is_missing_behind_the_end),
        cmocka_unit_test(rock_salt_is_the_sum_over_pairs),
        cmocka_unit_test(window_is_the_bragg_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
