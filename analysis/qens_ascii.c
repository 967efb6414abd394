#include "analysis/qens_ascii.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Numbers in a file cannot be more than its bytes. */
static Err check_size(const TextLines *lines, size_t bytes, int64_t a, int64_t b)
{
    double needed = (double)a * (double)b;
    if (a < 1 || b < 1)
        return text_error(lines, "%lld x %lld numbers: at least one is needed", (long long)a,
                          (long long)b);
    if (needed > (double)bytes)
        return text_error(lines, "%lld x %lld numbers do not fit into a file of %zu bytes",
                          (long long)a, (long long)b, bytes);
    return OK;
}

/* The next line that holds something and is no comment; the last comment before it into *comment. */
static Err next_data(TextLines *lines, const char *what, TextSpan *line, TextSpan *comment)
{
    while (text_next_line(lines, line)) {
        *line = text_trim(*line);
        if (line->start == line->end)
            continue;
        if (*line->start != '#')
            return OK;
        if (comment != NULL)
            *comment = *line;
    }
    return text_error(lines, "%s: the file ends before it", what);
}

static bool mentions(TextSpan text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = text.start; p != NULL && p + n <= text.end; p++)
        if (strncasecmp(p, word, n) == 0)
            return true;
    return false;
}

/* ---- .grp */

static Err next_count(TextLines *lines, const char *what, int64_t *n)
{
    TextSpan line;
    TRY(next_data(lines, what, &line, NULL));
    return text_next_integer(lines, what, &line, n);
}

/* n numbers, one a line, increasing. */
static Err read_axis(TextLines *lines, const char *what, size_t n, double *value, TextSpan *comment)
{
    for (size_t k = 0; k < n; k++) {
        TextSpan line;
        TRY(next_data(lines, what, &line, k == 0 ? comment : NULL));
        TRY(text_next_number(lines, what, &line, &value[k]));
        if (k > 0 && !(value[k] > value[k - 1]))
            return text_error(lines, "%s: %g after %g does not increase", what, value[k],
                              value[k - 1]);
    }
    return OK;
}

/* Edges half way between centres, the outer bins as wide as their neighbours' distance. */
static void edges_between(size_t n, const double centre[], double *edge)
{
    for (size_t k = 1; k < n; k++)
        edge[k] = 0.5 * (centre[k - 1] + centre[k]);
    edge[0] = centre[0] - (edge[1] - centre[0]);
    edge[n] = centre[n - 1] + (centre[n - 1] - edge[n - 1]);
}

static Err read_energies(TextLines *lines, QensData *d)
{
    TextSpan comment = {0};
    double *centre = MEM_NEW(double, d->ne);
    Err e = read_axis(lines, "energy", d->ne, centre, &comment);
    if (e == OK) {
        bool micro = mentions(comment, "micro") || mentions(comment, "uev");
        d->edge = MEM_NEW(double, d->ne + 1);
        edges_between(d->ne, centre, d->edge);
        for (size_t k = 0; micro && k <= d->ne; k++)
            d->edge[k] *= 1e-3;
    }
    free(centre);
    return e;
}

static Err read_groups(TextLines *lines, QensData *d)
{
    TextSpan comment = {0};
    d->q = MEM_NEW(double, d->nspectra);
    TRY(read_axis(lines, "group", d->nspectra, d->q, &comment));
    if (!mentions(comment, "angle") && !mentions(comment, "theta"))
        return OK;
    if (!(d->wavelength > 0.0))
        return text_error(lines, "groups of angles need the incident wavelength, which .grp files "
                                 "do not tell: give it, or use CSV");
    d->two_theta = MEM_NEW(double, d->nspectra);
    for (size_t s = 0; s < d->nspectra; s++) {
        d->two_theta[s] = d->q[s];
        d->q[s] = 4.0 * PI / d->wavelength * sin(0.5 * d->two_theta[s] * (PI / 180.0));
    }
    return OK;
}

static Err read_values(TextLines *lines, QensData *d)
{
    size_t all = d->nspectra * d->ne;
    d->y = MEM_NEW(double, all);
    d->error = MEM_NEW(double, all);
    for (size_t k = 0; k < all; k++) {
        TextSpan line;
        TRY(next_data(lines, "value and error", &line, NULL));
        TRY(text_next_number(lines, "value", &line, &d->y[k]));
        TRY(text_next_number(lines, "error", &line, &d->error[k]));
        if (d->error[k] == -1.0)
            d->y[k] = d->error[k] = NAN;
        else if (!(d->error[k] > 0.0))
            return text_error(lines,
                              "error: %g of group %zu, energy %zu must be positive (or -1: "
                              "no number)",
                              d->error[k], k / d->ne + 1, k % d->ne + 1);
    }
    return OK;
}

static Err read_grp(TextLines *lines, size_t bytes, QensData *d)
{
    int64_t ne, ns;
    TextSpan line;
    TRY(next_count(lines, "number of energies", &ne));
    TRY(next_count(lines, "number of groups", &ns));
    TRY(check_size(lines, bytes, ne, ns));
    if (ne < 2)
        return text_error(lines, "at least two energies are needed for the width of a bin");
    d->ne = (size_t)ne, d->nspectra = (size_t)ns;
    TRY(read_energies(lines, d));
    TRY(read_groups(lines, d));
    TRY(read_values(lines, d));
    if (next_data(lines, "end", &line, NULL) == OK)
        return text_error(lines, "more values than %lld groups of %lld", (long long)ns,
                          (long long)ne);
    return err_prefix(qens_data_check(d), "%s", lines->name);
}

Err qens_ascii_parse_grp(const char *name, const char *bytes, size_t n, double wavelength,
                         QensData *out)
{
    TextLines lines;
    text_lines_init(&lines, name, bytes, n);
    *out = (QensData){.wavelength = wavelength, .temperature = NAN, .source = mem_string(name)};
    Err e = read_grp(&lines, n, out);
    if (e != OK)
        qens_data_clear(out);
    return e;
}

Err qens_ascii_write_grp(const char *path, const QensData *d)
{
    TextBuffer b = {0};
    text_append(&b, "# Number of energy transfer values\n%zu\n# Number of groups\n%zu\n", d->ne,
                d->nspectra);
    text_append(&b, "# energy transfer (meV), positive: the neutron loses energy\n");
    for (size_t k = 0; k < d->ne; k++)
        text_append(&b, "%.17g\n", qens_data_centre(d, k));
    text_append(&b, d->two_theta != NULL ? "# detector angle (degrees)\n" : "# Q (1/Angstrom)\n");
    for (size_t s = 0; s < d->nspectra; s++)
        text_append(&b, "%.17g\n", d->two_theta != NULL ? d->two_theta[s] : d->q[s]);
    for (size_t s = 0; s < d->nspectra; s++) {
        text_append(&b, "# Group %zu\n", s + 1);
        for (size_t k = s * d->ne; k < (s + 1) * d->ne; k++) {
            double error = d->error != NULL ? d->error[k] : sqrt(fmax(d->y[k], 1.0));
            if (isnan(d->y[k]))
                text_append(&b, "0 -1\n");
            else
                text_append(&b, "%.17g %.17g\n", d->y[k], error);
        }
    }
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}

/* ---- .sqw */

void qens_ascii_clear_sqw(Sqw2d *s)
{
    free(s->q);
    free(s->w);
    free(s->s);
    *s = (Sqw2d){0};
}

static void append_key(TextBuffer *b, const char *key, double value, const char *what)
{
    if (!isnan(value))
        text_append(b, "# %s %.17g %s\n", key, value, what);
}

static void append_row(TextBuffer *b, size_t n, const double row[])
{
    for (size_t k = 0; k < n; k++)
        text_append(b, "%s%.17g", k > 0 ? " " : "", row[k]);
    text_append(b, "\n");
}

Err qens_ascii_write_sqw(const char *path, const Sqw2d *s)
{
    TextBuffer b = {0};
    text_append(&b, "# Format: Sqw data file for Isotropic_Sqw <http://www.mcstas.org>\n"
                    "# Physical parameters:\n");
    append_key(&b, "Temperature", s->temperature, "[K]");
    append_key(&b, "density", s->density, "[g/cm^3]");
    append_key(&b, "weight", s->weight, "[g/mol] of a formula unit");
    append_key(&b, "sigma_coh", s->sigma_coh, "[barn] coherent, per formula unit");
    append_key(&b, "sigma_inc", s->sigma_inc, "[barn] incoherent, per formula unit");
    append_key(&b, "sigma_abs", s->sigma_abs, "[barn] absorption at 1.798 Angs, per formula unit");
    append_key(&b, "classical", s->classical, "1: even in w, 0: with detailed balance");
    text_append(&b,
                "# WARNING: w > 0 is energy loss of the neutron [meV]\n"
                "# wavevector q [1/Angs], %zu values\n",
                s->nq);
    append_row(&b, s->nq, s->q);
    text_append(&b, "# energy w [meV], %zu values\n", s->nw);
    append_row(&b, s->nw, s->w);
    text_append(&b, "# matrix of S(q,w) [1/meV], one line for each q\n");
    for (size_t i = 0; i < s->nq; i++)
        append_row(&b, s->nw, s->s + i * s->nw);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}
