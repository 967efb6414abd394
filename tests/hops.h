/* hops.h -- the slow clock of a small network (hop_run.h) and what tests ask of it. */
#ifndef TESTS_HOPS_H
#define TESTS_HOPS_H

#include "network.h"

#include "analysis/hop_run.h"
#include "analysis/hop_transport.h"

#include <complex.h>

#define HOPS_KELVIN 300.0
#define HOPS_STEP   4.0 /* A */

/* Rate of a hop over `barrier` micro-eV with the attempt frequency 1e12 /s. */
static inline double hops_rate(int32_t barrier)
{
    return 1e12 * exp(-1e-6 * barrier / (UNITS_KB * HOPS_KELVIN));
}

typedef struct Hops {
    HopTransport transport; /* A^2 per frame */
    double half;            /* S(0) to D [1/s] */
    double ions;
    double step;     /* [s] between frames */
    Estimate square; /* sum d^2/(6 t) [A^2/s]: D of all, were hops without memory */
    Estimate frames; /* <(sum of all displacements over a frame)^2>/(6 step) [A^2/s] */
    size_t n;
    double *frequency, *mean, *error; /* [n] Hz, [2n] A^2/s */
    double worst;
} Hops;

static inline HopRunOptions hops_usual(void)
{
    static const double kelvin = HOPS_KELVIN, one = 1.0;
    return (HopRunOptions){.copies = {1, 1, 1},
                           .site = "",
                           .number = 1,
                           .tolerance = 1e-4,
                           .ntemperature = 1,
                           .nspeed = 1,
                           .temperature = &kelvin,
                           .speed = &one,
                           .replicas = 16,
                           .hops = 4000,
                           .frames = 512,
                           .equilibration = 0.25,
                           .per_decade = 2};
}

static inline double *hops_part(const HopRun *w, const double *rows, size_t at, size_t n)
{
    double *v = MEM_NEW(double, (size_t)w->o->replicas *n);
    for (int64_t k = 0; k < w->o->replicas; k++)
        memcpy(v + (size_t)k * n, rows + (size_t)k * w->row.n + at, n * sizeof *v);
    return v;
}

/* D of the current of all Mg, and of one Mg, with their standard errors [A^2/s]. */
static inline Estimate hops_charge(const Hops *h)
{
    const Estimate *e = &h->transport.charge.value;
    return (Estimate){.mean = e->mean * h->half, .error = e->error * h->half};
}

static inline Estimate hops_tracer(const Hops *h)
{
    const Estimate *e = &h->transport.tracer.value;
    return (Estimate){.mean = e->mean * h->half, .error = e->error * h->half};
}

/* The sum of y^2 over all frequencies is that of the squares of the increments. */
static inline Estimate hops_mean_of_points(size_t replicas, size_t n, const double y2[],
                                           double unit)
{
    double *mean = MEM_NEW(double, replicas);
    for (size_t k = 0; k < replicas; k++)
        for (size_t j = 0; j < n; j++)
            mean[k] += unit * y2[k * n + j] / (double)n;
    Estimate e = blocks_mean(replicas, mean);
    free(mean);
    return e;
}

/* All replicas of the first case. Free with hops_clear. */
static inline Hops hops_run(const Network *n, const HopRunOptions *o)
{
    HopRun w;
    Hops h = {0};
    assert_ok(hop_run_init(&w, o, n, 77));
    size_t replicas = (size_t)o->replicas;
    double *rows = MEM_NEW(double, replicas *w.row.n);
    for (int64_t k = 0; k < o->replicas; k++) {
        HopReplica *r;
        assert_ok(hop_run_replica_begin(&w, 0, k, &r));
        for (int i = 0; i < HOP_RUN_SLICES; i++)
            assert_ok(hop_run_replica_advance(r));
        hop_run_replica_finish(r, rows + (size_t)k * w.row.n);
        hop_run_replica_free(r);
        h.worst = fmax(h.worst, rows[(size_t)k * w.row.n + HOP_ROW_WORST]);
    }
    double *charge = hops_part(&w, rows, w.row.charge_at, w.row.points),
           *tracer = hops_part(&w, rows, w.row.tracer_at, w.row.points),
           *square = hops_part(&w, rows, HOP_ROW_SQUARE, 1);
    h.ions = (double)w.ions;
    hop_transport_measure(replicas, w.row.points, charge, tracer, h.ions, &h.transport);
    h.step = w.cases[0].step;
    h.half = 0.5 / h.step;
    h.frames = hops_mean_of_points(replicas, w.row.points, charge, h.half);
    h.square = blocks_mean(replicas, square);
    h.square.mean /= 6.0 * rows[HOP_ROW_TIME];
    h.square.error /= 6.0 * rows[HOP_ROW_TIME];
    h.n = w.cases[0].n;
    h.frequency = MEM_NEW(double, h.n);
    memcpy(h.frequency, w.cases[0].frequency, h.n * sizeof *h.frequency);
    double *spectrum = hops_part(&w, rows, w.row.spectrum_at, 2 * h.n);
    h.mean = MEM_NEW(double, 2 * h.n);
    h.error = MEM_NEW(double, 2 * h.n);
    hop_transport_mean(replicas, 2 * h.n, spectrum, h.mean, h.error);
    free(charge), free(tracer), free(square), free(spectrum), free(rows);
    hop_run_clear(&w);
    return h;
}

static inline void hops_clear(Hops *h)
{
    free(h->frequency);
    free(h->mean);
    free(h->error);
}

/* An estimate against what is exact: within `sigmas` standard errors, and those at most `most` of it. */
static inline void hops_judge(const char *what, Estimate e, double exact, double sigmas,
                              double most)
{
    print_message("  %-44s %.4f +- %.4f of the exact value, %+.1f s.e.\n", what, e.mean / exact,
                  e.error / exact, (e.mean - exact) / e.error);
    assert_near(e.mean, exact, sigmas * e.error);
    assert_true(e.error < most * exact);
}

/* D(s) of s = i omega, closed. */
typedef double _Complex HopsClosed(const double p[], double _Complex s);

/* The spectrum within 4 s.e. of what its estimator means: the closed function at damped frequencies, extrapolated to none
 * (event_spectrum.h), which is the function itself to 2 %. */
static inline void hops_judge_spectrum(const Hops *h, HopsClosed *exact, const double p[])
{
    for (size_t f = 0; f < h->n; f++) {
        double omega = 2.0 * PI * h->frequency[f];
        double _Complex plain = exact(p, I * omega),
                        want = 2.0 * exact(p, (I + 0.1) * omega) - exact(p, (I + 0.2) * omega);
        assert_true(cabs(want - plain) < 0.025 * cabs(plain));
        assert_near(h->mean[2 * f], creal(want), 4.0 * h->error[2 * f]);
        assert_near(h->mean[2 * f + 1], cimag(want), 4.0 * h->error[2 * f + 1]);
    }
}

/* Rings along the first `axes` axes with nothing between them: each axis is a sample of its own. `place` [length]: where along the ring
 * its sites are, of `cells` steps HOPS_STEP; the first `taken` sites hold a Mg; class[i] is that of the edge from site i to the next. */
static inline void hops_add_rings(Network *n, int axes, int length, const double place[], int cells,
                                  int taken, const int class[])
{
    int full = network_add_site_class(n, 0, true), empty = network_add_site_class(n, 0, false);
    n->charge = 1.0;
    for (int axis = 0; axis < axes; axis++) {
        int32_t first = n->nsite;
        for (int i = 0; i < length; i++) {
            double x[3] = {0.0};
            bool wraps = i == length - 1;
            x[axis] = place[i] / cells;
            network_add_site(n, i < taken ? full : empty, x[0], x[1], x[2]);
            network_add_edge(n, first + i, first + (i + 1) % length, class[i], wraps && axis == 0,
                             wraps && axis == 1, wraps && axis == 2);
        }
    }
}

/* As they stand in the network, enough frames to tell 1 %. */
static inline HopRunOptions hops_rings(HopperEngine engine, int64_t hops)
{
    HopRunOptions o = hops_usual();
    o.carriers = CARRIERS_NONE;
    o.number = 0;
    o.engine = engine;
    o.hops = hops;
    o.frames = 1024;
    o.per_decade = 1;
    return o;
}

#endif
