/* charges.h -- gamma-Mg(BH4)2 as point charges, shaken, for tests of Coulomb sums. */
#ifndef TESTS_CHARGES_H
#define TESTS_CHARGES_H

#include "gamma.h"

#include "base/mem.h"
#include "base/vec.h"

typedef struct Charges {
    Cell cell;
    int32_t n;
    double (*x)[3];
    double *q;
    double (*f)[3];
    double q2;
} Charges;

static inline void charges_init(Charges *c, const Cell *cell, int32_t n)
{
    *c = (Charges){.cell = *cell, .n = n};
    c->x = mem_new((size_t)n, sizeof *c->x);
    c->f = mem_new((size_t)n, sizeof *c->f);
    c->q = MEM_NEW(double, n);
}

static inline void charges_clear(Charges *c)
{
    free(c->x);
    free(c->f);
    free(c->q);
}

static inline void charges_add(Charges *c, int32_t i, const char *symbol, const double x[3])
{
    c->q[i] = strcmp(symbol, "Mg") == 0 ? 2.0 : strcmp(symbol, "B") == 0 ? 0.2 : -0.3;
    c->q2 += c->q[i] * c->q[i];
    for (int a = 0; a < 3; a++)
        c->x[i][a] = x[a] + 0.1 * sin(12.9898 * i + 78.233 * a + 1.0);
}

/* k^3 cells of 264 atoms, every coordinate moved by up to 0.1 A */
static inline void charges_gamma(Charges *c, int k)
{
    Sample unit, s;
    gamma_sample(&unit);
    sample_supercell(&unit, (int[3]){k, k, k}, &s);
    charges_init(c, &s.cell, (int32_t)s.n);
    for (int32_t i = 0; i < c->n; i++)
        charges_add(c, i, s.species[s.kind[i]]->symbol, s.x[i]);
    sample_clear(&s);
    sample_clear(&unit);
}

/* The triclinic primitive cell, 132 atoms */
static inline void charges_primitive(Charges *c)
{
    Sample s;
    Cell cell;
    gamma_sample(&s);
    double a = 0.5 * s.cell.h[0][0];
    assert_ok(cell_init(&cell, (const double[3][3]){{-a, a, a}, {a, -a, a}, {a, a, -a}}));
    charges_init(c, &cell, (int32_t)(s.n / 2));
    int32_t n = 0;
    for (int64_t i = 0; i < s.n; i++) {
        bool copy = false;
        for (int64_t j = 0; j < i && !copy; j++) {
            double d[3];
            vec_sub(s.x[i], s.x[j], d);
            cell_min_image(&cell, d);
            copy = vec_norm(d) < 0.01;
        }
        if (!copy) {
            assert_true(n < c->n);
            charges_add(c, n++, s.species[s.kind[i]]->symbol, s.x[i]);
        }
    }
    assert_int_equal(n, c->n);
    sample_clear(&s);
}

#endif
