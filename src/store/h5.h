/* h5.h -- HDF5 with fewer words: every dataset has a unit and a description, every error one line.
 *
 * One process reads or writes a file (rank 0), but for h5_create_growing and h5_extend with a
 * communicator nothing here is Collective. A new file is built in memory, written beside its place (PATH.part), synced and
 * renamed by h5_commit, so a file under its own name is always whole, and a full disk cannot leave
 * HDF5 with a file that it cannot close. It costs twice the file's size in memory: results are
 * small, trajectories grow on the disk (h5_create_growing, h5md.h).
 * HDF5's own error stack is silenced; messages name file, dataset and reason.
 */
#ifndef STORE_H5_H
#define STORE_H5_H

#include "par/comm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct H5 H5; /* a file or a group in it */

/* New file PATH.part; h5_commit closes, syncs and renames it to PATH; h5_close without commit
 * removes it. */
Err h5_create(const char *path, H5 **file) MUST_USE;
Err h5_commit(H5 *file) MUST_USE;

/* New file that grows for long, on the disk as PATH.part until h5_commit; a process that is killed
 * leaves PATH as it was. ERR_FILE. Local. */
Err h5_create_growing(const char *path, H5 **file) MUST_USE;

/* The same, beginning as a copy of PATH. With `c` all its ranks write the copy together by MPI-IO: then this,
 * h5_settle, h5_commit and h5_close are Collective over c, and so is whatever changes the file's structure; a
 * full disk is an error then too, but HDF5 1.10 may keep a file that it cannot close. NULL: this process alone. */
Err h5_extend(const char *path, const Comm *c, H5 **file) MUST_USE;

/* All that was written so far to the operating system. Before the datasets of a growing file are closed: after an error
 * here only h5_close may follow, and what was written last is lost. ERR_FILE (full disk). */
Err h5_settle(H5 *file) MUST_USE;

/* Has this HDF5 MPI-IO? */
bool h5_is_parallel(void);

/* "PATH: name: what (reason of the operating system)" after an HDF5 call that failed just now. */
Err h5_failed(const H5 *at, const char *name, const char *what);

/* An existing file. ERR_FILE "PATH: not an HDF5 file or truncated" etc. */
Err h5_open(const char *path, bool write, H5 **file) MUST_USE;
void h5_close(H5 *file);

/* Group, made if missing (parents too) when the file is open for writing. Close with
 * h5_close_group. */
Err h5_group(H5 *parent, const char *name, H5 **group) MUST_USE;
/* The same with the attribute NX_class, by which readers of NeXus files know it. */
Err h5_group_of_class(H5 *parent, const char *name, const char *nx_class, H5 **group) MUST_USE;
void h5_close_group(H5 *group); /* NULL: nothing */
bool h5_exists(const H5 *at, const char *name);
/* Number of dimensions of a dataset, -1 if there is none of this name. */
int h5_rank(const H5 *at, const char *name);
/* Names of the members of a group, sorted; returns how many; free each and the array. */
size_t h5_members(const H5 *at, char ***names);

/* Datasets. dims [rank], row-major; rank 0 is a scalar. `unit` "1" for numbers without one. */
Err h5_write(H5 *at, const char *name, int rank, const size_t dims[], const double *data,
             const char *unit, const char *description) MUST_USE;
/* Complex numbers as [n][2], real and imaginary part. */
Err h5_write_complex(H5 *at, const char *name, size_t n, const double _Complex z[],
                     const char *unit, const char *description) MUST_USE;
Err h5_write_i64(H5 *at, const char *name, int rank, const size_t dims[], const int64_t *data,
                 const char *unit, const char *description) MUST_USE;
/* A large table [rows][columns], rows `pitch` apart in memory: stored in 32 bits if all of them fit. */
Err h5_write_table_i64(H5 *at, const char *name, size_t rows, size_t columns, size_t pitch,
                       const int64_t *data, const char *unit, const char *description) MUST_USE;
Err h5_write_number(H5 *at, const char *name, double value, const char *unit,
                    const char *description) MUST_USE;
Err h5_write_text(H5 *at, const char *name, const char *text) MUST_USE;
Err h5_write_texts(H5 *at, const char *name, size_t n, const char *const texts[]) MUST_USE;

/* Read a whole dataset of any numeric type as double (or int64); *data is new (free()); dims [rank]
 * must hold `rank` entries and the rank must match. The unit read is put into unit[32] if not NULL.
 */
Err h5_read(H5 *at, const char *name, int rank, size_t dims[], double **data,
            char unit[32]) MUST_USE;
Err h5_read_i64(H5 *at, const char *name, int rank, size_t dims[], int64_t **data) MUST_USE;
Err h5_read_number(H5 *at, const char *name, double *value) MUST_USE;
Err h5_read_text(H5 *at, const char *name, char **text) MUST_USE;
/* A list of n texts; free each and the array. */
Err h5_read_texts(H5 *at, const char *name, size_t *n, char ***texts) MUST_USE;

/* Attributes of a group (name NULL) or dataset. */
Err h5_attr_text(H5 *at, const char *name, const char *key, const char *value) MUST_USE;
/* n == 0: one scalar */
Err h5_attr_integers(H5 *at, const char *name, const char *key, size_t n,
                     const int values[]) MUST_USE;
Err h5_attr_texts(H5 *at, const char *name, const char *key, size_t n,
                  const char *const values[]) MUST_USE;
Err h5_attr_number(H5 *at, const char *name, const char *key, double value) MUST_USE;
Err h5_read_attr_text(H5 *at, const char *name, const char *key, char **value) MUST_USE;
Err h5_read_attr_number(H5 *at, const char *name, const char *key, double *value) MUST_USE;

/* The HDF5 handle, for files of store/ that do more (h5md.c). */
int64_t h5_handle(const H5 *at);

/* Path of the file, for messages; lives as long as `at`. */
const char *h5_path(const H5 *at);

/* Nothing of HDF5's is left open in this process. Local. */
bool h5_all_closed(void);

/* Version of the library into text. */
void h5_library(size_t size, char text[]);

#endif
