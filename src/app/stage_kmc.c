/* stage_kmc.c -- kind `kmc`, the slow clock: Mg hop on a network, BH4 turn beside them.
 *
 * Leaves result.h5: /status (what was assumed), /conductivity_spectrum (one group for each temperature if there are several),
 * /dose, /hops, scalars. Replicas are spread over ranks and are functions of (seed, case, replica): the same bytes for any number
 * of ranks. Stopped in time it leaves checkpoint.bin with the replicas that are done and goes on with --resume.
 */
#include "app/kmc_options.h"
#include "app/kmc_write.h"
#include "app/status.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "store/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t row_count(const KmcStageOptions *o)
{
    return o->temperatures.n * o->rotor_speed.n * (size_t)o->replicas;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const KmcStageOptions *o = options;
    Network n;
    bool known;
    TRY(kmc_options_check(run->stage->node, o));
    Err e = kmc_options_paper(run, "network", o->network, &n, &known);
    if (e == OK && known)
        e = kmc_options_check_network(run->stage->node, o, &n);
    double cells = (double)(o->copies[0] * o->copies[1] * o->copies[2]);
    if (e == OK && known) {
        double ions = cells * n.nsite;
        estimate->bytes =
            (24.0 * ions * (double)o->frames + 100.0 * cells * n.nedge) * comm_size(run->comm);
        snprintf(estimate->note, sizeof estimate->note, "%zu replicas of %lld hops: %.60s",
                 row_count(o), (long long)o->hops, n.source);
    }
    network_clear(&n);
    estimate->seconds = 5e-6 * (double)row_count(o) * (double)o->hops * (1.0 + o->equilibration) /
                        comm_size(run->comm);
    return e;
}

/* ---- checkpoint ------------------------------------------------------------------------------ */

typedef struct Rows {
    const StageRun *run;
    const KmcStageOptions *o;
    HopRunOptions how;
    HopRun work;
    char *checkpoint;
    Status status;
    double *row;         /* rank 0: [total][work.row.n] */
    int64_t done, total; /* replicas */
    double saved;
} Rows;

static Err save(Rows *s)
{
    s->saved = timer_now();
    s->status.checkpoint = s->done;
    if (!comm_is_root(s->run->comm))
        return OK;
    const char *key = s->run->stage->key;
    const CheckpointSection sections[] = {
        {"key", key, strlen(key) + 1},
        {"done", &s->done, sizeof s->done},
        {"rows", s->row, (size_t)s->done * s->work.row.n * sizeof *s->row},
    };
    return checkpoint_write(s->checkpoint, sizeof sections / sizeof sections[0], sections);
}

/* Rank 0 */
static Err read_latest(Rows *s)
{
    Checkpoint *file;
    TRY(checkpoint_read_own(s->checkpoint, s->run->stage->key, &file));
    if (file == NULL)
        return OK;
    Err e = checkpoint_copy(file, "done", sizeof s->done, &s->done);
    if (e == OK && (s->done < 0 || s->done > s->total))
        e = err_set(ERR_FILE, "%s: %lld replicas of %lld", s->checkpoint, (long long)s->done,
                    (long long)s->total);
    if (e == OK)
        e = checkpoint_copy(file, "rows", (size_t)s->done * s->work.row.n * sizeof *s->row, s->row);
    checkpoint_free(file);
    return e;
}

static Err load(Rows *s)
{
    const Comm *c = s->run->comm;
    if (!s->run->resume)
        return OK;
    Err e = comm_agree(c, comm_is_root(c) ? read_latest(s) : OK);
    comm_bcast(c, 0, sizeof s->done, &s->done);
    if (e == OK && s->done > 0)
        log_info("  resumed after %lld of %lld replicas", (long long)s->done, (long long)s->total);
    return e;
}

/* ---- replicas -------------------------------------------------------------------------------- */

/* One replica on every rank, or none where there are no more; *stop: asked to stop in the midst. Collective. */
static Err run_round(Rows *s, double *row, bool *stop)
{
    const Comm *c = s->run->comm;
    int64_t mine = s->done + comm_rank(c);
    HopReplica *r = NULL;
    bool active = mine < s->total;
    Err e = OK;
    if (active)
        e = hop_run_replica_begin(&s->work, (size_t)(mine / s->o->replicas), mine % s->o->replicas,
                                  &r);
    for (int k = 0; k < HOP_RUN_SLICES && !*stop; k++) {
        if (active && e == OK)
            e = hop_run_replica_advance(r);
        *stop = stop_due(c);
    }
    if (active && e == OK && !*stop)
        hop_run_replica_finish(r, row);
    hop_run_replica_free(r);
    return comm_agree(c, e);
}

static void collect(Rows *s, const double *row)
{
    const Comm *c = s->run->comm;
    size_t total, bytes = s->work.row.n * sizeof *row;
    bool active = s->done + comm_rank(c) < s->total;
    double *all = comm_gatherv(c, 0, active ? bytes : 0, row, &total, NULL);
    if (comm_is_root(c))
        memcpy(s->row + (size_t)s->done * s->work.row.n, all, total);
    free(all);
    s->done += comm_size(c);
    s->done = s->done > s->total ? s->total : s->done;
}

static Err advance(Rows *s)
{
    const Comm *c = s->run->comm;
    double *row = MEM_NEW(double, s->work.row.n);
    bool stop = false;
    Progress progress;
    log_progress_init(&progress, stage_name(s->run->stage), "replicas", (double)s->total);
    progress.first = (double)s->done;
    Err e = OK;
    while (s->done < s->total && e == OK && !stop) {
        e = run_round(s, row, &stop);
        if (e == OK && !stop)
            collect(s, row);
        log_progress(&progress, (double)s->done);
        status_show(&s->status, s->done, NULL);
        bool due = stages_save_due(c, s->saved, s->o->checkpoint_every);
        if (e == OK && s->done < s->total && (stop || due))
            e = comm_agree(c, save(s));
    }
    free(row);
    if (e == OK && stop && s->done < s->total)
        e = err_set(ERR_STOPPED,
                    "stopped by %s after %lld of %lld replicas, checkpoint written; go on with "
                    "--resume",
                    stop_reason(), (long long)s->done, (long long)s->total);
    return e;
}

/* Coulomb forces with site energies that were not made for them may prefer a lattice full of defects. */
static void warn_of_pairs(const Rows *s)
{
    const HopRun *w = &s->work;
    const Network *n = w->net;
    int64_t least = 0;
    const char *label = NULL;
    for (int32_t e = 0; e < n->nedge && s->o->coulomb != HOP_COULOMB_NONE; e++) {
        const NetworkSiteClass *a = &n->site_classes[n->site_class[n->edge[e].a]],
                               *b = &n->site_classes[n->site_class[n->edge[e].b]];
        int64_t i = n->edge[e].a,
                j = state_cell(&w->lattice, 0, n->edge[e].step) * n->nsite + n->edge[e].b;
        if (a->reference == b->reference)
            continue;
        int64_t dh = a->reference ? b->energy - a->energy + defects_hop_energy(&w->defects, i, j)
                                  : a->energy - b->energy + defects_hop_energy(&w->defects, j, i);
        if (dh < least) {
            least = dh;
            label = n->edge_classes[n->edge[e].class].label;
        }
    }
    if (label != NULL)
        log_warn("stage '%s': with Coulomb forces a Mg that leaves its place along '%s' gains %.3g "
                 "eV: the "
                 "perfect sample is not stable with these site energies and this permittivity",
                 stage_name(s->run->stage), label, -1e-6 * (double)least);
}

static void tell_plan(const Rows *s)
{
    warn_of_pairs(s);
    const HopRun *w = &s->work;
    log_info("  %lld Mg, %lld sites taken in the perfect sample; barriers: %s", (long long)w->ions,
             (long long)w->reference, w->net->source);
    for (size_t i = 0; i < w->ncase; i++)
        log_info(
            "  %g K, rotor speed %g: pilot %.3g hops/s; replicas of %.3g s, a frame every %.3g s",
            w->cases[i].temperature, w->cases[i].speed, w->cases[i].rate,
            w->cases[i].step * (double)s->o->frames, w->cases[i].step);
}

static Err run_rows(Rows *s, const Network *net)
{
    const StageRun *run = s->run;
    Err e = comm_agree(
        run->comm, hop_run_init(&s->work, &s->how, net, stages_seed(run, (uint64_t)s->o->seed)));
    if (e != OK)
        return e;
    if (comm_is_root(run->comm))
        s->row = MEM_NEW(double, (size_t)s->total * s->work.row.n);
    e = load(s);
    status_init(&s->status, run, s->done, s->total);
    s->status.checkpoint = s->done > 0 ? s->done : -1;
    tell_plan(s);
    if (e == OK)
        e = advance(s);
    if (e == OK && comm_is_root(run->comm))
        e = kmc_write(run, &s->work, s->row);
    e = comm_agree(run->comm, e);
    status_show(&s->status, s->done, e == OK ? "done" : "stopped");
    status_clear(&s->status);
    return e;
}

static Err run_kmc(const StageRun *run, const void *options)
{
    Rows s = {.run = run, .o = options, .saved = timer_now()};
    Network net = {0};
    s.how = kmc_options_run(s.o);
    s.total = (int64_t)row_count(s.o);
    s.checkpoint = stage_file(run->stage, "checkpoint.bin");
    Err e = kmc_options_check(run->stage->node, s.o);
    if (e == OK)
        e = kmc_options_network(run, s.o->network, &net);
    if (e == OK)
        e = kmc_options_check_network(run->stage->node, s.o, &net);
    if (e == OK)
        e = run_rows(&s, &net);
    hop_run_clear(&s.work);
    network_clear(&net);
    free(s.row);
    free(s.checkpoint);
    return e;
}

const StageKind stage_kmc = {
    .name = "kmc",
    .help = "kinetic Monte Carlo of Mg on a network: diffusion, sigma(omega), Haven ratio",
    .nfields = KMC_OPTIONS_NFIELDS,
    .fields = kmc_options_fields,
    .options_size = sizeof(KmcStageOptions),
    .check = check,
    .run = run_kmc,
};
