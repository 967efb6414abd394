/* fit_gordon_kim.c -- `paddlewheel fit gordon-kim RECIPE`: pair terms of the force field from frozen electron densities.
 *
 * Ions are solved (density/radial_ks.h), their curves computed by every set of functionals (density/pair_curve.h), and the
 * terms that the recipe names fitted to the mean of each curve, weighted by the scatter (training/born_mayer.h).
 * Beside the potential file, with .curves.h5 instead of .yaml, lie the curves: distance, mean, deviation, fit, every set
 * and its parts, with units, functionals and their references. Every rank computes, rank 0 writes.
 */
#include "app/fit.h"
#include "app/gk_crystal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "density/pair_curve.h"
#include "store/h5.h"
#include "store/provenance.h"
#include "training/gk_recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One curve of the recipe, in eV and A. */
typedef struct Result {
    PairCurve curve;
    double *r, *mean, *deviation, *fitted; /* [curve.n]; fitted: NaN where atoms meet */
    size_t first, nfit;                    /* points that the terms were fitted to */
    BornMayerFit fit;
} Result;

typedef struct Work {
    const Comm *comm;
    GkRecipe recipe;
    RadialKs *solution; /* [nions][nsets] */
    FrozenIon *ion;
    Result *result; /* [ncurves] */
    GkCrystal crystal;
} Work;

/* ---- computing ---- */

static const char *density_of(const GkRecipe *r, size_t set)
{
    return r->set[set].density != NULL ? r->set[set].density : r->density;
}

/* Every ion with the density of every set; each wanted density is solved once and copied by reference. */
static Err solve_ions(Work *w)
{
    const GkRecipe *r = &w->recipe;
    w->solution = MEM_NEW(RadialKs, r->nions * r->nsets);
    w->ion = MEM_NEW(FrozenIon, r->nions * r->nsets);
    for (size_t i = 0; i < r->nions; i++) {
        RadialIon ion;
        TRY(radial_ks_ion(r->ion[i].ion, false, &ion));
        ion.watson_charge = isnan(r->ion[i].watson_radius) ? 0.0 : 1.0;
        ion.watson_radius =
            isnan(r->ion[i].watson_radius) ? 0.0 : r->ion[i].watson_radius / UNITS_BOHR;
        for (size_t s = 0; s < r->nsets; s++) {
            size_t at = i * r->nsets + s, first = 0;
            while (strcmp(density_of(r, first), density_of(r, s)) != 0)
                first++;
            if (first == s)
                TRY(err_prefix(radial_ks_solve(&ion, density_of(r, s), &w->solution[at]), "%s",
                               r->ion[i].name));
            w->ion[at] = frozen_ion_new(&ion, &w->solution[i * r->nsets + first]);
        }
        log_info("  %s: %g electrons, total %.6f hartree, highest eigenvalue %.4f hartree",
                 r->ion[i].name, w->solution[i * r->nsets].electrons,
                 w->solution[i * r->nsets].total,
                 w->solution[i * r->nsets].eigenvalue[ion.norbital - 1][0]);
    }
    return OK;
}

static void compute_curve(Work *w, size_t k)
{
    const GkRecipe *r = &w->recipe;
    const GkRecipeCurve *c = &r->curve[k];
    Result *o = &w->result[k];
    size_t n = (size_t)floor((c->to - c->from) / c->step + 1e-6) + 1;
    GordonKimSet *set = MEM_NEW(GordonKimSet, r->nsets);
    for (size_t s = 0; s < r->nsets; s++)
        set[s] = r->set[s].functionals;
    double *bohr = MEM_NEW(double, n);
    o->r = MEM_NEW(double, n);
    o->mean = MEM_NEW(double, n);
    o->deviation = MEM_NEW(double, n);
    o->fitted = MEM_NEW(double, n);
    for (size_t i = 0; i < n; i++) {
        o->r[i] = c->from + c->step * (double)i;
        bohr[i] = o->r[i] / UNITS_BOHR;
    }
    o->curve = pair_curve_compute(r->nsets, set, &w->ion[c->ion_a * r->nsets],
                                  &w->ion[c->ion_b * r->nsets], n, bohr, (int)r->points);
    for (size_t i = 0; i < n; i++) {
        o->mean[i] = o->curve.mean[i] * UNITS_HARTREE;
        o->deviation[i] = o->curve.deviation[i] * UNITS_HARTREE;
    }
    free(bohr);
    free(set);
}

/* The curve's terms to its mean, between fit_from and fit_to. */
static Err fit_curve(Work *w, size_t k)
{
    GkRecipeCurve *c = &w->recipe.curve[k];
    Result *o = &w->result[k];
    size_t n = o->curve.n, first = 0, last = n;
    while (first < n && o->r[first] < c->fit_from - 1e-9)
        first++;
    while (last > first && o->r[last - 1] > c->fit_to + 1e-9)
        last--;
    o->first = first;
    o->nfit = last - first;
    double *sigma = MEM_NEW(double, n);
    for (size_t i = 0; i < n; i++)
        sigma[i] = sqrt(o->deviation[i] * o->deviation[i] + pow(c->relative * o->mean[i], 2.0) +
                        c->absolute * c->absolute);
    BornMayerTerm term[BORN_MAYER_TERMS];
    for (size_t t = 0; t < c->nterms; t++)
        term[t] = c->term[t].term;
    Err e = err_prefix(born_mayer_fit(o->nfit, o->r + first, o->mean + first, sigma + first,
                                      c->nterms, term, &o->fit),
                       "curve %s", c->name);
    double meet = 0.0;
    for (size_t t = 0; t < c->nterms; t++) {
        c->term[t].term = term[t];
        meet = fmax(meet, term[t].s1 + term[t].s2);
    }
    for (size_t i = 0; i < n; i++)
        o->fitted[i] = o->r[i] > meet ? born_mayer_sum(c->nterms, term, o->r[i]) : (double)NAN;
    free(sigma);
    return e;
}

static Err compute(Work *w)
{
    w->result = MEM_NEW(Result, w->recipe.ncurves);
    for (size_t k = 0; k < w->recipe.ncurves; k++) {
        compute_curve(w, k);
        TRY(fit_curve(w, k));
    }
    return OK;
}

/* ---- what is said and written ---- */

static const char *const type_name[FF_TYPES] = {"Mg", "B", "H"};

static void describe_curve(const Work *w, size_t k, char **text)
{
    const GkRecipeCurve *c = &w->recipe.curve[k];
    const Result *o = &w->result[k];
    config_append(text,
                  "  %s: # %s with %s, qA qB/R taken off; %zu points %.2f to %.2f A\n"
                  "    rms: \"%.4f eV\"\n    largest: \"%+.4f eV at %.2f A\"\n    chi2: \"%.3f\"\n",
                  c->name, c->a, c->b, o->nfit, c->fit_from, c->fit_to, o->fit.rms, o->fit.largest,
                  o->fit.at, o->fit.chi2);
    for (size_t t = 0; t < c->nterms; t++) {
        const BornMayerTerm *m = &c->term[t].term;
        char *name = c->term_list == NULL
                         ? mem_string("centres, not used in the force field")
                         : mem_format("%s-%s", type_name[c->term[t].i], type_name[c->term[t].j]);
        config_append(text,
                      "    term_%zu: \"%s, %d pairs, A %.4g eV +- %.1f %%, rho %.4f +- %.4f A, C6 "
                      "%.4g +- %.2g eV A^6\"\n",
                      t + 1, name, m->count, m->pair.a, 100.0 * m->error_a, m->pair.rho,
                      m->error_rho, m->pair.c6, m->error_c6);
        free(name);
    }
    config_append(text, "    table: # A: mean of the functionals +- deviation of one, fit; eV\n");
    size_t stride = o->curve.n > 12 ? o->curve.n / 12 : 1;
    for (size_t i = 0; i < o->curve.n; i += stride) {
        config_append(text, "      \"%.2f\": \"%.4f +- %.4f", o->r[i], o->mean[i], o->deviation[i]);
        if (!isnan(o->fitted[i]))
            config_append(text, ", %s %.4f",
                          i >= o->first && i < o->first + o->nfit ? "fit"
                                                                  : "terms, not fitted here,",
                          o->fitted[i]);
        config_append(text, "\"\n");
    }
}

static void append_block(char **text, const char *words)
{
    for (const char *line = words; *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        config_append(text, "  %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
}

static const char *keyword(const GkRecipeSet *s, size_t part)
{
    return part == 0 ? s->kinetic : part == 1 ? s->exchange : s->correlation;
}

static const Functional *functional(const GkRecipeSet *s, size_t part)
{
    const GordonKimSet *f = &s->functionals;
    return part == 0 ? f->kinetic : part == 1 ? f->exchange : f->correlation;
}

/* Does an earlier set have this functional too? */
static bool said_before(const GkRecipe *r, size_t set, size_t part)
{
    for (size_t s = 0; s < set; s++)
        if (strcmp(keyword(&r->set[s], part), keyword(&r->set[set], part)) == 0)
            return true;
    return false;
}

static void describe_sets(const GkRecipe *r, char **text)
{
    for (size_t s = 0; s < r->nsets; s++) {
        const GkRecipeSet *set = &r->set[s];
        config_append(text, "  %s: %s, %s, %s, densities by %s%s\n", set->name, set->kinetic,
                      set->exchange, set->correlation, density_of(r, s),
                      set->functionals.consistent ? ""
                                                  : " (inconsistent: not all LDA, not all GGA)");
    }
    for (size_t s = 0; s < r->nsets; s++)
        for (size_t part = 0; part < 3; part++) {
            if (said_before(r, s, part))
                continue;
            char *references = functional_references(functional(&r->set[s], part));
            append_block(text, references);
            free(references);
        }
}

static char *describe(const Work *w, const char *path)
{
    const GkRecipe *r = &w->recipe;
    const char *slash = strrchr(path, '/');
    char *text = NULL;
    config_append(&text,
                  "source: |\n  paddlewheel fit gordon-kim %s (%s), start %s; %s.\n"
                  "  Frozen-density (Gordon-Kim) energies of pairs of ions, %lld x %lld points: R. "
                  "G. Gordon, Y. S. Kim, J. Chem. Phys. 56, 3122 (1972).\n  Ions:",
                  slash != NULL ? slash + 1 : path, provenance_version(), r->start,
                  functional_library(), (long long)r->points, (long long)r->points);
    for (size_t i = 0; i < r->nions; i++) {
        config_append(&text, "%s %s = %s", i > 0 ? ";" : "", r->ion[i].name, r->ion[i].ion);
        if (!isnan(r->ion[i].watson_radius))
            config_append(&text, " in a Watson sphere of %.4f A", r->ion[i].watson_radius);
    }
    config_append(&text, ".\n  Functionals:\n");
    describe_sets(r, &text);
    if (r->note != NULL)
        append_block(&text, r->note);
    config_append(&text, "residuals:\n");
    for (size_t k = 0; k < r->ncurves; k++)
        describe_curve(w, k, &text);
    if (r->crystal.structure != NULL)
        gk_crystal_describe(r, &w->crystal, &text);
    config_append(&text, "validity: |\n");
    append_block(&text, r->validity);
    return text;
}

/* Charges and bonds of the start; pair terms of the curves only. */
static FfParameters parameters_of(const GkRecipe *r)
{
    FfParameters p = r->parameters;
    snprintf(p.name, sizeof p.name, "%s", r->name);
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j] = (FfPair){0.0, 0.3, 0.0};
    for (size_t k = 0; k < r->ncurves; k++)
        for (size_t t = 0; r->curve[k].term_list != NULL && t < r->curve[k].nterms; t++) {
            const GkRecipeTerm *g = &r->curve[k].term[t];
            p.pair[g->i][g->j] = p.pair[g->j][g->i] = g->term.pair;
        }
    return p;
}

static Err write_parts(H5 *group, const Result *o)
{
    static const char *const what[] = {"coulomb", "kinetic", "exchange", "correlation"};
    size_t nsets = o->curve.nsets, n = o->curve.n, dims[2] = {nsets, n};
    double *short_range = MEM_NEW(double, nsets *n), *part = MEM_NEW(double, nsets *n);
    for (size_t i = 0; i < nsets * n; i++)
        short_range[i] = o->curve.parts[i].short_range * UNITS_HARTREE;
    Err e = h5_write(group, "sets", 2, dims, short_range, "eV",
                     "energy without qA qB/R by each set of functionals");
    for (int k = 0; k < 4 && e == OK; k++) {
        for (size_t i = 0; i < nsets * n; i++) {
            const GordonKimParts *p = &o->curve.parts[i];
            const double value[] = {p->coulomb, p->kinetic, p->exchange, p->correlation};
            part[i] = value[k] * UNITS_HARTREE;
        }
        e = h5_write(group, what[k], 2, dims, part, "eV",
                     k == 0 ? "Coulomb energy of the frozen ions, qA qB/R included"
                            : "nonadditive part of the functional, by each set");
    }
    free(short_range);
    free(part);
    return e;
}

static Err write_curve(H5 *curves, const GkRecipeCurve *c, const Result *o)
{
    H5 *group;
    TRY(h5_group(curves, c->name, &group));
    size_t n = o->curve.n;
    Err e = h5_attr_text(group, NULL, "ions", c->a);
    if (e == OK)
        e = h5_attr_text(group, NULL, "with", c->b);
    if (e == OK)
        e = h5_attr_number(group, NULL, "charges", o->curve.charges);
    const struct {
        const char *name, *unit, *help;
        const double *data;
    } column[] = {
        {"distance", "angstrom", "of the centres of the ions", o->r},
        {"mean", "eV", "energy without qA qB/R, mean of the sets of functionals", o->mean},
        {"deviation", "eV", "standard deviation of one set", o->deviation},
        {"fit", "eV", "terms of the force field, mean over orientations", o->fitted}};
    for (size_t k = 0; k < sizeof column / sizeof *column && e == OK; k++)
        e = h5_write(group, column[k].name, 1, &n, column[k].data, column[k].unit, column[k].help);
    if (e == OK)
        e = write_parts(group, o);
    h5_close_group(group);
    return e;
}

static Err write_members(const Work *w, H5 *file, const char *recipe, const char *description)
{
    const GkRecipe *r = &w->recipe;
    char *inputs = NULL;
    TRY(provenance_add_input(&inputs, "recipe", recipe));
    for (size_t s = 0; s < r->nsets; s++)
        for (size_t part = 0; part < 3; part++)
            functional_cite(functional(&r->set[s], part), &inputs);
    char *provenance =
        provenance_text(w->comm, &(ProvenanceRun){.seed = -1, .finished = true, .inputs = inputs});
    const char **names = MEM_NEW(const char *, r->nsets);
    for (size_t s = 0; s < r->nsets; s++)
        names[s] = r->set[s].name;
    H5 *curves = NULL;
    Err e = h5_write_text(file, "provenance", provenance);
    if (e == OK)
        e = h5_write_text(file, "description", description);
    if (e == OK)
        e = h5_write_texts(file, "sets", r->nsets, names);
    if (e == OK)
        e = h5_group(file, "curves", &curves);
    for (size_t k = 0; k < r->ncurves && e == OK; k++)
        e = write_curve(curves, &r->curve[k], &w->result[k]);
    if (curves != NULL)
        h5_close_group(curves);
    free(names);
    free(provenance);
    free(inputs);
    return e;
}

static Err write_curves(const Work *w, const char *recipe, const char *path,
                        const char *description)
{
    H5 *file;
    TRY(h5_create(path, &file));
    Err e = write_members(w, file, recipe, description);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

/* NAME.yaml -> NAME.curves.h5 */
static char *curves_path(const char *output)
{
    size_t n = strlen(output);
    if (n > 5 && strcmp(output + n - 5, ".yaml") == 0)
        n -= 5;
    return mem_format("%.*s.curves.h5", (int)n, output);
}

static Err write_all(const Work *w, const char *recipe, const char *output)
{
    FfParameters p = parameters_of(&w->recipe);
    char *extra = describe(w, recipe), *curves = curves_path(output);
    fputs(extra, stdout);
    Err e = write_curves(w, recipe, curves, extra);
    if (e == OK)
        e = forcefield_write(output, &p,
                             "Force field of Mg(BH4)2, made by `paddlewheel fit gordon-kim`; "
                             "`paddlewheel explain FILE` prints the formulas.",
                             extra);
    if (e == OK)
        log_info("written: %s, %s", output, curves);
    free(extra);
    free(curves);
    return e;
}

static void work_clear(Work *w)
{
    const GkRecipe *r = &w->recipe;
    for (size_t k = 0; w->result != NULL && k < r->ncurves; k++) {
        Result *o = &w->result[k];
        pair_curve_clear(&o->curve);
        free(o->r);
        free(o->mean);
        free(o->deviation);
        free(o->fitted);
    }
    for (size_t i = 0; w->solution != NULL && i < r->nions * r->nsets; i++)
        radial_ks_clear(&w->solution[i]);
    free(w->result);
    free(w->solution);
    free(w->ion);
    gk_recipe_clear(&w->recipe);
}

static Err run(const Comm *c, const char *recipe, const char *output, bool check)
{
    Work w = {.comm = c};
    Err e = gk_recipe_read(c, recipe, &w.recipe);
    if (e == OK)
        e = solve_ions(&w);
    if (e == OK && check)
        log_info("%zu ions, %zu sets of functionals, %zu curves; nothing was fitted",
                 w.recipe.nions, w.recipe.nsets, w.recipe.ncurves);
    else if (e == OK)
        e = compute(&w);
    if (e == OK && !check && w.recipe.crystal.structure != NULL)
        e = gk_crystal_compute(c, &w.recipe, w.ion, &w.crystal);
    if (e == OK && !check && comm_is_root(c)) {
        char *to = output != NULL ? mem_string(output) : mem_format("%s.yaml", w.recipe.name);
        e = write_all(&w, recipe, to);
        free(to);
    }
    work_clear(&w);
    return comm_agree(c, e);
}

const FitKind fit_gordon_kim = {
    .name = "gordon-kim",
    .help = "pair terms from frozen electron densities and libxc; FILE is NAME.yaml",
    .run = run,
};
