/* Parameters of a real-space refinement: what a name means, and what a value does to the crystal. */
#include "analysis/fit_pdf.h"

#include "base/mem.h"
#include "base/vec.h"
#include "store/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    FitPdfKind kind;
    double low, high;
} curve_names[] = {
    {"scale", FIT_PDF_SCALE, 0.0, 1e6},    {"delta1", FIT_PDF_DELTA1, 0.0, 10.0},
    {"delta2", FIT_PDF_DELTA2, 0.0, 20.0}, {"qdamp", FIT_PDF_QDAMP, 0.0, 1.0},
    {"qbroad", FIT_PDF_QBROAD, 0.0, 1.0},  {"sratio", FIT_PDF_SRATIO, 0.1, 3.0},
};
enum { CURVE_NAMES = sizeof curve_names / sizeof curve_names[0] };

static const char *const TENSOR[CRYSTAL_TENSOR] = {"U11", "U22", "U33", "U12", "U13", "U23"};
static const char *const COORDINATE[3] = {"x", "y", "z"};

void fit_pdf_clear(FitPdfModel *m)
{
    for (size_t k = 0; k < m->nparameters; k++)
        free(m->parameter[k].site);
    free(m->parameter);
    free(m->move);
    crystal_clear(&m->crystal);
    *m = (FitPdfModel){0};
}

const char *fit_pdf_unit(const FitPdfParameter *p)
{
    switch (p->kind) {
    case FIT_PDF_DELTA1:
    case FIT_PDF_MOVE:
        return "A";
    case FIT_PDF_DELTA2:
    case FIT_PDF_UISO:
    case FIT_PDF_UIJ:
        return "A^2";
    case FIT_PDF_QDAMP:
    case FIT_PDF_QBROAD:
        return "1/A";
    case FIT_PDF_CELL:
        return p->component < 3 ? "A" : "degree";
    default:
        return "1";
    }
}

/* "y, x+..." what is free of a kind, for messages. New string. */
static char *list_free(int n, const int component[], const char *const names[])
{
    char *text = NULL;
    for (int k = 0; k < n; k++)
        config_append(&text, "%s%s", k > 0 ? ", " : "", names[component[k]]);
    return text != NULL ? text : mem_string("none");
}

Err fit_pdf_add_move(FitPdfModel *m, const char *name, int site, const double direction[3])
{
    Cell cell;
    double x[3];
    crystal_cell(&m->crystal, &cell);
    cell_to_cartesian(&cell, direction, x);
    double length = vec_norm(x);
    if (!(length > 0.0))
        return err_set(ERR_INPUT, "direction: has no length");
    if (!crystal_allows_move(&m->crystal, site, direction)) {
        int component[3];
        double pattern[3][3];
        int n = crystal_free_position(&m->crystal, site, component, pattern);
        char *list = list_free(n, component, COORDINATE);
        Err e = err_set(ERR_INPUT,
                        "direction: the symmetry of site %s forbids this displacement; free "
                        "coordinates: %s (a subgroup in `symmetry` frees more)",
                        m->crystal.site[site].label, list);
        free(list);
        return e;
    }
    m->move = mem_resize(m->move, m->nmoves, m->nmoves + 1, sizeof *m->move);
    FitPdfMove *v = &m->move[m->nmoves++];
    snprintf(v->name, sizeof v->name, "%s", name);
    v->site = site;
    for (int k = 0; k < 3; k++)
        v->direction[k] = direction[k] / length;
    return OK;
}

/* ---- names ---- */

/* Sites that X means; false if none. */
static bool sites_of(const Crystal *c, const char *x, bool site[], int *count, int *first)
{
    *count = 0;
    bool by_label = false;
    for (int k = 0; k < c->nsite; k++)
        by_label = by_label || strcmp(c->site[k].label, x) == 0;
    for (int k = 0; k < c->nsite; k++) {
        site[k] = strcmp(by_label ? c->site[k].label : c->site[k].species->symbol, x) == 0;
        if (site[k] && (*count)++ == 0)
            *first = k;
    }
    return *count > 0;
}

static Err unknown_site(const Crystal *c, const char *name, const char *x)
{
    char *list = NULL;
    for (int k = 0; k < c->nsite; k++)
        config_append(&list, "%s%s", k > 0 ? ", " : "", c->site[k].label);
    Err e = err_set(ERR_INPUT, "'%s': no site or element '%s'; sites: %s", name, x, list);
    free(list);
    return e;
}

static Err not_free(const char *name, const char *site, int n, const int component[],
                    const char *const names[])
{
    char *list = list_free(n, component, names);
    Err e = err_set(ERR_INPUT, "'%s': symmetry fixes it or ties it to others on site %s; free: %s",
                    name, site, list);
    free(list);
    return e;
}

static Err one_site(const char *name, const char *x, int count)
{
    return count == 1 ? OK
                      : err_set(ERR_INPUT, "'%s': %s means %d sites; this parameter belongs to one",
                                name, x, count);
}

static Err as_u(const FitPdfModel *m, int site, int which, const char *name, FitPdfParameter *p)
{
    int component[CRYSTAL_TENSOR];
    double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR];
    const CrystalSite *s = &m->crystal.site[site];
    if (!s->anisotropic)
        return err_set(ERR_INPUT, "'%s': site %s is isotropic; give it Uij, or refine U.%s", name,
                       s->label, s->label);
    int n = crystal_free_u(&m->crystal, site, component, pattern);
    for (int k = 0; k < n; k++)
        if (component[k] == which) {
            p->kind = FIT_PDF_UIJ;
            p->component = which;
            memcpy(p->pattern, pattern[k], sizeof p->pattern);
            p->low = which < 3 ? 5e-4 : -1.0;
            p->high = 1.0;
            p->start = s->u[which];
            return OK;
        }
    return not_free(name, s->label, n, component, TENSOR);
}

static Err as_position(const FitPdfModel *m, int site, int which, const char *name,
                       FitPdfParameter *p)
{
    int component[3];
    double pattern[3][3];
    const CrystalSite *s = &m->crystal.site[site];
    int n = crystal_free_position(&m->crystal, site, component, pattern);
    for (int k = 0; k < n; k++)
        if (component[k] == which) {
            p->kind = FIT_PDF_POSITION;
            p->component = which;
            memcpy(p->pattern, pattern[k], sizeof pattern[k]);
            p->start = s->s[which];
            p->low = p->start - 0.25;
            p->high = p->start + 0.25;
            return OK;
        }
    return not_free(name, s->label, n, component, COORDINATE);
}

static Err as_isotropic(const FitPdfModel *m, const char *name, FitPdfParameter *p, int first)
{
    for (int k = 0; k < m->crystal.nsite; k++)
        if (p->site[k] && m->crystal.site[k].anisotropic)
            return err_set(ERR_INPUT, "'%s': site %s is anisotropic; refine U11.%s and so on", name,
                           m->crystal.site[k].label, m->crystal.site[k].label);
    p->kind = FIT_PDF_UISO;
    p->low = 5e-4;
    p->high = 1.0;
    p->start = m->crystal.site[first].uiso;
    return OK;
}

/* KEY.X */
static Err of_site(const FitPdfModel *m, const char *name, FitPdfParameter *p)
{
    const char *dot = strchr(name, '.'), *x = dot + 1;
    size_t length = (size_t)(dot - name);
    int count, first = 0;
    p->site = MEM_NEW(bool, m->crystal.nsite);
    if (!sites_of(&m->crystal, x, p->site, &count, &first))
        return unknown_site(&m->crystal, name, x);
    if (length == 1 && name[0] == 'U')
        return as_isotropic(m, name, p, first);
    if (length == 3 && strncmp(name, "occ", 3) == 0) {
        p->kind = FIT_PDF_OCCUPANCY;
        p->low = 0.0;
        p->high = 2.0;
        p->start = m->crystal.site[first].occupancy;
        return OK;
    }
    for (int k = 0; k < CRYSTAL_TENSOR; k++)
        if (length == 3 && strncmp(name, TENSOR[k], 3) == 0) {
            TRY(one_site(name, x, count));
            return as_u(m, first, k, name, p);
        }
    for (int k = 0; k < 3; k++)
        if (length == 1 && name[0] == COORDINATE[k][0]) {
            TRY(one_site(name, x, count));
            return as_position(m, first, k, name, p);
        }
    return err_set(ERR_INPUT,
                   "'%s': of a site there are x, y, z, U, U11, U22, U33, U12, U13, U23, occ", name);
}

static double *shape_value(CrystalPdfShape *s, FitPdfKind kind)
{
    double *const at[] = {&s->scale, &s->delta1, &s->delta2, &s->qdamp, &s->qbroad, &s->sratio};
    return kind <= FIT_PDF_SRATIO ? at[kind] : NULL;
}

static Err as_cell(const FitPdfModel *m, int which, FitPdfParameter *p)
{
    int component[CRYSTAL_TENSOR];
    double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR];
    int n = crystal_free_cell(&m->crystal, component, pattern);
    for (int k = 0; k < n; k++)
        if (component[k] == which) {
            p->kind = FIT_PDF_CELL;
            p->component = which;
            p->start = crystal_cell_get(&m->crystal, which);
            p->low = 0.8 * p->start;
            p->high = 1.25 * p->start;
            return OK;
        }
    char *list = NULL;
    for (int k = 0; k < n; k++)
        config_append(&list, "%s%s", k > 0 ? ", " : "", crystal_cell_name(component[k]));
    Err e = err_set(ERR_INPUT, "'%s': the space group fixes it or ties it to others; free: %s",
                    p->name, list);
    free(list);
    return e;
}

static Err no_such(const FitPdfModel *m, const char *name)
{
    const char *known[CURVE_NAMES + CRYSTAL_TENSOR];
    size_t n = 0;
    (void)m;
    for (size_t k = 0; k < CURVE_NAMES; k++)
        known[n++] = curve_names[k].name;
    for (int k = 0; k < CRYSTAL_TENSOR; k++)
        known[n++] = crystal_cell_name(k);
    const char *near = config_nearest(name, n, known);
    return err_set(ERR_INPUT,
                   "'%s' is no parameter%s%s%s; there are scale, delta1, delta2, qdamp, qbroad, "
                   "sratio, a, b, c, alpha, beta, gamma, x.SITE, U.SITE, U11.SITE, occ.SITE and "
                   "moves",
                   name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static Err parse(FitPdfModel *m, const char *name, FitPdfParameter *p)
{
    for (size_t k = 0; k < CURVE_NAMES; k++)
        if (strcmp(name, curve_names[k].name) == 0) {
            p->kind = curve_names[k].kind;
            p->low = curve_names[k].low;
            p->high = curve_names[k].high;
            p->start = *shape_value(&m->shape, p->kind);
            return OK;
        }
    for (int k = 0; k < CRYSTAL_TENSOR; k++)
        if (strcmp(name, crystal_cell_name(k)) == 0)
            return as_cell(m, k, p);
    for (size_t k = 0; k < m->nmoves; k++)
        if (strcmp(name, m->move[k].name) == 0) {
            p->kind = FIT_PDF_MOVE;
            p->low = -2.0;
            p->high = 2.0;
            memcpy(p->pattern, m->move[k].direction, sizeof m->move[k].direction);
            p->site = MEM_NEW(bool, m->crystal.nsite);
            p->site[m->move[k].site] = true;
            return OK;
        }
    return strchr(name, '.') != NULL ? of_site(m, name, p) : no_such(m, name);
}

/* Do two parameters set the same thing? */
static bool clash(const FitPdfModel *m, const FitPdfParameter *a, const FitPdfParameter *b)
{
    if (a->kind != b->kind || a->component != b->component)
        return false;
    if (a->kind == FIT_PDF_MOVE)
        return strcmp(a->name, b->name) == 0;
    if (a->site == NULL)
        return true;
    for (int k = 0; k < m->crystal.nsite; k++)
        if (a->site[k] && b->site[k])
            return true;
    return false;
}

Err fit_pdf_refine(FitPdfModel *m, const char *name)
{
    FitPdfParameter p = {0};
    snprintf(p.name, sizeof p.name, "%s", name);
    Err e = parse(m, name, &p);
    for (size_t k = 0; k < m->nparameters && e == OK; k++)
        if (clash(m, &p, &m->parameter[k]))
            e = strcmp(name, m->parameter[k].name) == 0
                    ? err_set(ERR_INPUT, "'%s' is given twice", name)
                    : err_set(ERR_INPUT, "'%s' sets what '%s' sets", name, m->parameter[k].name);
    if (e != OK) {
        free(p.site);
        return e;
    }
    p.value = p.start;
    p.error = (double)NAN;
    m->parameter = mem_resize(m->parameter, m->nparameters, m->nparameters + 1, sizeof p);
    m->parameter[m->nparameters++] = p;
    return OK;
}

/* ---- what values do ---- */

static void apply_site(const FitPdfParameter *p, double value, CrystalSite *s)
{
    switch (p->kind) {
    case FIT_PDF_UISO:
        s->uiso = value;
        break;
    case FIT_PDF_OCCUPANCY:
        s->occupancy = value;
        break;
    case FIT_PDF_UIJ:
        for (int k = 0; k < CRYSTAL_TENSOR; k++)
            s->u[k] += (value - p->start) * p->pattern[k];
        break;
    case FIT_PDF_POSITION:
    case FIT_PDF_MOVE:
        for (int k = 0; k < 3; k++)
            s->s[k] += (value - p->start) * p->pattern[k];
        break;
    default:
        break;
    }
}

void fit_pdf_apply(const FitPdfModel *m, const double values[], Crystal *c, CrystalPdfShape *shape)
{
    crystal_copy(c, &m->crystal);
    *shape = m->shape;
    for (size_t k = 0; k < m->nparameters; k++) {
        const FitPdfParameter *p = &m->parameter[k];
        double *at = shape_value(shape, p->kind);
        if (at != NULL)
            *at = values[k];
        if (p->kind == FIT_PDF_CELL)
            crystal_cell_set(c, p->component, values[k]);
        for (int s = 0; p->site != NULL && s < c->nsite; s++)
            if (p->site[s])
                apply_site(p, values[k], &c->site[s]);
    }
}

static void difference(const CrystalAtoms *plus, const CrystalAtoms *minus, double twice, int natom,
                       CrystalAtoms *out)
{
    for (int k = 0; k < 9; k++)
        out->h[k / 3][k % 3] = (plus->h[k / 3][k % 3] - minus->h[k / 3][k % 3]) / twice;
    for (int i = 0; i < natom; i++) {
        for (int k = 0; k < 3; k++)
            out->x[i][k] = (plus->x[i][k] - minus->x[i][k]) / twice;
        for (int k = 0; k < CRYSTAL_TENSOR; k++)
            out->u[i][k] = (plus->u[i][k] - minus->u[i][k]) / twice;
        out->occupancy[i] = (plus->occupancy[i] - minus->occupancy[i]) / twice;
    }
}

/* Where the atoms are is linear in nearly all parameters and smooth in the cell, so central differences of positions and
 * U are good to 1e-10; the derivatives of G that follow from them are analytic. */
static void fill_slope(const FitPdfModel *m, const double values[], size_t k, CrystalSlope *slope)
{
    FitPdfParameter *p = &m->parameter[k];
    double *at = shape_value(&slope->shape, p->kind), *v;
    slope->shape = (CrystalPdfShape){0};
    slope->moves = at == NULL;
    if (at != NULL) {
        *at = 1.0;
        return;
    }
    int natom = m->crystal.natom;
    CrystalAtoms side[2];
    double h = p->kind == FIT_PDF_CELL ? 1e-5 * fabs(values[k]) : 1e-5;
    v = MEM_NEW(double, m->nparameters);
    memcpy(v, values, m->nparameters * sizeof *v);
    for (int i = 0; i < 2; i++) {
        Crystal c;
        CrystalPdfShape unused;
        v[k] = values[k] + (i == 0 ? h : -h);
        fit_pdf_apply(m, v, &c, &unused);
        crystal_atoms_init(&side[i], natom);
        crystal_place(&c, &side[i]);
        crystal_clear(&c);
    }
    crystal_atoms_init(&slope->atoms, natom);
    difference(&side[0], &side[1], 2.0 * h, natom, &slope->atoms);
    crystal_atoms_clear(&side[0]);
    crystal_atoms_clear(&side[1]);
    free(v);
}

Err fit_pdf_model(const FitPdfModel *m, CrystalPdf *pdf, const double values[], size_t n,
                  double g[], double dg[])
{
    Crystal c;
    CrystalPdfShape shape;
    CrystalAtoms atoms;
    size_t nslopes = dg != NULL ? m->nparameters : 0;
    CrystalSlope *slope = MEM_NEW(CrystalSlope, nslopes);
    (void)n;
    fit_pdf_apply(m, values, &c, &shape);
    crystal_atoms_init(&atoms, c.natom);
    crystal_place(&c, &atoms);
    for (size_t k = 0; k < nslopes; k++)
        fill_slope(m, values, k, &slope[k]);
    Err e = crystal_pdf_compute(pdf, &c, &atoms, &shape, nslopes, slope, g, dg);
    for (size_t k = 0; k < nslopes; k++)
        crystal_atoms_clear(&slope[k].atoms);
    free(slope);
    crystal_atoms_clear(&atoms);
    crystal_clear(&c);
    return e;
}
