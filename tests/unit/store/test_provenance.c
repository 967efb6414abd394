/* The provenance block is YAML, names what it should and no user. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include "store/config.h"
#include "store/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Comm *world;

static void block_is_yaml_and_complete(void **state)
{
    (void)state;
    static const char *const keys[] = {"program",   "code",    "compiler", "flags",
                                       "libraries", "cpu",     "mpi",      "ranks",
                                       "seed",      "started", "finished"};
    setenv("SLURM_JOB_ID", "4711", 1);
    setenv("USER", "somebody", 1);
    ProvenanceRun run = {.seed = 42,
                         .grid = {3, 2, 1},
                         .started = "2020-06-04T12:00:00Z",
                         .resumed = "2020-06-05T12:00:00Z",
                         .finished = true};
    char *text = provenance_text(world, &run);
    unsetenv("SLURM_JOB_ID");
    Config *c;
    assert_ok(config_parse("provenance", text, strlen(text), &c));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *value = config_text(config_get(config_root(c), keys[i]));
        if (value == NULL || value[0] == '\0')
            fail_msg("no '%s' in\n%s", keys[i], text);
    }
    assert_string_equal(config_text(config_get(config_root(c), "seed")), "42");
    const ConfigNode *grid = config_get(config_root(c), "rank_grid");
    assert_int_equal(config_length(grid), 3);
    assert_string_equal(config_text(config_item(grid, 1)), "2");
    assert_string_equal(config_text(config_get(config_root(c), "resumed")), run.resumed);
    char date[21] = "";
    assert_true(provenance_started(text, date));
    assert_string_equal(date, run.started);
    assert_false(provenance_started("ranks: 1\n", date));
    assert_string_equal(config_text(config_get(config_root(c), "slurm_job")), "4711");
    assert_null(strstr(text, "somebody"));
    const char *libraries = config_text(config_get(config_root(c), "libraries"));
    static const char *const names[] = {"HDF5 1", "libfyaml 0", "FFTW 3",
                                        "GSL 2",  "libxc ",     "spglib 2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(strstr(libraries, names[i]));
    config_close(c);
    free(text);
}

/* Nothing is said of what there was not. */
static void what_is_absent_is_not_there(void **state)
{
    (void)state;
    char *text = provenance_text(world, &(ProvenanceRun){.seed = -1});
    static const char *const keys[] = {"rank_grid", "seed",      "started", "resumed",
                                       "finished",  "slurm_job", "inputs"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strstr(text, keys[i]) != NULL)
            fail_msg("'%s' in\n%s", keys[i], text);
    free(text);
}

static void inputs_are_hashed(void **state)
{
    (void)state;
    char path[] = "/tmp/paddlewheel-provenance-XXXXXX", *list = NULL, *all = NULL;
    int file = mkstemp(path);
    FILE *f = fdopen(file, "w");
    fputs("abc", f);
    fclose(f);
    assert_ok(provenance_add_input(&list, "potential", path));
    assert_ok(provenance_add_input(&list, "structure", path));
    assert_ok(provenance_add_input(&list, "potential", path)); /* again: not listed twice */
    assert_ok(provenance_add_input(&all, "structure", path));
    provenance_add_inputs(&all, list);
    provenance_add_inputs(&all, NULL);
    assert_int_equal(provenance_add_input(&list, "x", "/none/x"), ERR_FILE);
    remove(path);
    char *const lists[] = {list, all};
    for (size_t i = 0; i < 2; i++) {
        char *text = provenance_text(world, &(ProvenanceRun){.inputs = lists[i]});
        Config *c;
        assert_ok(config_parse("provenance", text, strlen(text), &c));
        const ConfigNode *inputs = config_get(config_root(c), "inputs");
        assert_int_equal(config_length(inputs), 2);
        assert_string_equal(config_text(config_get(config_item(inputs, 1), "file")), path);
        /* FIPS 180-2, appendix B.1 */
        assert_string_equal(config_text(config_get(config_item(inputs, 1), "sha256")),
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        config_close(c);
        free(text);
    }
    free(list);
    free(all);
}

static void code_is_a_digest(void **state)
{
    (void)state;
    assert_int_equal(strlen(provenance_code()), 64);
    assert_int_equal(strspn(provenance_code(), "0123456789abcdef"), 64);
    assert_int_equal(strncmp(provenance_version(), "paddlewheel 0.", 14), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_is_yaml_and_complete),
        cmocka_unit_test(what_is_absent_is_not_there),
        cmocka_unit_test(inputs_are_hashed),
        cmocka_unit_test(code_is_a_digest),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
