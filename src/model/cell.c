#include "model/cell.h"

#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <string.h>

Err cell_init(Cell *c, const double h[3][3])
{
    double scale = 0.0;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            if (!isfinite(h[i][k]))
                return err_set(ERR_INPUT, "lattice vector %c is not finite", 'a' + i);
        scale = fmax(scale, vec_norm(h[i]));
    }
    double volume = mat_det(h);
    double corner = volume / (scale * scale * scale);
    if (!(fabs(corner) > 1e-9))
        return err_set(ERR_INPUT,
                       "lattice is flat (volume %g A^3): three independent vectors needed", volume);
    if (volume < 0.0)
        return err_set(ERR_INPUT,
                       "lattice is left-handed (volume %g A^3): exchange two of its vectors",
                       volume);
    memcpy(c->h, h, sizeof c->h);
    mat_inverse(c->h, c->inv);
    c->volume = volume;
    return OK;
}

/* A right angle is exact, so that an orthogonal box stays one. */
static double cosine(double degrees)
{
    return degrees == 90.0 ? 0.0 : cos(degrees * PI / 180.0);
}

Err cell_init_lengths(Cell *c, const double lengths[3], const double angles[3])
{
    for (int k = 0; k < 3; k++) {
        if (!(isfinite(lengths[k]) && lengths[k] > 0.0))
            return err_set(ERR_INPUT, "cell length %c = %g A, must be above 0", 'a' + k,
                           lengths[k]);
        if (!(angles[k] > 0.0 && angles[k] < 180.0))
            return err_set(ERR_INPUT, "cell angle %d = %g degrees, must lie between 0 and 180",
                           k + 1, angles[k]);
    }
    double ca = cosine(angles[0]), cb = cosine(angles[1]), cg = cosine(angles[2]);
    double sg = angles[2] == 90.0 ? 1.0 : sin(angles[2] * PI / 180.0);
    double cy = (ca - cb * cg) / sg;
    double cz2 = 1.0 - cb * cb - cy * cy;
    if (!(cz2 > 0.0))
        return err_set(ERR_INPUT, "cell angles %g, %g, %g degrees cannot close a box", angles[0],
                       angles[1], angles[2]);
    const double h[3][3] = {
        {lengths[0], 0.0, 0.0},
        {lengths[1] * cg, lengths[1] * sg, 0.0},
        {lengths[2] * cb, lengths[2] * cy, lengths[2] * sqrt(cz2)},
    };
    return cell_init(c, h);
}

void cell_lengths(const Cell *c, double lengths[3], double angles[3])
{
    for (int k = 0; k < 3; k++)
        lengths[k] = vec_norm(c->h[k]);
    for (int k = 0; k < 3; k++) {
        int a = (k + 1) % 3, b = (k + 2) % 3;
        double dot = vec_dot(c->h[a], c->h[b]);
        angles[k] = dot == 0.0 ? 90.0 : acos(dot / (lengths[a] * lengths[b])) * 180.0 / PI;
    }
}

bool cell_is_orthogonal(const Cell *c)
{
    double tiny = 1e-12 * cbrt(c->volume);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            if (i != k && fabs(c->h[i][k]) > tiny)
                return false;
    return true;
}

/* Column k of inv is the reciprocal vector of lattice vector k: its length is 1/width. */
void cell_widths(const Cell *c, double widths[3])
{
    for (int k = 0; k < 3; k++) {
        double column[3] = {c->inv[0][k], c->inv[1][k], c->inv[2][k]};
        widths[k] = 1.0 / vec_norm(column);
    }
}

void cell_to_fractional(const Cell *c, const double r[3], double s[3])
{
    vec_times_mat(r, c->inv, s);
}

void cell_to_cartesian(const Cell *c, const double s[3], double r[3])
{
    vec_times_mat(s, c->h, r);
}

/* A position in the box keeps its bits. Subtracting whole lattice vectors may land a hair outside
 * (-1e-18 A becomes the far face); a second turn brings it back, and what is still outside by
 * rounding is put on the face. */
void cell_wrap(const Cell *c, double r[3], int image[3])
{
    double s[3];
    for (int k = 0; k < 3; k++)
        image[k] = 0;
    for (int turn = 0; turn < 3; turn++) {
        cell_to_fractional(c, r, s);
        bool inside = true;
        for (int k = 0; k < 3; k++) {
            double steps = floor(s[k]);
            if (steps == 0.0)
                continue;
            inside = false;
            image[k] += (int)steps;
            vec_axpy(-steps, c->h[k], r);
        }
        if (inside)
            return;
    }
    cell_to_fractional(c, r, s);
    for (int k = 0; k < 3; k++)
        if (s[k] < 0.0 || s[k] >= 1.0)
            s[k] = 0.0;
    cell_to_cartesian(c, s, r);
}

void cell_min_image(const Cell *c, double d[3])
{
    double s[3];
    cell_to_fractional(c, d, s);
    for (int k = 0; k < 3; k++)
        vec_axpy(-rint(s[k]), c->h[k], d);
    if (cell_is_orthogonal(c))
        return;
    double best[3] = {d[0], d[1], d[2]}, shortest = vec_dot(d, d);
    for (int m = 0; m < 27; m++) {
        const int step[3] = {m % 3 - 1, m / 3 % 3 - 1, m / 9 - 1};
        double t[3] = {d[0], d[1], d[2]};
        for (int k = 0; k < 3; k++)
            vec_axpy(step[k], c->h[k], t);
        double r2 = vec_dot(t, t);
        if (r2 < shortest) {
            shortest = r2;
            memcpy(best, t, sizeof best);
        }
    }
    memcpy(d, best, sizeof best);
}
