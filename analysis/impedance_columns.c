#include "analysis/impedance_columns.h"

#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- lines and fields ---- */

Err impedance_columns_fault(const ImpedanceReader *r, const char *column, const char *what)
{
    return err_set(ERR_INPUT, "%s:%d: %s%s%s", r->name, r->line, column, column[0] ? ": " : "",
                   what);
}

static void add_field(ImpedanceReader *r, const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"') {
        from++;
        to--;
    }
    if (r->nfields < IMPEDANCE_FIELDS)
        snprintf(r->field[r->nfields++], IMPEDANCE_FIELD, "%.*s",
                 (int)(to - from < IMPEDANCE_FIELD ? to - from : IMPEDANCE_FIELD - 1), from);
}

/* Separator ' ' stands for any blanks; others may follow each other with nothing between. */
void impedance_columns_split(ImpedanceReader *r, const char *from, const char *to)
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
bool impedance_columns_next_line(ImpedanceReader *r, const char **from, const char **to)
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

bool impedance_columns_has(const char *from, const char *to, const char *word)
{
    size_t n = strlen(word);
    for (; from + n <= to; from++)
        if (strncasecmp(from, word, n) == 0)
            return true;
    return false;
}

char impedance_columns_separator(const char *from, const char *to)
{
    for (const char *s = "\t;,"; *s != '\0'; s++)
        if (memchr(from, *s, (size_t)(to - from)) != NULL)
            return *s;
    return ' ';
}

bool impedance_columns_number(const ImpedanceReader *r, const char *text, double *value)
{
    char copy[IMPEDANCE_FIELD], *end;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *c = copy; *c != '\0' && r->separator != ','; c++)
        if (*c == ',') /* decimal comma */
            *c = '.';
    *value = strtod(copy, &end);
    return end != copy && *end == '\0' && isfinite(*value);
}

/* ---- columns ---- */

static const char *const role_names[IMPEDANCE_ROLES] = {
    "frequency", "Z'", "Z''", "sigma'", "sigma''", "temperature", "Eps'", "Eps''", "Sig'", "Sig''"};

const char *impedance_columns_name(ImpedanceRole role)
{
    return role_names[role];
}

/* "Freq. [Hz]", "f/Hz", "Z' (ohm)" into name and unit. */
static void name_and_unit(const char *text, char name[IMPEDANCE_FIELD], char unit[IMPEDANCE_FIELD])
{
    size_t n = strlen(text);
    const char *open = NULL, *slash = strrchr(text, '/');
    if (n > 0 && (text[n - 1] == ']' || text[n - 1] == ')'))
        open = strrchr(text, text[n - 1] == ']' ? '[' : '(');
    unit[0] = '\0';
    snprintf(name, IMPEDANCE_FIELD, "%s", text);
    if (open != NULL && open != text && strncasecmp(open, "(z)", 3) != 0) {
        snprintf(unit, IMPEDANCE_FIELD, "%.*s", (int)(strlen(open) - 2), open + 1);
        name[open - text] = '\0';
    } else if (slash != NULL && slash != text) {
        snprintf(unit, IMPEDANCE_FIELD, "%s", slash + 1);
        name[slash - text] = '\0';
    }
}

/* Small letters, no blanks, dots and underscores; a leading minus is taken off and told. */
static void plain_name(const char *name, char plain[IMPEDANCE_FIELD], bool *minus)
{
    static const char sign[] = "\xe2\x88\x92", prime[] = "\xe2\x80\xb2", two[] = "\xe2\x80\xb3";
    size_t n = 0;
    *minus = false;
    for (const char *c = name; *c != '\0' && n + 3 < IMPEDANCE_FIELD; c++) {
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

static const char *const known_names[IMPEDANCE_ROLES] = {
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
static const char *const unit_of[IMPEDANCE_ROLES] = {"Hz", "ohm", "ohm", "ohm",  "ohm",
                                                     "K",  "1",   "1",   "S/cm", "S/cm"};

/* Units as instruments write them: Ohms, kOhm, the Greek letter. */
static void plain_unit(const char *text, char unit[IMPEDANCE_FIELD])
{
    size_t n = 0;
    for (const char *c = text; *c != '\0' && n + 4 < IMPEDANCE_FIELD;) {
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

Err impedance_columns_set_unit(const ImpedanceReader *r, const char *header, ImpedanceRole role,
                               const char *text, ImpedanceTable *c)
{
    char unit[IMPEDANCE_FIELD], what[2 * IMPEDANCE_FIELD + 80];
    plain_unit(text, unit);
    c->factor[role] = 1.0;
    if (role == IMPEDANCE_TEMPERATURE) {
        c->celsius = strchr(unit, 'C') != NULL; /* degC, C, the degree sign in any encoding */
        if (unit[0] == '\0' || c->celsius || strcmp(unit, "K") == 0)
            return OK;
    } else if (unit[0] == '\0' || units_factor(unit, unit_of[role], &c->factor[role]) == OK) {
        return OK;
    }
    snprintf(what, sizeof what, "the unit '%s' is none of %s; %s is what is used inside", text,
             role == IMPEDANCE_FREQUENCY     ? "frequency"
             : role == IMPEDANCE_TEMPERATURE ? "temperature"
             : role >= IMPEDANCE_EPS1        ? "this quantity"
                                             : "impedance",
             unit_of[role]);
    return impedance_columns_fault(r, header, what);
}

ImpedanceRole impedance_columns_role(const char *text, const ImpedanceColumns *wanted, bool *minus)
{
    char name[IMPEDANCE_FIELD], unit[IMPEDANCE_FIELD], plain[IMPEDANCE_FIELD];
    name_and_unit(text, name, unit);
    plain_name(name, plain, minus);
    const char *const given[IMPEDANCE_ROLES] = {[IMPEDANCE_FREQUENCY] = wanted->frequency,
                                                [IMPEDANCE_REAL] = wanted->real,
                                                [IMPEDANCE_IMAGINARY] = wanted->imaginary,
                                                [IMPEDANCE_TEMPERATURE] = wanted->temperature};
    for (ImpedanceRole k = 0; k < IMPEDANCE_ROLES; k++) {
        char other[IMPEDANCE_FIELD];
        bool sign;
        if (given[k] == NULL)
            continue;
        plain_name(given[k], other, &sign);
        if (strcmp(plain, other) == 0)
            return k;
    }
    for (ImpedanceRole k = 0; k < IMPEDANCE_ROLES; k++)
        if (given[k] == NULL && among(plain, known_names[k]))
            return k;
    return IMPEDANCE_ROLES;
}

/* The present fields are headers. */
Err impedance_columns_find(const ImpedanceReader *r, const ImpedanceColumns *wanted,
                           ImpedanceTable *c)
{
    *c = (ImpedanceTable){.width = r->nfields};
    for (ImpedanceRole k = 0; k < IMPEDANCE_ROLES; k++)
        c->at[k] = -1;
    for (int i = 0; i < r->nfields; i++) {
        char name[IMPEDANCE_FIELD], unit[IMPEDANCE_FIELD];
        bool minus;
        ImpedanceRole role = impedance_columns_role(r->field[i], wanted, &minus);
        if (role == IMPEDANCE_ROLES)
            continue;
        if (c->at[role] >= 0) {
            /* Zs' before Zp', whichever comes first */
            bool second = (role == IMPEDANCE_REAL || role == IMPEDANCE_IMAGINARY) &&
                          tolower((unsigned char)r->field[i][1]) == 'p';
            if (second)
                continue;
            if (tolower((unsigned char)r->field[c->at[role]][1]) != 'p')
                return impedance_columns_fault(r, r->field[i],
                                               "a second column of this kind; name the one to use");
        }
        c->at[role] = i;
        name_and_unit(r->field[i], name, unit);
        TRY(impedance_columns_set_unit(r, r->field[i], role, unit, c));
        if (minus)
            c->factor[role] = -c->factor[role];
        if (role == IMPEDANCE_REAL)
            c->parallel = tolower((unsigned char)name[1]) == 'p';
    }
    if (c->at[IMPEDANCE_ERROR_IMAGINARY] < 0 && c->at[IMPEDANCE_ERROR_REAL] >= 0) {
        c->at[IMPEDANCE_ERROR_IMAGINARY] = c->at[IMPEDANCE_ERROR_REAL];
        c->factor[IMPEDANCE_ERROR_IMAGINARY] = c->factor[IMPEDANCE_ERROR_REAL];
    }
    return OK;
}

Err impedance_columns_need(const ImpedanceReader *r, const ImpedanceTable *c, ImpedanceRole role,
                           const char *given)
{
    char what[2 * IMPEDANCE_FIELD + 80];
    if (c->at[role] >= 0)
        return OK;
    snprintf(what, sizeof what, "there is no column '%.60s'",
             given != NULL ? given : role_names[role]);
    return impedance_columns_fault(r, "", what);
}
