#include "analysis/impedance_files.h"

#include "base/mem.h"
#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- lines and fields ---- */

enum { FIELDS = 64, FIELD = 64 };

typedef struct Reader {
    const char *name;
    const char *at, *end;
    int line; /* of the fields below */
    char separator;
    int nfields;
    char field[FIELDS]
              [FIELD]; /* without blanks and quotes around; cut off if too long to be a number */
} Reader;

static Err fault(const Reader *r, const char *column, const char *what)
{
    return err_set(ERR_INPUT, "%s:%d: %s%s%s", r->name, r->line, column, column[0] ? ": " : "",
                   what);
}

static void add_field(Reader *r, const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"') {
        from++;
        to--;
    }
    if (r->nfields < FIELDS)
        snprintf(r->field[r->nfields++], FIELD, "%.*s",
                 (int)(to - from < FIELD ? to - from : FIELD - 1), from);
}

/* Separator ' ' stands for any blanks; others may follow each other with nothing between. */
static void split(Reader *r, const char *from, const char *to)
{
    r->nfields = 0;
    while (r->separator == ' ' && from < to && isspace((unsigned char)*from))
        from++;
    for (const char *stop = from;; stop++) {
        bool blank = r->separator == ' ' && stop < to && isspace((unsigned char)*stop);
        if (stop < to && *stop != r->separator && !blank)
            continue;
        if (r->separator != ' ' || stop > from)
            add_field(r, from, stop);
        if (stop >= to)
            return;
        from = stop + 1;
    }
}

/* The next line that is not empty; false at the end. */
static bool next_line(Reader *r, const char **from, const char **to)
{
    while (r->at < r->end) {
        const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
        *from = r->at;
        *to = stop != NULL ? stop : r->end;
        r->at = stop != NULL ? stop + 1 : r->end;
        r->line++;
        while (*to > *from && isspace((unsigned char)(*to)[-1]))
            (*to)--;
        if (*to > *from)
            return true;
    }
    return false;
}

static bool has(const char *from, const char *to, const char *word)
{
    size_t n = strlen(word);
    for (; from + n <= to; from++)
        if (strncasecmp(from, word, n) == 0)
            return true;
    return false;
}

static char separator_of(const char *from, const char *to)
{
    for (const char *s = "\t;,"; *s != '\0'; s++)
        if (memchr(from, *s, (size_t)(to - from)) != NULL)
            return *s;
    return ' ';
}

static bool to_number(const Reader *r, const char *text, double *value)
{
    char copy[FIELD], *end;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *c = copy; *c != '\0' && r->separator != ','; c++)
        if (*c == ',') /* decimal comma */
            *c = '.';
    *value = strtod(copy, &end);
    return end != copy && *end == '\0' && isfinite(*value);
}

/* ---- columns ---- */

typedef enum Role {
    FREQUENCY,
    REAL,
    IMAGINARY,
    ERROR_REAL,
    ERROR_IMAGINARY,
    TEMPERATURE,
    EPS1,
    EPS2,
    SIG1,
    SIG2,
    ROLES
} Role;

static const char *const role_name[ROLES] = {"frequency",   "Z'",   "Z''",   "sigma'", "sigma''",
                                             "temperature", "Eps'", "Eps''", "Sig'",   "Sig''"};

typedef struct Columns {
    int at[ROLES]; /* place, -1: none */
    double factor[ROLES];
    bool celsius, parallel; /* parallel: the columns are called Zp */
    int width;              /* fields of every row; 0: as many as are needed */
} Columns;

/* "Freq. [Hz]", "f/Hz", "Z' (ohm)" into name and unit. */
static void name_and_unit(const char *text, char name[FIELD], char unit[FIELD])
{
    size_t n = strlen(text);
    const char *open = NULL, *slash = strrchr(text, '/');
    if (n > 0 && (text[n - 1] == ']' || text[n - 1] == ')'))
        open = strrchr(text, text[n - 1] == ']' ? '[' : '(');
    unit[0] = '\0';
    snprintf(name, FIELD, "%s", text);
    if (open != NULL && open != text && strncasecmp(open, "(z)", 3) != 0) {
        snprintf(unit, FIELD, "%.*s", (int)(strlen(open) - 2), open + 1);
        name[open - text] = '\0';
    } else if (slash != NULL && slash != text) {
        snprintf(unit, FIELD, "%s", slash + 1);
        name[slash - text] = '\0';
    }
}

/* Small letters, no blanks, dots and underscores; a leading minus is taken off and told. */
static void plain_name(const char *name, char plain[FIELD], bool *minus)
{
    static const char sign[] = "\xe2\x88\x92", prime[] = "\xe2\x80\xb2", two[] = "\xe2\x80\xb3";
    size_t n = 0;
    *minus = false;
    for (const char *c = name; *c != '\0' && n + 3 < FIELD; c++) {
        if (n == 0 && (*c == '-' || strncmp(c, sign, 3) == 0)) {
            c += *c == '-' ? 0 : 2;
            *minus = true;
        } else if (strncmp(c, prime, 3) == 0) {
            plain[n++] = '\'';
            c += 2;
        } else if (strncmp(c, two, 3) == 0 || *c == '"') {
            plain[n++] = '\'';
            plain[n++] = '\'';
            c += *c == '"' ? 0 : 2;
        } else if (strchr(" ._", *c) == NULL) {
            plain[n++] = (char)tolower((unsigned char)*c);
        }
    }
    plain[n] = '\0';
}

static bool among(const char *word, const char *words)
{
    size_t n = strlen(word);
    for (const char *c = strstr(words, word); n > 0 && c != NULL; c = strstr(c + 1, word))
        if ((c == words || c[-1] == ' ') && (c[n] == ' ' || c[n] == '\0'))
            return true;
    return false;
}

static const char *const known_names[ROLES] = {
    "f freq frequency nu fhz freqhz",
    "z' re(z) re rez zre zreal real zr zs' zp'",
    "z'' im(z) im imz zim zimag imag imaginary zi zs'' zp''",
    "sigma' sigmare sigmaz' error' errorz' errz' sigma error err",
    "sigma'' sigmaim sigmaz'' error'' errorz'' errz''",
    "t temp temperature",
    "eps' eps1 epsilon'",
    "eps'' eps2 epsilon''",
    "sig'",
    "sig''",
};
static const char *const unit_of[ROLES] = {"Hz", "ohm", "ohm", "ohm",  "ohm",
                                           "K",  "1",   "1",   "S/cm", "S/cm"};

/* Units as instruments write them: Ohms, kOhm, the Greek letter. */
static void plain_unit(const char *text, char unit[FIELD])
{
    size_t n = 0;
    for (const char *c = text; *c != '\0' && n + 4 < FIELD;) {
        bool greek = strncmp(c, "\xce\xa9", 2) == 0;
        if (greek || strncmp(c, "\xe2\x84\xa6", 3) == 0 || strncasecmp(c, "ohm", 3) == 0) {
            memcpy(unit + n, "ohm", 3);
            n += 3;
            c += greek ? 2 : 3;
            c += *c == 's' || *c == 'S';
        } else {
            unit[n++] = *c++;
        }
    }
    unit[n] = '\0';
}

static Err set_unit(const Reader *r, const char *header, Role role, const char *text, Columns *c)
{
    char unit[FIELD], what[2 * FIELD + 80];
    plain_unit(text, unit);
    c->factor[role] = 1.0;
    if (role == TEMPERATURE) {
        c->celsius = strchr(unit, 'C') != NULL; /* degC, C, the degree sign in any encoding */
        if (unit[0] == '\0' || c->celsius || strcmp(unit, "K") == 0)
            return OK;
    } else if (unit[0] == '\0' || units_factor(unit, unit_of[role], &c->factor[role]) == OK) {
        return OK;
    }
    snprintf(what, sizeof what, "the unit '%s' is none of %s; %s is what is used inside", text,
             role == FREQUENCY     ? "frequency"
             : role == TEMPERATURE ? "temperature"
             : role >= EPS1        ? "this quantity"
                                   : "impedance",
             unit_of[role]);
    return fault(r, header, what);
}

static Role role_of(const char *text, const ImpedanceColumns *wanted, bool *minus)
{
    char name[FIELD], unit[FIELD], plain[FIELD];
    name_and_unit(text, name, unit);
    plain_name(name, plain, minus);
    const char *const given[ROLES] = {[FREQUENCY] = wanted->frequency,
                                      [REAL] = wanted->real,
                                      [IMAGINARY] = wanted->imaginary,
                                      [TEMPERATURE] = wanted->temperature};
    for (Role k = 0; k < ROLES; k++) {
        char other[FIELD];
        bool sign;
        if (given[k] == NULL)
            continue;
        plain_name(given[k], other, &sign);
        if (strcmp(plain, other) == 0)
            return k;
    }
    for (Role k = 0; k < ROLES; k++)
        if (given[k] == NULL && among(plain, known_names[k]))
            return k;
    return ROLES;
}

/* The present fields are headers. */
static Err find_columns(const Reader *r, const ImpedanceColumns *wanted, Columns *c)
{
    *c = (Columns){.width = r->nfields};
    for (Role k = 0; k < ROLES; k++)
        c->at[k] = -1;
    for (int i = 0; i < r->nfields; i++) {
        char name[FIELD], unit[FIELD];
        bool minus;
        Role role = role_of(r->field[i], wanted, &minus);
        if (role == ROLES)
            continue;
        if (c->at[role] >= 0) {
            /* Zs' before Zp', whichever comes first */
            bool second = (role == REAL || role == IMAGINARY) &&
                          tolower((unsigned char)r->field[i][1]) == 'p';
            if (second)
                continue;
            if (tolower((unsigned char)r->field[c->at[role]][1]) != 'p')
                return fault(r, r->field[i], "a second column of this kind; name the one to use");
        }
        c->at[role] = i;
        name_and_unit(r->field[i], name, unit);
        TRY(set_unit(r, r->field[i], role, unit, c));
        if (minus)
            c->factor[role] = -c->factor[role];
        if (role == REAL)
            c->parallel = tolower((unsigned char)name[1]) == 'p';
    }
    if (c->at[ERROR_IMAGINARY] < 0 && c->at[ERROR_REAL] >= 0) {
        c->at[ERROR_IMAGINARY] = c->at[ERROR_REAL];
        c->factor[ERROR_IMAGINARY] = c->factor[ERROR_REAL];
    }
    return OK;
}

static Err need(const Reader *r, const Columns *c, Role role, const char *given)
{
    char what[2 * FIELD + 80];
    if (c->at[role] >= 0)
        return OK;
    snprintf(what, sizeof what, "there is no column '%.60s'",
             given != NULL ? given : role_name[role]);
    return fault(r, "", what);
}

/* ---- rows ---- */

typedef struct Row {
    int line, spectrum;
    double v[ROLES];
} Row;

typedef struct Rows {
    size_t n, room;
    Row *row;
} Rows;

static Err add_row(Reader *r, const Columns *c, Rows *rows)
{
    if (c->width > 0 && r->nfields != c->width)
        return err_set(ERR_INPUT, "%s:%d: %d fields; %d are needed", r->name, r->line, r->nfields,
                       c->width);
    Row row = {.line = r->line};
    for (Role k = 0; k < ROLES; k++) {
        row.v[k] = NAN;
        if (c->at[k] < 0)
            continue;
        if (c->at[k] >= r->nfields)
            return fault(r, role_name[k], "the row ends before this column");
        double x;
        if (!to_number(r, r->field[c->at[k]], &x))
            return err_set(ERR_INPUT, "%s:%d: %s: '%s' is not a finite number", r->name, r->line,
                           role_name[k], r->field[c->at[k]]);
        row.v[k] = c->factor[k] * x + (k == TEMPERATURE && c->celsius ? 273.15 : 0.0);
    }
    if (!(row.v[FREQUENCY] > 0.0))
        return fault(r, "frequency", "must be above 0");
    if (c->at[TEMPERATURE] >= 0 && !(row.v[TEMPERATURE] > 0.0))
        return fault(r, "temperature", "must be above 0 K");
    if (c->at[ERROR_REAL] >= 0 && !(row.v[ERROR_REAL] > 0.0 && row.v[ERROR_IMAGINARY] > 0.0))
        return fault(r, "sigma", "standard errors must be above 0");
    if (rows->n == rows->room) {
        rows->room = 2 * rows->room + 64;
        rows->row = mem_resize(rows->row, rows->n, rows->room, sizeof *rows->row);
    }
    rows->row[rows->n++] = row;
    return OK;
}

/* ---- formats ---- */

static Columns fixed_columns(int f, int re, int im, int width)
{
    Columns c = {.width = width};
    for (Role k = 0; k < ROLES; k++) {
        c.at[k] = -1;
        c.factor[k] = 1.0;
    }
    c.at[FREQUENCY] = f;
    c.at[REAL] = re;
    c.at[IMAGINARY] = im;
    return c;
}

static Err read_csv(Reader *r, const ImpedanceColumns *wanted, Columns *c, Rows *rows)
{
    const char *from, *to;
    bool begun = false;
    while (next_line(r, &from, &to)) {
        double x;
        if (*from == '#')
            continue;
        if (!begun) {
            r->separator = separator_of(from, to);
            split(r, from, to);
            begun = true;
            if (to_number(r, r->field[0], &x) || r->field[0][0] == '\0') {
                if (r->nfields < 3)
                    return fault(r, "", "three columns are needed: frequency, Z', Z''");
                *c = fixed_columns(0, 1, 2, r->nfields);
            } else {
                TRY(find_columns(r, wanted, c));
                TRY(need(r, c, FREQUENCY, wanted->frequency));
                TRY(need(r, c, REAL, wanted->real));
                TRY(need(r, c, IMAGINARY, wanted->imaginary));
                continue;
            }
        }
        split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    return begun ? OK : err_set(ERR_INPUT, "%s: the file is empty", r->name);
}

static Err read_zview(Reader *r, Columns *c, Rows *rows)
{
    const char *from, *to;
    bool header = false, begun = false;
    *c = fixed_columns(0, 4, 5, 0);
    while (next_line(r, &from, &to)) {
        if (has(from, to, "freq(hz)") || has(from, to, "freq (hz)")) {
            header = true;
            continue;
        }
        if (!header || (!begun && has(from, to, "end comments")))
            continue;
        if (!begun)
            r->separator = separator_of(from, to);
        begun = true;
        split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    return header ? OK
                  : err_set(ERR_INPUT, "%s: no line with Freq(Hz); is this a ZView file?", r->name);
}

/* The two lines under ZCURVE: names and units. */
static Err gamry_columns(Reader *r, Columns *c)
{
    static const struct {
        Role role;
        const char *name;
    } wanted[] = {{FREQUENCY, "Freq"}, {REAL, "Zreal"}, {IMAGINARY, "Zimag"}};
    const char *from, *to;
    *c = fixed_columns(-1, -1, -1, 0);
    if (!next_line(r, &from, &to))
        return fault(r, "", "the file ends under ZCURVE");
    split(r, from, to);
    for (size_t k = 0; k < 3; k++) {
        for (int i = 0; i < r->nfields; i++)
            if (strcasecmp(r->field[i], wanted[k].name) == 0)
                c->at[wanted[k].role] = i;
        TRY(need(r, c, wanted[k].role, wanted[k].name));
    }
    if (!next_line(r, &from, &to))
        return fault(r, "", "the file ends under ZCURVE");
    split(r, from, to);
    for (size_t k = 0; k < 3; k++)
        if (c->at[wanted[k].role] < r->nfields)
            TRY(set_unit(r, wanted[k].name, wanted[k].role, r->field[c->at[wanted[k].role]], c));
    return OK;
}

static Err read_gamry(Reader *r, Columns *c, Rows *rows)
{
    const char *from, *to;
    long announced = -1;
    bool found = false, aborted = false;
    r->separator = '\t';
    while (!found && next_line(r, &from, &to)) {
        if (!(found = (size_t)(to - from) >= 6 && strncasecmp(from, "ZCURVE", 6) == 0))
            continue;
        split(r, from, to);
        if (r->nfields > 2)
            announced = strtol(r->field[2], NULL, 10);
    }
    if (!found)
        return err_set(ERR_INPUT, "%s: no table ZCURVE; is this a Gamry file of an impedance?",
                       r->name);
    int table = r->line;
    TRY(gamry_columns(r, c));
    while (next_line(r, &from, &to)) {
        aborted = aborted || has(from, to, "EXPERIMENTABORTED");
        if (*from != '\t')
            break; /* the next object of the file */
        split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    if (announced > 0 && !aborted && (size_t)announced != rows->n)
        return err_set(ERR_INPUT,
                       "%s:%d: ZCURVE has %zu rows but announces %ld; was the file cut off?",
                       r->name, table, rows->n, announced);
    return OK;
}

static Err read_novocontrol(Reader *r, const ImpedanceColumns *wanted, Columns *c, Rows *rows)
{
    const char *from, *to;
    bool begun = false;
    while (next_line(r, &from, &to)) {
        bool first = false;
        if (!begun) { /* titles come first; the line of columns names a frequency beside others */
            r->separator = separator_of(from, to);
            split(r, from, to);
            bool minus;
            for (int i = 0; i < r->nfields && r->nfields > 1; i++)
                first = first || role_of(r->field[i], wanted, &minus) == FREQUENCY;
            if (!first)
                continue;
            TRY(find_columns(r, wanted, c));
            begun = true;
            if (c->at[REAL] >= 0 || c->at[IMAGINARY] >= 0 || wanted->real || wanted->imaginary) {
                TRY(need(r, c, REAL, wanted->real));
                TRY(need(r, c, IMAGINARY, wanted->imaginary));
            } else if ((c->at[EPS1] < 0 && c->at[SIG2] < 0) ||
                       (c->at[SIG1] < 0 && c->at[EPS2] < 0)) {
                return fault(r, "",
                             "neither an impedance (Zs' and Zs'', Zp' and Zp'') nor a conductivity "
                             "(Eps' or Sig'', and Sig' or Eps'') is among the columns");
            }
            continue;
        }
        split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    return begun ? OK
                 : err_set(ERR_INPUT, "%s: no line names columns with a frequency (Freq. [Hz])",
                           r->name);
}

/* ---- from rows to spectra ---- */

/* Novocontrol: are Zp' and Zp'' the parts of one impedance, or two elements in parallel? Eps''/Eps' is the ratio of currents. */
static Err settle_parallel(const Reader *r, const Columns *c, Rows *rows, const char **note)
{
    double one = 0.0, two = 0.0;
    if (!c->parallel)
        return OK;
    *note = "Zp' and Zp'' taken as parts of one impedance (no Eps' and Eps'' to tell)";
    if (c->at[EPS1] < 0 || c->at[EPS2] < 0)
        return OK;
    for (size_t i = 0; i < rows->n; i++) {
        const double *v = rows->row[i].v;
        double angle = atan2(v[EPS2], v[EPS1]);
        one += fabs(atan2(fabs(v[REAL]), fabs(v[IMAGINARY])) - angle);
        two += fabs(atan2(fabs(v[IMAGINARY]), fabs(v[REAL])) - angle);
    }
    if (fmin(one, two) > 0.05 * (double)rows->n)
        return err_set(ERR_INPUT,
                       "%s: Zp' and Zp'' contradict Eps' and Eps'', as one impedance and as two "
                       "elements in parallel; name other columns",
                       r->name);
    *note = one <= two ? "Zp' and Zp'' are parts of one impedance (by Eps' and Eps'')"
                       : "Zp' and Zp'' are two elements in parallel (by Eps' and Eps'')";
    for (size_t i = 0; i < rows->n && two < one; i++) {
        double *v = rows->row[i].v;
        double _Complex z = 1.0 / (1.0 / v[REAL] + 1.0 / (I * v[IMAGINARY]));
        v[REAL] = creal(z);
        v[IMAGINARY] = cimag(z);
    }
    return OK;
}

/* Impedances from permittivity and conductivity. */
static Err from_conductivity(const Reader *r, const Columns *c, const Pellet *pellet, Rows *rows)
{
    if (c->at[REAL] >= 0)
        return OK;
    if (pellet == NULL)
        return err_set(ERR_INPUT,
                       "%s: conductivities but no impedances: thickness and diameter of the pellet "
                       "are needed",
                       r->name);
    for (size_t i = 0; i < rows->n; i++) {
        double *v = rows->row[i].v, scale = 2.0 * PI * v[FREQUENCY] * UNITS_EPS0_F_M / 100.0;
        double re = c->at[SIG1] >= 0 ? v[SIG1] : scale * v[EPS2];
        double im = c->at[EPS1] >= 0 ? scale * v[EPS1] : v[SIG2];
        double _Complex z = impedance_cell_constant(pellet) / (re + I * im);
        v[REAL] = creal(z);
        v[IMAGINARY] = cimag(z);
    }
    return OK;
}

static int by_temperature(const void *a, const void *b)
{
    double x = ((const Row *)a)->v[TEMPERATURE], y = ((const Row *)b)->v[TEMPERATURE];
    return (x > y) - (x < y);
}

static int by_spectrum(const void *a, const void *b)
{
    const Row *x = a, *y = b;
    if (x->spectrum != y->spectrum)
        return x->spectrum - y->spectrum;
    int order = (x->v[FREQUENCY] < y->v[FREQUENCY]) - (x->v[FREQUENCY] > y->v[FREQUENCY]);
    return order != 0 ? order : x->line - y->line;
}

/* Spectra of temperatures more than 1 K apart; rows sorted by spectrum and falling frequency. */
static Err sort_rows(const Reader *r, const Columns *c, Rows *rows)
{
    if (c->at[TEMPERATURE] >= 0)
        qsort(rows->row, rows->n, sizeof *rows->row, by_temperature);
    for (size_t i = 1; i < rows->n; i++)
        rows->row[i].spectrum =
            rows->row[i - 1].spectrum +
            (c->at[TEMPERATURE] >= 0 &&
             rows->row[i].v[TEMPERATURE] > rows->row[i - 1].v[TEMPERATURE] + 1.0);
    qsort(rows->row, rows->n, sizeof *rows->row, by_spectrum);
    for (size_t i = 0; i < rows->n; i++) {
        const Row *a = &rows->row[i];
        double modulus = hypot(a->v[REAL], a->v[IMAGINARY]);
        if (!(modulus > 0.0 && isfinite(modulus)))
            return err_set(ERR_INPUT, "%s:%d: |Z| must be above 0 and finite", r->name, a->line);
        if (i > 0 && a->spectrum == a[-1].spectrum && a->v[FREQUENCY] == a[-1].v[FREQUENCY])
            return err_set(ERR_INPUT, "%s:%d: frequency %g Hz stands in line %d already", r->name,
                           a->line, a->v[FREQUENCY], a[-1].line);
    }
    return OK;
}

static Err take_spectra(const Reader *r, const Columns *c, const Rows *rows, ImpedanceFile *out)
{
    out->spectrum = MEM_NEW(ImpedanceSpectrum, rows->row[rows->n - 1].spectrum + 1);
    for (size_t first = 0, next; first < rows->n; first = next) {
        for (next = first; next < rows->n && rows->row[next].spectrum == rows->row[first].spectrum;)
            next++;
        ImpedanceSpectrum *s = &out->spectrum[out->n++];
        *s = (ImpedanceSpectrum){.n = next - first, .temperature = NAN};
        s->frequency = MEM_NEW(double, s->n);
        s->z = mem_new(s->n, sizeof *s->z);
        s->error = c->at[ERROR_REAL] >= 0 ? mem_new(s->n, sizeof *s->error) : NULL;
        double sum = 0.0;
        for (size_t i = 0; i < s->n; i++) {
            const double *v = rows->row[first + i].v;
            s->frequency[i] = v[FREQUENCY];
            s->z[i] = CMPLX(v[REAL], v[IMAGINARY]);
            if (s->error != NULL)
                s->error[i] = CMPLX(v[ERROR_REAL], v[ERROR_IMAGINARY]);
            sum += v[TEMPERATURE];
        }
        if (c->at[TEMPERATURE] >= 0)
            s->temperature = sum / (double)s->n;
        if (s->n < 2)
            return err_set(ERR_INPUT, "%s:%d: a spectrum of one frequency; two are needed", r->name,
                           rows->row[first].line);
    }
    return OK;
}

static ImpedanceFormat format_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot != NULL && strcasecmp(dot, ".z") == 0)
        return IMPEDANCE_ZVIEW;
    return dot != NULL && strcasecmp(dot, ".dta") == 0 ? IMPEDANCE_GAMRY : IMPEDANCE_CSV;
}

Err impedance_files_read(const char *name, const char *bytes, size_t size, ImpedanceFormat format,
                         const ImpedanceColumns *columns, const Pellet *pellet, ImpedanceFile *out)
{
    const ImpedanceColumns none = {0};
    Reader *r = MEM_NEW(Reader, 1);
    Columns c;
    Rows rows = {0};
    *out = (ImpedanceFile){0};
    *r = (Reader){.name = name, .at = bytes, .end = bytes + size};
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        r->at += 3;
    columns = columns != NULL ? columns : &none;
    if (format == IMPEDANCE_AUTO)
        format = format_of(name);
    Err e = size > 0 && memchr(bytes, '\0', size) != NULL
                ? err_set(ERR_INPUT, "%s: the character 0; is this a text file?", name)
            : format == IMPEDANCE_ZVIEW       ? read_zview(r, &c, &rows)
            : format == IMPEDANCE_GAMRY       ? read_gamry(r, &c, &rows)
            : format == IMPEDANCE_NOVOCONTROL ? read_novocontrol(r, columns, &c, &rows)
                                              : read_csv(r, columns, &c, &rows);
    if (e == OK && rows.n == 0)
        e = err_set(ERR_INPUT, "%s: no rows of data", name);
    if (e == OK)
        e = settle_parallel(r, &c, &rows, &out->note);
    if (e == OK)
        e = from_conductivity(r, &c, pellet, &rows);
    if (e == OK)
        e = sort_rows(r, &c, &rows);
    if (e == OK)
        e = take_spectra(r, &c, &rows, out);
    if (e != OK)
        impedance_files_clear(out);
    free(rows.row);
    free(r);
    return e;
}

void impedance_files_clear(ImpedanceFile *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->spectrum[i].frequency);
        free(f->spectrum[i].z);
        free(f->spectrum[i].error);
    }
    free(f->spectrum);
    *f = (ImpedanceFile){0};
}
