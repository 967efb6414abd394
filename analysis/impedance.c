#include "analysis/impedance.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>

#define EPS0_F_CM (UNITS_EPS0_F_M / 100.0)

/* ---- the pellet ---- */

double impedance_area(const Pellet *p)
{
    return PI * p->diameter * p->diameter / 4.0;
}

double impedance_cell_constant(const Pellet *p)
{
    return p->thickness / impedance_area(p);
}

double impedance_capacitance(const Pellet *p)
{
    return EPS0_F_CM * p->eps_r / impedance_cell_constant(p);
}

double impedance_porous_factor(const Pellet *p)
{
    switch (p->mixing) {
    case PELLET_MAXWELL_GARNETT:
        return 2.0 * (1.0 - p->porosity) / (2.0 + p->porosity);
    case PELLET_BRUGGEMAN:
        return fmax(0.0, 1.0 - 1.5 * p->porosity);
    default:
        return 1.0;
    }
}

/* Complex conductivity of solid and pores together. */
static double _Complex mixture(const Pellet *p, double _Complex solid, double _Complex pore)
{
    if (p->mixing == PELLET_MAXWELL_GARNETT) {
        double _Complex d = p->porosity * (pore - solid), s = 2.0 * solid + pore;
        return solid * (s + 2.0 * d) / (s - d);
    }
    if (p->mixing == PELLET_BRUGGEMAN) {
        /* 2 x^2 - h x - k k_p = 0; the root with a positive real part and capacitance is that of the principal square root */
        double _Complex h = (2.0 - 3.0 * p->porosity) * solid + (3.0 * p->porosity - 1.0) * pore;
        double _Complex root = csqrt(h * h + 8.0 * solid * pore);
        if (creal(root * conj(h)) < 0.0) /* add, do not cancel */
            root = -root;
        double _Complex large = (h + root) / 4.0, small = -solid * pore / (2.0 * large);
        return creal(large) >= 0.0 && cimag(large) >= 0.0 ? large : small;
    }
    return solid;
}

double _Complex impedance_pellet(const Pellet *p, double omega, double _Complex sigma)
{
    double _Complex pore = I * omega * EPS0_F_CM;
    return impedance_cell_constant(p) / mixture(p, sigma + p->eps_r * pore, pore);
}

double _Complex impedance_cell(const Contacts *c, double omega, double _Complex z_pellet)
{
    double _Complex z = z_pellet;
    if (c->electrode_q > 0.0)
        z += 1.0 / (c->electrode_q * cpow(I * omega, c->electrode_n));
    if (c->stray_capacitance > 0.0)
        z = z / (1.0 + I * omega * c->stray_capacitance * z);
    return z + c->lead_resistance + I * omega * c->lead_inductance;
}

/* ---- the analyser ---- */

double *impedance_frequencies(const Analyser *a, size_t *n)
{
    double decades = log10(a->highest / a->lowest);
    *n = (size_t)floor(decades * a->per_decade + 0.5) + 1;
    double *f = MEM_NEW(double, *n);
    for (size_t i = 0; i < *n; i++)
        f[i] = a->highest * pow(10.0, *n > 1 ? -decades * (double)i / (double)(*n - 1) : 0.0);
    return f;
}

double impedance_noise(const Analyser *a, double modulus)
{
    return a->limit > 0.0 ? hypot(a->noise, modulus / a->limit) : a->noise;
}

void impedance_add_noise(const Analyser *a, uint64_t seed, uint64_t set, size_t n,
                         double _Complex z[])
{
    for (size_t i = 0; i < n; i++) {
        double g[3];
        rng_normal3(seed, RNG_NOISE, set, i, 0, g);
        z[i] += impedance_noise(a, cabs(z[i])) * cabs(z[i]) * (g[0] + I * g[1]);
    }
}
