#include "analysis/van_hove.h"

#include "analysis/blocks.h"
#include "analysis/displacements.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FINE = 10 }; /* counted bins in one of the result */

typedef struct VanHove {
    const Comm *comm;
    VanHoveOptions o;
    char *species;
    Selection atoms;
    Displacements moved;
    double (*x)[3];
} VanHove;

#define AT(member) offsetof(VanHoveOptions, member)

static const ConfigField fields[] = {
    {"species", CONFIG_TEXT, NULL, "H", AT(species), "element or isotope whose atoms are seen",
     NULL, 0, 0, 0},
    LAGS_FIELDS(AT(lags), "longest time difference; 0: half of the run", "10"),
    {"r_step", CONFIG_QUANTITY, "A", "0.02 angstrom", AT(r_step), "width of the bins of r", NULL,
     1e-3, 1, 0},
    {"r_max", CONFIG_QUANTITY, "A", "8 angstrom", AT(r_max), "largest distance", NULL, 0.1, 1000,
     0},
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
};

void van_hove_moments(size_t bins, const int64_t counts[], double width, double moments[2])
{
    double n = 0.0, two = 0.0, four = 0.0;
    for (size_t b = 0; b < bins; b++) {
        double r = ((double)b + 0.5) * width, r2 = r * r;
        n += (double)counts[b];
        two += (double)counts[b] * r2;
        four += (double)counts[b] * r2 * r2;
    }
    moments[0] = n > 0.0 ? two / n : 0.0;
    moments[1] = n > 0.0 ? four / n : 0.0;
}

double van_hove_alpha2(const double moments[2])
{
    return moments[0] > 0.0 ? 0.6 * moments[1] / (moments[0] * moments[0]) - 1.0 : NAN;
}

static void van_hove_free(void *state)
{
    VanHove *s = state;
    if (s == NULL)
        return;
    trace_select_clear(&s->atoms);
    displacements_clear(&s->moved);
    free(s->species);
    free(s->x);
    free(s);
}

static DisplacementPlan make_plan(const VanHoveOptions *o)
{
    return (DisplacementPlan){.groups = (size_t)o->groups,
                              .bin = o->r_step / FINE,
                              .rmax = o->r_step * ceil(o->r_max / o->r_step - 1e-9),
                              .split = true,
                              .lags = o->lags};
}

static Err van_hove_open(const Comm *c, const Sample *sample, const void *options, double interval,
                         int64_t frames, void **state)
{
    *state = NULL;
    VanHove *s = MEM_NEW(VanHove, 1);
    s->comm = c;
    s->o = *(const VanHoveOptions *)options;
    s->species = mem_string(s->o.species);
    Err e = trace_select(c, sample, s->species, (size_t)s->o.groups, &s->atoms);
    if (e != OK) {
        van_hove_free(s);
        return err_prefix(e, "van_hove");
    }
    DisplacementPlan plan = make_plan(&s->o);
    plan.points = s->atoms.count;
    plan.groups = s->atoms.groups;
    plan.group = s->atoms.group;
    displacements_init(&s->moved, &plan, interval, frames);
    s->x = mem_new(s->atoms.count, sizeof *s->x);
    *state = s;
    return OK;
}

static Err van_hove_frame(void *state, const Frame *frame)
{
    VanHove *s = state;
    for (size_t p = 0; p < s->atoms.count; p++)
        memcpy(s->x[p], frame->x[s->atoms.atom[p]], sizeof s->x[p]);
    displacements_frame(&s->moved, &frame->cell, frame->time, (const double(*)[3])s->x);
    return OK;
}

static int64_t pairs(const Displacements *d, size_t g, size_t lag)
{
    return d->weight[g] *
           lags_origins((int64_t)d->watch.frames, d->lags.lag[lag], d->plan.lags.stride);
}

/* 4 pi r^2 G_s of one lag: density [groups][bins] 1/A, and the share beyond the bins. */
static void densities(const VanHove *s, size_t lag, size_t bins, double density[], double *beyond)
{
    const Displacements *d = &s->moved;
    double lost = 0.0, all = 0.0;
    memset(density, 0, d->plan.groups * bins * sizeof *density);
    for (size_t g = 0; g < d->plan.groups; g++) {
        const int64_t *h = displacements_row(d, g, lag);
        double n = (double)pairs(d, g, lag);
        for (size_t b = 0; b < (size_t)d->width; b++)
            density[g * bins + b / FINE] += (double)h[b] / (n * s->o.r_step);
        lost += (double)h[d->width];
        all += n;
    }
    *beyond = lost / all;
}

/* Moments of one lag from all groups but `without` (groups: from all). */
static void moments_without(const Displacements *d, size_t lag, size_t without, double moments[2])
{
    size_t width = (size_t)d->width;
    int64_t *sum = MEM_NEW(int64_t, width);
    for (size_t g = 0; g < d->plan.groups; g++)
        for (size_t b = 0; b < width && g != without; b++)
            sum[b] += displacements_row(d, g, lag)[b];
    van_hove_moments(width, sum, d->plan.bin, moments);
    free(sum);
}

/* msd, alpha2 and their errors by the jackknife. */
static void spread(const Displacements *d, size_t lag, double out[4])
{
    size_t n = d->plan.groups;
    double m[2], *left = MEM_NEW(double, 2 * n);
    for (size_t g = 0; g < n; g++) {
        moments_without(d, lag, g, m);
        left[g] = m[0];
        left[n + g] = van_hove_alpha2(m);
    }
    moments_without(d, lag, n, m);
    out[0] = m[0], out[2] = van_hove_alpha2(m);
    for (size_t k = 0; k < 2; k++) /* sqrt((n-1)/n sum) = (n-1) x standard error of the mean */
        out[2 * k + 1] = (double)(n - 1) * blocks_mean(n, left + k * n).error;
    if (lag == 0) /* nothing has moved, not half a bin */
        out[0] = out[1] = 0.0, out[2] = out[3] = NAN;
    free(left);
}

static Err write_results(const VanHove *s, H5 *group)
{
    const Displacements *d = &s->moved;
    size_t nt = d->lags.n, ng = d->plan.groups;
    size_t bins = ((size_t)d->width + FINE - 1) / FINE;
    double *t = displacements_times(d), *r = MEM_NEW(double, bins), *weight = MEM_NEW(double, ng);
    double *mean = MEM_NEW(double, 2 * nt * bins), *error = mean + nt * bins;
    double *density = MEM_NEW(double, ng *bins), *beyond = MEM_NEW(double, nt);
    double *column = MEM_NEW(double, 4 * nt), most = 0.0;
    for (size_t g = 0; g < ng; g++)
        weight[g] = (double)d->weight[g];
    for (size_t k = 0; k < nt; k++) {
        double moved[4];
        densities(s, k, bins, density, beyond + k);
        blocks_over_groups(ng, bins, density, weight, mean + k * bins, error + k * bins);
        spread(d, k, moved);
        for (size_t i = 0; i < 4; i++)
            column[i * nt + k] = moved[i];
        most = fmax(most, beyond[k]);
    }
    for (size_t b = 0; b < bins; b++)
        r[b] = ((double)b + 0.5) * s->o.r_step;
    if (most > 0.0)
        log_warn(
            "van_hove: up to %.2g of the pairs moved further than r_max = %g angstrom; msd and "
            "alpha2 are without them; raise r_max",
            most, s->o.r_max);
    Err e = h5_write_text(group, "species", s->species);
    const struct {
        const char *name, *unit, *text;
        int rank;
        size_t n;
        const double *data;
    } out[] = {
        {"t", "ps", "time difference", 1, nt, t},
        {"r", "A", "distance moved, middle of the bin", 1, bins, r},
        {"G_s", "1/A", "4 pi r^2 G_s(r,t) [t][r], self part of the van Hove function", 2, nt, mean},
        {"G_s_error", "1/A", "standard error, from groups of ions", 2, nt, error},
        {"beyond", "1", "share of the pairs that moved further than r_max", 1, nt, beyond},
        {"msd", "A2", "mean squared displacement", 1, nt, column},
        {"msd_error", "A2", "standard error, jackknife over groups of ions", 1, nt, column + nt},
        {"alpha2", "1", "non-Gaussian parameter 3 <r^4>/(5 <r^2>^2) - 1", 1, nt, column + 2 * nt},
        {"alpha2_error", "1", "standard error, jackknife over groups of ions", 1, nt,
         column + 3 * nt},
    };
    for (size_t k = 0; k < sizeof out / sizeof *out && e == OK; k++)
        e = h5_write(group, out[k].name, out[k].rank, (size_t[]){out[k].n, bins}, out[k].data,
                     out[k].unit, out[k].text);
    if (e == OK)
        e = h5_write_number(group, "r_step", s->o.r_step, "A", "width of the bins of r");
    free(t), free(r), free(weight), free(mean), free(density), free(beyond), free(column);
    return e;
}

static Err van_hove_close(void *state, H5 *group)
{
    VanHove *s = state;
    Err e = displacements_finish(&s->moved, s->comm, "van_hove");
    if (e != OK)
        return e;
    if (group != NULL)
        e = write_results(s, group);
    return comm_agree(s->comm, e);
}

static double van_hove_memory(const void *options, double atoms, double interval, double frames)
{
    DisplacementPlan plan = make_plan(options);
    return displacements_memory(&plan, atoms, interval, frames);
}

const ObservableKind van_hove_observable = {
    .name = "van_hove",
    .help =
        "self part of the van Hove function, 4 pi r^2 G_s(r,t) [1/A], mean squared displacement "
        "[A^2], non-Gaussian parameter",
    .reference = "L. van Hove, Phys. Rev. 95, 249 (1954), doi 10.1103/PhysRev.95.249; A. Rahman, "
                 "Phys. Rev. 136, A405 (1964), doi 10.1103/PhysRev.136.A405",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(VanHoveOptions),
    .memory = van_hove_memory,
    .open = van_hove_open,
    .frame = van_hove_frame,
    .close = van_hove_close,
    .free = van_hove_free,
};
