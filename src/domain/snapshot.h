/* snapshot.h -- the present state as a trajectory stores it: whole on one rank, or cut over the ranks by blocks of ids.
 *
 * Of a gathered sample one rank makes the whole frame. For samples too large for that, atoms and BH4 ions go from the rank
 * that has them in its brick to the rank that has their block of ids, so each rank writes a contiguous part of a file.
 * Both ways the numbers are the same.
 */
#ifndef DOMAIN_SNAPSHOT_H
#define DOMAIN_SNAPSHOT_H

#include "domain/domain.h"
#include "store/h5md.h"

typedef struct Snapshot {
    H5mdFrame frame; /* points into what follows, or into the sample */
    double (*x)[3], (*v)[3], (*centre)[3], (*orient)[4]; /* owned; NULL if not wanted */
} Snapshot;

/* From a sample; frame.x is the sample's own. Local. Free with snapshot_clear. */
void snapshot_of_sample(const Sample *s, bool velocities, bool orientations, Snapshot *out);

/* This rank's blocks. Collective over the domain's communicator.
 *   topology  the sample; only its sizes and ion kinds are read
 *   block     atoms and ions are dealt out in blocks of so many, usually H5MD_BLOCK */
void snapshot_of_domain(const Domain *d, const Atoms *a, const Sample *topology, bool velocities,
                        bool orientations, int64_t block, Snapshot *out);

void snapshot_clear(Snapshot *s);

/* All that H5MD says of atoms besides their places: arrays of its own, charges [n] borrowed or NULL. Local. */
void snapshot_topology(const Sample *s, const double charges[], H5mdTopology *t);
void snapshot_topology_clear(H5mdTopology *t);

#endif
