/* structure_h5md.h -- H5MD trajectories as structures: last frame in, one frame out. Used by structure.c. */
#ifndef DOMAIN_STRUCTURE_H5MD_H
#define DOMAIN_STRUCTURE_H5MD_H

#include "model/sample.h"
#include "par/comm.h"

/* Last frame, read by rank 0 and given to all. Collective; the same Err on all ranks. */
Err structure_h5md_read(const Comm *c, const char *path, Sample *sample) MUST_USE;

/* A trajectory of one frame. charges [n] e or NULL. Local. */
Err structure_h5md_write(const char *path, const Sample *s, const double charges[],
                         const char *comment) MUST_USE;

#endif
