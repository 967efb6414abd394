/* network.h -- what hops and what turns: sites with edges between them, rotors, and which rotor stands at which edge.
 *
 * State: occupation occ_i = 0 or 1 of every site by a Mg ion; well w_m of every rotor (BH4), one of the orientations that
 * differ in energy. Labels of H play no part in energies; engines that want scattering keep them beside (turns.h).
 * One Hamiltonian, integer micro-eV, so that equal surroundings give the same bits and sums have no order:
 *   H = sum_i occ_i E_i + sum_m W(w_m) + sum_(i,m) occ_i U(w_m) + sum_(m,n) J(w_m, w_n) + Coulomb
 * with Coulomb = 1/2 sum_ij q_i q_j G(r_ij), q_i = charge (occ_i - reference_i): what the perfect crystal has is in E_i.
 * Rates by kinetically resolved activation (A. Van der Ven et al., Phys. Rev. B 64, 184307 (2001),
 * doi 10.1103/PhysRevB.64.184307):
 *   k(x -> y) = nu exp(-max(0, B + (H_y - H_x)/2)/kT),
 *   B = barrier of the edge + sum over its gates of gate(w_m), of a turn: barrier of the turn:
 * B is the same for both directions, so detailed balance holds whatever the tables say. (The max is taken of both
 * directions together: rates_activation.)
 * An undirected edge is stored once and belongs to one place; both directions of a hop are its events. So with turns: one
 * that leads from a well to the same well by operation g of the tetrahedron also leads there by its inverse.
 *
 * The unit is periodic; engines repeat it k1 x k2 x k3 times without copying it (state.h). Where something reaches into a
 * neighbouring copy, `step` says into which.
 */
#ifndef LATTICE_NETWORK_H
#define LATTICE_NETWORK_H

#include "model/cell.h"

#include <stdbool.h>
#include <stdint.h>

enum { NETWORK_LABEL = 24, NETWORK_WELLS = 12 };

/* Tables, shared by all copies. Energies in micro-eV. */
typedef struct NetworkSiteClass {
    char label[NETWORK_LABEL]; /* "24d" */
    int32_t energy;            /* of a Mg there */
    bool reference;            /* occupied in the perfect crystal */
} NetworkSiteClass;

typedef struct NetworkTurn { /* one way of a rotor from well to well, and back */
    int16_t from, to;        /* wells; the same: only labels of H change */
    int8_t op; /* turns.h: the H at site s of `from` goes to site turns_site(op, s) of `to` */
    int32_t barrier;
    double attempt; /* nu [1/s] */
} NetworkTurn;

typedef struct NetworkRotorClass {
    char label[NETWORK_LABEL];
    int nwell;
    int32_t energy[NETWORK_WELLS]; /* W */
    double orient[NETWORK_WELLS]
                 [4]; /* quaternion of the well, body to crystal (model/tetrahedron.h) */
    int nturn;
    NetworkTurn *turn; /* [nturn] */
} NetworkRotorClass;

typedef struct NetworkEdgeClass {
    char label[NETWORK_LABEL];
    int32_t barrier;
    double attempt; /* nu [1/s] */
} NetworkEdgeClass;

typedef struct NetworkCoupling { /* table of a pair term or of a gate */
    char label[NETWORK_LABEL];
    int na, nb;     /* gate and site-rotor: nb wells, na 1; rotor-rotor: na x nb wells */
    int32_t *table; /* [na][nb] */
} NetworkCoupling;

typedef struct NetworkEdge {
    int32_t a, b; /* sites */
    int32_t class;
    int8_t step[3]; /* copy of the unit in which b is, seen from a's */
} NetworkEdge;

typedef struct NetworkLink { /* a term of H, or a gate, that depends on the well of a rotor */
    int32_t a, rotor, coupling;
    int8_t
        step[3]; /* copy in which the rotor is, seen from that of a (of an edge: of its site a) */
} NetworkLink;

typedef struct Network {
    Cell cell;
    int32_t nsite, nrotor, nedge;
    double (*site)[3]; /* [nsite] fractional */
    int32_t *site_class;
    double (*rotor)[3]; /* [nrotor] fractional, of B */
    int32_t *rotor_class;
    NetworkEdge *edge;
    int32_t nsite_rotor, nrotor_rotor, ngate;
    NetworkLink *site_rotor;  /* a: site */
    NetworkLink *rotor_rotor; /* a: rotor < rotor */
    NetworkLink *gate;        /* a: edge */
    int nsite_class, nrotor_class, nedge_class, ncoupling;
    NetworkSiteClass *site_classes;
    NetworkRotorClass *rotor_classes;
    NetworkEdgeClass *edge_classes;
    NetworkCoupling *couplings;
    double charge;       /* e, of a Mg; 0: no Coulomb */
    double permittivity; /* relative, of the Coulomb term */
    char *
        source; /* where barriers come from, for provenance; "ASSUMED ..." marks what nobody computed */
} Network;

void network_clear(Network *n);
void network_copy(Network *to, const Network *from);

/* Everything that can be wrong: edges to nowhere, tables of the wrong size, negative barriers, sites that no edge
 * reaches, rates that overflow at `temperature` [K], a reference that is
 * not neutral. ERR_INPUT names class, edge or site. Local. */
Err network_check(const Network *n, double temperature) MUST_USE;

/* From a to b [A]. Local. */
void network_displacement(const Network *n, const NetworkEdge *e, double d[3]);

#endif
