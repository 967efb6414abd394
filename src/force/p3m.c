#include "force/p3m.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/p3m_influence.h"
#include "force/p3m_mesh.h"
#include "par/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct P3m {
    const Comm *comm;
    int mesh[3], order;
    Fft *fft;
    P3mInfluence *influence;
    P3mSlab slab;
    int *plane_rank; /* [mesh[0]] who owns a plane */
};

Err p3m_new(const Comm *comm, const Cell *cell, double beta, const int mesh[3], int order,
            P3m **out)
{
    *out = NULL;
    if (order < P3M_ORDER_MIN || order > P3M_ORDER_MAX)
        return err_set(ERR_INPUT, "P3M: order %d, allowed are %d to %d", order, P3M_ORDER_MIN,
                       P3M_ORDER_MAX);
    for (int i = 0; i < 3; i++)
        if (mesh[i] < 2 || mesh[i] > 4096)
            return err_set(ERR_INPUT,
                           "P3M: mesh %d x %d x %d, allowed are 2 to 4096 points per axis", mesh[0],
                           mesh[1], mesh[2]);
    if (!(beta > 0.0 && isfinite(beta)))
        return err_set(ERR_INPUT, "P3M: beta %g/angstrom must be positive", beta);
    P3m *p = MEM_NEW(P3m, 1);
    p->comm = comm;
    p->order = order;
    memcpy(p->mesh, mesh, sizeof p->mesh);
    p->fft = fft_new(comm, mesh, false);
    int first, count;
    fft_columns(p->fft, &first, &count);
    p->influence = p3m_influence_new(mesh, order, beta, first, count);
    p3m_influence_update(p->influence, cell);
    memcpy(p->slab.mesh, mesh, sizeof p->slab.mesh);
    fft_planes(p->fft, &p->slab.first, &p->slab.count);
    p->slab.stride = fft_stride(p->fft);
    p->slab.value = fft_real(p->fft);
    p->plane_rank = MEM_NEW(int, mesh[0]);
    const int *starts = fft_plane_starts(p->fft);
    for (int r = 0; r < comm_size(comm); r++)
        for (int plane = starts[r]; plane < starts[r + 1]; plane++)
            p->plane_rank[plane] = r;
    *out = p;
    return OK;
}

void p3m_free(P3m *p)
{
    if (p == NULL)
        return;
    fft_free(p->fft);
    p3m_influence_free(p->influence);
    free(p->plane_rank);
    free(p);
}

/* Position in mesh steps. An atom that is nowhere becomes a charge of zero at the origin and is
 * counted, so that this rank can go on to the point where all ranks learn of it. */
static P3mCharge to_mesh(const P3m *p, const Cell *cell, const double x[3], double q, double *lost)
{
    double s[3];
    vec_times_mat(x, cell->inv, s);
    if (!isfinite(s[0] + s[1] + s[2] + q)) {
        *lost += 1.0;
        return (P3mCharge){.q = 0.0};
    }
    P3mCharge charge = {.q = q};
    for (int a = 0; a < 3; a++) {
        double u = (s[a] - floor(s[a])) * p->mesh[a];
        charge.u[a] = u < p->mesh[a] ? u : 0.0; /* rounding may reach the upper face */
    }
    return charge;
}

/* The ranks that own planes of a charge, each once; returns how many. */
static int owners(const P3m *p, const P3mCharge *charge, int rank[P3M_ORDER_MAX])
{
    int n = 0, plane = (int)charge->u[0];
    for (int j = 0; j < p->order; j++) {
        int r = p->plane_rank[plane], i = 0;
        while (i < n && rank[i] != r)
            i++;
        if (i == n)
            rank[n++] = r;
        plane = plane > 0 ? plane - 1 : p->mesh[0] - 1;
    }
    return n;
}

/* Which atom goes to which rank: charges in order of destination, then of atom. */
typedef struct Outbox {
    size_t *bytes;     /* [ranks] */
    size_t n;          /* charges in all */
    int32_t *atom;     /* [n] */
    P3mCharge *charge; /* [n] */
} Outbox;

static Outbox pack(const P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3],
                   const double q[], double *lost)
{
    int ranks = comm_size(p->comm), to[P3M_ORDER_MAX];
    Outbox box = {.bytes = MEM_NEW(size_t, ranks)};
    P3mCharge *all = MEM_NEW(P3mCharge, nlocal);
    size_t *next = MEM_NEW(size_t, ranks);
    for (int32_t i = 0; i < nlocal; i++) {
        all[i] = to_mesh(p, cell, x[i], q[i], lost);
        for (int k = owners(p, &all[i], to); k-- > 0;)
            box.bytes[to[k]]++;
    }
    for (int r = 0; r < ranks; r++) {
        next[r] = box.n;
        box.n += box.bytes[r];
        box.bytes[r] *= sizeof(P3mCharge);
    }
    box.atom = MEM_NEW(int32_t, box.n);
    box.charge = MEM_NEW(P3mCharge, box.n);
    for (int32_t i = 0; i < nlocal; i++) {
        for (int k = owners(p, &all[i], to); k-- > 0;) {
            size_t at = next[to[k]]++;
            box.atom[at] = i;
            box.charge[at] = all[i];
        }
    }
    free(next);
    free(all);
    return box;
}

static void outbox_clear(Outbox *box)
{
    free(box->bytes);
    free(box->atom);
    free(box->charge);
}

/* In k space: sum energies and strain derivatives, and turn charges into potentials.
 *   sum  E, then T_ij E summed in the order of p3m_influence_strain */
static void solve(P3m *p, double prefactor, double sum[7])
{
    int first, count, nz = p->mesh[2] / 2 + 1;
    fft_columns(p->fft, &first, &count);
    const double *g = p3m_influence_values(p->influence);
    const double(*strain)[6] = p3m_influence_strain(p->influence);
    double *rho = fft_complex(p->fft);
    size_t rows = (size_t)count * (size_t)p->mesh[0];
    for (size_t row = 0; row < rows; row++) {
        double part[7] = {0.0};
        for (int z = 0; z < nz; z++) {
            size_t i = row * (size_t)nz + (size_t)z;
            /* waves with z of the other sign are not stored */
            double twice = z == 0 || 2 * z == p->mesh[2] ? 1.0 : 2.0;
            double *c = rho + 2 * i;
            double e = twice * g[i] * (c[0] * c[0] + c[1] * c[1]);
            part[0] += e;
            for (int t = 0; t < 6; t++)
                part[1 + t] += e * strain[i][t];
            c[0] *= g[i];
            c[1] *= g[i];
        }
        for (int t = 0; t < 7; t++)
            sum[t] += 0.5 * prefactor * part[t];
    }
}

/* W_ab = sum E_k [delta_ab - 4 pi^2 inv_ai inv_bj T_ij] */
static void virial_of(const Cell *cell, const double sum[7], double virial[3][3])
{
    const double t[3][3] = {
        {sum[1], sum[4], sum[5]}, {sum[4], sum[2], sum[6]}, {sum[5], sum[6], sum[3]}};
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            double tb[3];
            mat_times_vec(t, cell->inv[b], tb);
            virial[a][b] = (a == b ? sum[0] : 0.0) - 4.0 * PI * PI * vec_dot(cell->inv[a], tb);
        }
    }
}

/* f = -dE/dr: gradients per mesh step, which come back in the order of the outbox, to Cartesian */
static void add_forces(const P3m *p, const Cell *cell, double prefactor, const Outbox *box,
                       const double (*gradient)[3], double (*f)[3])
{
    double scaled[3][3];
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++)
            scaled[a][i] = -prefactor * cell->inv[a][i] * p->mesh[i];
    for (size_t k = 0; k < box->n; k++) {
        double force[3];
        mat_times_vec((const double(*)[3])scaled, gradient[k], force);
        vec_axpy(1.0, force, f[box->atom[k]]);
    }
}

Err p3m_compute(P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3], const double q[],
                double (*f)[3], double *energy, double virial[3][3])
{
    double sum[8] = {0.0}, prefactor = UNITS_COULOMB / cell->volume;
    int ranks = comm_size(p->comm);
    p3m_influence_update(p->influence, cell);

    Outbox box = pack(p, cell, nlocal, x, q, &sum[7]);
    size_t *bytes = MEM_NEW(size_t, ranks), nin = 0;
    P3mCharge *in = comm_alltoallv(p->comm, box.bytes, box.charge, bytes);
    for (int r = 0; r < ranks; r++)
        nin += bytes[r] / sizeof(P3mCharge);

    size_t plane = (size_t)p->mesh[1] * (size_t)p->slab.stride;
    memset(p->slab.value, 0, (size_t)p->slab.count * plane * sizeof(double));
    p3m_mesh_spread(&p->slab, p->order, (int)nin, in);
    fft_forward(p->fft);
    solve(p, prefactor, sum);
    fft_backward(p->fft);

    double(*out)[3] = mem_new(nin, sizeof *out);
    p3m_mesh_gather(&p->slab, p->order, (int)nin, in, out);
    for (int r = 0; r < ranks; r++)
        bytes[r] = bytes[r] / sizeof(P3mCharge) * sizeof *out;
    size_t *back = MEM_NEW(size_t, ranks);
    double(*gradient)[3] = comm_alltoallv(p->comm, bytes, out, back);
    add_forces(p, cell, prefactor, &box, (const double(*)[3])gradient, f);

    comm_sum(p->comm, 8, sum);
    *energy = sum[0];
    virial_of(cell, sum, virial);
    outbox_clear(&box);
    free(bytes);
    free(back);
    free(in);
    free(out);
    free(gradient);
    if (sum[7] > 0.0)
        return err_set(ERR_NUMERICAL, "P3M: %.0f atoms have no finite position or charge", sum[7]);
    return OK;
}
