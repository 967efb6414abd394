#include "app/fit_structure.h"

#include "base/mem.h"
#include "base/vec.h"
#include "dynamics/dynamics.h"

#include <math.h>
#include <string.h>

Err fit_structure_relax(const Frames *f, const FfParameters *p, bool cell, double fmax,
                        int max_steps, Sample *s, double *energy, int *steps)
{
    Domain *domain = NULL;
    Atoms atoms = {0};
    Forcefield *ff = NULL;
    FfResult r = {0};
    Err e = domain_new(f->alone, s, f->options.cutoff + f->options.skin, &domain, &atoms);
    if (e == OK)
        e = forcefield_new(p, &f->options, s, domain, &atoms, &ff);
    if (e == OK)
        e = dynamics_relax(ff, domain, &atoms, cell, fmax, max_steps, &r, steps);
    if (e == OK) {
        domain_gather(domain, &atoms, s->x, NULL, NULL, NULL);
        s->cell = *domain_cell(domain);
        *energy = r.energy;
    }
    if (ff != NULL)
        forcefield_free(ff);
    if (domain != NULL) {
        domain_free(domain);
        atoms_clear(&atoms);
    }
    return comm_agree(f->comm, e);
}

/* Distance from atom i to the nearest atom of an element; cells wider than a few A. */
static double nearest(const Sample *s, int64_t i, const char *element)
{
    double least = INFINITY;
    for (int64_t j = 0; j < s->n; j++) {
        double d[3], f[3], r[3];
        if (strcmp(s->species[s->kind[j]]->element, element) != 0)
            continue;
        vec_sub(s->x[j], s->x[i], d);
        cell_to_fractional(&s->cell, d, f);
        for (int k = 0; k < 3; k++)
            f[k] -= floor(f[k] + 0.5);
        for (int image = 0; image < 27; image++) {
            const double g[3] = {f[0] + image % 3 - 1, f[1] + image / 3 % 3 - 1,
                                 f[2] + image / 9 - 1};
            cell_to_cartesian(&s->cell, g, r);
            least = fmin(least, vec_norm(r));
        }
    }
    return least;
}

FitDistances fit_structure_distances(const Sample *s)
{
    FitDistances d = {0};
    double nb = 0.0, nh = 0.0;
    for (int64_t i = 0; i < s->n; i++) {
        const char *element = s->species[s->kind[i]]->element;
        if (strcmp(element, "B") == 0) {
            d.mg_b += nearest(s, i, "Mg");
            nb++;
        } else if (strcmp(element, "H") == 0) {
            d.mg_h += nearest(s, i, "Mg");
            d.b_h += nearest(s, i, "B");
            nh++;
        }
    }
    return (FitDistances){d.mg_b / nb, d.mg_h / nh, d.b_h / nh};
}

double fit_structure_lattice(const Sample *s)
{
    int64_t count[ION_KINDS];
    sample_count(s, count);
    return cbrt(s->cell.volume * 24.0 / (double)count[ION_MG]);
}
