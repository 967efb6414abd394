#include "app/explain_density.h"

#include "base/units.h"
#include "density/form_factor.h"
#include "density/functional.h"
#include "model/species.h"
#include "store/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLOT_WIDTH = 48 };

bool explain_density_is_form_factor(const char *name)
{
    return strncmp(name, "f:", 2) == 0;
}

bool explain_density_is_functional(const char *name)
{
    static const char *const starts[] = {"lda_", "gga_", "mgga_", "hyb_"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (strncmp(name, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

Err explain_density_functional(const char *names, bool print)
{
    Functional *f;
    TRY(functional_new(names, 1, &f));
    char *references = functional_references(f);
    if (print)
        printf("functional %s: %s of %s\n%s", names, functional_is_gga(f) ? "GGA" : "LDA",
               functional_library(), references);
    free(references);
    functional_free(f);
    return OK;
}

static void list_known(void)
{
    char known[256];
    snprintf(known, sizeof known, "%s", form_factor_known());
    puts("form factors from densities, `paddlewheel explain f:NAME`:");
    for (char *name = strtok(known, ", "); name != NULL; name = strtok(NULL, ", "))
        printf("  f:%-6s  %s\n", name, form_factor_help(name));
}

/* "0.74 angstrom", "21 V" or "none" as a radius [A]. */
static Err read_watson(const char *text, double *radius)
{
    *radius = 0;
    if (text == NULL)
        return OK;
    if (strcmp(text, "none") == 0) {
        *radius = INFINITY;
        return OK;
    }
    double value;
    if (units_parse(text, "V", &value) == OK && value > 0) {
        *radius = form_factor_watson_radius(value);
        return OK;
    }
    Err e = units_parse(text, "angstrom", &value);
    if (e != OK || !(value > 0))
        return err_set(ERR_INPUT,
                       "explain: --watson '%s': a radius (\"0.74 angstrom\"), the potential of the "
                       "site (\"21 V\"), both positive, or none",
                       text);
    *radius = value;
    return OK;
}

/* Least and greatest f(Q) of the ensemble's tables and ours. */
static void spread(double q, const FormFactorTable *ours,
                   const FormFactorTable other[FORM_FACTOR_ENSEMBLE], double range[2])
{
    range[0] = range[1] = form_factor_at(ours, q);
    for (int k = 0; k < FORM_FACTOR_ENSEMBLE; k++) {
        double f = form_factor_at(&other[k], q);
        range[0] = fmin(range[0], f);
        range[1] = fmax(range[1], f);
    }
}

static void print_head(const FormFactorTable *t)
{
    printf("form factor f:%s: %s\n  %g electrons, total energy %.6f hartree, %s\n", t->name,
           form_factor_help(t->name), t->electrons, t->density.total, t->functional);
    if (t->watson_radius > 0)
        printf("  Watson sphere of charge +1, radius %.4f angstrom (potential inside %.2f V)\n",
               t->watson_radius, UNITS_COULOMB / t->watson_radius);
    printf("  spread: over %s", form_factor_ensemble[0]);
    for (int k = 1; k < FORM_FACTOR_ENSEMBLE; k++)
        printf(", %s", form_factor_ensemble[k]);
    printf("\n  W-K: Waasmaier and Kirfel 1995, %s; differences in %% of W-K and, last line, of "
           "f(0)\n",
           t->reference[0] ? t->reference : "has no such ion");
}

/* "====o   ": f as a bar, the reference as an o. */
static void print_bar(double f, double reference, double full)
{
    char bar[PLOT_WIDTH + 2];
    int n = (int)lround(f / full * PLOT_WIDTH), at = (int)lround(reference / full * PLOT_WIDTH);
    for (int i = 0; i <= PLOT_WIDTH; i++)
        bar[i] = i == at ? 'o' : i < n ? '=' : ' ';
    bar[PLOT_WIDTH + 1] = '\0';
    for (int i = PLOT_WIDTH; i >= 0 && bar[i] == ' '; i--)
        bar[i] = '\0';
    puts(bar);
}

static void print_rows(const FormFactorTable *t, const FormFactorTable other[])
{
    const FormFactor *wk = species_form_factor(t->reference);
    double full = fmax(t->electrons, wk ? species_f0(wk, 0) : 0), worst = 0, worst_f0 = 0;
    printf("  Q [1/A]        f    spread       W-K   diff %%  0%*s%g\n", PLOT_WIDTH, "", full);
    for (int i = 0; i <= 24; i++) {
        double q = i < 12 ? 0.5 * i : i - 6, f = form_factor_at(t, q), range[2];
        double reference = wk ? species_f0(wk, q) : -1;
        spread(q, t, other, range);
        printf("  %7.1f %8.4f  %8.4f  ", q, f, range[1] - range[0]);
        if (wk != NULL)
            printf("%8.4f %8.2f  ", reference, 100 * (f / reference - 1));
        else
            printf("%8s %8s  ", "-", "-");
        print_bar(f, reference, full);
    }
    for (int i = 0; wk != NULL && i <= 200; i++) {
        double reference = species_f0(wk, 0.05 * i), d = form_factor_at(t, 0.05 * i) - reference;
        worst = fmax(worst, fabs(d) / reference);
        worst_f0 = fmax(worst_f0, fabs(d) / species_f0(wk, 0));
    }
    if (wk != NULL)
        printf("  largest difference from W-K for Q <= 10 1/A: %.2f %% of W-K, %.2f %% of f(0)\n",
               100 * worst, 100 * worst_f0);
}

/* "Mg2+,B,H_BH4" as a table for `form_factors` of kind pdf: a column for each, named after its element. */
static Err print_columns(const char *names, const char *functional, double radius, bool print)
{
    enum { MOST = 8 };
    FormFactorTable t[MOST] = {0};
    size_t n = 0;
    Err e = OK;
    while (*names != '\0' && n < MOST && e == OK) {
        char one[16];
        size_t length = strcspn(names, ",");
        snprintf(one, sizeof one, "%.*s", (int)length, names);
        e = form_factor_new(one, functional, radius, &t[n++]);
        names += length + (names[length] == ',');
    }
    if (e == OK && *names != '\0')
        e = err_set(ERR_INPUT, "explain: at most %d form factors in a table", MOST);
    if (e == OK && print) {
        printf("Q [1/angstrom]");
        for (size_t k = 0; k < n; k++)
            printf(",%.*s",
                   (int)strspn(t[k].name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
                   t[k].name);
        putchar('\n');
        for (int i = 0; i <= 600; i++) {
            printf("%.2f", 0.05 * i);
            for (size_t k = 0; k < n; k++)
                printf(",%.7f", form_factor_at(&t[k], 0.05 * i));
            putchar('\n');
        }
    }
    for (size_t k = 0; k < n; k++)
        form_factor_clear(&t[k]);
    return e;
}

Err explain_density_form_factor(const char *name, const char *functional, const char *watson,
                                bool print)
{
    FormFactorTable ours, other[FORM_FACTOR_ENSEMBLE] = {0};
    double radius;
    if (strcmp(name, "f:") == 0) {
        if (print)
            list_known();
        return OK;
    }
    TRY(read_watson(watson, &radius));
    if (strchr(name, ',') != NULL)
        return print_columns(name + 2, functional, radius, print);
    TRY(form_factor_new(name + 2, functional, radius, &ours));
    Err e = OK;
    for (int k = 0; k < FORM_FACTOR_ENSEMBLE && e == OK; k++)
        e = form_factor_new(name + 2, form_factor_ensemble[k], radius, &other[k]);
    if (e == OK && print) {
        print_head(&ours);
        print_rows(&ours, other);
        putchar('\n');
    }
    if (e == OK)
        e = explain_density_functional(ours.functional, print);
    form_factor_clear(&ours);
    for (int k = 0; k < FORM_FACTOR_ENSEMBLE; k++)
        form_factor_clear(&other[k]);
    return e;
}
