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
    if (!cell->has_sample) {
        snprintf(estimate->note, sizeof estimate->note, "on the sample that %s will leave",
                 o->cell);
        return OK;
    }
    Err e = network_options_build(o, run->stage->node, &cell->sample, &n);
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

static Err run_network(const StageRun *run, const void *options)
{
    const NetworkOptions *o = options;
    Sample sample;
    Network n = {0};
    Err e = stages_read_sample(run, o->cell, &sample);
    if (e != OK)
        return e;
    if (comm_is_root(run->comm)) {
        e = network_options_build(o, run->stage->node, &sample, &n);
        if (e == OK)
            log_info("  %d sites (%d taken), %d edges, %d BH4, %d gates: %s", n.nsite, taken(&n),
                     n.nedge, n.nrotor, n.ngate, o->source);
        if (e == OK)
            e = write(run, &n);
        network_clear(&n);
    }
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
