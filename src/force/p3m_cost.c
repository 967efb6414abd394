#include "force/p3m_cost.h"

#include "par/fft.h"

#include <math.h>

static const double POINT = 25e-9, PACK = 1e-9, MESSAGE = 1.5e-6; /* s */

double p3m_cost(const int mesh[3], int order, int64_t natoms, bool measured)
{
    static const double four = 56e-9, more = 47e-9, point = 0.5e-9; /* s */
    double points = (double)mesh[0] * mesh[1] * mesh[2];
    return (double)natoms * (four + more * (order - 4)) + points * point + fft_cost(mesh, measured);
}

static double shared(const int mesh[3], int members, int columns)
{
    double points = (double)mesh[0] * mesh[1] * mesh[2];
    int exchanges = members == 1 ? 0 : columns == 1 ? 1 : 2;
    int messages = members / columns - 1 + columns - 1;
    return points * (POINT + 2.0 * PACK * exchanges) / members + 2.0 * MESSAGE * messages;
}

static bool possible(const int mesh[3], int members, int columns, bool reproducible)
{
    if (members % columns != 0 || (reproducible && columns > 1))
        return false;
    int rows = members / columns;
    if (columns == 1)
        return rows <= mesh[0] && rows <= mesh[1];
    return rows <= mesh[0] && columns <= mesh[1] && rows <= mesh[1] && columns <= mesh[2] / 2 + 1;
}

void p3m_cost_ranks(const int mesh[3], int ranks, int want_members, int want_columns,
                    bool reproducible, int *members, int *columns)
{
    int first = 1, last = ranks;
    double best = HUGE_VAL;
    *members = *columns = 1;
    if (want_members > 0)
        first = last = want_members < ranks ? want_members : ranks;
    for (int m = first; m <= last; m++) {
        for (int c = 1; c <= m; c++) {
            bool forced = want_columns > 0 && c == want_columns && m % c == 0 && !reproducible;
            if (want_columns > 0 && !forced && !(reproducible && c == 1))
                continue;
            if (!forced && !possible(mesh, m, c, reproducible))
                continue;
            double t = shared(mesh, m, c);
            if (t < best) {
                best = t;
                *members = m;
                *columns = c;
            }
        }
    }
    if (best == HUGE_VAL &&
        want_members > 0) { /* more than the mesh has planes: some hold nothing */
        *members = first;
        *columns = 1;
    }
}
