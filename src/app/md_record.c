#include "app/md_record.h"

#include "app/md_report.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "domain/snapshot.h"
#include "store/provenance.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a frame before compression; of 11 atoms 2 ions are BH4. */
static double frame_bytes(const MdRecordOptions *o, double n)
{
    return n * (o->velocities ? 24.0 : 12.0) + (o->orientations ? n * 28.0 * 2.0 / 11.0 : 0.0);
}

double md_record_bytes(const MdRecordOptions *o, double n, double frames)
{
    return frames * frame_bytes(o, n);
}

/* The stage began when its trajectory did. Rank 0. */
static void read_start(MdRecord *r, const char *begun)
{
    Stage *stage = r->run->stage;
    memcpy(stage->resumed, stage->started, sizeof stage->resumed);
    if (!provenance_started(begun, stage->started))
        log_warn("%s does not say when it was begun", r->path);
}

Err md_record_open(MdRecord *r, const StageRun *run, MdRun *m, const MdRecordOptions *o,
                   int64_t segments, int64_t step)
{
    *r = (MdRecord){.run = run, .m = m, .o = *o};
    bool root = comm_is_root(run->comm);
    int64_t bh4[ION_KINDS];
    sample_count(&m->sample, bh4);
    r->o.orientations = o->orientations && bh4[ION_BH4] > 0;
    r->together = m->sample.n > o->gather_limit;
    if (r->together && !h5_is_parallel()) {
        r->together = false;
        log_warn("this HDF5 has no MPI-IO: rank 0 gathers and writes %lld atoms",
                 (long long)m->sample.n);
    }
    r->path = stage_file(run->stage, "trajectory.h5");
    snapshot_topology(&m->sample, NULL, &r->topology);
    if (root)
        r->provenance = stage_provenance(run, false);
    double fit = MD_RECORD_SEGMENT / frame_bytes(&r->o, (double)m->sample.n);
    TrajectoryPlan plan = {.comm = run->comm,
                           .form = {.velocities = r->o.velocities,
                                    .orientations = r->o.orientations,
                                    .together = r->together ? run->comm : NULL},
                           .topology = &r->topology,
                           .provenance = r->provenance,
                           .least = o->segment_frames > 0 ? o->segment_frames : 1 + (int64_t)fit};
    if (segments < 0)
        return trajectory_begin(run->stage->folder, &plan, &r->trajectory);
    char *begun = NULL;
    Err e = trajectory_resume(run->stage->folder, &plan, segments, step, &begun, &r->trajectory);
    if (begun != NULL)
        read_start(r, begun);
    free(begun);
    return e == OK ? md_record_show(r, false) : e;
}

void md_record_clear(MdRecord *r)
{
    trajectory_free(r->trajectory);
    snapshot_topology_clear(&r->topology);
    free(r->provenance);
    free(r->path);
    *r = (MdRecord){0};
}

Err md_record_frame(MdRecord *r, int64_t step, Observing *observing)
{
    MdRun *m = r->m;
    Snapshot now = {0};
    bool watched = observing_any(observing);
    double time = dynamics_state(m->dynamics)->time * UNITS_TIME_PS;
    if (!r->together || watched)
        md_run_gather(m);
    if (r->together)
        snapshot_of_domain(m->domain, &m->atoms, &m->sample, r->o.velocities, r->o.orientations,
                           H5MD_BLOCK, &now);
    else if (comm_is_root(r->run->comm))
        snapshot_of_sample(&m->sample, r->o.velocities, r->o.orientations, &now);
    now.frame.step = step;
    now.frame.time = time;
    Err e = trajectory_append(r->trajectory, &now.frame);
    snapshot_clear(&now);
    if (e != OK || !watched)
        return e;
    double(*v)[3] = r->o.velocities ? md_report_velocities(&m->sample) : NULL;
    e = observing_frame(observing, step, time, &m->sample, (const double(*)[3])v);
    free(v);
    return e;
}

Err md_record_log(MdRecord *r, int64_t step)
{
    return md_report_log(r->trajectory, step, dynamics_state(r->m->dynamics),
                         domain_cell(r->m->domain));
}

Err md_record_close(MdRecord *r, int64_t *segments)
{
    return trajectory_close(r->trajectory, segments);
}

Err md_record_show(MdRecord *r, bool finished)
{
    char *provenance =
        finished && comm_is_root(r->run->comm) ? stage_provenance(r->run, true) : NULL;
    Err e = trajectory_show(r->trajectory, provenance);
    free(provenance);
    return e;
}
