#include "lattice/sites.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two positions nearer than this are one site [A]. */
static const double SAME_SITE = 0.05;

static int find_class(int n, const SiteClass classes[], const char *label)
{
    for (int i = 0; i < n; i++)
        if (strcmp(classes[i].label, label) == 0)
            return i;
    return -1;
}

static void add_orbit(Sites *s, const SymmetryOperations *ops, const SiteClass *c, int class)
{
    int n;
    double(*orbit)[3] = symmetry_orbit(ops, &s->cell, c->position, SAME_SITE, &n);
    size_t old = (size_t)s->n, now = old + (size_t)n;
    s->class = mem_resize(s->class, old, now, sizeof s->class[0]);
    s->energy = mem_resize(s->energy, old, now, sizeof s->energy[0]);
    s->s = mem_resize(s->s, old, now, sizeof s->s[0]);
    for (size_t i = old; i < now; i++) {
        s->class[i] = class;
        s->energy[i] = c->energy;
        memcpy(s->s[i], orbit[i - old], sizeof s->s[i]);
    }
    s->n = (int32_t)now;
    free(orbit);
}

static void add_edge(Sites *s, int32_t a, int32_t b, int32_t class, const double d[3],
                     double saddle)
{
    size_t n = (size_t)s->nedge;
    if ((n & (n - 1)) == 0) { /* room for the next power of two */
        size_t room = n == 0 ? 1 : 2 * n;
        s->edge = mem_resize(s->edge, n, room, sizeof s->edge[0]);
        s->saddle = mem_resize(s->saddle, n, room, sizeof s->saddle[0]);
    }
    s->edge[n] = (SiteEdge){.a = a, .b = b, .class = class, .d = {d[0], d[1], d[2]}};
    s->saddle[n] = saddle;
    s->nedge++;
}

/* All periodic copies of b around a at the hop's distance; *nearest collects the smallest distance seen. */
static void join(Sites *s, int32_t a, int32_t b, int32_t class, const HopClass *hop,
                 double *nearest)
{
    double widths[3];
    int reach[3];
    cell_widths(&s->cell, widths);
    for (int k = 0; k < 3; k++)
        reach[k] = 1 + (int)ceil((hop->distance + hop->tolerance) / widths[k]);
    for (int i = -reach[0]; i <= reach[0]; i++) {
        for (int j = -reach[1]; j <= reach[1]; j++) {
            for (int k = -reach[2]; k <= reach[2]; k++) {
                const double shift[3] = {i, j, k};
                double f[3], d[3];
                vec_sub(s->s[b], s->s[a], f);
                vec_axpy(1.0, shift, f);
                cell_to_cartesian(&s->cell, f, d);
                double r = vec_norm(d);
                if (r > SAME_SITE && r < *nearest)
                    *nearest = r;
                /* a site and its own copy: the edge would be met twice, once in each direction */
                bool twice = a == b && (i < 0 || (i == 0 && (j < 0 || (j == 0 && k < 0))));
                if (fabs(r - hop->distance) <= hop->tolerance && r > SAME_SITE && !twice)
                    add_edge(s, a, b, class, d, hop->saddle);
            }
        }
    }
}

static Err add_hops(Sites *s, int nclass, const SiteClass classes[], const HopClass *hop, int class)
{
    int from = find_class(nclass, classes, hop->from), to = find_class(nclass, classes, hop->to);
    if (from < 0 || to < 0)
        return err_set(ERR_INPUT, "hop %s - %s: no site is called '%s'", hop->from, hop->to,
                       from < 0 ? hop->from : hop->to);
    if (hop->saddle <= classes[from].energy || hop->saddle <= classes[to].energy)
        return err_set(ERR_INPUT,
                       "hop %s - %s: the saddle at %g eV must lie above both sites (%g and %g eV)",
                       hop->from, hop->to, hop->saddle, classes[from].energy, classes[to].energy);
    int64_t before = s->nedge;
    double nearest = HUGE_VAL;
    for (int32_t a = 0; a < s->n; a++)
        for (int32_t b = 0; b < s->n; b++)
            if (s->class[a] == from && s->class[b] == to && (from != to || a <= b))
                join(s, a, b, class, hop, &nearest);
    if (s->nedge == before)
        return err_set(
            ERR_INPUT,
            "hop %s - %s: no two such sites are %g +- %g A apart; the nearest are %.3f A apart",
            hop->from, hop->to, hop->distance, hop->tolerance, nearest);
    return OK;
}

Err sites_from_crystal(const Cell *cell, const SymmetryOperations *ops, int nclass,
                       const SiteClass classes[], int nhop, const HopClass hops[], Sites *sites)
{
    *sites = (Sites){.cell = *cell};
    for (int i = 0; i < nclass; i++)
        add_orbit(sites, ops, &classes[i], i);
    Err e = OK;
    for (int i = 0; i < nhop && e == OK; i++)
        e = add_hops(sites, nclass, classes, &hops[i], i);
    if (e != OK)
        sites_clear(sites);
    return e;
}

void sites_clear(Sites *s)
{
    free(s->class);
    free(s->s);
    free(s->energy);
    free(s->edge);
    free(s->saddle);
    *s = (Sites){0};
}

int sites_count(const Sites *s, int class)
{
    int n = 0;
    for (int32_t i = 0; i < s->n; i++)
        n += s->class[i] == class;
    return n;
}

int sites_degree(const Sites *s, int site, int hop)
{
    int n = 0;
    for (int64_t e = 0; e < s->nedge; e++)
        if (s->edge[e].class == hop)
            n += (s->edge[e].a == site) + (s->edge[e].b == site);
    return n;
}
