/* deform.h -- a new cell: ion centres follow it, ions keep their shape, and the work is counted.
 *
 * A cell change h -> h' maps r -> r G with G = inv(h) h'. Centres go along, their momenta go with
 * the inverse transpose of G (a canonical map, so phase-space volume is kept and the energy change
 * is the work of the full stress, kinetic part included). To first order in the logarithmic strain
 * e the potential energy changes by -sum_ab W_ab e_ab with W the ionic virial; taking W before and
 * after (trapezoid) leaves an error of third order.
 *
 * Steady shear is the same map every step. In the equations of motion it is Hoover's Hamiltonian
 * form ("DOLLS": dp_z/dt = f_z - rate p_x for flow x += rate z t; W. G. Hoover et al., Phys. Rev. A
 * 22, 1690 (1980), doi 10.1103/PhysRevA.22.1690). It differs from SLLOD (dp_x/dt = f_x - rate p_z)
 * in normal stresses of second order in the rate; in the solid, where the rate is far below any
 * frequency, by nothing that could be seen. Velocities are those relative to the flow.
 */
#ifndef DYNAMICS_DEFORM_H
#define DYNAMICS_DEFORM_H

#include "domain/domain.h"

/* Lattice vectors scaled by exp(log_scale[k]), angles kept. Writes h [A] and the logarithmic strain
 * e. Local. */
void deform_lengths(const Cell *cell, const double log_scale[3], double h[3][3], double e[3][3]);

/* Simple shear: component `plane` (0 xy, 1 xz, 2 yz) grows by `gamma`, so that x += gamma z in
 * plane xz. Local. */
void deform_shear(const Cell *cell, int plane, double gamma, double h[3][3], double e[3][3]);

/* Strain at time t of a cyclic shear: amplitude sin(2 pi t / period). Local, pure. */
double deform_cycle(double amplitude, double period, double t);

/* Set the cell and move the centres of owned ions along; `map` is G. ERR_NUMERICAL if the box
 * became too narrow or flat (the same on all ranks). Local, but all ranks pass the same h. */
Err deform_cell(Domain *d, Atoms *a, bool rigid, const double h[3][3], double map[3][3]) MUST_USE;

/* Momenta of centres by the inverse transpose of `map`. What the owned ions gained [eV] is added to
 * *gain. Local. */
void deform_velocities(Atoms *a, bool rigid, const double map[3][3], Exact *gain);

/* The same crystal by shorter lattice vectors: while the projection of one on another is longer than
 * half the other, that is subtracted ("flip" in LAMMPS' fix deform, which keeps to tilts of its
 * triangular cells; this works for any cell). Positions stay, images follow, so unwrapped positions
 * stay too; ions may now lie outside the box, and the caller must have lists rebuilt
 * (forcefield_invalidate). Returns true if the lattice was changed. Local; all ranks get the same. */
bool deform_reduce(Domain *d, Atoms *a);

/* sum_ab w_ab e_ab: minus the change of energy per strain e for virial w. Local, pure. */
double deform_contract(const double w[3][3], const double e[3][3]);

#endif
