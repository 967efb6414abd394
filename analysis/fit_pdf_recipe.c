#include "analysis/fit_pdf_recipe.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
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
#define CHOICE(key_, member, choices_, fallback_, help_)                                           \
    {                                                                                              \
        .key = key_, .kind = CONFIG_CHOICE, .choices = choices_, .fallback = fallback_,            \
        .offset = offsetof(FitPdfRecipe, member), .help = help_                                    \
    }
#define LIST(key_, member, fallback_, help_)                                                       \
    {                                                                                              \
        .key = key_, .kind = CONFIG_SEQUENCE, .fallback = fallback_,                               \
        .offset = offsetof(FitPdfRecipe, member), .help = help_                                    \
    }

static const ConfigField fields[] = {
    TEXT(FitPdfRecipe, "fit", name, NULL,
         "name of the refinement; results are NAME.h5, .fgr, .cif"),
    TEXT(FitPdfRecipe, "data", data, NULL, "G(r), .gr file of PDFgetX3 or of this program"),
    TEXT(FitPdfRecipe, "structure", structure, NULL, "CIF"),
    TEXT(FitPdfRecipe, "symmetry", symmetry, "",
         "subgroup by its Hermann-Mauguin name in which to refine; absent: as the CIF has it"),
    TEXT(FitPdfRecipe, "note", note, "", "what the model is; goes into the results"),
    QUANTITY(FitPdfRecipe, "rmin", rmin, "A", NULL, 0.0, 1000, "first r of the fit"),
    QUANTITY(FitPdfRecipe, "rmax", rmax, "A", NULL, 0.0, 1000, "last r of the fit"),
    CHOICE(
        "weights", weights, CRYSTAL_WEIGHTS_NAMES, "",
        "f(Q) of neutral atoms, of ions, of computed densities; atomic numbers as PDFgui has it; "
        "neutron lengths; absent: neutron or neutral, as the data say"),
    QUANTITY(FitPdfRecipe, "qmin", qmin, "1/A", "", 0, 70, "absent: as the data say, else 0"),
    QUANTITY(FitPdfRecipe, "qmax", qmax, "1/A", "", 0, 75,
             "of the transform, 0: no cut; absent: as the data say"),
    {.key = "lorch",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(FitPdfRecipe, lorch),
     .help = "the data were made with a Lorch window"},
    CHOICE("normalisation", normalisation, "r_ij|r", "r_ij",
           "peaks are divided by the distance of the pair, or by r as PDFfit2 does"),
    CHOICE("envelope", envelope, "before_cut|after_cut", "before_cut",
           "Qdamp before the cut at Qmax (instrument, PDFfit2) or after it (libdiffpy)"),
    CHOICE("errors", errors, "uniform|file", "uniform",
           "all points alike with an error estimated from the residuals; or the data's dG"),
    CHOICE("noise", noise, "band|white", "",
           "for e.s.d.s: white in Q up to Qmax, so that near points are correlated; or independent "
           "points as PDFgui takes them; absent: band if there is a Qmax"),
    QUANTITY(FitPdfRecipe, "scale", shape.scale, "1", "1", 0, 1e6, "of G(r)"),
    QUANTITY(FitPdfRecipe, "delta1", shape.delta1, "A", "0 A", 0, 10, "correlated motion, 1/r"),
    QUANTITY(FitPdfRecipe, "delta2", shape.delta2, "A^2", "0 A^2", 0, 20,
             "correlated motion, 1/r^2"),
    QUANTITY(FitPdfRecipe, "qdamp", shape.qdamp, "1/A", "", 0, 1,
             "absent: as the data say, else 0"),
    QUANTITY(FitPdfRecipe, "qbroad", shape.qbroad, "1/A", "", 0, 1,
             "absent: as the data say, else 0"),
    QUANTITY(FitPdfRecipe, "sratio", shape.sratio, "1", "1", 0.1, 3,
             "peak widths below rcut times this"),
    QUANTITY(FitPdfRecipe, "rcut", shape.rcut, "A", "0 A", 0, 100, "where sratio ends"),
    LIST("sites", site_list, "",
         "[{site, U, Uij, occupancy}] of sites or elements; otherwise as in the CIF, else U 0.01 "
         "A^2 and "
         "occupancy 1"),
    LIST("moves", move_list, "",
         "[{name, site, direction, start}] displacements that can be refined"),
    LIST("refine", refine_list, NULL, "[{name, start, low, high}] parameters, analysis/fit_pdf.h"),
};

typedef struct SiteOptions {
    char *site;
    double u, occupancy;
    ConfigList uij;
} SiteOptions;

static const ConfigField site_fields[] = {
    TEXT(SiteOptions, "site", site, NULL, "label of a site, or an element"),
    QUANTITY(SiteOptions, "U", u, "A^2", "", 5e-4, 1, "isotropic mean square displacement"),
    {.key = "Uij",
     .kind = CONFIG_QUANTITIES,
     .unit = "A^2",
     .fallback = "",
     .offset = offsetof(SiteOptions, uij),
     .help = "[U11, U22, U33, U12, U13, U23] as in CIF"},
    QUANTITY(SiteOptions, "occupancy", occupancy, "1", "", 0, 2, "of the site"),
};

typedef struct MoveOptions {
    char *name, *site;
    ConfigList direction;
    double start;
} MoveOptions;

static const ConfigField move_fields[] = {
    TEXT(MoveOptions, "name", name, NULL, "by which `refine` calls it"),
    TEXT(MoveOptions, "site", site, NULL, "label of a site"),
    {.key = "direction",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .offset = offsetof(MoveOptions, direction),
     .help = "along a, b, c"},
    QUANTITY(MoveOptions, "start", start, "A", "0 A", -2, 2, "where the site is put along it"),
};

typedef struct RefineOptions {
    char *name, *start, *low, *high;
} RefineOptions;

static const ConfigField refine_fields[] = {
    TEXT(RefineOptions, "name", name, NULL, "scale, a, U.H, x.B1, occ.H, ..."),
    TEXT(RefineOptions, "start", start, "", "with its unit; absent: as in the model"),
    TEXT(RefineOptions, "low", low, "", "least value allowed"),
    TEXT(RefineOptions, "high", high, "", "greatest value allowed"),
};

char *fit_pdf_recipe_document(void)
{
    char *text = NULL;
    config_document(&text, COUNT(fields), fields);
    return text;
}

/* ---- sites ---- */

static Err set_site(FitPdfRecipe *r, const ConfigNode *node, const SiteOptions *o)
{
    Crystal *c = &r->model.crystal;
    int found = 0;
    bool by_label = false;
    for (int k = 0; k < c->nsite; k++)
        by_label = by_label || strcmp(c->site[k].label, o->site) == 0;
    for (int k = 0; k < c->nsite; k++) {
        CrystalSite *s = &c->site[k];
        if (strcmp(by_label ? s->label : s->species->symbol, o->site) != 0)
            continue;
        found++;
        if (!isnan(o->occupancy))
            s->occupancy = o->occupancy;
        if (!isnan(o->u)) {
            s->uiso = o->u;
            s->anisotropic = false;
        }
        if (o->uij.n == 0)
            continue;
        if (o->uij.n != CRYSTAL_TENSOR)
            return config_error(node, "Uij", "%zu values; U11, U22, U33, U12, U13, U23 are needed",
                                o->uij.n);
        s->anisotropic = true;
        memcpy(s->u, o->uij.value, sizeof s->u);
        if (!crystal_allows_u(c, k, s->u))
            return config_error(node, "Uij", "the symmetry of site %s forbids these values",
                                s->label);
    }
    return found > 0 ? OK : config_error(node, "site", "no site or element '%s'", o->site);
}

static Err read_sites(FitPdfRecipe *r)
{
    Err e = OK;
    for (int k = 0; k < r->model.crystal.nsite; k++) {
        CrystalSite *s = &r->model.crystal.site[k];
        if (s->uiso == 0.0) /* the CIF has none */
            s->uiso = 0.01;
    }
    for (size_t i = 0; r->site_list != NULL && i < config_length(r->site_list) && e == OK; i++) {
        SiteOptions o;
        const ConfigNode *node = config_item(r->site_list, i);
        TRY(config_read(node, COUNT(site_fields), site_fields, &o));
        e = set_site(r, node, &o);
        config_clear(COUNT(site_fields), site_fields, &o);
    }
    return e;
}

static Err set_move(FitPdfRecipe *r, const ConfigNode *node, const MoveOptions *o)
{
    FitPdfModel *m = &r->model;
    int site = 0;
    while (site < m->crystal.nsite && strcmp(m->crystal.site[site].label, o->site) != 0)
        site++;
    if (site == m->crystal.nsite)
        return config_error(node, "site", "no site '%s'", o->site);
    if (o->direction.n != 3)
        return config_error(node, "direction", "%zu numbers; three are needed", o->direction.n);
    TRY(config_place_error(node, "direction",
                           fit_pdf_add_move(m, o->name, site, o->direction.value)));
    for (int k = 0; k < 3; k++)
        m->crystal.site[site].s[k] += o->start * m->move[m->nmoves - 1].direction[k];
    return OK;
}

static Err read_moves(FitPdfRecipe *r)
{
    Err e = OK;
    for (size_t i = 0; r->move_list != NULL && i < config_length(r->move_list) && e == OK; i++) {
        MoveOptions o;
        const ConfigNode *node = config_item(r->move_list, i);
        TRY(config_read(node, COUNT(move_fields), move_fields, &o));
        e = set_move(r, node, &o);
        config_clear(COUNT(move_fields), move_fields, &o);
    }
    return e;
}

static Err number(const ConfigNode *node, const char *key, const char *text, const char *unit,
                  double *value)
{
    if (text == NULL || text[0] == '\0')
        return OK;
    return config_place_error(node, key, units_parse(text, unit, value));
}

static Err set_parameter(FitPdfRecipe *r, const ConfigNode *node, const RefineOptions *o)
{
    FitPdfModel *m = &r->model;
    TRY(config_place_error(node, "name", fit_pdf_refine(m, o->name)));
    FitPdfParameter *p = &m->parameter[m->nparameters - 1];
    const char *unit = fit_pdf_unit(p);
    TRY(number(node, "start", o->start, unit, &p->value));
    TRY(number(node, "low", o->low, unit, &p->low));
    TRY(number(node, "high", o->high, unit, &p->high));
    if (!(p->low < p->high))
        return config_error(node, o->low != NULL ? "low" : "high", "%s: %g is not below %g",
                            p->name, p->low, p->high);
    if (p->value < p->low || p->value > p->high)
        return config_error(node, o->start != NULL ? "start" : "name",
                            "%s starts at %g %s, outside %g to %g", p->name, p->value, unit, p->low,
                            p->high);
    return OK;
}

static Err read_parameters(FitPdfRecipe *r)
{
    Err e = OK;
    if (config_length(r->refine_list) == 0)
        return config_error(config_root(r->config), "refine", "names no parameter");
    for (size_t i = 0; i < config_length(r->refine_list) && e == OK; i++) {
        RefineOptions o;
        const ConfigNode *node = config_item(r->refine_list, i);
        TRY(config_read(node, COUNT(refine_fields), refine_fields, &o));
        e = set_parameter(r, node, &o);
        config_clear(COUNT(refine_fields), refine_fields, &o);
    }
    return e;
}

/* ---- data ---- */

static double first_number(double said, double data, double otherwise)
{
    return !isnan(said) ? said : !isnan(data) ? data : otherwise;
}

static Err set_window(FitPdfRecipe *r)
{
    const ConfigNode *root = config_root(r->config);
    CrystalPdfOptions *o = &r->model.options;
    const PdfData *d = &r->curve;
    double qmax = first_number(r->qmax, d->qmax, (double)NAN);
    if (isnan(qmax))
        return config_error(root, NULL, "qmax: neither here nor in %s; give it (0 1/A: no cut)",
                            r->data);
    *o = (CrystalPdfOptions){
        .weights = r->weights >= 0 ? (CrystalWeights)r->weights
                   : d->neutron    ? CRYSTAL_NEUTRON
                                   : CRYSTAL_NEUTRAL,
        .by_r = r->normalisation == 1,
        .qmin = qmax > 0.0 ? first_number(r->qmin, d->qmin, 0.0) : 0.0,
        .qmax = qmax,
        .lorch = r->lorch,
        .envelope_last = r->envelope == 1,
    };
    if (qmax > 0.0 && o->qmin >= qmax)
        return config_error(root, "qmin", "%g 1/A is not below qmax = %g 1/A", o->qmin, qmax);
    if (!(qmax > 0.0) && o->weights != CRYSTAL_CONSTANT_Z && o->weights != CRYSTAL_NEUTRON)
        return config_error(root, "weights",
                            "%s need a qmax: form factors are divided out in Q; without a cut only "
                            "constant_Z and neutron can be had",
                            crystal_pdf_weights_name(o->weights));
    if (r->noise == 0 && !(qmax > 0.0))
        return config_error(root, "noise", "band needs a qmax");
    r->band = r->noise == 0 || (r->noise < 0 && qmax > 0.0);
    r->shape.qdamp = first_number(r->shape.qdamp, d->qdamp, 0.0);
    r->shape.qbroad = first_number(r->shape.qbroad, d->qbroad, 0.0);
    r->model.shape = r->shape;
    return OK;
}

static Err set_range(FitPdfRecipe *r)
{
    const ConfigNode *root = config_root(r->config);
    const PdfData *d = &r->curve;
    if (d->curve != PDF_GR)
        return config_error(root, "data", "%s is no G(r); the name must end in .gr", r->data);
    if (r->rmax <= r->rmin)
        return config_error(root, "rmax", "%g A is not beyond rmin = %g A", r->rmax, r->rmin);
    size_t last = d->n;
    while (r->first < d->n && (d->x[r->first] < r->rmin - 1e-9 || !(d->x[r->first] > 0.0)))
        r->first++;
    while (last > r->first && d->x[last - 1] > r->rmax + 1e-9)
        last--;
    r->n = last - r->first;
    if (r->n < 2)
        return config_error(root, "rmin", "no points between %g and %g A; %s has %g to %g A",
                            r->rmin, r->rmax, r->data, d->x[0], d->x[d->n - 1]);
    if (r->errors == 1 && d->error == NULL)
        return config_error(root, "errors", "%s has no standard errors", r->data);
    return OK;
}

/* A file on all ranks, by what reads its bytes. Collective. */
static Err read_data(const Comm *c, FitPdfRecipe *r)
{
    char *bytes, *path = config_beside(r->folder, r->data);
    size_t n;
    Err e = comm_read_file(c, path, &bytes, &n);
    if (e == OK) {
        e = pdf_files_read(path, bytes, n, &r->curve);
        free(bytes);
    }
    free(path);
    return e;
}

static Err read_structure(const Comm *c, FitPdfRecipe *r)
{
    char *bytes, *path = config_beside(r->folder, r->structure);
    size_t n;
    Err e = comm_read_file(c, path, &bytes, &n);
    if (e == OK) {
        const char *group = r->symmetry != NULL && r->symmetry[0] != '\0' ? r->symmetry : NULL;
        e = crystal_from_cif(path, bytes, n, group, &r->model.crystal);
        free(bytes);
        e = config_place_error(config_root(r->config), group != NULL ? "symmetry" : "structure", e);
    }
    free(path);
    return e;
}

Err fit_pdf_recipe_read(const Comm *c, const char *path, FitPdfRecipe *r)
{
    *r = (FitPdfRecipe){0};
    Err e = config_open(c, path, &r->config);
    if (e != OK) {
        r->config = NULL;
        return e;
    }
    e = config_read(config_root(r->config), COUNT(fields), fields, r);
    if (e != OK)
        return e;
    r->folder = config_folder(r->config);
    e = read_data(c, r); /* Collective; all ranks read the same bytes and so come to the same */
    if (e == OK)
        e = read_structure(c, r);
    if (e == OK)
        e = set_range(r);
    if (e == OK)
        e = set_window(r);
    if (e == OK)
        e = read_sites(r);
    if (e == OK)
        e = read_moves(r);
    if (e == OK)
        e = read_parameters(r);
    return e;
}

void fit_pdf_recipe_clear(FitPdfRecipe *r)
{
    pdf_data_clear(&r->curve);
    fit_pdf_clear(&r->model);
    if (r->folder != NULL)
        config_clear(COUNT(fields), fields, r);
    free(r->folder);
    if (r->config != NULL)
        config_close(r->config);
    *r = (FitPdfRecipe){0};
}

FitPdfData fit_pdf_recipe_data(const FitPdfRecipe *r)
{
    return (FitPdfData){.n = r->n,
                        .r = r->curve.x + r->first,
                        .g = r->curve.y + r->first,
                        .error = r->errors == 1 ? r->curve.error + r->first : NULL,
                        .band = r->band};
}
