#include "analysis/sqw.h"

#include "analysis/blocks.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

static const char *const balance_names[] = {"harmonic", "schofield", "standard", "none"};

static const char convention[] = "E > 0: the neutron loses energy. chi''(Q,E) = pi S(Q,E)/(n(E) + "
                                 "1), n = 1/(exp(E/kT) - 1). For E < 0, where the "
                                 "neutron gains |E|, n(E) + 1 = -n(|E|): chi'' is negative there, "
                                 "and minus chi'' = pi S/n(|E|) is what the paper plots "
                                 "against |E| (its Eq. 1 has 1/pi in place of pi: its ordinate is "
                                 "pi^2 smaller). With balance harmonic, schofield or "
                                 "standard chi'' is odd in E; harmonic keeps the classical chi'' = "
                                 "pi E S_cl/kT; with none it is not odd.";

#define AT(member) offsetof(SqwOptions, member)

const ConfigField sqw_fields[] = {
    {"fwhm", CONFIG_QUANTITY, "meV", "0.065 meV", AT(fwhm), "full width of the Gaussian resolution",
     NULL, 1e-6, 1e3, 0},
    {"e_min", CONFIG_QUANTITY, "meV", "-20 meV", AT(e_min), "lowest energy transfer", NULL, -1e4,
     1e4, 0},
    {"e_max", CONFIG_QUANTITY, "meV", "20 meV", AT(e_max), "highest; the neutron loses energy",
     NULL, -1e4, 1e4, 0},
    {"e_step", CONFIG_QUANTITY, "meV", "0.02 meV", AT(e_step), "step", NULL, 1e-6, 1e3, 0},
    {"temperature", CONFIG_QUANTITY, "K", NULL, AT(temperature), "for detailed balance and chi''",
     NULL, 0.1, 1e5, 0},
    {"balance", CONFIG_CHOICE, NULL, "harmonic", AT(balance),
     "how the classical S gets detailed balance", "harmonic|schofield|standard|none", 0, 0, 0},
    {"tail", CONFIG_CHOICE, NULL, "plateau", AT(tail), "I(Q,t) beyond the longest lag",
     "plateau|zero", 0, 0, 0},
    {"plateau_start", CONFIG_QUANTITY, "ps", "0 ps", AT(plateau_start),
     "begin of the plateau window; 0: half of the longest lag", NULL, 0, 1e9, 0},
};
const size_t sqw_nfields = sizeof sqw_fields / sizeof *sqw_fields;

Err sqw_matrix(size_t nt, const double t[], double fwhm, SqwTail tail, double plateau_start,
               size_t ne, const double energy[], double *w)
{
    Resolution r;
    SqwLags lags;
    if (!(fwhm > 0.0))
        return err_set(ERR_INPUT, "fwhm: %g meV; a positive width is needed", fwhm);
    TRY(sqw_row_init(&lags, nt, t, tail, plateau_start));
    Err e = resolution_gaussian(&r, fwhm);
    for (size_t k = 0; k < ne && e == OK; k++)
        sqw_row(&lags, &r, 0, energy[k], w + k * nt);
    resolution_clear(&r);
    sqw_row_clear(&lags);
    return e;
}

/* What was read, and what is made of it: g groups, n Q-values, m energies, nt lags. */
typedef struct Sqw {
    size_t g, n, m, nt;
    double *t, *q, *i, *weight;                                                         /* read */
    double *energy, *matrix, *blocks, *s, *s_error, *chi, *chi_error, *sum, *sum_error; /* made */
} Sqw;

static void clear(Sqw *d)
{
    double *all[] = {d->t, d->q,       d->i,   d->weight,    d->energy, d->matrix,   d->blocks,
                     d->s, d->s_error, d->chi, d->chi_error, d->sum,    d->sum_error};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
}

static Err read_isf(H5 *isf, Sqw *d)
{
    size_t dims[3], one[1];
    TRY(h5_read(isf, "I_blocks", 3, dims, &d->i, NULL));
    d->g = dims[0], d->n = dims[1], d->nt = dims[2];
    TRY(h5_read(isf, "t", 1, one, &d->t, NULL));
    if (one[0] != d->nt)
        return err_set(ERR_FILE, "isf: %zu times for %zu lags", one[0], d->nt);
    TRY(h5_read(isf, "Q", 1, one, &d->q, NULL));
    if (one[0] != d->n)
        return err_set(ERR_FILE, "isf: %zu values of Q, I_blocks has %zu", one[0], d->n);
    TRY(h5_read(isf, "block_weight", 1, one, &d->weight, NULL));
    if (one[0] != d->g)
        return err_set(ERR_FILE, "isf: %zu block weights for %zu blocks", one[0], d->g);
    return OK;
}

static void make_energies(const SqwOptions *o, Sqw *d)
{
    d->m = (size_t)floor((o->e_max - o->e_min) / o->e_step + 1e-9) + 1;
    d->energy = MEM_NEW(double, d->m);
    for (size_t k = 0; k < d->m; k++) {
        double e = o->e_min + (double)k * o->e_step;
        d->energy[k] = fabs(e) < 1e-9 * o->e_step ? 0.0 : e;
    }
}

/* Blocks through the matrix, detailed balance, means and errors, chi''. */
static void compute(const SqwOptions *o, Sqw *d)
{
    d->blocks = MEM_NEW(double, d->g * d->n * d->m);
    d->s = MEM_NEW(double, d->n * d->m);
    d->s_error = MEM_NEW(double, d->n * d->m);
    d->chi = MEM_NEW(double, d->n * d->m);
    d->chi_error = MEM_NEW(double, d->n * d->m);
    d->sum = MEM_NEW(double, d->m);
    d->sum_error = MEM_NEW(double, d->m);
    double *column = MEM_NEW(double, d->g), kt = UNITS_KB_MEV * o->temperature;
    double *all = MEM_NEW(double, d->g * d->m);
    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < d->m; k++) {
            double x = d->energy[k] / kt, factor = models_balance((Balance)o->balance, x);
            for (size_t b = 0; b < d->g; b++) {
                double sum = 0.0;
                for (size_t j = 0; j < d->nt; j++)
                    sum += d->matrix[k * d->nt + j] * d->i[(b * d->n + i) * d->nt + j];
                column[b] = d->blocks[(b * d->n + i) * d->m + k] = factor * sum;
            }
            Estimate e = blocks_weighted(d->g, column, d->weight);
            double to_chi = -PI * expm1(-x); /* pi/(n + 1) */
            for (size_t b = 0; b < d->g; b++)
                all[k * d->g + b] += to_chi * column[b];
            d->s[i * d->m + k] = e.mean, d->s_error[i * d->m + k] = e.error;
            d->chi[i * d->m + k] = to_chi * e.mean,
                              d->chi_error[i * d->m + k] = fabs(to_chi) * e.error;
        }
    for (size_t k = 0; k < d->m; k++) {
        Estimate e = blocks_weighted(d->g, all + k * d->g, d->weight);
        d->sum[k] = e.mean, d->sum_error[k] = e.error;
    }
    free(all);
    free(column);
}

static Err write_all(const SqwOptions *o, const Sqw *d, H5 *out)
{
    size_t plane[2] = {d->n, d->m}, s = sizeof balance_names / sizeof *balance_names;
    double sigma = o->fwhm / (2.0 * sqrt(2.0 * log(2.0))) / UNITS_HBAR_MEV_PS,
           end = d->t[d->nt - 1];
    double left = exp(-0.5 * sigma * sigma * end * end);
    CHECK((size_t)o->balance < s, "balance %d", o->balance);
    if (left > 1e-3)
        log_warn(
            "sqw: at the longest time difference, %g ps, the resolution function (FWHM %g meV) "
            "is still %.2g: what lies beyond is %s",
            end, o->fwhm, left, o->tail == SQW_TAIL_PLATEAU ? "taken as the plateau" : "cut off");
    TRY(h5_write(out, "E", 1, &d->m, d->energy, "meV",
                 "energy transfer; positive: the neutron loses energy"));
    TRY(h5_write(out, "Q", 1, &d->n, d->q, "1/A", "momentum transfer"));
    TRY(h5_write(out, "S", 2, plane, d->s, "1/meV", "S(Q,E) with resolution and detailed balance"));
    TRY(h5_write(out, "S_error", 2, plane, d->s_error, "1/meV",
                 "standard error, from groups of ions"));
    TRY(h5_write(out, "chi", 2, plane, d->chi, "1/meV",
                 "chi''(Q,E) = pi S/(n + 1), elastic line included"));
    TRY(h5_write(out, "chi_error", 2, plane, d->chi_error, "1/meV",
                 "standard error, from groups of ions"));
    TRY(h5_write(
        out, "chi_sum", 1, &d->m, d->sum, "1/meV",
        "generalised susceptibility: sum of chi''(Q,E) over all Q of this file, each once; "
        "see `convention`"));
    TRY(h5_write(out, "chi_sum_error", 1, &d->m, d->sum_error, "1/meV",
                 "standard error, from the blocks of the sum"));
    TRY(h5_write(out, "S_blocks", 3, (size_t[]){d->g, d->n, d->m}, d->blocks, "1/meV",
                 "S of each group of ions"));
    TRY(h5_write_number(out, "temperature", o->temperature, "K", "of detailed balance and chi''"));
    TRY(h5_write_number(out, "fwhm", o->fwhm, "meV", "full width of the Gaussian resolution"));
    TRY(h5_write_number(out, "resolution_at_tmax", left, "1",
                        "resolution function at the longest time difference"));
    TRY(h5_write_text(out, "balance", balance_names[o->balance]));
    TRY(h5_write_text(out, "convention", convention));
    log_info("sqw: classical S(Q,E) given detailed balance '%s' at %g K", balance_names[o->balance],
             o->temperature);
    return h5_write_text(out, "tail", o->tail == SQW_TAIL_PLATEAU ? "plateau" : "zero");
}

Err sqw_write(H5 *isf, const SqwOptions *o, H5 *out)
{
    if (!(o->e_max >= o->e_min))
        return err_set(ERR_INPUT, "e_max: %g meV is below e_min = %g meV", o->e_max, o->e_min);
    Sqw d = {0};
    Err e = read_isf(isf, &d);
    if (e == OK) {
        make_energies(o, &d);
        d.matrix = MEM_NEW(double, d.m *d.nt);
        e = sqw_matrix(d.nt, d.t, o->fwhm, (SqwTail)o->tail, o->plateau_start, d.m, d.energy,
                       d.matrix);
    }
    if (e == OK) {
        compute(o, &d);
        e = write_all(o, &d, out);
    }
    clear(&d);
    return e;
}
