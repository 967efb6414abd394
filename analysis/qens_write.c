/* qens_write.c -- spectra, EISF and numbers of qens.h into HDF5 and CSV. */
#include "analysis/qens.h"

#include "analysis/blocks.h"
#include "base/mem.h"
#include "store/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double qens_misfit(const Qens *q)
{
    const FitQensResult *r = &q->experiment.fit[q->experiment.best];
    return r->chi2 / ((double)r->npoints - (double)r->nparameters);
}

/* More than counting and, three times over, the sampling error explain. */
static bool is_misfit(const Qens *q)
{
    const FitQensResult *r = &q->experiment.fit[q->experiment.best];
    double excess = q->sampling_deviance / ((double)r->npoints - (double)r->nparameters);
    return qens_misfit(q) > 1.5 && !(qens_misfit(q) - 1.0 <= 3.0 * excess);
}

/* Root mean square distance of the EISFs from Eq. 4 in standard errors; 0 if there is no Eq. 4. */
static double eq4_distance(const Qens *q)
{
    double sum = 0.0, p = q->value[QENS_P], d = q->value[QENS_D];
    if (isnan(p))
        return 0.0;
    for (size_t i = 0; i < q->in.nq; i++) {
        double off = q->value[QENS_NUMBERS + i] - fit_eisf_model(q->in.q[i], p, d);
        sum += pow(off / fmax(q->error[QENS_NUMBERS + i], 1e-9), 2);
    }
    return sqrt(sum / (double)q->in.nq);
}

char *qens_status(const Qens *q)
{
    int lines = q->experiment.best;
    double drift = q->value[QENS_DRIFT], misfit = qens_misfit(q);
    double eq4 = eq4_distance(q);
    char *found, late[160] = "", bad[160] = "", wrong[160] = "";
    if (lines == 0)
        found =
            mem_format("no Lorentzian supported by BIC: no width, no Eq. 4; EISF = 1 - share of a "
                       "Lorentzian of half width %g meV (the resolution's FWHM), held",
                       q->o.instrument.fwhm);
    else
        found = mem_format("%d Lorentzian%s supported by BIC", lines, lines > 1 ? "s" : "");
    if (drift > 0.005 && drift > 3.0 * q->error[QENS_DRIFT])
        snprintf(
            late, sizeof late,
            "; the run is too short: I(Q,t) still falls by %.3f within the plateau window, the "
            "EISF is an upper limit",
            drift);
    if (is_misfit(q))
        snprintf(bad, sizeof bad,
                 "; the model does not describe the spectra (deviance %.3g per degree of freedom)",
                 misfit);
    if (eq4 > 2.0)
        snprintf(
            wrong, sizeof wrong,
            "; Eq. 4 does not describe the EISF (rms distance %.2g standard errors), p and d mean "
            "little",
            eq4);
    char *text = mem_format("%s%s%s%s", found, late, bad, wrong);
    free(found);
    return text;
}

typedef struct Column {
    const char *name, *unit, *text;
    const double *data;
} Column;

static Err write_columns(H5 *group, int rank, const size_t dims[], size_t n, const Column columns[])
{
    for (size_t k = 0; k < n; k++)
        TRY(h5_write(group, columns[k].name, rank, dims, columns[k].data, columns[k].unit,
                     columns[k].text));
    return OK;
}

static Err write_parts(const Qens *q, H5 *group)
{
    const FitQensResult *r = &q->experiment.fit[q->experiment.best];
    const size_t dims[2] = {q->in.nq, q->in.ne};
    for (size_t k = 0; k < 2 + (size_t)(r->lines + r->oscillators); k++) {
        char part[24], name[48];
        fit_qens_part_name(r->lines, r->oscillators, k, sizeof part, part);
        snprintf(name, sizeof name, "spectra/parts/%s", part);
        TRY(h5_write(group, name, 2, dims, q->parts + k * dims[0] * dims[1], "1",
                     "part of spectra/fit, in the unit of the counts"));
    }
    return OK;
}

static Err write_spectra(const Qens *q, H5 *group)
{
    const size_t dims[2] = {q->in.nq, q->in.ne};
    const Column columns[] = {
        {"spectra/truth", "1/meV", "S(Q,E) without counting noise, mean over groups of ions",
         q->truth},
        {"spectra/expected", "1", "expected counts", q->expected},
        {"spectra/counts", "1", "counts; as expected if no noise was asked for", q->counts},
        {"spectra/fit", "1", "sum of spectra/parts, fitted to the counts", q->fit},
    };
    TRY(h5_write(group, "spectra/Q", 1, &dims[0], q->in.q, "1/A", "momentum transfer"));
    TRY(h5_write(group, "spectra/E", 1, &dims[1], q->in.energy, "meV",
                 "energy transfer; positive: the neutron loses energy"));
    TRY(h5_write(group, "spectra/clipped", 1, &dims[0], q->clipped, "1",
                 "share of the area that was negative (ripples of a finite run) and set to 0"));
    TRY(write_columns(group, 2, dims, sizeof columns / sizeof *columns, columns));
    return write_parts(q, group);
}

/* Mean and standard error over groups of the plateau of I(Q,t). */
static void plateau_of(const Qens *q, size_t i, double *mean, double *error)
{
    double *v = MEM_NEW(double, q->in.groups);
    for (size_t g = 0; g < q->in.groups; g++)
        v[g] = q->in.plateau[g * q->in.nq + i];
    Estimate e = blocks_weighted(q->in.groups, v, q->in.weight);
    *mean = e.mean, *error = e.error;
    free(v);
}

static Err write_eisf(const Qens *q, H5 *group)
{
    size_t n = q->in.nq, a = QENS_NUMBERS, d = a + n;
    double *plateau = MEM_NEW(double, 2 * n), *error = plateau + n;
    for (size_t i = 0; i < n; i++)
        plateau_of(q, i, &plateau[i], &error[i]);
    const Column columns[] = {
        {"eisf/Q", "1/A", "momentum transfer", q->in.q},
        {"eisf/fit", "1", "A0/(A0 + A1) of the fit to counts; see status", q->value + a},
        {"eisf/fit_counting", "1", "standard error of counting", q->counting + a},
        {"eisf/fit_sampling", "1",
         "standard error of the simulation, jackknife over groups of ions", q->sampling + a},
        {"eisf/fit_error", "1", "standard error, counting and simulation", q->error + a},
        {"eisf/plateau", "1", "mean of I(Q,t) over the plateau window, Debye-Waller factor in it",
         plateau},
        {"eisf/plateau_error", "1", "standard error of the simulation, from groups of ions", error},
        {"eisf/debye_waller", "1", "elastic + first line over all: D(Q) = exp(-Q^2 <u2>/3)",
         q->value + d},
        {"eisf/debye_waller_error", "1", "standard error, counting and simulation", q->error + d},
    };
    Err e = write_columns(group, 1, &n, sizeof columns / sizeof *columns, columns);
    if (e == OK)
        e = h5_write(group, "eisf/covariance", 2, (size_t[]){n, n}, q->eisf_covariance, "1",
                     "covariance of eisf/fit, counting and simulation");
    free(plateau);
    return e;
}

static Err write_numbers(const Qens *q, H5 *group)
{
    const char *names[QENS_NUMBERS], *units[QENS_NUMBERS];
    const size_t n = QENS_NUMBERS;
    for (size_t k = 0; k < n; k++)
        names[k] = qens_numbers[k].name, units[k] = qens_numbers[k].unit;
    TRY(h5_write_texts(group, "numbers/name", n, names));
    TRY(h5_write_texts(group, "numbers/unit", n, units));
    const Column columns[] = {
        {"numbers/value", "see numbers/unit", "NaN: not there, see status", q->value},
        {"numbers/counting", "see numbers/unit", "standard error of counting alone", q->counting},
        {"numbers/sampling", "see numbers/unit",
         "standard error of the simulation alone, jackknife over groups of ions", q->sampling},
        {"numbers/error", "see numbers/unit", "standard error, both together", q->error},
    };
    TRY(write_columns(group, 1, &n, sizeof columns / sizeof *columns, columns));
    return h5_write_number(group, "numbers/replicates", (double)q->replicates, "1",
                           "groups of ions in the jackknife");
}

Err qens_write(const Qens *q, H5 *group)
{
    TRY(write_spectra(q, group));
    TRY(write_eisf(q, group));
    TRY(write_numbers(q, group));
    const size_t tried = (size_t)q->o.lines + 1;
    TRY(h5_write(
        group, "overdispersion", 1, &tried, q->overdispersion, "1",
        "by which the fall of the deviance was divided when 0, 1, .. Lorentzians were tried"));
    char *status = qens_status(q);
    Err e = h5_write_text(group, "status", status);
    free(status);
    H5 *fit;
    if (e == OK && (e = h5_group(group, "fit", &fit)) == OK) {
        e = experiment_qens_write(&q->experiment, fit);
        H5 *chi;
        if (e == OK && q->chi.n > 0 && (e = h5_group(fit, "chi", &chi)) == OK) {
            e = fit_chi_write(&q->chi, chi);
            h5_close_group(chi);
        }
        h5_close_group(fit);
    }
    return e;
}

static Err export_spectrum(const Qens *q, const char *folder, size_t i)
{
    size_t n = q->in.ne, at = i * n;
    double *error = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++)
        error[k] = q->o.instrument.counts > 0.0 ? sqrt(q->expected[at + k]) : NAN;
    const TableColumn columns[] = {
        {.name = "energy", .unit = "meV", .values = q->in.energy},
        {.name = "counts", .unit = "1", .values = q->counts + at},
        {.name = "standard deviation", .unit = "1", .values = error},
        {.name = "expected", .unit = "1", .values = q->expected + at},
        {.name = "fit", .unit = "1", .values = q->fit + at},
        {.name = "S true", .unit = "1/meV", .values = q->truth + at},
    };
    char *path = mem_format("%s/spectrum_Q%.2f.csv", folder, q->in.q[i]);
    Err e = table_write(path, sizeof columns / sizeof *columns, columns, n);
    free(path);
    free(error);
    return e;
}

Err qens_export(const Qens *q, const char *folder)
{
    for (size_t i = 0; i < q->in.nq; i++)
        TRY(export_spectrum(q, folder, i));
    const double *value = q->value + QENS_NUMBERS;
    const TableColumn columns[] = {
        {.name = "Q", .unit = "1/A", .values = q->in.q},
        {.name = "EISF", .unit = "1", .values = value},
        {.name = "counting error", .unit = "1", .values = q->counting + QENS_NUMBERS},
        {.name = "simulation error", .unit = "1", .values = q->sampling + QENS_NUMBERS},
        {.name = "error", .unit = "1", .values = q->error + QENS_NUMBERS},
        {.name = "Debye-Waller", .unit = "1", .values = value + q->in.nq},
        {.name = "Debye-Waller error", .unit = "1", .values = q->error + QENS_NUMBERS + q->in.nq},
    };
    char *path = mem_format("%s/eisf.csv", folder);
    Err e = table_write(path, sizeof columns / sizeof *columns, columns, q->in.nq);
    free(path);
    return e;
}
