/* stage_network.c -- kind `network`: sites, edges, rotors and gates on the geometry of a sample, with given energies.
 *
 * Leaves result.h5: /network (lattice/network_file.h) and scalars sites, edges, rotors, gates, taken.
 */
#include "app/network_options.h"
#include "app/stages.h"
#include "base/log.h"
#include "lattice/network_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int32_t taken(const Network *n)
{
    int32_t count = 0;
    for (int32_t i = 0; i < n->nsite; i++)
        count += n->site_classes[n->site_class[i]].reference;
    return count;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const NetworkOptions *o = options;
    Network n;
    const Stage *cell = study_find(run->study, o->cell);
    bool paper = network_options_on_paper(o);
    const Stage *catalogue = paper ? NULL : study_find(run->study, o->barriers);
    if (!paper && strcmp(catalogue->kind->name, "barriers") != 0)
        return config_error(run->stage->node, "barriers", "stage '%s' is of kind %s, not barriers",
                            o->barriers, catalogue->kind->name);
    if (!cell->has_sample || !paper) {
        snprintf(estimate->note, sizeof estimate->note, "on what %s will leave",
                 paper ? o->cell : o->barriers);
        return OK;
    }
    Err e = network_options_build(o, run->stage->node, &cell->sample, NULL, &n);
    if (e == OK)
        snprintf(estimate->note, sizeof estimate->note, "%d sites, %d edges, %d rotors, %d gates",
                 n.nsite, n.nedge, n.nrotor, n.ngate);
    network_clear(&n);
    estimate->seconds = 2.0;
    return e;
}

static Err write(const StageRun *run, const Network *n)
{
    H5 *file, *group;
    TRY(stages_create_result(run, &file));
    Err e = h5_group(file, "network", &group);
    if (e == OK) {
        e = network_file_write(n, group);
        h5_close_group(group);
    }
    const struct {
        const char *name, *what;
        int32_t value;
    } numbers[] = {{"sites", "sites of the cell", n->nsite},
                   {"edges", "edges of the cell", n->nedge},
                   {"rotors", "BH4 of the cell", n->nrotor},
                   {"gates", "pairs of edge and BH4 that gates it", n->ngate},
                   {"taken", "sites with a Mg in the perfect sample", taken(n)}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && e == OK; i++)
        e = stages_scalar(file, numbers[i].name, numbers[i].value, NAN, "1", numbers[i].what);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

/* Rank 0 */
static Err build(const StageRun *run, const NetworkOptions *o, const Sample *sample)
{
    Network n = {0};
    NetworkComputed computed = {0};
    bool paper = network_options_on_paper(o);
    Err e = paper ? OK : network_computed_read(run, o->barriers, &computed);
    if (e == OK)
        e = network_options_build(o, run->stage->node, sample, paper ? NULL : &computed, &n);
    if (e == OK)
        log_info("  %d sites (%d taken), %d edges, %d BH4 of %d kinds, %d gates: %s", n.nsite,
                 taken(&n), n.nedge, n.nrotor, n.nrotor_class, n.ngate, n.source);
    if (e == OK)
        e = write(run, &n);
    network_computed_clear(&computed);
    network_clear(&n);
    return e;
}

static Err run_network(const StageRun *run, const void *options)
{
    const NetworkOptions *o = options;
    Sample sample;
    TRY(stages_read_sample(run, o->cell, &sample));
    Err e = comm_is_root(run->comm) ? build(run, o, &sample) : OK;
    sample_clear(&sample);
    return comm_agree(run->comm, e);
}

const StageKind stage_network = {
    .name = "network",
    .help = "sites, edges, rotors and gates for kinetic Monte Carlo",
    .nfields = NETWORK_OPTIONS_NFIELDS,
    .fields = network_options_fields,
    .options_size = sizeof(NetworkOptions),
    .check = check,
    .run = run_network,
};
