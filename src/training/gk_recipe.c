#include "training/gk_recipe.h"

#include "base/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define TEXT(owner_, key_, member, fallback_, help_)                                               \
    {                                                                                              \
        .key = key_, .kind = CONFIG_TEXT, .fallback = fallback_,                                   \
        .offset = offsetof(owner_, member), .help = help_                                          \
    }
#define QUANTITY(owner_, key_, member, unit_, fallback_, low_, high_, help_)                       \
    {                                                                                              \
        .key = key_, .kind = CONFIG_QUANTITY, .unit = unit_, .fallback = fallback_,                \
        .offset = offsetof(owner_, member), .low = low_, .high = high_, .help = help_              \
    }
#define LIST(owner_, key_, member, fallback_, help_)                                               \
    {                                                                                              \
        .key = key_, .kind = CONFIG_SEQUENCE, .fallback = fallback_,                               \
        .offset = offsetof(owner_, member), .help = help_                                          \
    }

static const ConfigField fields[] = {
    TEXT(GkRecipe, "fit", name, NULL, "name of the potential"),
    TEXT(GkRecipe, "start", start, NULL,
         "potential file that gives charges, bonds and angles; its pair terms are not used"),
    TEXT(GkRecipe, "density", density, "lda_x+lda_c_vwn",
         "libxc functionals of the ions' densities, joined by +"),
    TEXT(GkRecipe, "note", note, "", "where the recipe comes from; goes into the potential file"),
    TEXT(GkRecipe, "validity", validity, NULL, "what the potential is for and what it is bad at"),
    {.key = "points",
     .kind = CONFIG_INTEGER,
     .fallback = "80",
     .offset = offsetof(GkRecipe, points),
     .low = 20,
     .high = 400,
     .help = "of the quadrature in both directions"},
    LIST(GkRecipe, "ions", ion_list, NULL, "[{name, ion, watson_radius}]"),
    LIST(GkRecipe, "functionals", set_list, NULL,
         "[{name, kinetic, exchange, correlation, density}]; their scatter is the uncertainty"),
    LIST(GkRecipe, "curves", curve_list, NULL,
         "[{name, a, b, from, to, step, fit_from, fit_to, terms}]"),
    {.key = "crystal",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     .offset = offsetof(GkRecipe, crystal_map),
     .help = "{structure, Mg, BH4, functionals, spacing, cutoff}: its nonadditive energy on a mesh "
             "against the sum over pairs; absent: none"},
};

static const ConfigField crystal_fields[] = {
    TEXT(GkRecipeCrystal, "structure", structure, NULL, "file of a structure"),
    TEXT(GkRecipeCrystal, "Mg", magnesium, NULL, "ion for its Mg"),
    TEXT(GkRecipeCrystal, "BH4", borohydride, NULL, "ion for its BH4"),
    TEXT(GkRecipeCrystal, "functionals", functionals, NULL, "set, LDA"),
    QUANTITY(GkRecipeCrystal, "spacing", spacing, "A", "0.1 A", 0.02, 0.3, "of the mesh"),
    QUANTITY(GkRecipeCrystal, "cutoff", cutoff, "A", "8 A", 1, 50, "of the pairs"),
};

static const ConfigField ion_fields[] = {
    TEXT(GkRecipeIon, "name", name, NULL, "by which curves call it"),
    TEXT(GkRecipeIon, "ion", ion, NULL, "Mg2+, H-, BH4-, ..."),
    QUANTITY(GkRecipeIon, "watson_radius", watson_radius, "A", "", 0.1, 100,
             "of a sphere with charge +1 that binds an anion; absent: none"),
};

static const ConfigField set_fields[] = {
    TEXT(GkRecipeSet, "name", name, NULL, "of the set"),
    TEXT(GkRecipeSet, "kinetic", kinetic, NULL, "libxc keyword, as lda_k_tf"),
    TEXT(GkRecipeSet, "exchange", exchange, NULL, "libxc keyword, as lda_x"),
    TEXT(GkRecipeSet, "correlation", correlation, NULL, "libxc keyword, as lda_c_vwn"),
    TEXT(GkRecipeSet, "density", density, "", "of the ions in this set; absent: as for all"),
};

static const ConfigField curve_fields[] = {
    TEXT(GkRecipeCurve, "name", name, NULL, "of the curve"),
    TEXT(GkRecipeCurve, "a", a, NULL, "an ion by its name"),
    TEXT(GkRecipeCurve, "b", b, NULL, "another, or the same"),
    QUANTITY(GkRecipeCurve, "from", from, "A", NULL, 0.5, 50, "smallest distance"),
    QUANTITY(GkRecipeCurve, "to", to, "A", NULL, 0.5, 50, "largest distance"),
    QUANTITY(GkRecipeCurve, "step", step, "A", NULL, 1e-3, 10, "between distances"),
    QUANTITY(GkRecipeCurve, "fit_from", fit_from, "A", "", 0.5, 50, "terms are fitted from here"),
    QUANTITY(GkRecipeCurve, "fit_to", fit_to, "A", "", 0.5, 50, "to here; absent: all"),
    QUANTITY(GkRecipeCurve, "relative_error", relative, "1", "0.02", 0, 10,
             "allowed to the fit, of the curve's value"),
    QUANTITY(GkRecipeCurve, "error", absolute, "eV", "2 meV", 1e-6, 10,
             "allowed to the fit; both are added to the scatter of the functionals"),
    LIST(GkRecipeCurve, "terms", term_list, "",
         "[{pair, fit, A, rho, C6}] that carry the curve, averaged over orientations; absent: the "
         "curve is tabulated and fitted as one term between the centres, for comparison only"),
};

typedef struct TermOptions {
    char *pair;
    ConfigTexts fit;
    double a, rho, c6;
} TermOptions;

static const ConfigField term_fields[] = {
    TEXT(TermOptions, "pair", pair, NULL, "as Mg-H"),
    {.key = "fit",
     .kind = CONFIG_TEXTS,
     .fallback = "",
     .offset = offsetof(TermOptions, fit),
     .help = "which of A, rho, C6; absent: none"},
    QUANTITY(TermOptions, "A", a, "eV", "", 0, 1e9, "start if fitted, else the value"),
    QUANTITY(TermOptions, "rho", rho, "A", "", 0.01, 5, "start if fitted, else the value"),
    QUANTITY(TermOptions, "C6", c6, "eV A^6", "", 0, 1e6, "start if fitted, else the value"),
};

/* The message of the last error, said of a key. */
static Err blame(const ConfigNode *node, const char *key)
{
    char *what = mem_string(err_message());
    Err e = config_error(node, key, "%s", what);
    free(what);
    return e;
}

static Err check_density(const ConfigNode *node, const char *names)
{
    Functional *f = NULL;
    if (functional_new(names, 1, &f) != OK)
        return blame(node, "density");
    Err e = functional_is_kinetic(f)
                ? config_error(node, "density", "'%s' is a kinetic functional", names)
                : OK;
    functional_free(f);
    return e;
}

static const char *wrong_key(const GordonKimSet *s)
{
    if (s->kinetic == NULL)
        return "kinetic";
    if (s->exchange == NULL)
        return "exchange";
    if (s->correlation == NULL)
        return "correlation";
    if (!functional_is_kinetic(s->kinetic))
        return "kinetic";
    return functional_is_kinetic(s->exchange) ? "exchange" : "correlation";
}

static Err read_set(const ConfigNode *node, GkRecipeSet *s)
{
    TRY(config_read(node, COUNT(set_fields), set_fields, s));
    if (gordon_kim_set_init(&s->functionals, s->kinetic, s->exchange, s->correlation) != OK)
        return blame(node, wrong_key(&s->functionals));
    return s->density != NULL ? check_density(node, s->density) : OK;
}

static Err read_ion(const ConfigNode *node, GkRecipeIon *i)
{
    TRY(config_read(node, COUNT(ion_fields), ion_fields, i));
    RadialIon known;
    return radial_ks_ion(i->ion, false, &known) == OK ? OK : blame(node, "ion");
}

/* "Mg-H" -> types in rising order. */
static bool types_of(const char *pair, FfType *i, FfType *j)
{
    static const char *const name[FF_TYPES] = {"Mg", "B", "H"};
    for (int a = 0; a < FF_TYPES; a++)
        for (int b = a; b < FF_TYPES; b++) {
            char *one = mem_format("%s-%s", name[a], name[b]),
                 *other = mem_format("%s-%s", name[b], name[a]);
            bool found = strcmp(pair, one) == 0 || strcmp(pair, other) == 0;
            free(one);
            free(other);
            if (found) {
                *i = (FfType)a;
                *j = (FfType)b;
                return true;
            }
        }
    return false;
}

/* How many atoms of a type an ion has, and how far they are from its centre. */
static int atoms_of(const char *ion, FfType type, double bond, double *away)
{
    *away = 0.0;
    if (strcmp(ion, "Mg2+") == 0)
        return type == FF_MG;
    if (strcmp(ion, "H-") == 0)
        return type == FF_H;
    if (strcmp(ion, "BH4-") != 0 || type == FF_MG)
        return 0;
    *away = type == FF_H ? bond : 0.0;
    return type == FF_H ? 4 : 1;
}

static Err choose_fitted(const ConfigNode *node, const TermOptions *o, BornMayerTerm *t)
{
    for (size_t k = 0; k < o->fit.n; k++) {
        const char *what = o->fit.text[k];
        if (strcmp(what, "A") == 0)
            t->fit_a = true;
        else if (strcmp(what, "rho") == 0)
            t->fit_rho = true;
        else if (strcmp(what, "C6") == 0)
            t->fit_c6 = true;
        else
            return config_error(node, "fit", "'%s' is not one of A, rho, C6", what);
    }
    t->pair.a = isnan(o->a) ? (t->fit_a ? 1000.0 : 0.0) : o->a;
    t->pair.rho = isnan(o->rho) ? 0.3 : o->rho;
    t->pair.c6 = isnan(o->c6) ? (t->fit_c6 ? 10.0 : 0.0) : o->c6;
    if ((t->fit_a && t->pair.a <= 0.0) || (t->fit_c6 && t->pair.c6 <= 0.0))
        return config_error(node, "fit", "what is fitted must start above zero");
    return OK;
}

static Err read_term(const GkRecipe *r, const GkRecipeCurve *c, const ConfigNode *node,
                     GkRecipeTerm *t)
{
    TermOptions o;
    TRY(config_read(node, COUNT(term_fields), term_fields, &o));
    const char *a = r->ion[c->ion_a].ion, *b = r->ion[c->ion_b].ion;
    Err e = OK;
    BornMayerTerm *m = &t->term;
    *m = (BornMayerTerm){0};
    if (!types_of(o.pair, &t->i, &t->j)) {
        e = config_error(node, "pair", "'%s' is no pair; write two of Mg, B, H, as Mg-H", o.pair);
    } else {
        double bond = r->parameters.rigid_bond, swapped1, swapped2;
        m->count = atoms_of(a, t->i, bond, &m->s1) * atoms_of(b, t->j, bond, &m->s2);
        int swapped = atoms_of(a, t->j, bond, &swapped1) * atoms_of(b, t->i, bond, &swapped2);
        if (m->count == 0) {
            m->s1 = swapped1;
            m->s2 = swapped2;
        }
        m->count += t->i != t->j || m->count == 0 ? swapped : 0;
        if (m->count == 0)
            e = config_error(node, "pair", "%s and %s have no pair %s", a, b, o.pair);
        else
            e = choose_fitted(node, &o, m);
    }
    config_clear(COUNT(term_fields), term_fields, &o);
    return e;
}

static Err find_ion(const GkRecipe *r, const ConfigNode *node, const char *key, const char *name,
                    size_t *found)
{
    for (*found = 0; *found < r->nions; ++*found)
        if (strcmp(r->ion[*found].name, name) == 0)
            return OK;
    return config_error(node, key, "no ion is named '%s'", name);
}

static Err read_terms(const GkRecipe *r, GkRecipeCurve *c)
{
    if (c->term_list == NULL) { /* between the centres */
        c->nterms = 1;
        c->term[0].term =
            (BornMayerTerm){.count = 1, .pair = {1000.0, 0.3, 0.0}, .fit_a = true, .fit_rho = true};
        return OK;
    }
    size_t n = config_length(c->term_list);
    if (n == 0 || n > BORN_MAYER_TERMS)
        return config_error(c->term_list, "terms", "1 to %d terms", BORN_MAYER_TERMS);
    for (; c->nterms < n; c->nterms++)
        TRY(read_term(r, c, config_item(c->term_list, c->nterms), &c->term[c->nterms]));
    return OK;
}

static Err read_curve(const GkRecipe *r, const ConfigNode *node, GkRecipeCurve *c)
{
    TRY(config_read(node, COUNT(curve_fields), curve_fields, c));
    TRY(find_ion(r, node, "a", c->a, &c->ion_a));
    TRY(find_ion(r, node, "b", c->b, &c->ion_b));
    c->fit_from = isnan(c->fit_from) ? c->from : c->fit_from;
    c->fit_to = isnan(c->fit_to) ? c->to : c->fit_to;
    if (c->to <= c->from)
        return config_error(node, "to", "%g A is not beyond from = %g A", c->to, c->from);
    TRY(read_terms(r, c));
    double least = 0.0;
    for (size_t k = 0; k < c->nterms; k++)
        least = fmax(least, c->term[k].term.s1 + c->term[k].term.s2);
    if (c->fit_from <= least)
        return config_error(node, "fit_from",
                            "atoms of the two ions meet at %g A; the fit must begin beyond", least);
    return OK;
}

static Err read_crystal(GkRecipe *r)
{
    const ConfigNode *node = r->crystal_map;
    GkRecipeCrystal *c = &r->crystal;
    if (node == NULL)
        return OK;
    TRY(config_read(node, COUNT(crystal_fields), crystal_fields, c));
    TRY(find_ion(r, node, "Mg", c->magnesium, &c->mg));
    TRY(find_ion(r, node, "BH4", c->borohydride, &c->bh4));
    for (c->set = 0; c->set < r->nsets; c->set++)
        if (strcmp(r->set[c->set].name, c->functionals) == 0)
            break;
    if (c->set == r->nsets)
        return config_error(node, "functionals", "no set is named '%s'", c->functionals);
    if (functional_is_gga(r->set[c->set].functionals.kinetic) ||
        !r->set[c->set].functionals.consistent)
        return config_error(node, "functionals", "'%s' is no LDA set", c->functionals);
    return OK;
}

static Err read_lists(GkRecipe *r)
{
    size_t nions = config_length(r->ion_list), nsets = config_length(r->set_list),
           ncurves = config_length(r->curve_list);
    r->ion = MEM_NEW(GkRecipeIon, nions);
    r->set = MEM_NEW(GkRecipeSet, nsets);
    r->curve = MEM_NEW(GkRecipeCurve, ncurves);
    /* counted before they are read, so that what an error left half done is cleared */
    while (r->nions < nions) {
        size_t i = r->nions++;
        TRY(read_ion(config_item(r->ion_list, i), &r->ion[i]));
    }
    while (r->nsets < nsets) {
        size_t i = r->nsets++;
        TRY(read_set(config_item(r->set_list, i), &r->set[i]));
    }
    while (r->ncurves < ncurves) {
        size_t i = r->ncurves++;
        TRY(read_curve(r, config_item(r->curve_list, i), &r->curve[i]));
    }
    if (nions == 0 || nsets == 0 || ncurves == 0)
        return config_error(config_root(r->config), nions == 0 ? "ions" : NULL,
                            "ions, functionals and curves need one item at least");
    return read_crystal(r);
}

char *gk_recipe_path(const GkRecipe *r, const char *file)
{
    return config_beside(r->folder, file);
}

static Err read_start(const Comm *c, GkRecipe *r)
{
    char *path = gk_recipe_path(r, r->start);
    Err e = forcefield_read(c, path, &r->parameters);
    free(path);
    if (e != OK)
        return e;
    const double *q = r->parameters.charge;
    if (fabs(q[FF_MG] - 2.0) > 1e-9)
        return config_error(config_root(r->config), "start",
                            "the charge of Mg is %g e; qA qB/R was taken off the curves with the "
                            "formal 2 e, so it must be that",
                            q[FF_MG]);
    return OK;
}

Err gk_recipe_read(const Comm *c, const char *path, GkRecipe *r)
{
    *r = (GkRecipe){0};
    Err e = config_open(c, path, &r->config);
    if (e != OK) {
        r->config = NULL;
        return e;
    }
    e = config_read(config_root(r->config), COUNT(fields), fields, r);
    if (e != OK)
        return e;
    r->folder = config_folder(r->config);
    e = read_start(c, r); /* Collective; what follows reads the same bytes on all ranks */
    if (e == OK)
        e = check_density(config_root(r->config), r->density);
    return e == OK ? read_lists(r) : e;
}

void gk_recipe_clear(GkRecipe *r)
{
    for (size_t i = 0; i < r->nions; i++)
        config_clear(COUNT(ion_fields), ion_fields, &r->ion[i]);
    for (size_t i = 0; i < r->nsets; i++) {
        config_clear(COUNT(set_fields), set_fields, &r->set[i]);
        gordon_kim_set_clear(&r->set[i].functionals);
    }
    for (size_t i = 0; i < r->ncurves; i++)
        config_clear(COUNT(curve_fields), curve_fields, &r->curve[i]);
    config_clear(COUNT(crystal_fields), crystal_fields, &r->crystal);
    free(r->ion);
    free(r->set);
    free(r->curve);
    if (r->folder != NULL)
        config_clear(COUNT(fields), fields, r);
    free(r->folder);
    if (r->config != NULL)
        config_close(r->config);
    *r = (GkRecipe){0};
}
