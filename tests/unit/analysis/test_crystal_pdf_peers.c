/* G(r) of rock salt and of gamma against PDFfit2 and libdiffpy, each in its own convention: tests/reference/pair_distribution. */
#include "check.h"
#include "crystals.h"

#include "store/table.h"

/* A table of the folder: r and one column; how many rows. */
static size_t column(const char *name, const char *which, double r[], double g[])
{
    static char bytes[65536];
    char path[512];
    snprintf(path, sizeof path, PW_SOURCE_DIR "/tests/reference/pair_distribution/%s.csv", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f), at_r, at_g, k = 0;
    fclose(f);
    Table *t;
    assert_ok(table_parse(path, bytes, n, &t));
    assert_ok(table_column(t, "r", &at_r));
    assert_ok(table_column(t, which, &at_g));
    for (; k < table_rows(t); k++) {
        assert_ok(table_number(t, k, at_r, &r[k]));
        assert_ok(table_number(t, k, at_g, &g[k]));
    }
    table_close(t);
    return k;
}

static void compare(const char *name, const char *which, const Crystal *c,
                    const CrystalPdfOptions *o, const CrystalPdfShape *shape, double tolerance)
{
    static double r[256], peer[256], ours[256];
    double most = 0, off = 0, at = 0;
    size_t n = column(name, which, r, peer);
    assert_true(n > 90 && n < 256);
    crystals_g(c, o, shape, n, r, ours);
    for (size_t k = 0; k < n; k++) {
        most = fmax(most, fabs(peer[k]));
        if (fabs(ours[k] - peer[k]) > off) {
            off = fabs(ours[k] - peer[k]);
            at = r[k];
        }
    }
    printf("%-10s %-15s off by %.1e of the largest %.2f, at %.2f A\n", name, which, off / most,
           most, at);
    assert_near(off / most, 0, tolerance);
}

static void all(const char *name, const Crystal *c, const CrystalPdfShape *shape)
{
    CrystalPdfOptions o = {.weights = CRYSTAL_CONSTANT_Z, .by_r = true, .beyond = 60};
    compare(name, "pdffit2", c, &o, shape, 1e-4);
    o.qmax = 23.8;
    compare(name, "pdffit2 qmax", c, &o, shape, 2e-3);
    o.by_r = false;
    o.envelope_last = true;
    compare(name, "libdiffpy qmax", c, &o, shape, 2e-3);
    o.qmax = 0;
    compare(name, "libdiffpy", c, &o, shape, 2e-3);
}

static void rock_salt(void **state)
{
    (void)state;
    Crystal c = crystals_rock_salt(5.64, 0.01, 0.01);
    all("rock_salt", &c, &(CrystalPdfShape){.scale = 1, .sratio = 1});
    crystal_clear(&c);
}

static void gamma_with_half_of_its_hydrogen(void **state)
{
    (void)state;
    Crystal c = crystals_gamma(NULL);
    for (int k = 0; k < c.nsite; k++) {
        const char *element = c.site[k].species->element;
        c.site[k].uiso = strcmp(element, "Mg") == 0  ? 0.012
                         : strcmp(element, "B") == 0 ? 0.015
                                                     : 0.03;
        c.site[k].occupancy = strcmp(element, "H") == 0 ? 0.5 : 1;
    }
    all("gamma", &c, &(CrystalPdfShape){.scale = 1, .sratio = 1, .delta2 = 1, .qdamp = 0.035});
    crystal_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rock_salt),
        cmocka_unit_test(gamma_with_half_of_its_hydrogen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
