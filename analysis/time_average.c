#include "analysis/time_average.h"

#include "base/mem.h"

#include <stdlib.h>

enum { ROOM = 128 };

void time_average_init(TimeAverage *a, size_t points)
{
    *a = (TimeAverage){.points = points, .skip = 1};
    a->x = MEM_NEW(float, points * 3 * ROOM);
}

void time_average_clear(TimeAverage *a)
{
    free(a->x);
    *a = (TimeAverage){0};
}

/* Every second frame goes. */
static void thin(TimeAverage *a)
{
    for (size_t r = 0; r < 3 * a->points; r++)
        for (size_t k = 1; 2 * k < a->samples; k++)
            a->x[r * ROOM + k] = a->x[r * ROOM + 2 * k];
    a->samples = (a->samples + 1) / 2;
    a->skip *= 2;
}

void time_average_frame(TimeAverage *a, const double (*x)[3])
{
    if (a->frames++ % a->skip != 0)
        return;
    if (a->samples == ROOM) {
        thin(a);
        if ((a->frames - 1) % a->skip != 0)
            return;
    }
    for (size_t p = 0; p < a->points; p++)
        for (size_t i = 0; i < 3; i++)
            a->x[(3 * p + i) * ROOM + a->samples] = (float)(0.1 * x[p][i]);
    a->samples++;
}

/* The frames kept are a short trajectory: its distances at all lags, without weighting by lag. */
void time_average_finish(const TimeAverage *a, const Comm *c, const DisplacementPlan *plan,
                         double out[])
{
    DisplacementPlan p = *plan;
    int64_t n = (int64_t)a->samples;
    p.split = false;
    p.lags = (LagOptions){.tmax = (double)n, .linear = n, .per_octave = 1, .stride = 1};
    Displacements d;
    displacements_init(&d, &p, 1.0, n);
    double(*x)[3] = mem_new(a->points, sizeof *x);
    for (int64_t k = 0; k < n; k++) {
        for (size_t i = 0; i < 3 * a->points; i++)
            x[i / 3][i % 3] = 10.0 * (double)a->x[i * ROOM + (size_t)k];
        displacements_frame(&d, NULL, (double)k, (const double(*)[3])x);
    }
    Err e = displacements_finish(&d, c, "time average");
    CHECK(e == OK, "%s", err_message());
    displacements_pair_mean(&d, out);
    for (size_t i = 0; i < p.groups * p.nq; i++)
        out[i] = (1.0 + (double)(n - 1) * out[i]) / (double)n;
    displacements_clear(&d);
    free(x);
}
