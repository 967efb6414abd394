#include "analysis/compare.h"

#include "base/mem.h"
#include "store/config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double compare_rounding(const char *printed)
{
    int decimals = 0, exponent = 0;
    bool point = false;
    for (const char *p = printed; *p != '\0'; p++) {
        if (*p == 'e' || *p == 'E') {
            exponent = (int)strtol(p + 1, NULL, 10);
            break;
        }
        if (*p == '.')
            point = true;
        else if (isdigit((unsigned char)*p) && point)
            decimals++;
    }
    return 0.5 * pow(10.0, exponent - decimals) / sqrt(3.0);
}

static Err no_such_id(const Table *t, size_t column, const char *id)
{
    size_t n = table_rows(t);
    const char **ids = MEM_NEW(const char *, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = table_text(t, i, column);
    const char *near = config_nearest(id, n, ids);
    Err e = err_set(ERR_INPUT, "no measured number has the id '%s'%s%s%s", id,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(ids);
    return e;
}

Err compare_find(const Table *t, const char *id, Measured *m)
{
    static const char *const names[] = {"id",       "quantity", "sample", "T_K",        "unit",
                                        "sentence", "note",     "value",  "uncertainty"};
    enum { COLUMNS = sizeof names / sizeof names[0] };
    size_t column[COLUMNS], row = 0, n = table_rows(t);
    for (int i = 0; i < COLUMNS; i++)
        TRY(table_column(t, names[i], &column[i]));
    while (row < n && strcmp(table_text(t, row, column[0]), id) != 0)
        row++;
    if (row == n)
        return no_such_id(t, column[0], id);
    const char **texts[] = {&m->id,   &m->quantity, &m->sample, &m->temperature,
                            &m->unit, &m->sentence, &m->note};
    for (int i = 0; i < 7; i++)
        *texts[i] = table_text(t, row, column[i]);
    const char *value = table_text(t, row, column[7]), *uncertainty = table_text(t, row, column[8]);
    m->value = m->uncertainty = NAN;
    if (value[0] != '\0')
        TRY(table_number(t, row, column[7], &m->value));
    if (uncertainty[0] != '\0')
        TRY(table_number(t, row, column[8], &m->uncertainty));
    m->rounding = uncertainty[0] == '\0' && value[0] != '\0';
    if (m->rounding)
        m->uncertainty = compare_rounding(value);
    return OK;
}

double compare_difference(CompareRelation r, double simulated, double error, double measured,
                          double uncertainty)
{
    double variance = (isfinite(error) ? error * error : 0.0) +
                      (isfinite(uncertainty) ? uncertainty * uncertainty : 0.0);
    double gap = simulated - measured;
    double difference = variance > 0.0 || gap == 0.0 || isnan(gap)
                            ? (gap == 0.0 ? 0.0 : gap / sqrt(variance))
                            : copysign(INFINITY, gap);
    bool kept = (r == COMPARE_AT_MOST && simulated <= measured) ||
                (r == COMPARE_AT_LEAST && simulated >= measured);
    return kept ? 0.0 : difference;
}

const char *compare_verdict(double difference)
{
    if (isnan(difference))
        return "no measured number";
    double size = fabs(difference);
    return size <= 2.0 ? "agrees" : size <= 3.0 ? "tension" : "differs";
}
