#include "density/radial_ks.h"

#include "base/mem.h"
#include "base/units.h"
#include "density/functional.h"
#include "density/radial_mixing.h"
#include "density/radial_orbital.h"
#include "store/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 2400, STEPS = 200 };

static const double r_first = 1e-7, r_last = 60; /* bohr, the first over Z */
static const double settled = 1e-9;              /* int rho |V_out - V_in| per electron, hartree */

/* What belongs to one solution while it is sought. */
typedef struct Field {
    const RadialIon *ion;
    Functional *functional;
    RadialGrid grid;
    size_t n;
    int spins;
    double *outer;          /* [n] nuclei and spheres, hartree */
    double *watson;         /* [n] its part of the sphere */
    double *in, *out;       /* [spins n] Hartree and xc: given, and of the density found */
    double *rho[2], *total; /* [n] bohr^-3 */
    double *xc;             /* [n] energy per volume */
    RadialKs *k;
} Field;

/* ---- ions ---- */

static const struct {
    const char *name;
    int z, electrons;
    double shell_charge, shell_radius;
} known[] = {
    {"H", 1, 1, 0, 0},      {"H-", 1, 2, 0, 0},        {"He", 2, 2, 0, 0},
    {"Li+", 3, 2, 0, 0},    {"Be", 4, 4, 0, 0},        {"B", 5, 5, 0, 0},
    {"B+", 5, 4, 0, 0},     {"C", 6, 6, 0, 0},         {"N", 7, 7, 0, 0},
    {"O", 8, 8, 0, 0},      {"F", 9, 9, 0, 0},         {"Ne", 10, 10, 0, 0},
    {"Na", 11, 11, 0, 0},   {"Mg", 12, 12, 0, 0},      {"Mg+", 12, 11, 0, 0},
    {"Mg2+", 12, 10, 0, 0}, {"Al", 13, 13, 0, 0},      {"Ar", 18, 18, 0, 0},
    {"Kr", 36, 36, 0, 0},   {"BH4-", 5, 10, 4, 2.305}, /* B-H 1.22 angstrom; isoelectronic with Ne and CH4 */
};

/* Shells in the order in which they are filled. */
static const int filling[][2] = {{1, 0}, {2, 0}, {2, 1}, {3, 0}, {3, 1}, {4, 0}, {3, 2}, {4, 1}};

static void fill(RadialIon *ion, int electrons)
{
    for (size_t i = 0; electrons > 0; i++) {
        CHECK(i < sizeof filling / sizeof filling[0], "%d electrons left", electrons);
        int l = filling[i][1], half = 2 * l + 1;
        int here = electrons < 2 * half ? electrons : 2 * half;
        int up = here < half ? here : half;
        RadialOrbital *o = &ion->orbital[ion->norbital++];
        *o = (RadialOrbital){.n = filling[i][0], .l = l, .f = {here, 0}};
        if (ion->polarised) {
            o->f[0] = up;
            o->f[1] = here - up;
        }
        electrons -= here;
    }
}

Err radial_ks_ion(const char *name, bool polarised, RadialIon *ion)
{
    const char *names[sizeof known / sizeof known[0]];
    char list[512] = "";
    size_t n = sizeof known / sizeof known[0];
    *ion = (RadialIon){.polarised = polarised};
    for (size_t i = 0; i < n; i++) {
        names[i] = known[i].name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
        if (strcmp(names[i], name) != 0)
            continue;
        snprintf(ion->name, sizeof ion->name, "%s", name);
        ion->z = known[i].z;
        ion->shell_charge = known[i].shell_charge;
        ion->shell_radius = known[i].shell_radius;
        fill(ion, known[i].electrons);
        return OK;
    }
    const char *near = config_nearest(name, n, names);
    return err_set(ERR_INPUT, "ion '%s' is not known%s%s%s; known: %s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'" : "", list);
}

/* ---- grid and outer potential ---- */

/* A grid with the spheres' radii on its points, so that the kinks of the potential are. Returns the index of each. */
static void lay_grid(const RadialIon *ion, RadialKs *k, size_t at[2])
{
    double radius[2] = {ion->shell_charge != 0 ? ion->shell_radius : 0,
                        ion->watson_charge != 0 ? ion->watson_radius : 0};
    double x0 = log(r_first / fmax(ion->z, 1)), h = (log(r_last) - x0) / (POINTS - 1), anchor = 0;
    if (radius[0] > 0 && radius[1] > 0 && fabs(log(radius[1] / radius[0])) > 0.5 * h)
        h = fabs(log(radius[1] / radius[0])) / ceil(fabs(log(radius[1] / radius[0])) / h);
    for (int s = 0; s < 2; s++)
        if (radius[s] > 0)
            anchor = log(radius[s]);
    x0 = anchor - h * ceil((anchor - x0) / h);
    k->n = (size_t)ceil((log(r_last) - x0) / h) + 1;
    k->h = h;
    k->r = MEM_NEW(double, k->n);
    for (size_t i = 0; i < k->n; i++)
        k->r[i] = exp(x0 + h * (double)i);
    for (int s = 0; s < 2; s++)
        at[s] = radius[s] > 0 ? (size_t)lround((log(radius[s]) - x0) / h) : 0;
}

/* -q / max(r, R), added to v. dV/d ln r jumps by q/R at the sphere, and with it y''' in Numerov's formula and the slope in the
 * trapezoid: both are repaired by h/12 of the jump in the potential of that point. */
static void add_sphere(const RadialKs *k, double q, double radius, size_t at, double v[])
{
    if (q == 0)
        return;
    for (size_t i = 0; i < k->n; i++)
        v[i] -= q / fmax(k->r[i], radius);
    v[at] += k->h / 12 * q / radius;
}

/* The density is unknown at first: electrons but one screen as those of Thomas and Fermi, and an anion shows charge 1. */
static void guess(const Field *f)
{
    const RadialIon *ion = f->ion;
    double all = ion->z + ion->shell_charge;
    double screen = fmax(fmin(f->k->electrons, all) - 1, 0), a = 0.606 * cbrt(ion->z);
    for (int s = 0; s < f->spins; s++)
        for (size_t i = 0; i < f->n; i++) {
            double r = fmax(f->k->r[i], ion->shell_charge != 0 ? 0.5 * ion->shell_radius : 0);
            double inside = 1 / ((1 + a * r) * (1 + a * r));
            f->in[(size_t)s * f->n + i] = screen * (1 - inside) / r;
        }
}

/* ---- the potential of a density ---- */

static void hartree(const Field *f)
{
    size_t n = f->n;
    const double *r = f->k->r;
    double *charge = MEM_NEW(double, 2 * n), *shell = MEM_NEW(double, 2 * n);
    for (size_t i = 0; i < n; i++) {
        charge[i] = 4 * PI * r[i] * r[i] * f->total[i];
        shell[i] = charge[i] / r[i];
    }
    radial_orbital_running(&f->grid, charge, charge + n);
    radial_orbital_running(&f->grid, shell, shell + n);
    for (size_t i = 0; i < n; i++)
        f->k->hartree[i] = charge[n + i] / r[i] + shell[2 * n - 1] - shell[n + i];
    free(charge);
    free(shell);
}

/* div of 2 vs_ss grad rho_s + vs_ud grad rho_other, taken off the potential of spin s. */
static void subtract_divergence(const Field *f, int s, const double vsigma[],
                                double *const slope[2], double v[])
{
    size_t n = f->n, spins = (size_t)f->spins;
    double *flow = MEM_NEW(double, n), *div = MEM_NEW(double, n);
    for (size_t i = 0; i < n; i++) {
        const double *vs = vsigma + i * (spins == 2 ? 3 : 1);
        flow[i] = 2 * vs[s == 0 ? 0 : 2] * slope[s][i];
        if (spins == 2)
            flow[i] += vs[1] * slope[1 - s][i];
        flow[i] *= f->k->r[i] * f->k->r[i];
    }
    radial_orbital_derivative(&f->grid, flow, div);
    for (size_t i = 0; i < n; i++)
        v[i] -= div[i] / (f->k->r[i] * f->k->r[i]);
    free(flow);
    free(div);
}

/* f->xc and, added to v [spins n], the potential. */
static void add_xc(const Field *f, double v[])
{
    size_t n = f->n, spins = (size_t)f->spins, grads = spins == 2 ? 3 : 1;
    double *rho = MEM_NEW(double, n *spins), *vrho = MEM_NEW(double, n *spins);
    double *sigma = MEM_NEW(double, n *grads), *vsigma = MEM_NEW(double, n *grads);
    double *slope[2] = {MEM_NEW(double, n), MEM_NEW(double, n)};
    for (size_t s = 0; s < spins; s++) {
        radial_orbital_derivative(&f->grid, f->rho[s], slope[s]);
        for (size_t i = 0; i < n; i++)
            rho[i * spins + s] = f->rho[s][i];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t g = 0; g < grads; g++)
            sigma[i * grads + g] = slope[g / 2][i] * slope[(g + 1) / 2][i];
    functional_evaluate(f->functional, n, rho, sigma, f->xc, vrho, vsigma);
    for (size_t s = 0; s < spins; s++) {
        for (size_t i = 0; i < n; i++)
            v[s * n + i] += vrho[i * spins + s];
        if (functional_is_gga(f->functional))
            subtract_divergence(f, (int)s, vsigma, slope, v + s * n);
    }
    free(rho);
    free(vrho);
    free(sigma);
    free(vsigma);
    free(slope[0]);
    free(slope[1]);
}

/* ---- the density of a potential ---- */

/* f->rho of f->in; false if an orbital was not found. */
static bool occupy(const Field *f)
{
    size_t n = f->n;
    const double *r = f->k->r;
    double *v = MEM_NEW(double, n), *u = MEM_NEW(double, n);
    bool found = true;
    memset(f->total, 0, n * sizeof *f->total);
    for (int s = 0; s < f->spins; s++) {
        memset(f->rho[s], 0, n * sizeof *f->rho[s]);
        for (size_t i = 0; i < n; i++)
            v[i] = f->outer[i] + f->in[(size_t)s * n + i];
        for (int o = 0; o < f->ion->norbital && found; o++) {
            const RadialOrbital *orbital = &f->ion->orbital[o];
            if (orbital->f[s] == 0)
                continue;
            found = radial_orbital_solve(&f->grid, v, f->ion->z, orbital->n, orbital->l,
                                         &f->k->eigenvalue[o][s], u);
            for (size_t i = 0; i < n; i++)
                f->rho[s][i] += orbital->f[s] * u[i] * u[i] / (4 * PI * r[i] * r[i]);
        }
        for (size_t i = 0; i < n; i++)
            f->total[i] += f->rho[s][i];
    }
    free(v);
    free(u);
    return found;
}

static double integral(const Field *f, const double a[], const double b[])
{
    double sum = 0;
    for (size_t i = 0; i < f->n; i++)
        sum += f->k->r[i] * f->k->r[i] * f->k->r[i] * a[i] * (b ? b[i] : 1);
    return 4 * PI * f->k->h * sum;
}

static const char *advice(const Field *f)
{
    bool anion = f->k->electrons > f->ion->z + f->ion->shell_charge + f->ion->watson_charge;
    return anion ? "; this anion is not bound on its own and needs a Watson sphere" : "";
}

/* Iterate to self-consistency. */
static Err settle(Field *f)
{
    size_t n = f->n, all = n * (size_t)f->spins;
    double *weight = MEM_NEW(double, all), change = INFINITY;
    for (size_t i = 0; i < all; i++)
        weight[i] = pow(f->k->r[i % n], 3) / pow(1 + f->k->r[i % n], 2);
    RadialMixing *mixing = radial_mixing_new(all, weight);
    bool found = true;
    for (f->k->iterations = 1; f->k->iterations <= STEPS; f->k->iterations++) {
        found = occupy(f);
        if (!found)
            break;
        hartree(f);
        for (size_t i = 0; i < all && !f->ion->alone; i++)
            f->out[i] = f->k->hartree[i % n];
        if (!f->ion->alone)
            add_xc(f, f->out);
        change = 0;
        for (size_t i = 0; i < all; i++)
            change += pow(f->k->r[i % n], 3) * f->rho[i / n][i % n] * fabs(f->out[i] - f->in[i]);
        change *= 4 * PI * f->k->h / f->k->electrons;
        if (!(change > settled))
            break;
        radial_mixing_next(mixing, f->out, f->in);
    }
    radial_mixing_free(mixing);
    free(weight);
    if (!found || !isfinite(change))
        return err_set(ERR_NUMERICAL, "%s: an orbital was not found in iteration %d%s",
                       f->ion->name, f->k->iterations, advice(f));
    if (change > settled)
        return err_set(ERR_NUMERICAL,
                       "%s: the density does not settle in %d iterations (the potentials still "
                       "differ by %.2g hartree)%s",
                       f->ion->name, STEPS, change, advice(f));
    return OK;
}

static Err all_bound(const Field *f)
{
    double *v = MEM_NEW(double, f->n);
    Err e = OK;
    for (int s = 0; s < f->spins; s++) {
        for (size_t i = 0; i < f->n; i++)
            v[i] = f->outer[i] + f->in[(size_t)s * f->n + i];
        for (int o = 0; o < f->ion->norbital && e == OK; o++) {
            const RadialOrbital *orbital = &f->ion->orbital[o];
            double eps = f->k->eigenvalue[o][s];
            if (orbital->f[s] != 0 && !radial_orbital_bound(&f->grid, v, orbital->l, eps))
                e = err_set(ERR_NUMERICAL,
                            "%s: orbital %d%c is not bound (%.6f hartree in a box of %g bohr)%s",
                            f->ion->name, orbital->n, "spdf"[orbital->l], eps, r_last, advice(f));
        }
    }
    free(v);
    return e;
}

/* Energies: E = sum f eps - int rho V + E_H + E_outer + E_xc. */
static void add_up(const Field *f)
{
    RadialKs *k = f->k;
    double *v = MEM_NEW(double, f->n);
    k->kinetic = 0;
    for (int s = 0; s < f->spins; s++) {
        for (size_t i = 0; i < f->n; i++)
            v[i] = f->outer[i] + f->in[(size_t)s * f->n + i];
        for (int o = 0; o < f->ion->norbital; o++)
            k->kinetic += f->ion->orbital[o].f[s] * k->eigenvalue[o][s];
        k->kinetic -= integral(f, f->rho[s], v);
    }
    k->coulomb = f->ion->alone ? 0 : 0.5 * integral(f, f->total, k->hartree);
    k->watson = integral(f, f->total, f->watson);
    k->nuclear = integral(f, f->total, f->outer) - k->watson;
    k->xc = integral(f, f->xc, NULL);
    k->total = k->kinetic + k->coulomb + k->nuclear + k->watson + k->xc;
    k->electrons = integral(f, f->total, NULL);
    free(v);
}

/* ---- life ---- */

static Err check_ion(const RadialIon *ion)
{
    double electrons = 0;
    if ((ion->shell_charge != 0 && !(ion->shell_radius > 0)) ||
        (ion->watson_charge != 0 && !(ion->watson_radius > 0)))
        return err_set(ERR_INPUT, "%s: a charged sphere needs a radius", ion->name);
    for (int o = 0; o < ion->norbital; o++) {
        electrons += ion->orbital[o].f[0] + ion->orbital[o].f[1];
        if (ion->orbital[o].l >= ion->orbital[o].n || ion->orbital[o].l > 3)
            return err_set(ERR_INPUT, "%s: there is no orbital n = %d, l = %d", ion->name,
                           ion->orbital[o].n, ion->orbital[o].l);
    }
    if (ion->alone && electrons > 1)
        return err_set(ERR_INPUT, "%s: %g electrons are not alone", ion->name, electrons);
    return OK;
}

static void open_field(const RadialIon *ion, RadialKs *k, Field *f)
{
    size_t at[2];
    f->ion = ion;
    f->k = k;
    f->spins = ion->polarised ? 2 : 1;
    lay_grid(ion, k, at);
    f->n = k->n;
    f->grid = (RadialGrid){k->n, k->h, k->r};
    f->outer = MEM_NEW(double, f->n);
    f->watson = MEM_NEW(double, f->n);
    f->total = MEM_NEW(double, f->n);
    f->xc = MEM_NEW(double, f->n);
    f->in = MEM_NEW(double, 2 * f->n);
    f->out = MEM_NEW(double, 2 * f->n);
    k->hartree = MEM_NEW(double, f->n);
    for (int s = 0; s < f->spins; s++)
        f->rho[s] = k->rho[s] = MEM_NEW(double, f->n);
    add_sphere(k, ion->shell_charge, ion->shell_radius, at[0], f->outer);
    add_sphere(k, ion->watson_charge, ion->watson_radius, at[1], f->watson);
    for (size_t i = 0; i < f->n; i++)
        f->outer[i] += f->watson[i] - ion->z / k->r[i];
    for (int o = 0; o < ion->norbital; o++)
        for (int s = 0; s < f->spins; s++) {
            k->electrons += ion->orbital[o].f[s];
            if (ion->orbital[o].f[s] != 0)
                k->eigenvalue[o][s] = -0.5 * pow(ion->z / ion->orbital[o].n, 2);
        }
}

static void close_field(Field *f)
{
    free(f->outer);
    free(f->watson);
    free(f->total);
    free(f->xc);
    free(f->in);
    free(f->out);
    functional_free(f->functional);
}

Err radial_ks_solve(const RadialIon *ion, const char *functional, RadialKs *out)
{
    Field f = {0};
    *out = (RadialKs){0};
    TRY(check_ion(ion));
    TRY(functional_new(functional, ion->polarised ? 2 : 1, &f.functional));
    if (functional_is_kinetic(f.functional)) {
        functional_free(f.functional);
        return err_set(ERR_INPUT,
                       "functional '%s' is a kinetic energy; an exchange-correlation "
                       "functional is needed here",
                       functional);
    }
    open_field(ion, out, &f);
    guess(&f);
    Err e = settle(&f);
    if (e == OK)
        e = all_bound(&f);
    if (e == OK)
        add_up(&f);
    close_field(&f);
    if (e != OK)
        radial_ks_clear(out);
    return e;
}

void radial_ks_clear(RadialKs *k)
{
    free(k->r);
    free(k->hartree);
    free(k->rho[0]);
    free(k->rho[1]);
    *k = (RadialKs){0};
}

/* ---- use ---- */

/* Lagrange's polynomial through six points i0..i0+5 at t steps from the first, and its derivative. */
static double lagrange(const double f[6], double t, double *slope)
{
    double value = 0;
    *slope = 0;
    for (int k = 0; k < 6; k++) {
        double weight = 1, change = 0;
        for (int j = 0; j < 6; j++)
            if (j != k) {
                change = (change * (t - j) + weight) / (k - j);
                weight *= (t - j) / (k - j);
            }
        value += weight * f[k];
        *slope += change * f[k];
    }
    return value;
}

double radial_ks_density(const RadialKs *k, double r, double *slope)
{
    double f[6], d, inside = fmax(r, k->r[0]), x = log(inside / k->r[0]) / k->h;
    *slope = 0;
    if (r > k->r[k->n - 1])
        return 0;
    size_t i = x < 2 ? 0 : (size_t)x - 2;
    if (i + 6 > k->n)
        i = k->n - 6;
    for (size_t j = 0; j < 6; j++)
        f[j] = k->rho[0][i + j] + (k->rho[1] != NULL ? k->rho[1][i + j] : 0);
    double value = lagrange(f, x - (double)i, &d);
    *slope = d / (k->h * inside);
    return value;
}

double radial_ks_form_factor(const RadialKs *k, double q)
{
    double sum = 0, q_bohr = q * UNITS_BOHR;
    for (size_t i = 0; i < k->n; i++) {
        double x = q_bohr * k->r[i], j0 = x < 1e-4 ? 1 - x * x / 6 : sin(x) / x;
        double rho = k->rho[0][i] + (k->rho[1] != NULL ? k->rho[1][i] : 0);
        sum += k->r[i] * k->r[i] * k->r[i] * rho * j0;
    }
    return 4 * PI * k->h * sum;
}
