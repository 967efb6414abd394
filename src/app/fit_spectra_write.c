/* fit_spectra_write.c -- what `paddlewheel fit qens` files: spectra with the parts of the fit, parameters, Arrhenius; a table; a
 * summary on the terminal. Layout: analysis/LAYOUT.md.
 */
#include "app/fit_spectra.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const FitQensResult *result_of(const SpectraFit *f)
{
    return &f->experiment.fit[f->experiment.best];
}

/* ---- HDF5 */

/* Parts [rows][nq][ne] on the channels of the data, NaN where nothing was fitted. */
static double *all_parts(const SpectraFit *f, size_t rows)
{
    size_t ne = f->data.ne, nq = f->selected.nspectra;
    double *all = MEM_NEW(double, rows *nq *ne), *own = MEM_NEW(double, rows *ne);
    for (size_t k = 0; k < rows * nq * ne; k++)
        all[k] = NAN;
    for (size_t s = 0; s < nq; s++) {
        size_t n = f->selected.spectra[s].n;
        fit_qens_parts(&f->model, f->selected.spectra, result_of(f), s, own);
        for (size_t k = 0; k < rows; k++)
            for (size_t i = 0; i < n; i++)
                all[(k * nq + s) * ne + f->selected.channel[s][i]] = own[k * n + i];
    }
    free(own);
    return all;
}

/* y, error, total and residual of what was fitted. */
static Err write_data(const SpectraFit *f, size_t rows, const double *parts, H5 *group)
{
    size_t ne = f->data.ne, nq = f->selected.nspectra, all = nq * ne;
    const size_t dims[2] = {nq, ne};
    double *y = MEM_NEW(double, 4 * all), *sigma = y + all, *total = y + 2 * all,
           *residual = y + 3 * all;
    for (size_t k = 0; k < 4 * all; k++)
        y[k] = NAN;
    for (size_t s = 0; s < nq; s++)
        for (size_t i = 0; i < f->selected.spectra[s].n; i++) {
            const FitQensSpectrum *d = &f->selected.spectra[s];
            size_t at = s * ne + f->selected.channel[s][i];
            y[at] = d->y[i], total[at] = 0.0;
            for (size_t k = 0; k < rows; k++)
                total[at] += parts[k * all + at];
            sigma[at] = d->sigma != NULL ? d->sigma[i] : sqrt(fmax(total[at], 0.0));
            residual[at] = (y[at] - total[at]) / sigma[at];
        }
    const char *unit = f->data.error != NULL ? "intensity" : "1";
    Err e = h5_write(group, "y", 2, dims, y, unit, "data that were fitted; NaN elsewhere");
    if (e == OK)
        e = h5_write(group, "error", 2, dims, sigma, unit,
                     "standard errors; of counts the root of what is expected");
    if (e == OK)
        e = h5_write(group, "total", 2, dims, total, unit, "the fit");
    if (e == OK)
        e = h5_write(group, "residual", 2, dims, residual, "1", "(y - total)/error");
    free(y);
    return e;
}

static Err write_spectra(const SpectraFit *f, H5 *group)
{
    const FitQensResult *r = result_of(f);
    size_t ne = f->data.ne, edges = ne + 1, nq = f->selected.nspectra;
    size_t rows = 2 + (size_t)(r->lines + r->oscillators);
    const size_t dims[2] = {nq, ne};
    double *parts = all_parts(f, rows), *centre = MEM_NEW(double, ne);
    for (size_t k = 0; k < ne; k++)
        centre[k] = qens_data_centre(&f->data, k);
    Err e = h5_write(group, "E", 1, &ne, centre, "meV",
                     "energy transfer; positive: loss of the neutron");
    if (e == OK)
        e = h5_write(group, "edge", 1, &edges, f->data.edge, "meV", "of the bins");
    if (e == OK)
        e = write_data(f, rows, parts, group);
    for (size_t k = 0; k < rows && e == OK; k++) {
        char part[24], name[40];
        fit_qens_part_name(r->lines, r->oscillators, k, sizeof part, part);
        snprintf(name, sizeof name, "parts/%s", part);
        e = h5_write(group, name, 2, dims, parts + k * nq * ne,
                     f->data.error != NULL ? "intensity" : "1",
                     "part of the fit, in the unit of y");
    }
    free(parts);
    free(centre);
    return e;
}

static Err write_one(const SpectraFit *f, H5 *group)
{
    H5 *at;
    TRY(h5_write_text(group, "file", f->file));
    TRY(h5_write_number(group, "temperature", f->temperature, "K", "of the sample"));
    TRY(h5_write_number(group, "lines_by_bic", f->by_bic, "1", "number of Lorentzians by BIC"));
    TRY(h5_write_number(group, "lines_by_evidence", f->by_evidence, "1",
                        "number of Lorentzians by the evidence"));
    TRY(write_spectra(f, group));
    TRY(h5_group(group, "fit", &at));
    Err e = experiment_qens_write(&f->experiment, at);
    h5_close_group(at);
    if (e == OK && f->has_chi && (e = h5_group(group, "chi", &at)) == OK) {
        e = fit_chi_write(&f->chi, at);
        h5_close_group(at);
    }
    return e;
}

static Err write_arrhenius(const FitSpectra *f, int k, H5 *group)
{
    const Arrhenius *a = &f->arrhenius[k];
    char name[40];
    H5 *at;
    snprintf(name, sizeof name, "arrhenius/line_%d", k + 1);
    TRY(h5_group(group, name, &at));
    const struct {
        const char *name, *unit, *text;
        double value;
    } numbers[] = {
        {"energy", "eV", "activation energy, tau = tau0 exp(Ea/kT)", a->energy},
        {"energy_error", "eV", "standard error", a->energy_error},
        {"ln_tau0", "1", "ln(tau0/ps)", -a->ln_prefactor},
        {"ln_tau0_error", "1", "standard error", a->ln_prefactor_error},
        {"covariance", "eV", "of energy and ln_tau0", -a->covariance},
        {"chi2", "1", "weighted square sum", a->chi2},
        {"temperatures", "1", "number of them", (double)f->used[k]},
    };
    Err e = OK;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && e == OK; i++)
        e = h5_write_number(at, numbers[i].name, numbers[i].value, numbers[i].unit,
                            numbers[i].text);
    h5_close_group(at);
    return e;
}

static Err write_h5(const FitSpectra *f, const char *recipe, const char *provenance, H5 *file)
{
    TRY(h5_write_text(file, "provenance", provenance));
    TRY(h5_write_text(file, "recipe", recipe));
    for (size_t i = 0; i < f->n; i++) {
        char name[32];
        H5 *group;
        snprintf(name, sizeof name, "data_%zu", i + 1);
        TRY(h5_group(file, name, &group));
        Err e = write_one(&f->fit[i], group);
        h5_close_group(group);
        TRY(e);
    }
    for (int k = 0; k < FIT_QENS_MAX_LINES; k++)
        if (f->has_arrhenius[k])
            TRY(write_arrhenius(f, k, file));
    return OK;
}

/* ---- CSV: one row for each spectrum */

enum { COLUMNS = 23 };
static const struct {
    const char *name, *unit;
} columns[COLUMNS] = {{"temperature", "K"},
                      {"Q", "1/A"},
                      {"elastic", ""},
                      {"elastic error", ""},
                      {"A1", ""},
                      {"A1 error", ""},
                      {"A2", ""},
                      {"A2 error", ""},
                      {"background", ""},
                      {"background error", ""},
                      {"EISF A0/(A0+A1)", ""},
                      {"EISF error", ""},
                      {"QISF", ""},
                      {"EISF A0/(A0+A1+A2)", ""},
                      {"EISF with L2 error", ""},
                      {"Gamma1", "meV"},
                      {"Gamma1 error", "meV"},
                      {"Gamma2", "meV"},
                      {"Gamma2 error", "meV"},
                      {"B1", ""},
                      {"B2", ""},
                      {"B3", ""},
                      {"B4", ""}};

static void fill_row(const SpectraFit *f, size_t s, double row[COLUMNS])
{
    const FitQensResult *r = result_of(f);
    size_t lines = (size_t)r->lines, modes = (size_t)r->oscillators;
    for (size_t k = 0; k < COLUMNS; k++)
        row[k] = NAN;
    row[0] = f->temperature, row[1] = f->selected.spectra[s].q;
    row[2] = r->elastic[s], row[3] = r->elastic_error[s];
    row[8] = r->background[s], row[9] = r->background_error[s];
    for (size_t k = 0; k < lines; k++) {
        row[4 + 2 * k] = r->area[s * lines + k], row[5 + 2 * k] = r->area_error[s * lines + k];
        row[15 + 2 * k] = r->own_width[s * lines + k];
        row[16 + 2 * k] = r->own_width_error[s * lines + k];
    }
    if (lines > 0)
        row[10] = r->eisf[s], row[11] = r->eisf_error[s], row[12] = 1.0 - r->eisf[s];
    if (lines > 1)
        row[13] = r->eisf_all[s], row[14] = r->eisf_all_error[s];
    for (size_t k = 0; k < modes; k++)
        row[19 + k] = r->strength[s * modes + k];
}

static Err write_csv(const FitSpectra *f, const char *path)
{
    size_t rows = 0, at = 0;
    for (size_t i = 0; i < f->n; i++)
        rows += f->fit[i].selected.nspectra;
    double *values = MEM_NEW(double, rows *COLUMNS), row[COLUMNS];
    const char **files = (const char **)MEM_NEW(char *, rows);
    for (size_t i = 0; i < f->n; i++)
        for (size_t s = 0; s < f->fit[i].selected.nspectra; s++, at++) {
            fill_row(&f->fit[i], s, row);
            files[at] = f->fit[i].file;
            for (size_t k = 0; k < COLUMNS; k++)
                values[k * rows + at] = row[k];
        }
    TableColumn table[COLUMNS + 1] = {{.name = "file", .texts = files}};
    for (size_t k = 0; k < COLUMNS; k++)
        table[k + 1] = (TableColumn){
            .name = columns[k].name, .unit = columns[k].unit, .values = values + k * rows};
    Err e = table_write(path, COLUMNS + 1, table, rows);
    free(values);
    free(files);
    return e;
}

Err fit_spectra_write(const FitSpectra *f, const char *recipe, const char *provenance,
                      const char *path)
{
    size_t length = strlen(path);
    bool h5 = length > 3 && strcmp(path + length - 3, ".h5") == 0;
    char *csv = mem_format("%.*s.csv", (int)(h5 ? length - 3 : length), path);
    H5 *file;
    Err e = h5_create(path, &file);
    if (e == OK) {
        e = write_h5(f, recipe, provenance, file);
        if (e == OK)
            e = h5_commit(file);
        else
            h5_close(file);
    }
    if (e == OK)
        e = write_csv(f, csv);
    if (e == OK)
        log_info("written: %s, %s", path, csv);
    free(csv);
    return e;
}

/* ---- summary */

static void print_choice(const SpectraFit *f, int choose)
{
    static const char *const decided[] = {"BIC", "the evidence", "the recipe"};
    const ExperimentQens *x = &f->experiment;
    printf("  Lorentzians: %d, by %s", x->best, decided[choose]);
    if (f->by_bic != f->by_evidence)
        printf(" (BIC says %d, the evidence %d)", f->by_bic, f->by_evidence);
    printf("\n");
    for (int k = 0; k <= FIT_QENS_MAX_LINES && x->fit[k].npoints > 0; k++)
        printf("    %d: %s %.1f for %zu points, %zu parameters; BIC %.1f, ln evidence %.1f%s\n", k,
               x->fit[k].poisson ? "deviance" : "chi2", x->fit[k].chi2, x->fit[k].npoints,
               x->fit[k].nparameters, x->fit[k].bic, x->fit[k].evidence,
               x->fit[k].converged ? "" : " (not converged)");
}

static void print_modes(const SpectraFit *f, int mode_energy)
{
    const FitQensResult *r = result_of(f);
    if (f->has_chi)
        printf("  modes of chi'' (sum of %zu Q): %d\n", f->chi.summed, f->chi.modes);
    for (int k = 0; f->has_chi && k < f->chi.modes; k++)
        printf("    %.3f +- %.3f meV, half width %.3f +- %.3f meV\n", f->chi.fit.energy[k],
               f->chi.fit.energy_error[k], f->chi.fit.damping[k], f->chi.fit.damping_error[k]);
    for (int k = 0; k < r->oscillators; k++)
        printf("    in S(Q,E): %.3f meV %s, half width %.3f +- %.3f meV\n", r->energy[k],
               mode_energy == MODE_FREE ? "(free)" : "(held)", r->damping[k], r->damping_error[k]);
}

static void print_line(const FitQensResult *r, int k, const FitQensTimes *t)
{
    printf("  L%d: half width %.4g +- %.2g meV; tau = hbar/Gamma %.4g +- %.2g ps; residence 2 tau "
           "(C2) %.4g ps, 1.5 tau (C3) %.4g ps\n",
           k + 1, r->width[k], r->width_error[k], t->tau, t->tau_error, t->residence_c2,
           t->residence_c3);
}

static void print_eq4(const char *name, const FitEisf *f)
{
    printf("  Eq. 4 on %s: immobile p %.3f +- %.3f%s, d %.3f +- %.3f A, covariance %.2g A, chi2 "
           "%.1f for %zu Q\n",
           name, f->p, f->p_error, f->p_at_bound ? " (at its bound)" : "", f->d, f->d_error,
           f->covariance_pd, f->chi2, f->n);
}

static void print_eisf(const SpectraFit *f)
{
    const FitQensResult *r = result_of(f);
    printf("      Q      EISF A0/(A0+A1)");
    printf(r->lines > 1 ? "     A0/(A0+A1+A2)\n" : "\n");
    for (size_t s = 0; s < r->nspectra; s++) {
        printf("    %.3f   %.4f +- %.4f", f->selected.spectra[s].q, r->eisf[s], r->eisf_error[s]);
        if (r->lines > 1)
            printf("     %.4f +- %.4f", r->eisf_all[s], r->eisf_all_error[s]);
        printf("\n");
    }
}

static void print_one(const FitSpectra *all, const SpectraFit *f)
{
    const ExperimentQens *x = &f->experiment;
    const FitQensResult *r = result_of(f);
    printf("%s: %g K, %zu Q, resolution %.4g meV at E = 0, %s, detailed balance %s\n", f->file,
           f->temperature, r->nspectra, resolution_fwhm(&f->resolution, 0.0),
           r->poisson ? "Poisson deviance" : "least squares",
           f->model.temperature > 0.0 ? "harmonic" : "none");
    if (f->data.two_theta != NULL)
        printf("  constant angle: Q changes along a spectrum, its areas are taken as those at the "
               "elastic Q\n");
    print_modes(f, all->recipe.mode_energy);
    print_choice(f, all->recipe.choose);
    if (!r->identified)
        printf("  the data do not fix all parameters: no errors\n");
    if (r->lines > 0)
        print_line(r, 0, &x->times);
    if (r->lines > 1)
        print_line(r, 1, &x->times2);
    if (r->lines > 0)
        print_eisf(f);
    if (x->has_eisf)
        print_eq4("A0/(A0+A1)", &x->eisf);
    if (x->has_eisf_all)
        print_eq4("A0/(A0+A1+A2)", &x->eisf_all);
    if (x->has_u2)
        printf("  <u^2> %.4f +- %.4f A^2 with D = exp(-Q^2 <u^2>/3); %.4f with exp(-Q^2 u^2)\n",
               x->u2.u2, x->u2.u2_error, x->u2.u2_x);
}

void fit_spectra_print(const FitSpectra *f)
{
    for (size_t i = 0; i < f->n; i++)
        print_one(f, &f->fit[i]);
    for (int k = 0; k < FIT_QENS_MAX_LINES; k++) {
        const Arrhenius *a = &f->arrhenius[k];
        if (!f->has_arrhenius[k])
            continue;
        double tau0 = exp(-a->ln_prefactor);
        printf("Arrhenius of L%d, %zu temperatures: Ea %.4f +- %.4f eV (%.2f +- %.2f kJ/mol), tau0 "
               "%.4g ps times or over %.3g, covariance of Ea and ln tau0 %.3g eV, chi2 %.2f\n",
               k + 1, f->used[k], a->energy, a->energy_error, a->energy * UNITS_KJ_MOL,
               a->energy_error * UNITS_KJ_MOL, tau0, exp(a->ln_prefactor_error), -a->covariance,
               a->chi2);
    }
}
