/* dataset_mean.c -- the structure that a diffractometer would see of a simulation, as CIF. */
#include "app/dataset_inside.h"

#include "analysis/crystal.h"
#include "app/sample_file.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Mean {
    size_t n;
    double *cell, *place, *u; /* [3][3] A, [n][3], [n] A^2 */
} Mean;

static void mean_clear(Mean *m)
{
    free(m->cell);
    free(m->place);
    free(m->u);
}

/* n stays 0 if there is none. */
static Err mean_read(const char *path, Mean *m)
{
    H5 *file;
    size_t dims[2], places[2];
    *m = (Mean){0};
    if (access(path, R_OK) != 0)
        return OK;
    TRY(h5_open(path, false, &file));
    if (!h5_exists(file, "pdf/mean/place")) {
        h5_close(file);
        return OK;
    }
    Err e = h5_read(file, "pdf/mean/cell", 2, dims, &m->cell, NULL);
    if (e == OK)
        e = h5_read(file, "pdf/mean/place", 2, places, &m->place, NULL);
    if (e == OK)
        e = h5_read(file, "pdf/mean/u_iso", 1, &m->n, &m->u, NULL);
    if (e == OK && (dims[0] != 3 || dims[1] != 3 || places[0] != m->n || places[1] != 3))
        e = err_set(ERR_FILE, "%s: pdf/mean does not fit together", path);
    h5_close(file);
    return e;
}

/* Every atom a site of P1. */
static Err mean_crystal(const Mean *m, const Sample *s, Crystal *c)
{
    int identity[1][3][3] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    double nothing[1][3] = {{0}};
    const SymmetryOperations p1 = {.n = 1, .rotation = identity, .translation = nothing};
    CrystalSite *site = MEM_NEW(CrystalSite, m->n);
    Cell cell;
    Err e = cell_init(&cell, (const double(*)[3])m->cell);
    for (size_t i = 0; i < m->n; i++) {
        site[i] = (CrystalSite){.species = s->species[s->kind[i]],
                                .occupancy = 1.0,
                                .uiso = isnan(m->u[i]) ? 0.0 : m->u[i]};
        snprintf(site[i].label, sizeof site[i].label, "%s%zu", site[i].species->symbol, i + 1);
        for (int k = 0; k < 3; k++)
            site[i].s[k] = m->place[3 * i + (size_t)k] - floor(m->place[3 * i + (size_t)k]);
    }
    if (e == OK)
        e = crystal_init(c, &cell, &p1, (int)m->n, site);
    snprintf(c->group, sizeof c->group, "P 1"); /* some readers want a name */
    free(site);
    return e;
}

static char *mean_cif(const Crystal *c, const char *comment)
{
    static const int order[6] = {0, 1, 2, 5, 4, 3}; /* gamma, beta, alpha of the metric */
    char cell[6][32], (*value)[10][32] = mem_new((size_t)c->nsite, sizeof *value);
    const char *cells[6];
    for (int k = 0; k < 6; k++) {
        snprintf(cell[k], sizeof cell[k], "%.6f", crystal_cell_get(c, order[k]));
        cells[k] = cell[k];
    }
    for (int i = 0; i < c->nsite; i++) {
        for (int k = 0; k < 3; k++)
            snprintf(value[i][k], sizeof value[i][k], "%.6f", c->site[i].s[k]);
        snprintf(value[i][3], sizeof value[i][3], "1");
        snprintf(value[i][4], sizeof value[i][4], "%.6f", c->site[i].uiso);
    }
    char *cif = crystal_cif(c, comment, cells, value);
    free(value);
    return cif;
}

Err dataset_mean(Dataset *d, const StageRun *run)
{
    char *result = stage_file(run->stage, "result.h5"),
         *sample = stage_file(run->stage, "sample.h5");
    Mean m;
    Sample s;
    Crystal c = {0};
    Err e = mean_read(result, &m);
    if (e == OK && m.n > 0 && (e = sample_file_read(d->alone, sample, &s)) == OK) {
        if ((size_t)s.n != m.n)
            e = err_set(ERR_FILE, "%s: %zu atoms in pdf/mean, %lld in the sample", result, m.n,
                        (long long)s.n);
        bool whole = e == OK && mean_crystal(&m, &s, &c) == OK;
        if (e == OK && !whole)
            log_warn("stage %s: no mean.cif: %s", stage_name(run->stage), err_message());
        if (whole) {
            char *path = dataset_file(d, run, "mean.cif", DATASET_SIMULATION,
                                      "mean positions and U of all atoms over the frames, P1");
            char *cif = mean_cif(&c, dataset_comment(d));
            e = text_write_file(path, cif, strlen(cif));
            free(cif);
            free(path);
        }
        crystal_clear(&c);
        sample_clear(&s);
    }
    mean_clear(&m);
    free(result);
    free(sample);
    return e;
}
