#include "store/cif.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/text.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reading in two steps: words (with quotes and text fields resolved), then data items and loops. */
typedef enum TokenKind { TOKEN_TAG, TOKEN_VALUE, TOKEN_LOOP, TOKEN_DATA, TOKEN_END } TokenKind;

typedef struct Token {
    TokenKind kind;
    TextSpan text;
    size_t line;
} Token;

typedef struct Tokens {
    TextLines lines;
    TextSpan rest; /* of the present line */
    Token now;
} Tokens;

enum { COLUMNS_MAX = 64, TAG_MAX = 80 };

static bool starts_with(TextSpan word, const char *prefix)
{
    size_t n = strlen(prefix);
    return text_length(word) >= n && strncasecmp(word.start, prefix, n) == 0;
}

/* A text field: from a line that begins with ';' to the next such line. */
static Err read_text_field(Tokens *t, TextSpan first)
{
    TextSpan line;
    t->now = (Token){TOKEN_VALUE, {first.start + 1, first.end}, t->lines.number};
    while (text_next_line(&t->lines, &line)) {
        if (line.start < line.end && *line.start == ';') {
            t->rest = (TextSpan){line.start + 1, line.end};
            return OK;
        }
        t->now.text.end = line.end;
    }
    t->lines.number = t->now.line;
    return text_error(&t->lines, "text field that begins with ';' is not closed");
}

static Err read_quoted(Tokens *t)
{
    char quote = *t->rest.start;
    const char *start = t->rest.start + 1, *p = start;
    while (p < t->rest.end &&
           !(*p == quote && (p + 1 == t->rest.end || isspace((unsigned char)p[1]))))
        p++;
    if (p == t->rest.end)
        return text_error(&t->lines, "quote %c is not closed", quote);
    t->now = (Token){TOKEN_VALUE, {start, p}, t->lines.number};
    t->rest.start = p + 1;
    return OK;
}

static void read_bare(Tokens *t)
{
    TextSpan word;
    text_next_word(&t->rest, &word);
    TokenKind kind = TOKEN_VALUE;
    if (*word.start == '_')
        kind = TOKEN_TAG;
    else if (text_length(word) == 5 && starts_with(word, "loop_"))
        kind = TOKEN_LOOP;
    else if (starts_with(word, "data_"))
        kind = TOKEN_DATA;
    t->now = (Token){kind, word, t->lines.number};
}

/* Put the next word into t->now. */
static Err advance(Tokens *t)
{
    for (;;) {
        t->rest = text_trim(t->rest);
        if (t->rest.start < t->rest.end && *t->rest.start != '#')
            break;
        TextSpan line;
        if (!text_next_line(&t->lines, &line)) {
            t->now = (Token){TOKEN_END, {line.end, line.end}, t->lines.number};
            return OK;
        }
        if (line.start < line.end && *line.start == ';')
            return read_text_field(t, line);
        t->rest = line;
    }
    if (*t->rest.start == '\'' || *t->rest.start == '"')
        return read_quoted(t);
    read_bare(t);
    return OK;
}

/* Tags of the old and new dictionaries differ in '.' and '_'; case does not count. */
static bool tag_is(const char *tag, const char *wanted)
{
    for (; *tag != '\0' && *wanted != '\0'; tag++, wanted++) {
        char c = *tag == '.' ? '_' : (char)tolower((unsigned char)*tag);
        if (c != *wanted)
            return false;
    }
    return *tag == *wanted;
}

/* A number with or without its esd in brackets. */
static Err read_value(const Tokens *t, const char *tag, const Token *token, double *value)
{
    TextLines at = t->lines;
    TextSpan word = token->text;
    at.number = token->line;
    const char *bracket = memchr(word.start, '(', text_length(word));
    if (bracket != NULL && bracket > word.start && word.end[-1] == ')')
        word.end = bracket;
    return text_number(&at, tag, word, value);
}

/* One term of an operation: [sign] [number [/ number]] [*] [x|y|z]; false if it is none of these.
 */
static bool read_term(const char **at, int rotation[3], double *translation)
{
    const char *p = *at;
    int sign = 1;
    while (*p == '+' || *p == '-' || *p == ' ')
        if (*p++ == '-')
            sign = -sign;
    char *stop = (char *)p;
    double number = 1.0;
    bool numeric = isdigit((unsigned char)*p) || *p == '.';
    if (numeric) {
        number = strtod(p, &stop);
        if (*stop == '/') {
            const char *below = stop + 1;
            double divisor = strtod(below, &stop);
            if (stop == below || divisor == 0.0)
                return false;
            number /= divisor;
        }
        p = stop;
    }
    if (*p == '*')
        p++;
    char axis = (char)tolower((unsigned char)*p);
    if (axis >= 'x' && axis <= 'z') {
        if (number != rint(number))
            return false;
        rotation[axis - 'x'] += sign * (int)number;
        p++;
    } else if (numeric) {
        *translation += sign * number;
    } else {
        return false;
    }
    while (*p == ' ')
        p++;
    *at = p;
    return true;
}

Err cif_operation(const char *text, int rotation[3][3], double translation[3])
{
    const char *p = text;
    memset(rotation, 0, 3 * sizeof rotation[0]);
    for (int i = 0; i < 3; i++) {
        translation[i] = 0.0;
        do {
            if (!read_term(&p, rotation[i], &translation[i]))
                return err_set(ERR_INPUT, "'%s' is not an operation such as '-y+1/2, x, z'", text);
        } while (*p == '+' || *p == '-');
        if (*p != (i < 2 ? ',' : '\0'))
            return err_set(ERR_INPUT, "'%s' is not an operation such as '-y+1/2, x, z'", text);
        p++;
    }
    return OK;
}

static Err add_operation(const Tokens *t, const Token *token, Cif *cif)
{
    cif->rotation = mem_resize(cif->rotation, cif->nop, cif->nop + 1, sizeof *cif->rotation);
    cif->translation =
        mem_resize(cif->translation, cif->nop, cif->nop + 1, sizeof *cif->translation);
    char *text = text_copy(text_trim(token->text));
    Err e = cif_operation(text, cif->rotation[cif->nop], cif->translation[cif->nop]);
    cif->nop++;
    free(text);
    return err_prefix(e, "%s:%zu: symmetry operation", t->lines.name, token->line);
}

/* "Mg2+" -> "Mg", "H12" -> "H", "11B" stays: leading digits are an isotope, trailing ones a label
 * or charge. */
static Err symbol_of(const Tokens *t, const Token *token, char symbol[8])
{
    TextLines at = t->lines;
    at.number = token->line;
    const char *p = token->text.start;
    while (p < token->text.end && isdigit((unsigned char)*p))
        p++;
    const char *letters = p;
    while (p < token->text.end && isalpha((unsigned char)*p))
        p++;
    if (p == letters)
        return text_error(&at, "atom site: '%.*s' does not begin with an element",
                          (int)text_length(token->text), token->text.start);
    return text_name(&at, "atom site", (TextSpan){token->text.start, p}, 8, symbol);
}

/* A number that need not be there: column < 0, '.' and '?' leave the value alone. */
static Err read_known(const Tokens *t, const Token row[], int column, const char *tag, double low,
                      double high, double *value)
{
    if (column < 0 || text_is(row[column].text, ".") || text_is(row[column].text, "?"))
        return OK;
    TRY(read_value(t, tag, &row[column], value));
    if (*value >= low && *value <= high)
        return OK;
    return err_set(ERR_INPUT, "%s:%zu: %s: %g, allowed are %g to %g", t->lines.name,
                   row[column].line, tag, *value, low, high);
}

typedef enum SiteColumn {
    SITE_LABEL,
    SITE_SYMBOL,
    SITE_X,
    SITE_Y,
    SITE_Z,
    SITE_OCCUPANCY,
    SITE_U,
    SITE_B
} SiteColumn;

static const char *const SITE_TAG[] = {"_atom_site_label",          "_atom_site_type_symbol",
                                       "_atom_site_fract_x",        "_atom_site_fract_y",
                                       "_atom_site_fract_z",        "_atom_site_occupancy",
                                       "_atom_site_u_iso_or_equiv", "_atom_site_b_iso_or_equiv"};

/* The label, then U_ij in the order of CifSite. */
static const char *const TENSOR_TAG[] = {"_atom_site_aniso_label", "_atom_site_aniso_u_11",
                                         "_atom_site_aniso_u_22",  "_atom_site_aniso_u_33",
                                         "_atom_site_aniso_u_12",  "_atom_site_aniso_u_13",
                                         "_atom_site_aniso_u_23"};

enum {
    SITE_COLUMNS = sizeof SITE_TAG / sizeof SITE_TAG[0],
    TENSOR_COLUMNS = sizeof TENSOR_TAG / sizeof TENSOR_TAG[0]
};

static const double MOST_OCCUPIED = 2.0, MOST_U = 100.0; /* [A^2] */

static Err add_site(const Tokens *t, const Token row[], const int column[SITE_COLUMNS], Cif *cif)
{
    static const double b_of_u = 8.0 * PI * PI;
    CifSite site = {.line = row[column[SITE_X]].line, .occupancy = 1.0};
    double b = 0.0;
    int named = column[SITE_SYMBOL] >= 0 ? column[SITE_SYMBOL] : column[SITE_LABEL];
    int label = column[SITE_LABEL] >= 0 ? column[SITE_LABEL] : named;
    TextLines at = t->lines;
    at.number = site.line;
    TRY(text_name(&at, "_atom_site_label", row[label].text, sizeof site.label, site.label));
    TRY(symbol_of(t, &row[named], site.symbol));
    for (int k = 0; k < 3; k++)
        TRY(read_value(t, SITE_TAG[SITE_X + k], &row[column[SITE_X + k]], &site.s[k]));
    TRY(read_known(t, row, column[SITE_OCCUPANCY], SITE_TAG[SITE_OCCUPANCY], 0.0, MOST_OCCUPIED,
                   &site.occupancy));
    TRY(read_known(t, row, column[SITE_B], SITE_TAG[SITE_B], 0.0, MOST_U * b_of_u, &b));
    site.uiso = b / b_of_u;
    TRY(read_known(t, row, column[SITE_U], SITE_TAG[SITE_U], 0.0, MOST_U, &site.uiso));
    if ((cif->nsite & (cif->nsite - 1)) == 0)
        cif->site = mem_resize(cif->site, cif->nsite, cif->nsite > 0 ? 2 * cif->nsite : 1,
                               sizeof *cif->site);
    cif->site[cif->nsite++] = site;
    return OK;
}

static Err add_tensor(const Tokens *t, const Token row[], const int column[TENSOR_COLUMNS],
                      Cif *cif)
{
    CifTensor tensor = {.line = row[column[0]].line};
    TextLines at = t->lines;
    at.number = tensor.line;
    TRY(text_name(&at, TENSOR_TAG[0], row[column[0]].text, sizeof tensor.label, tensor.label));
    for (int k = 0; k < 6; k++)
        TRY(read_known(t, row, column[k + 1], TENSOR_TAG[k + 1], k < 3 ? 0.0 : -MOST_U, MOST_U,
                       &tensor.u[k]));
    if ((cif->ntensor & (cif->ntensor - 1)) == 0)
        cif->tensor = mem_resize(cif->tensor, cif->ntensor, cif->ntensor > 0 ? 2 * cif->ntensor : 1,
                                 sizeof *cif->tensor);
    cif->tensor[cif->ntensor++] = tensor;
    return OK;
}

/* Tensors to the sites that they name. */
static Err spread_tensors(const char *name, Cif *cif)
{
    for (size_t k = 0; k < cif->ntensor; k++) {
        const CifTensor *from = &cif->tensor[k];
        bool found = false;
        for (size_t i = 0; i < cif->nsite; i++) {
            CifSite *site = &cif->site[i];
            if (strcmp(site->label, from->label) != 0)
                continue;
            found = site->anisotropic = true;
            memcpy(site->u, from->u, sizeof site->u);
        }
        if (!found)
            return err_set(ERR_INPUT, "%s:%zu: %s: there is no site '%s'", name, from->line,
                           TENSOR_TAG[0], from->label);
    }
    return OK;
}

static bool is_operation_tag(const char *tag)
{
    return tag_is(tag, "_space_group_symop_operation_xyz") ||
           tag_is(tag, "_symmetry_equiv_pos_as_xyz");
}

/* Which columns of a loop we know. */
typedef struct Columns {
    int n, operation, site[SITE_COLUMNS], tensor[TENSOR_COLUMNS];
} Columns;

static Err read_columns(Tokens *t, Columns *c)
{
    *c = (Columns){.operation = -1};
    for (int k = 0; k < SITE_COLUMNS; k++)
        c->site[k] = -1;
    for (int k = 0; k < TENSOR_COLUMNS; k++)
        c->tensor[k] = -1;
    for (; t->now.kind == TOKEN_TAG; c->n++) {
        char tag[TAG_MAX];
        if (c->n == COLUMNS_MAX)
            return text_error(&t->lines, "loop_: more than %d columns", COLUMNS_MAX);
        TRY(text_name(&t->lines, "tag", t->now.text, sizeof tag, tag));
        if (is_operation_tag(tag))
            c->operation = c->n;
        for (int k = 0; k < SITE_COLUMNS; k++)
            if (tag_is(tag, SITE_TAG[k]))
                c->site[k] = c->n;
        for (int k = 0; k < TENSOR_COLUMNS; k++)
            if (tag_is(tag, TENSOR_TAG[k]))
                c->tensor[k] = c->n;
        TRY(advance(t));
    }
    return OK;
}

static bool has_sites(const Columns *c)
{
    return c->site[SITE_X] >= 0 && c->site[SITE_Y] >= 0 && c->site[SITE_Z] >= 0 &&
           (c->site[SITE_SYMBOL] >= 0 || c->site[SITE_LABEL] >= 0);
}

static bool has_tensors(const Columns *c)
{
    bool all = true;
    for (int k = 0; k < TENSOR_COLUMNS; k++)
        all = all && c->tensor[k] >= 0;
    return all;
}

static Err read_loop(Tokens *t, Cif *cif)
{
    Columns c;
    Token row[COLUMNS_MAX];
    int filled = 0;
    size_t opened = t->lines.number;
    TRY(advance(t));
    TRY(read_columns(t, &c));
    if (c.n == 0)
        return text_error(&t->lines, "loop_: has no columns");
    while (t->now.kind == TOKEN_VALUE) {
        row[filled++] = t->now;
        if (filled == c.n) {
            if (c.operation >= 0)
                TRY(add_operation(t, &row[c.operation], cif));
            if (has_sites(&c))
                TRY(add_site(t, row, c.site, cif));
            if (has_tensors(&c))
                TRY(add_tensor(t, row, c.tensor, cif));
            filled = 0;
        }
        TRY(advance(t));
    }
    if (filled != 0) {
        t->lines.number = row[filled - 1].line;
        return text_error(&t->lines,
                          "loop_ of line %zu: last row has %d values, its %d columns need %d",
                          opened, filled, c.n, c.n);
    }
    return OK;
}

static Err read_item(Tokens *t, Cif *cif)
{
    static const char *const numbers[] = {"_cell_length_a",   "_cell_length_b",
                                          "_cell_length_c",   "_cell_angle_alpha",
                                          "_cell_angle_beta", "_cell_angle_gamma"};
    char tag[TAG_MAX];
    TRY(text_name(&t->lines, "tag", t->now.text, sizeof tag, tag));
    size_t line = t->now.line;
    TRY(advance(t));
    if (t->now.kind != TOKEN_VALUE)
        return err_set(ERR_INPUT, "%s:%zu: %s: has no value", t->lines.name, line, tag);
    for (int k = 0; k < 6; k++)
        if (tag_is(tag, numbers[k]))
            TRY(read_value(t, tag, &t->now, k < 3 ? &cif->lengths[k] : &cif->angles[k - 3]));
    bool known = !text_is(t->now.text, "?") && !text_is(t->now.text, ".");
    if (known &&
        (tag_is(tag, "_space_group_it_number") || tag_is(tag, "_symmetry_int_tables_number"))) {
        int64_t number;
        TRY(text_integer(&t->lines, tag, t->now.text, &number));
        if (number < 1 || number > 230)
            return text_error(&t->lines, "%s: %lld, allowed are 1 to 230", tag, (long long)number);
        cif->group = (int)number;
    }
    if (known &&
        (tag_is(tag, "_symmetry_space_group_name_h-m") || tag_is(tag, "_space_group_name_h-m_alt")))
        TRY(text_name(&t->lines, tag, text_trim(t->now.text), sizeof cif->group_name,
                      cif->group_name));
    if (is_operation_tag(tag))
        TRY(add_operation(t, &t->now, cif));
    return advance(t);
}

static Err check_complete(const char *name, const Cif *cif)
{
    for (int k = 0; k < 3; k++) {
        if (cif->lengths[k] == 0.0)
            return err_set(ERR_INPUT, "%s: _cell_length_%c: missing", name, 'a' + k);
        if (cif->angles[k] == 0.0)
            return err_set(ERR_INPUT, "%s: _cell_angle_%s: missing", name,
                           k == 0   ? "alpha"
                           : k == 1 ? "beta"
                                    : "gamma");
    }
    if (cif->nsite == 0)
        return err_set(ERR_INPUT,
                       "%s: no atom sites: a loop_ with _atom_site_type_symbol (or _label) and "
                       "_atom_site_fract_x, _y, _z is needed",
                       name);
    return OK;
}

static Err read_block(Tokens *t, Cif *cif)
{
    TRY(advance(t));
    while (t->now.kind != TOKEN_END) {
        switch (t->now.kind) {
        case TOKEN_DATA:
            if (cif->nsite > 0)
                return OK;
            cif_clear(cif);
            TRY(advance(t));
            break;
        case TOKEN_LOOP:
            TRY(read_loop(t, cif));
            break;
        case TOKEN_TAG:
            TRY(read_item(t, cif));
            break;
        default:
            return text_error(&t->lines, "'%.*s' belongs to no tag",
                              text_length(t->now.text) < 40 ? (int)text_length(t->now.text) : 40,
                              t->now.text.start);
        }
    }
    return OK;
}

Err cif_parse(const char *name, const char *bytes, size_t n, Cif *cif)
{
    Tokens t = {.rest = {bytes, bytes}};
    *cif = (Cif){0};
    text_lines_init(&t.lines, name, bytes, n);
    Err e = read_block(&t, cif);
    if (e == OK)
        e = check_complete(name, cif);
    if (e == OK)
        e = spread_tensors(name, cif);
    if (e != OK)
        cif_clear(cif);
    return e;
}

void cif_clear(Cif *cif)
{
    free(cif->rotation);
    free(cif->translation);
    free(cif->site);
    free(cif->tensor);
    memset(cif, 0, sizeof *cif);
}

Err cif_check_ordered(const char *name, const Cif *cif)
{
    for (size_t i = 0; i < cif->nsite; i++)
        if (fabs(cif->site[i].occupancy - 1.0) > 1e-6)
            return err_set(ERR_INPUT,
                           "%s:%zu: _atom_site_occupancy: site %s is occupied by %g, only 1 is "
                           "allowed (list a structure without disorder)",
                           name, cif->site[i].line, cif->site[i].label, cif->site[i].occupancy);
    return OK;
}

/* Each line of the comment behind a '#'. */
static void append_comment(TextBuffer *b, const char *comment)
{
    while (comment != NULL && *comment != '\0') {
        size_t n = strcspn(comment, "\n");
        text_append(b, "# %.*s\n", (int)n, comment);
        comment += n + (comment[n] == '\n');
    }
}

Err cif_write(const char *path, const char *comment, const Cif *cif)
{
    TextBuffer b = {0};
    append_comment(&b, comment);
    text_append(&b, "data_paddlewheel\n");
    for (int k = 0; k < 3; k++)
        text_append(&b, "_cell_length_%c %.12g\n", 'a' + k, cif->lengths[k]);
    text_append(&b, "_cell_angle_alpha %.12g\n_cell_angle_beta %.12g\n_cell_angle_gamma %.12g\n",
                cif->angles[0], cif->angles[1], cif->angles[2]);
    text_append(&b, "_space_group_IT_number 1\n_symmetry_space_group_name_H-M 'P 1'\n"
                    "loop_\n_space_group_symop_operation_xyz\n'x, y, z'\n"
                    "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n"
                    "_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n");
    for (size_t i = 0; i < cif->nsite; i++) {
        const CifSite *site = &cif->site[i];
        text_append(&b, "%s %s %.12f %.12f %.12f 1\n", site->label, site->symbol, site->s[0],
                    site->s[1], site->s[2]);
    }
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}
