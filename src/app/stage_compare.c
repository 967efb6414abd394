/* stage_compare.c -- kind `compare`: the table quantity | sample | T | simulated | measured | difference | verdict. */
#define _POSIX_C_SOURCE 200809L
#include "app/stages.h"

#include "analysis/compare.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct CompareOptions {
    StageHead head;
    char *measured, *remarks;
    ConfigTexts from;
    const ConfigNode *rows;
} CompareOptions;

static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "measured",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .offset = offsetof(CompareOptions, measured),
     .help = "table of measured numbers"},
    {.key = "remarks",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     .offset = offsetof(CompareOptions, remarks),
     .help = "table of remarks (finding, ids, text) shown next to the rows they touch"},
    {.key = "from",
     .kind = CONFIG_TEXTS,
     .unit = "stage",
     .offset = offsetof(CompareOptions, from),
     .help = "all stages that rows refer to"},
    {.key = "rows",
     .kind = CONFIG_SEQUENCE,
     .offset = offsetof(CompareOptions, rows),
     .help = "[{id, technique, stage, value, relation, role, scale, uncertainty}]"},
};

typedef struct RowOptions {
    char *id, *technique, *stage, *value, *unit, *label;
    int relation, role;
    double uncertainty;
} RowOptions;

static const ConfigField row_fields[] = {
    {.key = "id",
     .kind = CONFIG_TEXT,
     .offset = offsetof(RowOptions, id),
     .help = "of the measured number"},
    {.key = "technique",
     .kind = CONFIG_TEXT,
     .offset = offsetof(RowOptions, technique),
     .help = "QENS, PDF, EIS"},
    {.key = "stage",
     .kind = CONFIG_TEXT,
     .offset = offsetof(RowOptions, stage),
     .help = "that has the simulated number"},
    {.key = "value",
     .kind = CONFIG_TEXT,
     .offset = offsetof(RowOptions, value),
     .help = "name of the scalar there"},
    {.key = "label",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(RowOptions, label),
     .help = "text instead of the table's name of the quantity"},
    {.key = "relation",
     .kind = CONFIG_CHOICE,
     .choices = "equal|at most|at least",
     .fallback = "equal",
     .offset = offsetof(RowOptions, relation),
     .help = "the measured number is a value or a bound"},
    {.key = "role",
     .kind = CONFIG_CHOICE,
     .choices = "prediction|input",
     .fallback = "prediction",
     .offset = offsetof(RowOptions, role),
     .help = "input: the simulated number follows from assumed parameters"},
    {.key = "uncertainty",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 1e30,
     .offset = offsetof(RowOptions, uncertainty),
     .help =
         "standard error of the measured number, in its unit, if the table has none; 0: rounding"},
};
enum { ROW_FIELDS = sizeof row_fields / sizeof row_fields[0] };

/* Columns of the result; texts are owned. */
typedef struct Rows {
    size_t n;
    char **id, **technique, **quantity, **sample, **temperature, **unit, **error_kind, **verdict,
        **sentence, **remark;
    double *simulated, *error, *measured, *measured_error, *difference;
} Rows;

enum { TEXT_COLUMNS = 10, NUMBER_COLUMNS = 5 };
static char ***text_column(Rows *r, int k)
{
    char ***all[TEXT_COLUMNS] = {&r->id,          &r->technique, &r->quantity,   &r->sample,
                                 &r->temperature, &r->unit,      &r->error_kind, &r->verdict,
                                 &r->sentence,    &r->remark};
    return all[k];
}
static double **number_column(Rows *r, int k)
{
    double **all[NUMBER_COLUMNS] = {&r->simulated, &r->error, &r->measured, &r->measured_error,
                                    &r->difference};
    return all[k];
}
static const char *const text_names[TEXT_COLUMNS] = {
    "id",   "technique",  "quantity", "sample",   "temperature",
    "unit", "error_kind", "verdict",  "sentence", "remark"};
static const char *const number_names[NUMBER_COLUMNS] = {"simulated", "error", "measured",
                                                         "measured_error", "difference"};

static void rows_init(Rows *r, size_t n)
{
    r->n = n;
    for (int k = 0; k < TEXT_COLUMNS; k++)
        *text_column(r, k) = MEM_NEW(char *, n);
    for (int k = 0; k < NUMBER_COLUMNS; k++)
        *number_column(r, k) = MEM_NEW(double, n);
}

static void rows_clear(Rows *r)
{
    for (int k = 0; k < TEXT_COLUMNS; k++) {
        for (size_t i = 0; i < r->n; i++)
            free((*text_column(r, k))[i]);
        free(*text_column(r, k));
    }
    for (int k = 0; k < NUMBER_COLUMNS; k++)
        free(*number_column(r, k));
}

/* Is `word` this id, or the beginning of it and then '*'? */
static bool touches(const char *word, const char *id)
{
    size_t n = strlen(word);
    return n > 0 && word[n - 1] == '*' ? strncmp(word, id, n - 1) == 0 : strcmp(word, id) == 0;
}

/* "see F1, F5" of the remarks whose list of ids holds `id` (or a prefix of it that ends in '*'). */
static char *remarks_for(const Table *remarks, const char *id)
{
    char list[128] = "";
    size_t finding, ids;
    if (remarks == NULL || table_column(remarks, "finding", &finding) != OK ||
        table_column(remarks, "ids", &ids) != OK)
        return mem_string("");
    for (size_t i = 0; i < table_rows(remarks); i++) {
        char *copy = mem_string(table_text(remarks, i, ids)), *rest = copy;
        for (char *word = strtok_r(copy, "; ", &rest); word != NULL;
             word = strtok_r(NULL, "; ", &rest)) {
            if (touches(word, id))
                snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s",
                         list[0] ? ", " : "see ", table_text(remarks, i, finding));
        }
        free(copy);
    }
    return mem_string(list);
}

static bool is_listed(const CompareOptions *o, const char *stage)
{
    for (size_t i = 0; i < o->from.n; i++)
        if (strcmp(o->from.text[i], stage) == 0)
            return true;
    return false;
}

/* A claim or a count has no last digit to be rounded. */
static bool is_exact(const char *unit)
{
    return strcmp(unit, "1") == 0 || strcmp(unit, "bool") == 0;
}

/* "", 1 and bool: a number without a unit. */
static bool is_plain(const char *unit)
{
    return unit[0] == '\0' || is_exact(unit);
}

/* Read and check one row's options. Local, the same on all ranks. */
static Err read_row(const CompareOptions *o, const Table *measured, size_t i, RowOptions *row,
                    Measured *m)
{
    const ConfigNode *node = config_item(o->rows, i);
    *row = (RowOptions){0};
    TRY(config_read(node, ROW_FIELDS, row_fields, row));
    Err e = OK;
    if (!is_listed(o, row->stage))
        e = config_error(node, "stage", "'%s' is not listed under 'from:'", row->stage);
    else if (compare_find(measured, row->id, m) != OK) {
        char *why = mem_string(err_message());
        e = config_error(node, "id", "%s", why);
        free(why);
    } else if (!is_plain(m->unit) && !units_known(m->unit)) {
        e = config_error(node, "id",
                         "the table gives '%s' the unit '%s', which is none; write 1 or bool for "
                         "plain numbers",
                         row->id, m->unit);
    }
    if (e != OK)
        config_clear(ROW_FIELDS, row_fields, row);
    return e;
}

static Err fill_row(const StageRun *run, const RowOptions *o, const Measured *m,
                    const Table *remarks, Rows *r, size_t i)
{
    char unit[32];
    double factor, value, error, uncertainty = m->uncertainty;
    TRY(stages_read_scalar(run, o->stage, o->value, &value, &error, unit));
    bool plain = is_plain(m->unit);
    const char *to = plain ? "1" : m->unit;
    TRY(err_prefix(units_factor(unit, to, &factor), "row %s", o->id));
    bool assumed = o->uncertainty > 0.0 && m->rounding, exact = is_exact(m->unit) && m->rounding;
    if (assumed || exact)
        uncertainty = assumed ? o->uncertainty : 0.0;
    char kind[64];
    snprintf(kind, sizeof kind, "%s%s%s",
             assumed       ? "uncertainty assumed"
             : exact       ? "claim"
             : m->rounding ? "rounding only"
                           : "",
             (m->rounding || assumed) && o->relation != COMPARE_EQUAL ? ", " : "",
             o->relation == COMPARE_AT_LEAST  ? "a lower bound"
             : o->relation == COMPARE_AT_MOST ? "an upper bound"
                                              : "");
    r->simulated[i] = value * factor;
    r->error[i] = error * factor;
    r->measured[i] = m->value;
    r->measured_error[i] = uncertainty;
    r->difference[i] = compare_difference((CompareRelation)o->relation, value * factor,
                                          error * factor, m->value, uncertainty);
    const char *texts[TEXT_COLUMNS] = {o->id,
                                       o->technique,
                                       o->label != NULL ? o->label : m->quantity,
                                       m->sample,
                                       m->temperature,
                                       plain ? "" : m->unit,
                                       kind,
                                       isnan(value)   ? "no simulated number"
                                       : o->role == 1 ? "input, not prediction"
                                                      : compare_verdict(r->difference[i]),
                                       m->sentence,
                                       NULL};
    for (int k = 0; k < TEXT_COLUMNS - 1; k++)
        (*text_column(r, k))[i] = mem_string(texts[k]);
    r->remark[i] = remarks_for(remarks, o->id);
    return OK;
}

static Err write_rows(const StageRun *run, Rows *r, const Table *remarks)
{
    H5 *file;
    TRY(stages_create_result(run, &file));
    Err e = OK;
    TableColumn columns[TEXT_COLUMNS + NUMBER_COLUMNS];
    for (int k = 0; k < TEXT_COLUMNS && e == OK; k++) {
        char name[64];
        const char *const *texts = (const char *const *)*text_column(r, k);
        snprintf(name, sizeof name, "rows/%s", text_names[k]);
        e = h5_write_texts(file, name, r->n, texts);
        columns[k] = (TableColumn){.name = text_names[k], .texts = texts};
    }
    for (int k = 0; k < NUMBER_COLUMNS && e == OK; k++) {
        char name[64];
        snprintf(name, sizeof name, "rows/%s", number_names[k]);
        e = h5_write(file, name, 1, &r->n, *number_column(r, k), "1",
                     "in the unit of rows/unit; difference in standard errors");
        columns[TEXT_COLUMNS + k] =
            (TableColumn){.name = number_names[k], .unit = "1", .values = *number_column(r, k)};
    }
    size_t nremarks = remarks ? table_rows(remarks) : 0, finding, text;
    if (e == OK && nremarks > 0 && table_column(remarks, "finding", &finding) == OK &&
        table_column(remarks, "text", &text) == OK) {
        char **lines = MEM_NEW(char *, nremarks);
        for (size_t i = 0; i < nremarks; i++)
            lines[i] =
                mem_format("%s: %s", table_text(remarks, i, finding), table_text(remarks, i, text));
        e = h5_write_texts(file, "remarks", nremarks, (const char *const *)lines);
        for (size_t i = 0; i < nremarks; i++)
            free(lines[i]);
        free(lines);
    }
    if (e != OK) {
        h5_close(file);
        return e;
    }
    e = h5_commit(file);
    char *csv = stage_file(run->stage, "comparison.csv");
    if (e == OK)
        e = table_write(csv, TEXT_COLUMNS + NUMBER_COLUMNS, columns, r->n);
    free(csv);
    return e;
}

/* Every id of a remark, or the beginning of one before '*', must be a measured number's. */
static Err check_remarks(const Table *remarks, const Table *measured)
{
    size_t finding, text, ids, id;
    TRY(table_column(remarks, "finding", &finding));
    TRY(table_column(remarks, "text", &text));
    TRY(table_column(remarks, "ids", &ids));
    TRY(table_column(measured, "id", &id));
    for (size_t i = 0; i < table_rows(remarks); i++) {
        char *copy = mem_string(table_text(remarks, i, ids)), *rest = copy;
        Err e = OK;
        for (char *word = strtok_r(copy, "; ", &rest); word != NULL && e == OK;
             word = strtok_r(NULL, "; ", &rest)) {
            size_t row = 0, n = table_rows(measured);
            while (row < n && !touches(word, table_text(measured, row, id)))
                row++;
            if (row == n)
                e = table_error(remarks, i, ids, "no measured number has the id '%s'", word);
        }
        free(copy);
        TRY(e);
    }
    return OK;
}

static Err open_tables(const StageRun *run, const CompareOptions *o, Table **measured,
                       Table **remarks)
{
    *measured = *remarks = NULL;
    char *path = study_path(run->study, o->measured);
    Err e = table_open(run->comm, path, measured);
    free(path);
    if (e == OK && o->remarks != NULL && o->remarks[0] != '\0') {
        path = study_path(run->study, o->remarks);
        e = table_open(run->comm, path, remarks);
        free(path);
        if (e == OK)
            e = check_remarks(*remarks, *measured);
    }
    return e;
}

static void close_tables(Table *measured, Table *remarks)
{
    if (measured != NULL)
        table_close(measured);
    if (remarks != NULL)
        table_close(remarks);
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const CompareOptions *o = options;
    Table *measured, *remarks;
    Err e = open_tables(run, o, &measured, &remarks);
    for (size_t i = 0; e == OK && i < config_length(o->rows); i++) {
        RowOptions row;
        Measured m;
        e = read_row(o, measured, i, &row, &m);
        if (e == OK)
            config_clear(ROW_FIELDS, row_fields, &row);
    }
    snprintf(estimate->note, sizeof estimate->note, "%zu rows", config_length(o->rows));
    close_tables(measured, remarks);
    return e;
}

static Err work(const StageRun *run, const CompareOptions *o, const Table *measured,
                const Table *remarks)
{
    Rows rows;
    rows_init(&rows, config_length(o->rows));
    Err e = OK;
    for (size_t i = 0; i < rows.n && e == OK; i++) {
        RowOptions row;
        Measured m;
        e = read_row(o, measured, i, &row, &m);
        if (e != OK)
            break;
        e = fill_row(run, &row, &m, remarks, &rows, i);
        if (e == ERR_INPUT) {
            char *why = mem_string(err_message());
            e = config_error(config_item(o->rows, i), "value", "%s", why);
            free(why);
        }
        config_clear(ROW_FIELDS, row_fields, &row);
        if (e == OK)
            log_info("  %-4s %-44.44s %-18.18s %11.4g +- %-9.2g %11.4g  %8.1f  %s",
                     rows.technique[i], rows.quantity[i], rows.sample[i], rows.simulated[i],
                     rows.error[i], rows.measured[i], rows.difference[i], rows.verdict[i]);
    }
    if (e == OK)
        e = write_rows(run, &rows, remarks);
    rows_clear(&rows);
    return e;
}

static Err run_compare(const StageRun *run, const void *options)
{
    const CompareOptions *o = options;
    Table *measured, *remarks;
    Err e = open_tables(run, o, &measured, &remarks);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? work(run, o, measured, remarks) : OK);
    close_tables(measured, remarks);
    return e;
}

const StageKind stage_compare = {
    .name = "compare",
    .help = "simulated numbers against measured ones, in standard errors",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(CompareOptions),
    .check = check,
    .run = run_compare,
};
