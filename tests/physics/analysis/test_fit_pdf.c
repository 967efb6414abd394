/* Refinement of small crystals: what symmetry leaves free, derivatives, exact recovery, honest errors. */
#include "check.h"
#include "crystals.h"

#include "analysis/fit_pdf.h"
#include "base/rng.h"
#include "base/units.h"

/* gamma, with the parameters of a real refinement */
static FitPdfModel gamma_model(const char *group, const CrystalPdfOptions *o)
{
    FitPdfModel m = {.crystal = crystals_gamma(group), .options = *o};
    m.shape = (CrystalPdfShape){.scale = 0.9, .delta2 = 1.0, .qdamp = 0.035, .sratio = 1};
    for (int k = 0; k < m.crystal.nsite; k++) {
        CrystalSite *s = &m.crystal.site[k];
        s->uiso = strcmp(s->species->symbol, "H") == 0 ? 0.03 : 0.015;
    }
    return m;
}

static void refine(FitPdfModel *m, const char *names)
{
    char name[64];
    for (int used = 0; sscanf(names, "%63s%n", name, &used) == 1; names += used)
        assert_ok(fit_pdf_refine(m, name));
}

/* U_ij of the same size; the cell has right angles */
static void anisotropic(FitPdfModel *m, int site)
{
    CrystalSite *s = &m->crystal.site[site];
    for (int k = 0; k < 3; k++)
        s->u[k] = s->uiso;
    s->anisotropic = true;
}

static void refused(FitPdfModel *m, const char *name, const char *message)
{
    assert_int_equal(fit_pdf_refine(m, name), ERR_INPUT);
    if (strstr(err_message(), message) == NULL)
        fail_msg("%s: %s", name, err_message());
}

static void symmetry_tells_what_is_free(void **state)
{
    (void)state;
    CrystalPdfOptions o = {.weights = CRYSTAL_CONSTANT_Z};
    FitPdfModel m = gamma_model(NULL, &o);
    assert_int_equal(m.crystal.natom, 264);
    const int multiplicity[] = {24, 48, 96, 96};
    for (int k = 0; k < 4; k++)
        assert_int_equal(m.crystal.site[k].multiplicity, multiplicity[k]);
    refused(&m, "b", "free: a");
    refused(&m, "x.Mg1", "free: none");
    refused(&m, "U11.Mg1", "is isotropic");
    for (int k = 0; k < 4; k++)
        anisotropic(&m, k);
    refused(&m, "U12.Mg1", "free: U11, U22");
    refused(&m, "U33.Mg1", "free: U11, U22");
    refused(&m, "z.B1", "free: x");
    refused(&m, "U.Mg", "is anisotropic");
    refused(&m, "U11.H", "2 sites");
    refused(&m, "U11.Fe", "no site or element 'Fe'");
    refused(&m, "delta3", "did you mean 'delta");
    refine(&m, "a U11.Mg1 U22.Mg1 x.B1 U11.B1 U22.B1 x.H1 y.H1 z.H1 U23.H1 occ.H scale");
    refused(&m, "a", "twice");
    refused(&m, "occ.H2", "sets what 'occ.H' sets");
    double u[CRYSTAL_TENSOR] = {0.01, 0.02, 0.02, 0, 0, 0},
           wrong[CRYSTAL_TENSOR] = {0.01, 0.02, 0.03, 0, 0, 0};
    assert_true(crystal_allows_u(&m.crystal, 0, u));
    assert_false(crystal_allows_u(&m.crystal, 0, wrong));
    const double along[3] = {1, 0, 0};
    assert_int_equal(fit_pdf_add_move(&m, "shift", 0, along), ERR_INPUT);
    fit_pdf_clear(&m);

    m = gamma_model("I 41 3 2", &o); /* the 24d sites may leave their fourfold inversion axes */
    assert_int_equal(m.crystal.natom, 264);
    assert_int_equal(m.crystal.nsite, 7);
    assert_ok(fit_pdf_add_move(&m, "shift", 0, along));
    refine(&m, "shift U.H U.B1a");
    fit_pdf_clear(&m);
}

/* Tensors of all atoms of a site are images of each other: in Ia-3d sum over the orbit is isotropic. */
static void tensors_turn_with_their_atoms(void **state)
{
    (void)state;
    CrystalPdfOptions o = {.weights = CRYSTAL_CONSTANT_Z};
    FitPdfModel m = gamma_model(NULL, &o);
    CrystalAtoms at;
    crystal_atoms_init(&at, m.crystal.natom);
    for (int k = 0; k < 4; k++) {
        CrystalSite *s = &m.crystal.site[k];
        const double u[CRYSTAL_TENSOR] = {0.01, 0.02, 0.03, 0.004, -0.003, 0.002};
        int component[CRYSTAL_TENSOR];
        double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR], sum[CRYSTAL_TENSOR] = {0};
        int n = crystal_free_u(&m.crystal, k, component, pattern);
        anisotropic(&m, k);
        memset(s->u, 0, sizeof s->u);
        for (int j = 0; j < n; j++)
            for (int i = 0; i < CRYSTAL_TENSOR; i++)
                s->u[i] += u[component[j]] * pattern[j][i];
        crystal_place(&m.crystal, &at);
        for (int j = s->first; j < s->first + s->multiplicity; j++)
            for (int i = 0; i < CRYSTAL_TENSOR; i++)
                sum[i] += at.u[j][i] / s->multiplicity;
        for (int i = 0; i < CRYSTAL_TENSOR; i++)
            assert_near(sum[i], i < 3 ? crystal_uequ(&m.crystal, k) : 0, 1e-12);
    }
    crystal_atoms_clear(&at);
    fit_pdf_clear(&m);
}

static void derivatives_are_right(void **state)
{
    (void)state;
    enum { N = 40, MOST = 24 };
    double r[N], g[N], plus[N], minus[N], dg[MOST * N], v[MOST];
    for (int k = 0; k < N; k++)
        r[k] = 1.1 + 0.19 * k;
    const CrystalPdfOptions options[] = {
        {.weights = CRYSTAL_CONSTANT_Z, .beyond = 5},
        {.weights = CRYSTAL_CONSTANT_Z,
         .by_r = true,
         .qmax = 20,
         .envelope_last = true,
         .beyond = 5},
        {.weights = CRYSTAL_NEUTRAL, .qmin = 0.5, .qmax = 23.8, .beyond = 5}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        FitPdfModel m = gamma_model("I 41 3 2", &options[i]);
        anisotropic(&m, 0);
        anisotropic(&m, 3);
        m.shape.qbroad = 0.01;
        m.shape.delta1 = 0.1;
        m.shape.sratio = 0.9;
        m.shape.rcut = 2.2;
        const double along[3] = {1, 0, 0};
        assert_ok(fit_pdf_add_move(&m, "shift", 0, along));
        char u[96];
        snprintf(u, sizeof u, "U12.%s x.%s", m.crystal.site[3].label, m.crystal.site[3].label);
        refine(&m,
               "scale a delta1 delta2 qdamp qbroad sratio shift U11.Mg1 U23.Mg1 U.B occ.H occ.Mg1");
        refine(&m, u);
        CrystalPdf *pdf;
        assert_ok(crystal_pdf_new(&m.crystal, &m.options, N, r, &pdf));
        for (size_t k = 0; k < m.nparameters; k++)
            v[k] = m.parameter[k].value + (m.parameter[k].kind == FIT_PDF_MOVE ? 0.1 : 0);
        assert_ok(fit_pdf_model(&m, pdf, v, N, g, dg));
        for (size_t k = 0; k < m.nparameters; k++) {
            double h = 3e-5, kept = v[k], most = 0, off = 0;
            v[k] = kept + h;
            assert_ok(fit_pdf_model(&m, pdf, v, N, plus, NULL));
            v[k] = kept - h;
            assert_ok(fit_pdf_model(&m, pdf, v, N, minus, NULL));
            v[k] = kept;
            for (size_t j = 0; j < N; j++) {
                most = fmax(most, fabs(dg[k * N + j]));
                off = fmax(off, fabs(dg[k * N + j] - (plus[j] - minus[j]) / (2 * h)));
            }
            if (!(most > 0 && off < 1e-5 * most))
                fail_msg("options %zu, %s: derivative off by %g of %g", i, m.parameter[k].name, off,
                         most);
        }
        crystal_pdf_free(pdf);
        fit_pdf_clear(&m);
    }
}

/* Data made with the parameters at `values`, and noise: white, or white in Q up to qmax and then transformed. */
static void make_data(const FitPdfModel *m, const double values[], size_t n, const double r[],
                      double sigma, bool band, uint64_t draw, double g[])
{
    CrystalPdf *pdf;
    double z[3];
    assert_ok(crystal_pdf_new(&m->crystal, &m->options, n, r, &pdf));
    assert_ok(fit_pdf_model(m, pdf, values, n, g, NULL));
    crystal_pdf_free(pdf);
    enum { NQ = 400 };
    double step = m->options.qmax / NQ;
    for (uint64_t i = 0; sigma > 0 && i < (band ? NQ : n); i++) {
        rng_normal3(11, RNG_TEST, draw, i, 0, z);
        double q = ((double)i + 0.5) * step;
        for (size_t k = 0; band && k < n; k++) /* variance of a point: sum of sin^2 = NQ/2 */
            g[k] += sigma * sqrt(2.0 / NQ) * z[0] * sin(q * r[k]);
        if (!band)
            g[i] += sigma * z[0];
    }
}

typedef struct Case {
    FitPdfModel m;
    size_t n;
    double r[2000], truth[16];
} Case;

static void rock_salt_case(Case *c)
{
    CrystalPdfOptions o = {.weights = CRYSTAL_CONSTANT_Z};
    c->m = (FitPdfModel){.crystal = crystals_rock_salt(5.64, 0.012, 0.009), .options = o};
    c->m.shape = (CrystalPdfShape){.scale = 1.1, .delta2 = 1.2, .qdamp = 0.03, .sratio = 1};
    refine(&c->m, "scale a U.A U.B delta2 qdamp");
    const double truth[] = {1.0, 5.6402, 0.010, 0.011, 1.5, 0.035};
    memcpy(c->truth, truth, sizeof truth);
    c->n = 300;
    for (size_t k = 0; k < c->n; k++)
        c->r[k] = 2 + 0.06 * (double)k;
}

static void gamma_case(Case *c, double rstep, double rmax)
{
    CrystalPdfOptions o = {.weights = CRYSTAL_NEUTRAL, .qmax = 23.8, .beyond = 3};
    c->m = gamma_model(NULL, &o);
    refine(&c->m, "scale a U.Mg U.B U.H delta2 x.B1");
    for (size_t k = 0; k < c->m.nparameters; k++)
        c->truth[k] = c->m.parameter[k].start;
    const double truth[] = {1.0, 15.77, 0.013, 0.017, 0.035, 1.2};
    memcpy(c->truth, truth, sizeof truth);
    c->truth[6] += 0.001;
    c->n = (size_t)((rmax - 1.6) / rstep);
    for (size_t k = 0; k < c->n; k++)
        c->r[k] = 1.6 + rstep * (double)k;
}

static void exact_without_noise(void **state)
{
    (void)state;
    static Case c;
    static double g[2000];
    for (int which = 0; which < 2; which++) {
        if (which == 0)
            rock_salt_case(&c);
        else
            gamma_case(&c, 0.05, 9);
        FitPdfResult f;
        make_data(&c.m, c.truth, c.n, c.r, 0, false, 0, g);
        FitPdfData d = {.n = c.n, .r = c.r, .g = g, .band = which == 1};
        assert_ok(fit_pdf(&c.m, &d, &f));
        assert_true(f.converged);
        for (size_t k = 0; k < c.m.nparameters; k++)
            assert_near(c.m.parameter[k].value, c.truth[k], 1e-6 * fmax(1, fabs(c.truth[k])));
        assert_near(f.rw, 0, 1e-7);
        fit_pdf_result_clear(&f);
        fit_pdf_clear(&c.m);
    }
}

static void pulls(int which, const FitPdfData *like, double sigma, double rstep)
{
    enum { DRAWS = 200 };
    static Case c;
    static double g[2000], error[2000];
    double sum[16] = {0}, square[16] = {0};
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        if (which == 0)
            rock_salt_case(&c);
        else
            gamma_case(&c, rstep, 8);
        make_data(&c.m, c.truth, c.n, c.r, sigma, like->band, draw, g);
        FitPdfData d = *like;
        d.n = c.n;
        d.r = c.r;
        d.g = g;
        for (size_t k = 0; k < c.n; k++)
            error[k] = sigma;
        d.error = like->error != NULL ? error : NULL;
        FitPdfResult f;
        for (size_t k = 0; k < c.m.nparameters; k++)
            c.m.parameter[k].value = c.truth[k];
        assert_ok(fit_pdf(&c.m, &d, &f));
        for (size_t k = 0; k < c.m.nparameters; k++) {
            double pull = (c.m.parameter[k].value - c.truth[k]) / c.m.parameter[k].error;
            sum[k] += pull;
            square[k] += pull * pull;
        }
        fit_pdf_result_clear(&f);
        if (draw + 1 < DRAWS)
            fit_pdf_clear(&c.m);
    }
    for (size_t k = 0; k < c.m.nparameters; k++) {
        double mean = sum[k] / DRAWS, sd = sqrt(square[k] / DRAWS - mean * mean);
        printf("%-8s pull %+.3f sd %.3f\n", c.m.parameter[k].name, mean, sd);
        assert_near(mean, 0, 0.2);
        assert_near(sd, 1, 0.1);
    }
    fit_pdf_clear(&c.m);
}

static void pulls_of_rock_salt(void **state)
{
    (void)state;
    const double given = 1;
    pulls(0, &(FitPdfData){.band = false, .error = &given}, 0.1, 0);
}

/* Noise as a measurement has it, sampled 2.6 times finer than Nyquist, size unknown */
static void pulls_of_gamma(void **state)
{
    (void)state;
    pulls(1, &(FitPdfData){.band = true}, 0.02, 0.05);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    static Case c;
    static double g[2000];
    FitPdfResult f;
    rock_salt_case(&c);
    refine(&c.m, "occ.A occ.B"); /* scale takes what both have in common */
    c.truth[6] = c.truth[7] = 1;
    make_data(&c.m, c.truth, c.n, c.r, 0, false, 0, g);
    FitPdfData d = {.n = c.n, .r = c.r, .g = g};
    assert_int_equal(fit_pdf(&c.m, &d, &f), ERR_NUMERICAL);
    assert_non_null(strstr(err_message(), "do the same"));
    d.n = 6;
    assert_int_equal(fit_pdf(&c.m, &d, &f), ERR_INPUT);
    fit_pdf_clear(&c.m);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    static Case c;
    static double g[2000];
    FitPdfResult f;
    rock_salt_case(&c);
    c.truth[4] = 0.5;
    c.m.parameter[4].low = 0.8;
    make_data(&c.m, c.truth, c.n, c.r, 0, false, 0, g);
    FitPdfData d = {.n = c.n, .r = c.r, .g = g};
    assert_ok(fit_pdf(&c.m, &d, &f));
    assert_near(c.m.parameter[4].value, 0.8, 0);
    assert_true(c.m.parameter[4].at_bound && isnan(c.m.parameter[4].error));
    assert_true(c.m.parameter[1].error > 0);
    fit_pdf_result_clear(&f);
    fit_pdf_clear(&c.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symmetry_tells_what_is_free),
        cmocka_unit_test(tensors_turn_with_their_atoms),
        cmocka_unit_test(derivatives_are_right),
        cmocka_unit_test(exact_without_noise),
        cmocka_unit_test(pulls_of_rock_salt),
        cmocka_unit_test(pulls_of_gamma),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(bounds_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
