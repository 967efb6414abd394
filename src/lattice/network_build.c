#include "lattice/network_build.h"

#include "base/mem.h"
#include "base/vec.h"
#include "lattice/turns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SAME_SITE = 0.05; /* A */

static int32_t to_micro(double ev)
{
    return (int32_t)lround(1e6 * ev);
}

static void set_label(char to[NETWORK_LABEL], const char *from)
{
    snprintf(to, NETWORK_LABEL, "%s", from);
}

/* ---- sites and edges ------------------------------------------------------------------------- */

static void add_site(Network *n, int class, const double s[3])
{
    size_t now = (size_t)n->nsite;
    if ((now & (now - 1)) == 0) {
        size_t room = now == 0 ? 1 : 2 * now;
        n->site = mem_resize(n->site, now, room, sizeof *n->site);
        n->site_class = mem_resize(n->site_class, now, room, sizeof *n->site_class);
    }
    for (int a = 0; a < 3; a++)
        n->site[now][a] = s[a] - floor(s[a]);
    n->site_class[now] = class;
    n->nsite++;
}

static void build_sites(const NetworkBuild *b, Network *n)
{
    n->nsite_class = (int)b->nsites;
    n->site_classes = MEM_NEW(NetworkSiteClass, b->nsites);
    for (size_t k = 0; k < b->nsites; k++) {
        const BuildSites *sites = &b->sites[k];
        set_label(n->site_classes[k].label, sites->label);
        n->site_classes[k].energy = to_micro(sites->energy);
        n->site_classes[k].reference = sites->reference;
        for (size_t i = 0; i < sites->n; i++) {
            int images = 1;
            double(*orbit)[3] = NULL;
            if (b->ops != NULL)
                orbit = symmetry_orbit(b->ops, &n->cell, sites->s[i], SAME_SITE, &images);
            for (int j = 0; j < images; j++)
                add_site(n, (int)k, orbit != NULL ? orbit[j] : sites->s[i]);
            free(orbit);
        }
    }
}

static int find_sites(const NetworkBuild *b, const char *label)
{
    for (size_t k = 0; k < b->nsites; k++)
        if (strcmp(b->sites[k].label, label) == 0)
            return (int)k;
    return -1;
}

static void add_edge(Network *n, int32_t a, int32_t b, int class, const int step[3])
{
    size_t now = (size_t)n->nedge;
    if ((now & (now - 1)) == 0) {
        size_t room = now == 0 ? 1 : 2 * now;
        n->edge = mem_resize(n->edge, now, room, sizeof *n->edge);
    }
    n->edge[now] = (NetworkEdge){a, b, class, {(int8_t)step[0], (int8_t)step[1], (int8_t)step[2]}};
    n->nedge++;
}

/* Calls for every copy of place b around place a (fractional) that is nearer than `reach`; step and distance vector. */
typedef void Meet(void *data, const int step[3], const double d[3], double r);

static void meet_copies(const Cell *cell, const double a[3], const double b[3], double reach,
                        Meet *meet, void *data)
{
    double widths[3];
    int most[3];
    cell_widths(cell, widths);
    for (int k = 0; k < 3; k++)
        most[k] = 1 + (int)ceil(reach / widths[k]);
    for (int i = -most[0]; i <= most[0]; i++)
        for (int j = -most[1]; j <= most[1]; j++)
            for (int k = -most[2]; k <= most[2]; k++) {
                const int step[3] = {i, j, k};
                double f[3], d[3];
                for (int x = 0; x < 3; x++)
                    f[x] = b[x] + step[x] - a[x];
                cell_to_cartesian(cell, f, d);
                double r = vec_norm(d);
                if (r < reach)
                    meet(data, step, d, r);
            }
}

typedef struct Joining {
    Network *n;
    int32_t a, b;
    int class;
    double low, high, nearest;
} Joining;

static void join(void *data, const int step[3], const double d[3], double r)
{
    Joining *j = data;
    (void)d;
    if (r < SAME_SITE)
        return;
    j->nearest = fmin(j->nearest, r);
    /* a site and its own copy would be met twice, once in each direction */
    bool twice = j->a == j->b &&
                 (step[0] < 0 || (step[0] == 0 && (step[1] < 0 || (step[1] == 0 && step[2] < 0))));
    if (r >= j->low && r <= j->high && !twice)
        add_edge(j->n, j->a, j->b, j->class, step);
}

static Err build_edges(const NetworkBuild *b, Network *n)
{
    n->nedge_class = (int)b->nedges;
    n->edge_classes = MEM_NEW(NetworkEdgeClass, b->nedges + 1);
    for (size_t k = 0; k < b->nedges; k++) {
        const BuildEdges *e = &b->edges[k];
        int from = find_sites(b, e->from), to = find_sites(b, e->to);
        if (from < 0 || to < 0)
            return err_set(ERR_INPUT, "edges '%s': no sites are called '%s'", e->label,
                           from < 0 ? e->from : e->to);
        set_label(n->edge_classes[k].label, e->label);
        n->edge_classes[k].barrier = to_micro(e->barrier);
        n->edge_classes[k].attempt = e->attempt;
        Joining j = {.n = n,
                     .class = (int)k,
                     .low = e->distance - e->tolerance,
                     .high = e->distance + e->tolerance,
                     .nearest = INFINITY};
        int32_t before = n->nedge;
        for (j.a = 0; j.a < n->nsite; j.a++)
            for (j.b = 0; j.b < n->nsite; j.b++)
                if (n->site_class[j.a] == from && n->site_class[j.b] == to &&
                    (from != to || j.a <= j.b))
                    meet_copies(&n->cell, n->site[j.a], n->site[j.b], fmax(j.high + 1e-9, 12.0),
                                join, &j);
        if (n->nedge == before)
            return err_set(
                ERR_INPUT,
                "edges '%s': no two such sites are %g +- %g A apart; the nearest are %.3f "
                "A apart",
                e->label, e->distance, e->tolerance, j.nearest);
    }
    return OK;
}

/* ---- rotors ---------------------------------------------------------------------------------- */

static void axis_turn(const double axis[3], double degrees, double q[4])
{
    double phi[3];
    for (int a = 0; a < 3; a++)
        phi[a] = axis[a] * degrees * acos(-1.0) / 180.0;
    quat_from_vector(phi, q);
}

/* Body frame (model/tetrahedron.h) into that of the link: the edges of the body lie along (1,1,0) and (1,-1,0). */
static void well_orientation(double angle, double q[4])
{
    axis_turn((const double[]){0, 0, 1}, angle - 45.0, q);
}

/* The turn of the H when the ion in well `from` is turned by `rotation` (in the link's frame) and then is in well `to`. */
static Err turn_op(const BuildRotors *r, int from, int to, const double rotation[4], int *op)
{
    double q_from[4], q_to[4], back[4], p[4], q[4], off;
    well_orientation(r->angle[from], q_from);
    well_orientation(r->angle[to], q_to);
    for (int k = 0; k < 4; k++)
        back[k] = k == 0 ? q_to[0] : -q_to[k];
    quat_mul(rotation, q_from, p);
    quat_mul(back, p, q);
    *op = turns_nearest(q, &off);
    if (off > 1e-6)
        return err_set(ERR_INPUT, "a turn from well %d misses well %d by %.3f degrees", from + 1,
                       to + 1, off * 180.0 / acos(-1.0));
    return OK;
}

static Err add_turn(NetworkRotorClass *c, const BuildRotors *r, const BuildTurn *t,
                    const double axis[3], double angle)
{
    double rotation[4];
    int op;
    axis_turn(axis, angle, rotation);
    TRY(turn_op(r, t->from, t->to, rotation, &op));
    if (t->from == t->to && op == 0)
        return err_set(ERR_INPUT, "a turn of well %d by %g degrees changes nothing", t->from + 1,
                       angle);
    for (int k = 0; k < c->nturn; k++) {
        const NetworkTurn *o = &c->turn[k];
        bool same = o->from == t->from && o->to == t->to && o->op == op;
        bool back = o->from == t->to && o->to == t->from && o->op == turns_inverse(op);
        if (same || back)
            return OK; /* the other sense of a half turn, or the same way described from its end */
    }
    c->turn = mem_resize(c->turn, (size_t)c->nturn, (size_t)(c->nturn + t->nway), sizeof *c->turn);
    for (int w = 0; w < t->nway; w++)
        c->turn[c->nturn++] = (NetworkTurn){(int16_t)t->from, (int16_t)t->to, (int8_t)op,
                                            to_micro(t->way[w].barrier), t->way[w].attempt};
    return OK;
}

static Err add_turns(NetworkRotorClass *c, const BuildRotors *r, const BuildTurn *t)
{
    double q[4], axes[4][3];
    int n = 0;
    if (t->from < 0 || t->from >= r->nwell || t->to < 0 || t->to >= r->nwell)
        return err_set(ERR_INPUT, "a turn leads from well %d to well %d; there are %d", t->from + 1,
                       t->to + 1, r->nwell);
    well_orientation(r->angle[t->from], q);
    if (t->axis == BUILD_LINK) {
        memcpy(axes[n++], (double[3]){0, 0, 1}, sizeof axes[0]);
    } else if (t->axis == BUILD_ACROSS) {
        quat_rotate(q, (const double[]){1, 0, 0}, axes[n++]);
        quat_rotate(q, (const double[]){0, 1, 0}, axes[n++]);
    } else {
        const double s = 1.0 / sqrt(3.0),
                     bond[4][3] = {{s, s, s}, {s, -s, -s}, {-s, s, -s}, {-s, -s, s}};
        for (; n < 4; n++)
            quat_rotate(q, bond[n], axes[n]);
    }
    for (int k = 0; k < n; k++) {
        TRY(add_turn(c, r, t, axes[k], t->angle));
        TRY(add_turn(c, r, t, axes[k], -t->angle));
    }
    return OK;
}

static Err build_rotors(const NetworkBuild *b, const Sample *sample, Network *n)
{
    const BuildRotors *r = &b->rotors;
    int64_t ions[ION_KINDS];
    if (r->nwell == 0)
        return OK; /* a network without rotors */
    n->nrotor_class = r->nkind > 0 ? r->nkind : 1;
    n->rotor_classes = MEM_NEW(NetworkRotorClass, n->nrotor_class);
    for (int kind = 0; kind < n->nrotor_class; kind++) {
        NetworkRotorClass *c = &n->rotor_classes[kind];
        set_label(c->label, r->nkind > 0 ? r->label[kind] : "BH4");
        c->nwell = r->nwell;
        for (int w = 0; w < r->nwell; w++) {
            c->energy[w] = to_micro(r->energy[w]);
            well_orientation(r->angle[w], c->orient[w]);
        }
        for (int t = 0; t < r->nturn; t++)
            TRY(add_turns(c, r, &r->turn[kind * r->nturn + t]));
    }
    sample_count(sample, ions);
    n->rotor = mem_new((size_t)ions[ION_BH4], sizeof *n->rotor);
    n->rotor_class = MEM_NEW(int32_t, ions[ION_BH4]);
    for (int64_t ion = 0; ion < sample->nion; ion++) {
        if (sample->ion_kind[ion] != ION_BH4)
            continue;
        n->rotor_class[n->nrotor] = r->nkind > 0 ? r->kind[n->nrotor] : 0;
        double *s = n->rotor[n->nrotor++];
        cell_to_fractional(&sample->cell, sample->x[sample->ion_first[ion]], s);
        for (int a = 0; a < 3; a++)
            s[a] -= floor(s[a]);
    }
    return OK;
}

/* ---- who feels whom -------------------------------------------------------------------------- */

typedef struct Linking {
    Network *n;
    NetworkLink **list;
    int32_t *count;
    int32_t a, rotor;
    int coupling;
    double within;
    const double *way; /* of an edge: vector from its site a to b [A]; NULL: a place */
    double past;       /* how far along the way, for the distance */
    bool pair;         /* rotor-rotor: each pair once */
} Linking;

static double distance_from_way(const double d[3], const double way[3])
{
    double along = fmax(0.0, fmin(1.0, vec_dot(d, way) / vec_dot(way, way)));
    double off[3] = {d[0], d[1], d[2]};
    vec_axpy(-along, way, off);
    return vec_norm(off);
}

static void link_rotor(void *data, const int step[3], const double d[3], double r)
{
    Linking *l = data;
    double away = l->way != NULL ? distance_from_way(d, l->way) : r;
    if (away > l->within)
        return;
    if (l->pair) {
        bool twice =
            l->a > l->rotor ||
            (l->a == l->rotor &&
             (step[0] < 0 || (step[0] == 0 && (step[1] < 0 || (step[1] == 0 && step[2] <= 0)))));
        if (twice)
            return;
    }
    size_t now = (size_t)*l->count;
    if ((now & (now - 1)) == 0)
        *l->list = mem_resize(*l->list, now, now == 0 ? 1 : 2 * now, sizeof **l->list);
    (*l->list)[now] = (NetworkLink){
        l->a, l->rotor, l->coupling, {(int8_t)step[0], (int8_t)step[1], (int8_t)step[2]}};
    ++*l->count;
}

static int add_table(Network *n, const char *label, int na, int nb, const double *energy,
                     int stride)
{
    n->couplings = mem_resize(n->couplings, (size_t)n->ncoupling, (size_t)n->ncoupling + 1,
                              sizeof *n->couplings);
    NetworkCoupling *c = &n->couplings[n->ncoupling];
    set_label(c->label, label);
    c->na = na;
    c->nb = nb;
    c->table = MEM_NEW(int32_t, na * nb);
    for (int i = 0; i < na; i++)
        for (int j = 0; j < nb; j++)
            c->table[i * nb + j] = to_micro(energy[i * stride + j]);
    return n->ncoupling++;
}

static Err build_gates(const NetworkBuild *b, Network *n)
{
    for (size_t k = 0; k < b->ngates; k++) {
        const BuildGate *g = &b->gates[k];
        int class = 0;
        while (class < n->nedge_class && strcmp(n->edge_classes[class].label, g->of) != 0)
            class ++;
        if (class == n->nedge_class)
            return err_set(ERR_INPUT, "gates: no edges are called '%s'", g->of);
        Linking l = {.n = n, .list = &n->gate, .count = &n->ngate, .within = g->within};
        l.coupling = add_table(n, g->of, 1, b->rotors.nwell, g->energy, NETWORK_WELLS);
        int32_t before = n->ngate;
        for (l.a = 0; l.a < n->nedge; l.a++) {
            double way[3];
            if (n->edge[l.a].class != class)
                continue;
            network_displacement(n, &n->edge[l.a], way);
            l.way = way;
            for (l.rotor = 0; l.rotor < n->nrotor; l.rotor++)
                meet_copies(&n->cell, n->site[n->edge[l.a].a], n->rotor[l.rotor],
                            g->within + vec_norm(way), link_rotor, &l);
        }
        if (n->ngate == before)
            return err_set(ERR_INPUT, "gates of '%s': no B lies within %g A of such an edge", g->of,
                           g->within);
    }
    return OK;
}

static Err build_felt(const NetworkBuild *b, Network *n)
{
    for (size_t k = 0; k < b->nfelt; k++) {
        const BuildGate *g = &b->felt[k];
        int class = find_sites(b, g->of);
        if (class < 0)
            return err_set(ERR_INPUT, "site-rotor terms: no sites are called '%s'", g->of);
        Linking l = {.n = n, .list = &n->site_rotor, .count = &n->nsite_rotor, .within = g->within};
        l.coupling = add_table(n, g->of, 1, b->rotors.nwell, g->energy, NETWORK_WELLS);
        int32_t before = n->nsite_rotor;
        for (l.a = 0; l.a < n->nsite; l.a++)
            for (l.rotor = 0; l.rotor < n->nrotor && n->site_class[l.a] == class; l.rotor++)
                meet_copies(&n->cell, n->site[l.a], n->rotor[l.rotor], g->within + 1e-9, link_rotor,
                            &l);
        if (n->nsite_rotor == before)
            return err_set(ERR_INPUT,
                           "site-rotor terms of '%s': no B lies within %g A of such a site", g->of,
                           g->within);
    }
    return OK;
}

static Err build_pairs(const NetworkBuild *b, Network *n)
{
    for (size_t k = 0; k < b->npairs; k++) {
        const BuildPair *p = &b->pairs[k];
        for (int i = 0; i < b->rotors.nwell; i++)
            for (int j = 0; j < i; j++)
                if (p->energy[i][j] != p->energy[j][i])
                    return err_set(ERR_INPUT,
                                   "rotor-rotor energies of wells %d and %d differ by order", i + 1,
                                   j + 1);
        Linking l = {.n = n,
                     .list = &n->rotor_rotor,
                     .count = &n->nrotor_rotor,
                     .within = p->within,
                     .pair = true};
        l.coupling = add_table(n, "BH4-BH4", b->rotors.nwell, b->rotors.nwell, &p->energy[0][0],
                               NETWORK_WELLS);
        int32_t before = n->nrotor_rotor;
        for (l.a = 0; l.a < n->nrotor; l.a++)
            for (l.rotor = l.a; l.rotor < n->nrotor; l.rotor++)
                meet_copies(&n->cell, n->rotor[l.a], n->rotor[l.rotor], p->within + 1e-9,
                            link_rotor, &l);
        if (n->nrotor_rotor == before)
            return err_set(ERR_INPUT, "rotor-rotor terms: no two B are within %g A", p->within);
    }
    return OK;
}

Err network_build(const NetworkBuild *b, const Sample *sample, Network *out)
{
    *out = (Network){.cell = sample->cell, .charge = b->charge, .permittivity = b->permittivity};
    out->source = mem_string(b->source ? b->source : "");
    build_sites(b, out);
    TRY(build_edges(b, out));
    TRY(build_rotors(b, sample, out));
    TRY(build_gates(b, out));
    TRY(build_felt(b, out));
    return build_pairs(b, out);
}

/* ---- voids ----------------------------------------------------------------------------------- */

typedef struct Void {
    double s[3], radius;
} Void;

static int widest_first(const void *a, const void *b)
{
    const Void *x = a, *y = b;
    if (x->radius != y->radius)
        return x->radius < y->radius ? 1 : -1;
    for (int k = 0; k < 3;
         k++) /* equal ones in an order of their own, so that the result is always the same */
        if (x->s[k] != y->s[k])
            return x->s[k] < y->s[k] ? -1 : 1;
    return 0;
}

/* Distance of every grid point from the nearest atom, as far as `most`: atoms are drawn as balls. */
static double *distance_grid(const Sample *sample, const int grid[3], double most)
{
    const Cell *cell = &sample->cell;
    size_t points = (size_t)grid[0] * (size_t)grid[1] * (size_t)grid[2];
    double *nearest = MEM_NEW(double, points), widths[3];
    int reach[3];
    cell_widths(cell, widths);
    for (size_t i = 0; i < points; i++)
        nearest[i] = most;
    for (int a = 0; a < 3; a++)
        reach[a] = 1 + (int)ceil(most / widths[a] * grid[a]);
    for (int64_t atom = 0; atom < sample->n; atom++) {
        double s[3];
        int at[3];
        cell_to_fractional(cell, sample->x[atom], s);
        for (int a = 0; a < 3; a++)
            at[a] = (int)floor(s[a] * grid[a]);
        for (int i = -reach[0]; i <= reach[0]; i++)
            for (int j = -reach[1]; j <= reach[1]; j++)
                for (int k = -reach[2]; k <= reach[2]; k++) {
                    const int p[3] = {at[0] + i, at[1] + j, at[2] + k};
                    double f[3], d[3];
                    size_t index = 0;
                    for (int a = 0; a < 3; a++) {
                        f[a] = (p[a] + 0.5) / grid[a] - s[a];
                        int w = p[a] % grid[a];
                        index = index * (size_t)grid[a] + (size_t)(w < 0 ? w + grid[a] : w);
                    }
                    cell_to_cartesian(cell, f, d);
                    nearest[index] = fmin(nearest[index], vec_norm(d));
                }
    }
    return nearest;
}

void network_voids(const Sample *sample, double clearance, double step, double apart, size_t *n,
                   double (**s)[3], double **radius)
{
    double widths[3];
    int grid[3];
    cell_widths(&sample->cell, widths);
    for (int a = 0; a < 3; a++)
        grid[a] = (int)ceil(widths[a] / step);
    double *nearest = distance_grid(sample, grid, 3.0 * clearance);
    size_t points = (size_t)grid[0] * (size_t)grid[1] * (size_t)grid[2], found = 0;
    Void *voids = MEM_NEW(Void, points);
    for (size_t i = 0; i < points; i++) {
        if (nearest[i] < clearance)
            continue;
        size_t z = i % (size_t)grid[2], y = i / (size_t)grid[2] % (size_t)grid[1],
               x = i / (size_t)grid[2] / (size_t)grid[1];
        voids[found++] = (Void){
            {((double)x + 0.5) / grid[0], ((double)y + 0.5) / grid[1], ((double)z + 0.5) / grid[2]},
            nearest[i]};
    }
    qsort(voids, found, sizeof *voids, widest_first);
    /* the widest that is far enough from all wider ones */
    size_t kept = 0;
    for (size_t i = 0; i < found; i++) {
        bool far = true;
        for (size_t j = 0; j < kept && far; j++) {
            double f[3], d[3];
            vec_sub(voids[i].s, voids[j].s, f);
            cell_to_cartesian(&sample->cell, f, d);
            cell_min_image(&sample->cell, d);
            far = vec_norm(d) >= apart;
        }
        if (far)
            voids[kept++] = voids[i];
    }
    *n = kept;
    *s = mem_new(kept, sizeof **s);
    *radius = MEM_NEW(double, kept);
    for (size_t i = 0; i < kept; i++) {
        memcpy((*s)[i], voids[i].s, sizeof voids[i].s);
        (*radius)[i] = voids[i].radius;
    }
    free(voids);
    free(nearest);
}
