/* Maxima of a curve made of Gaussians: places, heights, widths, errors, shares; how much a weighting misjudges. */
#include "check.h"

#include "analysis/pdf_peaks.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

enum { NR = 500, NB = 4 };

static double gauss(double r, double at, double s)
{
    return exp(-0.5 * (r - at) * (r - at) / (s * s));
}

static void maxima_of_gaussians(void **state)
{
    (void)state;
    double r[NR], *rows = malloc(sizeof(double) * NB * NR), weight[NB] = {1, 2, 1, 2};
    for (int k = 0; k < NR; k++) {
        r[k] = 0.02 * (k + 1);
        for (int b = 0; b < NB; b++)
            rows[b * NR + k] = 3 * gauss(r[k], 2.413 + 0.01 * (b - 1.5), 0.10) +
                               2 * gauss(r[k], 4.807, 0.15) + 0.01 * sin(40 * r[k]);
    }
    PdfMaximum p[8];
    size_t n = pdf_peaks_find(NR, r, NB, weight, rows, 1, 9, 0.2, 8, p);
    assert_int_equal(n, 2);
    assert_near(p[0].position, 2.413 + 0.01 * (-1.5 - 1.0 + 0.5 + 3.0) / 6, 3e-3);
    assert_near(p[0].height, 3, 0.03);
    assert_near(p[0].fwhm, 2.3548 * 0.10, 0.01);
    assert_near(p[1].position, 4.807, 5e-3);
    assert_near(p[1].fwhm, 2.3548 * 0.15, 0.01);
    assert_near(p[1].prominence, 2, 0.05);
    assert_true(p[0].position_error > 0.003 && p[0].position_error < 0.01); /* 0.013/2 */
    assert_near(p[1].position_error, 0, 1e-9);
    assert_int_equal(pdf_peaks_find(NR, r, NB, weight, rows, 1, 9, 0.2, 1, p), 1);
    assert_int_equal(pdf_peaks_find(NR, r, 1, weight, rows, 1, 4, 2.5, 8, p), 1);
    assert_true(isnan(p[0].position_error));
    free(rows);
}

static void shares_are_named(void **state)
{
    (void)state;
    double r[NR], *part = malloc(sizeof(double) * 3 * NR), level[3] = {0.2, 0.3, 0.5}, share[3],
                  rho = 0.05;
    for (int k = 0; k < NR; k++) {
        r[k] = 0.02 * (k + 1);
        for (int pair = 0; pair < 3; pair++) /* T = 3 : 1 : below zero */
            part[pair * NR + k] = (pair == 0   ? 3
                                   : pair == 1 ? 1
                                               : -1) *
                                      gauss(r[k], 2.4, 0.1) -
                                  4 * PI * r[k] * rho * level[pair];
    }
    PdfMaximum peak = {.position = 2.4, .fwhm = 0.2};
    pdf_peaks_shares(NR, r, 3, part, level, rho, &peak, share);
    assert_near(share[0], 0.75, 1e-9);
    assert_near(share[1], 0.25, 1e-9);
    assert_near(share[2], 0, 0);
    const char *const names[] = {"Mg-B", "B-H", "H-H"};
    char *text = pdf_peaks_text(3, names, share);
    assert_string_equal(text, "Mg-B 75 %, B-H 25 %");
    free(text);
    /* the same peak, 0.6 as high and broader: the ratio of the tops */
    double *other = malloc(sizeof(double) * NR);
    for (int k = 0; k < NR; k++)
        other[k] = 1.8 * gauss(r[k], 2.42, 0.14) - 4 * PI * r[k] * rho * 0.1;
    PdfFactor f = pdf_peaks_factor(NR, r, other, 0.1, part, level[0], rho, 6);
    assert_near(f.r, 2.4, 1e-9);
    assert_near(f.ratio, 0.6, 2e-3);
    f = pdf_peaks_factor(NR, r, other, 0.1, part, level[0], rho, 1.0);
    assert_true(isnan(f.ratio));
    free(other);
    free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maxima_of_gaussians),
        cmocka_unit_test(shares_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
