/* h5md_inside.h -- what the files of H5MD trajectories share: h5md.c, h5md_read.c, trajectory.c. */
#ifndef STORE_H5MD_INSIDE_H
#define STORE_H5MD_INSIDE_H

#include "store/h5md.h"

#include <hdf5.h>

enum { COLUMN_RANK_MAX = 3 };

/* A dataset that grows along its first dimension. */
typedef struct Column {
    hid_t set;
    int rank;
    hsize_t dims[COLUMN_RANK_MAX]; /* present extent */
} Column;

/* All Local. ERR_FILE names the dataset. */
Err column_open(H5 *at, const char *name, int rank, Column *c) MUST_USE;
void column_close(Column *c);

/* Items first..first+count-1 of row `row` (count 0: none; a column of numbers has one item) between file and memory,
 * with the transfer properties `how`. */
bool column_row(const Column *c, hsize_t row, hsize_t first, hsize_t count, hid_t type, hid_t how,
                bool write, void *data);

/* What every trajectory has besides its columns: /h5md, the box's attributes, species, masses, ions, bonds. */
Err h5md_write_head(H5 *file, const H5mdTopology *t, const char *provenance,
                    bool orientations) MUST_USE;

/* Groups of the same frames as particles/all/position have its step, time and box, as hard links (H5MD 1.1, "storage of
 * time-dependent data"). */
Err h5md_write_links(H5 *file, bool velocities, bool orientations) MUST_USE;

#endif
