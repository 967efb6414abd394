#include "analysis/rhok.h"

#include "analysis/rhok_kernel.h"
#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

/* Atoms of one species, RHOK_PIECE at a time; the last piece of a species is filled up with nothing. */
typedef struct Piece {
    int32_t kind;
    int n;
    int64_t atom[RHOK_PIECE];
} Piece;

struct Rhok {
    const Sample *sample;
    const Wavevectors *w;
    size_t first, count, pieces;
    Piece *piece;
    RhokRow *power[3]; /* [most + 1] exp(2 pi i m s) of the atoms of the piece at hand */
};

static void make_pieces(Rhok *r, const Sample *sample)
{
    r->piece = MEM_NEW(Piece, sample->n / RHOK_PIECE + sample->nspecies);
    for (int kind = 0; kind < sample->nspecies; kind++) {
        Piece *p = NULL;
        for (int64_t i = 0; i < sample->n; i++) {
            if (sample->kind[i] != kind)
                continue;
            if (p == NULL || p->n == RHOK_PIECE) {
                p = &r->piece[r->pieces++];
                p->kind = kind;
            }
            p->atom[p->n++] = i;
        }
    }
}

Rhok *rhok_new(const Sample *sample, const Wavevectors *w, size_t first, size_t count)
{
    Rhok *r = MEM_NEW(Rhok, 1);
    *r = (Rhok){.sample = sample, .w = w, .first = first, .count = count};
    make_pieces(r, sample);
    for (int a = 0; a < 3; a++)
        r->power[a] = MEM_NEW(RhokRow, w->most[a] + 1);
    return r;
}

void rhok_free(Rhok *r)
{
    if (r == NULL)
        return;
    for (int a = 0; a < 3; a++)
        free(r->power[a]);
    free(r->piece);
    free(r);
}

/* Phases of the atoms of a piece and their powers. Places without an atom get 0 in the first factor of a product. */
static void make_powers(Rhok *r, const Piece *p, const Cell *cell, const double (*x)[3])
{
    double s[3][RHOK_PIECE] = {{0}};
    for (int i = 0; i < p->n; i++) {
        double fractional[3];
        cell_to_fractional(cell, x[p->atom[i]], fractional);
        for (int a = 0; a < 3; a++)
            s[a][i] = fractional[a];
    }
    for (int a = 0; a < 3; a++) {
        RhokRow *row = r->power[a];
        for (int i = 0; i < RHOK_PIECE; i++) {
            row[0].re[i] = i < p->n || a > 0 ? 1.0 : 0.0;
            row[0].im[i] = 0.0;
        }
        if (r->w->most[a] == 0)
            continue;
        rhok_kernel_phase(s[a], &row[1]);
        if (a == 0)
            for (int i = p->n; i < RHOK_PIECE; i++)
                row[1].re[i] = row[1].im[i] = 0.0;
        for (int m = 2; m <= r->w->most[a]; m++)
            rhok_kernel_times(&row[m - 1], &row[1], 0, &row[m]);
    }
}

static void conjugate_row(const RhokRow *a, RhokRow *out)
{
    for (int i = 0; i < RHOK_PIECE; i++) {
        out->re[i] = a->re[i];
        out->im[i] = -a->im[i];
    }
}

static void add_piece(const Rhok *r, int32_t kind, double complex *rho)
{
    RhokRow line, plane;
    int have[2] = {0, 0};
    size_t species = (size_t)r->sample->nspecies;
    for (size_t k = 0; k < r->count; k++) {
        const int *m = r->w->index[r->first + k];
        bool fresh = k == 0 || m[0] != have[0];
        if (fresh && m[0] >= 0)
            line = r->power[0][m[0]];
        else if (fresh)
            conjugate_row(&r->power[0][-m[0]], &line);
        if (fresh || m[1] != have[1])
            rhok_kernel_times(&line, &r->power[1][abs(m[1])], m[1] < 0, &plane);
        have[0] = m[0], have[1] = m[1];
        double sum[2];
        rhok_kernel_dot(&plane, &r->power[2][abs(m[2])], m[2] < 0, sum);
        rho[k * species + (size_t)kind] += sum[0] + I * sum[1];
    }
}

void rhok_frame(Rhok *r, const Cell *cell, const double (*x)[3], double complex *rho)
{
    memset(rho, 0, r->count * (size_t)r->sample->nspecies * sizeof *rho);
    for (size_t p = 0; p < r->pieces; p++) {
        make_powers(r, &r->piece[p], cell, x);
        add_piece(r, r->piece[p].kind, rho);
    }
}
