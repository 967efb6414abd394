#include "analysis/qens_files.h"

#include "analysis/qens_ascii.h"
#include "analysis/qens_csv.h"
#include "analysis/qens_nexus.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

/* n numbers of rank 0 to all; NULL stays NULL. */
static void share(const Comm *c, size_t n, bool has, double **data)
{
    if (!has)
        return;
    if (!comm_is_root(c))
        *data = MEM_NEW(double, n);
    comm_bcast(c, 0, n * sizeof **data, *data);
}

static void share_data(const Comm *c, QensData *d)
{
    bool has[3] = {d->two_theta != NULL, d->error != NULL, d->truth != NULL};
    comm_bcast(c, 0, sizeof has, has);
    comm_bcast(c, 0, sizeof d->nspectra, &d->nspectra);
    comm_bcast(c, 0, sizeof d->ne, &d->ne);
    comm_bcast(c, 0, sizeof d->kf_over_ki, &d->kf_over_ki);
    comm_bcast(c, 0, sizeof d->wavelength, &d->wavelength);
    comm_bcast(c, 0, sizeof d->temperature, &d->temperature);
    size_t all = d->nspectra * d->ne;
    share(c, d->nspectra, true, &d->q);
    share(c, d->nspectra, has[0], &d->two_theta);
    share(c, d->ne + 1, true, &d->edge);
    share(c, all, true, &d->y);
    share(c, all, has[1], &d->error);
    share(c, all, has[2], &d->truth);
    comm_bcast_text(c, &d->title);
    comm_bcast_text(c, &d->source);
}

static Err read_text(const Comm *c, const char *path, double wavelength, QensData *out)
{
    char *bytes;
    size_t n;
    TRY(comm_read_file(c, path, &bytes, &n));
    Err e = ends_in(path, ".csv") ? qens_csv_parse(path, bytes, n, out)
                                  : qens_ascii_parse_grp(path, bytes, n, wavelength, out);
    free(bytes);
    return e;
}

Err qens_files_read(const Comm *c, const char *path, double wavelength, QensData *out)
{
    *out = (QensData){0};
    if (ends_in(path, ".csv") || ends_in(path, ".grp"))
        return read_text(c, path, wavelength, out);
    if (!ends_in(path, ".nxspe"))
        return err_set(ERR_INPUT, "%s: spectra are read from .csv, .nxspe and .grp files", path);
    Err e = comm_agree(c, comm_is_root(c) ? qens_nexus_read_nxspe(path, out) : OK);
    if (e == OK)
        share_data(c, out);
    else
        qens_data_clear(out);
    return e;
}
