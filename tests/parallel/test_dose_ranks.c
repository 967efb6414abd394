/* Rotors at several speeds: the same bytes on any number of ranks, by a digest that was found on one. */
#include "gated_ring.h"

#include "analysis/verdict.h"
#include "base/hash.h"

#include <stdlib.h>

static Comm *world;

static const DoseOptions OPTIONS = {.copies = {12, 1, 1},
                                    .temperature = RING_KELVIN,
                                    .added = 2,
                                    .nspeed = 3,
                                    .speed = (const double[]){0.01, 1.0, 10.0},
                                    .replicas = 5,
                                    .quenches = 3,
                                    .walks = 2,
                                    .windows = 8,
                                    .hops = 4.0,
                                    .seed = 11};

static void digest_of(const DoseResponse *r, char text[HASH_HEX])
{
    Hash *h = hash_new();
    for (size_t i = 0; i <= r->nspeed; i++) {
        const DoseArm *a = &r->arm[i];
        const double *all[] = {a->charge, a->charge_long, a->tracer, a->tracer_long};
        for (int k = 0; k < 4; k++)
            hash_add(h, all[k], a->units * sizeof(double));
        hash_add(h, &a->hops, sizeof a->hops);
    }
    hash_add(h, r->mean, r->nstatic * sizeof(double));
    hash_add(h, r->locked, r->nstatic * sizeof(double));
    hash_finish(h, text);
}

/* Every rank also does all of it alone. */
static void same_as_alone(void **state)
{
    (void)state;
    Network n;
    DoseResponse together, alone;
    char a[HASH_HEX], b[HASH_HEX];
    gated_ring(&n, 0.3, 0.5);
    Comm *self = comm_split(world, comm_rank(world));
    assert_ok(dose_response_run(world, &n, &OPTIONS, NULL, &together));
    assert_ok(dose_response_run(self, &n, &OPTIONS, NULL, &alone));
    digest_of(&together, a);
    digest_of(&alone, b);
    assert_string_equal(a, b);
    assert_true(together.window == alone.window && together.arm[1].hops > 0);
    dose_response_clear(&together);
    dose_response_clear(&alone);
    comm_free(self);
    network_clear(&n);
}

/* Each mistake is one message, on all ranks. */
static void mistakes(void **state)
{
    (void)state;
    Network n;
    DoseResponse r;
    static const double none[] = {0.1, 1.0, 10.0}, down[] = {0.01, 1.0, 0.5}, alone[] = {0.01, 1.0},
                        negative[] = {-1.0, 0.01, 1.0};
    const struct {
        const double *speed;
        size_t n;
        int64_t vacancies, added;
        int replicas;
        const char *text;
    } bad[] = {{none, 3, 0, 2, 4, "must have 0.01 and 1"},
               {down, 3, 0, 2, 4, "must ascend: 0.5 comes after 1"},
               {alone, 2, 0, 2, 4, "another from 0.1 to 10"},
               {negative, 3, 0, 2, 4, "rotor speed -1: must be positive"},
               {OPTIONS.speed, 3, 0, 0, 4, "no carriers"},
               {OPTIONS.speed, 3, 1, 0, 4, "0 taken and 12 free"},
               {OPTIONS.speed, 3, 0, 13, 4, "0 taken and 12 free"},
               {OPTIONS.speed, 3, 0, 12, 4, "hops in"}, /* all sites taken: nothing can hop */
               {OPTIONS.speed, 3, 0, 2, 1, "at least 2 replicas"}};
    gated_ring(&n, 0.3, 0.5);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        DoseOptions o = OPTIONS;
        o.speed = bad[i].speed;
        o.nspeed = bad[i].n;
        o.vacancies = bad[i].vacancies;
        o.added = bad[i].added;
        o.replicas = bad[i].replicas;
        assert_int_equal(dose_response_run(world, &n, &o, NULL, &r), ERR_INPUT);
        if (strstr(err_message(), bad[i].text) == NULL)
            fail_msg("it said: %s, not: %s", err_message(), bad[i].text);
        dose_response_clear(&r);
    }
    network_clear(&n);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_alone),
        cmocka_unit_test(mistakes),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
