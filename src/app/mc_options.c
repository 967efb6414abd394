#include "app/mc_options.h"

#include "base/mem.h"
#include "base/units.h"
#include "model/symmetry.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(McStageOptions, member)

/* How often a kind of trial is made, among those that an ion can make */
#define WEIGHT(name, number, usual, text)                                                          \
    {                                                                                              \
        .key = name, .kind = CONFIG_QUANTITY, .unit = "1", .fallback = usual, .low = 0,            \
        .high = 1e6, AT(weight[number]), .help = "relative number of trials: " text                \
    }

const ConfigField mc_options_fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "cell",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(cell),
     .help = "stage that left the sample to start from (cell, md or mc)"},
    {.key = "potential",
     .kind = CONFIG_TEXT,
     .unit = "file",
     AT(potential),
     .help = "force field file"},
    {.key = "model",
     .kind = CONFIG_CHOICE,
     .choices = "flexible|rigid",
     .fallback = "flexible",
     AT(model),
     .help = "BH4 as five atoms with bonds (hybrid moves change their shape), or as a rigid "
             "tetrahedron"},
    {.key = "temperature",
     .kind = CONFIG_QUANTITY,
     .unit = "K",
     .fallback = "310 K",
     .low = 1,
     .high = 1e5,
     AT(temperature),
     .help = "of the ensemble"},
    {.key = "equilibration",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 1e12,
     AT(equilibration),
     .help = "sweeps before anything is recorded; steps are tuned in them, and only in them"},
    {.key = "sweeps",
     .kind = CONFIG_INTEGER,
     .low = 1,
     .high = 1e12,
     AT(sweeps),
     .help = "recorded sweeps; in each every ion has one trial in the mean"},
    {.key = "sample_every",
     .kind = CONFIG_INTEGER,
     .fallback = "10",
     .low = 1,
     .high = 1e12,
     AT(sample_every),
     .help = "sweeps between frames for trajectory and observables; their time counts sweeps"},
    {.key = "log_every",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1e12,
     AT(log_every),
     .help = "sweeps between records of energy and cell"},
    {.key = "checkpoint_every",
     .kind = CONFIG_QUANTITY,
     .unit = "s",
     .fallback = "10 min",
     .low = 1,
     .high = 1e9,
     AT(checkpoint_every),
     .help = "wall time between checkpoints"},
    {.key = "checkpoint_sweeps",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 1e15,
     AT(checkpoint_sweeps),
     .help = "a checkpoint also every so many sweeps; 0: none. Resumed runs have the same bits in "
             "any case"},
    WEIGHT("rotate", MOVE_ROTATE, "1", "BH4 turned a little about a random axis"),
    WEIGHT("turn", MOVE_TURN, "0.1",
           "BH4 turned about one of its C2 or C3 axes, give or take turn_step"),
    WEIGHT("symmetry", MOVE_SYMMETRY, "0",
           "exact C2 or C3 operation of a BH4: changes the names of its H"),
    WEIGHT("translate", MOVE_TRANSLATE, "1", "any ion displaced"),
    WEIGHT("displace", MOVE_DISPLACE, "0", "Mg displaced"),
    WEIGHT("hop", MOVE_HOP, "0", "Mg to a listed site"),
    WEIGHT("hop_follow", MOVE_HOP_FOLLOW, "0", "Mg to a listed site, with a BH4 bound to it"),
    {.key = "rotate_step",
     .kind = CONFIG_QUANTITY,
     .unit = "rad",
     .fallback = "0.3 rad",
     .low = 1e-6,
     .high = 3.15,
     AT(rotate_step),
     .help = "largest angle of rotate, where tuning starts"},
    {.key = "turn_step",
     .kind = CONFIG_QUANTITY,
     .unit = "rad",
     .fallback = "0.3 rad",
     .low = 1e-6,
     .high = 3.15,
     AT(turn_step),
     .help = "largest deviation of turn from 180 or 120 degrees; not tuned"},
    {.key = "translate_step",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.1 angstrom",
     .low = 1e-6,
     .high = 100,
     AT(translate_step),
     .help = "largest displacement along an axis, where tuning starts"},
    {.key = "displace_step",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.1 angstrom",
     .low = 1e-6,
     .high = 100,
     AT(displace_step),
     .help = "the same of displace"},
    {.key = "volume",
     .kind = CONFIG_CHOICE,
     .choices = "constant|isotropic|anisotropic",
     .fallback = "constant",
     AT(volume),
     .help = "volume moves: none, all lengths together, or one length at a time"},
    {.key = "pressure",
     .kind = CONFIG_QUANTITY,
     .unit = "GPa",
     .fallback = "0.0001 GPa",
     .low = -100,
     .high = 100,
     AT(pressure),
     .help = "of the ensemble, unless the volume is constant"},
    {.key = "volume_every",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1e9,
     AT(volume_every),
     .help = "sweeps between volume moves"},
    {.key = "volume_step",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.01",
     .low = 1e-9,
     .high = 0.5,
     AT(volume_step),
     .help = "largest change of ln V, or of the logarithm of a length, where tuning starts"},
    {.key = "hybrid_every",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 1e9,
     AT(hybrid_every),
     .help = "sweeps between trajectories of hybrid Monte Carlo; 0: none"},
    {.key = "hybrid_steps",
     .kind = CONFIG_INTEGER,
     .fallback = "10",
     .low = 1,
     .high = 100000,
     AT(hybrid_steps),
     .help = "time steps of a trajectory"},
    {.key = "hybrid_timestep",
     .kind = CONFIG_QUANTITY,
     .unit = "ps",
     .fallback = "0.5 fs",
     .low = 1e-6,
     .high = 0.02,
     AT(hybrid_timestep),
     .help = "where tuning starts"},
    {.key = "block",
     .kind = CONFIG_INTEGER,
     .fallback = "2",
     .low = 1,
     .high = 1e6,
     AT(block),
     .help = "trials in each cell of the checkerboard before the reciprocal test, which takes or "
             "undoes them all"},
    {.key = "refresh",
     .kind = CONFIG_INTEGER,
     .fallback = "100",
     .low = 1,
     .high = 1e9,
     AT(refresh),
     .help = "sweeps after which energies and structure factors are computed anew"},
    {.key = "cutoff",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "7.5 A",
     .low = 2,
     .high = 50,
     AT(cutoff),
     .help = "of pair terms and real-space Coulomb"},
    {.key = "shift",
     .kind = CONFIG_BOOLEAN,
     .fallback = "true",
     AT(shift),
     .help = "shift pair energies to zero at the cut-off"},
    {.key = "force_error",
     .kind = CONFIG_QUANTITY,
     .unit = "eV/A",
     .fallback = "0.0001 eV/A",
     .low = 1e-9,
     .high = 1,
     AT(accuracy),
     .help = "rms error of Coulomb forces that sets beta and the wave vectors; at 0.001 eV/A the "
             "real-space "
             "sum ends in steps that act like 0.01 to 0.02 GPa on the volume of gamma"},
    {.key = "sites",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(sites),
     .help = "[{position: [x, y, z]}, ...] where Mg may hop, fractional"},
    {.key = "space_group",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 230,
     AT(space_group),
     .help = "number of the group whose operations multiply the sites"},
    {.key = "site_cells",
     .kind = CONFIG_INTEGERS,
     .length = 3,
     .fallback = "[1, 1, 1]",
     .low = 1,
     .high = 1000,
     AT(site_cells),
     .help = "cells in the sample along a, b, c that the sites are repeated in"},
    {.key = "hop_reach",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "4.5 angstrom",
     .low = 0.1,
     .high = 50,
     AT(hop_reach),
     .help = "sites closer than this are neighbours"},
    {.key = "bond",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "3.2 angstrom",
     .low = 0.1,
     .high = 10,
     AT(bond),
     .help = "a BH4 whose B is closer than this to a Mg may follow it"},
    {.key = "observables",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(observables),
     .help = "what is measured in the run: NAME: {options}; the same as in kind analyse"},
};
_Static_assert(sizeof mc_options_fields / sizeof mc_options_fields[0] == MC_OPTIONS_NFIELDS,
               "as many as the header says");

typedef struct SiteOptions {
    ConfigList position;
} SiteOptions;

static const ConfigField site_fields[] = {
    {.key = "position",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .offset = offsetof(SiteOptions, position),
     .help = "three fractional coordinates"},
};

typedef struct SiteTable {
    const SymmetryOperations *ops;
    Cell unit;
    const int64_t *cells;
    size_t n;
    double (*s)[3];
} SiteTable;

/* All images of one position in all cells of the sample */
static void grow(SiteTable *t, const double position[3])
{
    int images;
    double(*orbit)[3] = symmetry_orbit(t->ops, &t->unit, position, 0.05, &images);
    size_t cells = (size_t)(t->cells[0] * t->cells[1] * t->cells[2]);
    t->s = mem_resize(t->s, t->n, t->n + (size_t)images * cells, sizeof *t->s);
    for (int i = 0; i < images; i++)
        for (size_t k = 0; k < cells; k++, t->n++) {
            size_t rest = k;
            for (int c = 2; c >= 0; c--) {
                size_t n = (size_t)t->cells[c];
                t->s[t->n][c] = (orbit[i][c] + (double)(rest % n)) / (double)n;
                rest /= n;
            }
        }
    free(orbit);
}

static Err read_site(const ConfigNode *node, SiteTable *t)
{
    SiteOptions o;
    TRY(config_read(node, 1, site_fields, &o));
    Err e = OK;
    if (o.position.n == 3)
        grow(t, o.position.value);
    else
        e = config_error(node, "position", "three fractional coordinates are needed");
    config_clear(1, site_fields, &o);
    return e;
}

static Err read_sites(const StageRun *run, const McStageOptions *o, const Cell *cell, SiteTable *t)
{
    SymmetryOperations ops;
    double h[3][3];
    if (o->sites == NULL) {
        if (o->weight[MOVE_HOP] + o->weight[MOVE_HOP_FOLLOW] > 0.0)
            return config_error(run->stage->node, o->weight[MOVE_HOP] > 0.0 ? "hop" : "hop_follow",
                                "hops need `sites`, the places that Mg may hop to");
        return OK;
    }
    for (int i = 0; i < 3; i++)
        for (int c = 0; c < 3; c++)
            h[i][c] = cell->h[i][c] / (double)o->site_cells[i];
    TRY(cell_init(&t->unit, (const double(*)[3])h));
    TRY(symmetry_of_group((int)o->space_group, &ops));
    t->ops = &ops;
    t->cells = o->site_cells;
    Err e = OK;
    for (size_t i = 0; i < config_length(o->sites) && e == OK; i++)
        e = read_site(config_item(o->sites, i), t);
    symmetry_clear(&ops);
    return e;
}

static Err check_box(const StageRun *run, const McStageOptions *o, const Cell *cell)
{
    double widths[3];
    cell_widths(cell, widths);
    double least = widths[0] < widths[1] ? widths[0] : widths[1];
    least = widths[2] < least ? widths[2] : least;
    if (least < 2.0 * o->cutoff)
        return config_error(
            run->stage->node, "cutoff",
            "the box is %.3f A wide, smaller than twice the cut-off of %g A; take a larger "
            "supercell or a cut-off below %.3f A",
            least, o->cutoff, 0.5 * least);
    return OK;
}

Err mc_options_read(const StageRun *run, const McStageOptions *o, const Cell *cell, McOptions *mc,
                    double (**sites)[3])
{
    *sites = NULL;
    SiteTable t = {0};
    TRY(check_box(run, o, cell));
    Err e = read_sites(run, o, cell, &t);
    if (e != OK) {
        free(t.s);
        return e;
    }
    *sites = t.s;
    *mc = (McOptions){.rigid = o->model == 1,
                      .shift = o->shift,
                      .cutoff = o->cutoff,
                      .accuracy = o->accuracy,
                      .seed = stages_seed(run, 0),
                      .temperature = o->temperature,
                      .pressure = o->pressure / UNITS_GPA,
                      .volume = (McVolume)o->volume,
                      .volume_every = o->volume_every,
                      .hybrid_every = o->hybrid_every,
                      .hybrid_steps = (int)o->hybrid_steps,
                      .block = o->block,
                      .refresh = o->refresh,
                      .nsite = (int32_t)t.n,
                      .site = (const double(*)[3])t.s,
                      .hop_reach = o->hop_reach,
                      .bond = o->bond};
    memcpy(mc->weight, o->weight, sizeof mc->weight);
    mc->step[MOVE_ROTATE] = o->rotate_step;
    mc->step[MOVE_TURN] = o->turn_step;
    mc->step[MOVE_TRANSLATE] = o->translate_step;
    mc->step[MOVE_DISPLACE] = o->displace_step;
    mc->step[MC_MOVE_VOLUME] = o->volume_step;
    mc->step[MC_MOVE_HYBRID] = o->hybrid_timestep / UNITS_TIME_PS;
    return OK;
}
