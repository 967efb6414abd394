#include "density/frozen_energy.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "density/smeared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIAL = 8000, KPOINTS = 400, PARTS = 3 };

/* Everything inside is in bohr and hartree; the mesh asks in A. */
typedef struct Soft {
    const FrozenIon *ion;
    double core, poly[3];         /* rho = poly[0] + poly[1] r^2 + poly[2] r^4 inside */
    double reach;                 /* of the density */
    double give_back[PARTS];      /* hartree bohr^3 */
    const Functional *functional; /* of energy_at */
    double sigma;                 /* of the charge's smearing */
    Smeared smeared;              /* electrons */
    double nucleus;               /* with the electrons that were cut off the tail */
    double self;                  /* hartree: of the smeared charge alone */
} Soft;

static const Functional *part_of(const GordonKimSet *set, int part)
{
    return part == 0 ? set->kinetic : part == 1 ? set->exchange : set->correlation;
}

static double true_density(const FrozenIon *ion, double r)
{
    double slope;
    return ion->density(ion->context, r, &slope);
}

static double soft_density(const Soft *s, double r)
{
    double t = r * r;
    return r < s->core ? s->poly[0] + t * (s->poly[1] + t * s->poly[2]) : true_density(s->ion, r);
}

/* ---- what goes on the mesh: r in A, values per bohr^3 ---- */

/* Nucleus, a sphere of protons, and electrons, all folded with one Gaussian. */
static double charge_at(const void *context, double r)
{
    const Soft *s = context;
    const FrozenIon *ion = s->ion;
    double b = r / UNITS_BOHR, w = s->sigma, norm = 1.0 / (w * sqrt(2.0 * PI));
    double charge = s->nucleus * pow(norm, 3.0) * exp(-0.5 * b * b / (w * w));
    if (ion->shell_charge > 0.0) {
        double a = ion->shell_radius, near, far;
        b = fmax(b, 1e-3 * w); /* the limit exists */
        near = norm * exp(-0.5 * pow((b - a) / w, 2.0));
        far = norm * exp(-0.5 * pow((b + a) / w, 2.0));
        charge += ion->shell_charge * (near - far) / (4.0 * PI * b * a);
    }
    SphericalDensity electrons = smeared_density(&s->smeared);
    if (r < electrons.reach)
        charge -= electrons.value(electrons.context, r) * pow(UNITS_BOHR, 3.0);
    return charge;
}

static double density_at(const void *context, double r)
{
    return soft_density(context, r / UNITS_BOHR);
}

static double energy_at(const void *context, double r)
{
    const Soft *s = context;
    double rho = soft_density(s, r / UNITS_BOHR), e;
    functional_evaluate(s->functional, 1, &rho, NULL, &e, NULL, NULL);
    return e;
}

/* ---- softening one ion ---- */

/* Value, slope and curvature of the density at the core radius. */
static void fit_core(Soft *s)
{
    double c = s->core, h = 1e-3 * c, f1, above, below;
    double f = s->ion->density(s->ion->context, c, &f1);
    s->ion->density(s->ion->context, c + h, &above);
    s->ion->density(s->ion->context, c - h, &below);
    double f2 = (above - below) / (2.0 * h);
    s->poly[2] = (f2 - f1 / c) / (8.0 * c * c);
    s->poly[1] = f1 / (2.0 * c) - 2.0 * s->poly[2] * c * c;
    s->poly[0] = f - c * c * (s->poly[1] + c * c * s->poly[2]);
}

/* Electrons per A^3 at r [A]. */
static double raw_density(const void *context, double r)
{
    return true_density(context, r / UNITS_BOHR) / pow(UNITS_BOHR, 3.0);
}

/* What undoes the smearing of an interaction, exp(x) with x = k^2 sigma^2, as far as the mesh may: the first terms, which leave
 * an error of x^4/24. */
static double undo(double x)
{
    return 1.0 + x * (1.0 + x * (0.5 + x / 6.0));
}

/* 1/pi int F(k)^2 exp(-x) undo(x) dk */
static double self_energy(const Soft *s)
{
    const FrozenIon *ion = s->ion;
    double sum = 0.0, end = 7.0 / s->sigma, dk = end / KPOINTS;
    for (int i = 0; i < KPOINTS; i++) {
        double k = (i + 0.5) * dk, x = pow(k * s->sigma, 2.0), ka = k * ion->shell_radius;
        double f = s->nucleus - smeared_form_factor(&s->smeared, k / UNITS_BOHR);
        if (ion->shell_charge > 0.0)
            f += ion->shell_charge * sin(ka) / ka;
        sum += f * f * exp(-x) * undo(x) * dk;
    }
    return sum / PI;
}

/* int_core { f'(rho) - f'(soft) } */
static double core_loss(const Soft *s, const Functional *f)
{
    double sum = 0.0;
    for (int i = 0; i < RADIAL; i++) {
        double t = (i + 0.5) / RADIAL, r = s->core * t * t, dr = s->core * 2.0 * t / RADIAL;
        double rho[2] = {true_density(s->ion, r), soft_density(s, r)}, e[2], v[2];
        functional_evaluate(f, 2, rho, NULL, e, v, NULL);
        sum += 4.0 * PI * r * r * dr * (v[0] - v[1]);
    }
    return sum;
}

static double cut_tail(const FrozenIon *ion, double tail)
{
    const double dr = 0.02;
    double r = ion->reach, outside = 0.0;
    while (r > 1.0 && outside < tail) {
        r -= dr;
        outside += 4.0 * PI * r * r * dr * true_density(ion, r);
    }
    return r;
}

static Soft soften(const FrozenIon *ion, const GordonKimSet *set, const FrozenMesh *mesh)
{
    Soft s = {.ion = ion,
              .core = mesh->core / UNITS_BOHR,
              .reach = cut_tail(ion, mesh->tail),
              .sigma = 1.6 * mesh->spacing / UNITS_BOHR};
    fit_core(&s);
    for (int k = 0; k < PARTS; k++)
        s.give_back[k] = core_loss(&s, part_of(set, k));
    smeared_init(&s.smeared, &(SphericalDensity){raw_density, ion, s.reach * UNITS_BOHR},
                 s.sigma * UNITS_BOHR);
    s.nucleus = ion->z - (ion->electrons - smeared_form_factor(&s.smeared, 0.0));
    s.self = self_energy(&s);
    return s;
}

/* ---- sums over the mesh ---- */

typedef struct Mesh {
    const Comm *comm;
    const FrozenSample *sample;
    const GordonKimSet *set;
    DensityGrid *grid;
    int n[3];
    double point; /* bohr^3 */
    Soft *soft;   /* [nkinds] */
    SphericalDensity *radial;
} Mesh;

/* The mesh becomes the sum over the ions of `value`. */
static void put(Mesh *m, double (*value)(const void *, double), bool charges)
{
    for (int k = 0; k < m->sample->nkinds; k++) {
        const Soft *s = &m->soft[k];
        double reach = s->reach;
        if (charges)
            reach = fmax(reach, s->ion->shell_radius) + 7.0 * s->sigma;
        m->radial[k] = (SphericalDensity){value, s, reach * UNITS_BOHR};
    }
    density_grid_set(m->grid, m->sample->n, m->sample->x, m->sample->kind, m->radial);
}

/* 2 pi/V sum over k of |charge|^2 undo/k^2, less the ions' own. Smearing is the same for all ions. */
static double mesh_coulomb(Mesh *m)
{
    put(m, charge_at, true);
    Fft *fft = density_grid_fft(m->grid);
    fft_forward(fft);
    const FftBlock *b = fft_wave_block(fft);
    const double *wave = fft_waves(fft), sigma2 = m->soft[0].sigma * m->soft[0].sigma;
    Exact sum = {0};
    for (int i = 0; i < b->count[0]; i++)
        for (int j = 0; j < b->count[1]; j++)
            for (int l = 0; l < b->count[2]; l++) {
                int at[3] = {b->first[0] + i, b->first[1] + j, b->first[2] + l};
                double s[3], k[3];
                for (int a = 0; a < 3; a++)
                    s[a] = 2.0 * PI * (2 * at[a] > m->n[a] ? at[a] - m->n[a] : at[a]);
                mat_times_vec(m->sample->cell.inv, s, k);
                double k2 = vec_dot(k, k) * UNITS_BOHR * UNITS_BOHR;
                const double *w = wave + 2 * ((size_t)i * b->step[0] + (size_t)j * b->step[1] +
                                              (size_t)l * b->step[2]);
                int twice = at[2] > 0 && 2 * at[2] < m->n[2] ? 2 : 1;
                if (k2 > 0.0)
                    exact_add(&sum, twice * (w[0] * w[0] + w[1] * w[1]) * undo(k2 * sigma2) / k2);
            }
    comm_sum_exact(m->comm, 1, &sum);
    double volume = m->sample->cell.volume / pow(UNITS_BOHR, 3.0);
    double energy = 2.0 * PI / volume * m->point * m->point * exact_value(sum);
    for (int64_t i = 0; i < m->sample->n; i++)
        energy -= m->soft[m->sample->kind[i]].self;
    return energy;
}

/* Sum over the real mesh of g(value), g the functional's energy or, NULL, the value itself. */
static double mesh_sum(Mesh *m, const Functional *f)
{
    const FftBlock *b = fft_block(density_grid_fft(m->grid));
    const double *real = fft_real(density_grid_fft(m->grid));
    double *e = MEM_NEW(double, b->count[2]);
    Exact sum = {0};
    for (int i = 0; i < b->count[0]; i++)
        for (int j = 0; j < b->count[1]; j++) {
            const double *row = real + (size_t)i * b->step[0] + (size_t)j * b->step[1];
            if (f != NULL)
                functional_evaluate(f, (size_t)b->count[2], row, NULL, e, NULL, NULL);
            for (int l = 0; l < b->count[2]; l++)
                exact_add(&sum, f != NULL ? e[l] : row[l]);
        }
    comm_sum_exact(m->comm, 1, &sum);
    free(e);
    return exact_value(sum) * m->point;
}

/* Calls `visit` for every ordered pair of ions, images included, closer than `cutoff` A. */
static void each_pair(const FrozenSample *s, double cutoff, void *context,
                      void (*visit)(void *context, int kind_i, int kind_j, double r))
{
    double widths[3];
    int m[3];
    cell_widths(&s->cell, widths);
    for (int a = 0; a < 3; a++)
        m[a] = (int)ceil(cutoff / widths[a]) + 1;
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t j = 0; j < s->n; j++) {
            double d[3];
            for (int a = 0; a < 3; a++)
                d[a] = s->x[j][a] - s->x[i][a];
            cell_min_image(&s->cell, d);
            for (int p = -m[0]; p <= m[0]; p++)
                for (int q = -m[1]; q <= m[1]; q++)
                    for (int t = -m[2]; t <= m[2]; t++) {
                        double e[3];
                        for (int a = 0; a < 3; a++)
                            e[a] = d[a] + p * s->cell.h[0][a] + q * s->cell.h[1][a] +
                                   t * s->cell.h[2][a];
                        double r = vec_norm(e);
                        if (r < cutoff && r > 1e-6)
                            visit(context, s->kind[i], s->kind[j], r);
                    }
        }
}

static void add_neighbour(void *context, int kind_i, int kind_j, double r)
{
    Mesh *m = ((void **)context)[0];
    double *sum = ((void **)context)[1];
    double b = r / UNITS_BOHR;
    if (b < m->soft[kind_j].reach)
        for (int k = 0; k < PARTS; k++)
            sum[k] += m->soft[kind_i].give_back[k] * true_density(m->soft[kind_j].ion, b);
}

static void compute(Mesh *m, GordonKimParts *out)
{
    double given[PARTS] = {0.0}, all[PARTS], alone[PARTS], farthest = 0.0;
    out->coulomb = mesh_coulomb(m);
    put(m, density_at, false);
    out->electrons = mesh_sum(m, NULL);
    for (int k = 0; k < PARTS; k++)
        all[k] = mesh_sum(m, part_of(m->set, k));
    for (int k = 0; k < PARTS; k++) {
        for (int i = 0; i < m->sample->nkinds; i++)
            m->soft[i].functional = part_of(m->set, k);
        put(m, energy_at, false);
        alone[k] = mesh_sum(m, NULL);
    }
    for (int i = 0; i < m->sample->nkinds; i++)
        farthest = fmax(farthest, m->soft[i].reach);
    each_pair(m->sample, farthest * UNITS_BOHR, (void *[]){m, given}, add_neighbour);
    out->kinetic = all[0] - alone[0] + given[0];
    out->exchange = all[1] - alone[1] + given[1];
    out->correlation = all[2] - alone[2] + given[2];
    out->total = out->coulomb + out->kinetic + out->exchange + out->correlation;
}

Err frozen_energy_mesh(const Comm *c, const FrozenSample *s, const GordonKimSet *set,
                       const FrozenMesh *mesh, GordonKimParts *out)
{
    *out = (GordonKimParts){0};
    double charge = 0.0;
    for (int64_t i = 0; i < s->n; i++)
        charge += frozen_ion_charge(&s->ion[s->kind[i]]);
    if (fabs(charge) > 1e-6)
        return err_set(ERR_INPUT, "the cell has the charge %g; it must be neutral", charge);
    for (int k = 0; k < PARTS; k++)
        if (functional_is_gga(part_of(set, k)))
            return err_set(ERR_INPUT, "energies on the mesh are for LDA functionals only");
    Mesh m = {.comm = c,
              .sample = s,
              .set = set,
              .soft = MEM_NEW(Soft, s->nkinds),
              .radial = MEM_NEW(SphericalDensity, s->nkinds)};
    for (int k = 0; k < s->nkinds; k++)
        m.soft[k] = soften(&s->ion[k], set, mesh);
    density_grid_points(&s->cell, mesh->spacing, m.n);
    m.grid = density_grid_new(c, &s->cell, m.n);
    m.point = s->cell.volume / pow(UNITS_BOHR, 3.0) / ((double)m.n[0] * m.n[1] * m.n[2]);
    compute(&m, out);
    density_grid_free(m.grid);
    for (int k = 0; k < s->nkinds; k++)
        smeared_clear(&m.soft[k].smeared);
    free(m.soft);
    free(m.radial);
    return OK;
}

/* ---- pairs ---- */

typedef struct Known {
    int i, j;
    double r;
    GordonKimParts e;
} Known;

typedef struct Pairs {
    const FrozenSample *sample;
    const GordonKimSet *set;
    int points;
    size_t n, room;
    Known *known;
    GordonKimParts sum; /* of ordered pairs */
} Pairs;

static const GordonKimParts *energy_of(Pairs *p, int i, int j, double r)
{
    for (size_t k = 0; k < p->n; k++)
        if (p->known[k].i == i && p->known[k].j == j && fabs(p->known[k].r - r) < 1e-5)
            return &p->known[k].e;
    if (p->n == p->room) {
        p->known = mem_resize(p->known, p->room, 2 * p->room + 64, sizeof *p->known);
        p->room = 2 * p->room + 64;
    }
    Known *k = &p->known[p->n++];
    *k = (Known){i, j, r,
                 gordon_kim_energy(p->set, &p->sample->ion[i], &p->sample->ion[j], r / UNITS_BOHR,
                                   p->points)};
    return &k->e;
}

static void add_pair(void *context, int kind_i, int kind_j, double r)
{
    Pairs *p = context;
    const FrozenIon *ion = p->sample->ion;
    int i = kind_i < kind_j ? kind_i : kind_j, j = kind_i < kind_j ? kind_j : kind_i;
    const GordonKimParts *e = energy_of(p, i, j, r);
    double charges = frozen_ion_charge(&ion[i]) * frozen_ion_charge(&ion[j]);
    p->sum.coulomb += 0.5 * (e->coulomb - charges * UNITS_BOHR / r);
    p->sum.kinetic += 0.5 * e->kinetic;
    p->sum.exchange += 0.5 * e->exchange;
    p->sum.correlation += 0.5 * e->correlation;
}

GordonKimParts frozen_energy_pairs(const FrozenSample *s, const GordonKimSet *set, double cutoff,
                                   int points)
{
    Pairs p = {.sample = s, .set = set, .points = points};
    each_pair(s, cutoff, &p, add_pair);
    free(p.known);
    p.sum.total = p.sum.short_range =
        p.sum.coulomb + p.sum.kinetic + p.sum.exchange + p.sum.correlation;
    return p.sum;
}
