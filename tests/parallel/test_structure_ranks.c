/* Structures on any number of ranks: every rank has the same bytes, or the same error with the same message; no hang. */
#define _GNU_SOURCE /* mkstemps */
#include "check.h"

#include "base/hash.h"
#include "domain/structure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Comm *world;

#define GAMMA_CIF PW_SOURCE_DIR "/inputs/structures/gamma_MgBH42_dft.cif"

static void check_same_text(const char *text)
{
    char root[256] = "";
    snprintf(root, sizeof root, "%s", text);
    comm_bcast(world, 0, sizeof root, root);
    assert_int_equal(strncmp(root, text, sizeof root - 1), 0);
}

static void check_same_sample(const Sample *s)
{
    char hex[HASH_HEX];
    Hash *h = hash_new();
    hash_add(h, s->cell.h, sizeof s->cell.h);
    hash_add(h, s->kind, (size_t)s->n * sizeof *s->kind);
    hash_add(h, s->x, (size_t)s->n * sizeof *s->x);
    hash_add(h, s->v, (size_t)s->n * sizeof *s->v);
    hash_finish(h, hex);
    check_same_text(hex);
}

/* A name that all ranks know, made by rank 0. */
static void new_path(const char *extension, char path[64])
{
    snprintf(path, 64, "/tmp/test_structure_ranks_XXXXXX%s", extension);
    if (comm_is_root(world)) {
        int fd = mkstemps(path, (int)strlen(extension));
        assert_true(fd >= 0);
        close(fd);
    }
    comm_bcast(world, 0, 64, path);
}

static void all_ranks_have_the_sample(void **state)
{
    (void)state;
    static const char *const extension[] = {".extxyz", ".data", ".h5"};
    Sample s, t;
    assert_ok(structure_read(world, GAMMA_CIF, &s));
    check_same_sample(&s);
    for (int f = 0; f < 3; f++) {
        char path[64];
        new_path(extension[f], path);
        Err e = comm_is_root(world) ? structure_write(path, &s, NULL, NULL) : OK;
        assert_ok(comm_agree(world, e));
        assert_ok(structure_read(world, path, &t));
        assert_int_equal(t.n, 264);
        check_same_sample(&t);
        sample_clear(&t);
        if (comm_is_root(world))
            unlink(path);
    }
    sample_clear(&s);
}

static void all_ranks_have_the_error(void **state)
{
    (void)state;
    static const char *const extension[] = {".cif", ".xyz", ".data", ".h5"};
    Sample s;
    char path[64];
    for (int f = 0; f < 4; f++) {
        new_path(extension[f], path); /* an empty file */
        assert_int_not_equal(structure_read(world, path, &s), OK);
        assert_non_null(strstr(err_message(), path));
        check_same_text(err_message());
        comm_barrier(world);
        if (comm_is_root(world))
            unlink(path);
        comm_barrier(world);
        assert_int_not_equal(structure_read(world, path, &s), OK); /* and no file */
        assert_non_null(strstr(err_message(), path));
        check_same_text(err_message());
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ranks_have_the_sample),
        cmocka_unit_test(all_ranks_have_the_error),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
