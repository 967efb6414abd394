/* circuit_start.c -- where to begin a fit: linear least squares on a grid of time constants, or many places. */
#include "analysis/circuit_fit.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void keep(CircuitStarts *s, const double value[], int nvalues, double chi2)
{
    if (!isfinite(chi2) || (s->n == s->most && chi2 >= s->chi2[s->n - 1]))
        return;
    int at = s->n < s->most ? s->n++ : s->n - 1;
    for (; at > 0 && s->chi2[at - 1] > chi2; at--) {
        s->chi2[at] = s->chi2[at - 1];
        memcpy(s->value[at], s->value[at - 1], sizeof s->value[at]);
    }
    s->chi2[at] = chi2;
    memcpy(s->value[at], value, (size_t)nvalues * sizeof *value);
}

static void window(const CircuitData *d, double *lowest, double *highest)
{
    *lowest = HUGE_VAL;
    *highest = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        *lowest = fmin(*lowest, 2.0 * PI * d->frequency[i]);
        *highest = fmax(*highest, 2.0 * PI * d->frequency[i]);
    }
}

/* ---- series of arcs and single elements ----
 * Z = sum_k a_k b_k(omega): b = 1 (R), i w (L), 1/(i w) (C), (i w)^-n (Q, W), 1/(1 + (i w tau)^n) (arc). With the basis
 * weighted by the errors and its inner products known, each choice of time constants is one small linear system. */

enum { PARTS = 8, GRID = 64 };

typedef struct Part {
    CircuitKind kind; /* CIRCUIT_PARALLEL: an arc */
    int first;        /* its first parameter */
    CircuitArc arc;
} Part;

typedef struct Ladder {
    int nparts, narcs, ngrid, nbasis; /* basis: parts that are not arcs, then the grid */
    Part part[PARTS];
    double tau[GRID], exponent;
    double gram[PARTS + GRID][PARTS + GRID], projection[PARTS + GRID], norm;
} Ladder;

static bool add_part(const Circuit *c, int at, Ladder *l)
{
    CircuitArc arcs[CIRCUIT_NODES];
    int n = circuit_arcs(c, arcs);
    const CircuitNode *node = &c->node[at];
    if (l->nparts == PARTS || node->kind == CIRCUIT_SERIES || node->kind == CIRCUIT_WS ||
        node->kind == CIRCUIT_WO)
        return false;
    Part part = {.kind = node->kind, .first = node->first};
    if (node->kind == CIRCUIT_PARALLEL) {
        int k = 0;
        while (k < n && arcs[k].r != node->first && arcs[k].q != node->first)
            k++;
        if (k == n || node->last - node->first > 3)
            return false;
        part.arc = arcs[k];
        l->narcs++;
    }
    l->part[l->nparts++] = part;
    return true;
}

/* Is it a ladder? Then its parts. */
static bool ladder_of(const Circuit *c, Ladder *l)
{
    const CircuitNode *root = &c->node[c->root];
    *l = (Ladder){.nparts = 0};
    if (root->kind != CIRCUIT_SERIES)
        return add_part(c, c->root, l) && l->narcs <= 6;
    for (int k = root->child; k >= 0; k = c->node[k].sibling)
        if (!add_part(c, k, l))
            return false;
    return l->narcs <= 6;
}

static double _Complex basis(CircuitKind kind, double omega, double tau, double n)
{
    switch (kind) {
    case CIRCUIT_R:
        return 1.0;
    case CIRCUIT_L:
        return I * omega;
    case CIRCUIT_C:
        return 1.0 / (I * omega);
    case CIRCUIT_Q:
        return cpow(I * omega, -n);
    case CIRCUIT_W:
        return (1.0 - I) / sqrt(omega);
    default:
        return 1.0 / (1.0 + cpow(I * omega * tau, n));
    }
}

/* Inner products of all basis functions and the data, weighted. */
static void project(const CircuitData *d, const double _Complex error[], Ladder *l)
{
    int fixed = l->nparts - l->narcs;
    l->nbasis = fixed + l->ngrid;
    double _Complex *b = mem_new((size_t)l->nbasis, sizeof *b);
    memset(l->gram, 0, sizeof l->gram);
    memset(l->projection, 0, sizeof l->projection);
    l->norm = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        double omega = 2.0 * PI * d->frequency[i];
        double re = creal(d->z[i]) / creal(error[i]), im = cimag(d->z[i]) / cimag(error[i]);
        int m = 0;
        for (int k = 0; k < l->nparts; k++)
            if (l->part[k].kind != CIRCUIT_PARALLEL)
                b[m++] = basis(l->part[k].kind, omega, 0.0, 0.85);
        for (int g = 0; g < l->ngrid; g++)
            b[m++] = basis(CIRCUIT_PARALLEL, omega, l->tau[g], l->exponent);
        for (int k = 0; k < m; k++)
            b[k] = CMPLX(creal(b[k]) / creal(error[i]), cimag(b[k]) / cimag(error[i]));
        for (int k = 0; k < m; k++) {
            l->projection[k] += creal(b[k]) * re + cimag(b[k]) * im;
            for (int j = 0; j <= k; j++)
                l->gram[k][j] += creal(b[k]) * creal(b[j]) + cimag(b[k]) * cimag(b[j]);
        }
        l->norm += re * re + im * im;
    }
    for (int k = 0; k < l->nbasis; k++)
        for (int j = 0; j < k; j++)
            l->gram[j][k] = l->gram[k][j];
    free(b);
}

/* Coefficients of the m chosen basis functions by Cholesky on the scaled system; false if two are alike. */
static bool solve(const Ladder *l, int m, const int at[], double a[])
{
    double g[PARTS][PARTS], x[PARTS];
    for (int i = 0; i < m; i++) {
        double si = 1.0 / sqrt(l->gram[at[i]][at[i]]);
        x[i] = l->projection[at[i]] * si;
        for (int j = 0; j <= i; j++) {
            double sum = l->gram[at[i]][at[j]] * si / sqrt(l->gram[at[j]][at[j]]);
            for (int k = 0; k < j; k++)
                sum -= g[i][k] * g[j][k];
            if (i == j && !(sum > 1e-12))
                return false;
            g[i][j] = i == j ? sqrt(sum) : sum / g[j][j];
        }
        for (int k = 0; k < i; k++)
            x[i] -= g[i][k] * x[k];
        x[i] /= g[i][i];
    }
    for (int i = m - 1; i >= 0; i--) {
        for (int k = i + 1; k < m; k++)
            x[i] -= g[k][i] * x[k];
        x[i] /= g[i][i];
    }
    for (int i = 0; i < m; i++)
        a[i] = x[i] / sqrt(l->gram[at[i]][at[i]]);
    return true;
}

/* What is left with these coefficients. */
static double remainder_of(const Ladder *l, int m, const int at[], const double a[])
{
    double sum = l->norm;
    for (int i = 0; i < m; i++) {
        sum -= 2.0 * a[i] * l->projection[at[i]];
        for (int j = 0; j < m; j++)
            sum += a[i] * a[j] * l->gram[at[i]][at[j]];
    }
    return fmax(sum, 0.0);
}

/* Parameters of the circuit from coefficients; arcs take the chosen time constants in order. */
static void values_of(const Circuit *c, const Ladder *l, const int at[], const double a[],
                      double value[])
{
    int fixed = l->nparts - l->narcs, single = 0, arc = 0;
    for (int k = 0; k < l->nparts; k++) {
        const Part *p = &l->part[k];
        if (p->kind != CIRCUIT_PARALLEL) {
            double v = a[single++];
            bool inverse = p->kind == CIRCUIT_C || p->kind == CIRCUIT_Q;
            value[p->first] = inverse ? 1.0 / v : v;
            if (p->kind == CIRCUIT_Q)
                value[p->first + 1] = 0.85;
            continue;
        }
        double r = a[fixed + arc], tau = l->tau[at[fixed + arc] - fixed];
        arc++;
        value[p->arc.r] = r;
        value[p->arc.q] = (p->arc.n < 0 ? tau : pow(tau, l->exponent)) / r;
        if (p->arc.n >= 0)
            value[p->arc.n] = l->exponent;
    }
    (void)c;
}

static void try_choice(const Circuit *c, const Ladder *l, int at[], CircuitStarts *s)
{
    double a[PARTS], value[CIRCUIT_PARAMETERS], largest = 0.0;
    if (!solve(l, l->nparts, at, a))
        return;
    /* what came out negative becomes small, measured by what it adds to the impedance */
    for (int i = 0; i < l->nparts; i++)
        largest = fmax(largest, fabs(a[i]) * sqrt(l->gram[at[i]][at[i]]));
    for (int i = 0; i < l->nparts; i++)
        a[i] = fmax(a[i], 1e-3 * largest / sqrt(l->gram[at[i]][at[i]]));
    values_of(c, l, at, a, value);
    keep(s, value, c->nparameters, remainder_of(l, l->nparts, at, a));
}

/* All increasing choices of time constants: arc 1 is the fastest. */
static void try_grid(const Circuit *c, const Ladder *l, int depth, int from, int at[],
                     CircuitStarts *s)
{
    int fixed = l->nparts - l->narcs;
    if (depth == l->narcs) {
        try_choice(c, l, at, s);
        return;
    }
    for (int g = from; g < l->ngrid; g++) {
        at[fixed + depth] = fixed + g;
        try_grid(c, l, depth + 1, g + 1, at, s);
    }
}

static void start_ladder(const Circuit *c, const CircuitData *d, const double _Complex error[],
                         Ladder *l, CircuitStarts *s)
{
    double lowest, highest;
    window(d, &lowest, &highest);
    const double from = log(0.3 / highest), to = log(10.0 / lowest);
    const double per_decade = l->narcs <= 2 ? 4.0 : l->narcs == 3 ? 2.5 : l->narcs == 4 ? 2.0 : 1.5;
    int n = (int)ceil((to - from) / log(10.0) * per_decade) + 1, at[PARTS];
    l->ngrid = n > GRID ? GRID : n;
    for (int g = 0; g < l->ngrid; g++)
        l->tau[g] = exp(from + (to - from) * g / fmax(1.0, l->ngrid - 1));
    for (int k = 0; k < l->nparts - l->narcs; k++)
        at[k] = k;
    for (l->exponent = 0.95; l->exponent > 0.6; l->exponent -= 0.2) {
        project(d, error, l);
        try_grid(c, l, 0, 0, at, s);
    }
}

/* ---- any circuit ---- */

/* Point `index` of the Halton sequence in one dimension. */
static double halton(int index, int base)
{
    double f = 1.0, r = 0.0;
    for (; index > 0; index /= base) {
        f /= base;
        r += f * (index % base);
    }
    return r;
}

static double chi2_of(const Circuit *c, const double value[], const CircuitData *d,
                      const double _Complex error[])
{
    double sum = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        double _Complex r = circuit_impedance(c, value, 2.0 * PI * d->frequency[i]) - d->z[i];
        sum += pow(creal(r) / creal(error[i]), 2.0) + pow(cimag(r) / cimag(error[i]), 2.0);
    }
    return sum;
}

static void start_anywhere(const Circuit *c, const CircuitData *d, const double _Complex error[],
                           CircuitStarts *s)
{
    static const int primes[CIRCUIT_PARAMETERS] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37,
                                                   41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89};
    double lowest, highest, small = HUGE_VAL, large = 0.0, value[CIRCUIT_PARAMETERS];
    window(d, &lowest, &highest);
    for (size_t i = 0; i < d->n; i++) {
        small = fmin(small, cabs(d->z[i]));
        large = fmax(large, cabs(d->z[i]));
    }
    for (int trial = 1; trial <= 3000; trial++) {
        for (int k = 0; k < c->nparameters; k++) {
            const CircuitParameter *p = &c->parameter[k];
            double u = halton(trial, primes[k]), v = halton(trial + 3000, primes[k]);
            double z = small / 3.0 * pow(9.0 * large / small, u);
            double omega = lowest / 3.0 * pow(9.0 * highest / lowest, v);
            switch (p->name[0]) {
            case 'C':
                value[k] = 1.0 / (omega * z);
                break;
            case 'L':
                value[k] = z / omega;
                break;
            case 'Q':
                value[k] = 1.0 / (pow(omega, 0.85) * z);
                break;
            case 'n':
                value[k] = 0.85;
                break;
            case 't':
                value[k] = 1.0 / omega;
                break;
            default: /* R, W, Ws, Wo */
                value[k] = p->name[0] == 'W' && p->unit[3] != '\0' ? z * sqrt(omega) : z;
            }
        }
        keep(s, value, c->nparameters, chi2_of(c, value, d, error));
    }
}

void circuit_start_find(const Circuit *c, const CircuitData *data, const double _Complex error[],
                        CircuitStarts *s)
{
    Ladder *l = MEM_NEW(Ladder, 1);
    s->n = 0;
    if (ladder_of(c, l) && l->nparts <= PARTS)
        start_ladder(c, data, error, l, s);
    else
        start_anywhere(c, data, error, s);
    free(l);
}
