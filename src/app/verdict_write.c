#include "app/verdict_write.h"

#include "app/stages.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Column {
    const char *name, *unit, *what;
    size_t at; /* of a double in a record */
} Column;

/* Members of n records of `size` bytes, each as a dataset. */
static Err write_columns(H5 *g, size_t ncolumn, const Column c[], size_t n, size_t size,
                         const void *records)
{
    double *x = MEM_NEW(double, n);
    Err e = OK;
    for (size_t k = 0; k < ncolumn && e == OK; k++) {
        for (size_t i = 0; i < n; i++)
            memcpy(&x[i], (const char *)records + i * size + c[k].at, sizeof *x);
        e = h5_write(g, c[k].name, 1, &n, x, c[k].unit, c[k].what);
    }
    free(x);
    return e;
}

static Err write_endpoints(H5 *file, const Verdict *v)
{
    static const char *const names[] = {"R1", "R2", "R3"};
#define OF(member, text)                                                                           \
    {                                                                                              \
#member, "1", text, offsetof(VerdictEndpoint, member)                                      \
    }
    static const Column columns[] = {
        OF(ratio, "static coupling, free over quenched, sigma(1)/sigma(0.01)"),
        OF(low, "95 %"),
        OF(high, "95 %"),
        OF(error, "of ln ratio"),
        OF(p_more, "bootstrap, H0: ratio <= margin"),
        OF(p_equal, "bootstrap, two one-sided tests"),
        OF(p_more_holm, "adjusted, < 0.025: more"),
        OF(p_equal_holm, "adjusted, < 0.05: equivalent"),
        OF(needed, "replicas or quenches that would decide it; NaN: decided"),
    };
#undef OF
    H5 *g;
    TRY(h5_group(file, "endpoints", &g));
    Err e = h5_write_texts(g, "names", VERDICT_ENDPOINTS, names);
    if (e == OK)
        e = write_columns(g, sizeof columns / sizeof columns[0], columns, VERDICT_ENDPOINTS,
                          sizeof v->r[0], v->r);
    h5_close_group(g);
    return e;
}

static double mean_of(size_t n, const double x[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* n arms with the same number of units. */
static Err write_arms(H5 *g, const DoseArm arm[], size_t n)
{
    static const char *const names[] = {"charge", "charge_long", "tracer", "tracer_long"},
                             *const help[] = {"<|sum dr|^2>/(6 N t) in windows",
                                              "the same in windows twice as long",
                                              "<sum |dr|^2>/(6 N t) in windows",
                                              "the same in windows twice as long"};
    size_t dims[2] = {n, arm[0].units};
    double *x = MEM_NEW(double, n *arm[0].units);
    int64_t *count = MEM_NEW(int64_t, 2 * n);
    Err e = OK;
    for (int k = 0; k < 4 && e == OK; k++) {
        for (size_t i = 0; i < n; i++) {
            const double *of[] = {arm[i].charge, arm[i].charge_long, arm[i].tracer,
                                  arm[i].tracer_long};
            memcpy(x + i * dims[1], of[k], dims[1] * sizeof *x);
        }
        e = h5_write(g, names[k], 2, dims, x, "angstrom2 s-1", help[k]);
    }
    for (size_t i = 0; i < n; i++) {
        count[i] = arm[i].hops;
        count[n + i] = arm[i].candidates;
        x[i] = mean_of(dims[1], arm[i].charge_long) / mean_of(dims[1], arm[i].charge);
    }
    if (e == OK)
        e = h5_write_i64(g, "hops", 1, &n, count, "1", "of all units");
    if (e == OK)
        e = h5_write_i64(g, "candidates", 1, &n, count + n, "1", "of all units");
    if (e == OK)
        e = h5_write(g, "longer_windows", 1, &n, x, "1", "charge_long over charge; 1: long enough");
    free(x);
    free(count);
    return e;
}

static Err write_dose(H5 *file, const DoseResponse *r, const Verdict *v)
{
    H5 *g, *quenched;
    size_t n = r->nspeed;
    TRY(h5_group(file, "dose_response", &g));
    const Column lambda = {"lambda", "1", "factor on all turns", offsetof(DoseArm, speed)};
    Err e = write_columns(g, 1, &lambda, n, sizeof(DoseArm), r->arm);
    if (e == OK)
        e = h5_write(g, "sigma", 1, &n, v->sigma, "S cm-1", "by charge diffusion");
    if (e == OK)
        e = h5_write(g, "sigma_error", 1, &n, v->sigma_error, "S cm-1", "standard error");
    if (e == OK)
        e = h5_write_number(g, "window", r->window, "s", "length of all windows");
    if (e == OK)
        e = write_arms(g, r->arm, n);
    if (e == OK)
        e = h5_group(g, "quenched", &quenched);
    if (e == OK) {
        e = write_arms(quenched, &r->arm[n], 1);
        if (e == OK)
            e = h5_write_number(quenched, "sigma", v->sigma[n], "S cm-1", "rotors stand still");
        if (e == OK)
            e = h5_write_number(quenched, "sigma_error", v->sigma_error[n], "S cm-1", "");
        h5_close_group(quenched);
    }
    h5_close_group(g);
    if (e != OK)
        return e;
    TRY(h5_group(file, "static", &g));
    e = h5_write(g, "mean", 1, &r->nstatic, r->mean, "angstrom2 s-1",
                 "sum of k l^2/6 over possible hops, rotors at equilibrium");
    if (e == OK)
        e = h5_write(g, "locked", 1, &r->nstatic, r->locked, "angstrom2 s-1",
                     "the same, rotors in their most probable wells");
    h5_close_group(g);
    return e;
}

/* By class of edges. */
static Err write_classes(H5 *file, const Network *n, const DoseResponse *r)
{
    static const Column columns[] = {
        {"mean", "angstrom2 s-1", "sum of k l^2/6, rotors at equilibrium",
         offsetof(StaticClass, mean)},
        {"locked", "angstrom2 s-1", "the same, rotors locked", offsetof(StaticClass, locked)},
        {"edges", "1", "possible hops that were looked at", offsetof(StaticClass, edges)},
    };
    const char **label = MEM_NEW(const char *, r->nclass);
    H5 *g;
    for (int i = 0; i < r->nclass; i++)
        label[i] = n->edge_classes[i].label;
    Err e = h5_group(file, "static/classes", &g);
    if (e == OK) {
        e = h5_write_texts(g, "label", (size_t)r->nclass, label);
        if (e == OK)
            e = write_columns(g, sizeof columns / sizeof columns[0], columns, (size_t)r->nclass,
                              sizeof r->class[0], r -> class);
        h5_close_group(g);
    }
    free(label);
    return e;
}

static Err write_ledger(H5 *file, const Verdict *v)
{
    size_t n = LEDGER_TERMS;
    double fraction[LEDGER_TERMS];
    H5 *g;
    for (int i = 0; i < LEDGER_TERMS; i++)
        fraction[i] = v->share[i] / v->total;
    TRY(h5_group(file, "ledger", &g));
    Err e = h5_write_texts(g, "names", n, ledger_name);
    if (e == OK)
        e = h5_write(g, "term", 1, &n, v->term, "1",
                     "product: sigma in S/cm (carriers in S/cm per A^2/s, barrier in A^2/s)");
    if (e == OK && v->has_ledger) {
        e = h5_write(g, "share", 1, &n, v->share, "1", "of ln(sigma/sigma of `against`)");
        if (e == OK)
            e = h5_write(g, "fraction", 1, &n, fraction, "1", "share over their sum");
        if (e == OK)
            e = h5_write_number(g, "total", v->total, "1", "ln(sigma/sigma of `against`)");
    }
    h5_close_group(g);
    return e;
}

static Err write_rivals(H5 *file, const VerdictRivals *r)
{
    if (r->n == 0)
        return OK;
    static const Column columns[] = {
        {"energy", "eV", "as published; NaN: not", offsetof(AttemptsFit, energy)},
        {"slope", "eV", "of ln(sigma T) through the points", offsetof(AttemptsFit, slope)},
        {"slope_sigma", "eV", "of ln(sigma) through the points",
         offsetof(AttemptsFit, slope_sigma)},
        {"attempt", "s-1", "implied with all ions as carriers", offsetof(AttemptsFit, attempt)},
        {"fraction", "1", "of ions that carry, at the given attempt frequency",
         offsetof(AttemptsFit, fraction)},
    };
    const char *names[VERDICT_SAMPLES];
    H5 *g;
    for (int i = 0; i < r->n; i++)
        names[i] = r->fit[i].sample;
    TRY(h5_group(file, "carriers", &g));
    Err e = h5_write_texts(g, "sample", (size_t)r->n, names);
    if (e == OK)
        e = write_columns(g, sizeof columns / sizeof columns[0], columns, (size_t)r->n,
                          sizeof r->fit[0], r->fit);
    if (e == OK && r->n == 2)
        e = h5_write_number(g, "meyer_neldel", attempts_meyer_neldel(&r->fit[0], &r->fit[1]), "eV",
                            "dEa/d ln(attempt) between the two");
    h5_close_group(g);
    return e;
}

static Err write_scalars(H5 *file, const DoseResponse *r, const Verdict *v)
{
    size_t one = 0;
    while (fabs(r->arm[one].speed - 1.0) > 1e-9)
        one++;
    const double beta = (v->beta_high - v->beta_low) / 3.92;
    const struct {
        const char *name, *unit, *what;
        double value, error;
    } s[] = {
        {"R1", "1", "static coupling", v->r[0].ratio, v->r[0].ratio * v->r[0].error},
        {"R2", "1", "D(free)/D(quenched)", v->r[1].ratio, v->r[1].ratio * v->r[1].error},
        {"R3", "1", "sigma(lambda = 1)/sigma(0.01)", v->r[2].ratio, v->r[2].ratio * v->r[2].error},
        {"beta", "1", "d ln sigma/d ln lambda at 1", v->beta, beta},
        {"sigma", "S cm-1", "at lambda = 1", v->sigma[one], v->sigma_error[one]},
        {"hops", "1", "at lambda = 1", v->hops, NAN},
        {"exposed", "1", "fraction of time a rotor of a hop is not in its likeliest well",
         v->exposed, NAN},
        {"detectable", "1", "smallest ratio of rates that so many hops show", v->detectable, NAN},
        {"hops_needed", "1", "to show the margin", v->hops_needed, NAN},
        {"base_rate", "1", "chance of a turn within 1 ps of a hop if nothing is coupled",
         v->base_rate, NAN},
        {"window", "s", "length of windows", r->window, NAN},
        {"hop_rate", "s-1", "of a carrier at lambda = 1", r->hop_rate, NAN},
        {"relaxation_rate", "s-1", "of the slowest rotor that has a say in a hop", r->slowest, NAN},
        {"turn_rate", "s-1", "of a rotor that has a say in a hop", r->turn_rate, NAN},
        {"indicator", "1", "largest k tau CV^2: error of the mean rate over fast rotors",
         r->indicator, NAN},
        {"lock", "1", "exp(dE_lock/kT) of barriers by forces", v->lock,
         (v->lock_high - v->lock_low) / 3.92},
    };
    for (size_t i = 0; i < sizeof s / sizeof s[0]; i++)
        TRY(stages_scalar(file, s[i].name, s[i].value, s[i].error, s[i].unit, s[i].what));
    return OK;
}

Err verdict_write(const StageRun *run, const Network *n, const DoseResponse *r, const Verdict *v,
                  const VerdictRivals *rivals)
{
    H5 *file;
    char *line = verdict_line(v);
    TRY(stages_create_result(run, &file));
    const struct {
        const char *name, *text;
    } texts[] = {{"verdict", line},
                 {"kind", verdict_name[v->kind]},
                 {"reason", v->reason},
                 {"status", n->source != NULL ? n->source : ""}};
    Err e = OK;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && e == OK; i++)
        e = h5_write_text(file, texts[i].name, texts[i].text);
    free(line);
    if (e == OK)
        e = h5_write_number(file, "margin", v->margin, "1", "fixed in the study");
    if (e == OK)
        e = write_endpoints(file, v);
    if (e == OK)
        e = write_dose(file, r, v);
    if (e == OK)
        e = write_classes(file, n, r);
    if (e == OK)
        e = write_ledger(file, v);
    if (e == OK)
        e = write_rivals(file, rivals);
    if (e == OK)
        e = write_scalars(file, r, v);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}
