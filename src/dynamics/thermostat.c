#include "dynamics/thermostat.h"

#include "base/rng.h"
#include "base/units.h"
#include "dynamics/body.h"
#include "dynamics/rigid.h"

bool thermostat_at_rest(const Domain *d, const Atoms *a)
{
    double fastest = 0.0;
    for (int32_t k = 0; k < a->nlocal; k++)
        for (int c = 0; c < 3; c++)
            fastest = fmax(fastest, fabs(a->v[k][c]));
    comm_max(domain_comm(d), 1, &fastest);
    return fastest == 0.0;
}

void thermostat_stop_drift(const Verlet *v, const Domain *d, Atoms *a)
{
    VerletSums sums = {0};
    double drift[3];
    verlet_sum(v, a, &sums);
    comm_sum_exact(domain_comm(d), 3, sums.momentum);
    for (int c = 0; c < 3; c++)
        drift[c] = exact_value(sums.momentum[c]) / v->total_mass;
    verlet_adjust(v, a, drift, 1.0);
}

/* u <- keep u + spread z: one line of an Ornstein-Uhlenbeck process */
static void mix(double u[3], double keep, double spread, const double z[3])
{
    for (int c = 0; c < 3; c++)
        u[c] = keep * u[c] + spread * z[c];
}

/* What all draws have in common */
typedef struct Bath {
    uint64_t seed, step;
    uint32_t draw;
    RngStream velocity, spin;
    double keep, kt_new; /* factor on the old velocity; variance of the new part is kt_new / mass */
} Bath;

static void bath_apply(const Verlet *v, Atoms *a, const Bath *b)
{
    double z[3];
    for (int32_t i = 0; i < a->nion; i++) {
        int32_t first = a->ion_first[i], last = v->rigid ? first + 1 : a->ion_first[i + 1];
        for (int32_t k = first; k < last; k++) {
            uint64_t id = (uint64_t)(v->rigid ? a->ion_id[i] : a->id[k]);
            double mass = v->rigid ? body_mass(a, i) : a->mass[k];
            rng_normal3(b->seed, b->velocity, b->step, id, b->draw, z);
            mix(a->v[k], b->keep, sqrt(b->kt_new / mass), z);
        }
        if (v->rigid && a->ion_kind[i] == ION_BH4) {
            rng_normal3(b->seed, b->spin, b->step, (uint64_t)a->ion_id[i], b->draw, z);
            mix(a->spin[i], b->keep, sqrt(b->kt_new / rigid_inertia(a->mass[first + 1], v->bond)),
                z);
        }
    }
}

void thermostat_draw(const Verlet *v, const Domain *d, Atoms *a, uint64_t seed, double temperature)
{
    Bath b = {
        .seed = seed, .velocity = RNG_VELOCITY, .spin = RNG_SPIN, .kt_new = UNITS_KB * temperature};
    bath_apply(v, a, &b);
    thermostat_stop_drift(v, d, a);
}

void thermostat_langevin(const Verlet *v, Atoms *a, uint64_t seed, int64_t step, uint32_t half,
                         double temperature, double dt, double tau)
{
    double keep = exp(-dt / tau);
    Bath b = {.seed = seed,
              .step = (uint64_t)step,
              .draw = half,
              .velocity = RNG_LANGEVIN,
              .spin = RNG_LANGEVIN_SPIN,
              .keep = keep,
              .kt_new = (1.0 - keep * keep) * UNITS_KB * temperature};
    bath_apply(v, a, &b);
}

double thermostat_rescaling(uint64_t seed, int64_t step, double kinetic, double freedom,
                            double temperature, double dt, double tau)
{
    if (!(kinetic > 0.0))
        return 1.0;
    double keep = exp(-dt / tau), z[3];
    double ratio =
        0.5 * UNITS_KB * temperature / kinetic; /* target per degree of freedom / present total */
    rng_normal3(seed, RNG_THERMOSTAT, (uint64_t)step, 0, 0, z);
    double rest = rng_chi2(seed, RNG_THERMOSTAT, (uint64_t)step, 1, freedom - 1.0);
    double cross = sqrt(keep * ratio * (1.0 - keep));
    double square = keep + ratio * (1.0 - keep) * (z[0] * z[0] + rest) + 2.0 * z[0] * cross;
    double root = sqrt(fmax(square, 0.0));
    return keep + cross * z[0] < 0.0 ? -root : root;
}
