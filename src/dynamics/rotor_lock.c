#include "dynamics/rotor_lock.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <stdlib.h>
#include <string.h>

void rotor_lock_orientation(const double x[], int64_t first, double q[4])
{
    static const double mass[5] = {1.0, 1.0, 1.0, 1.0, 1.0};
    double ion[5][3], centre[3];
    memcpy(ion, &x[3 * first], sizeof ion);
    tetrahedron_pose((const double(*)[3])ion, mass, centre, q);
}

double rotor_lock_angle(const double a[4], const double b[4])
{
    const double back[4] = {a[0], -a[1], -a[2], -a[3]};
    double turn[4];
    quat_mul(b, back, turn);
    return 2.0 * atan2(vec_norm(turn + 1), fabs(turn[0]));
}

static bool is_free(int64_t ion, size_t nfree, const int64_t free_ion[])
{
    for (size_t i = 0; i < nfree; i++)
        if (free_ion[i] == ion)
            return true;
    return false;
}

static void lock_ion(RotorLock *lock, const Sample *s, int64_t b)
{
    double ion[5][3], body[4][3], *d = lock->d[lock->n], *q = lock->q[lock->n];
    memcpy(ion, s->x[b], sizeof ion);
    rotor_lock_orientation(&s->x[0][0], b, q);
    tetrahedron_body(tetrahedron_left_handed((const double(*)[3])ion), 1.0, body);
    for (int h = 0; h < 4; h++)
        quat_rotate(q, body[h], &d[3 * h]);
    lock->first[lock->n++] = b;
}

void rotor_lock_init(RotorLock *lock, const Sample *s, size_t nfree, const int64_t free_ion[])
{
    *lock = (RotorLock){.first = MEM_NEW(int64_t, s->nion),
                        .q = mem_new((size_t)s->nion, sizeof lock->q[0]),
                        .d = mem_new((size_t)s->nion, sizeof lock->d[0])};
    for (int64_t i = 0; i < s->nion; i++)
        if (s->ion_kind[i] == ION_BH4 && !is_free(i, nfree, free_ion))
            lock_ion(lock, s, s->ion_first[i]);
}

void rotor_lock_clear(RotorLock *lock)
{
    free(lock->first);
    free(lock->q);
    free(lock->d);
    *lock = (RotorLock){0};
}

void rotor_lock_project(const RotorLock *lock, double vector[])
{
    for (size_t k = 0; k < lock->n; k++) {
        double *f = &vector[3 * (lock->first[k] + 1)], omega[3] = {0.0, 0.0, 0.0}, part[3];
        const double *d = lock->d[k];
        for (int h = 0; h < 4; h++) {
            vec_cross(&d[3 * h], &f[3 * h], part);
            vec_axpy(3.0 / 8.0, part, omega);
        }
        for (int h = 0; h < 4; h++) {
            vec_cross(omega, &d[3 * h], part);
            vec_axpy(-1.0, part, &f[3 * h]);
        }
    }
}

void rotor_lock_turn(const RotorLock *lock, double x[])
{
    for (size_t k = 0; k < lock->n; k++) {
        double q[4], turn[4], *b = &x[3 * lock->first[k]];
        rotor_lock_orientation(x, lock->first[k], q);
        const double back[4] = {q[0], -q[1], -q[2], -q[3]};
        quat_mul(lock->q[k], back, turn);
        for (int h = 1; h <= 4; h++) {
            double bond[3], turned[3];
            vec_sub(&b[3 * h], b, bond);
            quat_rotate(turn, bond, turned);
            for (int c = 0; c < 3; c++)
                b[3 * h + c] = b[c] + turned[c];
        }
    }
}

void rotor_lock_direction(const RotorLock *lock, size_t k, int c, double u[12])
{
    const double axis[3] = {c == 0 ? sqrt(3.0 / 8.0) : 0.0, c == 1 ? sqrt(3.0 / 8.0) : 0.0,
                            c == 2 ? sqrt(3.0 / 8.0) : 0.0};
    for (int h = 0; h < 4; h++)
        vec_cross(axis, &lock->d[k][3 * h], &u[3 * h]);
}
