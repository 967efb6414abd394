/* kmc_options.h -- what a study says to a stage of kind `kmc`. For stage_kmc.c and its parts only. */
#ifndef APP_KMC_OPTIONS_H
#define APP_KMC_OPTIONS_H

#include "analysis/hop_run.h"
#include "app/stages.h"

typedef struct KmcStageOptions {
    StageHead head;
    char *network, *site;
    int64_t copies[3];
    ConfigList temperatures; /* K */
    int carriers;            /* CarriersKind */
    int64_t number;
    double fraction;
    int engine;  /* HopperEngine */
    int coulomb; /* HopCoulomb */
    double tolerance;
    ConfigList rotor_speed;
    int64_t replicas, hops, frames;
    double equilibration;
    int64_t per_decade, seed;
    double checkpoint_every; /* s */
} KmcStageOptions;

enum { KMC_OPTIONS_NFIELDS = 20 };
extern const ConfigField kmc_options_fields[KMC_OPTIONS_NFIELDS];

/* What the engines are told; points into o. Local. */
HopRunOptions kmc_options_run(const KmcStageOptions *o);

/* What can be seen without the network. ERR_INPUT. Local. */
Err kmc_options_check(const ConfigNode *stage, const KmcStageOptions *o) MUST_USE;

/* With it: rates at every temperature, carriers and places for them. ERR_INPUT with file, line and key. Local. */
Err kmc_options_check_network(const ConfigNode *stage, const KmcStageOptions *o,
                              const Network *n) MUST_USE;

/* The network that a stage of kind `network` left. Collective. Free with network_clear, also after an error. */
Err kmc_options_network(const StageRun *run, const char *stage, Network *n) MUST_USE;

/* The same for --check, built on paper; *known = false if the sample is not there yet. Local. */
Err kmc_options_paper(const StageRun *run, const char *key, const char *stage, Network *n,
                      bool *known) MUST_USE;

#endif
