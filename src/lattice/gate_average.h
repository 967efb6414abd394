/* gate_average.h -- the mean rate of a hop over the wells of fast rotors, and whether that mean may be used.
 *
 * With p(w) the equilibrium of the rotors around an edge at the present occupation (quasi-equilibrium average, QEA)
 *   k_mean = sum_w p(w) k(w);
 * to the next order the hop empties the wells from which it is easy faster than turns fill them again:
 *   k_eff = k_mean (1 - k_mean tau CV^2 + ...),   k_mean tau CV^2 = sum over modes c_l^2/(lambda_l k_mean),
 * c_l the components of k(w) along the modes of the rotors' chains (l = 0, the mean, left out), lambda_l their rates, CV^2 =
 * Var(k)/k_mean^2, tau the correlation time of k(w(t)). That number is the error of the mean, and the rule: use the mean below a
 * stated tolerance, bridge.h otherwise. The exact rate is the least eigenvalue of -K + diag(k). Local.
 */
#ifndef LATTICE_GATE_AVERAGE_H
#define LATTICE_GATE_AVERAGE_H

#include "lattice/chain.h"
#include "lattice/state.h"
#include "lattice/voices.h"

enum { GATE_AVERAGE_STATES = 1 << 20, GATE_AVERAGE_EXACT = 1024 };

typedef struct GateAverage {
    int64_t states;     /* of all rotors together */
    double mean;        /* [1/s] k_mean */
    double locked;      /* [1/s] k in the most probable wells */
    double least, most; /* [1/s] over wells */
    double cv2;         /* Var(k)/mean^2 */
    double tau;         /* [s] correlation time of k; 0 if it does not vary */
    double indicator;   /* k_mean tau CV^2 */
    double exact;       /* [1/s] NaN if there are more than GATE_AVERAGE_EXACT states */
} GateAverage;

/* Edge of the unit in this copy, from its taken end. ERR_INPUT for more than GATE_AVERAGE_STATES combinations of wells, or if
 * both ends are taken or free; ERR_NUMERICAL. */
Err gate_average(Chains *chains, const Voices *voices, const State *s, int64_t cell, int32_t edge,
                 GateAverage *out) MUST_USE;

/* The same for the hop back, which begins where the first one ends: it may be far faster. The state is as before afterwards. */
Err gate_average_back(Chains *chains, const Voices *voices, const State *s, int64_t cell,
                      int32_t edge, GateAverage *out) MUST_USE;

#endif
