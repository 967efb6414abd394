#include "analysis/constructed.h"

#include "analysis/models.h"
#include "analysis/orient.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/vec.h"
#include "store/h5md.h"

#include <math.h>
#include <stdlib.h>

/* Requests with the same (seed, event, ion) key; events take draw 0. */
enum { DRAW_EVENT = 0, DRAW_TURN = 1, DRAW_VIBRATION = 4 };

typedef struct Jumper {
    double q[4];     /* orientation (BH4) */
    double shift[3]; /* displacement (Mg) */
    double next;     /* [ps] time of the next jump */
    uint64_t events;
} Jumper;

struct Constructed {
    ConstructedOptions o;
    Sample sample;
    int64_t mg;
    int64_t frame;
    Jumper *jumper; /* [mg + ions], Mg first as in the sample */
    double (*home)[3];
    double (*amplitude)[2][3]; /* [4 ions] of cosine and sine */
};

#define AT(member) offsetof(ConstructedOptions, member)

const ConfigField constructed_fields[] = {
    {"ions", CONFIG_INTEGER, NULL, "96", AT(ions), "number of BH4 ions (even; half as many Mg)",
     NULL, 2, 1e7, 0},
    {"motion", CONFIG_CHOICE, NULL, "c3", AT(motion), "how BH4 turns", "rest|c2|c3|tetrahedral", 0,
     0, 0},
    {"tau", CONFIG_QUANTITY, "ps", "3 ps", AT(tau), "mean time between jumps of an ion", NULL, 1e-6,
     1e12, 0},
    {"c3_fraction", CONFIG_QUANTITY, "1", "1", AT(c3_fraction), "tetrahedral: share of C3 jumps",
     NULL, 0, 1, 0},
    {"bond", CONFIG_QUANTITY, "A", "1.22 angstrom", AT(bond), "B-H distance", NULL, 0.8, 1.55, 0},
    {"spacing", CONFIG_QUANTITY, "A", "6 angstrom", AT(spacing), "distance between ions", NULL, 4,
     100, 0},
    {"vibration", CONFIG_QUANTITY, "A", "0 angstrom", AT(vibration),
     "rms displacement of H per axis", NULL, 0, 0.3, 0},
    {"frequency", CONFIG_QUANTITY, "1/ps", "60 1/ps", AT(frequency), "angular frequency of H", NULL,
     0, 1e6, 0},
    {"walk_length", CONFIG_QUANTITY, "A", "0 angstrom", AT(walk_length),
     "jump length of Mg; 0: at rest", NULL, 0, 100, 0},
    {"walk_time", CONFIG_QUANTITY, "ps", "10 ps", AT(walk_time), "mean time between jumps of a Mg",
     NULL, 1e-6, 1e12, 0},
    {"frames", CONFIG_INTEGER, NULL, "2000", AT(frames), "number of frames", NULL, 1, 1e9, 0},
    {"interval", CONFIG_QUANTITY, "ps", "0.1 ps", AT(interval), "time between frames", NULL, 1e-9,
     1e9, 0},
    {"seed", CONFIG_INTEGER, NULL, "1", AT(seed), "key of the random numbers", NULL, 0, 0, 0},
};
const size_t constructed_nfields = sizeof constructed_fields / sizeof *constructed_fields;

/* Waiting time and choice of an ion's next jump. */
static double next_jump(const Constructed *c, int64_t ion, const Jumper *j, double tau,
                        double *choice)
{
    double u[2];
    rng_uniform2((uint64_t)c->o.seed, RNG_CONSTRUCTED, j->events, (uint64_t)ion, DRAW_EVENT, u);
    *choice = u[1];
    return -tau * log(u[0]);
}

static bool moves(const Constructed *c, int64_t ion)
{
    return ion < c->mg ? c->o.walk_length > 0.0 : c->o.motion != CONSTRUCTED_REST;
}

static double residence(const Constructed *c, int64_t ion)
{
    return ion < c->mg ? c->o.walk_time : c->o.tau;
}

/* Which element of orient_group a jump is: 4 and 5 are the turns about the bond of H 0, 1 is one C2. */
static int choose_rotation(const ConstructedOptions *o, double u)
{
    if (o->motion == CONSTRUCTED_C2)
        return 1;
    if (o->motion == CONSTRUCTED_C3)
        return u < 0.5 ? 4 : 5;
    if (u < o->c3_fraction)
        return 4 + (int)fmin(7.0, 8.0 * u / o->c3_fraction);
    return 1 + (int)fmin(2.0, 3.0 * (u - o->c3_fraction) / (1.0 - o->c3_fraction));
}

static void apply_jump(Constructed *c, int64_t ion, Jumper *j, double u)
{
    if (ion < c->mg) {
        int way = (int)(6.0 * u);
        j->shift[way / 2] += way % 2 == 0 ? c->o.walk_length : -c->o.walk_length;
        return;
    }
    double g[ORIENT_ROTATIONS][4];
    orient_group(g);
    quat_mul(j->q, g[choose_rotation(&c->o, u)], j->q);
    quat_normalise(j->q);
}

/* Do all jumps up to `time`. */
static void advance(Constructed *c, int64_t ion, double time)
{
    Jumper *j = &c->jumper[ion];
    while (moves(c, ion) && j->next <= time) {
        double u, ignored;
        next_jump(c, ion, j, residence(c, ion), &u);
        apply_jump(c, ion, j, u);
        j->events++;
        j->next += next_jump(c, ion, j, residence(c, ion), &ignored);
    }
}

static void start_ion(Constructed *c, int64_t ion)
{
    Jumper *j = &c->jumper[ion];
    double z[3], ignored;
    rng_normal3((uint64_t)c->o.seed, RNG_CONSTRUCTED, 0, (uint64_t)ion, DRAW_TURN, j->q);
    rng_normal3((uint64_t)c->o.seed, RNG_CONSTRUCTED, 0, (uint64_t)ion, DRAW_TURN + 1, z);
    j->q[3] = z[0];
    quat_normalise(j->q);
    j->next = next_jump(c, ion, j, residence(c, ion), &ignored);
    if (ion < c->mg)
        return;
    for (int64_t h = 0; h < 4; h++)
        for (int part = 0; part < 2; part++) {
            double *a = c->amplitude[4 * (ion - c->mg) + h][part];
            rng_normal3((uint64_t)c->o.seed, RNG_CONSTRUCTED, 0, (uint64_t)ion,
                        (uint32_t)(DRAW_VIBRATION + 2 * h + part), a);
            for (int i = 0; i < 3; i++)
                a[i] *= c->o.vibration;
        }
}

static void place(const Constructed *c, double time, double (*x)[3])
{
    double body[4][3], s = sin(c->o.frequency * time), k = cos(c->o.frequency * time);
    orient_body(false, body);
    for (int64_t m = 0; m < c->mg; m++)
        for (int i = 0; i < 3; i++)
            x[m][i] = c->home[m][i] + c->jumper[m].shift[i];
    for (int64_t b = 0; b < c->o.ions; b++) {
        double(*atom)[3] = x + c->mg + 5 * b;
        for (int i = 0; i < 3; i++)
            atom[0][i] = c->home[c->mg + b][i];
        for (int64_t h = 0; h < 4; h++) {
            double u[3];
            quat_rotate(c->jumper[c->mg + b].q, body[h], u);
            for (int i = 0; i < 3; i++)
                atom[1 + h][i] = atom[0][i] + c->o.bond * u[i] + k * c->amplitude[4 * b + h][0][i] +
                                 s * c->amplitude[4 * b + h][1][i];
        }
    }
}

/* The sample at time 0, without vibration so that every bond is recognised. */
static Err make_sample(Constructed *c, int64_t side)
{
    int64_t n = c->mg + 5 * c->o.ions;
    const char **symbols = MEM_NEW(const char *, n);
    double(*x)[3] = mem_new((size_t)n, sizeof *x);
    for (int64_t a = 0; a < n; a++)
        symbols[a] = a < c->mg ? "Mg" : (a - c->mg) % 5 == 0 ? "B" : "H";
    double edge = (double)side * c->o.spacing;
    double(*kept)[2][3] = c->amplitude;
    c->amplitude = mem_new((size_t)(4 * c->o.ions), sizeof *kept);
    place(c, 0.0, x);
    free(c->amplitude);
    c->amplitude = kept;
    Cell cell;
    Err e = cell_init(&cell, (const double[3][3]){{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}});
    if (e == OK)
        e = sample_from_atoms(&c->sample, &cell, n, symbols, (const double(*)[3])x);
    if (e == OK)
        e = sample_recognise(&c->sample);
    free(symbols);
    free(x);
    return e;
}

Err constructed_new(const ConstructedOptions *o, Constructed **out)
{
    *out = NULL;
    if (o->ions < 2 || o->ions % 2 != 0)
        return err_set(ERR_INPUT, "ions: %lld: an even number of BH4 is needed, two for each Mg",
                       (long long)o->ions);
    Constructed *c = MEM_NEW(Constructed, 1);
    c->o = *o;
    c->mg = o->ions / 2;
    int64_t total = c->mg + o->ions, side = 1;
    while (side * side * side < total)
        side++;
    c->jumper = MEM_NEW(Jumper, total);
    c->home = mem_new((size_t)total, sizeof *c->home);
    c->amplitude = mem_new((size_t)(4 * o->ions), sizeof *c->amplitude);
    for (int64_t ion = 0; ion < total; ion++) {
        int64_t at[3] = {ion % side, ion / side % side, ion / (side * side)};
        for (int i = 0; i < 3; i++)
            c->home[ion][i] = ((double)at[i] + 0.5) * o->spacing;
        start_ion(c, ion);
    }
    Err e = make_sample(c, side);
    if (e != OK) {
        constructed_free(c);
        return e;
    }
    *out = c;
    return OK;
}

void constructed_free(Constructed *c)
{
    if (c == NULL)
        return;
    sample_clear(&c->sample);
    free(c->jumper);
    free(c->home);
    free(c->amplitude);
    free(c);
}

const Sample *constructed_sample(const Constructed *c)
{
    return &c->sample;
}

void constructed_frame(Constructed *c, int64_t k, double (*x)[3])
{
    CHECK(k >= c->frame, "frame %lld after %lld", (long long)k, (long long)c->frame);
    c->frame = k;
    double time = (double)k * c->o.interval;
    for (int64_t ion = 0; ion < c->mg + c->o.ions; ion++)
        advance(c, ion, time);
    place(c, time, x);
    for (int64_t a = 0; a < c->sample.n; a++)
        for (int i = 0; i < 3; i++)
            x[a][i] = h5md_round(x[a][i]);
}

double constructed_exact(const ConstructedOptions *o, double q, double t)
{
    double vibration = models_oscillator(q, t, o->vibration * o->vibration, o->frequency);
    switch ((ConstructedMotion)o->motion) {
    case CONSTRUCTED_REST:
        break;
    case CONSTRUCTED_C2:
        return vibration * models_c2(q, t, o->bond, o->tau);
    case CONSTRUCTED_C3:
        return vibration * models_c3(q, t, o->bond, o->tau);
    case CONSTRUCTED_TETRAHEDRAL:
        return vibration * models_tetrahedral(q, t, o->bond, o->c3_fraction / (8.0 * o->tau),
                                              (1.0 - o->c3_fraction) / (3.0 * o->tau));
    }
    return vibration;
}

double constructed_eisf(const ConstructedOptions *o, double q)
{
    ConstructedOptions still = *o;
    still.vibration = 0.0;
    return constructed_exact(&still, q, 1e6 * o->tau);
}

double constructed_rate(const ConstructedOptions *o)
{
    if (o->motion == CONSTRUCTED_REST)
        return 0.0;
    ConstructedOptions still = *o;
    still.vibration = 0.0;
    double q = 2.0 / o->bond, a0 = constructed_eisf(o, q);
    return -log((constructed_exact(&still, q, o->tau) - a0) / (1.0 - a0)) / o->tau;
}
