#include "par/fft.h"

#include <math.h>

/* One forward and one backward transform of an n^3 mesh, ns per point: FFTW 3.3.10, one core of an AMD Zen 3 (AVX2), least of
 * many runs of the pair that tests/bench/p3m.c prints. Lengths with small FFTW codelets of their own (20, 32, 64) stand
 * out, the more so where FFTW only estimates (then 40 costs more than 44); from 84 on the mesh is outside the
 * second-level cache. */
typedef struct Entry {
    int n;
    double measured, estimated; /* plans */
} Entry;

static const Entry table[] = {
    {2, 6.0, 6.0},     {4, 4.5, 4.5},     {6, 4.2, 4.2},     {8, 3.8, 3.8},     {10, 3.4, 3.4},
    {12, 3.1, 3.1},    {14, 4.8, 4.8},    {16, 3.7, 5.7},    {18, 9.6, 19.4},   {20, 3.7, 5.2},
    {22, 9.6, 11.9},   {24, 7.7, 14.0},   {26, 8.8, 16.8},   {28, 7.9, 9.9},    {30, 7.4, 20.2},
    {32, 4.2, 4.2},    {36, 7.2, 12.3},   {40, 6.5, 12.8},   {42, 8.0, 9.9},    {44, 8.3, 8.5},
    {48, 6.4, 8.6},    {50, 7.5, 21.5},   {52, 12.4, 12.4},  {54, 7.8, 13.0},   {56, 6.8, 8.4},
    {60, 6.6, 13.4},   {64, 5.4, 6.2},    {66, 10.5, 10.5},  {70, 8.5, 12.0},   {72, 7.4, 10.3},
    {78, 8.9, 9.9},    {80, 6.6, 14.8},   {84, 10.6, 16.7},  {88, 9.4, 9.7},    {90, 8.5, 21.6},
    {96, 10.1, 16.0},  {98, 14.5, 13.4},  {100, 11.9, 14.9}, {104, 13.7, 13.7}, {108, 15.3, 19.8},
    {110, 12.8, 13.0}, {112, 12.5, 12.7}, {120, 11.8, 12.7}, {126, 14.1, 14.2}, {128, 9.5, 12.9},
};

enum { ENTRIES = sizeof table / sizeof table[0] };

static const double BEYOND[] = {15.0, 18.0}; /* ns, longer than the table */
static const double BAD = 3.0; /* lengths FFTW has no codelets for, and odd ones not in the table */

/* FFTW's own: factors 2, 3, 5, 7, and at most one of 11 or 13 */
static bool is_good(int n)
{
    static const int factor[] = {2, 3, 5, 7};
    for (int i = 0; i < 4; i++)
        while (n % factor[i] == 0)
            n /= factor[i];
    return n == 1 || n == 11 || n == 13;
}

static double per_point(int n, bool measured)
{
    int k = 0;
    while (k < ENTRIES && table[k].n < n)
        k++;
    double ns = k == ENTRIES ? BEYOND[measured ? 0 : 1]
                : measured   ? table[k].measured
                             : table[k].estimated;
    if (k < ENTRIES && table[k].n == n)
        return ns;
    return is_good(n) && n % 2 == 0 ? ns : BAD * ns;
}

double fft_cost(const int n[3], bool measured)
{
    double ns = 0.0;
    for (int a = 0; a < 3; a++)
        ns += per_point(n[a], measured) / 3.0;
    return 1e-9 * ns * n[0] * n[1] * n[2];
}

int fft_good_size(double least)
{
    int n = 2 * (int)ceil(fmax(least, 2.0) / 2.0);
    while (!is_good(n))
        n += 2;
    return n;
}
