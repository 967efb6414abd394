#include "analysis/vdos.h"

#include "analysis/blocks.h"
#include "analysis/spectrum.h"
#include "analysis/trace.h"
#include "analysis/wiener.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows after those of the species. */
enum { TRANSLATION, LIBRATION, MOTIONS };

typedef struct Vdos {
    const Comm *comm;
    const Sample *sample;
    VdosOptions o;
    int64_t first_ion, ions;   /* this rank's */
    int64_t first_atom, atoms; /* of them */
    int64_t bh4_before;        /* BH4 ions of lower ranks */
    size_t bh4;                /* here */
    bool differences;
    int64_t frames;
    double time;         /* of the last frame */
    double (*last)[3];   /* [atoms] and its positions */
    double (*middle)[3]; /* [atoms] positions that go with the velocities, */
    double (*v)[3];      /* [atoms + bh4] velocities [A/ps], then angular velocities [1/ps] */
    Trace trace;         /* of v */
    size_t rows;         /* species + MOTIONS */
    size_t groups;
    double *power; /* [rows][groups][n] */
} Vdos;

#define AT(member) .offset = offsetof(VdosOptions, member)

static const ConfigField fields[] = {
    SPECTRUM_FIELDS(VdosOptions),
    {.key = "groups",
     .kind = CONFIG_INTEGER,
     .fallback = "8",
     .low = 2,
     .high = 1000,
     AT(groups),
     .help = "groups of ions for standard errors"},
};

static void vdos_free(void *state)
{
    Vdos *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    free(s->last);
    free(s->middle);
    free(s->v);
    free(s->power);
    free(s);
}

static Err vdos_open(const Comm *c, const Sample *sample, const void *options, double interval,
                     int64_t frames, void **state)
{
    (void)interval;
    const VdosOptions *o = options;
    *state = NULL;
    if (o->e_step > 0.5 * o->fwhm)
        return err_set(ERR_INPUT, "vdos: e_step: %g meV is more than half of fwhm = %g meV",
                       o->e_step, o->fwhm);
    Vdos *s = MEM_NEW(Vdos, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *o;
    s->rows = (size_t)sample->nspecies + MOTIONS;
    s->groups = (size_t)o->groups;
    comm_block(c, sample->nion, &s->first_ion, &s->ions);
    s->first_atom = sample->nion > 0 ? sample->ion_first[s->first_ion] : 0;
    s->atoms = sample->nion > 0 ? sample->ion_first[s->first_ion + s->ions] - s->first_atom : 0;
    for (int64_t i = 0; i < s->first_ion + s->ions; i++)
        if (sample->ion_kind[i] == ION_BH4) {
            s->bh4_before += i < s->first_ion;
            s->bh4 += i >= s->first_ion;
        }
    size_t points = (size_t)s->atoms + s->bh4;
    s->last = mem_new((size_t)s->atoms, sizeof *s->last);
    s->middle = mem_new((size_t)s->atoms, sizeof *s->middle);
    s->v = mem_new(points, sizeof *s->v);
    trace_init(&s->trace, points, frames);
    *state = s;
    return OK;
}

/* Angular velocity of a BH4 ion: I^-1 sum m r x v about its centre of mass. x, v [5]. */
static void angular_velocity(const double mass[5], const double (*x)[3], const double (*v)[3],
                             double out[3])
{
    double centre[3] = {0}, drift[3] = {0}, total = 0.0, momentum[3] = {0}, inertia[3][3] = {{0}};
    for (int i = 0; i < 5; i++) {
        vec_axpy(mass[i], x[i], centre);
        vec_axpy(mass[i], v[i], drift);
        total += mass[i];
    }
    for (int i = 0; i < 5; i++) {
        double r[3], u[3], l[3];
        for (int a = 0; a < 3; a++) {
            r[a] = x[i][a] - centre[a] / total;
            u[a] = v[i][a] - drift[a] / total;
        }
        vec_cross(r, u, l);
        vec_axpy(mass[i], l, momentum);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                inertia[a][b] += mass[i] * ((a == b ? vec_dot(r, r) : 0.0) - r[a] * r[b]);
    }
    double inverse[3][3];
    mat_inverse((const double(*)[3])inertia, inverse);
    mat_times_vec((const double(*)[3])inverse, momentum, out);
}

static void masses(const Sample *s, int64_t first, double mass[5])
{
    for (int i = 0; i < 5; i++)
        mass[i] = s->species[s->kind[first + i]]->mass;
}

/* s->v from this frame's velocities and s->middle, into the trace. */
static void add_velocities(Vdos *s, double time)
{
    size_t ion = 0;
    for (int64_t i = s->first_ion; i < s->first_ion + s->ions; i++) {
        if (s->sample->ion_kind[i] != ION_BH4)
            continue;
        double mass[5];
        int64_t at = s->sample->ion_first[i] - s->first_atom;
        masses(s->sample, s->sample->ion_first[i], mass);
        angular_velocity(mass, (const double(*)[3])s->middle + at, (const double(*)[3])s->v + at,
                         s->v[(size_t)s->atoms + ion++]);
    }
    trace_add(&s->trace, NULL, time, (const double(*)[3])s->v);
}

static Err vdos_frame(void *state, const Frame *frame)
{
    Vdos *s = state;
    size_t bytes = (size_t)s->atoms * sizeof *s->v;
    const double(*x)[3] = frame->x + s->first_atom;
    if (s->frames == 0) {
        s->differences = s->o.velocities == VELOCITIES_DIFFERENCES ||
                         (s->o.velocities == VELOCITIES_AS_THEY_COME && frame->v == NULL);
        if (!s->differences && frame->v == NULL)
            return err_set(ERR_INPUT, "vdos: velocities: the frames have none; 'differences' makes "
                                      "them from positions");
    }
    if (!s->differences && frame->v != NULL && bytes > 0) {
        memcpy(s->v, frame->v + s->first_atom, bytes);
        memcpy(s->middle, x, bytes);
    }
    if (s->differences && s->frames > 0)
        for (int64_t i = 0; i < s->atoms; i++)
            for (int a = 0; a < 3; a++) {
                s->v[i][a] = (x[i][a] - s->last[i][a]) / (frame->time - s->time);
                s->middle[i][a] = 0.5 * (x[i][a] + s->last[i][a]);
            }
    if (!s->differences || s->frames > 0)
        add_velocities(s, s->differences ? 0.5 * (frame->time + s->time) : frame->time);
    if (bytes > 0)
        memcpy(s->last, x, bytes);
    s->time = frame->time;
    s->frames++;
    return OK;
}

/* Largest component of any velocity of the trace or of any centre of mass, on all ranks. Collective. */
static double largest_velocity(const Vdos *s)
{
    double most = 0.0;
    for (size_t p = 0; p < s->trace.points; p++)
        for (int a = 0; a < 3; a++)
            for (size_t k = 0; k < s->trace.frames; k++)
                most = fmax(most, 10.0 * fabs((double)trace_row(&s->trace, p, a)[k]));
    comm_max(s->comm, 1, &most);
    return most;
}

/* Power of a vector series [3][frames] into a row: x and y as one complex number. */
static void add_series(const Vdos *s, const Wiener *c, double grid, const double *v,
                       double complex *room, size_t row, size_t group)
{
    double *power = s->power + (row * s->groups + group) * c->n;
    for (size_t k = 0; k < c->frames; k++)
        room[k] = v[k] + I * v[c->frames + k];
    wiener_add_power(c, grid, room, power);
    for (size_t k = 0; k < c->frames; k++)
        room[k] = v[2 * c->frames + k];
    wiener_add_power(c, grid, room, power);
}

static void point_series(const Vdos *s, size_t point, double factor, double *v)
{
    for (int a = 0; a < 3; a++)
        for (size_t k = 0; k < s->trace.frames; k++)
            v[(size_t)a * s->trace.frames + k] +=
                factor * 10.0 * (double)trace_row(&s->trace, point, a)[k];
}

/* One ion: its atoms, and the motions of a BH4. */
static void add_ion(Vdos *s, const Wiener *c, double grid, int64_t ion, size_t group, size_t bh4,
                    double *v, double complex *room)
{
    const Sample *sample = s->sample;
    size_t species = (size_t)sample->nspecies, bytes = 3 * c->frames * sizeof *v;
    double *centre = v + 3 * c->frames, total = 0.0;
    memset(centre, 0, bytes);
    for (int64_t i = sample->ion_first[ion]; i < sample->ion_first[ion + 1]; i++) {
        double mass = sample->species[sample->kind[i]]->mass;
        memset(v, 0, bytes);
        point_series(s, (size_t)(i - s->first_atom), 1.0, v);
        add_series(s, c, grid, v, room, (size_t)sample->kind[i], group);
        for (size_t k = 0; k < 3 * c->frames; k++)
            centre[k] += mass * v[k];
        total += mass;
    }
    if (sample->ion_kind[ion] != ION_BH4)
        return;
    for (size_t k = 0; k < 3 * c->frames; k++)
        centre[k] /= total;
    add_series(s, c, grid, centre, room, species + TRANSLATION, group);
    memset(v, 0, bytes);
    point_series(s, (size_t)s->atoms + bh4, 1.0, v);
    add_series(s, c, grid, v, room, species + LIBRATION, group);
}

/* All power spectra, summed over ranks. Collective. */
static void add_all(Vdos *s, const Wiener *c)
{
    const Sample *sample = s->sample;
    int64_t ions[ION_KINDS], seen = s->bh4_before;
    double *v = MEM_NEW(double, 6 * c->frames);
    double complex *room = mem_new(c->frames, sizeof *room);
    double grid = wiener_grid(c, 2.0 * largest_velocity(s), 2.0 * (double)sample->n);
    sample_count(sample, ions);
    s->power = MEM_NEW(double, s->rows * s->groups * c->n);
    for (int64_t i = s->first_ion; i < s->first_ion + s->ions; i++) {
        bool bh4 = sample->ion_kind[i] == ION_BH4;
        int64_t ordinal = bh4 ? seen : i - seen;
        size_t group = blocks_group(ordinal, ions[sample->ion_kind[i]], s->groups);
        add_ion(s, c, grid, i, group, (size_t)(seen - s->bh4_before), v, room);
        seen += bh4;
    }
    comm_sum(s->comm, s->rows * s->groups * c->n, s->power);
    free(v);
    free(room);
}

/* Spectra [rows + 2][groups][n] and their areas [rows + 2][groups]; the last two rows are total and neutron. */
typedef struct VdosTable {
    size_t rows;
    double *value, *area;
} VdosTable;

static void make_rows(const Vdos *s, const Wiener *c, const Spectrum *spectrum, VdosTable *t)
{
    size_t n = spectrum->n;
    double *sum = MEM_NEW(double, c->lags);
    t->rows = s->rows + 2;
    t->value = MEM_NEW(double, t->rows * s->groups * n);
    t->area = MEM_NEW(double, t->rows * s->groups);
    for (size_t i = 0; i < s->rows * s->groups; i++) {
        wiener_from_power(c, s->power + i * c->n, sum);
        for (size_t l = 0; l < c->lags; l++)
            sum[l] /= (double)(c->frames - l);
        spectrum_cosine(spectrum, sum, t->value + i * n);
        if (s->differences)
            spectrum_difference(spectrum, t->value + i * n);
        t->area[i] = s->differences
                         ? spectrum_integral(spectrum, t->value + i * n, spectrum->nyquist)
                         : sum[0];
    }
    free(sum);
}

/* Rows `total` and `neutron` out of those of the species. */
static void combine_rows(const Vdos *s, size_t n, VdosTable *t)
{
    const Sample *sample = s->sample;
    double atoms[SAMPLE_MAX_SPECIES] = {0};
    for (int64_t i = 0; i < sample->n; i++)
        atoms[sample->kind[i]] += 1.0;
    for (size_t a = 0; a < (size_t)sample->nspecies; a++) {
        const Species *u = sample->species[a];
        double all = 0.0;
        for (size_t g = 0; g < s->groups; g++)
            all += t->area[a * s->groups + g];
        const double weight[2] = {
            u->mass, all > 0.0 ? atoms[a] * (u->sigma_coh + u->sigma_inc) / (u->mass * all) : 0.0};
        for (size_t g = 0; g < s->groups; g++)
            for (size_t which = 0; which < 2; which++) {
                size_t to = (s->rows + which) * s->groups + g, from = a * s->groups + g;
                t->area[to] += weight[which] * t->area[from];
                for (size_t k = 0; k < n; k++)
                    t->value[to * n + k] += weight[which] * t->value[from * n + k];
            }
    }
}

/* Density of a row, normalised, and its error. */
static void row_density(const Vdos *s, const VdosTable *t, size_t row, size_t n, size_t written,
                        double *dos, double *error)
{
    double *column = MEM_NEW(double, s->groups);
    const double *area = t->area + row * s->groups;
    for (size_t k = 0; k < written; k++) {
        for (size_t g = 0; g < s->groups; g++)
            column[g] = area[g] > 0.0 ? t->value[(row * s->groups + g) * n + k] / area[g] : 0.0;
        Estimate e = blocks_weighted(s->groups, column, area);
        dos[k] = e.mean, error[k] = e.error;
    }
    free(column);
}

static Err write_temperatures(const Vdos *s, const VdosTable *t, H5 *group)
{
    size_t species = (size_t)s->sample->nspecies;
    double kelvin[SAMPLE_MAX_SPECIES] = {0}, atoms[SAMPLE_MAX_SPECIES] = {0};
    for (int64_t i = 0; i < s->sample->n; i++)
        atoms[s->sample->kind[i]] += 1.0;
    for (size_t a = 0; a < species; a++) {
        for (size_t g = 0; g < s->groups; g++)
            kelvin[a] += t->area[a * s->groups + g];
        kelvin[a] *= s->sample->species[a]->mass * UNITS_TIME_PS * UNITS_TIME_PS /
                     (3.0 * UNITS_KB * atoms[a]);
    }
    return h5_write(group, "kinetic_temperature", 1, &species, kelvin, "K",
                    "m <v^2>/(3k) of the species (rows 0 ..); all modes below the Nyquist energy");
}

static Err write_rows(const Vdos *s, const VdosTable *t, const Spectrum *spectrum, H5 *group)
{
    const char *name[SAMPLE_MAX_SPECIES + MOTIONS + 2];
    size_t written = spectrum->n, n = 0, species = (size_t)s->sample->nspecies;
    double high = s->o.e_max > 0.0 ? fmin(s->o.e_max, spectrum->nyquist) : spectrum->nyquist;
    while (written > 1 && spectrum->energy[written - 1] > high * (1.0 + 1e-12))
        written--;
    double *dos = MEM_NEW(double, 2 * t->rows * spectrum->n), *error = dos + t->rows * spectrum->n;
    double area[SAMPLE_MAX_SPECIES + MOTIONS + 2];
    for (size_t row = 0; row < t->rows; row++) {
        bool none = true;
        for (size_t g = 0; g < s->groups; g++)
            none = none && !(t->area[row * s->groups + g] > 0.0);
        if (none)
            continue; /* no BH4, or nothing moves */
        row_density(s, t, row, spectrum->n, written, dos + n * written, error + n * written);
        area[n] = spectrum_integral(spectrum, dos + n * written, spectrum->energy[written - 1]);
        name[n++] = row < species                  ? s->sample->species[row]->symbol
                    : row == species + TRANSLATION ? "BH4 translation"
                    : row == species + LIBRATION   ? "BH4 libration"
                    : row == s->rows               ? "total"
                                                   : "neutron";
    }
    size_t dims[2] = {n, written};
    Err e =
        n > 0 ? h5_write_texts(group, "rows", n, name) : err_set(ERR_INPUT, "vdos: nothing moves");
    if (e == OK)
        e = h5_write(group, "E", 1, &written, spectrum->energy, "meV", "energy");
    if (e == OK)
        e = h5_write(group, "dos", 2, dims, dos, "1/meV",
                     "density of states of each row, area 1 over E > 0");
    if (e == OK)
        e = h5_write(group, "dos_error", 2, dims, error, "1/meV",
                     "standard error, from groups of ions; a lower bound for collective modes");
    if (e == OK)
        e = h5_write(group, "area", 1, &n, area, "1", "integral of what is written");
    free(dos);
    return e;
}

static Err write_results(const Vdos *s, const VdosTable *t, const Spectrum *spectrum, H5 *group)
{
    if (spectrum->left > 1e-3)
        log_warn("vdos: the run is too short for lines of %g meV: the window is still %.2g at its "
                 "half",
                 spectrum->fwhm, spectrum->left);
    TRY(write_rows(s, t, spectrum, group));
    TRY(write_temperatures(s, t, group));
    TRY(h5_write_number(group, "nyquist", spectrum->nyquist, "meV",
                        "pi hbar/(time between frames): faster motion is folded back below it"));
    TRY(h5_write_number(group, "band_limit", spectrum->nyquist * (s->differences ? 0.5 : 1.0),
                        "meV", "energies up to which the spectrum is good"));
    TRY(h5_write_number(group, "fwhm", spectrum->fwhm, "meV", "full width of a sharp line"));
    TRY(h5_write_number(group, "resolution_at_tmax", spectrum->left, "1",
                        "window at the longest time difference used"));
    return h5_write_text(group, "velocities", s->differences ? "differences" : "frames");
}

static Err vdos_close(void *state, H5 *group)
{
    Vdos *s = state;
    double interval;
    Err e = trace_check(&s->trace, &interval);
    if (e == OK && s->trace.frames < 4)
        e = err_set(ERR_INPUT, "vdos: %zu frames with velocities; at least four are needed",
                    s->trace.frames);
    e = comm_agree(s->comm, e);
    if (e != OK)
        return e;
    Spectrum spectrum;
    VdosTable table = {0};
    spectrum_init(&spectrum, interval, s->trace.frames, s->o.fwhm, s->o.e_step);
    Wiener *c = wiener_new(s->trace.frames, spectrum.lags - 1, 1);
    add_all(s, c);
    if (group != NULL) {
        make_rows(s, c, &spectrum, &table);
        combine_rows(s, spectrum.n, &table);
        e = write_results(s, &table, &spectrum, group);
    }
    free(table.value);
    free(table.area);
    wiener_free(c);
    spectrum_clear(&spectrum);
    return comm_agree(s->comm, e);
}

const ObservableKind vdos_observable = {
    .name = "vdos",
    .help = "vibrational density of states [1/meV] by species, mass- and neutron-weighted, and of "
            "BH4 translation and libration",
    .reference = "J. M. Dickey, A. Paskin, Phys. Rev. 188, 1407 (1969), doi "
                 "10.1103/PhysRev.188.1407; neutron weights H. Schober, J. Neutron Res. 17, 109 "
                 "(2014), doi 10.3233/JNR-140016",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(VdosOptions),
    .open = vdos_open,
    .frame = vdos_frame,
    .close = vdos_close,
    .free = vdos_free,
};
