/* lammps_input.h -- an input file with which LAMMPS runs our sample with our force field.
 *
 *   pairs    buck/coul/long: A exp(-r/rho) - C6/r^6 up to the cut-off, shifted or not, none inside an ion
 *   Coulomb  pppm with the accuracy ${accuracy} (relative to e^2/A^2 = 14.4 eV/A), our k_e by `dielectric`
 *   bonds    class2: k2, k3, k4;   angles: harmonic, or charmm with the Urey-Bradley term
 *   rigid    fix rigid/nve/small, without bonds and angles
 *
 * Variables of the command line: steps, accuracy, skin [A], every [steps between lines of energies]. The forces of the
 * first configuration go to lammps_forces.txt, then `steps` steps of NVE are timed ("Loop time of").
 * A. P. Thompson et al., Comput. Phys. Commun. 271, 108171 (2022), doi 10.1016/j.cpc.2021.108171.
 */
#ifndef APP_LAMMPS_INPUT_H
#define APP_LAMMPS_INPUT_H

#include "force/forcefield.h"

/* Write it.
 *   path      of the input; `data` the name of the data file beside it, which structure_write made of `sample`
 *   timestep  [ps];  steps  the default of its variable
 * ERR_FILE. Local. */
Err lammps_input_write(const char *path, const char *data, const Sample *sample,
                       const FfParameters *p, const FfOptions *o, double timestep,
                       int64_t steps) MUST_USE;

#endif
