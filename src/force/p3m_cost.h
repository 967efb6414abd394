/* p3m_cost.h -- what a mesh costs, and how many ranks should share it.
 *
 * From tables, not from the clock: the same input gives the same mesh on every machine and in every run.
 */
#ifndef FORCE_P3M_COST_H
#define FORCE_P3M_COST_H

#include <stdbool.h>
#include <stdint.h>

/* CPU seconds of one P3M step on one core, without the virial:
 *
 *   natoms (56 + 47 (order - 4)) ns + points 0.5 ns + fft_cost(mesh, measured)
 *
 * as tests/bench/p3m.c finds it on one core of an AMD Zen 3 (AVX2), atoms sorted in space. Ratios between
 * meshes and orders, and to the pair sum, are what it is for. Local, pure. */
double p3m_cost(const int mesh[3], int order, int64_t natoms, bool measured);

/* Who works on the mesh. Of `ranks` ranks, *members do, as a grid of *members / *columns x *columns
 * (par/fft.h; one column: slabs). The choice has the least
 *
 *   T = points t_p/members + 2 [points t_c (exchanges)/members + messages t_m]
 *
 * where slabs exchange once with members - 1 messages, and pencils twice with rows - 1 + columns - 1;
 * t_p = 25 ns is spreading, transforms, solving and gathering of a point and its share of charges,
 * t_c = 1 ns the packing of a point, t_m = 1.5 us a message. So a few ranks use slabs, many use
 * pencils, and a mesh too small for all of them is left to some. Slabs have no more members than
 * planes.
 *   want_members, want_columns  > 0: not chosen but taken, made possible: at most `ranks`; columns a
 *                               divisor of the members
 *   reproducible                one column
 * Local, pure. */
void p3m_cost_ranks(const int mesh[3], int ranks, int want_members, int want_columns,
                    bool reproducible, int *members, int *columns);

#endif
