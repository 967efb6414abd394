/* What a frame of a trajectory costs: CPU time of all it takes, and bytes. Run by hand:
 *   build/release/tests/bench/bench_trajectory [FOLDER] (default /tmp), or under mpirun
 * The sample is 3 x 3 x 3 cells of gamma Mg(BH4)2, 7128 atoms, shaken as heat does and moved on from frame to frame. */
#define _POSIX_C_SOURCE 200809L
#include "store/trajectory.h"
#include "base/mem.h"
#include "base/timer.h"
#include "domain/snapshot.h"
#include "domain/structure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAMES = 200 };

static void must(Err e)
{
    CHECK(e == OK, "%s", err_message());
}

static double noise(int64_t i)
{
    uint64_t z = (uint64_t)i * 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1.0;
}

static double bytes_of(const char *folder)
{
    double sum = 0.0;
    for (int k = 1;; k++) {
        struct stat s;
        char path[512];
        snprintf(path, sizeof path, "%s/trajectory/%06d.h5", folder, k);
        if (stat(path, &s) != 0)
            return sum;
        sum += (double)s.st_size;
    }
}

static void measure(const Comm *c, const Sample *sample, const char *base, bool velocities,
                    bool orientations, bool together)
{
    char folder[400], command[1000];
    snprintf(folder, sizeof folder, "%s/paddlewheel-bench-trajectory", base);
    snprintf(command, sizeof command, "rm -rf %s && mkdir %s", folder, folder);
    CHECK(!comm_is_root(c) || system(command) == 0, "%s", command);
    comm_barrier(c);
    Sample s;
    Domain *d;
    Atoms a;
    H5mdTopology topology;
    Trajectory *t;
    sample_copy(&s, sample);
    snapshot_topology(&s, NULL, &topology);
    must(domain_new(c, &s, 8.0, &d, &a));
    TrajectoryPlan plan = {.comm = c,
                           .form = {velocities, orientations, together ? c : NULL},
                           .topology = &topology,
                           .provenance = "",
                           .least = 1000000};
    must(trajectory_begin(folder, &plan, &t));
    double gather = 0.0, fit = 0.0, append = 0.0;
    for (int k = 0; k < FRAMES; k++) {
        for (int32_t i = 0; i < a.nlocal; i++)
            for (int x = 0; x < 3; x++) {
                a.x[i][x] = sample->x[a.id[i]][x] + 0.1 * noise(3 * (a.id[i] * FRAMES + k) + x);
                a.v[i][x] = 0.01 * noise(7 * (a.id[i] * FRAMES + k) + x);
            }
        Snapshot now = {0};
        double at[4] = {timer_cpu()};
        if (!together)
            domain_gather(d, &a, s.x, s.v, NULL, NULL);
        at[1] = timer_cpu();
        if (together)
            snapshot_of_domain(d, &a, &s, velocities, orientations, H5MD_BLOCK, &now);
        else if (comm_is_root(c))
            snapshot_of_sample(&s, velocities, orientations, &now);
        now.frame.step = k;
        at[2] = timer_cpu();
        must(trajectory_append(t, &now.frame));
        at[3] = timer_cpu();
        snapshot_clear(&now);
        gather += at[1] - at[0];
        fit += at[2] - at[1];
        append += at[3] - at[2];
    }
    int64_t segments;
    double closing = timer_cpu();
    must(trajectory_close(t, &segments));
    must(trajectory_show(t, NULL));
    closing = timer_cpu() - closing;
    trajectory_free(t);
    double raw = (double)s.n * (velocities ? 24.0 : 12.0) +
                 (orientations ? (double)topology.nbh4 * 28.0 : 0.0);
    if (comm_is_root(c)) {
        printf("%-9s %-10s %-12s %7.2f %7.2f %7.2f %8.2f %9.0f %7.2f\n",
               together ? "together" : "gathered", velocities ? "velocities" : "",
               orientations ? "orientations" : "", 1e3 * gather / FRAMES, 1e3 * fit / FRAMES,
               1e3 * append / FRAMES, 1e3 * (gather + fit + append + closing) / FRAMES, raw,
               bytes_of(folder) / FRAMES / raw);
        snprintf(command, sizeof command, "rm -rf %s", folder);
        CHECK(system(command) == 0, "%s", command);
    }
    snapshot_topology_clear(&topology);
    domain_free(d);
    atoms_clear(&a);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    Comm *c = comm_start(&argc, &argv);
    Sample unit, s;
    must(structure_read(c, PW_SOURCE_DIR "/inputs/structures/gamma_MgBH42_dft.cif", &unit));
    sample_supercell(&unit, (const int[3]){3, 3, 3}, &s);
    if (comm_is_root(c))
        printf("%lld atoms, %d frames, %d ranks; ms of CPU per frame on rank 0\n%-33s %7s %7s %7s "
               "%8s %9s %7s\n",
               (long long)s.n, FRAMES, comm_size(c), "", "gather", "pose", "append", "all",
               "raw bytes", "stored");
    const char *base = argc > 1 ? argv[1] : "/tmp";
    for (int i = 0; i < 4; i++)
        measure(c, &s, base, i == 3, i > 0, i == 2);
    sample_clear(&unit);
    sample_clear(&s);
    comm_stop(c);
    return 0;
}
