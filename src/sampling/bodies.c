#include "sampling/bodies.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static int32_t type_of(const Sample *s, int64_t atom)
{
    const char *element = s->species[s->kind[atom]]->element;
    return strcmp(element, "Mg") == 0 ? FF_MG : strcmp(element, "B") == 0 ? FF_B : FF_H;
}

void bodies_init(Bodies *b, const Sample *s, const FfParameters *p, double radius, double reach)
{
    *b = (Bodies){.n = s->n, .nion = (int32_t)s->nion, .radius = radius, .bin_width = 0.5 * reach};
    b->first = MEM_NEW(int32_t, s->nion + 1);
    b->kind = MEM_NEW(IonKind, s->nion);
    b->bin = MEM_NEW(int32_t, s->nion);
    b->centre = mem_new((size_t)s->nion, sizeof *b->centre);
    b->type = MEM_NEW(int32_t, s->n);
    b->q = MEM_NEW(double, s->n);
    b->mass = MEM_NEW(double, s->n);
    b->x = mem_new((size_t)s->n, sizeof *b->x);
    for (int64_t k = 0; k <= s->nion; k++)
        b->first[k] = (int32_t)s->ion_first[k];
    for (int64_t k = 0; k < s->nion; k++)
        b->kind[k] = s->ion_kind[k];
    for (int64_t i = 0; i < s->n; i++) {
        b->type[i] = type_of(s, i);
        b->q[i] = p->charge[b->type[i]];
        b->mass[i] = s->species[s->kind[i]]->mass;
    }
    bodies_set(b, &s->cell, (const double(*)[3])s->x);
}

void bodies_clear(Bodies *b)
{
    free(b->first);
    free(b->kind);
    free(b->bin);
    free(b->centre);
    free(b->type);
    free(b->q);
    free(b->mass);
    free(b->x);
    free(b->count);
    free(b->member);
    *b = (Bodies){0};
}

static int32_t bin_of(const Bodies *b, const double centre[3])
{
    double s[3];
    int k[3];
    cell_to_fractional(&b->cell, centre, s);
    for (int i = 0; i < 3; i++) {
        k[i] = (int)floor(s[i] * b->bins[i]);
        k[i] = k[i] < 0 ? 0 : k[i] >= b->bins[i] ? b->bins[i] - 1 : k[i]; /* rounding at faces */
    }
    return (k[0] * b->bins[1] + k[1]) * b->bins[2] + k[2];
}

static int32_t bins_of(const Bodies *b)
{
    return b->bins[0] * b->bins[1] * b->bins[2];
}

static void widen(Bodies *b)
{
    int32_t old = b->capacity, bins = bins_of(b);
    b->capacity = 2 * old;
    int32_t *member = MEM_NEW(int32_t, (size_t)bins * (size_t)b->capacity);
    for (int32_t k = 0; k < bins; k++)
        memcpy(member + (size_t)k * (size_t)b->capacity, b->member + (size_t)k * (size_t)old,
               (size_t)b->count[k] * sizeof *member);
    free(b->member);
    b->member = member;
}

static void enter(Bodies *b, int32_t ion)
{
    int32_t bin = bin_of(b, b->centre[ion]);
    if (b->count[bin] == b->capacity)
        widen(b);
    b->member[(size_t)bin * (size_t)b->capacity + (size_t)b->count[bin]++] = ion;
    b->bin[ion] = bin;
}

static void leave(Bodies *b, int32_t ion)
{
    int32_t bin = b->bin[ion], *m = b->member + (size_t)bin * (size_t)b->capacity, k = 0;
    while (m[k] != ion)
        k++;
    m[k] = m[--b->count[bin]];
}

static void find_centre(Bodies *b, int32_t ion)
{
    int image[3];
    memcpy(b->centre[ion], b->x[b->first[ion]], sizeof b->centre[ion]);
    cell_wrap(&b->cell, b->centre[ion], image);
}

void bodies_place(Bodies *b, int32_t ion, const double (*x)[3])
{
    memcpy(b->x[b->first[ion]], x, (size_t)bodies_atoms(b, ion) * sizeof *x);
    find_centre(b, ion);
    if (bin_of(b, b->centre[ion]) != b->bin[ion]) {
        leave(b, ion);
        enter(b, ion);
    }
}

void bodies_set(Bodies *b, const Cell *cell, const double (*x)[3])
{
    double widths[3];
    b->cell = *cell;
    if (x != (const double(*)[3])b->x)
        memcpy(b->x, x, (size_t)b->n * sizeof *b->x);
    cell_widths(cell, widths);
    int bins[3];
    for (int i = 0; i < 3; i++) {
        bins[i] = (int)floor(widths[i] / b->bin_width);
        bins[i] = bins[i] < 1 ? 1 : bins[i];
    }
    while ((double)bins[0] * bins[1] * bins[2] > 8.0 * b->nion + 64.0) /* a thin gas */
        for (int i = 0; i < 3; i++)
            bins[i] = (bins[i] + 1) / 2;
    if (b->count == NULL || memcmp(bins, b->bins, sizeof bins) != 0) {
        memcpy(b->bins, bins, sizeof bins);
        free(b->count);
        free(b->member);
        b->capacity = 2 * b->nion / bins_of(b) + 8;
        b->count = MEM_NEW(int32_t, bins_of(b));
        b->member = MEM_NEW(int32_t, (size_t)bins_of(b) * (size_t)b->capacity);
    }
    memset(b->count, 0, (size_t)bins_of(b) * sizeof *b->count);
    for (int32_t k = 0; k < b->nion; k++) {
        find_centre(b, k);
        enter(b, k);
    }
}

void bodies_scale(const Bodies *b, const Cell *to, double (*x)[3])
{
    for (int32_t k = 0; k < b->nion; k++) {
        const double *old = b->x[b->first[k]];
        double s[3], centre[3];
        cell_to_fractional(&b->cell, old, s);
        cell_to_cartesian(to, s, centre);
        for (int32_t i = b->first[k + 1] - 1; i >= b->first[k]; i--)
            for (int c = 0; c < 3; c++)
                x[i][c] = centre[c] + (b->x[i][c] - old[c]);
    }
}

double bodies_longest(const Bodies *b, const double (*x)[3])
{
    double most = 0.0;
    for (int32_t k = 0; k < b->nion; k++) {
        for (int32_t i = b->first[k] + 1; i < b->first[k + 1]; i++) {
            double d[3];
            vec_sub(x[i], x[b->first[k]], d);
            most = fmax(most, vec_norm(d));
        }
    }
    return most;
}

void bodies_walk(BodiesWalk *w, const Bodies *b, const double at[3], double radius)
{
    double s[3], widths[3];
    w->b = b;
    cell_to_fractional(&b->cell, at, s);
    cell_widths(&b->cell, widths);
    for (int i = 0; i < 3; i++) {
        double half = radius / widths[i] + 1e-12;
        w->low[i] = (int)floor((s[i] - half) * b->bins[i]);
        w->high[i] = (int)floor((s[i] + half) * b->bins[i]);
        w->at[i] = w->low[i];
    }
    w->at[2]--;
}

int32_t bodies_next(BodiesWalk *w)
{
    const Bodies *b = w->b;
    for (int i = 2; i >= 0; i--) {
        if (++w->at[i] <= w->high[i])
            break;
        if (i == 0)
            return -1;
        w->at[i] = w->low[i];
    }
    int bin[3];
    double steps[3];
    for (int i = 0; i < 3; i++) {
        int n = b->bins[i], turn = w->at[i] >= 0 ? w->at[i] / n : -((n - 1 - w->at[i]) / n);
        bin[i] = w->at[i] - turn * n;
        steps[i] = turn;
    }
    cell_to_cartesian(&b->cell, steps, w->shift);
    return (bin[0] * b->bins[1] + bin[1]) * b->bins[2] + bin[2];
}

int bodies_near(const Bodies *b, const double at[3], double radius, IonKind kind, int32_t skip,
                int max, int32_t ion[])
{
    BodiesWalk w;
    int found = 0;
    int32_t bin;
    for (bodies_walk(&w, b, at, radius); (bin = bodies_next(&w)) >= 0;) {
        const int32_t *m = b->member + (size_t)bin * (size_t)b->capacity;
        for (int32_t k = 0; k < b->count[bin]; k++) {
            double d2 = 0.0;
            for (int c = 0; c < 3; c++) {
                double d = b->centre[m[k]][c] + w.shift[c] - at[c];
                d2 += d * d;
            }
            if (m[k] == skip || b->kind[m[k]] != kind || d2 >= radius * radius)
                continue;
            int place = found < max ? found : max;
            for (; place > 0 && ion[place - 1] > m[k]; place--)
                if (place < max)
                    ion[place] = ion[place - 1];
            if (place < max)
                ion[place] = m[k];
            found++;
        }
    }
    return found;
}
