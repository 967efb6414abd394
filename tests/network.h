/* network.h -- small networks for tests of kinetic Monte Carlo. */
#ifndef TESTS_NETWORK_H
#define TESTS_NETWORK_H

#include "check.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"
#include "lattice/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline Cell network_box(double a, double b, double c)
{
    const double h[3][3] = {{a, 0, 0}, {0, b, 0}, {0, 0, c}};
    Cell cell;
    assert_ok(cell_init(&cell, h));
    return cell;
}

/* A coupling table of na x nb energies [micro-eV]; returns its index. */
static inline int network_add_table(Network *n, int na, int nb, const int32_t table[])
{
    n->couplings = mem_resize(n->couplings, (size_t)n->ncoupling, (size_t)n->ncoupling + 1,
                              sizeof *n->couplings);
    NetworkCoupling *c = &n->couplings[n->ncoupling];
    c->na = na;
    c->nb = nb;
    c->table = MEM_NEW(int32_t, na * nb);
    memcpy(c->table, table, (size_t)(na * nb) * sizeof *table);
    return n->ncoupling++;
}

static inline void network_add_link(NetworkLink **list, int32_t *count, int32_t a, int32_t rotor,
                                    int coupling, int x, int y, int z)
{
    *list = mem_resize(*list, (size_t)*count, (size_t)*count + 1, sizeof **list);
    (*list)[(*count)++] = (NetworkLink){a, rotor, coupling, {(int8_t)x, (int8_t)y, (int8_t)z}};
}

static inline void network_add_edge(Network *n, int32_t a, int32_t b, int class, int x, int y,
                                    int z)
{
    n->edge = mem_resize(n->edge, (size_t)n->nedge, (size_t)n->nedge + 1, sizeof *n->edge);
    n->edge[n->nedge++] = (NetworkEdge){a, b, class, {(int8_t)x, (int8_t)y, (int8_t)z}};
}

static inline int network_add_edge_class(Network *n, int32_t barrier, double attempt)
{
    n->edge_classes = mem_resize(n->edge_classes, (size_t)n->nedge_class,
                                 (size_t)n->nedge_class + 1, sizeof *n->edge_classes);
    n->edge_classes[n->nedge_class] =
        (NetworkEdgeClass){.barrier = barrier, .attempt = attempt, .label = "edge"};
    return n->nedge_class++;
}

static inline int network_add_site(Network *n, int class, double x, double y, double z)
{
    n->site = mem_resize(n->site, (size_t)n->nsite, (size_t)n->nsite + 1, sizeof *n->site);
    n->site_class =
        mem_resize(n->site_class, (size_t)n->nsite, (size_t)n->nsite + 1, sizeof *n->site_class);
    memcpy(n->site[n->nsite], (double[3]){x, y, z}, sizeof n->site[0]);
    n->site_class[n->nsite] = class;
    return n->nsite++;
}

static inline int network_add_site_class(Network *n, int32_t energy, bool reference)
{
    n->site_classes = mem_resize(n->site_classes, (size_t)n->nsite_class,
                                 (size_t)n->nsite_class + 1, sizeof *n->site_classes);
    n->site_classes[n->nsite_class] =
        (NetworkSiteClass){.energy = energy, .reference = reference, .label = "site"};
    return n->nsite_class++;
}

static inline int network_add_rotor(Network *n, int class, double x, double y, double z)
{
    n->rotor = mem_resize(n->rotor, (size_t)n->nrotor, (size_t)n->nrotor + 1, sizeof *n->rotor);
    n->rotor_class = mem_resize(n->rotor_class, (size_t)n->nrotor, (size_t)n->nrotor + 1,
                                sizeof *n->rotor_class);
    memcpy(n->rotor[n->nrotor], (double[3]){x, y, z}, sizeof n->rotor[0]);
    n->rotor_class[n->nrotor] = class;
    return n->nrotor++;
}

/* Wells of own energies, in the default orientation. */
static inline int network_add_rotor_class(Network *n, int nwell, const int32_t energy[])
{
    n->rotor_classes = mem_resize(n->rotor_classes, (size_t)n->nrotor_class,
                                  (size_t)n->nrotor_class + 1, sizeof *n->rotor_classes);
    NetworkRotorClass *c = &n->rotor_classes[n->nrotor_class];
    *c = (NetworkRotorClass){.nwell = nwell, .label = "rotor"};
    for (int w = 0; w < nwell; w++) {
        c->energy[w] = energy != NULL ? energy[w] : 0;
        c->orient[w][0] = 1.0;
    }
    return n->nrotor_class++;
}

static inline void network_add_turn(Network *n, int class, int from, int to, int op,
                                    int32_t barrier, double attempt)
{
    NetworkRotorClass *c = &n->rotor_classes[class];
    c->turn = mem_resize(c->turn, (size_t)c->nturn, (size_t)c->nturn + 1, sizeof *c->turn);
    c->turn[c->nturn++] = (NetworkTurn){(int16_t)from, (int16_t)to, (int8_t)op, barrier, attempt};
}

/* One kind of site, taken in the perfect crystal, with edges between all neighbours at `distance` [A] (next cells at most). Rows of h
 * are the edges of the cell [A], `site` fractional. Each hop has the rate 1e12 exp(-0.2 eV/kT). */
static inline void network_lattice(Network *n, const double h[3][3], int sites,
                                   const double site[][3], double distance)
{
    *n = (Network){.charge = 1.0};
    assert_ok(cell_init(&n->cell, h));
    int class = network_add_site_class(n, 0, true);
    for (int i = 0; i < sites; i++)
        network_add_site(n, class, site[i][0], site[i][1], site[i][2]);
    int edge = network_add_edge_class(n, 200000, 1e12);
    for (int i = 0; i < sites; i++)
        for (int j = i; j < sites; j++)
            for (int step = 0; step < 27; step++) {
                int x = step / 9 - 1, y = step / 3 % 3 - 1, z = step % 3 - 1;
                NetworkEdge e = {i, j, edge, {(int8_t)x, (int8_t)y, (int8_t)z}};
                double d[3];
                network_displacement(n, &e, d);
                if (fabs(vec_norm(d) - distance) < 1e-6 && (i < j || step > 13)) /* 13: no step */
                    network_add_edge(n, i, j, edge, x, y, z);
            }
    assert_ok(network_check(n, 300.0));
}

/* One edge with its gates: at 300 K with one k = 1 /s behind the closed gate, 1000 /s through the open one, flip rate lambda [1/s], open a tenth of the time. */
static inline void network_gate(Network *n, int gates, double lambda)
{
    const double kt = 1e6 * UNITS_KB * 300.0; /* micro-eV */
    *n = (Network){.cell = network_box(10, 10, 10)};
    int site = network_add_site_class(n, 0, false);
    network_add_site(n, site, 0, 0, 0);
    network_add_site(n, site, 0.5, 0, 0);
    int32_t high = (int32_t)lround(kt * log(1000.0)), up = (int32_t)lround(kt * log(9.0));
    int edge = network_add_edge_class(n, 200000, 1000.0 * exp(200000.0 / kt));
    network_add_edge(n, 0, 1, edge, 0, 0, 0);
    int rotor = network_add_rotor_class(n, 2, (const int32_t[]){0, up});
    network_add_turn(n, rotor, 0, 1, 1, 0, 0.9 * lambda);
    int gate = network_add_table(n, 1, 2, (const int32_t[]){high, 0});
    for (int g = 0; g < gates; g++) {
        network_add_rotor(n, rotor, 0.25, 0.1 * g, 0);
        network_add_link(&n->gate, &n->ngate, 0, g, gate, 0, 0, 0);
    }
}

/* Rotors of two classes, with three wells (0, 1) and one (2), that feel each other by the pair energies rr; `slow`: barrier of one of the turns. */
static inline void network_add_two_kinds(Network *n, int32_t slow, const int32_t rr[9])
{
    int a = network_add_rotor_class(n, 3, (const int32_t[]){0, 15000, -8000});
    int b = network_add_rotor_class(n, 1, NULL);
    network_add_turn(n, a, 0, 1, 4, 30000, 1e12);
    network_add_turn(n, a, 1, 2, 1, slow, 2e12);
    network_add_turn(n, a, 0, 0, 5, 50000, 1e12);
    for (int op = 1; op < 4; op++)
        network_add_turn(n, b, 0, 0, op, 35000, 1e12);
    network_add_rotor(n, a, 0.2, 0.8, 0.5);
    network_add_rotor(n, a, 0.7, 0.8, 0.5);
    network_add_rotor(n, b, 0.5, 0.5, 0.5);
    int table = network_add_table(n, 3, 3, rr);
    network_add_link(&n->rotor_rotor, &n->nrotor_rotor, 0, 1, table, 0, 0, 0);
    network_add_link(&n->rotor_rotor, &n->nrotor_rotor, 1, 0, table, 1, 0, 0);
    network_add_link(&n->rotor_rotor, &n->nrotor_rotor, 0, 0, table, 0, 0, 1);
}

/* Two-state rotors on a simple cubic lattice, J for unlike neighbours: 14 rates. */
static inline void network_cubic_rotors(Network *n, int32_t coupling, int32_t barrier)
{
    *n = (Network){.cell = network_box(5, 5, 5)};
    int class = network_add_rotor_class(n, 2, NULL);
    network_add_turn(n, class, 0, 1, 0, barrier, 1e12);
    network_add_rotor(n, class, 0, 0, 0);
    int table = network_add_table(n, 2, 2, (const int32_t[]){0, coupling, coupling, 0});
    for (int a = 0; a < 3; a++)
        network_add_link(&n->rotor_rotor, &n->nrotor_rotor, 0, 0, table, a == 0, a == 1, a == 2);
}

#endif
