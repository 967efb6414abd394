#include "app/md_report.h"

#include "analysis/blocks.h"
#include "analysis/mean_structure.h"
#include "app/stages.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double (*md_report_velocities(const Sample *s))[3]
{
    double(*v)[3] = mem_new((size_t)s->n, sizeof v[0]);
    for (int64_t i = 0; i < s->n; i++)
        for (int k = 0; k < 3; k++)
            v[i][k] = s->v[i][k] / UNITS_TIME_PS;
    return v;
}

Err md_report_log(Trajectory *trajectory, int64_t step, const DynamicsState *state,
                  const Cell *cell)
{
    double time = state->time * UNITS_TIME_PS;
    double p = 0.0, lengths[3], angles[3];
    for (int k = 0; k < 3; k++)
        p += state->pressure[k][k] * UNITS_GPA / 3.0;
    cell_lengths(cell, lengths, angles);
    const struct {
        const char *name, *unit;
        double value;
    } log[] = {
        {"temperature", "K", state->temperature}, {"pressure", "GPa", p},
        {"volume", "angstrom^3", cell->volume},   {"potential_energy", "eV", state->force.energy},
        {"kinetic_energy", "eV", state->kinetic}, {"conserved_energy", "eV", state->conserved},
        {"shear_work", "eV", state->shear_work},
    };
    for (size_t i = 0; i < sizeof log / sizeof log[0]; i++) {
        Err e =
            trajectory_observe(trajectory, log[i].name, step, time, 1, &log[i].value, log[i].unit);
        if (e != OK)
            return e;
    }
    return trajectory_observe(trajectory, "cell_lengths", step, time, 3, lengths, "angstrom");
}

/* Values of a log record after `from`; new array. */
static Err series(H5 *trajectory, const char *name, double from, size_t width, size_t column,
                  size_t *n, double **out, double **times)
{
    char path[128];
    size_t dims[2] = {0}, nt = 0;
    double *value = NULL, *time = NULL;
    snprintf(path, sizeof path, "parameters/log/%s/value", name);
    TRY(h5_read(trajectory, path, width > 1 ? 2 : 1, dims, &value, NULL));
    snprintf(path, sizeof path, "parameters/log/%s/time", name);
    Err e = h5_read(trajectory, path, 1, &nt, &time, NULL);
    size_t kept = 0;
    for (size_t i = 0; e == OK && i < nt; i++) {
        if (time[i] < from)
            continue;
        value[kept] = value[i * width + column];
        time[kept++] = time[i];
    }
    *n = kept;
    *out = value;
    if (times != NULL)
        *times = time;
    else
        free(time);
    return e;
}

static Err mean_scalar(H5 *file, H5 *trajectory, const char *name, double from, double scale,
                       const char *as, const char *unit, const char *what)
{
    size_t n;
    double *values = NULL;
    Err e = series(trajectory, name, from, 1, 0, &n, &values, NULL);
    if (e == OK && n > 0) {
        Estimate mean = blocks_series(n, values, NULL, NULL);
        e = stages_scalar(file, as, mean.mean * scale, mean.error * scale, unit, what);
    }
    free(values);
    return e;
}

/* Slope of the conserved quantity by least squares, in kT per atom and ps. */
static Err drift_scalar(H5 *file, H5 *trajectory, double from, double atoms, double temperature)
{
    size_t n;
    double *y = NULL, *t = NULL;
    Err e = series(trajectory, "conserved_energy", from, 1, 0, &n, &y, &t);
    double st = 0, sy = 0, stt = 0, sty = 0;
    for (size_t i = 0; e == OK && i < n; i++)
        st += t[i] / (double)n, sy += y[i] / (double)n;
    for (size_t i = 0; e == OK && i < n; i++)
        stt += (t[i] - st) * (t[i] - st), sty += (t[i] - st) * (y[i] - sy);
    if (e == OK && n > 2 && stt > 0.0)
        e = stages_scalar(file, "conserved_drift", sty / stt / (atoms * UNITS_KB * temperature),
                          NAN, "1/ps",
                          "linear drift of the conserved quantity, kT per atom per ps");
    free(y);
    free(t);
    return e;
}

/* Edge of the cube that holds 24 formula units, from the mean volume: the lattice constant if the sample is gamma. */
static Err lattice_scalar(H5 *file, H5 *trajectory, double from, const Sample *s)
{
    size_t n;
    double *v = NULL;
    int64_t count[ION_KINDS];
    sample_count(s, count);
    Err e = series(trajectory, "volume", from, 1, 0, &n, &v, NULL);
    for (size_t i = 0; e == OK && i < n; i++)
        v[i] = cbrt(v[i] * 24.0 / (double)count[ION_MG]);
    if (e == OK && n > 0) {
        Estimate a = blocks_series(n, v, NULL, NULL);
        e = stages_scalar(file, "lattice_constant", a.mean, a.error, "angstrom",
                          "edge of a cube with 24 formula units");
        double density = sample_mass(s) / (double)count[ION_MG] * 24.0 /
                         (a.mean * a.mean * a.mean) * UNITS_G_CM3;
        if (e == OK)
            e = stages_scalar(file, "density", density, 3.0 * density * a.error / a.mean, "g/cm^3",
                              "mass density");
    }
    free(v);
    return e;
}

/* Space group of the mean positions of all stored frames. */
static Err symmetry_scalar(H5 *file, const char *path, const Sample *s)
{
    H5mdReader *reader;
    TRY(h5md_open(path, &reader));
    MeanStructure mean;
    mean_structure_init(&mean, s);
    double(*x)[3] = mem_new((size_t)s->n, sizeof x[0]);
    Err e = OK;
    for (int64_t k = 0; k < h5md_frames(reader) && e == OK; k++) {
        int64_t step;
        double time, h[3][3];
        Cell cell;
        e = h5md_read(reader, k, &step, &time, h, x, NULL);
        if (e == OK)
            e = cell_init(&cell, (const double(*)[3])h);
        if (e == OK)
            mean_structure_add(&mean, &cell, (const double(*)[3])x);
    }
    h5md_close_reader(reader);
    free(x);
    SymmetryGroup g;
    if (e == OK)
        e = mean_structure_group(&mean, 0.3, &g);
    if (e == OK)
        e = stages_scalar(file, "space_group", g.number, NAN, "1",
                          "IT number of the mean positions, equal H of an ion not told apart, by "
                          "spglib, symprec 0.3 A; 0: none found");
    if (e == OK)
        e = h5_write_text(file, "space_group_symbol", g.number > 0 ? g.symbol : "none");
    mean_structure_clear(&mean);
    return e;
}

static Err structure_scalars(H5 *file, const Sample *s)
{
    int64_t mg[9], bh4[9], nmg = 0, nbh4 = 0;
    double mean = 0.0;
    size_t nine = 9;
    sample_coordination(s, 3.2, mg, bh4);
    for (int i = 0; i < 9; i++) {
        nmg += mg[i];
        nbh4 += bh4[i];
        mean += (double)(i * mg[i]);
    }
    TRY(stages_scalar(file, "mg_coordination", mean / (double)nmg, NAN, "1",
                      "mean number of BH4 with B within 3.2 A of a Mg, last frame"));
    TRY(stages_scalar(file, "terminal_fraction", (double)bh4[1] / (double)nbh4, NAN, "1",
                      "BH4 with exactly one Mg within 3.2 A, last frame"));
    TRY(h5_write_i64(file, "mg_coordination_histogram", 1, &nine, mg, "1",
                     "number of Mg with 0..8 BH4, last frame"));
    TRY(h5_write_i64(file, "bh4_coordination_histogram", 1, &nine, bh4, "1",
                     "number of BH4 with 0..8 Mg, last frame"));
    double longest = sample_longest_bond(s);
    TRY(stages_scalar(file, "longest_bond", longest, NAN, "angstrom",
                      "longest B-H inside a BH4, last frame"));
    return stages_scalar(file, "bh4_intact", longest < 1.6 ? 1.0 : 0.0, NAN, "1",
                         "1: every BH4 has its four H");
}

Err md_report_scalars(H5 *file, const char *trajectory_path, const MdRun *m, double from)
{
    H5 *trajectory;
    const Sample *s = &m->sample;
    const DynamicsState *state = dynamics_state(m->dynamics);
    int64_t count[ION_KINDS];
    sample_count(s, count);
    TRY(h5_open(trajectory_path, false, &trajectory));
    Err e = mean_scalar(file, trajectory, "temperature", from, 1.0, "temperature", "K",
                        "mean temperature");
    if (e == OK)
        e = mean_scalar(file, trajectory, "pressure", from, 1.0, "pressure", "GPa",
                        "mean pressure, ionic virial");
    if (e == OK)
        e = mean_scalar(file, trajectory, "potential_energy", from, 1.0 / (double)count[ION_MG],
                        "energy_per_mg", "eV", "mean potential energy per formula unit");
    if (e == OK)
        e = lattice_scalar(file, trajectory, from, s);
    if (e == OK)
        e = drift_scalar(file, trajectory, from, (double)s->n, fmax(state->temperature, 1.0));
    h5_close(trajectory);
    if (e == OK)
        e = stages_scalar(file, "shear_work_per_mg", state->shear_work / (double)count[ION_MG], NAN,
                          "eV", "work absorbed from the cyclic shear per Mg");
    if (e == OK)
        e = structure_scalars(file, s);
    return e == OK ? symmetry_scalar(file, trajectory_path, s) : e;
}
