#include "app/network_computed.h"

#include "app/neb_file.h"
#include "app/stages.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static BarriersGroup group_of(const char *name)
{
    int g = 0;
    while (g < BARRIERS_GROUPS && strcmp(barriers_group_name((BarriersGroup)g), name) != 0)
        g++;
    return (BarriersGroup)g;
}

typedef struct Columns {
    size_t n;
    double *barrier, *back, *attempt, *attempt_back, *angle;
    int64_t *ion, *multiplicity, *minima;
    char **group, **status;
} Columns;

static Err read_columns(H5 *g, Columns *c)
{
    const struct {
        const char *name;
        double **to;
    } numbers[] = {{"barrier_free", &c->barrier},
                   {"barrier_back_free", &c->back},
                   {"prefactor_free", &c->attempt},
                   {"prefactor_back_free", &c->attempt_back},
                   {"angle", &c->angle}};
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
        TRY(h5_read(g, numbers[k].name, 1, &c->n, numbers[k].to, NULL));
    TRY(h5_read_i64(g, "ion", 1, &c->n, &c->ion));
    TRY(h5_read_i64(g, "multiplicity", 1, &c->n, &c->multiplicity));
    TRY(h5_read_i64(g, "minima_free", 1, &c->n, &c->minima));
    TRY(h5_read_texts(g, "group", &c->n, &c->group));
    return h5_read_texts(g, "status_free", &c->n, &c->status);
}

static void columns_clear(Columns *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->group != NULL)
            free(c->group[i]);
        if (c->status != NULL)
            free(c->status[i]);
    }
    free(c->barrier), free(c->back), free(c->attempt), free(c->attempt_back);
    free(c->angle), free(c->ion), free(c->multiplicity), free(c->minima);
    free(c->group), free(c->status);
}

Err network_computed_read(const StageRun *run, const char *stage, NetworkComputed *c)
{
    H5 *file, *g;
    Columns all = {0};
    *c = (NetworkComputed){.seed = stages_seed(run, 0)};
    TRY(stages_open_result(run, stage, &file));
    Err e = h5_group(file, "paths", &g);
    if (e == OK) {
        e = read_columns(g, &all);
        h5_close_group(g);
    }
    h5_close(file);
    if (e == OK)
        c->path = MEM_NEW(ComputedPath, all.n);
    size_t several = 0;
    for (size_t i = 0; e == OK && i < all.n; i++)
        if (strcmp(all.status[i], neb_status_name(NEB_CONVERGED)) == 0) {
            several += all.minima[i] > 0;
            c->path[c->n++] = (ComputedPath){
                .group = group_of(all.group[i]),
                .ion = all.ion[i],
                .angle = all.angle[i],
                .weight = (double)all.multiplicity[i],
                .barrier = 0.5 * (all.barrier[i] + all.back[i]),
                .attempt = sqrt(all.attempt[i] * all.attempt_back[i]),
            };
        }
    if (several > 0)
        log_warn("%s: %zu of %zu paths lead over a minimum: they are several steps, one after the "
                 "other; a network "
                 "that has those steps too should not take them",
                 stage, several, c->n);
    columns_clear(&all);
    return e;
}

void network_computed_clear(NetworkComputed *c)
{
    free(c->path);
    *c = (NetworkComputed){0};
}

bool network_computed_mean(const NetworkComputed *c, BarriersGroup group, double *barrier,
                           double *attempt)
{
    double weight = 0.0, sum = 0.0, ln = 0.0;
    for (size_t i = 0; i < c->n; i++) {
        const ComputedPath *p = &c->path[i];
        if (p->group != group)
            continue;
        weight += p->weight;
        sum += p->weight * p->barrier;
        ln += p->weight * log(p->attempt);
    }
    if (!(weight > 0.0))
        return false;
    *barrier = sum / weight;
    *attempt = exp(ln / weight);
    return true;
}

static bool is_turn(const ComputedPath *p, BarriersGroup group, double angle, int64_t ion)
{
    return p->group == group && p->ion == ion && fabs(p->angle - angle) < 1e-6;
}

/* Paths of an ion about axes of a kind by an angle; *weight: with their equivalents. */
static int count_turns(const NetworkComputed *c, BarriersGroup group, double angle, int64_t ion,
                       double *weight)
{
    int n = 0;
    *weight = 0.0;
    for (size_t i = 0; i < c->n; i++)
        if (is_turn(&c->path[i], group, angle, ion)) {
            *weight += c->path[i].weight;
            n++;
        }
    return n;
}

int network_computed_ways(const NetworkComputed *c, BarriersGroup group, double angle, int64_t ion,
                          double attempt, struct BuildWay way[BUILD_WAYS])
{
    double weight;
    int n = count_turns(c, group, angle, ion, &weight), made = 0;
    for (size_t i = 0; i < c->n && n <= BUILD_WAYS; i++) {
        const ComputedPath *p = &c->path[i];
        double nu = isnan(attempt) ? p->attempt : attempt;
        if (is_turn(p, group, angle, ion))
            way[made++] = (struct BuildWay){p->barrier, nu * p->weight / weight};
    }
    return n;
}

/* Equivalents of an ion: those of its paths of one of the wanted groups. */
static double ion_weight(const NetworkComputed *c, const double wanted[], int64_t ion)
{
    double weight = 0.0, mine;
    for (int g = 0; g < BARRIERS_GROUPS; g++) {
        if (isnan(wanted[g]))
            continue;
        if (count_turns(c, (BarriersGroup)g, wanted[g], ion, &mine) == 0)
            return 0.0;
        weight = fmax(weight, mine);
    }
    return weight;
}

void network_computed_kinds(const NetworkComputed *c, const double wanted[BARRIERS_GROUPS],
                            int64_t rotors, int *n, int64_t **source, int32_t **like)
{
    double *weight = MEM_NEW(double, rotors + 1), all = 0.0;
    *n = 0;
    *source = MEM_NEW(int64_t, rotors + 1);
    *like = MEM_NEW(int32_t, rotors + 1);
    for (int64_t ion = 1; ion <= rotors; ion++) {
        double mine = ion_weight(c, wanted, ion);
        if (mine > 0.0) {
            all += mine;
            weight[*n] = mine;
            (*source)[(*n)++] = ion;
        }
    }
    for (int64_t m = 0; *n > 0 && m < rotors; m++) {
        double u[2], left;
        int k = 0;
        while (k < *n && (*source)[k] != m + 1)
            k++;
        if (k == *n) {
            rng_uniform2(c->seed, RNG_NETWORK, 0, (uint64_t)m, 0, u);
            left = u[0] * all;
            for (k = 0; k + 1 < *n && left >= weight[k]; k++)
                left -= weight[k];
        }
        (*like)[m] = k;
    }
    free(weight);
}
