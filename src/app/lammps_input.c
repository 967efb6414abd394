#include "app/lammps_input.h"

#include "base/units.h"
#include "store/text.h"

#include <string.h>

static const double DEGREE = 57.29577951308232; /* 180/pi */

static int type_of(const Species *s)
{
    return strcmp(s->element, "Mg") == 0 ? FF_MG : strcmp(s->element, "B") == 0 ? FF_B : FF_H;
}

static void append_styles(TextBuffer *b, const FfParameters *p, const FfOptions *o,
                          const char *data)
{
    text_append(b,
                "units        metal\natom_style   full\nnewton       on\nboundary     p p p\n\n");
    text_append(b, "pair_style   buck/coul/long %.10g\n", o->cutoff);
    text_append(b, "bond_style   %s\nangle_style  %s\n", o->rigid ? "zero" : "class2",
                o->rigid         ? "zero"
                : p->ub_k != 0.0 ? "charmm"
                                 : "harmonic");
    text_append(b, "special_bonds lj/coul 0.0 0.0 0.0\nread_data    %s\n\n", data);
    text_append(b,
                "# LAMMPS has k_e = 14.399645 eV A/e^2 in metal units, we have CODATA's %.14g\n"
                "variable     epsilon equal 14.399645/%.14g\ndielectric   ${epsilon}\n\n",
                UNITS_COULOMB, UNITS_COULOMB);
}

static void append_coefficients(TextBuffer *b, const Sample *s, const FfParameters *p,
                                const FfOptions *o)
{
    text_append(b, "# A exp(-r/rho) - C/r^6: A (eV), rho (A), C (eV A^6)\n");
    for (int i = 0; i < s->nspecies; i++)
        for (int j = i; j < s->nspecies; j++) {
            const FfPair *c = &p->pair[type_of(s->species[i])][type_of(s->species[j])];
            text_append(b, "pair_coeff   %d %d %.14g %.14g %.14g # %s-%s\n", i + 1, j + 1, c->a,
                        c->rho, c->c6, s->species[i]->symbol, s->species[j]->symbol);
        }
    text_append(b, "pair_modify  shift %s tail no\n\n", o->shift ? "yes" : "no");
    if (o->rigid) {
        text_append(b, "bond_coeff   *\nangle_coeff  *\n\n");
        return;
    }
    text_append(b, "bond_coeff   1 %.14g %.14g %.14g %.14g # B-H: r0 (A), K2, K3, K4 (eV/A^n)\n",
                p->bond_r0, p->bond_k2, p->bond_k3, p->bond_k4);
    text_append(b, "angle_coeff  1 %.14g %.14g", p->angle_k, p->angle_theta0 * DEGREE);
    if (p->ub_k != 0.0)
        text_append(b, " %.14g %.14g", p->ub_k, p->ub_r0);
    text_append(b, " # eV/rad^2, degree%s\n\n", p->ub_k != 0.0 ? ", eV/A^2, A" : "");
}

/* Types of all species but Mg, as words */
static void append_run(TextBuffer *b, const Sample *s, const FfOptions *o, double timestep)
{
    text_append(b, "kspace_style pppm ${accuracy}\n"
                   "neighbor     ${skin} bin\nneigh_modify every 1 delay 0 check yes\n");
    if (o->rigid) {
        for (int group = 0; group < 2; group++) {
            text_append(b, "group        %s type", group == 0 ? "metal" : "tops");
            for (int k = 0; k < s->nspecies; k++)
                if ((type_of(s->species[k]) == FF_MG) == (group == 0))
                    text_append(b, " %d", k + 1);
            text_append(b, "\n");
        }
        text_append(b, "fix          metal metal nve\nfix          tops tops rigid/nve/small "
                       "molecule\n");
    } else {
        text_append(b, "fix          all all nve\n");
    }
    text_append(b,
                "timestep     %.10g\nthermo_style custom step temp pe ke etotal press\n"
                "thermo_modify norm no\nthermo       ${every}\n\n"
                "run          0\n"
                "write_dump   all custom lammps_forces.txt id fx fy fz modify sort id format float "
                "%%.12g\n"
                "run          ${steps}\n",
                timestep);
}

Err lammps_input_write(const char *path, const char *data, const Sample *sample,
                       const FfParameters *p, const FfOptions *o, double timestep, int64_t steps)
{
    TextBuffer b = {0};
    text_append(&b,
                "# The sample and force field of `paddlewheel bench`:\n"
                "#   lmp -in in.lammps [-var steps N] [-var accuracy 1e-5] [-var skin 1.0]\n"
                "variable     steps index %lld\nvariable     accuracy index 1e-5\n"
                "variable     skin index 1.0\nvariable     every index 100\n\n",
                (long long)steps);
    append_styles(&b, p, o, data);
    append_coefficients(&b, sample, p, o);
    append_run(&b, sample, o, timestep);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}
