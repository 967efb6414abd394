#include "app/unwrapping.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Unwrapping {
    const Sample *sample;
    int64_t frames, moved; /* atoms and frames that a lattice vector was added to */
    double (*folded)[3];   /* the last frame as it was stored */
    double (*path)[3];     /* and unwrapped */
    double share;          /* longest way by the width of the box, */
    double way, time;      /* [A] that way, [ps] when */
};

static const double most_share = 0.4;

Unwrapping *unwrapping_new(const Sample *sample)
{
    Unwrapping *u = MEM_NEW(Unwrapping, 1);
    u->sample = sample;
    u->folded = mem_new((size_t)sample->n, sizeof u->folded[0]);
    u->path = mem_new((size_t)sample->n, sizeof u->path[0]);
    return u;
}

void unwrapping_free(Unwrapping *u)
{
    if (u == NULL)
        return;
    free(u->folded);
    free(u->path);
    free(u);
}

/* Atoms of an ion beside its first. */
static void make_whole(Unwrapping *u, const Cell *cell, double (*x)[3])
{
    const Sample *s = u->sample;
    for (int64_t ion = 0; ion < s->nion; ion++) {
        const double *centre = x[s->ion_first[ion]];
        for (int64_t a = s->ion_first[ion] + 1; a < s->ion_first[ion + 1]; a++) {
            double d[3], there[3];
            vec_sub(x[a], centre, d);
            cell_min_image(cell, d);
            for (int i = 0; i < 3; i++)
                there[i] = centre[i] + d[i];
            vec_sub(there, x[a], d);
            u->moved += vec_dot(d, d) > 1e-6;
            memcpy(x[a], there, sizeof there);
        }
    }
}

void unwrapping_frame(Unwrapping *u, const Cell *cell, double time, double (*x)[3])
{
    size_t bytes = (size_t)u->sample->n * sizeof x[0];
    if (u->frames++ == 0) {
        memcpy(u->folded, x, bytes);
        make_whole(u, cell, x);
        memcpy(u->path, x, bytes);
        return;
    }
    double widths[3];
    cell_widths(cell, widths);
    double box = fmin(widths[0], fmin(widths[1], widths[2]));
    for (int64_t a = 0; a < u->sample->n; a++) {
        double step[3], way[3];
        vec_sub(x[a], u->folded[a], step);
        memcpy(u->folded[a], x[a], sizeof x[a]);
        memcpy(way, step, sizeof way);
        cell_min_image(cell, way);
        double length = sqrt(vec_dot(way, way));
        if (length > u->share * box) {
            u->share = length / box;
            u->way = length;
            u->time = time;
        }
        for (int i = 0; i < 3; i++)
            u->path[a][i] += way[i];
        vec_sub(way, step, step);
        u->moved += vec_dot(step, step) > 1e-6;
        memcpy(x[a], u->path[a], sizeof x[a]);
    }
}

Err unwrapping_check(const Unwrapping *u)
{
    if (u->share > most_share)
        return err_set(ERR_INPUT,
                       "trajectory: an atom moved by %.1f angstrom between two frames (at %g ps), "
                       "%.2f of the box: the way it took cannot be told; frames must be closer",
                       u->way, u->time, u->share);
    log_info("trajectory: unwrapped; %lld of %lld positions were moved to another image, longest "
             "step %.2f angstrom (%.2f of the box)",
             (long long)u->moved, (long long)(u->frames * u->sample->n), u->way, u->share);
    return OK;
}
