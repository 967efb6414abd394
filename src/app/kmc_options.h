/* kmc_options.h -- what a study says to a stage of kind `kmc`, and what it says alike to `kmc_rotors` and `verdict`. */
#ifndef APP_KMC_OPTIONS_H
#define APP_KMC_OPTIONS_H

#include "analysis/hop_run.h"
#include "app/stages.h"

/* Keys that these kinds share, for the table of an options struct `type` with members of these names. */
#define KMC_NETWORK_FIELDS(type)                                                                   \
    {.key = "network",                                                                             \
     .kind = CONFIG_TEXT,                                                                          \
     .unit = "stage",                                                                              \
     .offset = offsetof(type, network),                                                            \
     .help = "stage of kind network: sites, edges, rotors with wells and turns, gates, barriers"}, \
    {                                                                                              \
        .key = "copies", .kind = CONFIG_INTEGERS, .length = 3, .fallback = "[1, 1, 1]", .low = 1,  \
        .high = 1000, .offset = offsetof(type, copies),                                            \
        .help = "the network's cell is repeated so often"                                          \
    }

/* `usual`: of carriers, if the study does not say. */
#define KMC_CARRIERS_FIELDS(type, usual, what)                                                     \
    {.key = "carriers",                                                                            \
     .kind = CONFIG_CHOICE,                                                                        \
     .choices = "vacancies|interstitials|none",                                                    \
     .fallback = (usual),                                                                          \
     .offset = offsetof(type, carriers),                                                           \
     .help = (what)},                                                                              \
        {.key = "number",                                                                          \
         .kind = CONFIG_INTEGER,                                                                   \
         .fallback = "1",                                                                          \
         .low = 0,                                                                                 \
         .high = 1e9,                                                                              \
         .offset = offsetof(type, number),                                                         \
         .help = "of carriers in all copies together"},                                            \
    {                                                                                              \
        .key = "site", .kind = CONFIG_TEXT, .fallback = "", .offset = offsetof(type, site),        \
        .help = "label of the sites on which they begin; absent: any"                              \
    }

#define KMC_SEED_FIELD(type)                                                                       \
    {                                                                                              \
        .key = "seed", .kind = CONFIG_INTEGER, .fallback = "1", .low = 0, .high = 65535,           \
        .offset = offsetof(type, seed), .help = "of this stage, beside that of the study"          \
    }

/* `kept`: what a checkpoint holds. */
#define KMC_CHECKPOINT_FIELD(type, kept)                                                           \
    {                                                                                              \
        .key = "checkpoint_every", .kind = CONFIG_QUANTITY, .unit = "s", .fallback = "1 min",      \
        .low = 0, .high = 1e9, .offset = offsetof(type, checkpoint_every),                         \
        .help = "wall time between checkpoints; they keep " kept                                   \
    }

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
