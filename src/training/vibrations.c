#include "training/vibrations.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ATOMS_PER_BH4 = 5 };

double vibrations_energy(double curvature)
{
    double e = (UNITS_HBAR_MEV_PS / UNITS_TIME_PS) * sqrt(fabs(curvature));
    return curvature < 0.0 ? -e : e;
}

double vibrations_curvature(double energy)
{
    double w = energy * UNITS_TIME_PS / UNITS_HBAR_MEV_PS;
    return energy < 0.0 ? -w * w : w * w;
}

bool vibrations_is_translation(const Vibrations *m, const Sample *s, size_t k)
{
    const double *e = &m->vector[k * m->n];
    double sum[3] = {0}, mass = 0.0;
    for (int64_t i = 0; i < s->n; i++) {
        double u = s->species[s->kind[i]]->mass;
        mass += u;
        for (int axis = 0; axis < 3; axis++)
            sum[axis] += sqrt(u) * e[3 * i + axis];
    }
    return vec_dot(sum, sum) / mass > 0.5;
}

/* Rows of this rank's atoms: -dF/dx. */
static Err rows(const Frames *f, const TrainingFrame *t, const FfParameters *p, double step,
                double *hessian)
{
    Domain *domain = NULL;
    Atoms atoms = {0};
    Forcefield *ff = NULL;
    size_t n = 3 * (size_t)t->sample.n;
    Err e = domain_new(f->alone, &t->sample, f->options.cutoff + f->options.skin, &domain, &atoms);
    if (e != OK)
        return e;
    e = forcefield_new(p, &f->options, &t->sample, domain, &atoms, &ff);
    FfResult r;
    if (e == OK)
        e = forcefield_compute(ff, domain, &atoms, &r); /* lists; atoms are in their final order */
    for (int32_t i = 0; i < atoms.nlocal && e == OK; i++) {
        if (atoms.id[i] % comm_size(f->comm) != comm_rank(f->comm))
            continue;
        for (int axis = 0; axis < 3 && e == OK; axis++) {
            double at = atoms.x[i][axis];
            double *row = &hessian[(3 * (size_t)atoms.id[i] + (size_t)axis) * n];
            for (int sign = 1; sign >= -1 && e == OK; sign -= 2) {
                atoms.x[i][axis] = at + sign * step;
                e = forcefield_compute(ff, domain, &atoms, &r);
                for (int32_t j = 0; j < atoms.nlocal; j++)
                    for (int k = 0; k < 3; k++)
                        row[3 * (size_t)atoms.id[j] + (size_t)k] -=
                            sign * atoms.f[j][k] / (2.0 * step);
            }
            atoms.x[i][axis] = at;
        }
    }
    if (ff != NULL)
        forcefield_free(ff);
    domain_free(domain);
    atoms_clear(&atoms);
    return e;
}

static void diagonalise(const Sample *s, const double *hessian, size_t n, Vibrations *out)
{
    gsl_matrix *dynamical = gsl_matrix_alloc(n, n), *vectors = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n);
    gsl_eigen_symmv_workspace *w = gsl_eigen_symmv_alloc(n);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            double mass = s->species[s->kind[a / 3]]->mass * s->species[s->kind[b / 3]]->mass;
            double both = 0.5 * (hessian[a * n + b] + hessian[b * n + a]);
            gsl_matrix_set(dynamical, a, b, both / sqrt(mass));
        }
    }
    gsl_eigen_symmv(dynamical, values, vectors, w);
    gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_ASC);
    for (size_t k = 0; k < n; k++) {
        out->omega[k] = vibrations_energy(gsl_vector_get(values, k));
        for (size_t a = 0; a < n; a++)
            out->vector[k * n + a] = gsl_matrix_get(vectors, a, k);
    }
    gsl_eigen_symmv_free(w);
    gsl_vector_free(values);
    gsl_matrix_free(vectors);
    gsl_matrix_free(dynamical);
}

Err vibrations_compute(const Frames *f, size_t frame, const FfParameters *p, double step,
                       Vibrations *out)
{
    const TrainingFrame *t = &f->frame[frame];
    size_t n = 3 * (size_t)t->sample.n;
    *out = (Vibrations){.n = n,
                        .omega = MEM_NEW(double, n),
                        .vector = MEM_NEW(double, n *n),
                        .hessian = MEM_NEW(double, n *n)};
    Err e = comm_agree(f->comm, err_prefix(rows(f, t, p, step, out->hessian), "%s", t->name));
    if (e != OK)
        return e;
    comm_sum(f->comm, n * n, out->hessian); /* one rank's number and zeros: exact */
    diagonalise(&t->sample, out->hessian, n, out);
    return OK;
}

void vibrations_clear(Vibrations *m)
{
    free(m->omega);
    free(m->vector);
    free(m->hessian);
    *m = (Vibrations){0};
}

/* Displacement of the five atoms for a turn about an axis through B: axis x (r - r_B). */
static void turn(const Sample *s, int64_t first, const double axis[3], double d[ATOMS_PER_BH4][3])
{
    for (int a = 0; a < ATOMS_PER_BH4; a++) {
        double r[3];
        vec_sub(s->x[first + a], s->x[first], r);
        vec_cross(axis, r, d[a]);
    }
}

void vibrations_turn(const Sample *s, int64_t first, const double axis[3], double e[])
{
    double d[ATOMS_PER_BH4][3], norm = 0.0;
    memset(e, 0, 3 * (size_t)s->n * sizeof e[0]);
    turn(s, first, axis, d);
    for (int a = 0; a < ATOMS_PER_BH4; a++)
        norm += s->species[s->kind[first + a]]->mass * vec_dot(d[a], d[a]);
    for (int a = 0; a < ATOMS_PER_BH4; a++)
        vec_axpy(sqrt(s->species[s->kind[first + a]]->mass / norm), d[a], &e[3 * (first + a)]);
}

void vibrations_libration(const Vibrations *m, const Sample *s, int64_t first, double energy[3],
                          double axis[3][3])
{
    static const double unit[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double d[3][ATOMS_PER_BH4][3];
    for (int k = 0; k < 3; k++)
        turn(s, first, unit[k], d[k]);
    gsl_matrix *stiffness = gsl_matrix_alloc(3, 3), *inertia = gsl_matrix_alloc(3, 3),
               *vectors = gsl_matrix_alloc(3, 3);
    gsl_vector *values = gsl_vector_alloc(3);
    gsl_eigen_gensymmv_workspace *w = gsl_eigen_gensymmv_alloc(3);
    size_t base = 3 * (size_t)first;
    for (size_t k = 0; k < 3; k++) {
        for (size_t l = 0; l < 3; l++) {
            double sum = 0.0, mass = 0.0;
            const double *u = &d[k][0][0], *v = &d[l][0][0];
            for (size_t i = 0; i < 3 * ATOMS_PER_BH4; i++) {
                mass += s->species[s->kind[first + (int64_t)(i / 3)]]->mass * u[i] * v[i];
                for (size_t j = 0; j < 3 * ATOMS_PER_BH4; j++)
                    sum += u[i] * v[j] * 0.5 *
                           (m->hessian[(base + i) * m->n + base + j] +
                            m->hessian[(base + j) * m->n + base + i]);
            }
            gsl_matrix_set(stiffness, k, l, sum);
            gsl_matrix_set(inertia, k, l, mass);
        }
    }
    gsl_eigen_gensymmv(stiffness, inertia, values, vectors, w);
    gsl_eigen_gensymmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_ASC);
    for (size_t k = 0; k < 3; k++) {
        energy[k] = vibrations_energy(gsl_vector_get(values, k));
        for (size_t i = 0; i < 3; i++)
            axis[k][i] = gsl_matrix_get(vectors, i, k);
    }
    gsl_eigen_gensymmv_free(w);
    gsl_vector_free(values);
    gsl_matrix_free(vectors);
    gsl_matrix_free(inertia);
    gsl_matrix_free(stiffness);
}
