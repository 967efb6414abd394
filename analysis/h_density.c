#include "analysis/h_density.h"

#include "analysis/blocks.h"
#include "analysis/trace.h"
#include "base/mem.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { H = 4 };

typedef struct HDensity {
    const Comm *comm;
    const Sample *sample;
    HDensityOptions o;
    int64_t total;     /* BH4 on all ranks */
    size_t ions, nh;   /* here; 4 ions */
    int64_t *first;    /* [ions] index of B */
    size_t *group;     /* [ions] */
    int64_t (*mg)[2];  /* [ions] atoms; -1: there is none */
    double (*axis)[3]; /* [ions] sum over frames of Mg 0 - Mg 1 by shortest image [A] */
    double (*bond)[3]; /* [4 ions] of one frame */
    Trace trace;       /* bonds */
    int64_t *count;    /* [groups][polar][azimuth] */
    int64_t
        length[2]; /* fixed point: sum of bond lengths and of their squares, per frame and ion */
    int64_t counted, left_out;
} HDensity;

#define AT(member) offsetof(HDensityOptions, member)
static const ConfigField fields[] = {
    {"cutoff", CONFIG_QUANTITY, "A", "3.5 A", AT(cutoff), "largest distance of a Mg from B", NULL,
     1, 10, 0},
    {"polar", CONFIG_INTEGER, NULL, "60", AT(polar), "bins of cos(theta)", NULL, 4, 2000, 0},
    {"azimuth", CONFIG_INTEGER, NULL, "120", AT(azimuth), "bins of the azimuth; even", NULL, 4,
     4000, 0},
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
};

static void h_density_free(void *state)
{
    HDensity *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    free(s->first);
    free(s->group);
    free(s->mg);
    free(s->axis);
    free(s->bond);
    free(s->count);
    free(s);
}

/* The two Mg nearest to an atom within the cut-off. */
static void find_mg(const HDensity *s, int64_t b, int64_t mg[2])
{
    const Sample *sample = s->sample;
    double best[2] = {s->o.cutoff * s->o.cutoff, s->o.cutoff * s->o.cutoff};
    mg[0] = mg[1] = -1;
    for (int64_t ion = 0; ion < sample->nion && sample->ion_kind[ion] == ION_MG; ion++) {
        int64_t i = sample->ion_first[ion];
        double d[3];
        vec_sub(sample->x[i], sample->x[b], d);
        cell_min_image(&sample->cell, d);
        double d2 = vec_dot(d, d);
        if (d2 < best[0]) {
            best[1] = best[0];
            mg[1] = mg[0];
            best[0] = d2;
            mg[0] = i;
        } else if (d2 < best[1]) {
            best[1] = d2;
            mg[1] = i;
        }
    }
}

static Err h_density_open(const Comm *c, const Sample *sample, const void *options, double interval,
                          int64_t frames, void **state)
{
    (void)interval;
    *state = NULL;
    const HDensityOptions *o = options;
    int64_t ions[ION_KINDS], first, count, seen = 0;
    sample_count(sample, ions);
    if (ions[ION_BH4] == 0)
        return err_set(ERR_INPUT, "h_density: the sample has no BH4 ion");
    if (o->azimuth % 2 != 0)
        return err_set(ERR_INPUT, "h_density: azimuth: %lld is odd", (long long)o->azimuth);
    comm_block(c, ions[ION_BH4], &first, &count);
    HDensity *s = MEM_NEW(HDensity, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *o;
    s->total = ions[ION_BH4];
    s->first = MEM_NEW(int64_t, count);
    s->group = MEM_NEW(size_t, count);
    s->mg = mem_new((size_t)count, sizeof *s->mg);
    s->axis = mem_new((size_t)count, sizeof *s->axis);
    s->bond = mem_new((size_t)count * H, sizeof *s->bond);
    for (int64_t ion = 0; ion < sample->nion; ion++) {
        if (sample->ion_kind[ion] != ION_BH4)
            continue;
        if (seen >= first && seen < first + count) {
            s->first[s->ions] = sample->ion_first[ion];
            s->group[s->ions] = blocks_group(seen, s->total, (size_t)o->groups);
            find_mg(s, s->first[s->ions], s->mg[s->ions]);
            s->ions++;
        }
        seen++;
    }
    s->nh = H * s->ions;
    trace_init(&s->trace, s->nh, frames);
    *state = s;
    return OK;
}

static Err h_density_frame(void *state, const Frame *frame)
{
    HDensity *s = state;
    for (size_t k = 0; k < s->ions; k++) {
        int64_t b = s->first[k];
        for (int h = 0; h < H; h++) {
            double *bond = s->bond[H * k + (size_t)h];
            vec_sub(frame->x[b + 1 + h], frame->x[b], bond);
            double length = vec_norm(bond);
            s->length[0] += blocks_to_fixed(length);
            s->length[1] += blocks_to_fixed(length * length);
        }
        if (s->mg[k][1] < 0)
            continue;
        double to[2][3];
        for (int m = 0; m < 2; m++) {
            vec_sub(frame->x[s->mg[k][m]], frame->x[b], to[m]);
            cell_min_image(&frame->cell, to[m]);
        }
        vec_axpy(1.0, to[0], s->axis[k]);
        vec_axpy(-1.0, to[1], s->axis[k]);
    }
    trace_add(&s->trace, NULL, frame->time, (const double(*)[3])s->bond);
    return OK;
}

/* Bond h of ion k in a frame [nm]. */
static void bond_at(const HDensity *s, size_t k, size_t h, size_t frame, double out[3])
{
    for (int a = 0; a < 3; a++)
        out[a] = (double)trace_row(&s->trace, H * k + h, a)[frame];
}

/* Sum over frames of the four bonds, dealt out in each frame to the sums so far [nm]. */
static void mean_bonds(const HDensity *s, size_t k, double sum[H][3])
{
    memset(sum, 0, H * sizeof sum[0]);
    for (size_t f = 0; f < s->trace.frames; f++) {
        double bond[H][3], cost[H][H];
        int site[H] = {0, 1, 2, 3};
        for (size_t h = 0; h < H; h++)
            bond_at(s, k, h, f, bond[h]);
        for (int h = 0; h < H && f > 0; h++)
            for (int j = 0; j < H; j++) {
                double d[3] = {bond[h][0], bond[h][1], bond[h][2]};
                vec_axpy(-1.0 / (double)f, sum[j], d);
                cost[h][j] = vec_dot(d, d);
            }
        if (f > 0)
            tetrahedron_deal((const double(*)[H])cost, site);
        for (int h = 0; h < H; h++)
            vec_axpy(1.0, bond[h], sum[site[h]]);
    }
}

/* Rows x, y, z of the ion's frame; false if the mean tetrahedron does not say. */
static bool ion_frame(const HDensity *s, size_t k, double frame[3][3])
{
    double sum[H][3], height[H];
    int top[2] = {0, 1};
    double size = vec_norm(s->axis[k]);
    if (s->mg[k][1] < 0 || !(size > 0.0))
        return false;
    for (int a = 0; a < 3; a++)
        frame[2][a] = s->axis[k][a] / size;
    mean_bonds(s, k, sum);
    for (int h = 0; h < H; h++)
        height[h] = vec_dot(sum[h], frame[2]);
    if (height[1] > height[0])
        top[0] = 1, top[1] = 0;
    for (int h = 2; h < H; h++) {
        if (height[h] > height[top[0]]) {
            top[1] = top[0];
            top[0] = h;
        } else if (height[h] > height[top[1]]) {
            top[1] = h;
        }
    }
    vec_sub(sum[top[0]], sum[top[1]], frame[0]);
    vec_axpy(-vec_dot(frame[0], frame[2]), frame[2], frame[0]);
    size = vec_norm(frame[0]);
    if (!(size > 0.0))
        return false;
    for (int a = 0; a < 3; a++)
        frame[0][a] /= size;
    vec_cross(frame[2], frame[0], frame[1]);
    return true;
}

static void count_direction(HDensity *s, size_t group, const double frame[3][3],
                            const double bond[3])
{
    const double pi = acos(-1.0);
    size_t np = (size_t)s->o.polar, na = (size_t)s->o.azimuth;
    double x = vec_dot(bond, frame[0]), y = vec_dot(bond, frame[1]), z = vec_dot(bond, frame[2]);
    double length = sqrt(x * x + y * y + z * z), turn = atan2(y, x) / (2.0 * pi);
    size_t p = (size_t)fmin(0.5 * (z / length + 1.0) * (double)np, (double)np - 1.0);
    size_t a = (size_t)fmin((turn < 0.0 ? turn + 1.0 : turn) * (double)na, (double)na - 1.0);
    int64_t *row = &s->count[(group * np + p) * na];
    row[a]++;
    row[(a + na / 2) % na]++;
}

static void accumulate(HDensity *s)
{
    size_t bins = (size_t)(s->o.polar * s->o.azimuth), ng = (size_t)s->o.groups;
    s->count = MEM_NEW(int64_t, ng * bins);
    for (size_t k = 0; k < s->ions; k++) {
        double frame[3][3], bond[3];
        if (!ion_frame(s, k, frame)) {
            s->left_out++;
            continue;
        }
        s->counted++;
        for (size_t h = 0; h < H; h++)
            for (size_t f = 0; f < s->trace.frames; f++) {
                bond_at(s, k, h, f, bond);
                count_direction(s, s->group[k], (const double(*)[3])frame, bond);
            }
    }
    comm_sum_i64(s->comm, ng * bins, s->count);
    comm_sum_i64(s->comm, 2, s->length);
    comm_sum_i64(s->comm, 1, &s->counted);
    comm_sum_i64(s->comm, 1, &s->left_out);
}

/* Density of each group, of equal weight per H, then mean and scatter. */
static Err write_map(const HDensity *s, H5 *group)
{
    size_t np = (size_t)s->o.polar, na = (size_t)s->o.azimuth, bins = np * na,
           ng = (size_t)s->o.groups;
    double *value = MEM_NEW(double, ng), *weight = MEM_NEW(double, ng), *all = MEM_NEW(double, ng);
    double *density = MEM_NEW(double, 2 * bins), *error = density + bins;
    for (size_t g = 0; g < ng; g++)
        for (size_t b = 0; b < bins; b++)
            all[g] += (double)s->count[g * bins + b];
    for (size_t b = 0; b < bins; b++) {
        for (size_t g = 0; g < ng; g++) {
            weight[g] = all[g];
            value[g] = all[g] > 0.0 ? (double)s->count[g * bins + b] * (double)bins / all[g] : 0.0;
        }
        Estimate e = blocks_weighted(ng, value, weight);
        density[b] = e.mean;
        error[b] = e.error;
    }
    size_t dims[2] = {np, na};
    Err e = h5_write(group, "density", 2, dims, density, "1",
                     "directions of B-H [cos_theta][azimuth], 1: as a uniform distribution");
    if (e == OK)
        e = h5_write(group, "density_error", 2, dims, error, "1",
                     "standard error, from groups of ions");
    free(value);
    free(weight);
    free(all);
    free(density);
    return e;
}

static Err write_results(const HDensity *s, H5 *group)
{
    size_t np = (size_t)s->o.polar, na = (size_t)s->o.azimuth;
    double *c = MEM_NEW(double, np), *a = MEM_NEW(double, na);
    for (size_t p = 0; p < np; p++)
        c[p] = 2.0 * ((double)p + 0.5) / (double)np - 1.0;
    for (size_t k = 0; k < na; k++)
        a[k] = 360.0 * ((double)k + 0.5) / (double)na;
    Err e = h5_write(group, "cos_theta", 1, &np, c, "1",
                     "cosine of the angle with the line from B to the nearer Mg");
    if (e == OK)
        e = h5_write(group, "azimuth", 1, &na, a, "degree", "0: edge of the H that face that Mg");
    free(c);
    free(a);
    if (e == OK)
        e = write_map(s, group);
    double n = (double)s->total * H * (double)s->trace.frames;
    double mean = blocks_from_fixed(s->length[0]) / n, square = blocks_from_fixed(s->length[1]) / n;
    if (e == OK)
        e = h5_write_number(group, "bond", mean, "angstrom", "mean length of B-H");
    if (e == OK)
        e = h5_write_number(group, "bond_rms", sqrt(fmax(0.0, square - mean * mean)), "angstrom",
                            "standard deviation of the length of B-H");
    if (e == OK)
        e = h5_write_number(group, "ions", (double)s->counted, "1", "BH4 that were counted");
    if (e == OK)
        e = h5_write_number(group, "left_out", (double)s->left_out, "1",
                            "BH4 with less than two Mg near by");
    if (e == OK)
        e = h5_write_number(group, "frames", (double)s->trace.frames, "1", "frames");
    return e;
}

static Err h_density_close(void *state, H5 *group)
{
    HDensity *s = state;
    if (s->trace.frames == 0)
        return err_set(ERR_INPUT, "h_density: no frame was measured");
    accumulate(s);
    return comm_agree(s->comm, group != NULL ? write_results(s, group) : OK);
}

const ObservableKind h_density_observable = {
    .name = "h_density",
    .help = "directions of B-H in the frame of the ion's site (Mg-B-Mg): density on the sphere, "
            "1: as a uniform distribution",
    .reference = "the map of nuclear density of diffraction, here without symmetry imposed",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(HDensityOptions),
    .open = h_density_open,
    .frame = h_density_frame,
    .close = h_density_close,
    .free = h_density_free,
};
