/* Coherent I(Q,t) with partials of 2112 atoms on 100 vectors of the box: CPU time. Run by hand, or by coherent_dynasor.py
 * beside a peer on the same positions:
 *   bench_coherent [FRAMES [LAGS [RESULT.h5 [POSITIONS]]]]     (2000 frames of 0.1 ps, 1000 lags, test_bench.h5)
 * Atoms: 384 BH4 that jump about C3 axes and vibrate, 192 Mg that walk, rounded as a trajectory file rounds. POSITIONS gets
 * them as float32 [frames][atoms][3] in nm and the species of each atom as text beside it. */
#include "observe.h"

#include "base/timer.h"

static const ConstructedOptions motion = {.ions = 384,
                                          .motion = CONSTRUCTED_C3,
                                          .tau = 3.0,
                                          .c3_fraction = 1.0,
                                          .bond = 1.22,
                                          .spacing = 4.5,
                                          .vibration = 0.1,
                                          .frequency = 20.0,
                                          .walk_length = 1.0,
                                          .walk_time = 5.0,
                                          .interval = 0.1,
                                          .seed = 1};

/* 100 vectors, all different, none the opposite of another. */
static char *options(double tmax)
{
    char *text = mem_format("tmax: %.6f ps\nlinear: 1000000\nhkl:\n", tmax);
    int n = 0;
    for (int h = 0; h < 6 && n < 100; h++)
        for (int k = 1; k < 6 && n < 100; k++)
            for (int l = -2; l < 3 && n < 100; l++, n++) {
                char *more = mem_format("%s  - \"%d %d %d\"\n", text, h, k, l);
                free(text);
                text = more;
            }
    return text;
}

static void dump(const char *path, const Sample *s, FILE **file)
{
    char *names = mem_format("%s.species", path);
    FILE *f = fopen(names, "w");
    CHECK(f != NULL, "cannot write %s", names);
    for (int64_t i = 0; i < s->n; i++)
        fprintf(f, "%s\n", s->species[s->kind[i]]->symbol);
    fclose(f);
    free(names);
    names = mem_format("%s.cell", path);
    f = fopen(names, "w");
    CHECK(f != NULL, "cannot write %s", names);
    for (int a = 0; a < 3; a++)
        fprintf(f, "%.17g %.17g %.17g\n", s->cell.h[a][0], s->cell.h[a][1], s->cell.h[a][2]);
    fclose(f);
    free(names);
    *file = fopen(path, "wb");
    CHECK(*file != NULL, "cannot write %s", path);
}

/* Positions are whole float32 numbers of nanometres already (constructed.h), so nothing is lost. */
static void append(FILE *file, int64_t n, const double (*x)[3])
{
    for (int64_t i = 0; i < n; i++) {
        float r[3] = {(float)(0.1 * x[i][0]), (float)(0.1 * x[i][1]), (float)(0.1 * x[i][2])};
        CHECK(fwrite(r, sizeof r, 1, file) == 1, "cannot write positions");
    }
}

int main(int argc, char **argv)
{
    Comm *world = comm_start(&argc, &argv);
    ConstructedOptions o = motion;
    o.frames = argc > 1 ? atoll(argv[1]) : 2000;
    double lags = argc > 2 ? atof(argv[2]) : 1000.0, seconds = 0.0, frames;
    const char *result = argc > 3 ? argv[3] : "test_bench.h5";
    const ObservableKind *kind = observable_find("coherent");
    char *yaml = options(lags * o.interval);
    void *choice = mem_new(1, kind->options_size), *state;
    Config *config = observe_options(kind, yaml, choice);
    Constructed *c;
    assert_ok(constructed_new(&o, &c));
    const Sample *s = constructed_sample(c);
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x);
    FILE *file = NULL;
    if (argc > 4)
        dump(argv[4], s, &file);
    assert_ok(kind->open(world, s, choice, o.interval, o.frames, &state));
    for (int64_t k = 0; k < o.frames; k++) {
        constructed_frame(c, k, x);
        if (file != NULL)
            append(file, s->n, (const double(*)[3])x);
        Frame f = {k, (double)k * o.interval, s->cell, (const double(*)[3])x, NULL};
        double start = timer_cpu();
        assert_ok(kind->frame(state, &f));
        seconds += timer_cpu() - start;
    }
    frames = seconds;
    if (file != NULL)
        fclose(file);
    H5 *h5 = NULL;
    if (comm_is_root(world))
        assert_ok(h5_create(result, &h5));
    double start = timer_cpu();
    assert_ok(kind->close(state, h5));
    seconds += timer_cpu() - start;
    if (h5 != NULL)
        assert_ok(h5_commit(h5));
    if (comm_is_root(world))
        printf("%lld atoms, %lld frames, 100 vectors, %.0f lags: %.2f CPU s (waves %.2f, "
               "correlations %.2f)\n",
               (long long)s->n, (long long)o.frames, lags, seconds, frames, seconds - frames);
    kind->free(state);
    config_clear(kind->nfields, kind->fields, choice);
    config_close(config);
    constructed_free(c);
    free(choice), free(x), free(yaml);
    comm_stop(world);
    return 0;
}
