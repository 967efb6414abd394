#include "analysis/qens_nexus.h"

#include "analysis/qens_csv.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/apart.h"
#include "store/h5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing */

/* A dataset with the attribute `units` that NeXus wants. */
static Err put(H5 *at, const char *name, int rank, const size_t dims[], const double *data,
               const char *units, const char *text)
{
    TRY(h5_write(at, name, rank, dims, data, units, text));
    return h5_attr_text(at, name, "units", units);
}

/* One number as an array of one, which is what NeXus' own library writes. */
static Err put_number(H5 *at, const char *name, double value, const char *units, const char *text)
{
    return put(at, name, 1, (size_t[]){1}, &value, units, text);
}

/* Standard errors; of counts sqrt(max(y, 1)). New array. */
static double *errors_of(const QensData *d)
{
    size_t n = d->nspectra * d->ne;
    double *error = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++)
        error[k] = d->error != NULL ? d->error[k] : sqrt(fmax(d->y[k], 1.0));
    for (size_t k = 0; k < n; k++)
        if (isnan(d->y[k]))
            error[k] = NAN;
    return error;
}

static Err write_info(H5 *entry, const QensData *d)
{
    H5 *info;
    const int64_t scaled = !d->kf_over_ki;
    double incident = UNITS_NEUTRON_MEV_A2 / (d->wavelength * d->wavelength);
    TRY(h5_group_of_class(entry, "NXSPE_info", "NXcollection", &info));
    Err e = put_number(info, "fixed_energy", incident, "meV", "of the incident neutrons");
    if (e == OK)
        e = h5_write_i64(info, "ki_over_kf_scaling", 1, (size_t[]){1}, &scaled, "1",
                         "1: kf/ki was divided out");
    if (e == OK)
        e = put_number(info, "psi", 0.0, "degrees", "a powder has none");
    h5_close_group(info);
    return e;
}

/* Half way to the neighbours on both sides. */
static double width_of(size_t n, const double x[], size_t k)
{
    double below = k > 0 ? x[k] - x[k - 1] : NAN, above = k + 1 < n ? x[k + 1] - x[k] : NAN;
    if (n == 1)
        return 0.5;
    return isnan(below) ? above : isnan(above) ? below : 0.5 * (below + above);
}

/* Where the detectors are. */
static Err write_detectors(H5 *data, const QensData *d, double distance)
{
    size_t n = d->nspectra;
    double *zero = MEM_NEW(double, n), *width = MEM_NEW(double, n), *far = MEM_NEW(double, n);
    for (size_t s = 0; s < n; s++)
        width[s] = width_of(n, d->two_theta, s), far[s] = distance;
    Err e = put(data, "polar", 1, &n, d->two_theta, "degrees", "scattering angle");
    if (e == OK)
        e = put(data, "polar_width", 1, &n, width, "degrees", "range of scattering angles");
    if (e == OK)
        e = put(data, "azimuthal", 1, &n, zero, "degrees", "around the beam; 0: level");
    if (e == OK)
        e = put(data, "azimuthal_width", 1, &n, width, "degrees", "taken as polar_width");
    if (e == OK)
        e = put(data, "distance", 1, &n, far, "m", "from the sample");
    free(zero), free(width), free(far);
    return e;
}

static Err write_data(H5 *entry, const QensData *d, double distance)
{
    H5 *data;
    size_t edges = d->ne + 1;
    const size_t dims[2] = {d->nspectra, d->ne};
    double *error = errors_of(d);
    Err e = h5_group_of_class(entry, "data", "NXdata", &data);
    if (e != OK) {
        free(error);
        return e;
    }
    e = put(data, "data", 2, dims, d->y, "1", "intensity; NaN: nothing is seen");
    if (e == OK)
        e = put(data, "error", 2, dims, error, "1", "standard error");
    if (e == OK)
        e = put(data, "energy", 1, &edges, d->edge, "meV",
                "edges of the bins; positive: the neutron loses energy");
    if (e == OK)
        e = write_detectors(data, d, distance);
    if (e == OK)
        e = h5_attr_text(data, NULL, "signal", "data");
    if (e == OK)
        e = h5_attr_texts(data, NULL, "axes", 2, (const char *const[]){"polar", "energy"});
    h5_close_group(data);
    free(error);
    return e;
}

/* The monochromator, where NXspe has a Fermi chopper. */
static Err write_chopper(H5 *instrument, const QensData *d)
{
    H5 *chopper;
    double incident = UNITS_NEUTRON_MEV_A2 / (d->wavelength * d->wavelength);
    TRY(h5_group_of_class(instrument, "fermi", "NXfermi_chopper", &chopper));
    Err e = put_number(chopper, "energy", incident, "meV", "of the incident neutrons");
    h5_close_group(chopper);
    return e;
}

/* Sample, instrument and what only we have. */
static Err write_rest(H5 *entry, const QensData *d)
{
    H5 *at = NULL;
    const size_t dims[2] = {d->nspectra, d->ne};
    Err e = h5_group_of_class(entry, "instrument", "NXinstrument", &at);
    if (e == OK)
        e = h5_write_text(at, "name", d->title != NULL ? d->title : "unknown");
    if (e == OK)
        e = write_chopper(at, d);
    h5_close_group(at);
    at = NULL;
    if (e == OK)
        e = h5_group_of_class(entry, "sample", "NXsample", &at);
    if (e == OK)
        e = put_number(at, "rotation_angle", 0.0, "degrees", "a powder has none");
    if (e == OK)
        e = h5_write_text(at, "seblock", "none");
    if (e == OK && !isnan(d->temperature))
        e = put_number(at, "temperature", d->temperature, "K", "of the sample");
    h5_close_group(at);
    at = NULL;
    if (e == OK)
        e = h5_group_of_class(entry, "paddlewheel", "NXcollection", &at);
    if (e == OK)
        e = h5_write_number(at, "counts", d->error == NULL, "1", "1: data are Poisson counts");
    if (e == OK && d->truth != NULL)
        e = put(at, "truth", 2, dims, d->truth, "1", "without noise, in the unit of data");
    if (e == OK && d->title != NULL)
        e = h5_write_text(at, "title", d->title);
    h5_close_group(at);
    return e;
}

static Err write_entry(H5 *file, const QensData *d, double distance)
{
    H5 *entry;
    TRY(h5_group_of_class(file, "entry", "NXentry", &entry));
    Err e = h5_write_text(entry, "definition", "NXSPE");
    if (e == OK)
        e = h5_attr_text(entry, "definition", "version", "1.3");
    if (e == OK)
        e = h5_write_text(entry, "program_name", "paddlewheel");
    if (e == OK)
        e = write_info(entry, d);
    if (e == OK)
        e = write_data(entry, d, distance);
    if (e == OK)
        e = write_rest(entry, d);
    h5_close_group(entry);
    return e;
}

static Err finish(H5 *file, Err e)
{
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

Err qens_nexus_write_nxspe(const char *path, const QensData *d, double distance)
{
    H5 *file;
    if (d->two_theta == NULL)
        return err_set(ERR_INPUT, "%s: NXspe holds spectra of detectors, not at constant Q", path);
    if (!(d->wavelength > 0.0))
        return err_set(ERR_INPUT, "%s: NXspe needs the incident wavelength", path);
    TRY(h5_create(path, &file));
    return finish(file, write_entry(file, d, distance));
}

static Err write_plot(H5 *entry, const QensData *d)
{
    H5 *data;
    bool angle = d->two_theta != NULL;
    const char *axis = angle ? "two_theta" : "Q";
    size_t edges = d->ne + 1;
    const size_t dims[2] = {d->nspectra, d->ne};
    TRY(h5_group_of_class(entry, "data", "NXdata", &data));
    double *error = errors_of(d);
    Err e = put(data, "S", 2, dims, d->y, "1", "intensity; NaN: nothing is seen");
    if (e == OK)
        e = put(data, "S_errors", 2, dims, error, "1", "standard error");
    if (e == OK && d->truth != NULL)
        e = put(data, "truth", 2, dims, d->truth, "1", "without noise");
    if (e == OK)
        e = put(data, axis, 1, &d->nspectra, angle ? d->two_theta : d->q,
                angle ? "degrees" : "1/angstrom", angle ? "scattering angle" : "momentum transfer");
    if (e == OK)
        e = put(data, "E", 1, &edges, d->edge, "meV",
                "edges of the bins; positive: the neutron loses energy");
    if (e == OK)
        e = h5_attr_text(data, NULL, "signal", "S");
    if (e == OK)
        e = h5_attr_texts(data, NULL, "axes", 2, (const char *const[]){axis, "E"});
    if (e == OK && d->truth != NULL)
        e = h5_attr_texts(data, NULL, "auxiliary_signals", 1, (const char *const[]){"truth"});
    h5_close_group(data);
    free(error);
    return e;
}

Err qens_nexus_write(const char *path, const QensData *d)
{
    H5 *file, *entry;
    TRY(h5_create(path, &file));
    Err e = h5_group_of_class(file, "entry", "NXentry", &entry);
    if (e != OK)
        return finish(file, e);
    e = h5_write_text(entry, "title", d->title != NULL ? d->title : "S(Q,E)");
    if (e == OK)
        e = h5_attr_text(entry, NULL, "default", "data");
    if (e == OK)
        e = h5_attr_text(file, NULL, "default", "entry");
    if (e == OK)
        e = write_plot(entry, d);
    if (e == OK && d->wavelength > 0.0)
        e = put_number(entry, "incident_wavelength", d->wavelength, "angstrom", "of the neutrons");
    if (e == OK && !isnan(d->temperature))
        e = put_number(entry, "temperature", d->temperature, "K", "of the sample");
    h5_close_group(entry);
    return finish(file, e);
}

/* ---- reading */

/* A text that is a scalar or an array of one; NULL if it is neither. New string. */
static char *text_of(H5 *at, const char *name)
{
    char *text = NULL, **list = NULL;
    size_t n = 0;
    int rank = h5_rank(at, name);
    if (rank == 0 && h5_read_text(at, name, &text) != OK)
        return NULL;
    if (rank == 1 && h5_read_texts(at, name, &n, &list) == OK) {
        for (size_t k = 0; k < n; k++)
            k == 0 ? (void)(text = list[k]) : free(list[k]);
        free(list);
    }
    return text;
}

/* Numbers in `unit` if the file says which it has, else taken as they are. */
static Err get(H5 *at, const char *name, int rank, size_t dims[], double **data, const char *unit)
{
    char *given = NULL;
    double factor = 1.0;
    TRY(h5_read(at, name, rank, dims, data, NULL));
    if (unit != NULL && h5_read_attr_text(at, name, "units", &given) == OK && given[0] != '\0') {
        Err e = units_factor(given, unit, &factor);
        if (e != OK) {
            free(given);
            free(*data);
            *data = NULL;
            return err_prefix(e, "%s: %s", h5_path(at), name);
        }
    }
    free(given);
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    for (size_t k = 0; k < n; k++)
        (*data)[k] *= factor;
    return OK;
}

/* A number that is a scalar or an array of one. */
static Err get_number(H5 *at, const char *name, double *value, const char *unit)
{
    double *data;
    size_t n = 1;
    int rank = h5_rank(at, name);
    TRY(get(at, name, rank == 0 ? 0 : 1, &n, &data, unit));
    Err e = n == 1 ? OK
                   : err_set(ERR_INPUT, "%s: %s: %zu numbers where one is needed", h5_path(at),
                             name, n);
    if (e == OK)
        *value = data[0];
    free(data);
    return e;
}

static Err read_info(H5 *entry, QensData *d)
{
    H5 *info;
    double incident, scaled;
    TRY(h5_group(entry, "NXSPE_info", &info));
    Err e = get_number(info, "fixed_energy", &incident, "meV");
    if (e == OK && !(incident > 0.0 && isfinite(incident)))
        e = err_set(ERR_INPUT, "%s: NXSPE_info/fixed_energy: %g meV is not positive", h5_path(info),
                    incident);
    if (e == OK) {
        d->wavelength = sqrt(UNITS_NEUTRON_MEV_A2 / incident);
        d->kf_over_ki =
            get_number(info, "ki_over_kf_scaling", &scaled, NULL) == OK && scaled == 0.0;
    }
    h5_close_group(info);
    return e;
}

/* What must have n entries. */
static Err get_list(H5 *at, const char *name, size_t n, double **data, const char *unit)
{
    size_t found;
    TRY(get(at, name, 1, &found, data, unit));
    if (found == n)
        return OK;
    free(*data);
    *data = NULL;
    return err_set(ERR_INPUT, "%s: data/%s: %zu numbers, %zu are needed", h5_path(at), name, found,
                   n);
}

static Err read_data(H5 *entry, QensData *d)
{
    H5 *data;
    size_t dims[2], again[2];
    TRY(h5_group(entry, "data", &data));
    Err e = get(data, "data", 2, dims, &d->y, NULL);
    if (e == OK)
        e = get(data, "error", 2, again, &d->error, NULL);
    if (e == OK && (dims[0] != again[0] || dims[1] != again[1]))
        e = err_set(ERR_INPUT, "%s: data/error is %zu x %zu, data/data is %zu x %zu", h5_path(data),
                    again[0], again[1], dims[0], dims[1]);
    if (e == OK && (dims[0] == 0 || dims[1] == 0))
        e = err_set(ERR_INPUT, "%s: data/data is empty", h5_path(data));
    if (e == OK) {
        d->nspectra = dims[0], d->ne = dims[1];
        e = get_list(data, "energy", d->ne + 1, &d->edge, "meV");
    }
    if (e == OK)
        e = get_list(data, "polar", d->nspectra, &d->two_theta, "degree");
    h5_close_group(data);
    return e;
}

static Err read_ours(H5 *entry, QensData *d)
{
    H5 *at;
    double counts = 0.0;
    size_t dims[2];
    if (h5_exists(entry, "sample/temperature"))
        TRY(get_number(entry, "sample/temperature", &d->temperature, "K"));
    if (!h5_exists(entry, "paddlewheel"))
        return OK;
    TRY(h5_group(entry, "paddlewheel", &at));
    Err e = get_number(at, "counts", &counts, NULL);
    if (e == OK && h5_exists(at, "truth"))
        e = get(at, "truth", 2, dims, &d->truth, NULL);
    if (e == OK && d->truth != NULL && (dims[0] != d->nspectra || dims[1] != d->ne))
        e = err_set(ERR_INPUT, "%s: paddlewheel/truth: %zu x %zu, not %zu x %zu", h5_path(at),
                    dims[0], dims[1], d->nspectra, d->ne);
    if (e == OK)
        d->title = text_of(at, "title");
    h5_close_group(at);
    if (e == OK && counts == 1.0) {
        free(d->error);
        d->error = NULL;
    }
    return e;
}

typedef struct Place {
    double angle;
    size_t spectrum;
} Place;

static int by_angle(const void *a, const void *b)
{
    const Place *x = a, *y = b;
    if (x->angle != y->angle)
        return x->angle < y->angle ? -1 : 1;
    return x->spectrum < y->spectrum ? -1 : x->spectrum > y->spectrum;
}

/* Sum of one channel over some spectra that have a number there, as a mean (counts: the sum). */
static void join_channel(const QensData *d, size_t n, const Place from[], size_t k, QensData *to,
                         size_t at)
{
    double sum = 0.0, square = 0.0, truth = 0.0;
    size_t found = 0;
    for (size_t j = 0; j < n; j++) {
        size_t i = from[j].spectrum * d->ne + k;
        if (isnan(d->y[i]) || (d->error != NULL && !(d->error[i] > 0.0)))
            continue;
        sum += d->y[i];
        square += d->error != NULL ? d->error[i] * d->error[i] : 0.0;
        truth += d->truth != NULL ? d->truth[i] : 0.0;
        found++;
    }
    double share = d->error != NULL ? 1.0 / (double)found : 1.0;
    to->y[at] = found > 0 ? share * sum : NAN;
    if (d->error != NULL)
        to->error[at] = found > 0 ? share * sqrt(square) : NAN;
    if (d->truth != NULL)
        to->truth[at] = found > 0 ? share * truth : NAN;
}

/* Spectra in the order of their angles, those of one angle together. */
static void sort_spectra(QensData *d)
{
    static const double SAME = 1e-4; /* degree */
    size_t n = 0, all = d->nspectra;
    Place *place = MEM_NEW(Place, all);
    QensData to;
    qens_data_copy(&to, d);
    for (size_t s = 0; s < all; s++)
        place[s] = (Place){fabs(d->two_theta[s]), s};
    qsort(place, all, sizeof *place, by_angle);
    for (size_t first = 0, last; first < all; first = last) {
        for (last = first + 1; last < all && place[last].angle - place[first].angle < SAME;)
            last++;
        to.two_theta[n] = place[first].angle;
        for (size_t k = 0; k < d->ne; k++)
            join_channel(d, last - first, place + first, k, &to, n * d->ne + k);
        n++;
    }
    to.nspectra = n;
    free(place);
    qens_data_clear(d);
    *d = to;
}

/* Spectra without a number (dead detectors) are dropped. */
static void drop_empty(QensData *d)
{
    size_t n = 0;
    for (size_t s = 0; s < d->nspectra; s++) {
        bool any = false;
        for (size_t k = 0; k < d->ne; k++)
            any = any || !isnan(d->y[s * d->ne + k]);
        if (!any)
            continue;
        double *planes[] = {d->y, d->error, d->truth};
        for (size_t p = 0; p < 3; p++)
            if (planes[p] != NULL)
                memmove(planes[p] + n * d->ne, planes[p] + s * d->ne, d->ne * sizeof **planes);
        d->two_theta[n++] = d->two_theta[s];
    }
    d->nspectra = n;
}

static Err make_q(const char *path, QensData *d)
{
    d->q = MEM_NEW(double, d->nspectra);
    for (size_t s = 0; s < d->nspectra; s++) {
        double angle = fabs(d->two_theta[s]);
        if (!(angle > 0.0 && angle <= 180.0))
            return err_set(ERR_INPUT,
                           "%s: data/polar: %g degree of spectrum %zu is no scattering "
                           "angle",
                           path, d->two_theta[s], s + 1);
    }
    sort_spectra(d);
    drop_empty(d);
    for (size_t s = 0; s < d->nspectra; s++)
        d->q[s] = 4.0 * PI / d->wavelength * sin(0.5 * d->two_theta[s] * (PI / 180.0));
    return OK;
}

static Err read_entry(const char *path, H5 *entry, QensData *d)
{
    Err e = read_info(entry, d);
    if (e == OK)
        e = read_data(entry, d);
    if (e == OK)
        e = read_ours(entry, d);
    if (e == OK)
        e = make_q(path, d);
    return e == OK ? err_prefix(qens_data_check(d), "%s", path) : e;
}

static bool is_nxspe(H5 *file, const char *name)
{
    char *at = mem_format("%s/definition", name), *text = text_of(file, at);
    bool yes = text != NULL && strncmp(text, "NXSPE", 5) == 0;
    free(at);
    free(text);
    return yes;
}

static Err read_nxspe(const char *path, QensData *out)
{
    H5 *file, *entry = NULL;
    char **names;
    *out = (QensData){.wavelength = NAN, .temperature = NAN};
    TRY(h5_open(path, false, &file));
    size_t n = h5_members(file, &names);
    Err e = err_set(ERR_INPUT, "%s: no entry says that its definition is NXSPE", path);
    for (size_t k = 0; k < n; k++) {
        if (entry == NULL && is_nxspe(file, names[k])) {
            e = h5_group(file, names[k], &entry);
            if (e != OK)
                break;
        }
    }
    for (size_t k = 0; k < n; k++)
        free(names[k]);
    free(names);
    if (e == OK)
        e = read_entry(path, entry, out);
    h5_close_group(entry);
    h5_close(file);
    if (e != OK)
        qens_data_clear(out);
    return e;
}

/* In the child: what was read as CSV, which keeps all of it. */
static Err read_apart(void *context, TextBuffer *out)
{
    const char *path = context;
    QensData d;
    TRY(read_nxspe(path, &d));
    qens_csv_append(out, &d);
    qens_data_clear(&d);
    return OK;
}

Err qens_nexus_read_nxspe(const char *path, QensData *out)
{
    TextBuffer text = {0};
    char *name = mem_string(path);
    *out = (QensData){0};
    Err e = apart_run(path, read_apart, name, &text);
    if (e == OK)
        e = qens_csv_parse(path, text.text, text.length, out);
    text_clear(&text);
    free(name);
    return e;
}
