#include "app/kmc_rotors_checkpoint.h"

#include "base/mem.h"
#include "base/timer.h"

#include <stdlib.h>
#include <string.h>

static size_t all_rotors(const KmcRotorsRun *r)
{
    return (size_t)(r->state.ncell * r->net.nrotor);
}

static size_t all_counted(const KmcRotorsRun *r)
{
    return (all_rotors(r) + (size_t)r->every - 1) / (size_t)r->every;
}

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

Err kmc_rotors_checkpoint_save(KmcRotorsRun *r, const Counts *replica)
{
    const Comm *c = r->run->comm;
    const char *key = r->run->stage->key;
    const size_t n = counts_size(&r->counts[0]), rotors = all_rotors(r),
                 bytes = n * sizeof(int64_t);
    const bool inside = replica != NULL;
    int64_t *sum = MEM_NEW(int64_t, (KMC_ROTORS_PASSES + 1) * n), turns = r->events;
    for (int p = 0; p < KMC_ROTORS_PASSES; p++)
        memcpy(sum + (size_t)p * n, r->counts[p].count, bytes);
    const uint8_t *wells = NULL, *labels = NULL, *kept = NULL, *part[2] = {NULL, NULL};
    size_t rows = 0;
    r->place.seen = 0;
    if (inside) {
        memcpy(sum + KMC_ROTORS_PASSES * n, replica->count, bytes);
        r->place.seen = replica->seen;
        rows = counts_kept_rows(replica);
        part[0] = r->state.well + replica->first;
        part[1] = r->state.label + replica->first;
        wells = gathered(c, 1, rotors, (size_t)replica->rotors, part[0]);
        labels = gathered(c, 1, rotors, (size_t)replica->rotors, part[1]);
        kept = gathered(c, rows, all_counted(r), (size_t)replica->counted, replica->kept);
    }
    comm_sum_i64(c, (KMC_ROTORS_PASSES + 1) * n, sum);
    comm_sum_i64(c, 1, &turns);
    const CheckpointSection sections[] = {
        {"key", key, strlen(key) + 1},
        {"place", &r->place, sizeof r->place},
        {"turns", &turns, sizeof turns},
        {"counts", sum, KMC_ROTORS_PASSES * bytes},
        {"replica", sum + KMC_ROTORS_PASSES * n, bytes},
        {"wells", wells, rotors},
        {"labels", labels, rotors},
        {"kept", kept, rows * all_counted(r)},
    };
    Err e = OK;
    if (comm_is_root(c))
        e = checkpoint_write(r->path, inside ? sizeof sections / sizeof sections[0] : 4, sections);
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
    }
    e = comm_agree(c, e);
    comm_bcast(c, 0, sizeof r->place, &r->place);
    return e;
}

static Err read_replica(const KmcRotorsRun *r, Counts *replica, const uint8_t **kept)
{
    const size_t rotors = all_rotors(r);
    const void *bytes;
    size_t n;
    TRY(checkpoint_copy(r->file, "replica", counts_size(replica) * sizeof(int64_t),
                        replica->count));
    TRY(checkpoint_copy(r->file, "wells", rotors, r->state.well));
    TRY(checkpoint_copy(r->file, "labels", rotors, r->state.label));
    TRY(checkpoint_section(r->file, "kept", &bytes, &n));
    *kept = bytes;
    return n == counts_kept_rows(replica) * all_counted(r)
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
            comm_bcast(c, 0, all_rotors(r), r->state.well);
            comm_bcast(c, 0, all_rotors(r), r->state.label);
            comm_scatter_rows(c, counts_kept_rows(replica), (size_t)replica->counted, replica->kept,
                              kept);
            replica->seen = r->place.seen;
        }
    }
    checkpoint_free(r->file);
    r->file = NULL;
    return e;
}
