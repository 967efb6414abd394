#include "analysis/wavevectors.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INDEX = 4096 };

typedef struct Wave {
    int index[3];
    size_t bin;
    double length;
} Wave;

void wavevectors_q(const Cell *cell, const int index[3], double q[3])
{
    double m[3] = {index[0], index[1], index[2]};
    mat_times_vec(cell->inv, m, q);
    for (int i = 0; i < 3; i++)
        q[i] *= 2.0 * PI;
}

void wavevectors_clear(Wavevectors *w)
{
    free(w->index);
    free(w->bin);
    free(w->count);
    *w = (Wavevectors){0};
}

void wavevectors_directions(size_t n, double (*u)[3])
{
    const double golden = PI * (3.0 - sqrt(5.0));
    for (size_t k = 0; k < n; k++) {
        double z = ((double)k + 0.5) / (double)n, r = sqrt(1.0 - z * z), phi = golden * (double)k;
        u[k][0] = r * cos(phi);
        u[k][1] = r * sin(phi);
        u[k][2] = z;
    }
}

static int by_bin(const void *a, const void *b)
{
    const Wave *u = a, *v = b;
    if (u->bin != v->bin)
        return u->bin < v->bin ? -1 : 1;
    if (fabs(u->length - v->length) > 1e-9)
        return u->length < v->length ? -1 : 1;
    for (int k = 0; k < 3; k++)
        if (u->index[k] != v->index[k])
            return u->index[k] < v->index[k] ? -1 : 1;
    return 0;
}

static int by_index(const void *a, const void *b)
{
    const Wave *u = a, *v = b;
    for (int k = 0; k < 3; k++)
        if (u->index[k] != v->index[k])
            return u->index[k] < v->index[k] ? -1 : 1;
    return 0;
}

/* All waves of the half space between low and high, any order. */
static Wave *half_space(const Cell *cell, double low, double high, double step, size_t *count)
{
    int most[3];
    double room = 16.0;
    for (int a = 0; a < 3; a++) {
        most[a] = (int)floor(high * vec_norm(cell->h[a]) / (2.0 * PI));
        room *= 2.0 * most[a] + 1.0;
    }
    size_t capacity = (size_t)fmin(room, cell->volume * high * high * high / 60.0 + 4096.0);
    Wave *waves = MEM_NEW(Wave, capacity);
    *count = 0;
    for (int i = 0; i <= most[0]; i++)
        for (int j = i > 0 ? -most[1] : 0; j <= most[1]; j++)
            for (int k = i > 0 || j > 0 ? -most[2] : 1; k <= most[2]; k++) {
                Wave w = {.index = {i, j, k}};
                double q[3];
                wavevectors_q(cell, w.index, q);
                w.length = vec_norm(q);
                if (w.length < low || w.length >= high)
                    continue;
                w.bin = (size_t)((w.length - low) / step);
                if (*count == capacity) {
                    waves = mem_resize(waves, capacity, 2 * capacity, sizeof *waves);
                    capacity *= 2;
                }
                waves[(*count)++] = w;
            }
    return waves;
}

/* Of n waves keep those nearest to `most` evenly spread directions (or their opposites), moved to the front. */
static void spread(const Cell *cell, Wave *waves, size_t n, size_t most)
{
    double(*want)[3] = mem_new(most, sizeof *want), (*unit)[3] = mem_new(n, sizeof *unit);
    wavevectors_directions(most, want);
    for (size_t k = 0; k < n; k++) {
        wavevectors_q(cell, waves[k].index, unit[k]);
        for (int i = 0; i < 3; i++)
            unit[k][i] /= waves[k].length;
    }
    for (size_t d = 0; d < most; d++) {
        size_t best = d;
        double closest = -1.0;
        for (size_t k = d; k < n; k++) {
            double c = fabs(vec_dot(want[d], unit[k]));
            if (c > closest + 1e-12) {
                closest = c;
                best = k;
            }
        }
        Wave w = waves[best];
        double u[3];
        memcpy(u, unit[best], sizeof u);
        waves[best] = waves[d], memcpy(unit[best], unit[d], sizeof u);
        waves[d] = w, memcpy(unit[d], u, sizeof u);
    }
    free(want);
    free(unit);
}

/* Waves in their final order. */
static void keep(Wavevectors *w, const Wave *waves, size_t n, size_t bins)
{
    w->n = n, w->bins = bins;
    w->index = mem_new(n, sizeof *w->index);
    w->bin = MEM_NEW(size_t, n);
    w->count = MEM_NEW(size_t, bins);
    for (size_t k = 0; k < n; k++) {
        memcpy(w->index[k], waves[k].index, sizeof w->index[k]);
        w->bin[k] = waves[k].bin;
        w->count[waves[k].bin]++;
        for (int a = 0; a < 3; a++)
            w->most[a] = abs(w->index[k][a]) > w->most[a] ? abs(w->index[k][a]) : w->most[a];
    }
}

Err wavevectors_shells(Wavevectors *w, const Cell *cell, double low, double high, double step,
                       size_t most)
{
    *w = (Wavevectors){0};
    if (!(high >= low))
        return err_set(ERR_INPUT, "q_max: %g 1/A is below q_min = %g 1/A", high, low);
    double bins = floor((high - low) / step + 1e-9) + 1.0, top = low + bins * step;
    double expected = cell->volume * top * top * top / (12.0 * PI * PI);
    if (expected > 1e6)
        return err_set(ERR_INPUT,
                       "q_max: the box has about %.3g wave vectors below %g 1/A; at most 1e6 are "
                       "usable",
                       expected, top);
    size_t n, used = 0, kept = 0;
    Wave *waves = half_space(cell, low, top, step, &n);
    qsort(waves, n, sizeof *waves, by_bin);
    for (size_t first = 0, last; first < n; first = last, used++) {
        for (last = first + 1; last < n && waves[last].bin == waves[first].bin;)
            last++;
        size_t take = last - first;
        if (most > 0 && take > most) {
            spread(cell, waves + first, take, most);
            take = most;
        }
        for (size_t k = 0; k < take; k++) {
            waves[kept] = waves[first + k];
            waves[kept++].bin = used;
        }
    }
    qsort(waves, kept, sizeof *waves, by_index);
    keep(w, waves, kept, used);
    free(waves);
    return kept > 0 ? OK
                    : err_set(ERR_INPUT,
                              "q_min, q_max: the box has no wave vector between %g and %g 1/A", low,
                              top);
}

Err wavevectors_list(Wavevectors *w, const ConfigTexts *list)
{
    *w = (Wavevectors){0};
    Wave *waves = MEM_NEW(Wave, list->n);
    for (size_t k = 0; k < list->n; k++) {
        int *m = waves[k].index, end = 0;
        bool good = sscanf(list->text[k], "%6d %6d %6d %n", &m[0], &m[1], &m[2], &end) == 3 &&
                    list->text[k][end] == '\0';
        for (int a = 0; a < 3 && good; a++)
            good = m[a] >= -MOST_INDEX && m[a] <= MOST_INDEX;
        if (!good || (m[0] == 0 && m[1] == 0 && m[2] == 0)) {
            free(waves);
            return err_set(ERR_INPUT,
                           "hkl: '%s'; three whole numbers up to %d, not all 0, are wanted, as in "
                           "\"2 0 -1\"",
                           list->text[k], MOST_INDEX);
        }
        waves[k].bin = k;
    }
    qsort(waves, list->n, sizeof *waves, by_index);
    keep(w, waves, list->n, list->n);
    w->list = true;
    free(waves);
    return OK;
}

void wavevectors_anisotropy(const Wavevectors *w, const Cell *cell, double deviation[])
{
    double(*sum)[6] = mem_new(w->bins, sizeof *sum);
    for (size_t k = 0; k < w->n; k++) {
        double q[3], *s = sum[w->bin[k]];
        wavevectors_q(cell, w->index[k], q);
        double q2 = vec_dot(q, q);
        for (int i = 0; i < 3; i++) {
            s[i] += q[i] * q[i] / q2;
            s[3 + i] += q[i] * q[(i + 1) % 3] / q2;
        }
    }
    for (size_t b = 0; b < w->bins; b++) {
        deviation[b] = 0.0;
        for (int i = 0; i < 6; i++)
            deviation[b] = fmax(deviation[b],
                                fabs(sum[b][i] / (double)w->count[b] - (i < 3 ? 1.0 / 3.0 : 0.0)));
    }
    free(sum);
}
