#include "training/force_matching.h"

#include "base/mem.h"
#include "base/vec.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int type_index(const char *element, size_t n)
{
    static const char *const names[FF_TYPES] = {"Mg", "B", "H"};
    for (int i = 0; i < FF_TYPES; i++)
        if (strlen(names[i]) == n && strncmp(names[i], element, n) == 0)
            return i;
    return -1;
}

/* "Mg-H.rho" -> types and the place in FfPair; false if it is no pair. */
static bool split_pair(const char *name, int *a, int *b, const char **member)
{
    const char *dash = strchr(name, '-'), *dot = strchr(name, '.');
    if (dash == NULL || dot == NULL || dash > dot)
        return false;
    *a = type_index(name, (size_t)(dash - name));
    *b = type_index(dash + 1, (size_t)(dot - dash - 1));
    *member = dot + 1;
    return *a >= 0 && *b >= 0 &&
           (strcmp(*member, "A") == 0 || strcmp(*member, "rho") == 0 || strcmp(*member, "C6") == 0);
}

/* Place of a plain parameter; *logarithm tells its fitted form. NULL if unknown or a pair. */
static double *plain(FfParameters *p, const char *name, bool *logarithm, const char **unit)
{
    const struct {
        const char *name;
        double *place;
        bool logarithm;
        const char *unit;
    } all[] = {
        {"charge.Mg", &p->charge[FF_MG], false, "e"},
        {"charge.H", &p->charge[FF_H], false, "e"},
        {"bond.r0", &p->bond_r0, false, "A"},
        {"bond.k2", &p->bond_k2, true, "eV/A^2"},
        {"bond.k3", &p->bond_k3, false, "eV/A^3"},
        {"bond.k4", &p->bond_k4, false, "eV/A^4"},
        {"angle.theta0", &p->angle_theta0, false, "radian"},
        {"angle.K", &p->angle_k, true, "eV/radian^2"},
        {"urey_bradley.r0", &p->ub_r0, false, "A"},
        {"urey_bradley.k", &p->ub_k, true, "eV/A^2"},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i].name, name) == 0) {
            *logarithm = all[i].logarithm;
            *unit = all[i].unit;
            return all[i].place;
        }
    }
    return NULL;
}

static double *pair_member(FfPair *pair, const char *member, bool *logarithm, const char **unit)
{
    *logarithm = strcmp(member, "A") == 0;
    *unit = *logarithm ? "eV" : strcmp(member, "rho") == 0 ? "A" : "eV A^6";
    return strcmp(member, "A") == 0     ? &pair->a
           : strcmp(member, "rho") == 0 ? &pair->rho
                                        : &pair->c6;
}

/* Place of a parameter, NULL if there is none of this name. A pair stands twice; this is one of them. */
static double *find(FfParameters *p, const char *name, bool *logarithm, const char **unit)
{
    int a, b;
    const char *member;
    return split_pair(name, &a, &b, &member) ? pair_member(&p->pair[a][b], member, logarithm, unit)
                                             : plain(p, name, logarithm, unit);
}

const char *force_matching_unit(const char *name, bool *logarithm)
{
    FfParameters p;
    const char *unit = "";
    CHECK(find(&p, name, logarithm, &unit) != NULL, "parameter '%s'", name);
    return unit;
}

bool force_matching_knows(const char *name)
{
    FfParameters p;
    bool logarithm;
    const char *unit;
    return find(&p, name, &logarithm, &unit) != NULL;
}

double force_matching_get(const FfParameters *from, const char *name)
{
    FfParameters p = *from;
    bool logarithm;
    const char *unit;
    const double *place = find(&p, name, &logarithm, &unit);
    CHECK(place != NULL, "parameter '%s'", name);
    return logarithm ? log(*place) : *place;
}

void force_matching_set(FfParameters *p, const char *name, double value)
{
    int a, b;
    const char *member, *unit;
    bool logarithm;
    double *place = find(p, name, &logarithm, &unit);
    CHECK(place != NULL, "parameter '%s'", name);
    *place = logarithm ? exp(value) : value;
    if (split_pair(name, &a, &b, &member))
        p->pair[b][a] = p->pair[a][b];
    p->charge[FF_B] = -0.5 * p->charge[FF_MG] - 4.0 * p->charge[FF_H];
}

double force_matching_target(const Frames *f, const Target *t)
{
    const TrainingFrame *a = &f->frame[t->a], *b = &f->frame[t->b];
    if (t->kind == TARGET_ENERGY)
        return a->model_energy - b->model_energy;
    double sum = 0.0;
    for (int64_t i = 0; i < a->sample.n; i++)
        for (int k = 0; k < 3; k++)
            sum -= (a->model_force[i][k] - b->model_force[i][k]) * t->direction[i][k];
    return sum / (2.0 * t->step);
}

Target force_matching_curvature(Frames *f, size_t i, const double e[], double largest)
{
    const Sample *s = &f->frame[i].sample;
    Target t = {.kind = TARGET_CURVATURE};
    t.direction = mem_new((size_t)s->n, sizeof t.direction[0]);
    double most = 0.0;
    for (int64_t a = 0; a < s->n; a++) {
        for (int k = 0; k < 3; k++)
            t.direction[a][k] = e[3 * a + k] / sqrt(s->species[s->kind[a]]->mass);
        most = fmax(most, vec_norm(t.direction[a]));
    }
    t.step = largest / most;
    Sample moved;
    sample_copy(&moved, s);
    for (int sign = 1; sign >= -1; sign -= 2) {
        char *name = mem_format("%s%+d", f->frame[i].name, sign);
        for (int64_t a = 0; a < s->n; a++)
            for (int k = 0; k < 3; k++)
                moved.x[a][k] = s->x[a][k] + sign * t.step * t.direction[a][k];
        *(sign > 0 ? &t.a : &t.b) = frames_add_probe(f, &moved, name);
        free(name);
    }
    sample_clear(&moved);
    return t;
}

typedef struct FitContext {
    Frames *frames;
    const MatchingScales *scales;
    size_t n;
    const FreeParameter *free;
    size_t ntargets;
    const Target *targets;
    FfParameters p;
    Err error;
} FitContext;

static bool is_fitted(const TrainingFrame *t)
{
    return !t->probe && !t->held_out;
}

static size_t count_residuals(const Frames *f, size_t others)
{
    size_t n = others;
    for (size_t i = 0; i < f->n; i++)
        if (is_fitted(&f->frame[i]))
            n += 3 * (size_t)f->frame[i].sample.n + 1 + (f->frame[i].has_stress ? 9 : 0);
    return n;
}

static size_t add_frame(const FitContext *c, const TrainingFrame *t, size_t k, gsl_vector *out)
{
    const TrainingFrame *zero = &c->frames->frame[c->frames->reference];
    double w = sqrt(t->weight);
    for (int64_t i = 0; i < t->sample.n; i++)
        for (int axis = 0; axis < 3; axis++)
            gsl_vector_set(out, k++,
                           w * (t->model_force[i][axis] - t->force[i][axis]) / c->scales->force);
    double model = t->model_energy - zero->model_energy, reference = t->energy - zero->energy;
    gsl_vector_set(out, k++, w * (model - reference) / c->scales->energy);
    for (int i = 0; t->has_stress && i < 9; i++)
        gsl_vector_set(out, k++,
                       w * ((&t->model_stress[0][0])[i] - (&t->stress[0][0])[i]) /
                           c->scales->stress);
    return k;
}

static double target_residual(const Frames *f, const Target *t)
{
    double d = (force_matching_target(f, t) - t->value) / t->scale;
    return t->side == TARGET_EQUAL ? d : t->side == TARGET_AT_LEAST ? fmin(d, 0.0) : fmax(d, 0.0);
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *out)
{
    FitContext *c = context;
    for (size_t i = 0; i < c->n; i++)
        force_matching_set(&c->p, c->free[i].name, gsl_vector_get(x, i));
    c->error = frames_compute(c->frames, &c->p);
    if (c->error != OK)
        return GSL_EFAILED; /* the same on all ranks */
    size_t k = 0;
    for (size_t i = 0; i < c->frames->n; i++)
        if (is_fitted(&c->frames->frame[i]))
            k = add_frame(c, &c->frames->frame[i], k, out);
    for (size_t i = 0; i < c->ntargets; i++)
        gsl_vector_set(out, k++, target_residual(c->frames, &c->targets[i]));
    for (size_t i = 0; i < c->n; i++) {
        const FreeParameter *p = &c->free[i];
        gsl_vector_set(out, k++,
                       p->prior > 0.0 ? (gsl_vector_get(x, i) - p->centre) / p->prior : 0.0);
    }
    return GSL_SUCCESS;
}

static double cost_of(const gsl_vector *r)
{
    double sum;
    gsl_blas_ddot(r, r, &sum);
    return 0.5 * sum;
}

/* Standard errors: covariance times the scatter of the residuals (they are not noise but the model's own limits). */
static void write_errors(gsl_multifit_nlinear_workspace *w, size_t n, size_t nresiduals,
                         double cost, FreeParameter free[])
{
    gsl_matrix *covariance = gsl_matrix_alloc(n, n);
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0.0, covariance);
    double scatter = 2.0 * cost / (double)(nresiduals > n ? nresiduals - n : 1);
    for (size_t i = 0; i < n; i++) {
        free[i].value = gsl_vector_get(gsl_multifit_nlinear_position(w), i);
        free[i].error = sqrt(gsl_matrix_get(covariance, i, i) * scatter);
    }
    gsl_matrix_free(covariance);
}

Err force_matching_fit(Frames *f, const MatchingScales *scales, size_t ntargets,
                       const Target targets[], size_t n, FreeParameter free_[], int max_iterations,
                       void (*progress)(int iteration, double cost), FfParameters *p,
                       MatchingResult *result)
{
    double *start = MEM_NEW(double, n);
    for (size_t i = 0; i < n; i++)
        start[i] = force_matching_get(p, free_[i].name);
    FitContext c = {.frames = f,
                    .scales = scales,
                    .n = n,
                    .free = free_,
                    .ntargets = ntargets,
                    .targets = targets,
                    .p = *p};
    size_t nresiduals = count_residuals(f, n + ntargets);
    gsl_multifit_nlinear_fdf fdf = {.f = residuals, .n = nresiduals, .p = n, .params = &c};
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    how.h_df = 1e-6; /* engine noise is 1e-12 of the residuals */
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, nresiduals, n);
    gsl_vector_view x0 = gsl_vector_view_array(start, n);
    int status = gsl_multifit_nlinear_init(&x0.vector, &fdf, w), info = 0;
    *result = (MatchingResult){.residuals = nresiduals};
    Err e = c.error;
    if (e == OK && status == GSL_SUCCESS) {
        result->cost_start = cost_of(gsl_multifit_nlinear_residual(w));
        for (result->iterations = 0; result->iterations < max_iterations && !result->converged;
             result->iterations++) {
            status = gsl_multifit_nlinear_iterate(w);
            if (c.error != OK || (status != GSL_SUCCESS && status != GSL_ENOPROG))
                break;
            if (progress != NULL)
                progress(result->iterations + 1, cost_of(gsl_multifit_nlinear_residual(w)));
            result->converged =
                status == GSL_ENOPROG ||
                gsl_multifit_nlinear_test(1e-6, 1e-6, 1e-8, &info, w) == GSL_SUCCESS;
        }
        e = c.error;
    } else if (e == OK) {
        e = err_set(ERR_NUMERICAL, "the fit cannot start: %s", gsl_strerror(status));
    }
    if (e == OK) {
        result->cost = cost_of(gsl_multifit_nlinear_residual(w));
        write_errors(w, n, nresiduals, result->cost, free_);
        for (size_t i = 0; i < n; i++)
            force_matching_set(p, free_[i].name, free_[i].value);
        e = frames_compute(f, p);
    }
    gsl_multifit_nlinear_free(w);
    free(start);
    return e;
}
