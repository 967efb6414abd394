#include "par/fft.h"

#include "base/mem.h"
#include "par/comm_mpi.h"
#include "par/pencil.h"

#include <fftw3-mpi.h>
#include <stdlib.h>
#include <string.h>

struct Fft {
    int n[3], nk, columns;
    FftBlock block, waves;
    int *starts[2]; /* not with pencils, which have their own */
    double *real, *wave;
    fftw_plan forward, backward;
    Pencil *pencil; /* NULL: whole */
    int64_t messages, bytes;
};

/* Whole cache lines, and not a power of two of them: planes would fall on one another in the cache */
static int row_stride(int n, int pad)
{
    int stride = (n + pad + 7) / 8 * 8;
    return stride % 64 == 0 ? stride + 8 : stride;
}

static void plan_whole(Fft *f, int stride, unsigned effort)
{
    const int *n = f->n, real[3] = {n[0], n[1], stride}, wave[3] = {n[0], n[1], f->nk};
    size_t plane = (size_t)n[1] * (size_t)stride, waves = (size_t)n[1] * (size_t)f->nk;
    f->block = (FftBlock){{0}, {n[0], n[1], n[2]}, {plane, (size_t)stride, 1}};
    f->waves = (FftBlock){{0}, {n[0], n[1], f->nk}, {waves, (size_t)f->nk, 1}};
    f->real = MEM_NEW(double, (size_t)n[0] * plane);
    f->wave = MEM_NEW(double, 2 * (size_t)n[0] * waves);
    f->forward = fftw_plan_many_dft_r2c(3, n, 1, f->real, real, 1, 0, (fftw_complex *)f->wave, wave,
                                        1, 0, effort | FFTW_DESTROY_INPUT);
    f->backward = fftw_plan_many_dft_c2r(3, n, 1, (fftw_complex *)f->wave, wave, 1, 0, f->real,
                                         real, 1, 0, effort | FFTW_DESTROY_INPUT);
    CHECK(f->forward != NULL && f->backward != NULL, "no FFTW plan for %d x %d x %d", n[0], n[1],
          n[2]);
    memset(f->real, 0, (size_t)n[0] * plane * sizeof(double)); /* measuring leaves its noise */
    for (int a = 0; a < 2; a++) {
        f->starts[a] = MEM_NEW(int, 2);
        f->starts[a][1] = n[a];
    }
}

static void plan_pencils(Fft *f, const Comm *c, int stride, unsigned effort)
{
    f->pencil = pencil_new(c, f->n, f->columns, stride, effort);
    pencil_blocks(f->pencil, &f->block, &f->waves);
    f->real = pencil_real(f->pencil);
    f->wave = pencil_waves(f->pencil);
    pencil_traffic(f->pencil, &f->messages, &f->bytes);
}

static void plan(Fft *f, const Comm *c, bool pencils, int pad, unsigned effort)
{
    int stride = row_stride(f->n[2], pad);
    if (pencils)
        plan_pencils(f, c, stride, effort);
    else
        plan_whole(f, stride, effort);
}

static void clear(Fft *f)
{
    if (f->pencil != NULL) {
        pencil_free(f->pencil);
        return;
    }
    fftw_destroy_plan(f->forward);
    fftw_destroy_plan(f->backward);
    free(f->wave);
    free(f->real);
    free(f->starts[0]);
    free(f->starts[1]);
}

static Fft *blank(const int n[3], const FftOptions *o)
{
    Fft *f = MEM_NEW(Fft, 1);
    memcpy(f->n, n, sizeof f->n);
    f->nk = n[2] / 2 + 1;
    f->columns = o->columns > 1 ? o->columns : 1;
    return f;
}

/* All ranks to know what any has measured: where two disagree, rank 0 is right. */
static void share_wisdom(const Comm *c)
{
    if (c->size == 1)
        return;
    fftw_mpi_gather_wisdom(c->handle);
    char *text = c->rank == 0 ? fftw_export_wisdom_to_string() : NULL;
    fftw_forget_wisdom();
    if (text != NULL)
        CHECK(fftw_import_wisdom_from_string(text) == 1, "FFTW does not know its own wisdom");
    free(text);
    fftw_mpi_broadcast_wisdom(c->handle);
}

Fft *fft_new(const Comm *c, const int n[3], const FftOptions *o)
{
    fftw_mpi_init(); /* harmless when called again */
    Fft *f = blank(n, o);
    CHECK(!o->reproducible || f->columns == 1, "%d columns", f->columns);
    bool pencils = o->reproducible || c->size > 1;
    if (o->reproducible) {
        char *known = fftw_export_wisdom_to_string();
        fftw_forget_wisdom();
        plan(f, c, pencils, o->pad, FFTW_ESTIMATE);
        fftw_forget_wisdom();
        CHECK(known != NULL && fftw_import_wisdom_from_string(known) == 1,
              "FFTW does not know its own wisdom");
        free(known);
        return f;
    }
    plan(f, c, pencils, o->pad, o->measure ? FFTW_MEASURE : FFTW_ESTIMATE);
    if (o->measure && c->size > 1) { /* again, now that all know the same */
        share_wisdom(c);
        clear(f);
        free(f);
        f = blank(n, o);
        plan(f, c, pencils, o->pad, FFTW_MEASURE);
    }
    return f;
}

void fft_free(Fft *f)
{
    if (f == NULL)
        return;
    clear(f);
    free(f);
}

const FftBlock *fft_block(const Fft *f)
{
    return &f->block;
}

const FftBlock *fft_wave_block(const Fft *f)
{
    return &f->waves;
}

int fft_columns(const Fft *f)
{
    return f->columns;
}

const int *fft_starts(const Fft *f, int axis)
{
    return f->pencil != NULL ? pencil_starts(f->pencil, axis) : f->starts[axis];
}

double *fft_real(Fft *f)
{
    return f->real;
}

double *fft_waves(Fft *f)
{
    return f->wave;
}

void fft_forward_begin(Fft *f)
{
    if (f->pencil != NULL)
        pencil_forward_begin(f->pencil);
    else
        fftw_execute(f->forward);
}

void fft_forward_finish(Fft *f)
{
    if (f->pencil != NULL)
        pencil_forward_finish(f->pencil);
}

void fft_forward(Fft *f)
{
    fft_forward_begin(f);
    fft_forward_finish(f);
}

void fft_backward_begin(Fft *f)
{
    if (f->pencil != NULL)
        pencil_backward_begin(f->pencil);
}

void fft_backward_finish(Fft *f)
{
    if (f->pencil != NULL)
        pencil_backward_finish(f->pencil);
    else
        fftw_execute(f->backward);
}

void fft_backward(Fft *f)
{
    fft_backward_begin(f);
    fft_backward_finish(f);
}

void fft_traffic(const Fft *f, int64_t *messages, int64_t *bytes)
{
    *messages = f->messages;
    *bytes = f->bytes;
}

char *fft_wisdom_export(const Comm *c)
{
    char *text = c->rank == 0 ? fftw_export_wisdom_to_string() : NULL;
    int64_t bytes = text != NULL ? (int64_t)strlen(text) + 1 : 0;
    comm_bcast(c, 0, sizeof bytes, &bytes);
    char *all = MEM_NEW(char, bytes + 1);
    if (text != NULL)
        memcpy(all, text, (size_t)bytes);
    free(text);
    comm_bcast(c, 0, (size_t)bytes, all);
    return all;
}

Err fft_wisdom_import(const Comm *c, const char *text)
{
    int64_t bytes = c->rank == 0 && text != NULL ? (int64_t)strlen(text) + 1 : 0;
    comm_bcast(c, 0, sizeof bytes, &bytes);
    char *all = MEM_NEW(char, bytes + 1);
    if (c->rank == 0 && bytes > 0)
        memcpy(all, text, (size_t)bytes);
    comm_bcast(c, 0, (size_t)bytes, all);
    fftw_mpi_init(); /* wisdom is known only by the set of solvers that made it */
    bool good = fftw_import_wisdom_from_string(all) == 1; /* the same everywhere: one text */
    free(all);
    if (!good)
        return err_set(ERR_INPUT, "the text is no wisdom of %s", fftw_version);
    return OK;
}

void fft_wisdom_forget(void)
{
    fftw_forget_wisdom();
}
