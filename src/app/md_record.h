/* md_record.h -- what a molecular dynamics stage keeps while it runs: frames and the log, in segments (store/trajectory.h).
 *
 * Frames of samples with up to `gather_limit` atoms are gathered and written by rank 0; of larger ones each rank writes its
 * block of ids by MPI-IO, and the sample is gathered only if observables want to see it.
 */
#ifndef APP_MD_RECORD_H
#define APP_MD_RECORD_H

#include "app/md_run.h"
#include "app/observing.h"
#include "app/stage.h"
#include "store/trajectory.h"

typedef struct MdRecordOptions {
    bool velocities, orientations;
    int64_t
        segment_frames; /* least frames of a segment; 0: as many as take MD_RECORD_SEGMENT bytes */
    int64_t gather_limit; /* atoms */
} MdRecordOptions;

enum { MD_RECORD_SEGMENT = 64 << 20 }; /* bytes before compression */

typedef struct MdRecord {
    const StageRun *run;
    MdRun *m;
    MdRecordOptions o;
    bool together;
    char *path; /* of the whole trajectory */
    char *provenance;
    H5mdTopology topology;
    Trajectory *trajectory;
} MdRecord;

/* All Collective over the run's communicator; errors are the same on all ranks. */

/* A new one; or, with segments >= 0, go on after so many segments and `step`: then the stage's date of start is read from
 * it, and it can be replayed. Free with md_record_clear. */
Err md_record_open(MdRecord *r, const StageRun *run, MdRun *m, const MdRecordOptions *o,
                   int64_t segments, int64_t step) MUST_USE;
void md_record_clear(MdRecord *r);

/* The present state to the trajectory, then to the observables, rounded as it is stored. */
Err md_record_frame(MdRecord *r, int64_t step, Observing *observing) MUST_USE;

Err md_record_log(MdRecord *r, int64_t step) MUST_USE;

/* End of a checkpoint interval: *segments are on the disk. */
Err md_record_close(MdRecord *r, int64_t *segments) MUST_USE;

/* Write the file that shows all segments as one. `finished`: nothing will come after. */
Err md_record_show(MdRecord *r, bool finished) MUST_USE;

/* Bytes on disk of `frames` frames of n atoms, about. Local. */
double md_record_bytes(const MdRecordOptions *o, double n, double frames);

#endif
