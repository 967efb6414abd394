/* A locked BH4 moves and breathes but does not turn. */
#include "gamma.h"

#include "base/rng.h"
#include "base/vec.h"
#include "dynamics/neb.h"
#include "dynamics/rotor_lock.h"

static double noise(uint64_t id, int c)
{
    double g[3];
    rng_normal3(7, RNG_TEST, 0, id, 0, g);
    return g[c];
}

/* Anything goes: the projection is one, leaves no torque, takes nothing from translation and from Mg. */
static void projection(void **state)
{
    (void)state;
    Sample s;
    RotorLock lock;
    gamma_sample(&s);
    rotor_lock_init(&lock, &s, 0, NULL);
    assert_int_equal((int)lock.n, 48);
    size_t n = 3 * (size_t)s.n;
    double *f = calloc(n, sizeof *f), *once = calloc(n, sizeof *f), *twice = calloc(n, sizeof *f);
    for (size_t i = 0; i < n; i++)
        f[i] = once[i] = noise(i / 3, (int)(i % 3));
    rotor_lock_project(&lock, once);
    memcpy(twice, once, n * sizeof *f);
    rotor_lock_project(&lock, twice);
    double removed = 0.0, cross = 0.0;
    for (size_t i = 0; i < n; i++) {
        assert_near(twice[i], once[i], 1e-14);
        removed += (f[i] - once[i]) * (f[i] - once[i]);
        cross += (f[i] - once[i]) * once[i];
    }
    assert_near(cross, 0.0, 1e-11);
    assert_true(removed > 50.0 && removed < 300.0); /* 48 x 3 directions of unit variance */
    for (int64_t i = 0; i < s.nion; i++) {
        double sum[2][3] = {{0}};
        for (int64_t k = s.ion_first[i]; k < s.ion_first[i + 1]; k++)
            for (int c = 0; c < 3; c++) {
                sum[0][c] += f[3 * k + c];
                sum[1][c] += once[3 * k + c];
                if (s.ion_kind[i] == ION_MG)
                    assert_true(f[3 * k + c] == once[3 * k + c]);
            }
        for (int c = 0; c < 3; c++)
            assert_near(sum[1][c], sum[0][c], 1e-12); /* the ion's net force is untouched */
        /* a pure translation, by unit forces and by forces as the masses */
        for (int64_t k = s.ion_first[i]; k < s.ion_first[i + 1]; k++)
            for (int c = 0; c < 3; c++)
                twice[3 * k + c] = sum[0][c] * (i % 2 == 0 ? 1.0 : s.species[s.kind[k]]->mass);
    }
    memcpy(once, twice, n * sizeof *f);
    rotor_lock_project(&lock, twice);
    for (size_t i = 0; i < n; i++)
        assert_near(twice[i], once[i], 1e-12);
    double u[12], v[12];
    for (int a = 0; a < 3; a++) { /* the directions that are taken out are orthonormal */
        rotor_lock_direction(&lock, 5, a, u);
        for (int b = 0; b < 3; b++) {
            double product = 0.0;
            rotor_lock_direction(&lock, 5, b, v);
            for (int k = 0; k < 12; k++)
                product += u[k] * v[k];
            assert_near(product, a == b ? 1.0 : 0.0, 1e-14);
        }
    }
    free(f), free(once), free(twice);
    rotor_lock_clear(&lock);
    sample_clear(&s);
}

/* One BH4 on springs to far places that would turn it by 50 degrees, move and squeeze it. */
static double place[15], pull = 3.0;

static Err springs(void *data, size_t image, const double x[], double *energy, double f[])
{
    (void)data, (void)image;
    *energy = 0.0;
    for (int k = 0; k < 15; k++) {
        double d = x[k] - place[k];
        *energy += 0.5 * pull * d * d;
        f[k] = -pull * d;
    }
    return OK;
}

static void keep(const void *data, double vector[])
{
    rotor_lock_project(data, vector);
}

static void one_ion(Sample *ion)
{
    Sample s;
    gamma_sample(&s);
    const char *symbols[5] = {"B", "H", "H", "H", "H"};
    double x[5][3];
    memcpy(x, s.x[s.ion_first[24]], sizeof x);
    assert_ok(sample_from_atoms(ion, &s.cell, 5, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(ion));
    sample_clear(&s);
}

static void relaxation_does_not_turn(void **state)
{
    (void)state;
    Sample s;
    RotorLock lock;
    one_ion(&s);
    rotor_lock_init(&lock, &s, 0, NULL);
    const double phi[3] = {0.5, -0.6, 0.4}, move[3] = {1.7, -0.4, 0.9};
    double turn[4], q[4], energy, force[15], start[15];
    quat_from_vector(phi, turn);
    for (int a = 0; a < 5; a++) {
        double r[3], to[3];
        vec_sub(s.x[a], s.x[0], r);
        quat_rotate(turn, r, to);
        for (int c = 0; c < 3; c++) /* out of shape too */
            place[3 * a + c] = s.x[0][c] + move[c] + 0.9 * to[c] + 0.1 * noise((uint64_t)a, c);
    }
    memcpy(start, s.x, sizeof start);
    NebProblem p = {.n = 15, .dims = 3, .data = &lock, .energy = springs};
    const NebOptions o = {.fmax = 1e-9, .max_steps = 5000};
    int steps;
    assert_ok(neb_minimise(&p, &o, 0, &s.x[0][0], &energy, force, &steps));
    rotor_lock_orientation(&s.x[0][0], 0, q);
    assert_true(rotor_lock_angle(lock.q[0], q) > 0.7); /* free it turns */
    memcpy(s.x, start, sizeof start);
    /* the lock's orientation must also be there along the way: stop after every few steps */
    for (int limit = 1; limit < 400; limit += 7) {
        const NebOptions some = {.fmax = 1e-9, .max_steps = limit};
        NebProblem locked = p;
        locked.project = keep;
        memcpy(s.x, start, sizeof start);
        assert_ok(neb_minimise(&locked, &some, 0, &s.x[0][0], &energy, force, &steps));
        rotor_lock_orientation(&s.x[0][0], 0, q);
        assert_near(rotor_lock_angle(lock.q[0], q), 0.0, 1e-6);
    }
    assert_true(steps < 400 && energy > 0.1);
    for (int c = 0; c < 3; c++) { /* the mean of all places is where the ion's mean is */
        double mean = 0.0, wanted = 0.0;
        for (int a = 0; a < 5; a++)
            mean += s.x[a][c] / 5.0, wanted += place[3 * a + c] / 5.0;
        assert_near(mean, wanted, 1e-9);
    }
    rotor_lock_clear(&lock);
    sample_clear(&s);
}

static void turning_back(void **state)
{
    (void)state;
    Sample s;
    RotorLock lock;
    one_ion(&s);
    rotor_lock_init(&lock, &s, 0, NULL);
    double turn[4], q[4], away[3], x[15], before[15];
    memcpy(before, s.x, sizeof before);
    memcpy(x, s.x, sizeof x);
    quat_from_vector((double[]){0.3, 1.1, -0.7}, turn);
    for (int a = 1; a < 5; a++) {
        vec_sub(s.x[a], s.x[0], away);
        quat_rotate(turn, away, &x[3 * a]);
        for (int c = 0; c < 3; c++)
            x[3 * a + c] += x[c];
    }
    rotor_lock_orientation(x, 0, q);
    assert_near(rotor_lock_angle(lock.q[0], q), vec_norm((double[]){0.3, 1.1, -0.7}), 1e-10);
    rotor_lock_turn(&lock, x);
    for (int k = 0; k < 15; k++)
        assert_near(x[k], before[k], 1e-10);
    const double tiny[4] = {1.0, 5e-10, 0.0, 0.0}, none[4] = {1.0, 0.0, 0.0, 0.0};
    assert_near(rotor_lock_angle(none, tiny), 1e-9, 1e-15);
    int64_t all[] = {0};
    rotor_lock_clear(&lock);
    rotor_lock_init(&lock, &s, 1, all);
    assert_int_equal((int)lock.n, 0);
    rotor_lock_clear(&lock);
    sample_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(projection),
        cmocka_unit_test(relaxation_does_not_turn),
        cmocka_unit_test(turning_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
