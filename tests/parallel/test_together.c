/* A trajectory that all ranks write together holds the same numbers as one that rank 0 gathers and writes. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include "base/mem.h"
#include "base/units.h"
#include "domain/snapshot.h"
#include "domain/structure.h"
#include "store/trajectory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES = 7, BLOCK = 100 }; /* blocks small enough that every rank has one */

static Comm *world;
static char folder[64];

/* The crystal, shaken; frame k moves and turns everything a little, beyond the box in the end. */
static void move(Sample *s, int k)
{
    for (int64_t i = 0; i < s->n; i++)
        for (int c = 0; c < 3; c++) {
            s->x[i][c] += 0.02 * sin(1e3 * (double)i + 7.0 * c + k) + (c == 1 ? 1.7 : 0.0);
            s->v[i][c] = cos(3e2 * (double)i + 5.0 * c + k);
        }
}

static void write_frames(const char *name, const Sample *start, bool together, bool block)
{
    char path[128];
    H5mdTopology topology;
    snapshot_topology(start, NULL, &topology);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    TrajectoryPlan plan = {.comm = world,
                           .form = {true, true, together ? world : NULL},
                           .topology = &topology,
                           .provenance = "a test",
                           .least = 3};
    Trajectory *t;
    assert_ok(trajectory_begin(path, &plan, &t));
    Sample s;
    sample_copy(&s, start);
    for (int k = 0; k < FRAMES; k++) {
        move(&s, k);
        Domain *d;
        Atoms a;
        Snapshot now = {0};
        assert_ok(domain_new(world, &s, 3.0, &d, &a));
        if (together)
            snapshot_of_domain(d, &a, &s, true, true, block ? BLOCK : H5MD_BLOCK, &now);
        else if (comm_is_root(world))
            snapshot_of_sample(&s, true, true, &now);
        now.frame.step = 10 * k;
        now.frame.time = 0.01 * k;
        double value[3] = {k, -k, 1.5};
        assert_ok(trajectory_append(t, &now.frame));
        assert_ok(trajectory_observe(t, "numbers", 10 * k, 0.01 * k, 3, value, "1"));
        snapshot_clear(&now);
        domain_free(d);
        atoms_clear(&a);
        if (k % 2 == 0) {
            int64_t segments;
            assert_ok(trajectory_close(t, &segments));
            assert_int_equal(segments, 1 + k / 4);
            assert_ok(trajectory_show(t, NULL));
        }
    }
    trajectory_free(t);
    sample_clear(&s);
    snapshot_topology_clear(&topology);
}

static void assert_same(const char *a, const char *b)
{
    char command[512];
    snprintf(command, sizeof command,
             "cd %s && for i in trajectory.h5 trajectory/000001.h5 trajectory/000002.h5; do "
             "h5diff -v --exclude-path /parameters/segments %s/$i %s/$i >said 2>&1 || "
             "{ cat said; exit 1; }; done; "
             "grep -q '/particles/bh4/orientation/value' said && "
             "grep -q '/parameters/log/numbers/value' said",
             folder, a, b);
    if (comm_is_root(world))
        assert_int_equal(system(command), 0);
    comm_barrier(world);
}

static void the_same_numbers(void **state)
{
    (void)state;
    Sample s;
    assert_ok(structure_read(world, PW_SOURCE_DIR "/inputs/structures/gamma_MgBH42_dft.cif", &s));
    write_frames("gathered", &s, false, false);
    write_frames("blocks", &s, true, true);
    write_frames("pieces", &s, true, false);
    assert_same("gathered", "blocks");
    assert_same("gathered", "pieces");
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_numbers)};
    world = comm_start(&argc, &argv);
    if (!h5_is_parallel())
        return 0;
    if (comm_is_root(world)) {
        snprintf(folder, sizeof folder, "/tmp/paddlewheel-together-XXXXXX");
        char command[300];
        if (mkdtemp(folder) == NULL)
            return 1;
        snprintf(command, sizeof command, "cd %s && mkdir gathered blocks pieces", folder);
        if (system(command) != 0)
            return 1;
    }
    comm_bcast(world, 0, sizeof folder, folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_barrier(world);
    if (comm_is_root(world)) {
        char command[100];
        snprintf(command, sizeof command, "rm -r %s", folder);
        failed += system(command) != 0;
    }
    comm_stop(world);
    return failed;
}
