/* command_energy.c -- `paddlewheel energy FILE --potential P`: energy, forces, stress of one structure. */
#include "app/command.h"
#include "app/md_run.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "domain/structure.h"
#include "store/provenance.h"
#include "store/replace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct EnergyArguments {
    const char *path, *potential, *model, *cutoff, *coulomb, *error, *forces;
    bool no_shift;
} EnergyArguments;

static Err force_options(const EnergyArguments *a, FfOptions *o)
{
    *o = (FfOptions){.order = 5, .skin = 1.0, .shift = !a->no_shift};
    if (strcmp(a->model, "flexible") != 0 && strcmp(a->model, "rigid") != 0)
        return err_set(ERR_INPUT, "--model '%s': allowed are flexible, rigid", a->model);
    if (strcmp(a->coulomb, "p3m") != 0 && strcmp(a->coulomb, "ewald") != 0)
        return err_set(ERR_INPUT, "--coulomb '%s': allowed are p3m, ewald", a->coulomb);
    o->rigid = strcmp(a->model, "rigid") == 0;
    o->coulomb = strcmp(a->coulomb, "ewald") == 0 ? COULOMB_EWALD : COULOMB_P3M;
    TRY(err_prefix(units_parse(a->cutoff, "A", &o->cutoff), "--cutoff"));
    return err_prefix(units_parse(a->error, "eV/A", &o->accuracy), "--force-error");
}

static Err check_box(const Sample *s, double cutoff)
{
    double w[3];
    cell_widths(&s->cell, w);
    double least = fmin(w[0], fmin(w[1], w[2]));
    if (least < 2.0 * cutoff)
        return err_set(ERR_INPUT,
                       "--cutoff: the box is %.3f A wide, smaller than twice the cut-off of %g A; "
                       "take a supercell or a "
                       "cut-off below %.3f A",
                       least, cutoff, 0.5 * least);
    return OK;
}

static void print_result(const EnergyArguments *a, const FfResult *r, const Sample *s,
                         const char *method, double largest)
{
    printf("%s with %s, %s, cut-off %s\n  %s\n", a->path, a->potential, a->model, a->cutoff,
           method);
    printf("  energy          %18.9f eV\n", r->energy);
    printf("    pairs         %18.9f eV\n    Coulomb       %18.9f eV (real %.9f, reciprocal %.9f, "
           "self %.9f)\n",
           r->pair, r->coulomb_real + r->coulomb_recip + r->coulomb_self, r->coulomb_real,
           r->coulomb_recip, r->coulomb_self);
    printf("    intramolecular%18.9f eV\n", r->bonded);
    printf("  largest force   %18.9f eV/A\n", largest);
    printf("  stress (tension positive, no kinetic part) in GPa:\n");
    for (int i = 0; i < 3; i++)
        printf("    %14.7f %14.7f %14.7f\n", -r->virial[i][0] / s->cell.volume * UNITS_GPA,
               -r->virial[i][1] / s->cell.volume * UNITS_GPA,
               -r->virial[i][2] / s->cell.volume * UNITS_GPA);
}

/* forces in the global order, on rank 0 */
/* The first lines: what made the table from what. */
static Err write_head(Replace *file, const EnergyArguments *a)
{
    char structure[HASH_HEX], potential[HASH_HEX];
    TRY(hash_file(a->path, structure));
    TRY(hash_file(a->potential, potential));
    char *head = mem_format("# %s: %s (sha256 %s) with %s (sha256 %s), %s, %s, cut-off %s\n"
                            "atom,element,x/A,y/A,z/A,fx/(eV/A),fy/(eV/A),fz/(eV/A)\n",
                            provenance_version(), a->path, structure, a->potential, potential,
                            a->model, a->coulomb, a->cutoff);
    Err e = replace_write(file, head, strlen(head));
    free(head);
    return e;
}

static Err write_forces(const EnergyArguments *a, const MdRun *m, const Sample *s)
{
    Replace file;
    TRY(err_prefix(replace_begin(&file, a->forces), "--forces"));
    char line[512];
    Err e = write_head(&file, a);
    for (int32_t i = 0; i < m->atoms.nlocal && e == OK; i++) {
        int64_t id = m->atoms.id[i];
        const double *x = s->x[id], *f = m->atoms.f[i];
        int n = snprintf(line, sizeof line, "%lld,%s,%.9f,%.9f,%.9f,%.12e,%.12e,%.12e\n",
                         (long long)id + 1, s->species[s->kind[id]]->symbol, x[0], x[1], x[2], f[0],
                         f[1], f[2]);
        e = replace_write(&file, line, (size_t)n);
    }
    if (e == OK)
        return err_prefix(replace_commit(&file, false), "--forces");
    replace_cancel(&file);
    return err_prefix(e, "--forces");
}

static Err evaluate(const Comm *c, const EnergyArguments *a, const Sample *s, const FfOptions *o)
{
    FfParameters p;
    Err e = forcefield_read(c, a->potential, &p);
    if (e != OK)
        return e;
    const DynamicsOptions still = {.rigid = false, .timestep = 0.01};
    MdRun m;
    e = md_run_init(&m, c, s, &p, o, &still);
    FfResult r;
    if (e == OK)
        e = forcefield_compute(m.ff, m.domain, &m.atoms, &r);
    if (e == OK) {
        double largest = 0.0;
        char method[256];
        for (int32_t i = 0; i < m.atoms.nlocal; i++)
            largest = fmax(largest, vec_norm(m.atoms.f[i]));
        comm_max(c, 1, &largest);
        forcefield_describe(m.ff, sizeof method, method);
        if (comm_is_root(c))
            print_result(a, &r, s, method, largest);
        if (a->forces != NULL && comm_size(c) > 1)
            e = err_set(ERR_INPUT, "--forces is for one rank");
        else if (a->forces != NULL)
            e = write_forces(a, &m, s);
    }
    md_run_clear(&m);
    return e;
}

static Err run(const Comm *c, int argc, char **argv)
{
    EnergyArguments a = {
        .model = "flexible", .cutoff = "7.5 A", .coulomb = "p3m", .error = "1e-4 eV/A"};
    const CommandOption options[] = {
        {"--potential", &a.potential, NULL}, {"--model", &a.model, NULL},
        {"--cutoff", &a.cutoff, NULL},       {"--coulomb", &a.coulomb, NULL},
        {"--force-error", &a.error, NULL},   {"--forces", &a.forces, NULL},
        {"--no-shift", NULL, &a.no_shift},
    };
    TRY(command_arguments(&command_energy, argc, argv, sizeof options / sizeof options[0], options,
                          1, 1, &a.path));
    if (a.potential == NULL)
        return err_set(
            ERR_INPUT,
            "energy: --potential FILE is needed, for example potentials/mgbh4-born.yaml");
    FfOptions o;
    TRY(force_options(&a, &o));
    Sample s;
    Err e = structure_read(c, a.path, &s);
    if (e != OK)
        return e;
    e = check_box(&s, o.cutoff);
    if (e == OK)
        e = evaluate(c, &a, &s, &o);
    sample_clear(&s);
    return e;
}

const Command command_energy = {
    .name = "energy",
    .usage = "FILE --potential P.yaml [--model rigid] [--cutoff '7.5 A'] [--coulomb ewald] "
             "[--force-error '1e-4 eV/A']",
    .help = "energy, largest force and stress of one structure",
    .more = "  --no-shift      plain truncation of pair energies\n"
            "  --forces F.csv  also write all forces (one rank)\n",
    .run = run,
};
