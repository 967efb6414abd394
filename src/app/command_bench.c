/* command_bench.c -- `paddlewheel bench`: how fast this machine is at the benchmark of the README, and how exact.
 *
 * Copies of the gamma cell are warmed up to 300 K, then NVE steps are timed as stage md does them: energies every
 * 100 steps. The force error is that of the run's own forces at its first configuration against a converged P3M sum
 * with the reference pair kernel; the pair cut-off is part of the model, so the two have it in common.
 */
#include "app/command.h"
#include "app/lammps_input.h"
#include "app/performance.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "domain/structure.h"
#include "force/tune.h"
#include "store/provenance.h"
#include "store/replace.h"
#include "store/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENERGY_EVERY = 100, WARM_STEPS = 300, REFERENCE_ORDER = 7 };
static const double TEMPERATURE = 300.0, WARM_TIME = 0.02 /* ps */, REFERENCE_ERROR = 1e-7;

typedef struct BenchArguments {
    const char *path, *potential, *cells, *steps, *cutoff, *error, *model, *precision, *kernel,
        *out;
    bool no_shift, reproducible, measure;
} BenchArguments;

typedef struct Bench {
    int cells;
    int64_t steps;
    double timestep; /* internal time */
    FfOptions force;
    FfParameters parameters;
} Bench;

static Err whole_number(const char *name, const char *text, long least, long most, long *value)
{
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || *value < least || *value > most)
        return err_set(ERR_INPUT, "%s '%s': a whole number from %ld to %ld is needed", name, text,
                       least, most);
    return OK;
}

static Err choice(const char *name, const char *text, const char *first, const char *second,
                  bool *is_second)
{
    *is_second = strcmp(text, second) == 0;
    if (*is_second || strcmp(text, first) == 0)
        return OK;
    return err_set(ERR_INPUT, "%s '%s': allowed are %s, %s", name, text, first, second);
}

static Err read_options(const BenchArguments *a, Bench *b)
{
    long cells, steps;
    *b = (Bench){.force = {.shift = !a->no_shift,
                           .kernel = a->kernel,
                           .reproducible = a->reproducible,
                           .measure = a->measure}};
    TRY(whole_number("--cells", a->cells, 1, 100, &cells));
    TRY(whole_number("--steps", a->steps, 1, 100000000, &steps));
    TRY(choice("--model", a->model, "flexible", "rigid", &b->force.rigid));
    TRY(choice("--precision", a->precision, "double", "mixed", &b->force.mixed));
    TRY(err_prefix(units_parse(a->cutoff, "A", &b->force.cutoff), "--cutoff"));
    TRY(err_prefix(units_parse(a->error, "eV/A", &b->force.accuracy), "--force-error"));
    b->cells = (int)cells;
    b->steps = steps;
    b->timestep = (b->force.rigid ? 2e-3 : 0.5e-3) / UNITS_TIME_PS;
    return OK;
}

static Err force_error(const Comm *c, const Sample *s, const Bench *b, double (*reference)[3],
                       double *error)
{
    FfOptions exact = b->force;
    exact.accuracy = REFERENCE_ERROR;
    exact.order = REFERENCE_ORDER;
    exact.beta = 0.0; /* chosen anew for the smaller error */
    memset(exact.mesh, 0, sizeof exact.mesh);
    exact.kernel = "reference";
    exact.mixed = exact.reproducible = false;
    double(*f)[3] = mem_new((size_t)s->n, sizeof f[0]);
    Err e = tune_forces(c, &b->parameters, s, &exact, reference);
    if (e == OK)
        e = tune_forces(c, &b->parameters, s, &b->force, f);
    *error = tune_difference(s->n, (const double(*)[3])f, (const double(*)[3])reference);
    free(f);
    return e;
}

/* The crystal at 300 K: half of what fresh velocities bring goes into the lattice. */
static Err warm(const Comm *c, const Bench *b, Sample *s)
{
    const DynamicsOptions bath = {.rigid = b->force.rigid,
                                  .timestep = b->timestep,
                                  .seed = 1,
                                  .thermostat = THERMOSTAT_BUSSI,
                                  .temperature = TEMPERATURE,
                                  .thermostat_time = WARM_TIME / UNITS_TIME_PS};
    MdRun m;
    Err e = md_run_init(&m, c, s, &b->parameters, &b->force, &bath);
    if (e == OK) {
        dynamics_want_energy(m.dynamics, false);
        dynamics_want_virial(m.dynamics, false);
    }
    for (int k = 0; k < WARM_STEPS && e == OK; k++)
        e = dynamics_step(m.dynamics);
    if (e == OK) {
        md_run_gather(&m);
        sample_clear(s);
        sample_copy(s, &m.sample);
    }
    md_run_clear(&m);
    return e;
}

static Err timed_steps(const Comm *c, const Bench *b, const Sample *s, char **table,
                       DynamicsState state[2])
{
    const DynamicsOptions nve = {.rigid = b->force.rigid, .timestep = b->timestep};
    MdRun m;
    Performance p;
    Err e = md_run_init(&m, c, s, &b->parameters, &b->force, &nve);
    if (e == OK) {
        state[0] = *dynamics_state(m.dynamics);
        comm_barrier(c);
        performance_begin(&p, &m);
    }
    for (int64_t k = 1; k <= b->steps && e == OK; k++) {
        bool looked = k % ENERGY_EVERY == 0 || k == b->steps;
        dynamics_want_energy(m.dynamics, looked);
        dynamics_want_virial(m.dynamics, looked);
        e = dynamics_step(m.dynamics);
        performance_mark(&p, PERFORMANCE_DYNAMICS);
    }
    if (e == OK) {
        *table = performance_table(&p, b->steps, b->timestep);
        state[1] = *dynamics_state(m.dynamics);
    }
    md_run_clear(&m);
    return e;
}

static Err write_reference(const char *path, const Sample *s, const double (*f)[3])
{
    TextBuffer b = {0};
    text_append(&b,
                "# atom fx fy fz [eV/A]: converged forces of the configuration in start.data\n");
    for (int64_t i = 0; i < s->n; i++)
        text_append(&b, "%lld %.12e %.12e %.12e\n", (long long)i + 1, f[i][0], f[i][1], f[i][2]);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}

/* Rank 0 */
static Err write_folder(const char *folder, const Bench *b, const Sample *s, const double (*f)[3],
                        const char *report)
{
    TRY(err_prefix(replace_make_folder(folder), "--out"));
    double *charges = MEM_NEW(double, s->n);
    for (int64_t i = 0; i < s->n; i++) {
        const char *element = s->species[s->kind[i]]->element;
        charges[i] = b->parameters.charge[strcmp(element, "Mg") == 0  ? FF_MG
                                          : strcmp(element, "B") == 0 ? FF_B
                                                                      : FF_H];
    }
    char *data = mem_format("%s/start.data", folder), *in = mem_format("%s/in.lammps", folder),
         *forces = mem_format("%s/reference_forces.txt", folder),
         *text = mem_format("%s/bench.txt", folder);
    Err e = structure_write(data, s, charges, provenance_version());
    if (e == OK)
        e = lammps_input_write(in, "start.data", s, &b->parameters, &b->force,
                               b->timestep * UNITS_TIME_PS, b->steps);
    if (e == OK)
        e = write_reference(forces, s, f);
    if (e == OK)
        e = text_write_file(text, report, strlen(report));
    free(charges);
    free(data);
    free(in);
    free(forces);
    free(text);
    return e;
}

static char *report(const BenchArguments *a, const Bench *b, const char *table, double error,
                    const DynamicsState state[2])
{
    return mem_format("paddlewheel bench: %d x %d x %d cells of %s, %s\n%s, %s, cut-off %g A%s, "
                      "NVE at %.0f to %.0f K\n%s"
                      "rms force error %.2e eV/A, measured against a sum converged to %.0e; asked "
                      "for %.1e\n",
                      b->cells, b->cells, b->cells, a->path, a->potential, a->model, a->precision,
                      b->force.cutoff, b->force.shift ? "" : " (not shifted)", state[0].temperature,
                      state[1].temperature, table, error, REFERENCE_ERROR, b->force.accuracy);
}

static Err bench(const Comm *c, const BenchArguments *a, Bench *b, const Sample *cell)
{
    Sample s;
    char *table = NULL;
    DynamicsState state[2];
    double error = 0.0;
    sample_supercell(cell, (int[3]){b->cells, b->cells, b->cells}, &s);
    double(*reference)[3] = mem_new((size_t)s.n, sizeof reference[0]);
    char tuned[512] = "";
    Err e = md_run_tune(c, &s, &b->parameters, TEMPERATURE, true, &b->force, sizeof tuned, tuned);
    log_info("%s", tuned);
    log_info("%lld atoms, %d steps to warm up, %lld timed", (long long)s.n, (int)WARM_STEPS,
             (long long)b->steps);
    if (e == OK)
        e = warm(c, b, &s);
    if (e == OK)
        e = timed_steps(c, b, &s, &table, state);
    if (e == OK)
        e = force_error(c, &s, b, reference, &error);
    if (e == OK && comm_is_root(c)) {
        char *text = report(a, b, table, error, (const DynamicsState *)state);
        fputs(text, stdout);
        if (a->out != NULL)
            e = write_folder(a->out, b, &s, (const double(*)[3])reference, text);
        if (a->out != NULL && e == OK)
            printf("the same for LAMMPS: cd %s && lmp -in in.lammps\n", a->out);
        free(text);
    }
    e = comm_agree(c, e);
    free(table);
    free(reference);
    sample_clear(&s);
    return e;
}

static Err run(const Comm *c, int argc, char **argv)
{
    BenchArguments a = {.path = "inputs/structures/gamma_MgBH42_dft.cif",
                        .potential = "potentials/mgbh4-born.yaml",
                        .cells = "3",
                        .steps = "1000",
                        .cutoff = "10 A",
                        .error = "1.5e-4 eV/A",
                        .model = "flexible",
                        .precision = "double",
                        .kernel = "auto"};
    const CommandOption options[] = {
        {"--cells", &a.cells, NULL},
        {"--steps", &a.steps, NULL},
        {"--cutoff", &a.cutoff, NULL},
        {"--force-error", &a.error, NULL},
        {"--model", &a.model, NULL},
        {"--precision", &a.precision, NULL},
        {"--kernel", &a.kernel, NULL},
        {"--potential", &a.potential, NULL},
        {"--out", &a.out, NULL},
        {"--no-shift", NULL, &a.no_shift},
        {"--reproducible", NULL, &a.reproducible},
        {"--measure", NULL, &a.measure},
    };
    Bench b;
    TRY(command_arguments(&command_bench, argc, argv, sizeof options / sizeof options[0], options,
                          0, 1, &a.path));
    TRY(read_options(&a, &b));
    Sample s;
    Err e = forcefield_read(c, a.potential, &b.parameters);
    if (e == OK)
        e = structure_read(c, a.path, &s);
    if (e != OK)
        return e;
    e = bench(c, &a, &b, &s);
    sample_clear(&s);
    return e;
}

const Command command_bench = {
    .name = "bench",
    .usage =
        "[FILE] [--cells N] [--steps N] [--cutoff '10 A'] [--force-error '1.5e-4 eV/A'] [--out "
        "FOLDER]",
    .help = "speed and force error of this machine, and the same run for LAMMPS",
    .more = "  FILE               structure; default inputs/structures/gamma_MgBH42_dft.cif\n"
            "  --cells N          N x N x N of it; default 3\n"
            "  --steps N          timed, of 0.5 fs (rigid: 2 fs); default 1000\n"
            "  --potential P      default potentials/mgbh4-born.yaml\n"
            "  --model M          flexible or rigid\n"
            "  --precision P      double or mixed\n"
            "  --kernel K         auto, avx512, avx2, portable, reference\n"
            "  --reproducible     the same bits on any number of ranks\n"
            "  --measure          FFTW times its plans first\n"
            "  --no-shift         plain truncation of pair energies\n"
            "  --out FOLDER       also write bench.txt, and in.lammps, start.data and "
            "reference_forces.txt: the same run for\n"
            "                     LAMMPS, and converged forces to hold its own against\n",
    .run = run,
};
