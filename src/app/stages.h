/* stages.h -- the kinds of stages, and the few things that several of them do alike. */
#ifndef APP_STAGES_H
#define APP_STAGES_H

#include "app/stage.h"
#include "store/h5.h"

extern const StageKind stage_cell;        /* stage_cell.c */
extern const StageKind stage_md;          /* stage_md.c */
extern const StageKind stage_mc;          /* stage_mc.c */
extern const StageKind stage_analyse;     /* stage_analyse.c */
extern const StageKind stage_constructed; /* stage_constructed.c */
extern const StageKind stage_qens;        /* stage_qens.c */
extern const StageKind stage_pdf;         /* stage_pdf.c */
extern const StageKind stage_density_pdf; /* stage_density_pdf.c */
extern const StageKind stage_eis;         /* stage_eis.c */
extern const StageKind stage_network;     /* stage_network.c */
extern const StageKind stage_barriers;    /* stage_barriers.c */
extern const StageKind stage_kmc;         /* stage_kmc.c */
extern const StageKind stage_kmc_rotors;  /* stage_kmc_rotors.c */
extern const StageKind stage_replicas;    /* stage_replicas.c */
extern const StageKind stage_compare;     /* stage_compare.c */
extern const StageKind stage_report;      /* stage_report.c */
extern const StageKind stage_verdict;     /* stage_verdict.c */

/* sample.h5 and sample.extxyz of this stage. Local (rank 0). */
Err stages_write_sample(const StageRun *run, const Sample *s) MUST_USE;

/* The sample an earlier stage left. Collective. */
Err stages_read_sample(const StageRun *run, const char *stage, Sample *s) MUST_USE;

/* One number that a comparison may ask for: /scalars/NAME with value, its standard error (NaN if it has none) and
 * unit. Local (rank 0). */
Err stages_scalar(H5 *file, const char *name, double value, double error, const char *unit,
                  const char *description) MUST_USE;

/* Read it back from another stage's result.h5; ERR_INPUT names those there are. Local (rank 0). */
Err stages_read_scalar(const StageRun *run, const char *stage, const char *name, double *value,
                       double *error, char unit[32]) MUST_USE;

/* Key of this stage's own random numbers: the study's seed, the stage's place in the study, and `extra`. Local. */
uint64_t stages_seed(const StageRun *run, uint64_t extra);

/* Has `every` [s] of wall time passed on any rank since `saved` (timer_now())? The same answer on all ranks. Collective. */
bool stages_save_due(const Comm *c, double saved, double every);

/* A new result.h5 for this stage with its provenance, or an existing one of another stage. Local (rank 0). */
Err stages_create_result(const StageRun *run, H5 **file) MUST_USE;
Err stages_open_result(const StageRun *run, const char *stage, H5 **file) MUST_USE;

#endif
