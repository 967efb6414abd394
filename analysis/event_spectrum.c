#include "analysis/event_spectrum.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double damping = 0.1, forgotten = 40.0;

void event_spectrum_init(EventSpectrum *s, size_t n, const double frequency[])
{
    *s = (EventSpectrum){.n = n, .omega = MEM_NEW(double, n)};
    for (size_t k = 0; k < n; k++)
        s->omega[k] = 2.0 * PI * frequency[k];
    s->memory = mem_new(n, sizeof *s->memory);
    s->sum = mem_new(n, sizeof *s->sum);
}

void event_spectrum_clear(EventSpectrum *s)
{
    free(s->omega);
    free(s->memory);
    free(s->sum);
    *s = (EventSpectrum){0};
}

void event_spectrum_start(EventSpectrum *s)
{
    s->square = 0.0;
    if (s->n > 0)
        memset(s->sum, 0, s->n * sizeof *s->sum);
}

void event_spectrum_add(EventSpectrum *s, double t, const double d[3])
{
    double wait = t - s->time;
    s->time = t;
    s->square += d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    for (size_t k = 0; k < s->n; k++) {
        double phase = s->omega[k] * wait;
        if (damping * phase > forgotten) {
            for (int part = 0; part < 2; part++)
                for (int a = 0; a < 3; a++)
                    s->memory[k][part][a] = d[a];
            continue;
        }
        double decay = exp(-damping * phase);
        double _Complex turn = CMPLX(cos(phase), -sin(phase)),
                        factor[2] = {decay * turn, decay * decay * turn};
        for (int part = 0; part < 2; part++)
            for (int a = 0; a < 3; a++) {
                double _Complex before = factor[part] * s->memory[k][part][a];
                s->sum[k][part] += d[a] * before;
                s->memory[k][part][a] = before + d[a];
            }
    }
}

void event_spectrum_value(const EventSpectrum *s, double time, double _Complex value[])
{
    for (size_t k = 0; k < s->n; k++)
        value[k] = (0.5 * s->square + 2.0 * s->sum[k][0] - s->sum[k][1]) / (3.0 * time);
}

double *event_spectrum_grid(double low, double high, int per_decade, size_t *n)
{
    double decades = log10(high / low);
    *n = decades > 0.0 ? (size_t)ceil(decades * per_decade) + 1 : 1;
    double *f = MEM_NEW(double, *n);
    for (size_t k = 0; k < *n; k++)
        f[k] = low * pow(10.0, (double)k / per_decade);
    return f;
}
