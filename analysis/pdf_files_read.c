#include "analysis/pdf_files.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const endings[] = {
    [PDF_GR] = ".gr", [PDF_FQ] = ".fq", [PDF_SQ] = ".sq", [PDF_IQ] = ".iq", [PDF_XY] = ".xy"};

const char *pdf_files_ending(PdfCurve curve)
{
    return endings[curve];
}

Err pdf_files_curve(const char *name, PdfCurve *curve)
{
    const char *dot = strrchr(name, '.');
    for (int k = 0; dot != NULL && k <= PDF_XY; k++)
        if (strcasecmp(dot, endings[k]) == 0) {
            *curve = (PdfCurve)k;
            return OK;
        }
    return err_set(
        ERR_INPUT,
        "%s: what kind of curve is this? The name must end with .gr, .fq, .sq, .iq or .xy", name);
}

/* A text in memory, line by line. */
typedef struct Lines {
    const char *name;
    const char *next; /* 0-terminated text */
    const char *line; /* not terminated */
    size_t length;
    int number;
} Lines;

static bool next_line(Lines *l)
{
    if (*l->next == '\0')
        return false;
    l->line = l->next;
    l->length = strcspn(l->line, "\n");
    l->next = l->line + l->length + (l->line[l->length] == '\n' ? 1 : 0);
    l->number++;
    return true;
}

static Err line_error(const Lines *l, const char *what)
{
    size_t shown = l->length < 60 ? l->length : 60;
    while (shown > 0 && isspace((unsigned char)l->line[shown - 1]))
        shown--;
    return err_set(ERR_INPUT, "%s:%d: %s: \"%.*s\"", l->name, l->number, what, (int)shown, l->line);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* Comments begin with #, ! or %; empty lines count as such. */
static bool is_remark(const Lines *l)
{
    const char *end = l->line + l->length, *at = skip_space(l->line, end);
    return at == end || *at == '#' || *at == '!' || *at == '%';
}

static bool is_start_mark(const Lines *l)
{
    size_t k = 0;
    while (k < l->length && l->line[k] == '#')
        k++;
    return k > 0 && l->length >= k + 11 && strncmp(l->line + k, " start data", 11) == 0;
}

/* Does the line begin with a number that is followed by a gap or the end? */
static bool begins_with_number(const Lines *l)
{
    const char *end = l->line + l->length, *at = skip_space(l->line, end);
    char *after;
    if (at == end || (!isdigit((unsigned char)*at) && strchr("+-.", *at) == NULL))
        return false;
    strtod(at, &after);
    return after > at && (after == end || *after == '\n' || is_space(*after) || *after == ',');
}

/* The header: everything before "#### start data", or before the first line that begins with a number. */

enum { KEYS = 8 };
static const struct {
    const char *key;
    size_t offset;
} keys[KEYS] = {
    {"qmin", offsetof(PdfData, qmin)},
    {"qmax", offsetof(PdfData, qmax)},
    {"qmaxinst", offsetof(PdfData, qmaxinst)},
    {"rpoly", offsetof(PdfData, rpoly)},
    {"wavelength", offsetof(PdfData, wavelength)},
    {"temperature", offsetof(PdfData, temperature)},
    {"qdamp", offsetof(PdfData, qdamp)},
    {"qbroad", offsetof(PdfData, qbroad)},
};
/* as PDFgetX2 and PDFgetN have them */
static const struct {
    const char *old, *key;
} synonyms[] = {{"qsig", "qdamp"}, {"qalp", "qbroad"}, {"temp", "temperature"}};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* "WORD = " at `at`: where the value begins, and the length of the word; NULL if it is not one. */
static const char *assignment(const char *at, const char *end, size_t *length)
{
    const char *word = at;
    while (at < end && is_word(*at))
        at++;
    *length = (size_t)(at - word);
    at = skip_space(at, end);
    return *length > 0 && at < end && *at == '=' ? skip_space(at + 1, end) : NULL;
}

static double *number_of_key(PdfData *d, const char *word, size_t length)
{
    for (size_t s = 0; s < sizeof synonyms / sizeof *synonyms; s++)
        if (strlen(synonyms[s].old) == length && strncasecmp(word, synonyms[s].old, length) == 0) {
            word = synonyms[s].key;
            length = strlen(word);
            break;
        }
    for (int k = 0; k < KEYS; k++)
        if (strlen(keys[k].key) == length && strncasecmp(word, keys[k].key, length) == 0)
            return (double *)(void *)((char *)d + keys[k].offset);
    return NULL;
}

static bool word_is(const char *word, size_t length, const char *what)
{
    return strlen(what) == length && strncasecmp(word, what, length) == 0;
}

/* The rest of the line without the spaces at its end; free(). */
static char *rest(const char *at, const char *end)
{
    while (end > at && is_space(end[-1]))
        end--;
    return mem_format("%.*s", (int)(end - at > 4000 ? 4000 : end - at), at);
}

static void keep_text(char **to, const char *at, const char *end)
{
    if (*to == NULL && at < end)
        *to = rest(at, end);
}

/* One "key = value" of a header line. Values that cannot be numbers are an error where the file means them to be settings;
 * in a remark they are prose. */
static Err read_setting(const Lines *l, const char *word, size_t length, const char *value,
                        PdfData *d)
{
    const char *end = l->line + l->length;
    double *number = number_of_key(d, word, length), v;
    char *after;
    if (word_is(word, length, "composition"))
        keep_text(&d->composition, value, end);
    else if (word_is(word, length, "title"))
        keep_text(&d->title, value, end);
    else if (word_is(word, length, "mode") || word_is(word, length, "stype"))
        d->neutron = value < end && (*value == 'n' || *value == 'N');
    else if (number != NULL && isnan(*number) && value < end &&
             strncasecmp(value, "none", 4) != 0) {
        v = strtod(value, &after);
        bool good = after > value && after <= end && isfinite(v);
        if (good)
            *number = v;
        else if (!is_remark(l))
            return line_error(l, "a number is wanted after =");
    }
    return OK;
}

static Err read_header_line(const Lines *l, PdfData *d)
{
    const char *at = l->line, *end = l->line + l->length;
    while (at < end) {
        size_t length;
        const char *value = is_word(*at) ? assignment(at, end, &length) : NULL;
        if (value != NULL) {
            TRY(read_setting(l, at, length, value, d));
            at += length;
        } else if (is_word(*at))
            while (at < end && is_word(*at))
                at++;
        else
            at++;
    }
    return OK;
}

/* Columns of a data line into v [4]; the number of columns, 0 for what is not a line of numbers. */
static int columns_of(const Lines *l, double v[4])
{
    const char *at = l->line, *end = l->line + l->length;
    int n = 0;
    for (at = skip_space(at, end); at < end; n++) {
        char *after;
        double x = strtod(at, &after);
        if (after == at || after > end || n >= 64)
            return 0;
        if (n < 4)
            v[n] = x;
        at = skip_space(after, end);
        if (at < end && *at == ',')
            at = skip_space(at + 1, end);
        else if (at < end && at == after)
            return 0;
    }
    return n;
}

static Err check_point(const Lines *l, const PdfData *d, int columns, const double v[4])
{
    for (int k = 0; k < (columns < 4 ? columns : 4); k++)
        if (!isfinite(v[k]))
            return line_error(l, "a number is not finite");
    if (d->n > 0 && v[0] <= d->x[d->n - 1])
        return line_error(l, "the first column does not increase");
    if (v[0] < 0 && d->curve != PDF_GR)
        return line_error(l, "Q or 2 theta is negative");
    if (d->curve == PDF_XY && v[0] > 180.0)
        return line_error(l, "2 theta is beyond 180 degrees");
    if (columns > 2 && v[columns == 3 ? 2 : 3] < 0)
        return line_error(l, "a standard error is negative");
    return OK;
}

static void add_point(PdfData *d, size_t *room, int columns, const double v[4])
{
    if (d->n == *room) {
        size_t more = *room ? 2 * *room : 1024;
        d->x = mem_resize(d->x, *room, more, sizeof *d->x);
        d->y = mem_resize(d->y, *room, more, sizeof *d->y);
        d->error = mem_resize(d->error, *room, more, sizeof *d->error);
        *room = more;
    }
    d->x[d->n] = v[0];
    d->y[d->n] = v[1];
    d->error[d->n++] = columns == 3 ? v[2] : columns > 3 ? v[3] : 0.0;
}

static Err read_data(Lines *l, bool started, PdfData *d)
{
    size_t room = 0;
    int columns = 0;
    double v[4] = {0};
    while (started || next_line(l)) {
        started = false;
        if (is_remark(l))
            continue;
        int here = columns_of(l, v);
        if (here < 2)
            return line_error(l, here == 0 ? "not a line of numbers"
                                           : "one column only, two are wanted");
        if (columns != 0 && here != columns)
            return line_error(l, "not as many columns as in the lines before");
        columns = here;
        TRY(check_point(l, d, columns, v));
        add_point(d, &room, columns, v);
    }
    if (d->n < 2)
        return err_set(ERR_INPUT, "%s:%d: the file ends after %zu points, at least two are wanted",
                       l->name, l->number, d->n);
    bool any = false;
    for (size_t k = 0; k < d->n; k++)
        any |= d->error[k] > 0;
    if (!any) {
        free(d->error);
        d->error = NULL;
    }
    return OK;
}

/* The position of "#### start data" decides; a file without it begins with its first line of numbers. */
static Err read_text(const char *name, const char *text, PdfData *d)
{
    Lines mark = {.name = name, .next = text}, l = mark;
    bool marked = false;
    while (!marked && next_line(&mark))
        marked = is_start_mark(&mark);
    while (next_line(&l)) {
        if (marked ? l.line == mark.line : begins_with_number(&l))
            return read_data(&l, true, d);
        TRY(read_header_line(&l, d));
    }
    return err_set(ERR_INPUT, "%s:%d: no line of numbers in the file", name, l.number);
}

Err pdf_files_read(const char *name, const char *bytes, size_t size, PdfData *out)
{
    *out = (PdfData){.qmin = NAN,
                     .qmax = NAN,
                     .qmaxinst = NAN,
                     .rpoly = NAN,
                     .wavelength = NAN,
                     .temperature = NAN,
                     .qdamp = NAN,
                     .qbroad = NAN};
    TRY(pdf_files_curve(name, &out->curve));
    if (memchr(bytes, '\0', size) != NULL)
        return err_set(ERR_INPUT, "%s: not a text: it has a byte 0", name);
    char *text = MEM_NEW(char, size + 1);
    memcpy(text, bytes, size);
    Err err = read_text(name, text, out);
    free(text);
    if (err != OK)
        pdf_data_clear(out);
    return err;
}

typedef struct Formula {
    int n;
    const Species **species;
    double *share;
} Formula;

/* A number after an element or a group; 1 if there is none. */
static const char *read_count(const char *at, double *count)
{
    char *after;
    *count = 1.0;
    if (!isdigit((unsigned char)*at) && *at != '.')
        return at;
    *count = strtod(at, &after);
    return after;
}

/* An element with its count; NULL if it is not one we know or there are too many. */
static const char *read_element(const char *at, Formula *f)
{
    char symbol[4] = {0};
    size_t length = 1;
    while (islower((unsigned char)at[length]) && length < 3)
        length++;
    memcpy(symbol, at, length);
    const Species *s = species_find(symbol);
    double count;
    at = read_count(at + length, &count);
    if (s == NULL || !(count > 0.0) || count > 1e9)
        return NULL;
    for (int k = 0; k < f->n; k++)
        if (f->species[k] == s) {
            f->share[k] += count;
            return at;
        }
    if (f->n == SAMPLE_MAX_SPECIES)
        return NULL;
    f->species[f->n] = s;
    f->share[f->n++] = count;
    return at;
}

/* Up to the closing bracket of `depth`, or the end; NULL if it is no formula. */
static const char *read_formula(const char *at, int depth, Formula *f)
{
    while (at != NULL && *at != '\0' && *at != ')') {
        if (is_space(*at)) {
            at++;
        } else if (isupper((unsigned char)*at)) {
            at = read_element(at, f);
        } else if (*at == '(' && depth < 8) {
            const Species *species[SAMPLE_MAX_SPECIES];
            double share[SAMPLE_MAX_SPECIES], count;
            Formula inner = {.species = species, .share = share};
            at = read_formula(at + 1, depth + 1, &inner);
            if (at == NULL || *at != ')')
                return NULL;
            at = read_count(at + 1, &count);
            for (int k = 0; k < inner.n; k++) {
                int same = 0;
                while (same < f->n && f->species[same] != species[k])
                    same++;
                if (same == SAMPLE_MAX_SPECIES)
                    return NULL;
                f->species[same] = species[k];
                f->share[same] = (same < f->n ? f->share[same] : 0.0) + count * share[k];
                f->n = same < f->n ? f->n : same + 1;
            }
        } else {
            return NULL;
        }
    }
    return at;
}

Err pdf_files_parse_composition(const char *text, int *n, const Species *species[], double share[])
{
    Formula f = {.species = species, .share = share};
    const char *end = read_formula(text, 0, &f);
    double all = 0.0;
    for (int k = 0; k < f.n; k++)
        all += share[k];
    if (end == NULL || *end != '\0' || !(all > 0.0))
        return err_set(ERR_INPUT,
                       "composition '%s': elements (%s) with numbers are wanted, \"Mg1 B2 H8\" or "
                       "\"Mg(BH4)2\"",
                       text, species_known());
    for (int k = 0; k < f.n; k++)
        share[k] /= all;
    *n = f.n;
    return OK;
}

void pdf_data_clear(PdfData *d)
{
    free(d->x);
    free(d->y);
    free(d->error);
    free(d->composition);
    free(d->title);
    memset(d, 0, sizeof *d);
}
