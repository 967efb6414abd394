#include "density/gordon_kim.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

/* What the integrals need at the quadrature points: densities of the pair, of A and of B, one after the other. */
typedef struct Points {
    size_t n;
    double *weight;      /* [n] bohr^3 */
    double *rho, *sigma; /* [3 n] */
    double *potential;   /* [n] of B without its shell */
    double *energy;      /* [3 n] room for one functional */
} Points;

static Err check_kinds(const GordonKimSet *s, const char *kinetic, const char *exchange,
                       const char *correlation)
{
    if (!functional_is_kinetic(s->kinetic))
        return err_set(ERR_INPUT, "'%s' is no kinetic functional; those are named lda_k_, gga_k_",
                       kinetic);
    if (functional_is_kinetic(s->exchange))
        return err_set(ERR_INPUT, "'%s' is a kinetic functional, not exchange", exchange);
    if (functional_is_kinetic(s->correlation))
        return err_set(ERR_INPUT, "'%s' is a kinetic functional, not correlation", correlation);
    return OK;
}

Err gordon_kim_set_init(GordonKimSet *set, const char *kinetic, const char *exchange,
                        const char *correlation)
{
    *set = (GordonKimSet){0};
    TRY(functional_new(kinetic, 1, &set->kinetic));
    TRY(functional_new(exchange, 1, &set->exchange));
    TRY(functional_new(correlation, 1, &set->correlation));
    TRY(check_kinds(set, kinetic, exchange, correlation));
    bool gga = functional_is_gga(set->kinetic);
    set->consistent =
        functional_is_gga(set->exchange) == gga && functional_is_gga(set->correlation) == gga;
    if (!set->consistent)
        log_warn("%s with %s and %s is inconsistent: the errors of a %s kinetic functional cancel "
                 "those of %s exchange and correlation only",
                 kinetic, exchange, correlation, gga ? "GGA" : "LDA", gga ? "GGA" : "LDA");
    return OK;
}

void gordon_kim_set_clear(GordonKimSet *set)
{
    functional_free(set->kinetic); /* NULL is taken too */
    functional_free(set->exchange);
    functional_free(set->correlation);
    *set = (GordonKimSet){0};
}

/* cos of the angle between the directions to A and to B: (ra^2 + rb^2 - R^2)/(2 ra rb). */
static void set_point(Points *p, size_t i, const FrozenIon *a, const FrozenIon *b, double ra,
                      double rb, double r)
{
    double slope_a, slope_b, rho_a = a->density(a->context, ra, &slope_a),
                             rho_b = b->density(b->context, rb, &slope_b);
    double cosine = (ra * ra + rb * rb - r * r) / (2.0 * ra * rb);
    p->rho[i] = rho_a + rho_b;
    p->rho[p->n + i] = rho_a;
    p->rho[2 * p->n + i] = rho_b;
    p->sigma[i] =
        fmax(slope_a * slope_a + slope_b * slope_b + 2.0 * slope_a * slope_b * cosine, 0.0);
    p->sigma[p->n + i] = slope_a * slope_a;
    p->sigma[2 * p->n + i] = slope_b * slope_b;
    p->potential[i] = frozen_ion_shell_less_potential(b, rb);
}

static Points points_new(const FrozenIon *a, const FrozenIon *b, double r, int points)
{
    size_t side = (size_t)points, n = side * side;
    Points p = {.n = n,
                .weight = MEM_NEW(double, n),
                .rho = MEM_NEW(double, 3 * n),
                .sigma = MEM_NEW(double, 3 * n),
                .potential = MEM_NEW(double, n),
                .energy = MEM_NEW(double, 3 * n)};
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(side);
    double half = 0.5 * r, span = 2.0 * fmax(a->reach, b->reach) / r;
    for (size_t i = 0; i < side; i++) {
        double s, ws;
        gsl_integration_glfixed_point(0.0, 1.0, i, &s, &ws, rule);
        double mu = 1.0 + span * s * s, wmu = ws * 2.0 * span * s;
        for (size_t j = 0; j < side; j++) {
            double t, wt;
            gsl_integration_glfixed_point(-1.0, 1.0, j, &t, &wt, rule);
            double nu = sin(0.5 * PI * t), wnu = wt * 0.5 * PI * cos(0.5 * PI * t);
            size_t at = i * side + j;
            p.weight[at] = 2.0 * PI * half * half * half * (mu * mu - nu * nu) * wmu * wnu;
            set_point(&p, at, a, b, half * (mu + nu), half * (mu - nu), r);
        }
    }
    gsl_integration_glfixed_table_free(rule);
    return p;
}

static void points_clear(Points *p)
{
    free(p->weight);
    free(p->rho);
    free(p->sigma);
    free(p->potential);
    free(p->energy);
}

/* int { f[rhoA + rhoB] - f[rhoA] - f[rhoB] } */
static double nonadditive(Points *p, const Functional *f)
{
    functional_evaluate(f, 3 * p->n, p->rho, p->sigma, p->energy, NULL, NULL);
    double sum = 0.0;
    for (size_t i = 0; i < p->n; i++)
        sum += p->weight[i] * (p->energy[i] - p->energy[p->n + i] - p->energy[2 * p->n + i]);
    return sum;
}

/* Protons of A in phi_B, electrons of A in phi_B: the latter in nucleus and electrons of B by quadrature, as
 * -N_A phi_B(R) - int rhoA (phi_B - phi_B(R)) so that what the quadrature misses of A's electrons does not count; in the shell
 * of B, whose potential has a kink, as the shell's mean of A's Hartree potential. */
static double coulomb(const Points *p, const FrozenIon *a, const FrozenIon *b, double r)
{
    double centre = frozen_ion_shell_less_potential(b, r);
    double sum = a->z * frozen_ion_potential(b, r) - a->electrons * centre;
    if (a->shell_charge > 0.0)
        sum += a->shell_charge * frozen_ion_mean_potential(b, r, a->shell_radius);
    if (b->shell_charge > 0.0)
        sum -= b->shell_charge * frozen_ion_mean_hartree(a, r, b->shell_radius);
    for (size_t i = 0; i < p->n; i++)
        sum -= p->weight[i] * p->rho[p->n + i] * (p->potential[i] - centre);
    return sum;
}

GordonKimParts gordon_kim_energy(const GordonKimSet *set, const FrozenIon *a, const FrozenIon *b,
                                 double r, int points)
{
    CHECK(r > 0.0 && points > 0, "distance %g bohr, %d points", r, points);
    Points p = points_new(a, b, r, points);
    GordonKimParts e = {.coulomb = coulomb(&p, a, b, r),
                        .kinetic = nonadditive(&p, set->kinetic),
                        .exchange = nonadditive(&p, set->exchange),
                        .correlation = nonadditive(&p, set->correlation)};
    e.total = e.coulomb + e.kinetic + e.exchange + e.correlation;
    e.short_range = e.total - frozen_ion_charge(a) * frozen_ion_charge(b) / r;
    for (size_t i = 0; i < p.n; i++)
        e.electrons += p.weight[i] * p.rho[i];
    points_clear(&p);
    return e;
}
