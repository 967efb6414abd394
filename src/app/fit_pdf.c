/* fit_pdf.c -- `paddlewheel fit pdf RECIPE`: a small crystal refined against G(r) ("real-space Rietveld").
 *
 * NAME.h5 holds curve, parameters with errors and covariance, sites; NAME.fgr the curves as text; NAME.cif the refined structure.
 * One rank computes: a refinement takes seconds.
 */
#include "app/fit.h"

#include "analysis/fit_pdf_recipe.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/h5.h"
#include "store/provenance.h"
#include "store/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Work {
    const Comm *comm;
    FitPdfRecipe recipe;
    FitPdfResult result;
    double change; /* what the sum beyond the end still changed, relative to the largest G */
    Crystal refined;
    CrystalPdfShape shape;
} Work;

enum { CELL = 6, PER_SITE = 10 };

/* ---- what is said of the refined crystal ---- */

/* Cell and sites as a list of numbers: a b c alpha beta gamma, then x y z occupancy U... of each site. */
static void list_numbers(const Crystal *c, double out[])
{
    static const int order[CELL] = {0, 1, 2, 5, 4, 3};
    for (int k = 0; k < CELL; k++)
        out[k] = crystal_cell_get(c, order[k]);
    for (int s = 0; s < c->nsite; s++) {
        const CrystalSite *p = &c->site[s];
        double *v = out + CELL + PER_SITE * s;
        memcpy(v, p->s, sizeof p->s);
        v[3] = p->occupancy;
        for (int k = 0; k < CRYSTAL_TENSOR; k++)
            v[4 + k] = p->anisotropic ? p->u[k] : k == 0 ? p->uiso : 0.0;
    }
}

/* Their standard errors, 0 for what was not refined: the covariance carried over by differences. */
static void list_errors(const Work *w, size_t n, double error[])
{
    const FitPdfModel *m = &w->recipe.model;
    size_t np = m->nparameters;
    double *slope = MEM_NEW(double, np *n), *values = MEM_NEW(double, np),
           *side = MEM_NEW(double, 2 * n);
    for (size_t k = 0; k < np; k++)
        values[k] = m->parameter[k].value;
    for (size_t k = 0; k < np; k++) {
        double kept = values[k], h = 1e-4 * fmax(1e-2, fabs(kept));
        for (int i = 0; i < 2; i++) {
            Crystal c;
            CrystalPdfShape unused;
            values[k] = kept + (i == 0 ? h : -h);
            fit_pdf_apply(m, values, &c, &unused);
            list_numbers(&c, side + (size_t)i * n);
            crystal_clear(&c);
        }
        values[k] = kept;
        for (size_t j = 0; j < n; j++)
            slope[k * n + j] = (side[j] - side[n + j]) / (2.0 * h);
    }
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t a = 0; a < np; a++)
            for (size_t b = 0; b < np; b++)
                sum += slope[a * n + j] * w->result.covariance[a * np + b] * slope[b * n + j];
        error[j] = sum > 1e-24 ? sqrt(sum) : 0.0;
    }
    free(slope);
    free(values);
    free(side);
}

/* "15.7612(9)": the last digits' error in brackets, two digits below 20. */
static void with_error(double value, double error, char out[32])
{
    if (!(error > 0.0)) {
        snprintf(out, 32, "%.9g", value);
        return;
    }
    int digits = (int)ceil(-log10(error / 1.95));
    digits = digits < 0 ? 0 : digits > 9 ? 9 : digits;
    snprintf(out, 32, "%.*f(%.0f)", digits, value, error * pow(10.0, digits));
}

static Err write_cif(const Work *w, const char *path, const char *comment)
{
    const Crystal *c = &w->refined;
    size_t n = (size_t)(CELL + PER_SITE * c->nsite);
    double *value = MEM_NEW(double, n), *error = MEM_NEW(double, n);
    char cell[CELL][32], (*text)[PER_SITE][32] = mem_new((size_t)c->nsite, sizeof *text);
    const char *cells[CELL];
    list_numbers(c, value);
    list_errors(w, n, error);
    for (int k = 0; k < CELL; k++) {
        with_error(value[k], error[k], cell[k]);
        cells[k] = cell[k];
    }
    for (int s = 0; s < c->nsite; s++)
        for (int k = 0; k < PER_SITE; k++)
            with_error(value[CELL + PER_SITE * s + k], error[CELL + PER_SITE * s + k], text[s][k]);
    char *cif = crystal_cif(c, comment, cells, text);
    Err e = text_write_file(path, cif, strlen(cif));
    free(cif);
    free(text);
    free(value);
    free(error);
    return e;
}

static void say_parameter(const FitPdfParameter *p, char **text)
{
    const char *unit = fit_pdf_unit(p);
    char value[32];
    with_error(p->value, p->error, value);
    config_append(text, "  %-12s %-16s %-7s", p->name, value, strcmp(unit, "1") == 0 ? "" : unit);
    config_append(text, p->at_bound ? " at its bound %.6g to %.6g\n" : "\n", p->low, p->high);
}

static void say_correlations(const Work *w, char **text)
{
    const FitPdfModel *m = &w->recipe.model;
    size_t np = m->nparameters;
    const double *c = w->result.covariance;
    bool any = false;
    for (size_t a = 0; a < np; a++)
        for (size_t b = a + 1; b < np; b++) {
            double r = c[a * np + b] / sqrt(c[a * np + a] * c[b * np + b]);
            if (!(fabs(r) > 0.8))
                continue;
            config_append(text, "%s %s, %s %+.2f",
                          any ? ";" : "correlations:", m->parameter[a].name, m->parameter[b].name,
                          r);
            any = true;
        }
    if (any)
        config_append(text, "\n");
}

static char *summary(const Work *w)
{
    const FitPdfRecipe *r = &w->recipe;
    const FitPdfResult *f = &w->result;
    const CrystalPdfOptions *o = &r->model.options;
    const double *x = r->curve.x + r->first;
    char *text = NULL;
    config_append(
        &text, "%s: %s in %s%s, %s, %.2f to %.2f A, %zu points of which %.0f independent\n",
        r->name, r->structure, r->model.crystal.group, r->symmetry != NULL ? " (chosen)" : "",
        r->data, x[0], x[r->n - 1], r->n, f->independent);
    config_append(&text, "weights %s, Q %g to %g 1/A%s, peaks divided by %s, Qdamp %s the cut\n",
                  crystal_pdf_weights_name(o->weights), o->qmin, o->qmax,
                  o->lorch ? " with Lorch window" : "", o->by_r ? "r" : "r_ij",
                  o->envelope_last ? "after" : "before");
    config_append(&text, "Rw %.4f", f->rw);
    if (isnan(f->sigma))
        config_append(&text, ", reduced chi2 %.3f", f->chi2);
    else
        config_append(&text, ", residual of a point %.4g 1/A^2", f->sigma);
    config_append(&text, ", %d iterations%s\n", f->iterations,
                  f->converged ? "" : ", NOT CONVERGED");
    for (size_t k = 0; k < r->model.nparameters; k++)
        say_parameter(&r->model.parameter[k], &text);
    say_correlations(w, &text);
    config_append(
        &text, "e.s.d.s: %s\n",
        r->band ? "noise white in Q up to Qmax; near points are correlated and not counted twice"
                : "independent points; too small if r is sampled finer than pi/Qmax");
    if (w->change > 1e-4)
        config_append(&text, "the cut at Qmax is good to %.1e of the largest G only\n", w->change);
    return text;
}

/* ---- files ---- */

static Err write_fgr(const Work *w, const char *path, const char *words)
{
    const FitPdfRecipe *r = &w->recipe;
    const double *x = r->curve.x + r->first, *g = r->curve.y + r->first;
    TextBuffer b = {0};
    for (const char *line = words; *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        text_append(&b, "# %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
    text_append(&b, "#### start data\n#L r(A) G_obs(A^-2) G_calc(A^-2) difference(A^-2)\n");
    for (size_t k = 0; k < r->n; k++)
        text_append(&b, "%.8g %.10g %.10g %.10g\n", x[k], g[k], w->result.g[k],
                    g[k] - w->result.g[k]);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}

static Err write_curves(const Work *w, H5 *file)
{
    const FitPdfRecipe *r = &w->recipe;
    size_t n = r->n;
    const double *x = r->curve.x + r->first, *g = r->curve.y + r->first;
    double *difference = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++)
        difference[k] = g[k] - w->result.g[k];
    Err e = h5_write(file, "r", 1, &n, x, "angstrom", "distance");
    if (e == OK)
        e = h5_write(file, "G", 1, &n, g, "1/angstrom^2", "data");
    if (e == OK)
        e = h5_write(file, "G_calc", 1, &n, w->result.g, "1/angstrom^2", "refined model");
    if (e == OK)
        e = h5_write(file, "difference", 1, &n, difference, "1/angstrom^2", "data - model");
    free(difference);
    return e;
}

static Err write_parameters(const Work *w, H5 *group)
{
    const FitPdfModel *m = &w->recipe.model;
    size_t n = m->nparameters, square[2] = {n, n};
    const char **name = MEM_NEW(const char *, n), **unit = MEM_NEW(const char *, n);
    double *value = MEM_NEW(double, n), *error = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++) {
        name[k] = m->parameter[k].name;
        unit[k] = fit_pdf_unit(&m->parameter[k]);
        value[k] = m->parameter[k].value;
        error[k] = m->parameter[k].error;
    }
    Err e = h5_write_texts(group, "name", n, name);
    if (e == OK)
        e = h5_write_texts(group, "unit", n, unit);
    if (e == OK)
        e = h5_write(group, "value", 1, &n, value, "1", "in the units of `unit`");
    if (e == OK)
        e = h5_write(group, "error", 1, &n, error, "1", "standard error; NaN: at a bound");
    if (e == OK)
        e = h5_write(group, "covariance", 2, square, w->result.covariance, "1",
                     "in the units of the parameters");
    free(name);
    free(unit);
    free(value);
    free(error);
    return e;
}

static Err write_scalars(const Work *w, H5 *file)
{
    const FitPdfResult *f = &w->result;
    const struct {
        const char *name, *unit, *help;
        double value;
    } scalar[] = {
        {"Rw", "1", "sqrt(sum w difference^2 / sum w G^2)", f->rw},
        {"chi2", "1", "reduced; 1 if errors were estimated from it", f->chi2},
        {"sigma", "1/angstrom^2", "estimated standard deviation of a point; NaN: given", f->sigma},
        {"independent", "1", "independent points", f->independent},
        {"converged", "1", "1: yes", f->converged ? 1.0 : 0.0},
        {"truncation", "1", "change of G by a longer sum, relative to its largest value",
         w->change},
    };
    Err e = OK;
    for (size_t k = 0; k < sizeof scalar / sizeof *scalar && e == OK; k++)
        e = h5_write_number(file, scalar[k].name, scalar[k].value, scalar[k].unit, scalar[k].help);
    return e;
}

static Err write_members(const Work *w, H5 *file, const char *provenance, const char *words)
{
    H5 *group;
    TRY(h5_write_text(file, "provenance", provenance));
    TRY(h5_write_text(file, "summary", words));
    TRY(write_curves(w, file));
    TRY(write_scalars(w, file));
    TRY(h5_group(file, "parameter", &group));
    Err e = write_parameters(w, group);
    h5_close_group(group);
    return e;
}

static Err write_h5(const Work *w, const char *path, const char *provenance, const char *words)
{
    H5 *file;
    TRY(h5_create(path, &file));
    Err e = write_members(w, file, provenance, words);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

static char *provenance_of(const Work *w, const char *recipe)
{
    const FitPdfRecipe *r = &w->recipe;
    char *inputs = NULL, *text = NULL;
    char *data = config_beside(r->folder, r->data);
    char *cif = config_beside(r->folder, r->structure);
    Err e = provenance_add_input(&inputs, "recipe", recipe);
    if (e == OK)
        e = provenance_add_input(&inputs, "data", data);
    if (e == OK)
        e = provenance_add_input(&inputs, "structure", cif);
    if (e == OK)
        text = provenance_text(w->comm,
                               &(ProvenanceRun){.seed = -1, .finished = true, .inputs = inputs});
    free(inputs);
    free(data);
    free(cif);
    return text;
}

static Err write_all(const Work *w, const char *recipe, const char *output)
{
    size_t n = strlen(output);
    n -= n > 3 && strcmp(output + n - 3, ".h5") == 0 ? 3 : 0;
    char *fgr = mem_format("%.*s.fgr", (int)n, output),
         *cif = mem_format("%.*s.cif", (int)n, output);
    char *words = summary(w), *provenance = provenance_of(w, recipe);
    char *comment = mem_format("refined by %s\n%s%s%s", provenance_version(),
                               w->recipe.note != NULL ? w->recipe.note : "",
                               w->recipe.note != NULL ? "\n" : "", words);
    fputs(words, stdout);
    Err e = provenance != NULL ? write_h5(w, output, provenance, words)
                               : err_set(ERR_FILE, "%s", err_message());
    if (e == OK)
        e = write_fgr(w, fgr, words);
    if (e == OK)
        e = write_cif(w, cif, comment);
    if (e == OK)
        log_info("written: %s, %s, %s", output, fgr, cif);
    free(fgr);
    free(cif);
    free(words);
    free(provenance);
    free(comment);
    return e;
}

/* ---- the command ---- */

static Err refine(Work *w)
{
    FitPdfModel *m = &w->recipe.model;
    FitPdfData d = fit_pdf_recipe_data(&w->recipe);
    TRY(fit_pdf_choose_beyond(m, d.n, d.r, &w->change));
    if (w->change > 1e-4)
        log_warn("the sum reaches %g A beyond the last r, where it still changes by %.1e of the "
                 "largest G: a strong Bragg line lies at Qmax, or nothing damps",
                 m->options.beyond, w->change);
    TRY(fit_pdf(m, &d, &w->result));
    double *values = MEM_NEW(double, m->nparameters);
    for (size_t k = 0; k < m->nparameters; k++)
        values[k] = m->parameter[k].value;
    fit_pdf_apply(m, values, &w->refined, &w->shape);
    free(values);
    if (!w->result.converged)
        log_warn("not converged in %d iterations", w->result.iterations);
    return OK;
}

static Err run(const Comm *c, const char *recipe, const char *output, bool check)
{
    Work w = {.comm = c};
    Err e = fit_pdf_recipe_read(c, recipe, &w.recipe);
    const FitPdfRecipe *r = &w.recipe;
    if (e == OK && check)
        log_info("%d atoms, %zu points between %g and %g A, %zu parameters; nothing was fitted",
                 r->model.crystal.natom, r->n, r->rmin, r->rmax, r->model.nparameters);
    else if (e == OK && comm_is_root(c)) {
        char *to = output != NULL ? mem_string(output) : mem_format("%s.h5", r->name);
        e = refine(&w);
        if (e == OK)
            e = write_all(&w, recipe, to);
        free(to);
    }
    fit_pdf_result_clear(&w.result);
    crystal_clear(&w.refined);
    fit_pdf_recipe_clear(&w.recipe);
    return comm_agree(c, e);
}

const FitKind fit_pdf_kind = {
    .name = "pdf",
    .help = "a small crystal refined against G(r); FILE is NAME.h5, beside it .fgr and .cif",
    .run = run,
};
