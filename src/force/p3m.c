#include "force/p3m.h"

#include "base/mem.h"
#include "base/timer.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/p3m_cost.h"
#include "force/p3m_influence.h"
#include "force/p3m_mesh.h"
#include "force/p3m_route.h"
#include "force/p3m_solve.h"
#include "par/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct P3m {
    const Comm *comm;
    int mesh[3], order;
    int members, columns;
    Comm *among; /* the members; of the other ranks, the others */
    Fft *fft;    /* NULL on ranks without mesh, as all the following */
    P3mInfluence *influence;
    double *weight; /* [waves along z] 2 where the wave of the other sign is not stored */
    P3mBrick brick;
    P3mRoute *route; /* NULL on one rank */
    Cell cell;       /* of this step, as are: */
    int32_t nlocal, lost;
    P3mCharge *charge;     /* [nlocal] */
    double (*gradient)[3]; /* [nlocal] */
    size_t nin;
    int32_t room; /* for atoms */
    P3mTimes times;
};

static Err check(double beta, const int mesh[3], const P3mOptions *o)
{
    if (o->order < P3M_ORDER_MIN || o->order > P3M_ORDER_MAX)
        return err_set(ERR_INPUT, "P3M: order %d, allowed are %d to %d", o->order, P3M_ORDER_MIN,
                       P3M_ORDER_MAX);
    for (int i = 0; i < 3; i++)
        if (mesh[i] < 2 || mesh[i] > 4096)
            return err_set(ERR_INPUT,
                           "P3M: mesh %d x %d x %d, allowed are 2 to 4096 points per axis", mesh[0],
                           mesh[1], mesh[2]);
    if (!(beta > 0.0 && isfinite(beta)))
        return err_set(ERR_INPUT, "P3M: beta %g/angstrom must be positive", beta);
    if (o->mesh_ranks < 0 || o->columns < 0)
        return err_set(ERR_INPUT, "P3M: %d mesh ranks in %d columns", o->mesh_ranks, o->columns);
    return OK;
}

/* Members are spread evenly over the ranks, and so over the nodes. */
static int member_rank(const P3m *p, int member)
{
    return (int)((int64_t)member * comm_size(p->comm) / p->members);
}

static bool is_member(const P3m *p)
{
    for (int k = 0; k < p->members; k++)
        if (member_rank(p, k) == comm_rank(p->comm))
            return true;
    return false;
}

static void make_mesh(P3m *p, const Cell *cell, double beta, const P3mOptions *o)
{
    const FftOptions fo = {.columns = p->columns,
                           .pad = P3M_MESH_PAD,
                           .measure = o->measure,
                           .reproducible = o->reproducible};
    p->fft = fft_new(p->among, p->mesh, &fo);
    const FftBlock *real = fft_block(p->fft), *waves = fft_wave_block(p->fft);
    p->influence = p3m_influence_new(p->mesh, p->order, beta, waves);
    p3m_influence_update(p->influence, cell, false);
    p->weight = MEM_NEW(double, waves->count[2] + 1);
    for (int k = 0; k < waves->count[2]; k++) {
        int z = waves->first[2] + k;
        p->weight[k] = z == 0 || 2 * z == p->mesh[2] ? 1.0 : 2.0;
    }
    p->brick = (P3mBrick){.first = {real->first[0], real->first[1]},
                          .count = {real->count[0], real->count[1]},
                          .plane = (ptrdiff_t)real->step[0],
                          .row = (ptrdiff_t)real->step[1],
                          .value = fft_real(p->fft),
                          .exact = o->reproducible};
    memcpy(p->brick.mesh, p->mesh, sizeof p->mesh);
}

/* All ranks learn from rank 0, the first member, how the mesh is cut. */
static void make_route(P3m *p)
{
    int rows = p->members / p->columns;
    int *x = MEM_NEW(int, rows + 1), *y = MEM_NEW(int, p->columns + 1);
    int *member = MEM_NEW(int, p->members);
    if (comm_is_root(p->comm)) {
        memcpy(x, fft_starts(p->fft, 0), (size_t)(rows + 1) * sizeof *x);
        memcpy(y, fft_starts(p->fft, 1), (size_t)(p->columns + 1) * sizeof *y);
    }
    comm_bcast(p->comm, 0, (size_t)(rows + 1) * sizeof *x, x);
    comm_bcast(p->comm, 0, (size_t)(p->columns + 1) * sizeof *y, y);
    for (int k = 0; k < p->members; k++)
        member[k] = member_rank(p, k);
    p->route = p3m_route_new(p->comm, p->mesh, p->order, rows, p->columns, x, y, member);
    free(x);
    free(y);
    free(member);
}

Err p3m_new(const Comm *comm, const Cell *cell, double beta, const int mesh[3], const P3mOptions *o,
            P3m **out)
{
    *out = NULL;
    Err e = check(beta, mesh, o);
    if (e != OK)
        return e; /* on all ranks alike */
    P3m *p = MEM_NEW(P3m, 1);
    p->comm = comm;
    p->order = o->order;
    memcpy(p->mesh, mesh, sizeof p->mesh);
    p3m_cost_ranks(mesh, comm_size(comm), o->mesh_ranks, o->columns, o->reproducible, &p->members,
                   &p->columns);
    bool member = is_member(p);
    p->among = comm_split(comm, member ? 0 : 1);
    if (member)
        make_mesh(p, cell, beta, o);
    if (comm_size(comm) > 1)
        make_route(p);
    *out = p;
    return OK;
}

void p3m_free(P3m *p)
{
    if (p == NULL)
        return;
    fft_free(p->fft);
    p3m_influence_free(p->influence);
    p3m_route_free(p->route);
    comm_free(p->among);
    free(p->weight);
    free(p->charge);
    free(p->gradient);
    free(p);
}

/* Add the time since *since to *phase, and go on from now. */
static void lap(double *since, double *phase)
{
    double now = timer_cpu();
    *phase += now - *since;
    *since = now;
}

static void make_room(P3m *p, int32_t n)
{
    if (n <= p->room)
        return;
    free(p->charge);
    free(p->gradient);
    p->room = n + n / 4;
    p->charge = MEM_NEW(P3mCharge, p->room);
    p->gradient = mem_new((size_t)p->room, sizeof *p->gradient);
}

/* The charges of this rank's brick: those of others are spread when they have come. */
static void spread(P3m *p, double *since)
{
    bool mesh = p->fft != NULL;
    if (mesh)
        p3m_mesh_clear(&p->brick);
    if (p->route == NULL) {
        p3m_mesh_spread(&p->brick, p->order, (size_t)p->nlocal, p->charge);
    } else {
        size_t first, own;
        const P3mCharge *in = p3m_route_inbox(p->route, &first, &own);
        if (mesh)
            p3m_mesh_spread(&p->brick, p->order, own, in + first);
        lap(since, &p->times.spread);
        p3m_route_wait(p->route);
        lap(since, &p->times.comm);
        if (mesh) {
            p3m_mesh_spread(&p->brick, p->order, first, in);
            p3m_mesh_spread(&p->brick, p->order, p->nin - first - own, in + first + own);
        }
    }
    if (mesh)
        p3m_mesh_fold(&p->brick);
    lap(since, &p->times.spread);
}

void p3m_begin(P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3], const double q[])
{
    double since = timer_cpu();
    p->cell = *cell;
    p->nlocal = nlocal;
    make_room(p, nlocal);
    p->lost = p3m_mesh_place(p->mesh, (const double(*)[3])cell->inv, nlocal, x, q, p->charge);
    lap(&since, &p->times.place);
    if (p->route != NULL) {
        p->nin = p3m_route_send(p->route, nlocal, p->charge);
        lap(&since, &p->times.comm);
    }
    spread(p, &since);
    if (p->fft != NULL)
        fft_forward_begin(p->fft);
    lap(&since, &p->times.fft);
}

/* E and W_ab = sum E_k [delta_ab - 4 pi^2 inv_ai inv_bj T_ij] of one plane of waves */
static void add_sums(const Cell *cell, double factor, const double sum[7], P3mSums *s)
{
    const double t[3][3] = {
        {sum[1], sum[4], sum[5]}, {sum[4], sum[2], sum[6]}, {sum[5], sum[6], sum[3]}};
    exact_add(&s->energy, factor * sum[0]);
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            double tb[3];
            mat_times_vec(t, cell->inv[b], tb);
            exact_add(&s->virial[a][b], factor * ((a == b ? sum[0] : 0.0) -
                                                  4.0 * PI * PI * vec_dot(cell->inv[a], tb)));
        }
    }
}

/* Charges to potentials, in the planes of waves as they lie in memory: in reproducible runs each is
 * whole on one rank. */
static void solve(P3m *p, bool wanted, P3mSums *s)
{
    const double prefactor = UNITS_COULOMB / p->cell.volume;
    const FftBlock *b = fft_wave_block(p->fft);
    int outer = b->step[0] > b->step[1] ? 0 : 1, rows = b->count[1 - outer], nz = b->count[2];
    const double *g = p3m_influence_values(p->influence),
                 *strain = p3m_influence_strain(p->influence);
    double *wave = fft_waves(p->fft), sum[7];
    for (int k = 0; k < b->count[outer] && nz > 0; k++) {
        size_t at = (size_t)k * b->step[outer];
        p3m_solve(rows, nz, p->weight, g + at, wanted ? strain + 6 * at : NULL, wave + 2 * at,
                  wanted ? sum : NULL);
        if (wanted)
            add_sums(&p->cell, 0.5 * prefactor, sum, s);
    }
}

/* f = -dE/dr: gradients per mesh step to Cartesian */
static void add_forces(const P3m *p, double (*f)[3])
{
    double scaled[3][3];
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++)
            scaled[a][i] = -p->cell.inv[a][i] * p->mesh[i];
    for (int32_t k = 0; k < p->nlocal; k++) {
        double force[3];
        mat_times_vec((const double(*)[3])scaled, p->gradient[k], force);
        vec_axpy(1.0, force, f[k]);
    }
}

void p3m_transform(P3m *p, bool wanted, P3mSums *sums)
{
    double since = timer_cpu();
    memset(sums, 0, sizeof *sums);
    exact_add(&sums->lost, p->lost);
    if (p->fft == NULL)
        return;
    p3m_influence_update(p->influence, &p->cell, wanted);
    lap(&since, &p->times.influence);
    fft_forward_finish(p->fft);
    lap(&since, &p->times.fft);
    solve(p, wanted, sums);
    lap(&since, &p->times.solve);
    fft_backward_begin(p->fft);
    lap(&since, &p->times.fft);
}

void p3m_gather(P3m *p)
{
    double since = timer_cpu(), prefactor = UNITS_COULOMB / p->cell.volume;
    if (p->fft != NULL) {
        fft_backward_finish(p->fft);
        lap(&since, &p->times.fft);
        p3m_mesh_unfold(&p->brick);
    }
    if (p->route == NULL) {
        p3m_mesh_gather(&p->brick, p->order, prefactor, (size_t)p->nlocal, p->charge, p->gradient);
    } else {
        size_t first, own;
        const P3mCharge *in = p3m_route_inbox(p->route, &first, &own);
        if (p->fft != NULL)
            p3m_mesh_gather(&p->brick, p->order, prefactor, p->nin, in, p3m_route_room(p->route));
        p3m_route_return(p->route);
    }
    lap(&since, &p->times.gather);
}

void p3m_finish(P3m *p, double (*f)[3])
{
    double since = timer_cpu();
    if (p->route != NULL)
        p3m_route_sum(p->route, p->nlocal, p->gradient);
    lap(&since, &p->times.comm);
    add_forces(p, f);
    lap(&since, &p->times.gather);
    p->times.steps++;
}

Err p3m_compute(P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3], const double q[],
                double (*f)[3], double *energy, double virial[3][3])
{
    P3mSums s;
    p3m_begin(p, cell, nlocal, x, q);
    p3m_transform(p, true, &s);
    p3m_gather(p);
    p3m_finish(p, f);
    comm_sum_exact(p->comm, sizeof s / sizeof(Exact), (Exact *)&s);
    *energy = exact_value(s.energy);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            virial[a][b] = exact_value(s.virial[a][b]);
    double lost = exact_value(s.lost);
    if (lost > 0.0)
        return err_set(ERR_NUMERICAL, "P3M: %.0f atoms have no finite position or charge", lost);
    return OK;
}

void p3m_layout(const P3m *p, int *members, int *columns)
{
    *members = p->members;
    *columns = p->columns;
}

void p3m_times(const P3m *p, P3mTimes *times)
{
    int64_t messages = 0, bytes = 0;
    *times = p->times;
    if (p->route != NULL)
        p3m_route_traffic(p->route, &times->messages, &times->bytes);
    if (p->fft != NULL)
        fft_traffic(p->fft, &messages, &bytes);
    times->messages += 2 * p->times.steps * messages;
    times->bytes += 2 * p->times.steps * bytes;
}
