#include "app/kmc_options.h"

#include "app/network_options.h"
#include "base/mem.h"
#include "lattice/network_file.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(KmcStageOptions, member)
const ConfigField kmc_options_fields[KMC_OPTIONS_NFIELDS] = {
    STAGE_HEAD_FIELDS,
    KMC_NETWORK_FIELDS(KmcStageOptions),
    {.key = "temperatures",
     .kind = CONFIG_QUANTITIES,
     .unit = "K",
     .low = 0.1,
     .high = 1e5,
     AT(temperatures),
     .help = "each on its own; from two on an Arrhenius line is fitted"},
    KMC_CARRIERS_FIELDS(
        KmcStageOptions, "vacancies",
        "Mg taken from the perfect sample, added to it, or neither (hops then make pairs)"),
    {.key = "fraction",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 1,
     AT(fraction),
     .help = "ASSUMED carriers for each Mg of the perfect sample: conductivities are scaled from "
             "those simulated to "
             "these, right if carriers do not feel each other; 0: not scaled"},
    {.key = "engine",
     .kind = CONFIG_CHOICE,
     .choices = "bridge|direct|average",
     .fallback = "bridge",
     AT(engine),
     .help = "exact at any rotor speed; every turn followed; mean rates of gates, refused above "
             "`tolerance`"},
    {.key = "coulomb",
     .kind = CONFIG_CHOICE,
     .choices = "none|neutral|background",
     .fallback = "none",
     AT(coulomb),
     .help =
         "between charged defects, by the network's charge and permittivity; neutral: they must "
         "add up to nothing (pairs); background: a uniform charge makes up for the rest. "
         "A hop costs a look at all sites"},
    {.key = "tolerance",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1e-4",
     .low = 0,
     .high = 1,
     AT(tolerance),
     .help = "of average: largest k tau CV^2, the relative error of a mean rate"},
    {.key = "rotor_speed",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .fallback = "[\"1\"]",
     .low = 0,
     .high = 1e12,
     AT(rotor_speed),
     .help = "factors on all turns (dose-response); the first one is that of the spectra and of "
             "the scalars"},
    {.key = "replicas",
     .kind = CONFIG_INTEGER,
     .fallback = "16",
     .low = 1,
     .high = 4095,
     AT(replicas),
     .help = "independent runs, spread over ranks; standard errors are over them"},
    {.key = "hops",
     .kind = CONFIG_INTEGER,
     .fallback = "50000",
     .low = 100,
     .high = 1e12,
     AT(hops),
     .help = "of a replica, about: its time follows from a pilot run"},
    {.key = "frames",
     .kind = CONFIG_INTEGER,
     .fallback = "1024",
     .low = 32,
     .high = 1e6,
     AT(frames),
     .help = "of a replica, at equal times, for diffusion and DC conductivity"},
    {.key = "equilibration",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.25",
     .low = 0,
     .high = 100,
     AT(equilibration),
     .help = "time before a replica counts, in units of its length"},
    {.key = "per_decade",
     .kind = CONFIG_INTEGER,
     .fallback = "4",
     .low = 1,
     .high = 100,
     AT(per_decade),
     .help = "frequencies of the spectrum in each decade"},
    KMC_SEED_FIELD(KmcStageOptions),
    KMC_CHECKPOINT_FIELD(KmcStageOptions, "whole replicas"),
};

HopRunOptions kmc_options_run(const KmcStageOptions *o)
{
    return (HopRunOptions){
        .copies = {(int)o->copies[0], (int)o->copies[1], (int)o->copies[2]},
        .carriers = (CarriersKind)o->carriers,
        .site = o->site,
        .number = o->number,
        .engine = (HopperEngine)o->engine,
        .tolerance = o->tolerance,
        .coulomb = (HopCoulomb)o->coulomb,
        .ntemperature = o->temperatures.n,
        .temperature = o->temperatures.value,
        .nspeed = o->rotor_speed.n,
        .speed = o->rotor_speed.value,
        .replicas = o->replicas,
        .hops = o->hops,
        .frames = o->frames,
        .equilibration = o->equilibration,
        .per_decade = (int)o->per_decade,
        .fraction = o->fraction,
    };
}

Err kmc_options_check(const ConfigNode *stage, const KmcStageOptions *o)
{
    if (o->temperatures.n == 0)
        return config_error(stage, "temperatures", "at least one is needed");
    for (size_t i = 0; i < o->temperatures.n; i++)
        for (size_t k = 0; k < i; k++)
            if (o->temperatures.value[i] == o->temperatures.value[k])
                return config_error(stage, "temperatures", "%g K is given twice",
                                    o->temperatures.value[i]);
    if (o->rotor_speed.n == 0)
        return config_error(stage, "rotor_speed", "at least one is needed");
    if (o->carriers != CARRIERS_NONE && o->number < 1)
        return config_error(
            stage, "number",
            "a lattice without carriers carries nothing; write `carriers: none` for the perfect "
            "one");
    if (o->coulomb != HOP_COULOMB_NONE && o->engine == HOPPER_AVERAGE)
        return config_error(stage, "coulomb",
                            "mean rates know no Coulomb forces: take engine bridge");
    if (o->coulomb != HOP_COULOMB_NONE && o->fraction > 0.0)
        return config_error(stage, "fraction",
                            "carriers that feel each other cannot be scaled to another number");
    if (o->carriers == CARRIERS_NONE && o->fraction > 0.0)
        return config_error(stage, "fraction", "of no carriers; leave it out");
    return OK;
}

Err kmc_options_check_network(const ConfigNode *stage, const KmcStageOptions *o, const Network *n)
{
    State s;
    const int k[3] = {(int)o->copies[0], (int)o->copies[1], (int)o->copies[2]};
    for (size_t i = 0; i < o->temperatures.n; i++)
        TRY(config_place_error(stage, "temperatures", network_check(n, o->temperatures.value[i])));
    if (n->nedge == 0)
        return config_error(stage, "network", "it has no edges: nothing can hop");
    TRY(config_place_error(stage, "copies", state_init(&s, n, k)));
    Err e =
        config_place_error(stage, o->carriers == CARRIERS_NONE ? "carriers" : "number",
                           carriers_place(&s, (CarriersKind)o->carriers, o->site, o->number, 0, 0));
    if (e == OK && o->coulomb != HOP_COULOMB_NONE) {
        Defects d;
        e = config_place_error(stage, "coulomb",
                               defects_init(&d, &s, o->coulomb == HOP_COULOMB_BACKGROUND));
        defects_clear(&d);
    }
    state_clear(&s);
    return e;
}

/* Rank 0 */
static Err read_network(const StageRun *run, const char *stage, Network *n)
{
    H5 *file, *group;
    TRY(stages_open_result(run, stage, &file));
    Err e = h5_group(file, "network", &group);
    if (e == OK) {
        e = network_file_read(group, n);
        h5_close_group(group);
    }
    h5_close(file);
    return e;
}

Err kmc_options_network(const StageRun *run, const char *stage, Network *n)
{
    /* a small file: every rank reads it, one after the other would be slower */
    *n = (Network){0};
    return comm_agree(run->comm, read_network(run, stage, n));
}

Err kmc_options_paper(const StageRun *run, const char *key, const char *stage, Network *n,
                      bool *known)
{
    const Stage *s = study_find(run->study, stage);
    *n = (Network){0};
    *known = false;
    if (strcmp(s->kind->name, "network") != 0)
        return config_error(run->stage->node, key,
                            "stage '%s' is of kind %s; name one of kind network", stage,
                            s->kind->name);
    const NetworkOptions *o = s->options;
    const Stage *cell = study_find(run->study, o->cell);
    if (!cell->has_sample || !network_options_on_paper(o))
        return OK;
    *known = true;
    return network_options_build(o, s->node, &cell->sample, NULL, n);
}
