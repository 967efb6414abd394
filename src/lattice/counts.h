/* counts.h -- how rotors stand now and how they stood before: counts from which scattering follows for every Q afterwards.
 *
 * For each class of rotors and each time difference t,  C(w0 -> w, g; t) = how often a rotor that was in well w0 was in well w a time
 * t later with its four H moved by turn g (turns.h: the H at place s of w0 is at place g(s) of w). That is all a neutron can see of
 * turns of single rotors:
 *   I(Q,t) = sum C (1/4) sum_s j0(Q |R_w0 b_s - R_w b_g(s)|)/sum C,      EISF = its value at long times,
 * powder average, all H alike, bond length and Q chosen later. Counts are integers: the same bytes for any rank count.
 *
 * Samples come at equal steps. Lags 0..LINEAR samples are taken at every sample, then LINEAR/2+1..LINEAR at every second, fourth, ...
 * (multiple tau: J. Ramirez et al., J. Chem. Phys. 133, 154103 (2010), doi 10.1063/1.3491098, but for states, which cannot be
 * averaged). Memory: 2 bytes per rotor that is looked at, kept sample (LINEAR + 1 a level) and level. Groups of rotors give standard errors. Local but
 * for counts_reduce.
 */
#ifndef LATTICE_COUNTS_H
#define LATTICE_COUNTS_H

#include "lattice/state.h"
#include "lattice/turns.h"
#include "par/comm.h"

enum { COUNTS_LINEAR = 16 };

typedef struct Counts {
    const State *state;
    int64_t first, rotors;  /* this rank's rotors of the state, */
    int64_t every, counted; /* of which those whose number is a multiple of `every` are looked at */
    int groups, levels, wells;
    size_t nlag;
    int64_t *lag;   /* [nlag] samples, ascending from 0 */
    int64_t seen;   /* samples so far */
    uint8_t *kept;  /* [levels][COUNTS_LINEAR + 1][2][counted] wells, then labels */
    int64_t *count; /* [groups][rotor class][lag][w0][w][turn] */
} Counts;

/* Every so many of rotors [first, first + rotors) of the state (none: only to add to); `levels` >= 1: longest lag COUNTS_LINEAR 2^(levels - 1).
 * Free with counts_clear. */
void counts_init(Counts *c, const State *s, int64_t first, int64_t rotors, int64_t every,
                 int levels, int groups);

/* The smallest `every` that leaves at most `most` rotors of the state, of all places of the unit in equal parts. */
int64_t counts_every(const State *s, int64_t most);
void counts_clear(Counts *c);

/* Look at the state as it is now. */
void counts_sample(Counts *c);

/* Length of `count`; rows [counted] of `kept`. */
size_t counts_size(const Counts *c);
size_t counts_kept_rows(const Counts *c);

/* Add the counts of `from`, of the same lattice, lags and groups, to those of `to`. */
void counts_add(const Counts *from, Counts *to);

/* Sum over ranks; afterwards every rank has the whole. Collective. */
void counts_reduce(Counts *c, const Comm *comm);

/* Row [w0][w][turn] of a group, class and lag. */
const int64_t *counts_row(const Counts *c, int group, int rotor_class, size_t lag);

/* I(Q,t) of rotors of one class: value [nlag], error [nlag] (from groups; NaN for fewer than two with rotors of this class).
 *   q [1/A], bond [A] */
void counts_isf(const Counts *c, int rotor_class, double q, double bond, double value[],
                double error[]);

/* Mean of j0 over the four H for one element of a row. */
double counts_form(const Network *n, int rotor_class, int w0, int w, int turn, double q,
                   double bond);

#endif
