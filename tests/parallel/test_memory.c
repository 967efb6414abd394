/* Memory does not grow with the number of steps: list rebuilds, migrations, cell changes, checkpoints, trajectory.
 *
 * PW_MEMORY_STEPS: how many steps (2000; tests/parallel/CMakeLists.txt has 100000 among the slow ones). */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "gamma_cell.h"

#include "domain/snapshot.h"
#include "store/checkpoint.h"
#include "store/trajectory.h"

#include <hdf5.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

enum { CHECKPOINT_EVERY = 100, FRAME_EVERY = 20, WARM = 200 };

static Comm *world;

/* Bytes: what malloc has given out, and pages in memory. */
typedef struct Memory {
    int64_t used, resident;
} Memory;

static Memory memory_now(void)
{
    H5garbage_collect(); /* HDF5 keeps some of what it has freed: more, the more segments it has seen */
    struct mallinfo2 m = mallinfo2();
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %lld", &pages), 1);
    fclose(file);
    return (Memory){(int64_t)(m.uordblks + m.hblkhd), pages * sysconf(_SC_PAGESIZE)};
}

typedef struct Long {
    Run r;
    Sample s;
    double (*orient)[4], (*spin)[3];
    H5mdTopology topology;
    Trajectory *trajectory;
    char folder[64], checkpoint[96];
    int64_t segments;       /* of the trajectory */
    int64_t moved, rebuilt; /* steps in which atoms changed ranks; list rebuilds */
} Long;

static void open_long(Long *l)
{
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    f.accuracy = 1e-2;
    DynamicsOptions o = {.rigid = true,
                         .timestep = 2.0 / UNITS_TIME_FS,
                         .seed = 5,
                         .thermostat = THERMOSTAT_BUSSI,
                         .temperature = 1000.0,
                         .thermostat_time = 0.1 / UNITS_TIME_PS,
                         .barostat = BAROSTAT_ANISOTROPIC,
                         .barostat_time = 1.0 / UNITS_TIME_PS,
                         .compressibility = 8.0};
    *l = (Long){.folder = "/tmp/paddlewheel_memory_XXXXXX"};
    if (comm_is_root(world))
        assert_non_null(mkdtemp(l->folder));
    comm_bcast(world, 0, sizeof l->folder, l->folder);
    snprintf(l->checkpoint, sizeof l->checkpoint, "%s/checkpoint.bin", l->folder);
    gamma_cell(&l->s);
    l->orient = mem_new((size_t)l->s.nion, sizeof *l->orient);
    l->spin = mem_new((size_t)l->s.nion, sizeof *l->spin);
    run_start(&l->r, world, &l->s, &p, &f, &o);
    snapshot_topology(&l->s, NULL, &l->topology);
    TrajectoryPlan plan = {.comm = world,
                           .form = {.velocities = true, .orientations = true},
                           .topology = &l->topology,
                           .provenance = "a test",
                           .least = 10};
    assert_ok(trajectory_begin(l->folder, &plan, &l->trajectory));
}

static void close_long(Long *l)
{
    trajectory_free(l->trajectory);
    snapshot_topology_clear(&l->topology);
    run_stop(&l->r);
    sample_clear(&l->s);
    free(l->orient);
    free(l->spin);
    if (comm_is_root(world)) {
        char command[128];
        snprintf(command, sizeof command, "rm -r %s", l->folder);
        assert_int_equal(system(command), 0);
    }
}

static void write_frame(Long *l)
{
    Snapshot now = {0};
    domain_gather(l->r.domain, &l->r.atoms, l->s.x, l->s.v, l->orient, l->spin);
    if (comm_is_root(world))
        snapshot_of_sample(&l->s, true, true, &now);
    now.frame.step = dynamics_state(l->r.dyn)->step;
    assert_ok(trajectory_append(l->trajectory, &now.frame));
    snapshot_clear(&now);
}

static void write_checkpoint(Long *l)
{
    assert_ok(trajectory_close(l->trajectory, &l->segments));
    assert_ok(dynamics_checkpoint_sync(l->r.dyn, l->s.x, l->s.v, l->orient, l->spin));
    const CheckpointSection section = {"x", l->s.x, (size_t)l->s.n * sizeof *l->s.x};
    Err e = comm_is_root(world) ? checkpoint_write(l->checkpoint, 1, &section) : OK;
    assert_ok(comm_agree(world, e));
    assert_ok(trajectory_show(l->trajectory, NULL));
}

/* Which atoms are here: the sum of their ids */
static int64_t here(const Atoms *a)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < a->nlocal; i++)
        sum += a->id[i];
    return sum;
}

static void steps(Long *l, int64_t from, int64_t to)
{
    for (int64_t k = from + 1; k <= to; k++) {
        int64_t before = here(&l->r.atoms);
        run_steps(&l->r, 1);
        l->rebuilt += forcefield_rebuilt(l->r.ff);
        l->moved += here(&l->r.atoms) != before;
        if (k % FRAME_EVERY == 0)
            write_frame(l);
        if (k % CHECKPOINT_EVERY == 0)
            write_checkpoint(l);
    }
}

static void does_not_grow(void **state)
{
    (void)state;
    const char *asked = getenv("PW_MEMORY_STEPS");
    int64_t last = asked != NULL ? atoll(asked) : 2000;
    Long l;
    open_long(&l);
    steps(&l, 0, WARM);
    Memory early = memory_now();
    steps(&l, WARM, last);
    Memory late = memory_now();
    print_message(
        "%lld steps: %lld rebuilds, ions changed ranks in %lld steps; bytes in use %+lld of "
        "%lld, resident %+lld of %lld\n",
        (long long)last, (long long)l.rebuilt, (long long)l.moved,
        (long long)(late.used - early.used), (long long)early.used,
        (long long)(late.resident - early.resident), (long long)early.resident);
    assert_true(l.rebuilt > last / 50);
    assert_true(comm_size(world) == 1 || l.moved > last / 500);
#ifndef __SANITIZE_ADDRESS__ /* that has a heap of its own, which keeps what is freed */
    /* each segment is remembered, and to show them all takes some memory for each for a moment */
    assert_true(late.used - early.used < (128 << 10) + l.segments * 1024);
    assert_true(late.resident - early.resident < (2 << 20) + l.segments * (64 << 10));
#endif
    close_long(&l);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(does_not_grow)};
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
