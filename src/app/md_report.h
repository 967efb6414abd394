/* md_report.h -- what a molecular dynamics stage writes down: log records during, scalars at the end. All Local, rank 0. */
#ifndef APP_MD_REPORT_H
#define APP_MD_REPORT_H

#include "app/md_run.h"
#include "store/h5.h"
#include "store/h5md.h"

/* Trajectory file with the topology of m->sample. */
Err md_report_create(const char *path, const MdRun *m, bool velocities, const char *provenance,
                     H5md **file) MUST_USE;

/* Velocities of the sample in A/ps; new array [n][3]. */
double (*md_report_velocities(const Sample *s))[3];

/* One record: temperature, pressure, cell, energies, shear work, in the log of the trajectory. */
Err md_report_log(H5md *file, int64_t step, const DynamicsState *state, const Cell *cell) MUST_USE;

/* Scalars of the finished run from the log records after `from` [ps] and from the stored frames: means with block
 * errors, drift of the conserved quantity, density, coordination, space group of the averaged positions. */
Err md_report_scalars(H5 *file, const char *trajectory, const MdRun *m, double from) MUST_USE;

#endif
