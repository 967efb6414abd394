#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

static void redefine(ut_system *system, const char *symbol, const char *definition)
{
    ut_unit *unit = ut_parse(system, definition, UT_ASCII);
    ut_unmap_symbol_to_unit(system, symbol, UT_ASCII);
    ut_status status = ut_map_symbol_to_unit(symbol, UT_ASCII, unit);
    CHECK(status == UT_SUCCESS, "unit '%s': UDUNITS status %d", symbol, (int)status);
    ut_free(unit);
}

/* UDUNITS reads its data base once; the system is constant afterwards. */
static ut_system *unit_system(void)
{
    static ut_system *system = NULL;
    if (system == NULL) {
        ut_set_error_message_handler(ut_ignore);
        system = ut_read_xml(NULL);
        CHECK(system != NULL, "UDUNITS-2 cannot read its unit data base (UDUNITS2_XML_PATH)");
        /* The data base has older CODATA values of eV and u, off by 4e-7; ours replace them. */
        redefine(system, "eV", "1.602176634e-19 J");
        redefine(system, "u", "1.66053906660e-27 kg");
        redefine(system, "e", "1.602176634e-19 C"); /* elementary charge; 2.718 to UDUNITS */
    }
    return system;
}

/* "A" is ampere to UDUNITS and angstrom to everybody in this field: here it is a length wherever it stands
 * alone as a unit symbol ("3.5 A", "1/A", "eV/A^3"), never a current. */
static void spell_angstrom(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; text[i] != '\0' && n + 12 < size; i++) {
        bool before = i > 0 && isalpha((unsigned char)text[i - 1]);
        bool after = isalpha((unsigned char)text[i + 1]) != 0;
        if (text[i] == 'A' && !before && !after)
            n += (size_t)snprintf(out + n, size - n, "angstrom");
        else
            out[n++] = text[i];
    }
    out[n] = '\0';
}

static ut_unit *parse_unit(const char *unit)
{
    char spelt[256];
    spell_angstrom(unit, spelt, sizeof spelt);
    return ut_parse(unit_system(), spelt, UT_ASCII);
}

/* UDUNITS also converts reciprocals into each other, s into Hz and S into ohm; that is no unit of the same quantity. */
static bool same_dimension(ut_unit *a, ut_unit *b)
{
    ut_unit *ratio = ut_are_convertible(a, b) ? ut_divide(a, b) : NULL;
    bool same = ratio != NULL && ut_is_dimensionless(ratio) != 0;
    ut_free(ratio);
    return same;
}

bool units_known(const char *unit)
{
    ut_unit *u = parse_unit(unit);
    bool known = u != NULL;
    ut_free(u);
    return known;
}

Err units_factor(const char *from, const char *to, double *factor)
{
    ut_unit *a = parse_unit(from), *b = parse_unit(to);
    CHECK(b != NULL, "unit '%s' in the program's own table", to);
    if (a == NULL) {
        ut_free(b);
        return err_set(ERR_INPUT, "'%s' is not a known unit; a unit like '%s' is needed", from, to);
    }
    bool same = same_dimension(a, b);
    if (same) {
        cv_converter *c = ut_get_converter(a, b);
        *factor = cv_convert_double(c, 1.0) - cv_convert_double(c, 0.0);
        cv_free(c);
    }
    ut_free(a);
    ut_free(b);
    if (!same)
        return err_set(ERR_INPUT, "wrong dimension: '%s' cannot be turned into '%s'", from, to);
    return OK;
}

Err units_parse(const char *text, const char *unit, double *value)
{
    char *rest;
    double number = strtod(text, &rest);
    if (rest == text)
        return err_set(ERR_INPUT, "'%s' does not begin with a number; write for example '1.5 %s'",
                       text, unit);
    if (!isfinite(number))
        return err_set(ERR_INPUT, "'%s' is not a finite number", text);
    while (isspace((unsigned char)*rest))
        rest++;
    bool plain = strcmp(unit, "1") == 0;
    if (*rest == '\0') {
        if (!plain)
            return err_set(ERR_INPUT, "'%s' has no unit; write for example '%s %s'", text, text,
                           unit);
        *value = number;
        return OK;
    }
    ut_unit *a = parse_unit(rest), *b = parse_unit(unit);
    CHECK(b != NULL, "unit '%s' in the program's own table", unit);
    bool known = a != NULL, same = known && same_dimension(a, b);
    if (same && ut_compare(a, b) == 0) {
        *value = number; /* so that what config_print writes is read back to the last bit */
    } else if (same) {
        /* A converter, not a factor, so that "25 degC" becomes 298.15 K. */
        cv_converter *c = ut_get_converter(a, b);
        *value = cv_convert_double(c, number);
        cv_free(c);
    }
    ut_free(a);
    ut_free(b);
    if (!known)
        return err_set(ERR_INPUT, "'%s' is not a known unit; write for example '%g %s'", rest,
                       number, unit);
    if (!same)
        return err_set(ERR_INPUT, "'%s' has the wrong dimension; a unit like '%s' is needed", text,
                       unit);
    return OK;
}
