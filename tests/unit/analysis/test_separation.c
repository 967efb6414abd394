/* Translation, rotation and vibration of BH4 told apart in motions where each is known. */
#include "observe.h"

#include "analysis/models.h"
#include "base/rng.h"

#include <math.h>

static Comm *world;
static const char *const path = "test_separation.h5";

static const ConstructedOptions jumps = {.ions = 64,
                                         .motion = CONSTRUCTED_C3,
                                         .tau = 3.0,
                                         .c3_fraction = 1.0,
                                         .bond = 1.22,
                                         .spacing = 6.0,
                                         .frequency = 60.0,
                                         .walk_time = 10.0,
                                         .frames = 600,
                                         .interval = 0.1,
                                         .seed = 11};

/* Ions of a constructed motion that fly and breathe besides. */
typedef struct Motion {
    Constructed *jumping;
    double speed;           /* [A/ps] rms along each axis */
    double breath, angular; /* relative change of the bonds, [1/ps] */
    double screw;           /* [A] shift along z for each third of a turn about the bond of H 0 */
    double interval;
} Motion;

static double phase(int64_t ion)
{
    double u[2];
    rng_uniform2(7, RNG_TEST, 1, (uint64_t)ion, 0, u);
    return 2.0 * acos(-1.0) * u[0];
}

/* Thirds of a turn that the ion has made: H 1 is where H 1, 2 or 3 began. */
static double which_third(const Sample *start, int64_t b, const double (*x)[3])
{
    double best = 1e9;
    int at = 0;
    for (int h = 1; h <= 3; h++) {
        double d2 = 0.0;
        for (int i = 0; i < 3; i++)
            d2 += pow(x[b + 1 + 1][i] - start->x[b + 1 + h][i], 2);
        if (d2 < best) {
            best = d2;
            at = h;
        }
    }
    return at - 1;
}

static void place(void *context, int64_t k, double (*x)[3])
{
    Motion *m = context;
    const Sample *start = constructed_sample(m->jumping);
    constructed_frame(m->jumping, k, x);
    for (int64_t ion = 0; ion < start->nion; ion++) {
        int64_t b = start->ion_first[ion];
        if (start->ion_kind[ion] != ION_BH4)
            continue;
        double v[3], shift[3], time = (double)k * m->interval;
        double stretch = 1.0 + m->breath * cos(m->angular * time + phase(ion));
        rng_normal3(7, RNG_TEST, 0, (uint64_t)ion, 0, v);
        for (int i = 0; i < 3; i++)
            shift[i] = m->speed * v[i] * time;
        shift[2] += m->screw * which_third(start, b, (const double(*)[3])x);
        for (int64_t h = 4; h >= 0; h--)
            for (int i = 0; i < 3; i++)
                x[b + h][i] = x[b][i] + stretch * (x[b + h][i] - x[b][i]) + shift[i];
    }
}

typedef struct Result {
    size_t nq, nt;
    double *t, *q, *whole, *whole_error, *translation, *translation_error, *rotation,
        *rotation_error;
    double *vibration, *vibration_error, *product, *coupling, *coupling_error, *eisf, *eisf_error;
} Result;

static Result separate(const ConstructedOptions *o, Motion *m, const char *yaml)
{
    assert_ok(constructed_new(o, &m->jumping));
    m->interval = o->interval;
    observe_motion(world, "separation", yaml, constructed_sample(m->jumping), o->interval,
                   o->frames, place, m, path);
    constructed_free(m->jumping);
    H5 *f;
    size_t d[2];
    Result r = {0};
    assert_ok(h5_open(path, false, &f));
    r.t = observe_read(f, "t", 1, &r.nt);
    r.q = observe_read(f, "Q", 1, &r.nq);
    const struct {
        const char *name;
        double **data;
    } in[] = {{"I_whole", &r.whole},
              {"I_whole_error", &r.whole_error},
              {"I_translation", &r.translation},
              {"I_translation_error", &r.translation_error},
              {"I_rotation", &r.rotation},
              {"I_rotation_error", &r.rotation_error},
              {"I_vibration", &r.vibration},
              {"I_vibration_error", &r.vibration_error},
              {"I_product", &r.product},
              {"coupling", &r.coupling},
              {"coupling_error", &r.coupling_error}};
    for (size_t k = 0; k < sizeof in / sizeof *in; k++)
        *in[k].data = observe_read(f, in[k].name, 2, d);
    r.eisf = observe_read(f, "plateau_rotation", 1, d);
    r.eisf_error = observe_read(f, "plateau_rotation_error", 1, d);
    h5_close(f);
    unlink(path);
    return r;
}

static void free_result(Result *r)
{
    free(r->t), free(r->q), free(r->whole), free(r->whole_error), free(r->translation);
    free(r->translation_error), free(r->rotation), free(r->rotation_error), free(r->vibration);
    free(r->vibration_error), free(r->product), free(r->coupling), free(r->coupling_error);
    free(r->eisf), free(r->eisf_error);
}

#define EACH(r)                                                                                    \
    for (size_t iq = 0; iq < (r).nq; iq++)                                                         \
        for (size_t it = 0, at = iq * (r).nt; it < (r).nt; it++, at++)

static void rotation_alone(void **state)
{
    (void)state;
    Motion m = {0};
    Result r = separate(&jumps, &m, "tmax: 20 ps\n");
    assert_true(r.nt > 50);
    EACH(r)
    {
        double exact = models_c3(r.q[iq], r.t[it], jumps.bond, jumps.tau);
        assert_near(r.rotation[at], exact, 5.0 * r.rotation_error[at] + 1e-6);
        assert_near(r.translation[at], 1.0, 1e-6);
        assert_near(r.vibration[at], 1.0, 1e-6);
        assert_near(r.product[at], r.whole[at], 2e-6);
    }
    for (size_t iq = 0; iq < r.nq; iq++) {
        double late = 0.0, n = 0.0; /* the decay is not over in the window */
        for (double t = 10.0; t <= 20.0; t += 0.01, n += 1.0)
            late += models_c3(r.q[iq], t, jumps.bond, jumps.tau);
        assert_near(r.eisf[iq], late / n, 5.0 * r.eisf_error[iq]);
    }
    free_result(&r);
}

static void translation_and_rotation_are_a_product(void **state)
{
    (void)state;
    Motion m = {.speed = 0.15};
    ConstructedOptions o = jumps;
    o.ions = 400;
    o.frames = 250;
    Result r = separate(&o, &m, "tmax: 10 ps\nlinear: 20\ngroups: 20\n");
    EACH(r)
    {
        double flight = models_ideal_gas(r.q[iq], r.t[it], m.speed * m.speed);
        double turning = models_c3(r.q[iq], r.t[it], o.bond, o.tau);
        assert_near(r.translation[at], flight, 5.0 * r.translation_error[at] + 1e-6);
        assert_near(r.rotation[at], turning, 5.0 * r.rotation_error[at] + 1e-6);
        assert_near(r.vibration[at], 1.0, 1e-6);
        assert_near(r.whole[at], flight * turning, 5.0 * r.whole_error[at] + 1e-6);
        assert_near(r.coupling[at], 0.0, 5.0 * r.coupling_error[at] + 1e-5);
    }
    assert_true(r.translation[r.nq * r.nt - 1] < 0.02 && r.coupling_error[r.nt - 1] < 0.02);
    free_result(&r);
}

/* All bonds of an ion stretch and shrink together: a jump along the bond of a |cos(wt + p) - cos p|. */
static void breathing_alone(void **state)
{
    (void)state;
    enum { PHASES = 2000 };
    Motion m = {.breath = 0.1, .angular = 7.3};
    ConstructedOptions o = jumps;
    o.motion = CONSTRUCTED_REST;
    o.ions = 400;
    o.frames = 300;
    Result r = separate(&o, &m,
                        "tmax: 5 ps\nq: [0.5 1/angstrom, 2 1/angstrom, 8 1/angstrom]\ngroups: "
                        "20\nbin: 0.0001 angstrom\n");
    double lowest = 1.0;
    EACH(r)
    {
        double exact = 0.0;
        for (int k = 0; k < PHASES; k++) {
            double p = 2.0 * acos(-1.0) * k / PHASES;
            exact +=
                models_j0(r.q[iq] * o.bond * m.breath * (cos(m.angular * r.t[it] + p) - cos(p))) /
                PHASES;
        }
        assert_near(r.vibration[at], exact, 5.0 * r.vibration_error[at] + 1e-5);
        assert_near(r.translation[at], 1.0, 5e-6);
        assert_near(r.rotation[at], 1.0, 5e-6);
        assert_near(r.whole[at], r.product[at], 1e-5);
        lowest = fmin(lowest, exact);
    }
    assert_true(lowest < 0.8);
    free_result(&r);
}

/* An ion that shifts when it turns: each part is right for itself, the product is not the whole. */
static void coupled_motions_show(void **state)
{
    (void)state;
    Motion m = {.screw = 1.0};
    Result r = separate(&jumps, &m, "tmax: 10 ps\n");
    double most = 0.0;
    EACH(r)
    {
        assert_near(r.rotation[at], models_c3(r.q[iq], r.t[it], jumps.bond, jumps.tau),
                    5.0 * r.rotation_error[at] + 1e-6);
        most = fmax(most, fabs(r.coupling[at]) - 5.0 * r.coupling_error[at]);
    }
    assert_true(most > 0.05);
    free_result(&r);
}

/* A tetrahedron that is bent, but stays as it is, does not vibrate when it turns. */
static void place_bent(void *context, int64_t k, double (*x)[3])
{
    Constructed *c = context;
    const Sample *s = constructed_sample(c);
    constructed_frame(c, k, x);
    for (int64_t ion = 0; ion < s->nion; ion++)
        for (int64_t b = s->ion_first[ion], i = 0; i < 3 && s->ion_kind[ion] == ION_BH4; i++)
            x[b + 1][i] = x[b][i] + 1.05 * (x[b + 1][i] - x[b][i]);
}

static void a_distorted_ion_does_not_vibrate(void **state)
{
    (void)state;
    Constructed *c;
    assert_ok(constructed_new(&jumps, &c));
    observe_motion(world, "separation", "tmax: 10 ps\n", constructed_sample(c), jumps.interval,
                   jumps.frames, place_bent, c, path);
    constructed_free(c);
    H5 *f;
    size_t d[2];
    assert_ok(h5_open(path, false, &f));
    double *v = observe_read(f, "I_vibration", 2, d);
    for (size_t k = 0; k < d[0] * d[1]; k++)
        assert_near(v[k], 1.0, 2e-6);
    free(v);
    h5_close(f);
    unlink(path);
}

/* H at the other side of the box. */
static void place_cut(void *context, int64_t k, double (*x)[3])
{
    Constructed *c = context;
    constructed_frame(c, k, x);
    x[constructed_sample(c)->n - 1][0] -= constructed_sample(c)->cell.h[0][0];
}

static void cut_ions_are_refused(void **state)
{
    (void)state;
    Constructed *c;
    assert_ok(constructed_new(&jumps, &c));
    const Sample *s = constructed_sample(c);
    static const char *const asked[] = {"separation", "reorient"};
    for (int i = 0; i < 2; i++) {
        const ObservableKind *kind = observable_find(asked[i]);
        void *options = mem_new(1, kind->options_size), *running = NULL;
        Config *config = observe_options(kind, "", options);
        assert_ok(kind->open(world, s, options, 0.1, 10, &running));
        double(*x)[3] = mem_new((size_t)s->n, sizeof *x);
        for (int64_t k = 10 * i; k < 10 * i + 10; k++) {
            place_cut(c, k, x);
            assert_ok(kind->frame(running, &(Frame){.step = k,
                                                    .time = 0.1 * (double)k,
                                                    .cell = s->cell,
                                                    .x = (const double(*)[3])x}));
        }
        assert_int_equal(kind->close(running, NULL), ERR_INPUT);
        assert_non_null(strstr(err_message(), "cut by the box"));
        kind->free(running);
        config_clear(kind->nfields, kind->fields, options);
        config_close(config);
        free(options);
        free(x);
    }
    constructed_free(c);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotation_alone),
        cmocka_unit_test(translation_and_rotation_are_a_product),
        cmocka_unit_test(breathing_alone),
        cmocka_unit_test(coupled_motions_show),
        cmocka_unit_test(a_distorted_ion_does_not_vibrate),
        cmocka_unit_test(cut_ions_are_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
