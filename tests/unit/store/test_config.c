/* Study files: values, defaults, what is printed reads back, and the message of every mistake. */
#include "check.h"

#include "base/mem.h"
#include "store/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Options {
    double timestep, cutoff, optional, pressure, charge;
    int64_t steps, replicate[3];
    bool rigid;
    char *name;
    int ensemble;
    ConfigList temperatures;
    ConfigTexts files;
    const ConfigNode *thermostat, *moves;
} Options;

#define AT(member) offsetof(Options, member)

static const ConfigField fields[] = {
    {"timestep", CONFIG_QUANTITY, "ps", NULL, AT(timestep), .help = "time step", .low = 1e-5,
     .high = 0.01},
    {"cutoff", CONFIG_QUANTITY, "A", "9 A", AT(cutoff), .help = "cut-off", .low = 0,
     .high = INFINITY},
    {"optional", CONFIG_QUANTITY, "K", "", AT(optional), .help = "may be absent"},
    {"pressure", CONFIG_QUANTITY, "eV/A^3", "1 bar", AT(pressure), .help = "target pressure"},
    {"charge", CONFIG_QUANTITY, "1", "-0.25", AT(charge), .help = "a plain number"},
    {"steps", CONFIG_INTEGER, NULL, "1000", AT(steps), .help = "number of steps", .low = 1,
     .high = 1e9},
    {"rigid", CONFIG_BOOLEAN, NULL, "false", AT(rigid), .help = "rigid ions"},
    {"name", CONFIG_TEXT, NULL, "gamma", AT(name), .help = "name of the run"},
    {"ensemble", CONFIG_CHOICE, NULL, "nve", AT(ensemble), .help = "ensemble",
     .choices = "nve|nvt|npt"},
    {"replicate", CONFIG_INTEGERS, NULL, "[1, 1, 1]", AT(replicate), .help = "cells", .length = 3},
    {"temperatures", CONFIG_QUANTITIES, "K", "[310 K]", AT(temperatures), .help = "temperatures"},
    {"files", CONFIG_TEXTS, NULL, "", AT(files), .help = "file names"},
    {"thermostat", CONFIG_MAPPING, NULL, "", AT(thermostat), .help = "thermostat"},
    {"moves", CONFIG_SEQUENCE, NULL, "", AT(moves), .help = "moves"},
};
enum { NFIELDS = sizeof fields / sizeof fields[0] };

static Err read_text(const char *yaml, Config **c, Options *o)
{
    Err e = config_parse("study.yaml", yaml, strlen(yaml), c);
    return e != OK ? e : config_read(config_root(*c), NFIELDS, fields, o);
}

/* The text must be refused with exactly this message. */
static void refused(const char *yaml, const char *message)
{
    Config *c = NULL;
    Options o;
    assert_int_equal(read_text(yaml, &c, &o), ERR_INPUT);
    assert_string_equal(err_message(), message);
    config_close(c);
}

/* The same where libfyaml chooses the words: begin and some part of the message. */
static void refused_like(const char *yaml, const char *begin, const char *part)
{
    Config *c = NULL;
    Options o;
    assert_int_equal(read_text(yaml, &c, &o), ERR_INPUT);
    if (strncmp(err_message(), begin, strlen(begin)) != 0 || strstr(err_message(), part) == NULL)
        fail_msg("message '%s' lacks '%s' or '%s'", err_message(), begin, part);
    config_close(c);
}

static void values_are_read(void **state)
{
    (void)state;
    Config *c;
    Options o;
    assert_ok(read_text("# a study\n"
                        "timestep: 0.5 fs\n"
                        "pressure: 1 GPa\n"
                        "charge: 2\n"
                        "steps: 20\n"
                        "rigid: true\n"
                        "name: \"a: 'b' \\u00e4\"\n"
                        "ensemble: npt\n"
                        "replicate: [2, 3, 4]\n"
                        "temperatures: [25 degC, 355 K]\n"
                        "files: one.xyz\n"
                        "thermostat: {kind: bussi, tau: 1 ps}\n"
                        "moves:\n"
                        "  - kind: swap\n"
                        "  - kind: turn\n",
                        &c, &o));
    assert_near(o.timestep, 5e-4, 1e-18);
    assert_near(o.cutoff, 9.0, 0.0);
    assert_true(isnan(o.optional));
    assert_near(o.pressure, 1.0 / 160.2176634, 1e-15);
    assert_near(o.charge, 2.0, 0.0);
    assert_int_equal(o.steps, 20);
    assert_true(o.rigid);
    assert_string_equal(o.name, "a: 'b' \xc3\xa4");
    assert_int_equal(o.ensemble, 2);
    assert_int_equal(o.replicate[2], 4);
    assert_int_equal(o.temperatures.n, 2);
    assert_near(o.temperatures.value[0], 298.15, 1e-9);
    assert_int_equal(o.files.n, 1);
    assert_string_equal(o.files.text[0], "one.xyz");
    assert_string_equal(config_text(config_get(o.thermostat, "tau")), "1 ps");
    assert_int_equal(config_pairs(o.thermostat), 2);
    assert_string_equal(config_pair_key(o.thermostat, 0), "kind");
    assert_int_equal(config_length(o.moves), 2);
    assert_string_equal(config_text(config_get(config_item(o.moves, 1), "kind")), "turn");
    assert_int_equal(config_error(config_item(o.moves, 1), "kind", "no %s", "good"), ERR_INPUT);
    assert_string_equal(err_message(), "study.yaml:15: kind: no good");
    config_clear(NFIELDS, fields, &o);
    config_close(c);
}

static void printed_values_read_back(void **state)
{
    (void)state;
    static const char *const odd[] = {"",          "a b",  "#x",    "true",     "- y",
                                      "tab\there", "1.5",  "quo\"", "back\\sl", "line\nbreak",
                                      "\xc3\xa4",  "a: b", "~",     "[1]",      " leading ",
                                      "end:",      "*a",   "\x01"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        Config *c, *again;
        Options o, p;
        assert_ok(read_text(
            "timestep: 0.123456789 fs\npressure: 1 bar\noptional: 1 K\nthermostat: {kind: x}", &c,
            &o));
        free(o.name);
        o.name = mem_string(odd[i]);
        o.files.n = 2;
        o.files.text = MEM_NEW(char *, 2);
        o.files.text[0] = mem_string(odd[i]);
        o.files.text[1] = mem_string("x.cif");
        o.cutoff = 9.0 + 1.0 / 3.0;
        char *text = NULL;
        config_print(&text, 0, i % 2 == 0, NFIELDS, fields, &o);
        assert_ok(read_text(text, &again, &p));
        assert_true(p.timestep == o.timestep && p.pressure == o.pressure && p.cutoff == o.cutoff);
        assert_true(p.optional == o.optional && p.charge == o.charge && p.steps == o.steps);
        assert_string_equal(p.name, odd[i]);
        assert_string_equal(config_text(config_get(p.thermostat, "kind")), "x");
        assert_int_equal(p.files.n, 2);
        assert_string_equal(p.files.text[0], odd[i]);
        assert_true(p.temperatures.n == 1 && p.temperatures.value[0] == 310.0);
        assert_memory_equal(p.replicate, o.replicate, sizeof p.replicate);
        free(text);
        config_clear(NFIELDS, fields, &o);
        config_clear(NFIELDS, fields, &p);
        config_close(c);
        config_close(again);
    }
}

static void nodes_print_and_read_back(void **state)
{
    (void)state;
    const char *yaml = "a: {b: [1, 'x y', {c: d}], e: []}\n\"k: 1\": [[1, 2], [3]]\n";
    Config *c, *again;
    assert_ok(config_parse("x", yaml, strlen(yaml), &c));
    char *text = NULL, *twice = NULL;
    config_print_node(&text, 0, config_root(c));
    assert_ok(config_parse("x", text, strlen(text), &again));
    config_print_node(&twice, 0, config_root(again));
    assert_string_equal(text, twice);
    const ConfigNode *b = config_get(config_get(config_root(again), "a"), "b");
    assert_string_equal(config_text(config_item(b, 1)), "x y");
    assert_string_equal(config_text(config_get(config_item(b, 2), "c")), "d");
    assert_int_equal(config_length(config_get(config_root(again), "k: 1")), 2);
    free(text);
    free(twice);
    config_close(c);
    config_close(again);
}

static void keys_are_checked(void **state)
{
    (void)state;
#define ALLOWED                                                                                    \
    "allowed keys: timestep, cutoff, optional, pressure, charge, steps, rigid, name, ensemble, "   \
    "replicate, temperatures, files, thermostat, moves"
    refused("timestep: 1 fs\ntimestpe: 1 fs\n",
            "study.yaml:2: timestpe: unknown key; did you mean 'timestep'? " ALLOWED);
    refused("timestep: 1 fs\n\nzzz: 1\n", "study.yaml:3: zzz: unknown key; " ALLOWED);
    refused("steps: 10\n",
            "study.yaml:1: timestep: this key is missing and has no default (time step)");
    refused("timestep: 1 fs\nsteps: 1\ntimestep: 2 fs\n",
            "study.yaml:3: timestep: key given twice; the first is in line 1");
    Options o;
    assert_int_equal(config_read(NULL, NFIELDS, fields, &o), ERR_INPUT);
    assert_string_equal(err_message(),
                        "timestep: this key is missing and has no default (time step)");
}

static void quantities_are_checked(void **state)
{
    (void)state;
    refused("timestep: 0.5\n", "study.yaml:1: timestep: '0.5' has no unit; write for example "
                               "'0.5 ps'");
    refused("timestep: 0.5 K\n", "study.yaml:1: timestep: '0.5 K' has the wrong dimension; a unit "
                                 "like 'ps' is needed");
    refused("timestep: 1 bananas\n", "study.yaml:1: timestep: 'bananas' is not a known unit; write "
                                     "for example '1 ps'");
    refused("timestep: fast\n", "study.yaml:1: timestep: 'fast' does not begin with a number; "
                                "write for example '1.5 ps'");
    refused("timestep: .nan ps\n", "study.yaml:1: timestep: '.nan ps' does not begin with a "
                                   "number; write for example '1.5 ps'");
    refused("timestep: nan ps\n", "study.yaml:1: timestep: 'nan ps' is not a finite number");
    refused("timestep: 1 ns\n",
            "study.yaml:1: timestep: '1 ns' is out of range; 1e-05 to 0.01 ps is allowed");
    refused("timestep: 1 fs\ncutoff: -1 A\n",
            "study.yaml:2: cutoff: '-1 A' is out of range; at least 0 A is allowed");
    refused("timestep: 1 fs\ntemperatures: [310 K,\n  355]\n",
            "study.yaml:3: temperatures: '355' has no unit; write for example '355 K'");
}

static void types_are_checked(void **state)
{
    (void)state;
    refused("timestep: {a: 1}\n",
            "study.yaml:1: timestep: is a mapping; one number with its unit is needed");
    refused("timestep:\n",
            "study.yaml:1: timestep: has no value; one number with its unit is needed");
    refused("timestep: 1 fs\nsteps: 1.5\n", "study.yaml:2: steps: '1.5' is not a whole number");
    refused("timestep: 1 fs\nsteps: 0\n",
            "study.yaml:2: steps: '0' is out of range; 1 to 1e+09 is allowed");
    refused("timestep: 1 fs\nsteps: [1]\n",
            "study.yaml:2: steps: is a list; one whole number is needed");
    refused("timestep: 1 fs\nrigid: yes\n",
            "study.yaml:2: rigid: 'yes' is neither true nor false; only these two are allowed");
    refused("timestep: 1 fs\nensemble: npv\n",
            "study.yaml:2: ensemble: 'npv' is not one of the "
            "choices; did you mean 'npt'? allowed: nve, nvt, npt");
    refused("timestep: 1 fs\nreplicate: [2, 2]\n",
            "study.yaml:2: replicate: has 2 items; exactly 3 are needed");
    refused("timestep: 1 fs\nreplicate: 2 2 2\n", "study.yaml:2: replicate: is a single value; a "
                                                  "list of 3 whole numbers like [1, 2] is needed");
    refused("timestep: 1 fs\nthermostat: bussi\n",
            "study.yaml:2: thermostat: is a single value; a mapping (indented 'key: value' lines) "
            "is needed");
    refused("timestep: 1 fs\nmoves: {a: b}\n", "study.yaml:2: moves: is a mapping; a list of "
                                               "mappings (lines that begin with '- ') is needed");
    refused("timestep: 1 fs\nmoves:\n - a: b\n - c\n",
            "study.yaml:4: moves: item 2 is a single value; a mapping is needed");
    refused("- a\n- b\n", "study.yaml:1: a list stands where 'key: value' lines are needed");
}

static void files_are_checked(void **state)
{
    (void)state;
    refused("", "study.yaml: the file is empty");
    refused("  \n\n", "study.yaml: the file is empty");
    refused("# only a comment\n", "study.yaml: the file is empty");
    refused("timestep: 1 fs\n---\ntimestep: 2 fs\n",
            "study.yaml: more than one YAML document ('---'); only one is allowed");
    refused("timestep: &t 1 fs\noptional: *t\n",
            "study.yaml:2: aliases (*name) are not allowed; write the value out");
    refused_like("timestep: [1 fs\nsteps: 2\n", "study.yaml:", "not valid YAML: ");
    refused_like("timestep: 1 fs\n\tsteps: 2\n", "study.yaml:", "not valid YAML: ");
    refused_like("timestep: 1 fs\n  steps: 2\n", "study.yaml:", "not valid YAML: ");
    refused_like("timestep: \"1 fs\n", "study.yaml:", "not valid YAML: ");
}

static void document_names_all(void **state)
{
    (void)state;
    char *text = NULL;
    config_document(&text, NFIELDS, fields);
    assert_non_null(strstr(text, "  timestep: number with unit, as ps, 1e-05 to 0.01; must be "
                                 "given\n      time step\n"));
    assert_non_null(strstr(text, "  ensemble: one of nve|nvt|npt; default nve\n"));
    assert_non_null(strstr(text, "  optional: number with unit, as K; may be absent\n"));
    free(text);
}

static Comm *world;

static void missing_file_is_named(void **state)
{
    (void)state;
    Config *c;
    assert_int_equal(config_open(world, "no/such.yaml", &c), ERR_INPUT);
    assert_string_equal(err_message(), "no/such.yaml: cannot be opened: No such file or directory");
    assert_null(c);
}

/* `each` and patterns: what is written once reads as if it were written out. */
static void each_writes_out(void **state)
{
    (void)state;
    const char *once = "stages:\n"
                       "  - name: cell-a\n"
                       "  - name: \"{s}-{T}\"\n"
                       "    each: {s: [a, b], T: [310, 355]}\n"
                       "    inner: {list: [\"{T} K\", \"x{s}y{s}{\"], k: 1}\n"
                       "  - name: \"{s}\"\n"
                       "    each: {s: [b, a]}\n"
                       "    from: \"{s}-*\"\n"
                       "  - name: \"{s}\"\n"
                       "    from: [cell-a, \"*-355\", \"no*\"]\n";
    const char *out = "- name: cell-a\n"
                      "- name: a-310\n  inner:\n    list: [\"310 K\", \"xaya{\"]\n    k: 1\n"
                      "- name: a-355\n  inner:\n    list: [\"355 K\", \"xaya{\"]\n    k: 1\n"
                      "- name: b-310\n  inner:\n    list: [\"310 K\", \"xbyb{\"]\n    k: 1\n"
                      "- name: b-355\n  inner:\n    list: [\"355 K\", \"xbyb{\"]\n    k: 1\n"
                      "- name: b\n  from: [b-310, b-355]\n"
                      "- name: a\n  from: [a-310, a-355]\n"
                      "- name: \"{s}\"\n  from: [cell-a, a-355, b-355, \"no*\"]\n";
    Config *c, *expected;
    assert_ok(config_parse("study.yaml", once, strlen(once), &c));
    assert_ok(config_each(c, "stages"));
    assert_ok(config_parse("out", out, strlen(out), &expected));
    char *is = NULL, *wanted = NULL;
    const ConfigNode *stages = config_get(config_root(c), "stages");
    assert_int_equal(config_length(stages), config_length(config_root(expected)));
    for (size_t i = 0; i < config_length(stages); i++) {
        config_print_node(&is, 0, config_item(stages, i));
        config_print_node(&wanted, 0, config_item(config_root(expected), i));
    }
    assert_string_equal(is, wanted);
    Err e = config_error(config_item(stages, 4), "inner", "is wrong");
    assert_int_equal(e, ERR_INPUT);
    assert_string_equal(err_message(), "study.yaml:5: inner: is wrong");
    free(is);
    free(wanted);
    config_close(c);
    config_close(expected);
}

static void each_refused(const char *each, const char *message)
{
    Config *c;
    char *yaml = mem_format("stages:\n  - name: \"{T} K\"\n    each: %s\n", each);
    assert_ok(config_parse("study.yaml", yaml, strlen(yaml), &c));
    assert_int_equal(config_each(c, "stages"), ERR_INPUT);
    assert_string_equal(err_message(), message);
    config_close(c);
    free(yaml);
}

static void each_is_checked(void **state)
{
    (void)state;
    const char *form = "a mapping of lists is needed, as {T: [310, 355], replica: [1, 2]}";
    char *at_each = mem_format("study.yaml:3: each: %s", form),
         *at_T = mem_format("study.yaml:3: T: %s", form);
    each_refused("3", at_each);
    each_refused("{}", at_each);
    each_refused("{T: 310}", at_T);
    each_refused("{T: []}", at_T);
    each_refused("{T: [[310]]}", at_T);
    each_refused("{t: [310, 355]}", "study.yaml:2: '{T} K': 'each' has no name 'T'");
    free(at_each);
    free(at_T);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),           cmocka_unit_test(printed_values_read_back),
        cmocka_unit_test(nodes_print_and_read_back), cmocka_unit_test(keys_are_checked),
        cmocka_unit_test(quantities_are_checked),    cmocka_unit_test(types_are_checked),
        cmocka_unit_test(files_are_checked),         cmocka_unit_test(document_names_all),
        cmocka_unit_test(missing_file_is_named),     cmocka_unit_test(each_writes_out),
        cmocka_unit_test(each_is_checked),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
