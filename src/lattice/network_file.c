#include "lattice/network_file.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

static Err write_places(H5 *group, const char *name, int32_t n, const double (*s)[3],
                        const int32_t class[])
{
    H5 *g;
    TRY(h5_group(group, name, &g));
    int64_t *c = MEM_NEW(int64_t, n + 1);
    for (int32_t i = 0; i < n; i++)
        c[i] = class[i];
    Err e = h5_write(g, "position", 2, (size_t[]){(size_t)n, 3}, (const double *)s, "1",
                     "fractional coordinates");
    if (e == OK)
        e = h5_write_i64(g, "class", 1, (size_t[]){(size_t)n}, c, "1", "index of the class");
    free(c);
    h5_close_group(g);
    return e;
}

static Err write_labels(H5 *g, int n, const char *labels, size_t stride)
{
    const char **names = MEM_NEW(const char *, n + 1);
    for (int k = 0; k < n; k++)
        names[k] = labels + (size_t)k * stride;
    Err e = h5_write_texts(g, "label", (size_t)n, names);
    free(names);
    return e;
}

static Err write_site_classes(const Network *n, H5 *group)
{
    H5 *g;
    size_t count = (size_t)n->nsite_class;
    TRY(h5_group(group, "site_classes", &g));
    int64_t *energy = MEM_NEW(int64_t, 2 * count + 1), *reference = energy + count;
    for (size_t k = 0; k < count; k++) {
        energy[k] = n->site_classes[k].energy;
        reference[k] = n->site_classes[k].reference;
    }
    Err e = write_labels(g, n->nsite_class, n->nsite_class > 0 ? n->site_classes[0].label : NULL,
                         sizeof *n->site_classes);
    if (e == OK)
        e = h5_write_i64(g, "energy", 1, &count, energy, "ueV", "of a Mg there");
    if (e == OK)
        e = h5_write_i64(g, "reference", 1, &count, reference, "1",
                         "1: taken in the perfect crystal");
    free(energy);
    h5_close_group(g);
    return e;
}

static Err write_edge_classes(const Network *n, H5 *group)
{
    H5 *g;
    size_t count = (size_t)n->nedge_class;
    TRY(h5_group(group, "edge_classes", &g));
    int64_t *barrier = MEM_NEW(int64_t, count + 1);
    double *attempt = MEM_NEW(double, count + 1);
    for (size_t k = 0; k < count; k++) {
        barrier[k] = n->edge_classes[k].barrier;
        attempt[k] = n->edge_classes[k].attempt;
    }
    Err e = write_labels(g, n->nedge_class, n->edge_classes ? n->edge_classes[0].label : NULL,
                         sizeof *n->edge_classes);
    if (e == OK)
        e = h5_write_i64(g, "barrier", 1, &count, barrier, "ueV", "without gates, both directions");
    if (e == OK)
        e = h5_write(g, "attempt", 1, &count, attempt, "1/s", "attempt frequency");
    free(barrier);
    free(attempt);
    h5_close_group(g);
    return e;
}

static Err write_edges(const Network *n, H5 *group)
{
    H5 *g;
    size_t count = (size_t)n->nedge;
    TRY(h5_group(group, "edges", &g));
    int64_t *ends = MEM_NEW(int64_t, 6 * count + 1), *class = ends + 2 * count,
            *step = ends + 3 * count;
    for (size_t i = 0; i < count; i++) {
        ends[2 * i] = n->edge[i].a;
        ends[2 * i + 1] = n->edge[i].b;
        class[i] = n->edge[i].class;
        for (size_t a = 0; a < 3; a++)
            step[3 * i + a] = n->edge[i].step[a];
    }
    Err e = h5_write_i64(g, "ends", 2, (size_t[]){count, 2}, ends, "1", "sites a and b");
    if (e == OK)
        e = h5_write_i64(g, "class", 1, &count, class, "1", "index of the class");
    if (e == OK)
        e = h5_write_i64(g, "step", 2, (size_t[]){count, 3}, step, "1",
                         "copy of the cell in which b is");
    free(ends);
    h5_close_group(g);
    return e;
}

static Err write_links(H5 *group, const char *name, int32_t count, const NetworkLink *link)
{
    int64_t *rows = MEM_NEW(int64_t, 6 * count + 1);
    for (int32_t i = 0; i < count; i++)
        memcpy(rows + 6 * i,
               (int64_t[]){link[i].a, link[i].rotor, link[i].coupling, link[i].step[0],
                           link[i].step[1], link[i].step[2]},
               6 * sizeof *rows);
    Err e = h5_write_i64(group, name, 2, (size_t[]){(size_t)count, 6}, rows, "1",
                         "place, rotor, table, copy of the cell in which the rotor is");
    free(rows);
    return e;
}

static Err write_rotor_class(const NetworkRotorClass *c, H5 *group, int index)
{
    H5 *g;
    char name[16];
    snprintf(name, sizeof name, "%d", index);
    TRY(h5_group(group, name, &g));
    size_t wells = (size_t)c->nwell, turns = (size_t)c->nturn;
    int64_t *energy = MEM_NEW(int64_t, wells), *turn = MEM_NEW(int64_t, 4 * turns + 1);
    double *attempt = MEM_NEW(double, turns + 1);
    for (size_t w = 0; w < wells; w++)
        energy[w] = c->energy[w];
    for (size_t t = 0; t < turns; t++) {
        const NetworkTurn *x = &c->turn[t];
        memcpy(turn + 4 * t, (int64_t[]){x->from, x->to, x->op, x->barrier}, 4 * sizeof *turn);
        attempt[t] = x->attempt;
    }
    Err e = h5_write_i64(g, "energy", 1, &wells, energy, "ueV", "of the wells");
    if (e == OK)
        e = h5_write(g, "orient", 2, (size_t[]){wells, 4}, &c->orient[0][0], "1",
                     "quaternion (w, x, y, z) of the well");
    if (e == OK)
        e = h5_write_i64(g, "turn", 2, (size_t[]){turns, 4}, turn, "1",
                         "from, to, turn of the H, barrier [ueV]");
    if (e == OK)
        e = h5_write(g, "attempt", 1, &turns, attempt, "1/s", "attempt frequency");
    free(energy);
    free(turn);
    free(attempt);
    h5_close_group(g);
    return e;
}

static Err write_rotor_classes(const Network *n, H5 *group)
{
    H5 *g;
    TRY(h5_group(group, "rotor_classes", &g));
    Err e = write_labels(g, n->nrotor_class, n->rotor_classes ? n->rotor_classes[0].label : NULL,
                         sizeof *n->rotor_classes);
    for (int k = 0; k < n->nrotor_class && e == OK; k++)
        e = write_rotor_class(&n->rotor_classes[k], g, k);
    h5_close_group(g);
    return e;
}

static Err write_tables(const Network *n, H5 *group)
{
    H5 *g;
    TRY(h5_group(group, "tables", &g));
    Err e = write_labels(g, n->ncoupling, n->couplings ? n->couplings[0].label : NULL,
                         sizeof *n->couplings);
    for (int k = 0; k < n->ncoupling && e == OK; k++) {
        const NetworkCoupling *c = &n->couplings[k];
        char name[16];
        int64_t *row = MEM_NEW(int64_t, c->na * c->nb);
        for (int i = 0; i < c->na * c->nb; i++)
            row[i] = c->table[i];
        snprintf(name, sizeof name, "%d", k);
        e = h5_write_i64(g, name, 2, (size_t[]){(size_t)c->na, (size_t)c->nb}, row, "ueV",
                         "energy by wells");
        free(row);
    }
    h5_close_group(g);
    return e;
}

Err network_file_write(const Network *n, H5 *group)
{
    Err e =
        h5_write(group, "cell", 2, (size_t[]){3, 3}, &n->cell.h[0][0], "angstrom", "rows a, b, c");
    if (e == OK)
        e = h5_write_number(group, "charge", n->charge, "e", "of a Mg; 0: no Coulomb term");
    if (e == OK)
        e = h5_write_number(group, "permittivity", n->permittivity, "1", "of the Coulomb term");
    if (e == OK)
        e = h5_write_text(group, "source", n->source ? n->source : "");
    if (e == OK)
        e = write_places(group, "sites", n->nsite, (const double(*)[3])n->site, n->site_class);
    if (e == OK)
        e = write_places(group, "rotors", n->nrotor, (const double(*)[3])n->rotor, n->rotor_class);
    if (e == OK)
        e = write_site_classes(n, group);
    if (e == OK)
        e = write_rotor_classes(n, group);
    if (e == OK)
        e = write_edge_classes(n, group);
    if (e == OK)
        e = write_edges(n, group);
    if (e == OK)
        e = write_tables(n, group);
    if (e == OK)
        e = write_links(group, "site_rotor", n->nsite_rotor, n->site_rotor);
    if (e == OK)
        e = write_links(group, "rotor_rotor", n->nrotor_rotor, n->rotor_rotor);
    if (e == OK)
        e = write_links(group, "gate", n->ngate, n->gate);
    return e;
}

/* ---- reading --------------------------------------------------------------------------------- */

static Err misfit(H5 *group, const char *name)
{
    return err_set(ERR_INPUT, "%s: network: %s does not fit the others", h5_path(group), name);
}

static Err read_places(H5 *group, const char *name, int32_t *n, double (**s)[3], int32_t **class)
{
    char path[64];
    size_t dims[2], count;
    double *position;
    int64_t *c;
    snprintf(path, sizeof path, "%s/position", name);
    TRY(h5_read(group, path, 2, dims, &position, NULL));
    *s = (double(*)[3])position;
    if (dims[1] != 3 || dims[0] > INT32_MAX)
        return misfit(group, path);
    *n = (int32_t)dims[0];
    snprintf(path, sizeof path, "%s/class", name);
    TRY(h5_read_i64(group, path, 1, &count, &c));
    *class = MEM_NEW(int32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        (*class)[i] = (int32_t)c[i];
    free(c);
    return count == dims[0] ? OK : misfit(group, path);
}

static Err read_labels(H5 *group, const char *path, int *n, char ***labels)
{
    size_t count;
    TRY(h5_read_texts(group, path, &count, labels));
    *n = (int)count;
    return OK;
}

static void set_label(char label[NETWORK_LABEL], char *text)
{
    snprintf(label, NETWORK_LABEL, "%s", text);
    free(text);
}

/* int64 values of a class list, which must be as many as labels. */
static Err read_column(H5 *group, const char *path, int n, int64_t **value)
{
    size_t count;
    TRY(h5_read_i64(group, path, 1, &count, value));
    if (count == (size_t)n)
        return OK;
    free(*value);
    return misfit(group, path);
}

static Err read_site_classes(H5 *group, Network *n)
{
    char **labels;
    int64_t *energy, *reference;
    TRY(read_labels(group, "site_classes/label", &n->nsite_class, &labels));
    n->site_classes = MEM_NEW(NetworkSiteClass, n->nsite_class + 1);
    for (int k = 0; k < n->nsite_class; k++)
        set_label(n->site_classes[k].label, labels[k]);
    free(labels);
    TRY(read_column(group, "site_classes/energy", n->nsite_class, &energy));
    for (int k = 0; k < n->nsite_class; k++)
        n->site_classes[k].energy = (int32_t)energy[k];
    free(energy);
    TRY(read_column(group, "site_classes/reference", n->nsite_class, &reference));
    for (int k = 0; k < n->nsite_class; k++)
        n->site_classes[k].reference = reference[k] != 0;
    free(reference);
    return OK;
}

static Err read_edge_classes(H5 *group, Network *n)
{
    char **labels;
    int64_t *barrier;
    double *attempt;
    size_t count;
    TRY(read_labels(group, "edge_classes/label", &n->nedge_class, &labels));
    n->edge_classes = MEM_NEW(NetworkEdgeClass, n->nedge_class + 1);
    for (int k = 0; k < n->nedge_class; k++)
        set_label(n->edge_classes[k].label, labels[k]);
    free(labels);
    TRY(read_column(group, "edge_classes/barrier", n->nedge_class, &barrier));
    for (int k = 0; k < n->nedge_class; k++)
        n->edge_classes[k].barrier = (int32_t)barrier[k];
    free(barrier);
    TRY(h5_read(group, "edge_classes/attempt", 1, &count, &attempt, NULL));
    for (size_t k = 0; k < count && k < (size_t)n->nedge_class; k++)
        n->edge_classes[k].attempt = attempt[k];
    free(attempt);
    return count == (size_t)n->nedge_class ? OK : misfit(group, "edge_classes/attempt");
}

static Err read_edges(H5 *group, Network *n)
{
    size_t ends_dims[2], step_dims[2];
    int64_t *ends = NULL, *class = NULL, *step = NULL;
    Err e = h5_read_i64(group, "edges/ends", 2, ends_dims, &ends);
    if (e == OK)
        e = read_column(group, "edges/class", (int)ends_dims[0], &class);
    if (e == OK)
        e = h5_read_i64(group, "edges/step", 2, step_dims, &step);
    if (e == OK && (ends_dims[1] != 2 || step_dims[0] != ends_dims[0] || step_dims[1] != 3))
        e = misfit(group, "edges/step");
    if (e == OK) {
        n->nedge = (int32_t)ends_dims[0];
        n->edge = MEM_NEW(NetworkEdge, n->nedge + 1);
        for (int32_t i = 0; i < n->nedge; i++)
            n->edge[i] =
                (NetworkEdge){(int32_t)ends[2 * i], (int32_t)ends[2 * i + 1], (int32_t) class [i], {
                                  (int8_t) step[3 * i], (int8_t)step[3 * i + 1],
                                      (int8_t)step[3 * i + 2]
                              }};
    }
    free(ends);
    free(class);
    free(step);
    return e;
}

static Err read_links(H5 *group, const char *name, int32_t *count, NetworkLink **link)
{
    size_t dims[2];
    int64_t *rows;
    TRY(h5_read_i64(group, name, 2, dims, &rows));
    if (dims[1] != 6) {
        free(rows);
        return misfit(group, name);
    }
    *count = (int32_t)dims[0];
    *link = MEM_NEW(NetworkLink, dims[0] + 1);
    for (size_t i = 0; i < dims[0]; i++) {
        const int64_t *r = rows + 6 * i;
        (*link)[i] = (NetworkLink){(int32_t)r[0],
                                   (int32_t)r[1],
                                   (int32_t)r[2],
                                   {(int8_t)r[3], (int8_t)r[4], (int8_t)r[5]}};
    }
    free(rows);
    return OK;
}

static Err read_rotor_class(H5 *g, NetworkRotorClass *c)
{
    size_t wells, orient[2], turns[2], attempts;
    int64_t *energy = NULL, *turn = NULL;
    double *q = NULL, *attempt = NULL;
    Err e = h5_read_i64(g, "energy", 1, &wells, &energy);
    if (e == OK)
        e = h5_read(g, "orient", 2, orient, &q, NULL);
    if (e == OK)
        e = h5_read_i64(g, "turn", 2, turns, &turn);
    if (e == OK)
        e = h5_read(g, "attempt", 1, &attempts, &attempt, NULL);
    if (e == OK && (wells < 1 || wells > NETWORK_WELLS || orient[0] != wells || orient[1] != 4 ||
                    turns[1] != 4 || attempts != turns[0]))
        e = misfit(g, "a rotor class");
    if (e == OK) {
        c->nwell = (int)wells;
        c->nturn = (int)turns[0];
        c->turn = MEM_NEW(NetworkTurn, turns[0] + 1);
        memcpy(c->orient, q, wells * sizeof c->orient[0]);
        for (size_t w = 0; w < wells; w++)
            c->energy[w] = (int32_t)energy[w];
        for (size_t t = 0; t < turns[0]; t++)
            c->turn[t] =
                (NetworkTurn){(int16_t)turn[4 * t], (int16_t)turn[4 * t + 1],
                              (int8_t)turn[4 * t + 2], (int32_t)turn[4 * t + 3], attempt[t]};
    }
    free(energy);
    free(q);
    free(turn);
    free(attempt);
    return e;
}

static Err read_rotor_classes(H5 *group, Network *n)
{
    char **labels, path[64];
    TRY(read_labels(group, "rotor_classes/label", &n->nrotor_class, &labels));
    n->rotor_classes = MEM_NEW(NetworkRotorClass, n->nrotor_class + 1);
    for (int k = 0; k < n->nrotor_class; k++)
        set_label(n->rotor_classes[k].label, labels[k]);
    free(labels);
    for (int k = 0; k < n->nrotor_class; k++) {
        H5 *g;
        snprintf(path, sizeof path, "rotor_classes/%d", k);
        if (!h5_exists(group, path))
            return misfit(group, path);
        TRY(h5_group(group, path, &g));
        Err e = read_rotor_class(g, &n->rotor_classes[k]);
        h5_close_group(g);
        if (e != OK)
            return e;
    }
    return OK;
}

static Err read_tables(H5 *group, Network *n)
{
    char **labels, path[64];
    TRY(read_labels(group, "tables/label", &n->ncoupling, &labels));
    n->couplings = MEM_NEW(NetworkCoupling, n->ncoupling + 1);
    for (int k = 0; k < n->ncoupling; k++)
        set_label(n->couplings[k].label, labels[k]);
    free(labels);
    for (int k = 0; k < n->ncoupling; k++) {
        NetworkCoupling *c = &n->couplings[k];
        size_t dims[2];
        int64_t *row;
        snprintf(path, sizeof path, "tables/%d", k);
        TRY(h5_read_i64(group, path, 2, dims, &row));
        c->na = (int)dims[0];
        c->nb = (int)dims[1];
        c->table = MEM_NEW(int32_t, dims[0] * dims[1] + 1);
        for (size_t i = 0; i < dims[0] * dims[1]; i++)
            c->table[i] = (int32_t)row[i];
        free(row);
    }
    return OK;
}

Err network_file_read(H5 *group, Network *n)
{
    size_t dims[2];
    double *h;
    *n = (Network){0};
    TRY(h5_read(group, "cell", 2, dims, &h, NULL));
    Err e = dims[0] == 3 && dims[1] == 3 ? cell_init(&n->cell, (const double(*)[3])h)
                                         : misfit(group, "cell");
    free(h);
    if (e == OK)
        e = h5_read_number(group, "charge", &n->charge);
    if (e == OK)
        e = h5_read_number(group, "permittivity", &n->permittivity);
    if (e == OK)
        e = h5_read_text(group, "source", &n->source);
    if (e == OK)
        e = read_places(group, "sites", &n->nsite, &n->site, &n->site_class);
    if (e == OK)
        e = read_places(group, "rotors", &n->nrotor, &n->rotor, &n->rotor_class);
    if (e == OK)
        e = read_site_classes(group, n);
    if (e == OK)
        e = read_rotor_classes(group, n);
    if (e == OK)
        e = read_edge_classes(group, n);
    if (e == OK)
        e = read_edges(group, n);
    if (e == OK)
        e = read_tables(group, n);
    if (e == OK)
        e = read_links(group, "site_rotor", &n->nsite_rotor, &n->site_rotor);
    if (e == OK)
        e = read_links(group, "rotor_rotor", &n->nrotor_rotor, &n->rotor_rotor);
    if (e == OK)
        e = read_links(group, "gate", &n->ngate, &n->gate);
    return e;
}
