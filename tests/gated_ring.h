/* gated_ring.h -- a walker on a ring whose bonds are opened and closed by rotors: the perfect paddle-wheel.
 *
 * One site and one bond in the unit; the bond's gate is a rotor of two wells, open with the probability p, closed behind 2 eV.
 * A hop through an open gate has the rate 1e12 exp(-0.2 eV/kT) =: Gamma each way; the gate's relaxation rate is lambda.
 */
#ifndef TESTS_GATED_RING_H
#define TESTS_GATED_RING_H

#include "network.h"

static const double RING_KELVIN = 300.0, RING_STEP = 4.0;

static inline double ring_rate(void)
{
    return 1e12 * exp(-0.2 / (UNITS_KB * RING_KELVIN));
}

/* lambda in units of Gamma. Energies are rounded to micro-eV: p and lambda to 4e-5. */
static inline void gated_ring(Network *n, double open, double lambda)
{
    *n = (Network){.cell = network_box(RING_STEP, 20, 20)};
    int site = network_add_site_class(n, 0, false);
    network_add_site(n, site, 0, 0, 0);
    int edge = network_add_edge_class(n, 200000, 1e12);
    network_add_edge(n, 0, 0, edge, 1, 0, 0);
    int32_t up = (int32_t)lround(1e6 * UNITS_KB * RING_KELVIN * log((1.0 - open) / open));
    /* well 0 closed, 1 open: to open costs `up`, to close nothing, so closing goes with the attempt frequency */
    int rotor = network_add_rotor_class(n, 2, (const int32_t[]){0, up});
    network_add_turn(n, rotor, 0, 1, 1, 0, lambda * ring_rate() * (1.0 - open));
    network_add_rotor(n, rotor, 0.5, 0, 0);
    int gate = network_add_table(n, 1, 2, (const int32_t[]){2000000, 0});
    network_add_link(&n->gate, &n->ngate, 0, 0, gate, 0, 0, 0);
    assert_ok(network_check(n, RING_KELVIN));
}

#endif
