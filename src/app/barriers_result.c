#include "app/barriers_result.h"

#include "app/neb_file.h"
#include "app/stages.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct BarriersPaths {
    size_t n;
    const BarriersMove *move;
    char *const *name; /* of the files */
} BarriersPaths;

typedef struct Numbers {
    size_t n;
    double *value, *weight;
    int64_t count, failed; /* with multiplicity */
} Numbers;

static void order(Numbers *s)
{
    for (size_t i = 1; i < s->n; i++)
        for (size_t k = i; k > 0 && s->value[k] < s->value[k - 1]; k--) {
            double v = s->value[k], w = s->weight[k];
            s->value[k] = s->value[k - 1], s->weight[k] = s->weight[k - 1];
            s->value[k - 1] = v, s->weight[k - 1] = w;
        }
}

/* Smallest value with at least the fraction q of the weight at or below it. */
static double quantile(const Numbers *s, double q)
{
    double all = 0.0, sum = 0.0;
    for (size_t i = 0; i < s->n; i++)
        all += s->weight[i];
    for (size_t i = 0; i < s->n; i++) {
        sum += s->weight[i];
        if (sum >= q * all * (1.0 - 1e-12))
            return s->value[i];
    }
    return NAN;
}

static Err write_numbers(H5 *file, const char *group, const char *way, Numbers *s)
{
    char name[64];
    double all = 0.0, mean = 0.0, square = 0.0;
    order(s);
    for (size_t i = 0; i < s->n; i++) {
        all += s->weight[i];
        mean += s->weight[i] * s->value[i];
    }
    mean = all > 0.0 ? mean / all : NAN;
    for (size_t i = 0; i < s->n; i++)
        square += s->weight[i] * (s->value[i] - mean) * (s->value[i] - mean);
    double sd = all > 0.0 ? sqrt(square / all) : NAN;
    const struct {
        const char *name, *unit, *what;
        double value, error;
    } numbers[] = {
        {"mean", "eV", "mean barrier of converged paths; error: sd/sqrt(paths)", mean,
         s->n > 1 ? sd / sqrt((double)s->n - 1.0) : NAN},
        {"sd", "eV", "standard deviation between paths", sd, NAN},
        {"q10", "eV", "a tenth is at or below", quantile(s, 0.1), NAN},
        {"median", "eV", "half is at or below", quantile(s, 0.5), NAN},
        {"q90", "eV", "nine tenths are at or below", quantile(s, 0.9), NAN},
        {"n", "1", "converged paths, with multiplicity", (double)s->count, NAN},
        {"failed", "1", "paths that gave no barrier, with multiplicity", (double)s->failed, NAN},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(name, sizeof name, "%s_%s_%s", group, way, numbers[i].name);
        TRY(stages_scalar(file, name, numbers[i].value, numbers[i].error, numbers[i].unit,
                          numbers[i].what));
    }
    if (s->n == 0)
        log_info("  %-8s %-8s %4lld paths without barrier", group, way, (long long)s->failed);
    else
        log_info("  %-8s %-8s %4lld paths, %lld without barrier, mean %.4f sd %.4f median %.4f eV",
                 group, way, (long long)s->count, (long long)s->failed, mean, sd, quantile(s, 0.5));
    return OK;
}

/* way 0 free, 1 locked, 2 their difference. */
static void take_in(Numbers *s, const BarriersMove *m, const NebSummary way[2], int which)
{
    bool both = which == 2,
         good = both ? way[0].status == NEB_CONVERGED && way[1].status == NEB_CONVERGED
                     : way[which].status == NEB_CONVERGED;
    bool asked = both ? way[0].status != NEB_NOT_DONE && way[1].status != NEB_NOT_DONE
                      : way[which].status != NEB_NOT_DONE;
    if (!asked)
        return;
    if (!good) {
        s->failed += m->multiplicity;
        return;
    }
    s->value[s->n] = both ? way[1].barrier - way[0].barrier : way[which].barrier;
    s->weight[s->n++] = (double)m->multiplicity;
    s->count += m->multiplicity;
}

static Err write_distributions(const BarriersPaths *c, const NebSummary (*way)[2], H5 *file)
{
    static const char *const ways[] = {"free", "locked", "coupling"};
    Err e = OK;
    for (int g = 0; g < BARRIERS_GROUPS && e == OK; g++)
        for (int k = 0; k < 3 && e == OK; k++) {
            Numbers s = {.value = MEM_NEW(double, c->n), .weight = MEM_NEW(double, c->n)};
            for (size_t i = 0; i < c->n; i++)
                if ((int)c->move[i].group == g)
                    take_in(&s, &c->move[i], way[i], k);
            if (s.n > 0 || s.failed > 0)
                e = write_numbers(file, barriers_group_name((BarriersGroup)g), ways[k], &s);
            free(s.value);
            free(s.weight);
        }
    return e;
}

static Err write_column(H5 *g, const BarriersPaths *c, const NebSummary (*way)[2], size_t offset,
                        const char *name, int locked, const char *unit, const char *what)
{
    char full[64];
    double *column = MEM_NEW(double, c->n);
    for (size_t i = 0; i < c->n; i++)
        memcpy(&column[i], (const char *)&way[i][locked] + offset, sizeof column[i]);
    snprintf(full, sizeof full, "%s_%s", name, locked ? "locked" : "free");
    Err e = h5_write(g, full, 1, &c->n, column, unit, what);
    free(column);
    return e;
}

static Err write_texts(H5 *g, const BarriersPaths *c, const NebSummary (*way)[2])
{
    const char **text[4];
    char **owned = MEM_NEW(char *, c->n);
    static const char *const names[4] = {"label", "file", "group", "status_free"};
    for (int k = 0; k < 4; k++)
        text[k] = MEM_NEW(const char *, c->n);
    for (size_t i = 0; i < c->n; i++) {
        text[0][i] = owned[i] = neb_move_label(&c->move[i].move);
        text[1][i] = c->name[i];
        text[2][i] = barriers_group_name(c->move[i].group);
        text[3][i] = neb_status_name(way[i][0].status);
    }
    Err e = OK;
    for (int k = 0; k < 4 && e == OK; k++)
        e = h5_write_texts(g, names[k], c->n, text[k]);
    for (size_t i = 0; i < c->n; i++)
        text[3][i] = neb_status_name(way[i][1].status);
    if (e == OK)
        e = h5_write_texts(g, "status_locked", c->n, text[3]);
    for (size_t i = 0; i < c->n; i++)
        free(owned[i]);
    free(owned);
    for (int k = 0; k < 4; k++)
        free(text[k]);
    return e;
}

static Err write_table(const BarriersPaths *c, const NebSummary (*way)[2], H5 *file)
{
    static const struct {
        const char *name, *unit, *what;
        size_t offset;
    } columns[] = {
        {"barrier", "eV", "top above the first end point", offsetof(NebSummary, barrier)},
        {"barrier_back", "eV", "top above the last end point", offsetof(NebSummary, back)},
        {"difference", "eV", "last end point above the first", offsetof(NebSummary, difference)},
        {"prefactor", "1/s", "attempt frequency (Vineyard)", offsetof(NebSummary, prefactor)},
        {"prefactor_back", "1/s", "of the way back", offsetof(NebSummary, prefactor_back)},
        {"largest_turn", "degree", "of a BH4 that the move does not turn itself",
         offsetof(NebSummary, largest_turn)},
    };
    H5 *g;
    TRY(h5_group(file, "paths", &g));
    Err e = write_texts(g, c, way);
    for (size_t k = 0; k < sizeof columns / sizeof columns[0] && e == OK; k++)
        for (int locked = 0; locked < 2 && e == OK; locked++)
            e = write_column(g, c, way, columns[k].offset, columns[k].name, locked, columns[k].unit,
                             columns[k].what);
    double *angle = MEM_NEW(double, c->n);
    for (size_t i = 0; i < c->n; i++)
        angle[i] = c->move[i].move.kind == NEB_ROTATION ? neb_move_angle(&c->move[i].move) : NAN;
    if (e == OK)
        e = h5_write(g, "angle", 1, &c->n, angle, "degree", "of the rotation; NaN: of a Mg");
    free(angle);
    int64_t *number = MEM_NEW(int64_t, c->n);
    const char *const names[4] = {"ion", "multiplicity", "minima_free", "minima_locked"},
                      *const what[4] = {"number of the ion that moves, from 1",
                                        "equivalent moves that it stands for",
                                        "minima on the way: it is several steps, free",
                                        "minima on the way, locked"};
    for (int k = 0; k < 4 && e == OK; k++) {
        for (size_t i = 0; i < c->n; i++)
            number[i] = k == 0   ? c->move[i].move.ion
                        : k == 1 ? c->move[i].multiplicity
                                 : way[i][k - 2].minima;
        e = h5_write_i64(g, names[k], 1, &c->n, number, "1", what[k]);
    }
    free(number);
    h5_close_group(g);
    return e;
}

Err barriers_result_write(const StageRun *run, size_t n, const BarriersMove move[],
                          char *const names[])
{
    const BarriersPaths paths = {.n = n, .move = move, .name = names}, *c = &paths;
    NebSummary(*way)[2] = mem_new(n, sizeof way[0]);
    H5 *file = NULL;
    Err e = OK;
    for (size_t i = 0; i < n && e == OK; i++) {
        char *path = stage_file(run->stage, names[i]);
        e = neb_file_read(path, way[i]);
        free(path);
    }
    if (e == OK)
        e = stages_create_result(run, &file);
    if (e == OK) {
        e = write_table(c, (const NebSummary(*)[2])way, file);
        if (e == OK)
            e = write_distributions(c, (const NebSummary(*)[2])way, file);
        if (e == OK)
            e = h5_commit(file);
        else
            h5_close(file);
    }
    free(way);
    return e;
}
