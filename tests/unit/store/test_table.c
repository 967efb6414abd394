/* Tables: RFC 4180 both ways, units in the header, mistakes with file and line. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include "base/mem.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Comm *world;

static Err parse(const char *text, Table **t)
{
    return table_parse("t.csv", text, strlen(text), t);
}

static void fields_are_read(void **state)
{
    (void)state;
    Table *t;
    size_t id, value, note;
    double x;
    assert_ok(parse("\xef\xbb\xbf# a comment, \"with\" all\n"
                    "id,value [S/cm],note\r\n"
                    "a,5.3e-14,\"two, \"\"quoted\"\"\nlines\"\r\n"
                    "\n"
                    "\"b\", -1 ,\n"
                    "\xce\xb3,7,x#y",
                    &t));
    assert_int_equal(table_rows(t), 3);
    assert_ok(table_column(t, "id", &id));
    assert_ok(table_column(t, "value", &value));
    assert_ok(table_column(t, "note", &note));
    assert_string_equal(table_unit(t, value), "S/cm");
    assert_string_equal(table_unit(t, id), "");
    assert_string_equal(table_text(t, 0, note), "two, \"quoted\"\nlines");
    assert_string_equal(table_text(t, 1, id), "b");
    assert_string_equal(table_text(t, 1, note), "");
    assert_string_equal(table_text(t, 2, id), "\xce\xb3");
    assert_string_equal(table_text(t, 2, note), "x#y");
    assert_ok(table_number(t, 0, value, &x));
    assert_true(x == 5.3e-14);
    assert_ok(table_number(t, 1, value, &x));
    assert_true(x == -1.0);
    assert_int_equal(table_number(t, 2, note, &x), ERR_INPUT);
    assert_string_equal(err_message(), "t.csv:7: note: 'x#y' is not a finite number");
    assert_int_equal(table_number(t, 1, note, &x), ERR_INPUT);
    assert_string_equal(err_message(), "t.csv:6: note: '' is not a finite number");
    assert_int_equal(table_column(t, "unit", &id), ERR_INPUT);
    assert_string_equal(err_message(),
                        "t.csv:2: there is no column 'unit'; the columns are: id, value, note");
    table_close(t);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "t.csv: the file is empty; a header line is needed"},
        {"# only\n\n", "t.csv: the file is empty; a header line is needed"},
        {"a,b\n1,2\n1\n", "t.csv:3: 1 fields; the header names 2 columns"},
        {"a,b\n1,2,3\n", "t.csv:2: 3 fields; the header names 2 columns"},
        {"a,a\n", "t.csv:1: two columns are called 'a'"},
        {"a,b\n1,\"x\n\n", "t.csv:2: a field that begins with a quote has no closing one"},
        {"a,b\n1,\"x\"y\n", "t.csv:2: text after the closing quote of a field"},
    };
    Table *t;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(cases[i][0], &t), ERR_INPUT);
        assert_string_equal(err_message(), cases[i][1]);
        assert_null(t);
    }
    assert_int_equal(table_parse("t.csv", "a\nx\0y\n", 6, &t), ERR_INPUT);
    assert_string_equal(err_message(), "t.csv:2: the character 0; is this a text file?");
    assert_int_equal(table_open(world, "none.csv", &t), ERR_INPUT);
    assert_string_equal(err_message(), "none.csv: cannot be opened: No such file or directory");
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    enum { ROWS = 2000 }; /* more than one buffer */
    char path[] = "/tmp/paddlewheel-table-XXXXXX";
    assert_true(mkstemp(path) >= 0);
    static const char *const odd[] = {"plain",      "a,b", "say \"hi\"",
                                      "two\nlines", "",    "#no comment"};
    double values[ROWS];
    const char *texts[ROWS];
    for (int i = 0; i < ROWS; i++) {
        values[i] = i == 1 ? NAN : 0.1 * i;
        texts[i] = odd[i % 6];
    }
    const TableColumn columns[] = {
        {"label", NULL, NULL, texts}, {"E", "meV", values, NULL}, {"n", "1", values, NULL}};
    assert_ok(table_write(path, 3, columns, ROWS));
    Table *t;
    size_t label, energy;
    double x;
    assert_ok(table_open(world, path, &t));
    remove(path);
    assert_int_equal(table_rows(t), ROWS);
    assert_ok(table_column(t, "label", &label));
    assert_ok(table_column(t, "E", &energy));
    assert_string_equal(table_unit(t, energy), "meV");
    for (size_t i = 0; i < ROWS; i++) {
        assert_string_equal(table_text(t, i, label), texts[i]);
        if (i == 1) {
            assert_string_equal(table_text(t, i, energy), "");
            continue;
        }
        assert_ok(table_number(t, i, energy, &x));
        assert_near(x, values[i], 1e-9 * fabs(values[i]));
    }
    table_close(t);
    assert_int_equal(table_write("/none/x.csv", 0, NULL, 0), ERR_FILE);
    assert_string_equal(err_message(), "/none/x.csv: cannot be written: No such file or directory; "
                                       "make the folder first");
}

static void the_measured_numbers_are_read(void **state)
{
    (void)state;
    Table *t;
    size_t id, unit;
    assert_ok(table_open(world, PW_SOURCE_DIR "/inputs/measured/heere2020.csv", &t));
    assert_ok(table_column(t, "id", &id));
    assert_ok(table_column(t, "unit", &unit));
    assert_true(table_rows(t) > 20);
    assert_string_equal(table_text(t, 0, id), "cond_ar_313");
    assert_string_equal(table_text(t, 0, unit), "S/cm");
    table_close(t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(the_measured_numbers_are_read),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
