/* Map of H around B: a crystal at rest shows its four sites, also when the ions jump between them; ions that point anywhere
 * fill the sphere evenly. */
#include "gamma.h"
#include "observe.h"

#include "base/rng.h"
#include "base/vec.h"

#include <math.h>

enum { FRAMES = 40, H = 4, POLAR = 20, AZIMUTH = 36 };

/* All ions of gamma in frame `frame`: their H change places, or every ion is turned at random. */
static void turn_ions(const Sample *s, bool jump, uint64_t frame, double (*x)[3])
{
    for (int64_t ion = 0; ion < s->nion; ion++) {
        int64_t b = s->ion_first[ion];
        if (s->ion_kind[ion] != ION_BH4)
            continue;
        double one[3], two[3];
        rng_normal3(7, RNG_TEST, frame, (uint64_t)ion, 0, one);
        rng_normal3(7, RNG_TEST, frame, (uint64_t)ion, 1, two);
        double q[4] = {one[0], one[1], one[2], two[0]}; /* uniform on the sphere of quaternions */
        quat_normalise(q);
        for (int h = 0; h < H; h++) {
            int from = jump ? (h + (int)frame + (int)ion) % H : h;
            double bond[3], turned[3];
            vec_sub(s->x[b + 1 + from], s->x[b], bond);
            quat_rotate(q, bond, turned);
            for (int a = 0; a < 3; a++)
                x[b + 1 + h][a] = s->x[b][a] + (jump ? bond[a] : turned[a]);
        }
    }
}

/* density [POLAR][AZIMUTH] of gamma under such motion; free() */
static double *map_of(const Comm *c, bool jump)
{
    const ObservableKind *kind = observable_find("h_density");
    Sample s;
    gamma_sample(&s);
    void *options = mem_new(1, kind->options_size), *state;
    Config *config = observe_options(kind, "{polar: 20, azimuth: 36}", options);
    assert_ok(kind->open(c, &s, options, 0.1, FRAMES, &state));
    double(*x)[3] = mem_new((size_t)s.n, sizeof *x);
    memcpy(x, s.x, (size_t)s.n * sizeof *x);
    for (uint64_t k = 0; k < FRAMES; k++) {
        turn_ions(&s, jump, k, x);
        assert_ok(kind->frame(state, &(Frame){.step = (int64_t)k,
                                              .time = 0.1 * (double)k,
                                              .cell = s.cell,
                                              .x = (const double(*)[3])x}));
    }
    const char *path = "test_h_density.h5";
    H5 *file = NULL;
    assert_ok(h5_create(path, &file));
    assert_ok(kind->close(state, file));
    double bond;
    assert_ok(h5_read_number(file, "bond", &bond));
    assert_true(fabs(bond - 1.2215) < 1e-3);
    double *density = observe_read(file, "density", 2, (size_t[2]){0});
    h5_close(file);
    kind->free(state);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    free(options);
    free(x);
    sample_clear(&s);
    return density;
}

/* H-B-H over the edge that faces a Mg is 117.6 degrees in gamma: cos(theta) = +-cos(58.8 degrees) = +-0.518. */
static void test_sites(void **state)
{
    double *map = map_of(*state, true), sum = 0.0, on = 0.0;
    for (int p = 0; p < POLAR; p++)
        for (int a = 0; a < AZIMUTH; a++) {
            double c = 2.0 * (p + 0.5) / POLAR - 1.0, phi = 360.0 * (a + 0.5) / AZIMUTH;
            double turn = c > 0.0 ? 0.0 : 90.0; /* the other edge lies across */
            double off = fabs(remainder(phi - turn, 180.0));
            double density = map[p * AZIMUTH + a];
            sum += density;
            if (fabs(fabs(c) - 0.518) < 0.1 && off < 15.0)
                on += density;
        }
    assert_true(fabs(sum / (POLAR * AZIMUTH) - 1.0) < 1e-12);
    assert_true(fabs(on / sum - 1.0) < 1e-12);
    free(map);
}

static void test_uniform(void **state)
{
    double *map = map_of(*state, false), mean = 0.0, square = 0.0;
    for (int b = 0; b < POLAR * AZIMUTH; b++) {
        mean += map[b] / (POLAR * AZIMUTH);
        square += (map[b] - 1.0) * (map[b] - 1.0) / (POLAR * AZIMUTH);
    }
    /* 48 ions, 4 H, 40 frames, counted in two places: the variance of a bin is twice bins/counts/2 */
    double expected = (double)(POLAR * AZIMUTH) / (48.0 * H * FRAMES);
    assert_true(fabs(mean - 1.0) < 1e-12);
    assert_true(square < 1.3 * expected);
    free(map);
}

int main(int argc, char **argv)
{
    Comm *world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_sites, world),
        cmocka_unit_test_prestate(test_uniform, world),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
