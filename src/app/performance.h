/* performance.h -- how fast a run was: where its time went, how evenly, and what was sent.
 *
 * The rows of the table are all there is: the phases of the force field, the rest of dynamics_step, what is recorded on
 * the way, and `other`, so that they add up to the wall time. Imbalance is the largest rank over the mean; ranks
 * that wait for others book it where they wait (halo, sums, mesh); how much of all it was stands below the sum.
 *
 *   Performance p;
 *   performance_begin(&p, &m);
 *   loop: dynamics_step; performance_mark(&p, PERFORMANCE_DYNAMICS); md_record_frame; performance_mark(&p, ...)
 *   char *text = performance_table(&p, steps);
 */
#ifndef APP_PERFORMANCE_H
#define APP_PERFORMANCE_H

#include "app/md_run.h"

typedef enum PerformanceRow { /* the rows after those of FfPhase */
                              PERFORMANCE_DYNAMICS = FF_PHASES,
                              PERFORMANCE_FRAMES,
                              PERFORMANCE_LOG,
                              PERFORMANCE_CHECKPOINT,
                              PERFORMANCE_OTHER,
                              PERFORMANCE_ROWS
} PerformanceRow;

/* What is counted since a beginning; of this rank. */
typedef struct PerformanceCount {
    double wall, cpu, waited; /* s */
    double row[PERFORMANCE_ROWS];
    int64_t builds, prunes;
    int64_t halo_messages, halo_bytes, mesh_steps, mesh_messages, mesh_bytes;
    double mesh[7]; /* s of CPU: the parts of P3mTimes */
} PerformanceCount;

typedef struct Performance {
    const MdRun *m;
    PerformanceCount first; /* counters as performance_begin found them */
    double marked, force;   /* wall time and sum of force phases at the last mark */
    double row[PERFORMANCE_ROWS];
} Performance;

/* The figures of a run that others want. The same on all ranks. */
typedef struct PerformanceRate {
    double wall, cpu;       /* s: the slowest rank, all ranks together */
    double atom_steps_wall; /* 1/s */
    double atom_steps_cpu;  /* per second of CPU of all ranks */
    double ns_per_day;
} PerformanceRate;

/* Start counting. `m` is kept. Local. */
void performance_begin(Performance *p, const MdRun *m);

/* The time since the last mark, without what the force field books itself, goes to `row`. Local. */
void performance_mark(Performance *p, PerformanceRow row);

/* The whole table, several lines. Collective; new string on all ranks, free(). */
char *performance_table(const Performance *p, int64_t steps, double timestep);

/* The table of a run from step `first` to `last`: to the log, and to a text file, where parts of a run that was
 * stopped stand one after the other (first > 0: added). Not in result.h5, whose bytes do not depend on how long
 * things took. A file that cannot be written is no error. Collective. */
void performance_report(const Performance *p, const char *path, int64_t first, int64_t last,
                        double timestep);

#endif
