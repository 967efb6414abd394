/* kmc_rotors_options.h -- what a study says to a stage of kind `kmc_rotors`. For stage_kmc_rotors.c and its parts only. */
#ifndef APP_KMC_ROTORS_OPTIONS_H
#define APP_KMC_ROTORS_OPTIONS_H

#include "app/stage.h"

typedef struct KmcRotorsOptions {
    StageHead head;
    char *network, *site;
    int64_t copies[3], tile[3];
    double temperature; /* K */
    int carriers;       /* CarriersKind */
    int64_t number;
    int engine;                                                /* KmcRotorsEngine */
    double cycle, equilibration, sample_every, tmax, duration; /* ps */
    double rotor_speed, bond;
    int64_t replicas, groups, counted, seed;
    ConfigList q;
    double q_min, q_max, q_step, at; /* 1/A */
    double checkpoint_every;         /* s */
} KmcRotorsOptions;

typedef enum KmcRotorsEngine { KMC_ROTORS_DIRECT, KMC_ROTORS_TILES } KmcRotorsEngine;

enum { KMC_ROTORS_NFIELDS = 27 };
extern const ConfigField kmc_rotors_fields[KMC_ROTORS_NFIELDS];

#endif
