/* Every move leaves a law that is known from elsewhere as it is.
 *
 * Independent samples are drawn from the law itself, without the sampler; each then makes a few sweeps. If every move
 * keeps the law, the outcome has it too, and as samples do not know of each other the chi-square test is exact. A wrong
 * acceptance rule shifts weight in the very first sweep. PW_MC_SAMPLES: how many, 20,000 by default, 10^6 in the slow tests.
 */
#include "mccase.h"

#include "base/timer.h"
#include "base/units.h"

#include <gsl/gsl_cdf.h>

static Comm *world;

static const double CORE = 0.8; /* A, of sampling/local.h */

/* The test's own random numbers */
static double uniform(void)
{
    static uint64_t n;
    static double pair[2];
    if (n % 2 == 0)
        rng_uniform2(5, RNG_TEST, n, 1, 0, pair);
    return pair[n++ % 2];
}

static int64_t samples(void)
{
    const char *text = getenv("PW_MC_SAMPLES");
    return text != NULL ? atoll(text) : 20000;
}

/* p of counts[n] against probabilities law[n]; neighbouring bins are joined until 30 are expected (5 in the last) */
static void assert_law(const char *what, int n, const int64_t counts[], const double law[])
{
    double total = 0.0, chi2 = 0.0, sum = 0.0, wanted = 0.0, found = 0.0;
    int bins = 0;
    for (int k = 0; k < n; k++) {
        total += (double)counts[k];
        sum += law[k];
    }
    for (int k = 0; k < n; k++) {
        wanted += total * law[k] / sum;
        found += (double)counts[k];
        if (wanted < (k < n - 1 ? 30.0 : 5.0))
            continue;
        chi2 += (found - wanted) * (found - wanted) / wanted;
        bins++;
        wanted = found = 0.0;
    }
    assert_true(bins > 5);
    double p = gsl_cdf_chisq_Q(chi2, bins - 1);
    print_message("  %s: %.0f samples, chi2 %.1f of %d, p = %.3g, %.1f s\n", what, total, chi2,
                  bins - 1, p, timer_cpu());
    assert_true(p > 1e-3);
}

static void taken(const Mc *mc, int move, double low, double high)
{
    const McCount *c = &mc_state(mc)->count[move];
    double rate = (double)c->taken / (double)c->tried;
    print_message("  %s: acceptance %.3f\n", mc_move_name(move), rate);
    if (!(rate > low && rate < high))
        fail_msg("%s: acceptance %g is not between %g and %g: the test would see little",
                 mc_move_name(move), rate, low, high);
}

static FfParameters no_forces(void)
{
    FfParameters p = {
        .name = "none", .bond_r0 = 1.22, .angle_theta0 = 1.9106332, .rigid_bond = 1.22};
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j].rho = 0.3;
    return p;
}

/* n Mg and m BH4 (of this shape) in a cube; positions are to be set */
static void make_sample(Sample *s, double edge, int n, int m, const double body[5][3])
{
    Cell cell;
    const char *symbols[1024];
    double x[1024][3];
    int k = 0;
    int ions = n + m, side = 1;
    while (side * side * side < ions)
        side++;
    for (int i = 0; i < ions; i++) {
        double at[3] = {edge * (i % side + 0.5) / side, edge * (i / side % side + 0.5) / side,
                        edge * (i / side / side + 0.5) / side};
        for (int a = 0; a < (i < n ? 1 : 5); a++, k++) {
            symbols[k] = i < n ? "Mg" : a == 0 ? "B" : "H";
            for (int c = 0; c < 3; c++)
                x[k][c] = at[c] + (i < n ? 0.0 : body[a][c]);
        }
    }
    assert_ok(cell_init(&cell, (const double[3][3]){{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}));
    assert_ok(sample_from_atoms(s, &cell, k, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(s));
}

static McOptions toy_options(double cutoff, double temperature)
{
    return (McOptions){.rigid = true,
                       .shift = true,
                       .cutoff = cutoff,
                       .accuracy = 1e-3,
                       .seed = 11,
                       .temperature = temperature,
                       .block = 3,
                       .refresh = INT64_MAX,
                       .hop_reach = 4.5,
                       .bond = 3.2};
}

/* ------------------------------------------------------------------------------------------------------------------
 * Two Mg that repel each other: the law of their distance */

static double repulsion(const FfPair *p, double r, double cutoff)
{
    return r < CORE     ? INFINITY
           : r < cutoff ? p->a * (exp(-r / p->rho) - exp(-cutoff / p->rho))
                        : 0.0;
}

static void pair_law(const char *what, double edge, McOptions o, int move)
{
    enum { BINS = 12, FINE = 2000 };
    const double core = CORE, kt = UNITS_KB * o.temperature, width = (o.cutoff - core) / BINS;
    FfParameters p = no_forces();
    const FfPair *u = &p.pair[FF_MG][FF_MG];
    p.pair[FF_MG][FF_MG] = (FfPair){3.0, 0.7, 0.0};
    double law[BINS + 1] = {0.0};
    int64_t counts[BINS + 1] = {0};
    for (int k = 0; k < BINS * FINE; k++) {
        double r = core + width * (k + 0.5) / FINE;
        law[k / FINE] += 4.0 * PI * r * r * width / FINE * exp(-repulsion(u, r, o.cutoff) / kt);
    }
    law[BINS] = edge * edge * edge - 4.0 / 3.0 * PI * o.cutoff * o.cutoff * o.cutoff;
    Sample s;
    Mc *mc;
    make_sample(&s, edge, 2, 0, NULL);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    for (int64_t n = 0; n < samples(); n++) {
        double x[2][3], d[3];
        do {
            for (int c = 0; c < 3; c++) {
                x[0][c] = edge * uniform();
                x[1][c] = edge * uniform();
            }
            vec_sub(x[1], x[0], d);
            cell_min_image(&s.cell, d);
        } while (!(uniform() < exp(-repulsion(u, vec_norm(d), o.cutoff) / kt)));
        assert_ok(mc_set(mc, &s.cell, (const double(*)[3])x));
        for (int k = 0; k < 2; k++)
            assert_ok(mc_sweep(mc));
        vec_sub(mc_positions(mc)[1], mc_positions(mc)[0], d);
        cell_min_image(&s.cell, d);
        double r = vec_norm(d);
        assert_true(r >= core);
        counts[r < o.cutoff ? (int)((r - core) / width) : BINS]++;
    }
    taken(mc, move, 0.3, 0.95);
    assert_law(what, BINS + 1, counts, law);
    mc_free(mc);
    sample_clear(&s);
}

static void translate(void **state)
{
    (void)state;
    McOptions o = toy_options(3.0, 3000.0);
    o.weight[MOVE_TRANSLATE] = 1.0;
    o.step[MOVE_TRANSLATE] = 1.0;
    pair_law("translate, one cell", 6.0, o, MOVE_TRANSLATE);
    o.weight[MOVE_TRANSLATE] = 0.0;
    o.weight[MOVE_DISPLACE] = 1.0;
    o.step[MOVE_DISPLACE] = 0.7;
    pair_law("displace, checkerboard of 2 x 2 x 2", 6.5, o, MOVE_DISPLACE);
}

static void hybrid(void **state)
{
    (void)state;
    McOptions o = toy_options(3.0, 3000.0);
    o.hybrid_every = 1;
    o.hybrid_steps = 3;
    o.step[MC_MOVE_HYBRID] = 12.0;
    pair_law("hybrid, atoms", 6.0, o, MC_MOVE_HYBRID);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Mg-H repulsion turns a BH4 beside a Mg. The law of where the Mg stands, seen from the ion: n(theta, phi) about H1, with
 * H2 at phi = 0. The ion is not regular, so that its symmetry operations cost energy. */

typedef struct Rotor {
    double body[5][3], h[4][3]; /* h: H in the frame whose z is H1 and whose xz plane holds H2 */
    FfPair u;
    double cutoff, kt;
} Rotor;

static void frame_of(const double x[5][3], double e[3][3])
{
    double b[3];
    vec_sub(x[1], x[0], e[2]);
    vec_sub(x[2], x[0], b);
    double a = vec_norm(e[2]);
    for (int c = 0; c < 3; c++)
        e[2][c] /= a;
    vec_axpy(-vec_dot(b, e[2]), e[2], b);
    a = vec_norm(b);
    for (int c = 0; c < 3; c++)
        e[0][c] = b[c] / a;
    vec_cross(e[2], e[0], e[1]);
}

static Rotor rotor_of(bool regular, double temperature)
{
    Rotor r = {.body = {{0, 0, 0},
                        {0.7, 0.7, 0.7},
                        {0.7, -0.7, -0.7},
                        {-0.7, 0.7, -0.7},
                        {-0.7, -0.7, 0.7}},
               .u = {60.0, 0.35, 0.0},
               .cutoff = 4.0,
               .kt = UNITS_KB * temperature};
    double e[3][3];
    if (!regular) {
        static const double change[5][3] = {
            {0, 0, 0}, {0.1, 0.05, -0.1}, {-0.08, 0.1, 0.05}, {0, 0.12, 0.1}, {0.1, 0, 0.08}};
        for (int i = 1; i < 5; i++)
            vec_axpy(1.0, change[i], r.body[i]);
    }
    frame_of((const double(*)[3])r.body, e);
    for (int i = 0; i < 4; i++)
        mat_times_vec((const double(*)[3])e, r.body[i + 1], r.h[i]);
    return r;
}

/* Mg at `at` in the ion's frame */
static double rotor_energy(const Rotor *r, const double at[3])
{
    double sum = vec_norm(at) < CORE ? INFINITY : 0.0;
    for (int i = 0; i < 4; i++) {
        double d[3];
        vec_sub(at, r->h[i], d);
        sum += repulsion(&r->u, vec_norm(d), r->cutoff);
    }
    return sum;
}

static void random_turn(const double in[5][3], const double at[3], double out[5][3])
{
    double q[4];
    for (int k = 0; k < 4; k += 2) {
        double radius = sqrt(-2.0 * log(uniform())), phi = 2.0 * PI * uniform();
        q[k] = radius * cos(phi);
        q[k + 1] = radius * sin(phi);
    }
    quat_normalise(q);
    for (int i = 0; i < 5; i++) {
        quat_rotate(q, in[i], out[i]);
        for (int c = 0; c < 3; c++)
            out[i][c] += at[c];
    }
}

/* Mg seen from the ion at x */
static void seen(const Cell *cell, const double x[5][3], const double mg[3], double at[3])
{
    double e[3][3], d[3];
    frame_of(x, e);
    vec_sub(mg, x[0], d);
    cell_min_image(cell, d);
    mat_times_vec((const double(*)[3])e, d, at);
}

static void rotor_law(const char *what, McOptions o, int move, double low, double high)
{
    enum { SIDE = 4, PAIRS = SIDE * SIDE * SIDE, THETA = 8, PHI = 6, FINE = 60 };
    const double spacing = 9.0, edge = SIDE * spacing, distance = 2.4;
    Rotor r = rotor_of(false, o.temperature);
    FfParameters p = no_forces();
    p.pair[FF_MG][FF_H] = p.pair[FF_H][FF_MG] = r.u;
    double law[THETA * PHI] = {0.0}, least = INFINITY;
    int64_t counts[THETA * PHI] = {0};
    for (int i = 0; i < THETA * FINE; i++)
        for (int j = 0; j < PHI * FINE; j++) {
            double z = -1.0 + 2.0 * (i + 0.5) / (THETA * FINE),
                   phi = 2.0 * PI * (j + 0.5) / (PHI * FINE), w = distance * sqrt(1.0 - z * z);
            double e =
                rotor_energy(&r, (const double[3]){w * cos(phi), w * sin(phi), distance * z});
            law[i / FINE * PHI + j / FINE] += exp(-e / r.kt);
            least = fmin(least, e);
        }
    least -= 0.01;
    Sample s;
    Mc *mc;
    make_sample(&s, edge, PAIRS, PAIRS, (const double(*)[3])r.body);
    double(*x)[3] = mem_new((size_t)s.n, sizeof *x);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    for (int64_t n = 0; n < samples(); n += PAIRS) {
        for (int k = 0; k < PAIRS; k++) {
            double at[3], mg[3] = {spacing * (k % SIDE), spacing * (k / SIDE % SIDE),
                                   spacing * (k / SIDE / SIDE)};
            double b[3] = {mg[0] + distance, mg[1], mg[2]}, (*ion)[3] = x + PAIRS + 5 * k;
            memcpy(x[k], mg, sizeof mg);
            do {
                random_turn((const double(*)[3])r.body, b, ion);
                seen(&s.cell, (const double(*)[3])ion, mg, at);
            } while (!(uniform() < exp((least - rotor_energy(&r, at)) / r.kt)));
        }
        assert_ok(mc_set(mc, &s.cell, (const double(*)[3])x));
        for (int k = 0; k < 3; k++)
            assert_ok(mc_sweep(mc));
        for (int k = 0; k < PAIRS; k++) {
            double at[3];
            seen(&s.cell, mc_positions(mc) + PAIRS + 5 * k, mc_positions(mc)[k], at);
            int i = (int)(0.5 * (at[2] / distance + 1.0) * THETA),
                j = (int)((atan2(at[1], at[0]) / (2.0 * PI) + 1.0) * PHI) % PHI;
            counts[(i < THETA ? i : THETA - 1) * PHI + j]++;
        }
    }
    taken(mc, move, low, high);
    assert_law(what, THETA * PHI, counts, law);
    mc_free(mc);
    free(x);
    sample_clear(&s);
}

static void rotate(void **state)
{
    (void)state;
    static const struct {
        int move;
        double step;
    } kinds[] = {{MOVE_ROTATE, 1.0}, {MOVE_TURN, 0.5}, {MOVE_SYMMETRY, 0.0}};
    for (size_t k = 0; k < 3; k++) {
        McOptions o = toy_options(4.0, 1500.0);
        o.weight[kinds[k].move] = 1.0;
        o.step[kinds[k].move] = kinds[k].step;
        rotor_law(mc_move_name(kinds[k].move), o, kinds[k].move, 0.2, 0.9);
    }
}

/* A Mg and a regular BH4, both free: the law of their distance and of H1's direction */
static void free_pair_law(const char *what, McOptions o)
{
    enum { DISTANCE = 8, THETA = 4, FINE = 24, BINS = DISTANCE * THETA + 1 };
    const double edge = 10.6, near = 0.8, far = 4.0;
    Rotor r = rotor_of(true, o.temperature);
    FfParameters p = no_forces();
    p.pair[FF_MG][FF_H] = p.pair[FF_H][FF_MG] = r.u;
    double law[BINS] = {0.0}, inside = 0.0, ball = 4.0 / 3.0 * PI * far * far * far;
    int64_t counts[BINS] = {0};
    for (int i = 0; i < DISTANCE * FINE; i++)
        for (int j = 0; j < THETA * FINE; j++)
            for (int k = 0; k < 48; k++) {
                double d = near + (far - near) * (i + 0.5) / (DISTANCE * FINE);
                double z = -1.0 + 2.0 * (j + 0.5) / (THETA * FINE), phi = 2.0 * PI * (k + 0.5) / 48,
                       w = d * sqrt(1.0 - z * z);
                double weight = exp(
                    -rotor_energy(&r, (const double[3]){w * cos(phi), w * sin(phi), d * z}) / r.kt);
                law[i / FINE * THETA + j / FINE] += weight * d * d * (far - near) /
                                                    (DISTANCE * FINE) * 2.0 / (THETA * FINE) * 2.0 *
                                                    PI / 48;
            }
    /* outside `far` the energy is not zero yet: by random points, once and many */
    const int points = 4000000;
    for (int k = 0; k < points; k++) {
        double at[3] = {edge * (uniform() - 0.5), edge * (uniform() - 0.5),
                        edge * (uniform() - 0.5)};
        if (vec_norm(at) >= far)
            inside += exp(-rotor_energy(&r, at) / r.kt);
    }
    law[BINS - 1] = edge * edge * edge * inside / points;
    assert_true(ball < edge * edge * edge);
    Sample s;
    Mc *mc;
    make_sample(&s, edge, 1, 1, (const double(*)[3])r.body);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    for (int64_t n = 0; n < samples(); n++) {
        double x[6][3], at[3], b[3];
        do {
            for (int c = 0; c < 3; c++) {
                x[0][c] = edge * uniform();
                b[c] = edge * uniform();
            }
            random_turn((const double(*)[3])r.body, b, x + 1);
            seen(&s.cell, (const double(*)[3])x + 1, x[0], at);
        } while (!(uniform() < exp(-rotor_energy(&r, at) / r.kt)));
        assert_ok(mc_set(mc, &s.cell, (const double(*)[3])x));
        for (int k = 0; k < 2; k++)
            assert_ok(mc_sweep(mc));
        seen(&s.cell, mc_positions(mc) + 1, mc_positions(mc)[0], at);
        double d = vec_norm(at);
        int i = (int)((d - near) / (far - near) * DISTANCE),
            j = (int)(0.5 * (at[2] / d + 1.0) * THETA);
        counts[d < far ? i * THETA + (j < THETA ? j : THETA - 1) : BINS - 1]++;
    }
    taken(mc, MC_MOVE_HYBRID, 0.3, 0.95);
    assert_law(what, BINS, counts, law);
    mc_free(mc);
    sample_clear(&s);
}

static void hybrid_rigid(void **state)
{
    (void)state;
    McOptions o = toy_options(4.0, 1500.0);
    o.hybrid_every = 1;
    o.hybrid_steps = 4;
    o.step[MC_MOVE_HYBRID] = 7.0;
    free_pair_law("hybrid, rigid ions", o);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Ideal gas: V has a gamma law with N + 1 */

static void gas_law(const char *what, McVolume volume)
{
    enum { IONS = 4, BINS = 20 };
    McOptions o = toy_options(1.0, 1000.0);
    o.volume = volume;
    o.volume_every = 1;
    o.step[MC_MOVE_VOLUME] = 1.0;
    o.pressure = 4e-4; /* eV/A^3 */
    const double scale = UNITS_KB * o.temperature / o.pressure;
    FfParameters p = no_forces();
    double law[BINS], x[IONS][3];
    int64_t counts[BINS] = {0};
    for (int k = 0; k < BINS; k++)
        law[k] = 1.0 / BINS;
    Sample s;
    Mc *mc;
    make_sample(&s, 10.0, IONS, 0, NULL);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    for (int64_t n = 0; n < samples(); n++) {
        double v = 0.0;
        for (int k = 0; k <= IONS; k++)
            v -= scale * log(uniform());
        double edge = cbrt(v);
        Cell cell;
        assert_ok(cell_init(&cell, (const double[3][3]){{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}));
        for (int k = 0; k < IONS; k++)
            for (int c = 0; c < 3; c++)
                x[k][c] = edge * 0.3 * k;
        if (edge < 2.1)
            continue; /* P = 1e-8 */
        assert_ok(mc_set(mc, &cell, (const double(*)[3])x));
        for (int k = 0; k < 2; k++)
            assert_ok(mc_sweep(mc));
        int bin = (int)(BINS * gsl_cdf_gamma_P(mc_cell(mc)->volume, IONS + 1, scale));
        counts[bin < BINS ? bin : BINS - 1]++;
    }
    taken(mc, MC_MOVE_VOLUME, 0.2, 0.9);
    assert_law(what, BINS, counts, law);
    mc_free(mc);
    sample_clear(&s);
}

static void volume(void **state)
{
    (void)state;
    gas_law("volume, isotropic", MC_VOLUME_ISOTROPIC);
    gas_law("volume, one length", MC_VOLUME_ANISOTROPIC);
}

/* Two Mg that repel each other, under pressure, in a cube at least two cut-offs wide: with C = int_{r < near} exp(-U/kT) d^3r
 * and B = int (1 - exp(-U/kT)) d^3r the law of V is V C exp(-PV/kT) with them nearer than `near`, V (V - B - C) exp(-PV/kT)
 * otherwise. */
static void pair_under_pressure(void **state)
{
    (void)state;
    enum { BINS = 40, FINE = 500 };
    McOptions o = toy_options(3.0, 3000.0);
    o.weight[MOVE_TRANSLATE] = 1.0;
    o.step[MOVE_TRANSLATE] = 1.0;
    o.volume = MC_VOLUME_ISOTROPIC;
    o.volume_every = 1;
    o.step[MC_MOVE_VOLUME] = 0.3;
    o.pressure = 5e-3; /* eV/A^3 */
    const double kt = UNITS_KB * o.temperature, scale = kt / o.pressure, least = 216.0, near = 2.0,
                 step = 25.0 / FINE;
    FfParameters p = no_forces();
    const FfPair *u = &p.pair[FF_MG][FF_MG];
    p.pair[FF_MG][FF_MG] = (FfPair){40.0, 0.7, 0.0};
    double b = 0.0, c = 0.0, law[2 * BINS] = {0.0}, cumulative[BINS * FINE + 1] = {0.0};
    int64_t counts[2 * BINS] = {0};
    for (int k = 0; k < 30000; k++) {
        double r = o.cutoff * (k + 0.5) / 30000, w = 4.0 * PI * r * r * o.cutoff / 30000,
               e = exp(-repulsion(u, r, o.cutoff) / kt);
        b += w * (1.0 - e);
        c += r < near ? w * e : 0.0;
    }
    for (int k = 0; k < BINS * FINE; k++) { /* beyond the last bin: e^-19 */
        double v = least + step * (k + 0.5), w = exp((least - v) / scale);
        law[k / FINE] += v * c * w;
        law[BINS + k / FINE] += v * (v - b - c) * w;
        cumulative[k + 1] = cumulative[k] + v * (v - b) * w;
    }
    Sample s;
    Mc *mc;
    make_sample(&s, cbrt(least) + 1.0, 2, 0, NULL);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    const double top = cumulative[BINS * FINE];
    for (int64_t n = 0; n < samples(); n++) {
        double x[2][3], d[3], want = top * uniform();
        int low = 0, high = BINS * FINE;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            *(cumulative[middle] <= want ? &low : &high) = middle;
        }
        double v = least + step * (low + uniform()), edge = cbrt(v);
        Cell cell;
        assert_ok(cell_init(&cell, (const double[3][3]){{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}));
        do {
            for (int k = 0; k < 3; k++) {
                x[0][k] = edge * uniform();
                x[1][k] = edge * uniform();
            }
            vec_sub(x[1], x[0], d);
            cell_min_image(&cell, d);
        } while (!(uniform() < exp(-repulsion(u, vec_norm(d), o.cutoff) / kt)));
        assert_ok(mc_set(mc, &cell, (const double(*)[3])x));
        assert_ok(mc_sweep(mc));
        v = mc_cell(mc)->volume;
        vec_sub(mc_positions(mc)[1], mc_positions(mc)[0], d);
        cell_min_image(mc_cell(mc), d);
        int k = (int)((v - least) / (step * FINE));
        if (v >= least && k < BINS)
            counts[(vec_norm(d) < near ? 0 : BINS) + k]++;
    }
    taken(mc, MC_MOVE_VOLUME, 0.2, 0.95);
    assert_law("volume of a pair", 2 * BINS, counts, law);
    mc_free(mc);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translate),
        cmocka_unit_test(hybrid),
        cmocka_unit_test(rotate),
        cmocka_unit_test(volume),
        cmocka_unit_test(pair_under_pressure),
        cmocka_unit_test(hybrid_rigid),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
