/* mc_options.h -- what a study says to a Monte Carlo stage, and what the sampler makes of it. For stage_mc.c only. */
#ifndef APP_MC_OPTIONS_H
#define APP_MC_OPTIONS_H

#include "app/stages.h"
#include "sampling/mc.h"

typedef struct McStageOptions {
    StageHead head;
    char *cell, *potential;
    int model;                                              /* flexible, rigid */
    int64_t equilibration, sweeps, sample_every, log_every; /* sweeps */
    double checkpoint_every;                                /* s */
    int64_t checkpoint_sweeps;
    double temperature, pressure; /* K, GPa */
    double weight[MOVE_COUNT];
    double rotate_step, turn_step, translate_step, displace_step; /* rad, rad, A, A */
    int volume;
    int64_t volume_every, hybrid_every, hybrid_steps, block, refresh;
    double volume_step, hybrid_timestep; /* 1, ps */
    double cutoff, accuracy;             /* A, eV/A */
    bool shift;
    const ConfigNode *sites;
    int64_t space_group, site_cells[3];
    double hop_reach, bond; /* A */
    const ConfigNode *observables;
} McStageOptions;

enum { MC_OPTIONS_NFIELDS = 41 };
extern const ConfigField mc_options_fields[MC_OPTIONS_NFIELDS];

/* Options of the sampler for a sample of this cell; *sites [n][3] is a new array (free()) that they point to. ERR_INPUT.
 * Local, the same on all ranks. */
Err mc_options_read(const StageRun *run, const McStageOptions *o, const Cell *cell, McOptions *mc,
                    double (**sites)[3]) MUST_USE;

#endif
