#include "par/fft.h"

#include "base/mem.h"
#include "par/comm_mpi.h"

#include <fftw3-mpi.h>
#include <stdlib.h>

struct Fft {
    int n[3];
    ptrdiff_t planes, first_plane, columns, first_column;
    int *plane_starts;
    double *mesh;
    fftw_plan forward, backward;
};

Fft *fft_new(const Comm *c, const int n[3], bool measure)
{
    fftw_mpi_init(); /* harmless when called again */
    Fft *f = MEM_NEW(Fft, 1);
    for (int k = 0; k < 3; k++)
        f->n[k] = n[k];
    ptrdiff_t complexes =
        fftw_mpi_local_size_3d_transposed(n[0], n[1], n[2] / 2 + 1, c->handle, &f->planes,
                                          &f->first_plane, &f->columns, &f->first_column);
    f->mesh = fftw_alloc_real(2 * (size_t)(complexes > 0 ? complexes : 1));
    CHECK(f->mesh != NULL, "no memory for a %d x %d x %d mesh", n[0], n[1], n[2]);
    fftw_complex *transform = (fftw_complex *)f->mesh;
    unsigned effort = measure ? FFTW_MEASURE : FFTW_ESTIMATE;
    f->forward = fftw_mpi_plan_dft_r2c_3d(n[0], n[1], n[2], f->mesh, transform, c->handle,
                                          effort | FFTW_MPI_TRANSPOSED_OUT);
    f->backward = fftw_mpi_plan_dft_c2r_3d(n[0], n[1], n[2], transform, f->mesh, c->handle,
                                           effort | FFTW_MPI_TRANSPOSED_IN);
    CHECK(f->forward != NULL && f->backward != NULL, "no FFTW plan for %d x %d x %d", n[0], n[1],
          n[2]);
    f->plane_starts = MEM_NEW(int, c->size + 1);
    int mine = (int)f->planes;
    MPI_TRY(MPI_Allgather(&mine, 1, MPI_INT, f->plane_starts + 1, 1, MPI_INT, c->handle));
    for (int r = 0; r < c->size; r++)
        f->plane_starts[r + 1] += f->plane_starts[r];
    if (mine == 0)
        f->first_plane = f->plane_starts[c->rank];
    return f;
}

void fft_free(Fft *f)
{
    if (f == NULL)
        return;
    fftw_destroy_plan(f->forward);
    fftw_destroy_plan(f->backward);
    fftw_free(f->mesh);
    free(f->plane_starts);
    free(f);
}

void fft_planes(const Fft *f, int *first, int *count)
{
    *first = (int)f->first_plane;
    *count = (int)f->planes;
}

const int *fft_plane_starts(const Fft *f)
{
    return f->plane_starts;
}

void fft_columns(const Fft *f, int *first, int *count)
{
    *first = (int)f->first_column;
    *count = (int)f->columns;
}

double *fft_real(Fft *f)
{
    return f->mesh;
}

int fft_stride(const Fft *f)
{
    return 2 * (f->n[2] / 2 + 1);
}

double *fft_complex(Fft *f)
{
    return f->mesh;
}

void fft_forward(Fft *f)
{
    fftw_execute(f->forward);
}

void fft_backward(Fft *f)
{
    fftw_execute(f->backward);
}

const char *fft_library(void)
{
    return fftw_version;
}
