#include "app/mc_run.h"

#include "analysis/blocks.h"
#include "app/stages.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Err mc_run_save(const Comm *c, const Mc *mc, int64_t natoms, const char *path, const char *key,
                int64_t segments)
{
    double *waves = MEM_NEW(double, mc_waves(mc) + 1);
    mc_save_waves(mc, waves);
    const CheckpointSection sections[] = {
        {"key", key, strlen(key) + 1},
        {"state", mc_state(mc), sizeof(McState)},
        {"cell", mc_cell(mc), sizeof(Cell)},
        {"position", mc_positions(mc), (size_t)natoms * 3 * sizeof(double)},
        {"waves", waves, mc_waves(mc) * sizeof *waves},
        {"segments", &segments, sizeof segments},
    };
    Err e = OK;
    if (comm_is_root(c))
        e = checkpoint_write(path, sizeof sections / sizeof sections[0], sections);
    free(waves);
    return comm_agree(c, e);
}

typedef struct Saved {
    McState state;
    Cell cell;
    double (*x)[3], *waves;
    size_t nx, nwaves; /* bytes */
    int64_t segments;
    bool found;
} Saved;

static Err read_sections(const Checkpoint *file, Saved *s)
{
    TRY(checkpoint_copy(file, "state", sizeof s->state, &s->state));
    TRY(checkpoint_copy(file, "cell", sizeof s->cell, &s->cell));
    TRY(checkpoint_copy(file, "position", s->nx, s->x));
    TRY(checkpoint_copy(file, "segments", sizeof s->segments, &s->segments));
    return checkpoint_copy(file, "waves", s->nwaves, s->waves);
}

/* Rank 0 */
static Err read_latest(const char *path, const char *key, Saved *s)
{
    Checkpoint *file;
    TRY(checkpoint_read_own(path, key, &file));
    if (file == NULL)
        return OK;
    Err e = read_sections(file, s);
    s->found = e == OK;
    checkpoint_free(file);
    return e;
}

Err mc_run_load(const Comm *c, Mc *mc, int64_t natoms, const char *path, const char *key,
                int64_t *segments, bool *found)
{
    Saved s = {.nx = (size_t)natoms * sizeof *s.x, .nwaves = mc_waves(mc) * sizeof *s.waves};
    s.x = mem_new((size_t)natoms, sizeof *s.x);
    s.waves = MEM_NEW(double, mc_waves(mc) + 1);
    Err e = comm_agree(c, comm_is_root(c) ? read_latest(path, key, &s) : OK);
    comm_bcast(c, 0, sizeof s.found, &s.found);
    *found = e == OK && s.found;
    if (*found) {
        comm_bcast(c, 0, sizeof s.segments, &s.segments);
        comm_bcast(c, 0, sizeof s.state, &s.state);
        comm_bcast(c, 0, sizeof s.cell, &s.cell);
        comm_bcast(c, 0, s.nx, s.x);
        comm_bcast(c, 0, s.nwaves, s.waves);
        *segments = s.segments;
        mc_restore(mc, &s.state, &s.cell, (const double(*)[3])s.x, s.waves);
    }
    free(s.x);
    free(s.waves);
    return e;
}

Err mc_run_log(Trajectory *t, const Mc *mc)
{
    int64_t sweep = mc_state(mc)->sweep;
    double lengths[3], angles[3], energy = mc_energy(mc), volume = mc_cell(mc)->volume;
    cell_lengths(mc_cell(mc), lengths, angles);
    TRY(trajectory_observe(t, "potential_energy", sweep, (double)sweep, 1, &energy, "eV"));
    TRY(trajectory_observe(t, "volume", sweep, (double)sweep, 1, &volume, "angstrom^3"));
    return trajectory_observe(t, "cell_lengths", sweep, (double)sweep, 3, lengths, "angstrom");
}

/* Values of a log record after sweep `from`; new array. *every: sweeps between two. */
static Err series(H5 *trajectory, const char *name, double from, size_t *n, double **out,
                  double *every)
{
    char path[128];
    size_t dims = 0, nt = 0, kept = 0;
    double *value = NULL, *time = NULL;
    snprintf(path, sizeof path, "parameters/log/%s/value", name);
    TRY(h5_read(trajectory, path, 1, &dims, &value, NULL));
    snprintf(path, sizeof path, "parameters/log/%s/time", name);
    Err e = h5_read(trajectory, path, 1, &nt, &time, NULL);
    for (size_t i = 0; e == OK && i < nt; i++)
        if (time[i] > from)
            value[kept++] = value[i];
    *every = nt > 1 ? time[nt - 1] - time[nt - 2] : 1.0;
    *n = kept;
    *out = value;
    free(time);
    return e;
}

/* Mean and block error of scale x^power, and the integrated autocorrelation time of x: with n values of variance s^2 and
 * block error e, n e^2/s^2 = 2 tau (in intervals). */
static Err mean_scalar(H5 *file, H5 *trajectory, const char *name, int64_t from, double scale,
                       double power, const char *as, const char *unit, const char *what,
                       Estimate *mean)
{
    size_t n;
    double *v = NULL, every, sum = 0.0;
    char time[64];
    TRY(series(trajectory, name, (double)from, &n, &v, &every));
    if (n == 0) {
        free(v);
        return OK;
    }
    for (size_t i = 0; i < n; i++)
        v[i] = scale * pow(v[i], power);
    *mean = blocks_series(n, v, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        sum += (v[i] - mean->mean) * (v[i] - mean->mean);
    double tau =
        0.5 * every * (double)n * mean->error * mean->error / (sum / (double)(n - (n > 1)));
    Err e = stages_scalar(file, as, mean->mean, mean->error, unit, what);
    snprintf(time, sizeof time, "%s_autocorrelation", as);
    if (e == OK)
        e = stages_scalar(file, time, tau, NAN, "1", "integrated autocorrelation time, in sweeps");
    free(v);
    return e;
}

static Err move_scalars(H5 *file, const Mc *mc)
{
    const McState *s = mc_state(mc);
    for (int m = 0; m < MC_MOVES; m++) {
        const McCount *c = &s->count[m], *from = &s->tuned[m]; /* since steps are fixed */
        char name[64];
        if (c->tried == from->tried)
            continue;
        double tried = (double)(c->tried - from->tried);
        snprintf(name, sizeof name, "acceptance_%s", mc_move_name(m));
        TRY(stages_scalar(file, name, (double)(c->taken - from->taken) / tried, NAN, "1",
                          "trials that were taken"));
        snprintf(name, sizeof name, "passed_%s", mc_move_name(m));
        TRY(stages_scalar(file, name, (double)(c->local - from->local) / tried, NAN, "1",
                          "trials that passed the local test"));
        snprintf(name, sizeof name, "step_%s", mc_move_name(m));
        const char *unit = m == MC_MOVE_VOLUME   ? "1"
                           : m == MC_MOVE_HYBRID ? "ps"
                                                 : move_all[m]->unit;
        double scale = m == MC_MOVE_HYBRID ? UNITS_TIME_PS : 1.0;
        if (unit[0] != '\0')
            TRY(stages_scalar(file, name, s->step[m] * scale, NAN,
                              strcmp(unit, "A") == 0 ? "angstrom" : unit,
                              "largest step, or time step"));
    }
    if (s->blocks > 0)
        TRY(stages_scalar(file, "blocks_kept", (double)s->blocks_taken / (double)s->blocks, NAN,
                          "1", "blocks with a move that the reciprocal test let pass"));
    return stages_scalar(file, "energy_drift", s->drift, NAN, "eV",
                         "largest correction of the running energy when it was computed anew");
}

static Err structure_scalars(H5 *file, const Sample *s)
{
    int64_t mg[9], bh4[9], nmg = 0;
    double mean = 0.0;
    sample_coordination(s, 3.2, mg, bh4);
    for (int i = 0; i < 9; i++) {
        nmg += mg[i];
        mean += (double)(i * mg[i]);
    }
    TRY(stages_scalar(file, "mg_coordination", mean / (double)nmg, NAN, "1",
                      "mean number of BH4 with B within 3.2 A of a Mg, last frame"));
    return stages_scalar(file, "longest_bond", sample_longest_bond(s), NAN, "angstrom",
                         "longest B-H inside a BH4, last frame");
}

Err mc_run_scalars(H5 *file, const char *path, const Mc *mc, const Sample *last, int64_t from)
{
    H5 *trajectory;
    int64_t count[ION_KINDS];
    Estimate energy, a = {NAN, NAN}, v;
    sample_count(last, count);
    double nmg = (double)count[ION_MG];
    TRY(h5_open(path, false, &trajectory));
    Err e = mean_scalar(file, trajectory, "potential_energy", from, 1.0 / nmg, 1.0, "energy_per_mg",
                        "eV", "mean potential energy per formula unit", &energy);
    if (e == OK)
        e = mean_scalar(file, trajectory, "volume", from, 1.0 / nmg, 1.0, "volume_per_mg",
                        "angstrom^3", "mean volume per formula unit", &v);
    if (e == OK)
        e = mean_scalar(file, trajectory, "volume", from, cbrt(24.0 / nmg), 1.0 / 3.0,
                        "lattice_constant", "angstrom", "edge of a cube with 24 formula units", &a);
    h5_close(trajectory);
    double density = sample_mass(last) / nmg * 24.0 / (a.mean * a.mean * a.mean) * UNITS_G_CM3;
    if (e == OK)
        e = stages_scalar(file, "density", density, 3.0 * density * a.error / a.mean, "g/cm^3",
                          "mass density");
    if (e == OK)
        e = move_scalars(file, mc);
    return e == OK ? structure_scalars(file, last) : e;
}
