#include "app/sample_file.h"

#include "base/mem.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>

static Err write_contents(H5 *file, const Sample *s, const char *provenance)
{
    const char *symbols[SAMPLE_MAX_SPECIES];
    for (int k = 0; k < s->nspecies; k++)
        symbols[k] = s->species[k]->symbol;
    size_t three[2] = {3, 3}, atoms[2] = {(size_t)s->n, 3};
    int64_t *kind = MEM_NEW(int64_t, s->n);
    for (int64_t i = 0; i < s->n; i++)
        kind[i] = s->kind[i];
    Err e = h5_write(file, "cell", 2, three, &s->cell.h[0][0], "angstrom", "lattice vectors, rows");
    if (e == OK)
        e = h5_write_texts(file, "species", (size_t)s->nspecies, symbols);
    if (e == OK)
        e = h5_write_i64(file, "kind", 1, atoms, kind, "1", "index into species");
    if (e == OK)
        e = h5_write(file, "position", 2, atoms, &s->x[0][0], "angstrom", "unwrapped positions");
    if (e == OK)
        e = h5_write(file, "velocity", 2, atoms, &s->v[0][0], "angstrom/10.180505710759415 fs",
                     "velocities");
    if (e == OK)
        e = h5_write_text(file, "provenance", provenance);
    free(kind);
    return e;
}

Err sample_file_write(const char *path, const Sample *s, const char *provenance)
{
    H5 *file;
    TRY(h5_create(path, &file));
    Err e = write_contents(file, s, provenance);
    if (e != OK) {
        h5_close(file);
        return e;
    }
    return h5_commit(file);
}

/* Rank 0's copy, before it is recognised. */
static Err read_contents(const char *path, Sample *s)
{
    H5 *file;
    double *h = NULL, *x = NULL, *v = NULL;
    int64_t *kind = NULL;
    char **names = NULL;
    size_t nspecies = 0, dims[2], n = 0;
    TRY(h5_open(path, false, &file));
    Err e = h5_read(file, "cell", 2, dims, &h, NULL);
    if (e == OK)
        e = h5_read_i64(file, "kind", 1, dims, &kind);
    n = dims[0];
    if (e == OK)
        e = h5_read(file, "position", 2, dims, &x, NULL);
    if (e == OK && dims[0] != n)
        e = err_set(ERR_FILE, "%s: %zu positions for %zu atoms", path, dims[0], n);
    if (e == OK)
        e = h5_read(file, "velocity", 2, dims, &v, NULL);
    if (e == OK)
        e = h5_read_texts(file, "species", &nspecies, &names);
    Cell cell;
    if (e == OK)
        e = cell_init(&cell, (const double(*)[3])h);
    if (e == OK) {
        sample_init(s, &cell, (int64_t)n);
        s->nspecies = (int)nspecies;
        for (size_t k = 0; k < nspecies && k < SAMPLE_MAX_SPECIES; k++) {
            s->species[k] = species_find(names[k]);
            if (s->species[k] == NULL)
                e = err_set(ERR_FILE, "%s: unknown species '%s'", path, names[k]);
        }
        for (size_t i = 0; i < n && e == OK; i++) {
            s->kind[i] = (int32_t)kind[i];
            if (kind[i] < 0 || (size_t)kind[i] >= nspecies)
                e = err_set(ERR_FILE, "%s: atom %zu has no species", path, i + 1);
        }
        memcpy(s->x, x, n * sizeof s->x[0]);
        memcpy(s->v, v, n * sizeof s->v[0]);
        if (e != OK)
            sample_clear(s);
    }
    for (size_t k = 0; k < nspecies; k++)
        free(names[k]);
    free(names);
    free(h);
    free(x);
    free(v);
    free(kind);
    h5_close(file);
    return e;
}

Err sample_file_read(const Comm *c, const char *path, Sample *s)
{
    Err e = comm_is_root(c) ? read_contents(path, s) : OK;
    e = comm_agree(c, e);
    if (e != OK)
        return e;
    struct {
        int64_t n;
        Cell cell;
        int nspecies;
        char symbols[SAMPLE_MAX_SPECIES][8];
    } head = {0};
    if (comm_is_root(c)) {
        head.n = s->n;
        head.cell = s->cell;
        head.nspecies = s->nspecies;
        for (int k = 0; k < s->nspecies; k++)
            strncpy(head.symbols[k], s->species[k]->symbol, sizeof head.symbols[k] - 1);
    }
    comm_bcast(c, 0, sizeof head, &head);
    if (!comm_is_root(c)) {
        sample_init(s, &head.cell, head.n);
        s->nspecies = head.nspecies;
        for (int k = 0; k < head.nspecies; k++)
            s->species[k] = species_find(head.symbols[k]);
    }
    comm_bcast(c, 0, (size_t)head.n * sizeof s->kind[0], s->kind);
    comm_bcast(c, 0, (size_t)head.n * sizeof s->x[0], s->x);
    comm_bcast(c, 0, (size_t)head.n * sizeof s->v[0], s->v);
    e = sample_recognise(s);
    if (e != OK)
        sample_clear(s);
    return err_prefix(e, "%s", path);
}
