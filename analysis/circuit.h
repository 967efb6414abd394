/* circuit.h -- equivalent circuits: a string, its impedance, and how that changes with every parameter.
 *
 *   circuit := part { '-' part }                            in series
 *   part    := element | 'p' '(' circuit ',' circuit { ',' circuit } ')'      in parallel
 *   element := name number                                  R1, Q2; numbers tell elements of one kind apart
 *
 *   element  impedance                             parameters (name, unit)
 *   R        R                                     R ohm
 *   C        1/(i w C)                             C F
 *   L        i w L                                 L H
 *   Q        1/(Q (i w)^n)                         Q S s^n, n          constant phase element
 *   W        A (1-i)/sqrt(w)                       W ohm s^-1/2        semi-infinite diffusion
 *   Ws       R tanh(sqrt(i w tau))/sqrt(i w tau)   Ws ohm, tau s       finite layer, permeable end
 *   Wo       R coth(sqrt(i w tau))/sqrt(i w tau)   Wo ohm, tau s       finite layer, blocked end
 *
 * So R1-Q1 is a resistor and a CPE one after the other, p(R1,Q1)-p(R2,Q2)-Q3 two arcs and an electrode; spaces do not
 * matter. Elements: E. Barsoukov, J. R. Macdonald, Impedance Spectroscopy, 2nd ed. (Wiley, 2005), doi 10.1002/0471716243.
 * Sign: Z'' < 0 for a capacitor. All functions Local.
 */
#ifndef ANALYSIS_CIRCUIT_H
#define ANALYSIS_CIRCUIT_H

#include "base/err.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

enum { CIRCUIT_NODES = 64, CIRCUIT_PARAMETERS = 24, CIRCUIT_TEXT = 200 };

typedef enum CircuitKind {
    CIRCUIT_R,
    CIRCUIT_C,
    CIRCUIT_L,
    CIRCUIT_Q,
    CIRCUIT_W,
    CIRCUIT_WS,
    CIRCUIT_WO,
    CIRCUIT_SERIES,
    CIRCUIT_PARALLEL,
} CircuitKind;

typedef struct CircuitNode {
    CircuitKind kind;
    int first, last; /* its parameters: first..last-1 */
    int child,
        sibling; /* of series and parallel: first child; next child of the same parent; -1: none */
} CircuitNode;

typedef struct CircuitParameter {
    char name[12]; /* "R1", "Q1", "n1" */
    const char *unit;
    bool exponent; /* n of a CPE: fitted as it is; all others are positive, fitted as logarithms */
} CircuitParameter;

typedef struct Circuit {
    char text[CIRCUIT_TEXT];
    int nnodes, root;
    CircuitNode node[CIRCUIT_NODES];
    int nparameters;
    CircuitParameter parameter[CIRCUIT_PARAMETERS];
} Circuit;

/* ERR_INPUT "circuit 'TEXT': position N: what is wrong, what is allowed". */
Err circuit_parse(const char *text, Circuit *c) MUST_USE;

/* Place of a parameter, -1 if there is none of this name. */
int circuit_find(const Circuit *c, const char *name);

/* Z [ohm] at angular frequency omega > 0 [1/s] with value [nparameters] in the units above. */
double _Complex circuit_impedance(const Circuit *c, const double value[], double omega);

/* The same, and dz [nparameters]: dZ/d(ln value), of exponents dZ/dn. */
double _Complex circuit_derivatives(const Circuit *c, const double value[], double omega,
                                    double _Complex dz[]);

/* A resistor in parallel with a CPE or a capacitor and nothing else: an arc in the complex plane. */
typedef struct CircuitArc {
    int r, q, n;    /* places of the parameters; n < 0: a capacitor */
    bool top_level; /* in series with all the rest */
} CircuitArc;

/* All arcs of a circuit, in the order of the text; returns how many (arcs has room for CIRCUIT_NODES). */
int circuit_arcs(const Circuit *c, CircuitArc arcs[]);

#endif
