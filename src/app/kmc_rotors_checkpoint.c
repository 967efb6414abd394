#include "app/kmc_rotors_checkpoint.h"

#include "app/kmc_rotors_direct.h"
#include "base/mem.h"
#include "base/timer.h"

#include <stdlib.h>
#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

/* All columns of rows that are spread over ranks, on rank 0; one rank has them already. To be freed if it is not `part`. */
static const uint8_t *gathered(const Comm *c, size_t rows, size_t columns, size_t mine,
                               const uint8_t *part)
{
    if (comm_size(c) == 1)
        return part;
    uint8_t *table = comm_is_root(c) ? MEM_NEW(uint8_t, rows * columns) : NULL;
    comm_gather_rows(c, rows, mine, part, table);
    return table;
}

static void forget(const uint8_t *table, const uint8_t *part)
{
    if (table != part)
        free((void *)table);
}

/* Replicas of direct that are under way, on rank 0: those of the ranks and those that wait. */
static uint8_t *all_under_way(const KmcRotorsRun *r, size_t bytes, const void *mine, size_t *total)
{
    const size_t waiting = (size_t)r->waiting * kmc_rotors_direct_bytes(r);
    uint8_t *all = comm_gatherv(r->run->comm, 0, bytes, mine, total, NULL);
    if (comm_is_root(r->run->comm) && waiting > 0) {
        all = mem_resize(all, *total, *total + waiting, 1);
        memcpy(all + *total, r->under_way, waiting);
        *total += waiting;
    }
    return all;
}

Err kmc_rotors_checkpoint_save(KmcRotorsRun *r, const Counts *replica, size_t bytes,
                               const void *mine)
{
    const Comm *c = r->run->comm;
    const char *key = r->run->stage->key;
    const size_t n = counts_size(&r->counts[0]), rotors = kmc_rotors_run_rotors(r),
                 sums = n * sizeof(int64_t);
    const bool inside = replica != NULL, direct = r->o->engine == KMC_ROTORS_DIRECT;
    int64_t *sum = MEM_NEW(int64_t, (KMC_ROTORS_PASSES + 1) * n), turns = r->events;
    for (int p = 0; p < KMC_ROTORS_PASSES; p++)
        memcpy(sum + (size_t)p * n, r->counts[p].count, sums);
    const uint8_t *wells = NULL, *labels = NULL, *kept = NULL, *part[2] = {NULL, NULL};
    size_t rows = 0;
    r->place.seen = 0;
    if (inside) {
        memcpy(sum + KMC_ROTORS_PASSES * n, replica->count, sums);
        r->place.seen = replica->seen;
        rows = counts_kept_rows(replica);
        part[0] = r->state.well + replica->first;
        part[1] = r->state.label + replica->first;
        wells = gathered(c, 1, rotors, (size_t)replica->rotors, part[0]);
        labels = gathered(c, 1, rotors, (size_t)replica->rotors, part[1]);
        kept =
            gathered(c, rows, kmc_rotors_run_counted(r), (size_t)replica->counted, replica->kept);
    }
    comm_sum_i64(c, (KMC_ROTORS_PASSES + 1) * n, sum);
    comm_sum_i64(c, 1, &turns);
    size_t under_way = 0;
    uint8_t *waiting = direct ? all_under_way(r, bytes, mine, &under_way) : NULL;
    const CheckpointSection sections[] = {
        {"key", key, strlen(key) + 1},
        {"place", &r->place, sizeof r->place},
        {"turns", &turns, sizeof turns},
        {"counts", sum, KMC_ROTORS_PASSES * sums},
        {"under way", waiting, under_way},
        {"replica", sum + KMC_ROTORS_PASSES * n, sums},
        {"wells", wells, rotors},
        {"labels", labels, rotors},
        {"kept", kept, rows * kmc_rotors_run_counted(r)},
    };
    Err e = OK;
    if (comm_is_root(c))
        e = checkpoint_write(r->path, inside ? sizeof sections / sizeof sections[0] : 5, sections);
    free(waiting);
    free(sum);
    if (inside) {
        forget(wells, part[0]);
        forget(labels, part[1]);
        forget(kept, replica->kept);
    }
    r->saved = timer_now();
    return comm_agree(c, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

static Err read_sums(KmcRotorsRun *r)
{
    const size_t n = counts_size(&r->counts[0]);
    const KmcRotorsPlace *at = &r->place;
    const void *counts;
    size_t bytes;
    TRY(checkpoint_copy(r->file, "place", sizeof r->place, &r->place));
    TRY(checkpoint_copy(r->file, "turns", sizeof r->events, &r->events));
    TRY(checkpoint_section(r->file, "counts", &counts, &bytes));
    if (bytes != KMC_ROTORS_PASSES * n * sizeof(int64_t) || at->pass < 0 ||
        at->pass >= KMC_ROTORS_PASSES || at->replica < 0 || at->replica > r->o->replicas ||
        at->cycle < 0 || at->seen < 0 || at->seen > r->samples)
        return err_set(ERR_FILE, "%s: does not fit the stage", r->path);
    for (int p = 0; p < KMC_ROTORS_PASSES; p++)
        memcpy(r->counts[p].count, (const int64_t *)counts + (size_t)p * n, n * sizeof(int64_t));
    return OK;
}

/* Rank 0; the others get them afterwards. */
static Err read_under_way(KmcRotorsRun *r)
{
    const size_t each = kmc_rotors_direct_bytes(r);
    const void *bytes;
    size_t n;
    TRY(checkpoint_section(r->file, "under way", &bytes, &n));
    if (n % each != 0 || n / each > (size_t)r->place.replica)
        return err_set(ERR_FILE, "%s: %zu bytes of replicas do not fit the stage", r->path, n);
    r->waiting = (int64_t)(n / each);
    r->under_way = MEM_NEW(uint8_t, n);
    if (n > 0)
        memcpy(r->under_way, bytes, n);
    return OK;
}

static void share_under_way(KmcRotorsRun *r)
{
    const Comm *c = r->run->comm;
    comm_bcast(c, 0, sizeof r->waiting, &r->waiting);
    const size_t n = (size_t)r->waiting * kmc_rotors_direct_bytes(r);
    if (!comm_is_root(c))
        r->under_way = MEM_NEW(uint8_t, n);
    comm_bcast(c, 0, n, r->under_way);
}

Err kmc_rotors_checkpoint_load(KmcRotorsRun *r)
{
    const Comm *c = r->run->comm;
    Err e = OK;
    if (!r->run->resume)
        return OK;
    if (comm_is_root(c)) {
        e = checkpoint_read_own(r->path, r->run->stage->key, &r->file);
        if (e == OK && r->file != NULL)
            e = read_sums(r);
        if (e == OK && r->file != NULL && r->o->engine == KMC_ROTORS_DIRECT)
            e = read_under_way(r);
    }
    e = comm_agree(c, e);
    comm_bcast(c, 0, sizeof r->place, &r->place);
    if (e == OK && r->o->engine == KMC_ROTORS_DIRECT) {
        share_under_way(r);
        checkpoint_free(r->file);
        r->file = NULL;
    }
    return e;
}

static Err read_replica(const KmcRotorsRun *r, Counts *replica, const uint8_t **kept)
{
    const size_t rotors = kmc_rotors_run_rotors(r);
    const void *bytes;
    size_t n;
    TRY(checkpoint_copy(r->file, "replica", counts_size(replica) * sizeof(int64_t),
                        replica->count));
    TRY(checkpoint_copy(r->file, "wells", rotors, r->state.well));
    TRY(checkpoint_copy(r->file, "labels", rotors, r->state.label));
    TRY(checkpoint_section(r->file, "kept", &bytes, &n));
    *kept = bytes;
    return n == counts_kept_rows(replica) * kmc_rotors_run_counted(r)
               ? OK
               : err_set(ERR_FILE, "%s: %zu bytes of samples do not fit the stage", r->path, n);
}

Err kmc_rotors_checkpoint_enter(KmcRotorsRun *r, Counts *replica)
{
    const Comm *c = r->run->comm;
    const uint8_t *kept = NULL;
    Err e = OK;
    if (r->place.cycle > 0) {
        e = comm_agree(c, comm_is_root(c) ? read_replica(r, replica, &kept) : OK);
        if (e == OK) {
            comm_bcast(c, 0, kmc_rotors_run_rotors(r), r->state.well);
            comm_bcast(c, 0, kmc_rotors_run_rotors(r), r->state.label);
            comm_scatter_rows(c, counts_kept_rows(replica), (size_t)replica->counted, replica->kept,
                              kept);
            replica->seen = r->place.seen;
        }
    }
    checkpoint_free(r->file);
    r->file = NULL;
    return e;
}
