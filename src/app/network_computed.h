/* network_computed.h -- barriers and attempt frequencies of a network out of a catalogue (stage of kind `barriers`).
 *
 * The barrier of the network's rates stands on the mean of the energies of both ends (lattice/network.h), so it is the mean of the
 * barriers forth and back; the attempt frequency is the geometric mean of both (Vineyard). A BH4 of the catalogue has its own
 * ways: all its converged paths about axes of one kind, shared evenly by these axes, so that the sum of rates is exact at every
 * temperature. A BH4 that the catalogue lacks is like one drawn from those that it has, as often as each has equivalents: a
 * quenched distribution. Hops have the mean over the catalogue.
 */
#ifndef APP_NETWORK_COMPUTED_H
#define APP_NETWORK_COMPUTED_H

#include "app/barriers_options.h"
#include "lattice/network_build.h"

typedef struct ComputedPath { /* converged, BH4 free to turn */
    BarriersGroup group;
    int64_t ion;  /* among its kind, from 1 */
    double angle; /* [degrees] of a rotation */
    double weight;
    double barrier; /* [eV] */
    double attempt; /* [1/s], NaN: not computed */
} ComputedPath;

typedef struct NetworkComputed {
    size_t n;
    ComputedPath *path;
    uint64_t seed;
} NetworkComputed;

/* Read /paths of the stage's result. Free with network_computed_clear, also after an error. Local (rank 0). */
Err network_computed_read(const StageRun *run, const char *stage, NetworkComputed *c) MUST_USE;
void network_computed_clear(NetworkComputed *c);

/* Mean over all paths of a group. False if there is none. attempt is NaN if one of them has none. */
bool network_computed_mean(const NetworkComputed *c, BarriersGroup group, double *barrier,
                           double *attempt);

/* Ways of a BH4 about axes of a kind by an angle; `attempt` [1/s] in place of the computed ones, if it is not NaN. Returns how many
 * there are, if it is more than BUILD_WAYS nothing is written. */
int network_computed_ways(const NetworkComputed *c, BarriersGroup group, double angle, int64_t ion,
                          double attempt, struct BuildWay way[BUILD_WAYS]);

/* BH4 that have paths of all groups for which an angle is `wanted` (NaN: none), and which of them each of the `rotors` BH4 of the sample is like: source
 * [*n] (ions, free()), like [rotors] (index of source, free()). *n 0: there is none. */
void network_computed_kinds(const NetworkComputed *c, const double wanted[BARRIERS_GROUPS],
                            int64_t rotors, int *n, int64_t **source, int32_t **like);

#endif
