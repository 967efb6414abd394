/* xray_forms.h -- form factors from a file, for weights beside the built-in ones.
 *
 * A comma-separated table (store/table.h): column "Q [1/angstrom]", rising, and one column of electrons for each species,
 * named by its symbol or element ("Mg", "B", "H"; a unit in brackets may follow). Between points a cubic spline that is even
 * in Q; there is no value beyond the last. ERR_INPUT names file and line. All functions are Local.
 */
#ifndef ANALYSIS_XRAY_FORMS_H
#define ANALYSIS_XRAY_FORMS_H

#include "model/species.h"

#include <stddef.h>

typedef struct XrayForms XrayForms;

/* From memory; `name` stands for the file in messages. Free with xray_forms_free. */
Err xray_forms_read(const char *name, const char *bytes, size_t size, XrayForms **out) MUST_USE;
void xray_forms_free(XrayForms *f);

/* Does the table have this species, and does it reach to qmax [1/A]? ERR_INPUT says what is missing. */
Err xray_forms_check(const XrayForms *f, const Species *s, double qmax) MUST_USE;

/* f(Q) [electrons]; Q >= 0; beyond the last point the value there. */
double xray_forms_at(const XrayForms *f, const Species *s, double q);

#endif
