/* qens_nexus.h -- spectra as NeXus files: NXspe for detectors, NXdata for S(Q,E) at constant Q.
 *
 * NXspe (application definition of NeXus, https://manual.nexusformat.org/classes/applications/NXspe.html; what Mantid,
 * Horace and MSlice load): an NXentry with
 *   definition "NXSPE", program_name; NXSPE_info/{fixed_energy meV, ki_over_kf_scaling, psi degrees}
 *   data/{data, error [spectrum][channel], energy [channel + 1] meV, polar, polar_width, azimuthal, azimuthal_width
 *   degrees, distance m [spectrum]}; instrument/{name, fermi/energy}; sample/temperature
 * ki_over_kf_scaling is 1 if kf/ki was divided out. What NXspe has no place for is in the group `paddlewheel`: `counts` 1
 * if data are Poisson counts (their errors are then sqrt(max(y, 1))), `truth`, `title`.
 * NXdata: entry/data/{S, S_errors, truth [Q][E], Q, E (edges)}, with the attributes signal and axes.
 * E > 0: the neutron loses energy. All functions are Local; call them on one rank.
 */
#ifndef ANALYSIS_QENS_NEXUS_H
#define ANALYSIS_QENS_NEXUS_H

#include "analysis/qens_data.h"

/* Spectra at constant angle; `distance` [m] of sample and detectors. ERR_INPUT at constant Q or without a wavelength,
 * ERR_FILE. */
Err qens_nexus_write_nxspe(const char *path, const QensData *d, double distance) MUST_USE;

/* The first entry that is an NXspe. Spectra are sorted by angle; those of the same angle (1e-4 degree, other height or
 * side) become their mean. Channels without a positive error have no number. ERR_INPUT "path: entry/dataset: ..." for wrong
 * units, lengths that do not fit, energies that do not increase; ERR_FILE for what is no HDF5 file or is cut off. */
Err qens_nexus_read_nxspe(const char *path, QensData *out) MUST_USE;

/* NXentry/NXdata of spectra at constant Q (or angle: then the axis is two_theta). ERR_FILE. */
Err qens_nexus_write(const char *path, const QensData *d) MUST_USE;

#endif
