#include "dynamics/barostat.h"

#include "base/rng.h"
#include "base/units.h"

#include <math.h>

void barostat_pressures(const Cell *cell, const double pressure[3][3], double on_length[3])
{
    for (int k = 0; k < 3; k++) {
        on_length[k] = 0.0;
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                on_length[k] += pressure[a][b] * cell->inv[a][k] * cell->h[k][b];
    }
}

void barostat_log_scale(const DynamicsOptions *o, const Cell *cell, const double pressure[3][3],
                        int64_t step, double dt, double log_scale[3])
{
    log_scale[0] = log_scale[1] = log_scale[2] = 0.0;
    if (o->barostat == BAROSTAT_NONE)
        return;
    double p[3], z[3], rate = o->compressibility * dt / o->barostat_time;
    double noise = sqrt(2.0 * UNITS_KB * o->temperature * rate / cell->volume);
    barostat_pressures(cell, pressure, p);
    rng_normal3(o->seed, RNG_BAROSTAT, (uint64_t)step, 0, 0, z);
    for (int k = 0; k < 3; k++)
        if (o->barostat == BAROSTAT_ISOTROPIC)
            log_scale[k] = (rate * ((p[0] + p[1] + p[2]) / 3.0 - o->pressure) + noise * z[0]) / 3.0;
        else
            log_scale[k] = rate / 3.0 * (p[k] - o->pressure) + noise / sqrt(3.0) * z[k];
}
