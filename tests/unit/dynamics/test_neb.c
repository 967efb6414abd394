/* Nudged elastic band on surfaces whose saddles are known. */
#include "check.h"

#include "dynamics/neb_pieces.h"

#include <string.h>

static Comm *world;

/* Two wells: E = h (x^2 - 1)^2 + k/2 (y - c (1 - x^2))^2; minima (-1, 0) and (1, 0), saddle (0, c) at h. */
static const double height = 0.4, stiff = 6.0, bend = 0.5;

static Err two_wells(void *data, size_t image, const double x[], double *energy, double f[])
{
    (void)data, (void)image;
    double u = x[0] * x[0] - 1.0, w = x[1] + bend * u;
    *energy = height * u * u + 0.5 * stiff * w * w;
    f[0] = -4.0 * height * u * x[0] - 2.0 * stiff * w * bend * x[0];
    f[1] = -stiff * w;
    return OK;
}

/* K. Mueller, L. D. Brown, Theor. Chim. Acta 53, 75 (1979), doi 10.1007/BF00547608; energies taken as eV. */
static Err mueller_brown(void *data, size_t image, const double x[], double *energy, double f[])
{
    static const double A[] = {-200, -100, -170, 15}, a[] = {-1, -1, -6.5, 0.7},
                        b[] = {0, 0, 11, 0.6}, c[] = {-10, -10, -6.5, 0.7}, x0[] = {1, 0, -0.5, -1},
                        y0[] = {0, 0.5, 1.5, 1};
    (void)data, (void)image;
    *energy = f[0] = f[1] = 0.0;
    for (int k = 0; k < 4; k++) {
        double dx = x[0] - x0[k], dy = x[1] - y0[k];
        double e = A[k] * exp(a[k] * dx * dx + b[k] * dx * dy + c[k] * dy * dy);
        *energy += e;
        f[0] -= e * (2.0 * a[k] * dx + b[k] * dy);
        f[1] -= e * (b[k] * dx + 2.0 * c[k] * dy);
    }
    return OK;
}

static void ends_of(const NebProblem *p, const NebOptions *o, NebBand *b, const double first[2],
                    const double last[2])
{
    int steps;
    double energy, force[2];
    memcpy(b->x, first, 2 * sizeof first[0]);
    memcpy(&b->x[2 * (b->images - 1)], last, 2 * sizeof last[0]);
    assert_ok(neb_minimise(p, o, 0, b->x, &energy, force, &steps));
    assert_ok(neb_minimise(p, o, 0, &b->x[2 * (b->images - 1)], &energy, force, &steps));
    assert_true(steps < o->max_steps);
    neb_band_straight(b);
}

static void two_wells_saddle(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = two_wells};
    const NebOptions o = {.spring = 5.0, .fmax = 1e-8, .climb_below = 0.5, .max_steps = 20000};
    for (size_t images = 5; images <= 8; images++) { /* also without an image in the middle */
        NebBand b;
        NebResult r;
        neb_band_init(&b, images, 2);
        ends_of(&p, &o, &b, (double[]){-0.9, 0.1}, (double[]){1.1, -0.1});
        assert_near(b.x[0], -1.0, 1e-8);
        assert_ok(neb_run(world, &p, &o, &b, &r));
        assert_true(r.converged && r.climbed);
        assert_near(b.energy[r.top] - b.energy[0], height, 1e-6);
        assert_near(b.x[2 * r.top], 0.0, 1e-6);
        assert_near(b.x[2 * r.top + 1], bend, 1e-6);
        neb_band_clear(&b);
    }
}

static void mueller_brown_saddle(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = mueller_brown};
    const NebOptions o = {.spring = 500.0,
                          .fmax = 1e-6,
                          .climb_below = 50.0,
                          .max_steps = 50000,
                          .dt_start = 1e-3,
                          .dt_most = 1e-2,
                          .longest_move = 0.02};
    NebBand b;
    NebResult r;
    neb_band_init(&b, 11, 2);
    ends_of(&p, &o, &b, (double[]){-0.55, 1.45}, (double[]){-0.05, 0.46});
    assert_near(b.x[0], -0.5582236346, 1e-6); /* the deepest minimum, -146.69951721 */
    assert_near(b.x[1], 1.4417258418, 1e-6);
    assert_ok(neb_run(world, &p, &o, &b, &r));
    assert_true(r.converged && r.climbed);
    assert_near(b.energy[0], -146.6995172100, 1e-6);
    assert_near(b.energy[r.top], -40.6648435087, 1e-6);
    assert_near(b.x[2 * r.top], -0.8220015587, 1e-6);
    assert_near(b.x[2 * r.top + 1], 0.6243128028, 1e-6);
    double s[11], least = 1e9,
                  most = 0.0; /* springs keep the images apart on each side of the saddle */
    neb_band_lengths(&b, s);
    for (size_t i = 1; i < r.top; i++) {
        least = fmin(least, s[i] - s[i - 1]);
        most = fmax(most, s[i] - s[i - 1]);
    }
    assert_true(most - least < 1e-3 * most);
    neb_band_clear(&b);
}

/* Two equal tops with a shallow minimum between: E = h sin^2(2 pi x) + k/2 y^2 from x = 0 to 1. Both climb. */
static Err two_tops(void *data, size_t image, const double x[], double *energy, double f[])
{
    const double w = 2.0 * 3.14159265358979323846;
    (void)data, (void)image;
    *energy = 0.3 * sin(w * x[0]) * sin(w * x[0]) + 0.5 * stiff * x[1] * x[1];
    f[0] = -0.3 * w * sin(2.0 * w * x[0]);
    f[1] = -stiff * x[1];
    return OK;
}

static void equal_tops(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = two_tops};
    const NebOptions o = {.spring = 5.0, .fmax = 1e-8, .climb_below = 0.5, .max_steps = 20000};
    NebBand b;
    NebResult r;
    neb_band_init(&b, 11, 2);
    b.x[20] = 1.0;
    neb_band_straight(&b);
    assert_ok(neb_run(world, &p, &o, &b, &r));
    assert_true(r.converged && r.climbed);
    int saddles = 0;
    for (int i = 1; i < 10; i++)
        saddles += fabs(b.energy[i] - 0.3) < 1e-9;
    assert_int_equal(saddles, 2);
    neb_band_clear(&b);
}

/* Four wells in a row on a winding way, tops of 0.25 to 0.45: E = (0.2 + 0.1 x) sin^2(pi x) + k/2 (y - sin(pi x)/2)^2, minima at
 * whole x, y = 0. */
static Err four_wells(void *data, size_t image, const double x[], double *energy, double f[])
{
    const double pi = 3.14159265358979323846, h = 0.2 + 0.1 * x[0];
    double s = sin(pi * x[0]), c = cos(pi * x[0]), w = x[1] - 0.5 * s;
    (void)data, (void)image;
    *energy = h * s * s + 0.5 * stiff * w * w;
    f[0] = -0.1 * s * s - 2.0 * pi * h * s * c + 0.5 * pi * stiff * w * c;
    f[1] = -stiff * w;
    return OK;
}

/* Top of (0.2 + 0.1 x) sin^2(pi x) between x and x + 1. */
static double top_after(double x)
{
    const double pi = 3.14159265358979323846;
    double best = 0.0;
    for (int i = 0; i <= 1000000; i++) {
        double at = x + 1e-6 * i, s = sin(pi * at);
        best = fmax(best, (0.2 + 0.1 * at) * s * s);
    }
    return best;
}

/* Of any number of images, also too few to see each top: a piece for each barrier, each exact; the joined way is one band. */
static void pieces(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = four_wells};
    const NebOptions o = {.spring = 5.0, .fmax = 1e-7, .climb_below = 0.5, .max_steps = 20000},
                     minimum = {.fmax = 1e-8, .max_steps = 20000};
    for (size_t images = 6; images <= 12; images++) {
        NebBand b;
        NebResult r;
        NebPieces parts;
        double s[64];
        neb_band_init(&b, images, 2);
        b.x[2 * (images - 1)] = 3.0;
        neb_band_straight(&b);
        assert_ok(neb_pieces_run(world, &p, &o, &minimum, 0.1, &b, &r, &parts));
        print_message("  %zu images: %zu pieces, %d steps\n", images, parts.n, r.steps);
        assert_int_equal(parts.n, 3);
        assert_int_equal(b.images, 3 * (images - 1) + 1);
        assert_true(r.converged && r.climbed && r.largest < o.fmax);
        for (size_t k = 0; k < 3; k++) {
            const NebPiece *a = &parts.piece[k];
            assert_near(b.x[2 * a->first], (double)k, 1e-6);
            assert_near(b.x[2 * a->last], (double)k + 1.0, 1e-6);
            assert_near(a->barrier, top_after((double)k), 1e-9);
            assert_near(a->back, a->barrier, 1e-9);
            assert_near(b.energy[a->top] - b.energy[a->first], a->barrier, 0.0);
        }
        assert_int_equal(r.top, parts.piece[2].top);
        neb_band_lengths(&b, s);
        for (size_t i = 1; i < b.images; i++)
            assert_true(s[i] > s[i - 1]);
        neb_band_clear(&b);
    }
}

/* Nothing to cut: what one band gives. */
static void one_piece(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = two_wells};
    const NebOptions o = {.spring = 5.0, .fmax = 1e-8, .climb_below = 0.5, .max_steps = 20000};
    NebBand b;
    NebResult r;
    NebPieces parts;
    neb_band_init(&b, 6, 2);
    ends_of(&p, &o, &b, (double[]){-0.9, 0.1}, (double[]){1.1, -0.1});
    assert_ok(neb_pieces_run(world, &p, &o, &o, 0.1, &b, &r, &parts));
    assert_int_equal(parts.n, 1);
    assert_int_equal(b.images, 6);
    assert_near(parts.piece[0].barrier, height, 1e-6);
    assert_near(b.x[2 * r.top + 1], bend, 1e-6);
    neb_band_clear(&b);
}

/* Without climbing the band is right but its top is not the saddle; what a band cannot do is said. */
static void without_climbing(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = two_wells};
    NebOptions o = {.spring = 5.0, .fmax = 1e-8, .max_steps = 20000};
    NebBand b;
    NebResult r;
    neb_band_init(&b, 6, 2);
    ends_of(&p, &o, &b, (double[]){-1.0, 0.0}, (double[]){1.0, 0.0});
    assert_ok(neb_run(world, &p, &o, &b, &r));
    assert_true(r.converged && !r.climbed);
    assert_true(b.energy[r.top] < height - 1e-3);
    o.max_steps = 3;
    neb_band_straight(&b);
    assert_ok(neb_run(world, &p, &o, &b, &r));
    assert_true(!r.converged && r.steps == 3 && r.largest > 1e-3);
    neb_band_clear(&b);
}

static void even_images(void **state)
{
    (void)state;
    NebBand from, b;
    double s[5];
    neb_band_init(&from, 5, 2);
    neb_band_init(&b, 5, 2);
    const double x[10] = {0, 0, 1, 0, 1, 0.1, 1, 0.2, 1, 3};
    memcpy(from.x, x, sizeof x);
    neb_band_spread(&from, &b);
    neb_band_lengths(&b, s);
    for (int i = 0; i < 5; i++)
        assert_near(s[i], (double)i, 1e-12);
    neb_band_clear(&from);
    neb_band_clear(&b);
}

static Err broken(void *data, size_t image, const double x[], double *energy, double f[])
{
    (void)data;
    *energy = image == 2 ? (double)NAN : x[0];
    f[0] = f[1] = 0.0;
    return OK;
}

static void not_finite(void **state)
{
    (void)state;
    const NebProblem p = {.n = 2, .dims = 2, .energy = broken};
    const NebOptions o = {.spring = 5.0, .fmax = 1e-3, .max_steps = 10};
    NebBand b;
    NebResult r;
    neb_band_init(&b, 4, 2);
    assert_int_equal(neb_run(world, &p, &o, &b, &r), ERR_NUMERICAL);
    assert_string_equal(err_message(), "image 2: energy or force is not finite");
    neb_band_clear(&b);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_wells_saddle), cmocka_unit_test(mueller_brown_saddle),
        cmocka_unit_test(without_climbing), cmocka_unit_test(equal_tops),
        cmocka_unit_test(even_images),      cmocka_unit_test(not_finite),
        cmocka_unit_test(pieces),           cmocka_unit_test(one_piece),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
