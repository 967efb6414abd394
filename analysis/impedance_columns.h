/* impedance_columns.h -- lines, fields and named columns of impedance files. For impedance_files.c only. */
#ifndef ANALYSIS_IMPEDANCE_COLUMNS_H
#define ANALYSIS_IMPEDANCE_COLUMNS_H

#include "analysis/impedance_files.h"

enum { IMPEDANCE_FIELDS = 64, IMPEDANCE_FIELD = 64 };

typedef struct ImpedanceReader {
    const char *name;
    const char *at, *end;
    int line; /* of the fields below */
    char separator;
    int nfields;
    /* without blanks and quotes around; cut off if too long to be a number */
    char field[IMPEDANCE_FIELDS][IMPEDANCE_FIELD];
} ImpedanceReader;

/* The next line that is not empty, without blanks at its end; false at the end of the file. */
bool impedance_columns_next_line(ImpedanceReader *r, const char **from, const char **to);

/* Fields of a line. Separator ' ' stands for any blanks; others may follow each other with nothing between. */
void impedance_columns_split(ImpedanceReader *r, const char *from, const char *to);

/* The separator that a line uses: tab, semicolon, comma, else blanks. */
char impedance_columns_separator(const char *from, const char *to);

/* Does a line hold a word, in small letters or large? */
bool impedance_columns_has(const char *from, const char *to, const char *word);

/* A finite number; decimal commas unless commas separate. */
bool impedance_columns_number(const ImpedanceReader *r, const char *text, double *value);

/* ERR_INPUT "name:line: column: what". */
Err impedance_columns_fault(const ImpedanceReader *r, const char *column, const char *what);

/* What a column holds; values of rows in this order. */
typedef enum ImpedanceRole {
    IMPEDANCE_FREQUENCY,
    IMPEDANCE_REAL,
    IMPEDANCE_IMAGINARY,
    IMPEDANCE_ERROR_REAL,
    IMPEDANCE_ERROR_IMAGINARY,
    IMPEDANCE_TEMPERATURE,
    IMPEDANCE_EPS1,
    IMPEDANCE_EPS2,
    IMPEDANCE_SIG1,
    IMPEDANCE_SIG2,
    IMPEDANCE_ROLES
} ImpedanceRole;

typedef struct ImpedanceTable {
    int at[IMPEDANCE_ROLES]; /* place, -1: none */
    double factor[IMPEDANCE_ROLES];
    bool celsius, parallel; /* parallel: the columns are called Zp */
    int width;              /* fields of every row; 0: as many as are needed */
} ImpedanceTable;

const char *impedance_columns_name(ImpedanceRole role);

/* Role of a header such as "Zs' [Ohms]" or "-Im(Z)/Ohm", IMPEDANCE_ROLES if none; the user's names go first. */
ImpedanceRole impedance_columns_role(const char *text, const ImpedanceColumns *wanted, bool *minus);

/* The present fields are headers: find places, units, signs. ERR_INPUT for a unit of another kind, two columns of one kind. */
Err impedance_columns_find(const ImpedanceReader *r, const ImpedanceColumns *wanted,
                           ImpedanceTable *c) MUST_USE;

/* Factor of a column from its unit as instruments write it. ERR_INPUT. */
Err impedance_columns_set_unit(const ImpedanceReader *r, const char *header, ImpedanceRole role,
                               const char *text, ImpedanceTable *c) MUST_USE;

/* ERR_INPUT if there is no such column. */
Err impedance_columns_need(const ImpedanceReader *r, const ImpedanceTable *c, ImpedanceRole role,
                           const char *given) MUST_USE;

#endif
