#include "par/fft.h"

/* One forward and one backward transform of an n^3 mesh, ns per point: FFTW 3.3.10, plans measured, one core of
 * an AMD Zen 3 (AVX2), least of four to six runs of
 * the pair that tests/bench/p3m.c prints. Lengths with small FFTW codelets of their own (20, 32, 64) stand out; from 84 on the mesh
 * is outside the second-level cache. */
typedef struct Entry {
    int n;
    double ns;
} Entry;

static const Entry table[] = {
    {2, 6.0},    {4, 4.5},    {6, 4.2},    {8, 3.8},   {10, 3.4},  {12, 3.1},   {14, 4.8},
    {16, 3.7},   {18, 9.6},   {20, 3.7},   {22, 9.6},  {24, 7.7},  {26, 8.8},   {28, 7.9},
    {30, 7.4},   {32, 4.2},   {36, 7.2},   {40, 6.5},  {42, 8.0},  {44, 8.3},   {48, 6.4},
    {50, 7.5},   {54, 7.8},   {56, 6.8},   {60, 6.6},  {64, 5.4},  {70, 8.5},   {72, 7.4},
    {80, 6.6},   {84, 10.6},  {90, 8.5},   {96, 10.1}, {98, 14.5}, {100, 11.9}, {108, 15.3},
    {112, 12.5}, {120, 11.8}, {126, 14.1}, {128, 9.5},
};

enum { ENTRIES = sizeof table / sizeof table[0] };

static const double BEYOND = 15.0; /* ns, longer than the table */
static const double BAD = 3.0; /* lengths with factors beyond 7, and odd ones not in the table */

static bool is_good(int n)
{
    static const int factor[] = {2, 3, 5, 7};
    for (int i = 0; i < 4; i++)
        while (n % factor[i] == 0)
            n /= factor[i];
    return n == 1;
}

static double per_point(int n)
{
    int k = 0;
    while (k < ENTRIES && table[k].n < n)
        k++;
    double ns = k < ENTRIES ? table[k].ns : BEYOND;
    if (k < ENTRIES && table[k].n == n)
        return ns;
    return is_good(n) && n % 2 == 0 ? ns : BAD * ns;
}

double fft_cost(const int n[3])
{
    double ns = 0.0;
    for (int a = 0; a < 3; a++)
        ns += per_point(n[a]) / 3.0;
    return 1e-9 * ns * n[0] * n[1] * n[2];
}
