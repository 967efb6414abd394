/* dose_response.h -- two interventions in kinetic Monte Carlo: all rotors lambda times as fast, and rotors that stand still.
 *
 * A factor on all turns leaves the equilibrium as it is (detailed balance keeps the law), so what it does to the conductivity is
 * dynamics and nothing else. Rotors that stand still (drawn from equilibrium, "quenched") also lose their entropy: what that does is
 * never called dynamic by itself.
 *
 * Every replica begins with carriers at random places and is brought to equilibrium with the fastest rotors; then it walks
 * through `windows` windows of one length, the same for all lambda and for quenched rotors, found by a pilot: `hops` hops of
 * every carrier at lambda = 1, and at least ten relaxation times of the slowest rotor then: in a shorter window slow rotors would
 * seem to stand still at every lambda, and sigma(lambda) would be flat for the wrong reason. Diffusion is <|dr|^2>/(6 N t) over windows, of every Mg (tracer) and of the sum of all (charge);
 * windows of twice the length tell whether the window is long enough. Hops are drawn by lattice/bridge.h: exact for every lambda.
 *
 * Random numbers: (seed, job), a job being a replica at a lambda or a walk in a quench. Jobs are dealt out over ranks and every one is
 * computed by one rank, so the bytes do not depend on the rank count.
 */
#ifndef ANALYSIS_DOSE_RESPONSE_H
#define ANALYSIS_DOSE_RESPONSE_H

#include "analysis/static_coupling.h"
#include "par/comm.h"

enum { DOSE_RESPONSE_SPEEDS = 24, DOSE_RESPONSE_NUMBERS = 6 };

typedef struct DoseOptions {
    int copies[3];
    double temperature; /* K */
    int64_t vacancies,
        added; /* Mg taken from sites of the reference, and put on others, in the whole lattice */
    size_t nspeed;
    const double *speed; /* [nspeed] lambda, ascending; must have 0.01 and 1 */
    int replicas;        /* of every lambda */
    int quenches, walks; /* frozen rotors; walks in each */
    int windows;         /* of a replica, even */
    double hops;         /* of a carrier in a window at lambda = 1 */
    uint64_t seed;
} DoseOptions;

/* One condition: units are replicas, or quenches (mean of walks). */
typedef struct DoseArm {
    double speed; /* lambda; 0: quenched */
    size_t units;
    double *charge,
        *charge_long; /* [units] A^2/s per Mg, from windows and from windows twice as long */
    double *tracer, *tracer_long;
    int64_t hops, candidates; /* of all units */
} DoseArm;

typedef struct DoseResponse {
    int64_t ions, carriers, reference; /* Mg; carriers; Mg of the perfect lattice */
    double volume;                     /* [A^3] of the whole lattice */
    double window;                     /* s */
    double hop_rate;                   /* [1/s] of a carrier, in the pilot */
    double
        slowest; /* [1/s] least relaxation rate of a rotor with a say in a hop; infinite: no rotors */
    size_t nspeed;
    DoseArm arm[DOSE_RESPONSE_SPEEDS + 1]; /* the last, arm[nspeed]: quenched */
    /* of the equilibrium states of the replicas (static_coupling.h), [replicas] */
    size_t nstatic;
    double *mean, *locked; /* A^2/s */
    int nclass;
    StaticClass *class; /* [nclass] by class of edges, in the state of the first replica */
    double exposed, rotors, turn_rate, indicator;
} DoseResponse;

/* Jobs are done in order, one a rank and round, so what is finished is a number of jobs and their numbers. */
typedef struct DosePause {
    size_t done; /* jobs of an earlier run with the same network and options */
    const double (*saved)[DOSE_RESPONSE_NUMBERS]; /* [done] */
    /* Called after every round. Another code than OK ends the run (ERR_STOPPED). Collective. */
    Err (*after)(void *data, size_t done, size_t total, const double item[][DOSE_RESPONSE_NUMBERS]);
    void *data;
} DosePause;

/* Number of jobs. Local. */
size_t dose_response_jobs(const DoseOptions *o);

/* What can be wrong without running, with the network or (NULL) before it is known: ERR_INPUT. Local. */
Err dose_response_check(const Network *n, const DoseOptions *o) MUST_USE;

/* Do it; `pause` may be NULL. ERR_INPUT for what cannot move or has rotor-rotor terms, ERR_NUMERICAL. Collective; all ranks have the result. Free with
 * dose_response_clear, also after an error. */
Err dose_response_run(const Comm *c, const Network *n, const DoseOptions *o, const DosePause *pause,
                      DoseResponse *out) MUST_USE;
void dose_response_clear(DoseResponse *r);

/* Index of a speed, nspeed if it is not there. Local. */
size_t dose_response_find(size_t n, const double speed[], double wanted);

#endif
