#include "analysis/eisf_table.h"

#include "analysis/fit_eisf.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { MODEL, PLATEAU, AVERAGE, CORRECTED, FIT, ROWS };

static const char *const names[ROWS] = {"EISF (model)", "EISF (plateau)", "EISF (time average)",
                                        "EISF (time average, corrected)", "EISF (fit)"};

/* Values at the Q of the table; NaN where the source has no such Q. */
static void pick(size_t n, const double q[], size_t from, const double q_from[],
                 const double values[], double out[])
{
    for (size_t i = 0; i < n; i++) {
        out[i] = NAN;
        for (size_t k = 0; k < from; k++)
            if (fabs(q_from[k] - q[i]) < 1e-9 * q[i])
                out[i] = values[k];
    }
}

/* Dataset `name` against `q_name` of a file, if it is there. */
static Err take(H5 *file, const char *q_name, const char *name, size_t n, const double q[],
                double out[])
{
    double *q_from = NULL, *values = NULL;
    size_t from = 0, d = 0;
    if (!h5_exists(file, name))
        return OK;
    Err e = h5_read(file, q_name, 1, &from, &q_from, NULL);
    if (e == OK)
        e = h5_read(file, name, 1, &d, &values, NULL);
    if (e == OK)
        pick(n, q, d < from ? d : from, q_from, values, out);
    free(q_from);
    free(values);
    return e;
}

/* The closed form, and what it is. */
static Err take_model(H5 *result, H5 *qens, size_t n, const double q[], double out[],
                      const char **what)
{
    *what = "none";
    if (h5_exists(result, "truth/eisf")) {
        *what = "exact, of the constructed motion, without vibration";
        return take(result, "truth/Q", "truth/eisf", n, q, out);
    }
    double p, d;
    if (qens == NULL || !h5_exists(qens, "scalars/p/value") ||
        !h5_exists(qens, "scalars/d_BH/value"))
        return OK;
    TRY(h5_read_number(qens, "scalars/p/value", &p));
    TRY(h5_read_number(qens, "scalars/d_BH/value", &d));
    if (!isfinite(p) || !isfinite(d))
        return OK;
    *what = "p + (1 - p)(1 + j0(sqrt(8/3) Q d))/2 with p and d of the fit";
    for (size_t i = 0; i < n; i++)
        out[i] = fit_eisf_model(q[i], p, d);
    return OK;
}

Err eisf_table_write(H5 *result, H5 *qens, H5 *out)
{
    double *q = NULL;
    size_t n = 0;
    const char *what = "";
    TRY(h5_read(qens != NULL ? qens : result, qens != NULL ? "eisf/Q" : "isf/Q", 1, &n, &q, NULL));
    double *value = MEM_NEW(double, 2 * ROWS * n), *error = value + ROWS * n;
    for (size_t i = 0; i < 2 * ROWS * n; i++)
        value[i] = NAN;
    const struct {
        H5 *file;
        const char *q, *name;
        double *to;
    } columns[] = {
        {result, "isf/Q", "isf/eisf_plateau", value + PLATEAU * n},
        {result, "isf/Q", "isf/eisf_plateau_error", error + PLATEAU * n},
        {result, "isf/Q", "isf/eisf_time_average", value + AVERAGE * n},
        {result, "isf/Q", "isf/eisf_time_average_error", error + AVERAGE * n},
        {result, "isf/Q", "isf/eisf_time_average_corrected", value + CORRECTED * n},
        {result, "isf/Q", "isf/eisf_time_average_error", error + CORRECTED * n},
        {qens, "eisf/Q", "eisf/fit", value + FIT * n},
        {qens, "eisf/Q", "eisf/fit_error", error + FIT * n},
    };
    Err e = take_model(result, qens, n, q, value + MODEL * n, &what);
    for (size_t k = 0; k < sizeof columns / sizeof *columns && e == OK; k++)
        if (columns[k].file != NULL)
            e = take(columns[k].file, columns[k].q, columns[k].name, n, q, columns[k].to);
    if (e == OK)
        e = h5_write_texts(out, "eisf_table/name", ROWS, names);
    if (e == OK)
        e = h5_write_text(out, "eisf_table/model", what);
    if (e == OK)
        e = h5_write(out, "eisf_table/Q", 1, &n, q, "1/A", "momentum transfer");
    if (e == OK)
        e = h5_write(out, "eisf_table/value", 2, (size_t[]){ROWS, n}, value, "1",
                     "EISF by definition and Q; NaN where there is none");
    if (e == OK)
        e = h5_write(out, "eisf_table/error", 2, (size_t[]){ROWS, n}, error, "1", "standard error");
    free(value);
    free(q);
    return e;
}
