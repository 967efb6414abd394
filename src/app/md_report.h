/* md_report.h -- what a molecular dynamics stage writes down: log records during, scalars at the end. Local, rank 0, unless
 * it says otherwise. */
#ifndef APP_MD_REPORT_H
#define APP_MD_REPORT_H

#include "app/md_run.h"
#include "store/h5.h"
#include "store/trajectory.h"

/* Velocities of the sample in A/ps; new array [n][3]. */
double (*md_report_velocities(const Sample *s))[3];

/* One record: temperature, pressure, cell, energies, shear work, in the log of the trajectory. Collective. */
Err md_report_log(Trajectory *trajectory, int64_t step, const DynamicsState *state,
                  const Cell *cell) MUST_USE;

/* Scalars of the finished run from the log records after `from` [ps] and from the stored frames: means with block
 * errors, drift of the conserved quantity, density, coordination, space group of the averaged positions. */
Err md_report_scalars(H5 *file, const char *trajectory, const MdRun *m, double from) MUST_USE;

#endif
