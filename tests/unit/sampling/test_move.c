/* What each move proposes: shapes are kept, what should be undone by the same move can be. */
#include "mccase.h"

#include "sampling/move.h"

typedef struct Fixture {
    Sample s;
    Bodies b;
    MoveSites sites;
    MoveWorld w;
} Fixture;

static void open_fixture(Fixture *f)
{
    /* 24d of Ia-3d that hold Mg, and three places between */
    static const double site[6][3] = {{0.375, 0, 0.25},         {0.125, 0, 0.25},
                                      {0.25, 0.375, 0},         {0.125, 0.437, -0.187},
                                      {0.25, 0.125, 0.5 - 0.1}, {0.9, 0.9, 0.9}};
    FfParameters p = mccase_parameters();
    gamma_sample(&f->s);
    ffcase_shake(&f->s, 2, 0.05);
    bodies_init(&f->b, &f->s, &p, 1.6, 9.0);
    move_sites_init(&f->sites, &f->s.cell, 6, site, 5.0);
    f->w = (MoveWorld){.bodies = &f->b, .sites = &f->sites, .bond = 3.2};
}

static void close_fixture(Fixture *f)
{
    move_sites_clear(&f->sites);
    bodies_clear(&f->b);
    sample_clear(&f->s);
}

static double gap(const double a[3], const double b[3])
{
    double d[3];
    vec_sub(a, b, d);
    return vec_norm(d);
}

/* Distances between the atoms of each moved ion are as before */
static void assert_bodies(const Bodies *b, const Trial *t)
{
    for (int k = 0; k < t->n; k++) {
        const double(*x)[3] = (const double(*)[3])b->x + b->first[t->ion[k]];
        for (int i = 0; i < bodies_atoms(b, t->ion[k]); i++)
            for (int j = 0; j < i; j++)
                assert_near(gap(t->x[k][i], t->x[k][j]), gap(x[i], x[j]), 1e-12);
    }
}

static void ions_keep_their_shape(void **state)
{
    (void)state;
    Fixture f;
    open_fixture(&f);
    int proposed[MOVE_COUNT] = {0};
    for (int m = 0; m < MOVE_COUNT; m++) {
        for (int32_t ion = 0; ion < f.b.nion; ion++) {
            Trial t;
            Dice d = dice_of(1, RNG_TEST, m, (uint64_t)ion);
            if (!move_all[m]->kind[f.b.kind[ion]] || !move_all[m]->propose(&f.w, ion, 0.3, &d, &t))
                continue;
            proposed[m]++;
            assert_bodies(&f.b, &t);
        }
        assert_true(proposed[m] > 0);
    }
    close_fixture(&f);
}

/* A distorted ion after C2 or C3: the same operation, some sense of it, leads back */
static void symmetry_can_be_undone(void **state)
{
    (void)state;
    Fixture f;
    open_fixture(&f);
    const int32_t ion = 40;
    double start[BODY_ATOMS][3];
    memcpy(start, f.b.x[f.b.first[ion]], sizeof start);
    bool kinds[11] = {false};
    for (uint64_t n = 0; n < 300; n++) {
        Trial t, back;
        Dice d = dice_of(2, RNG_TEST, 0, n), same = d;
        kinds[dice_index(&same, 11)] = true;
        assert_true(move_symmetry.propose(&f.w, ion, 0.0, &d, &t));
        bodies_place(&f.b, ion, (const double(*)[3])t.x[0]);
        bool found = false;
        for (uint64_t k = 0; k < 200 && !found; k++) {
            Dice e = dice_of(3, RNG_TEST, 0, k);
            assert_true(move_symmetry.propose(&f.w, ion, 0.0, &e, &back));
            double worst = 0.0;
            for (int i = 0; i < BODY_ATOMS; i++)
                worst = fmax(worst, gap(back.x[0][i], start[i]));
            found = worst < 1e-12;
        }
        assert_true(found);
        bodies_place(&f.b, ion, (const double(*)[3])start);
    }
    for (int k = 0; k < 11; k++)
        assert_true(kinds[k]);
    close_fixture(&f);
}

/* Hop and the hop back have opposite biases, and a bias there is */
static void hops_balance(void **state)
{
    (void)state;
    Fixture f;
    open_fixture(&f);
    int biased = 0;
    for (int follow = 0; follow < 2; follow++) {
        const Move *m = follow ? &move_hop_follow : &move_hop;
        for (int32_t ion = 0; ion < 24; ion++) {
            Trial t, back;
            double old[2][BODY_ATOMS][3];
            Dice d = dice_of(4, RNG_TEST, follow, (uint64_t)ion);
            if (!m->propose(&f.w, ion, 0.0, &d, &t))
                continue;
            for (int k = 0; k < t.n; k++) {
                memcpy(old[k], f.b.x[f.b.first[t.ion[k]]],
                       (size_t)bodies_atoms(&f.b, t.ion[k]) * sizeof old[k][0]);
                bodies_place(&f.b, t.ion[k], (const double(*)[3])t.x[k]);
            }
            bool found = false;
            for (uint64_t n = 0; n < 2000 && !found; n++) {
                Dice e = dice_of(5, RNG_TEST, ion, n);
                found = m->propose(&f.w, ion, 0.0, &e, &back) &&
                        gap(back.x[0][0], old[0][0]) < 1e-9 &&
                        (t.n == 1 || back.ion[1] == t.ion[1]);
            }
            assert_true(found);
            assert_near(back.ln_bias, -t.ln_bias, 1e-12);
            biased += t.ln_bias != 0.0;
            for (int k = 0; k < t.n; k++)
                bodies_place(&f.b, t.ion[k], (const double(*)[3])old[k]);
        }
    }
    assert_true(biased > 2);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ions_keep_their_shape),
        cmocka_unit_test(symmetry_can_be_undone),
        cmocka_unit_test(hops_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
