/* md_options.h -- what a study says to a molecular dynamics stage. For stage_md.c only. */
#ifndef APP_MD_OPTIONS_H
#define APP_MD_OPTIONS_H

#include "app/stage.h"

typedef struct MdOptions {
    StageHead head;
    char *cell;
    char *potential;
    int model;                                /* flexible, rigid */
    double timestep, equilibration, duration; /* ps */
    double sample_every, log_every;           /* ps */
    double checkpoint_every;                  /* s */
    int64_t checkpoint_steps;
    int thermostat, barostat, coulomb;
    double temperature, thermostat_time;             /* K, ps */
    double pressure, barostat_time, compressibility; /* GPa, ps, 1/GPa */
    double cutoff, skin, accuracy, beta;             /* A, A, eV/A, 1/A */
    bool tune;
    int64_t mesh[3], order;
    bool shift, velocities, orientations, fresh_velocities;
    int64_t segment_frames, gather_limit;
    double shear_amplitude, shear_period; /* 1, ps */
    double shear_rate;                    /* 1/ps */
    int shear_plane;
    int64_t inner_steps;
    int kernel, precision; /* places in KERNELS; double, mixed */
    bool reproducible, measured;
    const ConfigNode *observables;
} MdOptions;

enum { MD_OPTIONS_NFIELDS = 43 };
extern const ConfigField md_options_fields[MD_OPTIONS_NFIELDS];

#endif
