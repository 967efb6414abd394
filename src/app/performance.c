#include "app/performance.h"

#include "base/log.h"
#include "base/timer.h"
#include "base/units.h"
#include "store/provenance.h"
#include "store/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESH_PARTS = 7 };
static const char *const mesh_part[MESH_PARTS] = {"place",     "comm",  "spread", "fft",
                                                  "influence", "solve", "gather"};

static const char *row_name(int row)
{
    static const char *const name[] = {"integration", "frames, observables", "log", "checkpoints",
                                       "other"};
    return row < (int)FF_PHASES ? forcefield_phase((FfPhase)row) : name[row - (int)FF_PHASES];
}

/* All counters as they stand. */
static PerformanceCount count(const MdRun *m)
{
    PerformanceCount c = {.wall = timer_now(), .cpu = timer_cpu(), .waited = comm_waited()};
    FfTimes force;
    P3mTimes mesh;
    int neighbours, members, columns;
    int64_t atoms;
    forcefield_times(m->ff, &force);
    forcefield_mesh_times(m->ff, &mesh, &members, &columns);
    halo_count(m->domain, &neighbours, &atoms, &c.halo_messages, &c.halo_bytes);
    memcpy(c.row, force.seconds, sizeof force.seconds);
    c.builds = force.builds;
    c.prunes = force.prunes;
    c.mesh_steps = mesh.steps;
    c.mesh_messages = mesh.messages;
    c.mesh_bytes = mesh.bytes;
    const double parts[MESH_PARTS] = {mesh.place,     mesh.comm,  mesh.spread, mesh.fft,
                                      mesh.influence, mesh.solve, mesh.gather};
    memcpy(c.mesh, parts, sizeof parts);
    return c;
}

static double force_seconds(const MdRun *m)
{
    FfTimes t;
    double sum = 0.0;
    forcefield_times(m->ff, &t);
    for (int k = 0; k < (int)FF_PHASES; k++)
        sum += t.seconds[k];
    return sum;
}

void performance_begin(Performance *p, const MdRun *m)
{
    *p = (Performance){.m = m, .first = count(m), .force = force_seconds(m)};
    p->marked = p->first.wall;
}

void performance_mark(Performance *p, PerformanceRow row)
{
    double now = timer_now(), force = force_seconds(p->m);
    p->row[row] += now - p->marked - (force - p->force);
    p->marked = now;
    p->force = force;
}

/* Counts since performance_begin; the rows add up to the wall time. */
static PerformanceCount since(const Performance *p)
{
    PerformanceCount c = count(p->m);
    const PerformanceCount *f = &p->first;
    c.wall -= f->wall;
    c.cpu -= f->cpu;
    c.waited -= f->waited;
    c.row[PERFORMANCE_OTHER] = c.wall;
    for (int k = 0; k < (int)PERFORMANCE_OTHER; k++) {
        c.row[k] = k < (int)FF_PHASES ? c.row[k] - f->row[k] : p->row[k];
        c.row[PERFORMANCE_OTHER] -= c.row[k];
    }
    c.builds -= f->builds;
    c.prunes -= f->prunes;
    c.halo_messages -= f->halo_messages;
    c.halo_bytes -= f->halo_bytes;
    c.mesh_steps -= f->mesh_steps;
    c.mesh_messages -= f->mesh_messages;
    c.mesh_bytes -= f->mesh_bytes;
    for (int k = 0; k < MESH_PARTS; k++)
        c.mesh[k] -= f->mesh[k];
    return c;
}

/* mean[] and largest[] over ranks of n numbers. Collective. */
static void spread(const Comm *c, size_t n, const double own[], double mean[], double largest[])
{
    memcpy(mean, own, n * sizeof own[0]);
    memcpy(largest, own, n * sizeof own[0]);
    comm_sum(c, n, mean);
    comm_max(c, n, largest);
    for (size_t k = 0; k < n; k++)
        mean[k] /= comm_size(c);
}

static PerformanceRate rate_of(const Performance *p, const PerformanceCount *c, int64_t steps,
                               double timestep)
{
    double wall = c->wall, cpu = c->cpu;
    comm_max(p->m->comm, 1, &wall);
    comm_sum(p->m->comm, 1, &cpu);
    double work = (double)p->m->sample.n * (double)steps;
    double time = (double)steps * timestep * UNITS_TIME_PS;
    return (PerformanceRate){.wall = wall,
                             .cpu = cpu,
                             .atom_steps_wall = wall > 0.0 ? work / wall : 0.0,
                             .atom_steps_cpu = cpu > 0.0 ? work / cpu : 0.0,
                             .ns_per_day = wall > 0.0 ? time / 1e3 / wall * 86400.0 : 0.0};
}

static void append_rows(TextBuffer *b, const Performance *p, const PerformanceCount *c,
                        double steps)
{
    double mean[PERFORMANCE_ROWS], largest[PERFORMANCE_ROWS], whole = 0.0, most = c->wall;
    spread(p->m->comm, PERFORMANCE_ROWS, c->row, mean, largest);
    comm_max(p->m->comm, 1, &most);
    for (int k = 0; k < (int)PERFORMANCE_ROWS; k++)
        whole += mean[k];
    text_append(b, "%-22s %9s %9s %9s %7s\n", "ms per step, wall", "mean", "largest", "imbalance",
                "share");
    for (int k = 0; k < (int)PERFORMANCE_ROWS; k++)
        text_append(b, "  %-20s %9.3f %9.3f %9.2f %6.1f%%\n", row_name(k), 1e3 * mean[k] / steps,
                    1e3 * largest[k] / steps, mean[k] > 0.0 ? largest[k] / mean[k] : 1.0,
                    whole > 0.0 ? 100.0 * mean[k] / whole : 0.0);
    text_append(b, "  %-20s %9.3f %9.3f %9.2f %6.1f%%\n", "sum", 1e3 * whole / steps,
                1e3 * most / steps, whole > 0.0 ? most / whole : 1.0, 100.0);
    double wait, longest;
    spread(p->m->comm, 1, &c->waited, &wait, &longest);
    if (comm_size(p->m->comm) > 1)
        text_append(b, "  %-20s %9.3f %9.3f %9.2f %6.1f%%\n", "of it for others",
                    1e3 * wait / steps, 1e3 * longest / steps, wait > 0.0 ? longest / wait : 1.0,
                    whole > 0.0 ? 100.0 * wait / whole : 0.0);
}

static void append_mesh(TextBuffer *b, const Performance *p, const PerformanceCount *c)
{
    double mean[MESH_PARTS], largest[MESH_PARTS];
    spread(p->m->comm, MESH_PARTS, c->mesh, mean, largest);
    if (c->mesh_steps == 0)
        return;
    text_append(b, "ms per step, CPU, of the mesh:");
    for (int k = 0; k < MESH_PARTS; k++)
        text_append(b, "%s %s %.3f", k ? "," : "", mesh_part[k],
                    1e3 * mean[k] / (double)c->mesh_steps);
    text_append(b, "\n");
}

/* What ranks sent, measured, and by the formulas of domain.h; p3m.h has those of the mesh. */
static void append_traffic(TextBuffer *b, const Performance *p, const PerformanceCount *c,
                           double steps)
{
    enum { N = 6 };
    int neighbours, members, columns;
    int64_t atoms, messages, bytes;
    P3mTimes mesh;
    halo_count(p->m->domain, &neighbours, &atoms, &messages, &bytes);
    forcefield_mesh_times(p->m->ff, &mesh, &members, &columns);
    const double own[N] = {(double)c->halo_messages / steps,
                           (double)c->halo_bytes / steps,
                           (double)c->mesh_messages / steps,
                           (double)c->mesh_bytes / steps,
                           2.0 * neighbours,
                           48.0 * (double)atoms};
    double mean[N], largest[N];
    spread(p->m->comm, N, own, mean, largest);
    text_append(b, "sent a step and rank    messages   largest     bytes   largest\n");
    text_append(b, "  %-20s %9.1f %9.1f %9.0f %9.0f\n", "halo", mean[0], largest[0], mean[1],
                largest[1]);
    text_append(b, "  %-20s %9.1f %9.1f %9.0f %9.0f\n", "  2 N, 48 G", mean[4], largest[4], mean[5],
                largest[5]);
    text_append(b, "  %-20s %9.1f %9.1f %9.0f %9.0f\n", "mesh", mean[2], largest[2], mean[3],
                largest[3]);
    text_append(b,
                "  mesh on %d ranks in %d columns; besides two reductions, of forces and of the "
                "integrator\n",
                members, columns);
}

char *performance_table(const Performance *p, int64_t steps, double timestep)
{
    const MdRun *m = p->m;
    PerformanceCount c = since(p); /* before anything is sent for the table itself */
    double n = steps > 0 ? (double)steps : 1.0;
    int grid[3];
    char kernel[64], coulomb[256];
    TextBuffer b = {0};
    PerformanceRate r = rate_of(p, &c, steps, timestep);
    domain_grid(m->domain, grid);
    forcefield_kernel(m->ff, sizeof kernel, kernel);
    forcefield_describe(m->ff, sizeof coulomb, coulomb);
    text_append(&b, "%lld atoms, %lld steps of %.4g fs on %d ranks (%d x %d x %d), kernel %s\n",
                (long long)m->sample.n, (long long)steps, timestep * UNITS_TIME_PS * 1e3,
                comm_size(m->comm), grid[0], grid[1], grid[2], kernel);
    text_append(&b, "%s\n", coulomb);
    text_append(&b, "wall %.3f s, CPU %.3f s: %.4g atom-steps/s, %.4g per s of CPU, %.4g ns/day\n",
                r.wall, r.cpu, r.atom_steps_wall, r.atom_steps_cpu, r.ns_per_day);
    text_append(&b, "lists made %lld times, inner lists %lld times\n", (long long)c.builds,
                (long long)c.prunes);
    append_rows(&b, p, &c, n);
    append_mesh(&b, p, &c);
    append_traffic(&b, p, &c, n);
    return b.text;
}

void performance_report(const Performance *p, const char *path, int64_t first, int64_t last,
                        double timestep)
{
    char *table = performance_table(p, last - first, timestep), date[21];
    FILE *file = comm_is_root(p->m->comm) ? fopen(path, first > 0 ? "a" : "w") : NULL;
    timer_date(date);
    if (file != NULL) {
        fprintf(file, "# %s: steps %lld to %lld, %s\n%s\n", provenance_version(), (long long)first,
                (long long)last, date, table);
        if (fclose(file) != 0)
            log_warn("%s is not whole", path);
    }
    for (const char *line = table; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        log_info("  %.*s", length, line);
        line += length + (line[length] == '\n');
    }
    free(table);
}
