#include "store/lammps_data.h"

#include "base/mem.h"
#include "base/vec.h"
#include "store/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reading {
    TextLines lines;
    LammpsData *d;
    double low[3], high[3], tilt[3]; /* tilt: xy xz yz */
    bool has_bounds[3];
    double time_factor; /* velocities of the file to A/ps */
    bool has_masses, has_atoms;
} Reading;

/* The next line with something on it before '#'; the comment goes to *comment. */
static bool next_line(Reading *r, TextSpan *line, TextSpan *comment)
{
    while (text_next_line(&r->lines, line)) {
        const char *hash = memchr(line->start, '#', text_length(*line));
        *comment = (TextSpan){hash != NULL ? hash + 1 : line->end, line->end};
        *comment = text_trim(*comment);
        if (hash != NULL)
            line->end = hash;
        *line = text_trim(*line);
        if (text_length(*line) > 0)
            return true;
    }
    return false;
}

/* "LAMMPS data file via write_data, version ..., units = metal" */
static Err read_title(Reading *r)
{
    TextSpan line;
    r->time_factor = 1.0;
    if (!text_next_line(&r->lines, &line))
        return err_set(ERR_INPUT, "%s: empty, a LAMMPS data file begins with a title line",
                       r->lines.name);
    char *title = text_copy(line), *units = strstr(title, "units = ");
    Err e = OK;
    if (units != NULL && strncmp(units + 8, "real", 4) == 0)
        r->time_factor = 1000.0; /* A/fs */
    else if (units != NULL && strncmp(units + 8, "metal", 5) != 0)
        e = text_error(&r->lines, "units: '%s', allowed are metal and real", units + 8);
    free(title);
    return e;
}

static Err read_bounds(Reading *r, TextSpan line, int axis)
{
    TRY(text_next_number(&r->lines, "box bound", &line, &r->low[axis]));
    TRY(text_next_number(&r->lines, "box bound", &line, &r->high[axis]));
    r->has_bounds[axis] = true;
    if (!(r->high[axis] > r->low[axis]))
        return text_error(&r->lines, "%clo %chi: %g is not below %g", 'x' + axis, 'x' + axis,
                          r->low[axis], r->high[axis]);
    return OK;
}

/* True if the line ends with these words. */
static bool ends_with(TextSpan line, const char *words)
{
    size_t n = strlen(words);
    return text_length(line) > n && memcmp(line.end - n, words, n) == 0 &&
           isspace((unsigned char)line.end[-(ptrdiff_t)n - 1]);
}

static Err read_count(Reading *r, TextSpan line, int64_t *count)
{
    TRY(text_next_integer(&r->lines, "count", &line, count));
    if (*count < 0 || *count > r->lines.end - r->lines.at)
        return text_error(&r->lines, "count: %lld, the file cannot hold as many",
                          (long long)*count);
    return OK;
}

static Err read_header_line(Reading *r, TextSpan line)
{
    static const char *const bounds[3] = {"xlo xhi", "ylo yhi", "zlo zhi"};
    LammpsData *d = r->d;
    int64_t count;
    if (ends_with(line, "atoms"))
        return read_count(r, line, &d->n);
    if (ends_with(line, "bonds"))
        return read_count(r, line, &d->nbond);
    if (ends_with(line, "angles"))
        return read_count(r, line, &d->nangle);
    if (ends_with(line, "atom types")) {
        TRY(read_count(r, line, &count));
        d->ntype = (int)count;
    }
    for (int k = 0; k < 3; k++)
        if (ends_with(line, bounds[k]))
            return read_bounds(r, line, k);
    if (ends_with(line, "xy xz yz"))
        for (int k = 0; k < 3; k++)
            TRY(text_next_number(&r->lines, "xy xz yz", &line, &r->tilt[k]));
    return OK;
}

/* After the header: is it complete? Then room for everything it announces. */
static Err finish_header(Reading *r)
{
    LammpsData *d = r->d;
    if (d->n < 1)
        return text_error(&r->lines, "header: 'N atoms' with N > 0 is missing");
    if (d->ntype < 1)
        return text_error(&r->lines, "header: 'N atom types' with N > 0 is missing");
    for (int k = 0; k < 3; k++) {
        if (!r->has_bounds[k])
            return text_error(&r->lines, "header: '%clo %chi' is missing", 'x' + k, 'x' + k);
        d->origin[k] = r->low[k];
        d->h[k][k] = r->high[k] - r->low[k];
    }
    d->h[1][0] = r->tilt[0];
    d->h[2][0] = r->tilt[1];
    d->h[2][1] = r->tilt[2];
    d->mass = MEM_NEW(double, d->ntype);
    d->element = mem_new((size_t)d->ntype, sizeof *d->element);
    d->id = MEM_NEW(int64_t, d->n);
    d->type = MEM_NEW(int32_t, d->n);
    d->molecule = MEM_NEW(int64_t, d->n);
    d->charge = MEM_NEW(double, d->n);
    d->x = mem_new((size_t)d->n, sizeof *d->x);
    d->bond = mem_new((size_t)d->nbond, sizeof *d->bond);
    d->angle = mem_new((size_t)d->nangle, sizeof *d->angle);
    return OK;
}

static Err read_mass(Reading *r, TextSpan line, TextSpan comment)
{
    int64_t type;
    double mass;
    TRY(text_next_integer(&r->lines, "Masses", &line, &type));
    TRY(text_next_number(&r->lines, "Masses", &line, &mass));
    if (type < 1 || type > r->d->ntype)
        return text_error(&r->lines, "Masses: type %lld, allowed are 1 to %d", (long long)type,
                          r->d->ntype);
    r->d->mass[type - 1] = mass;
    TextSpan word;
    if (text_next_word(&comment, &word))
        TRY(text_name(&r->lines, "Masses", word, sizeof r->d->element[0], r->d->element[type - 1]));
    r->has_masses = true;
    return OK;
}

/* id molecule type charge x y z [nx ny nz] */
static Err read_atom(Reading *r, TextSpan line, int64_t i)
{
    LammpsData *d = r->d;
    const TextLines *at = &r->lines;
    int64_t type, image[3] = {0, 0, 0};
    TRY(text_next_integer(at, "Atoms: id", &line, &d->id[i]));
    TRY(text_next_integer(at, "Atoms: molecule", &line, &d->molecule[i]));
    TRY(text_next_integer(at, "Atoms: type", &line, &type));
    TRY(text_next_number(at, "Atoms: charge", &line, &d->charge[i]));
    for (int k = 0; k < 3; k++)
        TRY(text_next_number(at, "Atoms: position", &line, &d->x[i][k]));
    line = text_trim(line);
    for (int k = 0; k < 3 && text_length(line) > 0; k++)
        TRY(text_next_integer(at, "Atoms: image flag", &line, &image[k]));
    if (text_length(text_trim(line)) > 0)
        return text_error(at,
                          "Atoms: more columns than atom_style full has (7, or 10 with images)");
    if (type < 1 || type > d->ntype)
        return text_error(at, "Atoms: type %lld, allowed are 1 to %d", (long long)type, d->ntype);
    d->type[i] = (int32_t)(type - 1);
    for (int k = 0; k < 3; k++)
        vec_axpy((double)image[k], d->h[k], d->x[i]);
    return OK;
}

/* Atoms come in any order: sort by id, then find others by halving. */
typedef struct IdPlace {
    int64_t id, place;
} IdPlace;

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const IdPlace *)a)->id, y = ((const IdPlace *)b)->id;
    return (x > y) - (x < y);
}

static Err sort_atoms(Reading *r)
{
    LammpsData *d = r->d;
    IdPlace *order = MEM_NEW(IdPlace, d->n);
    for (int64_t i = 0; i < d->n; i++)
        order[i] = (IdPlace){d->id[i], i};
    qsort(order, (size_t)d->n, sizeof *order, by_id);
    int32_t *type = MEM_NEW(int32_t, d->n);
    int64_t *molecule = MEM_NEW(int64_t, d->n);
    double *charge = MEM_NEW(double, d->n);
    double(*x)[3] = mem_new((size_t)d->n, sizeof *x);
    Err e = OK;
    for (int64_t i = 0; i < d->n; i++) {
        int64_t from = order[i].place;
        if (i > 0 && order[i].id == order[i - 1].id)
            e = text_error(&r->lines, "Atoms: id %lld comes twice", (long long)order[i].id);
        d->id[i] = order[i].id;
        type[i] = d->type[from];
        molecule[i] = d->molecule[from];
        charge[i] = d->charge[from];
        memcpy(x[i], d->x[from], sizeof x[i]);
    }
    free(order);
    free(d->type);
    free(d->molecule);
    free(d->charge);
    free(d->x);
    d->type = type;
    d->molecule = molecule;
    d->charge = charge;
    d->x = x;
    return e;
}

/* Index of the atom whose id is the next word. */
static Err read_reference(Reading *r, const char *what, TextSpan *line, int64_t *index)
{
    int64_t id, low = 0, high = r->d->n - 1;
    TRY(text_next_integer(&r->lines, what, line, &id));
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (r->d->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (r->d->id[low] != id)
        return text_error(&r->lines, "%s: there is no atom with id %lld", what, (long long)id);
    *index = low;
    return OK;
}

static Err read_velocity(Reading *r, TextSpan line)
{
    int64_t index;
    if (r->d->v == NULL)
        r->d->v = mem_new((size_t)r->d->n, sizeof *r->d->v);
    TRY(read_reference(r, "Velocities", &line, &index));
    for (int k = 0; k < 3; k++) {
        TRY(text_next_number(&r->lines, "Velocities", &line, &r->d->v[index][k]));
        r->d->v[index][k] *= r->time_factor;
    }
    return OK;
}

/* "number type atom atom [atom]" */
static Err read_members(Reading *r, const char *what, TextSpan line, int n, int64_t index[])
{
    int64_t ignored;
    TRY(text_next_integer(&r->lines, what, &line, &ignored));
    TRY(text_next_integer(&r->lines, what, &line, &ignored));
    for (int k = 0; k < n; k++)
        TRY(read_reference(r, what, &line, &index[k]));
    return OK;
}

typedef enum Section { MASSES, ATOMS, VELOCITIES, BONDS, ANGLES, OTHER } Section;

static const char *const SECTION_NAME[] = {"Masses", "Atoms", "Velocities", "Bonds", "Angles"};

static Err read_entry(Reading *r, Section section, TextSpan line, TextSpan comment, int64_t i)
{
    switch (section) {
    case MASSES:
        return read_mass(r, line, comment);
    case ATOMS:
        return read_atom(r, line, i);
    case VELOCITIES:
        return read_velocity(r, line);
    case BONDS:
        return read_members(r, "Bonds", line, 2, r->d->bond[i]);
    case ANGLES:
        return read_members(r, "Angles", line, 3, r->d->angle[i]);
    case OTHER:
        break;
    }
    return OK;
}

static Err begin_section(Reading *r, TextSpan line, TextSpan comment, Section *section)
{
    *section = MASSES;
    while (*section < OTHER && !text_is(line, SECTION_NAME[*section]))
        (*section)++;
    if (*section == ATOMS && text_length(comment) > 0 && !text_is(comment, "full"))
        return text_error(&r->lines, "Atoms: style '%.*s', only full is allowed",
                          text_length(comment) < 40 ? (int)text_length(comment) : 40,
                          comment.start);
    if ((*section == VELOCITIES || *section == BONDS || *section == ANGLES) && !r->has_atoms)
        return text_error(&r->lines, "%s: must come after Atoms", SECTION_NAME[*section]);
    return OK;
}

static Err end_section(Reading *r, Section section, int64_t have)
{
    const LammpsData *d = r->d;
    const int64_t want[] = {d->ntype, d->n, d->n, d->nbond, d->nangle};
    if (section == OTHER)
        return OK;
    if (have != want[section])
        return text_error(&r->lines, "%s: %lld entries, the header says %lld",
                          SECTION_NAME[section], (long long)have, (long long)want[section]);
    if (section == ATOMS) {
        r->has_atoms = true;
        return sort_atoms(r);
    }
    return OK;
}

static Err read_body(Reading *r, TextSpan line, TextSpan comment)
{
    bool more = true;
    const int64_t most[] = {r->d->ntype, r->d->n, r->d->n, r->d->nbond, r->d->nangle};
    while (more) {
        Section section;
        int64_t have = 0;
        TRY(begin_section(r, line, comment, &section));
        while ((more = next_line(r, &line, &comment)) && !isalpha((unsigned char)*line.start)) {
            if (section != OTHER && have == most[section])
                return text_error(&r->lines, "%s: more entries than the %lld of the header",
                                  SECTION_NAME[section], (long long)most[section]);
            TRY(read_entry(r, section, line, comment, have++));
        }
        TRY(end_section(r, section, have));
    }
    if (!r->has_atoms)
        return text_error(&r->lines, "Atoms: section is missing");
    return OK;
}

static Err read_all(Reading *r)
{
    TextSpan line, comment;
    TRY(read_title(r));
    while (next_line(r, &line, &comment)) {
        if (isalpha((unsigned char)*line.start)) {
            TRY(finish_header(r));
            return read_body(r, line, comment);
        }
        TRY(read_header_line(r, line));
    }
    TRY(finish_header(r));
    return text_error(&r->lines, "Atoms: section is missing");
}

Err lammps_data_parse(const char *name, const char *bytes, size_t n, LammpsData *data)
{
    Reading r = {.d = data};
    *data = (LammpsData){0};
    text_lines_init(&r.lines, name, bytes, n);
    Err e = read_all(&r);
    if (e != OK)
        lammps_data_clear(data);
    return e;
}

void lammps_data_clear(LammpsData *data)
{
    free(data->mass);
    free(data->element);
    free(data->id);
    free(data->type);
    free(data->molecule);
    free(data->charge);
    free(data->x);
    free(data->v);
    free(data->bond);
    free(data->angle);
    *data = (LammpsData){0};
}

enum {
    TITLE_MAX = 200
}; /* LAMMPS reads lines of 256 bytes and would take the rest for a header line */

static void append_header(TextBuffer *b, const char *title, const LammpsData *d)
{
    const char *text = title != NULL ? title : "";
    int length = (int)strcspn(text, "\n");
    text_append(b, "LAMMPS data file, units = metal%s%.*s\n\n", length > 0 ? ": " : "",
                length < TITLE_MAX ? length : TITLE_MAX, text);
    text_append(b, "%lld atoms\n%lld bonds\n%lld angles\n%d atom types\n", (long long)d->n,
                (long long)d->nbond, (long long)d->nangle, d->ntype);
    if (d->nbond > 0)
        text_append(b, "1 bond types\n");
    if (d->nangle > 0)
        text_append(b, "1 angle types\n");
    for (int k = 0; k < 3; k++)
        text_append(b, "%s%.15g %.15g %clo %chi\n", k == 0 ? "\n" : "", d->origin[k],
                    d->origin[k] + d->h[k][k], 'x' + k, 'x' + k);
    if (d->h[1][0] != 0.0 || d->h[2][0] != 0.0 || d->h[2][1] != 0.0)
        text_append(b, "%.15g %.15g %.15g xy xz yz\n", d->h[1][0], d->h[2][0], d->h[2][1]);
    text_append(b, "\nMasses\n\n");
    for (int k = 0; k < d->ntype; k++)
        text_append(b, "%d %.9g # %s\n", k + 1, d->mass[k], d->element[k]);
}

Err lammps_data_write(const char *path, const char *title, const LammpsData *d)
{
    CHECK(d->h[0][1] == 0.0 && d->h[0][2] == 0.0 && d->h[1][2] == 0.0, "h is not lower triangular");
    TextBuffer b = {0};
    append_header(&b, title, d);
    text_append(&b, "\nAtoms # full\n\n");
    for (int64_t i = 0; i < d->n; i++)
        text_append(&b, "%lld %lld %d %.12g %.10f %.10f %.10f\n", (long long)i + 1,
                    (long long)d->molecule[i], d->type[i] + 1, d->charge[i], d->x[i][0], d->x[i][1],
                    d->x[i][2]);
    if (d->v != NULL) {
        text_append(&b, "\nVelocities\n\n");
        for (int64_t i = 0; i < d->n; i++)
            text_append(&b, "%lld %.12g %.12g %.12g\n", (long long)i + 1, d->v[i][0], d->v[i][1],
                        d->v[i][2]);
    }
    if (d->nbond > 0)
        text_append(&b, "\nBonds\n\n");
    for (int64_t i = 0; i < d->nbond; i++)
        text_append(&b, "%lld 1 %lld %lld\n", (long long)i + 1, (long long)d->bond[i][0] + 1,
                    (long long)d->bond[i][1] + 1);
    if (d->nangle > 0)
        text_append(&b, "\nAngles\n\n");
    for (int64_t i = 0; i < d->nangle; i++)
        text_append(&b, "%lld 1 %lld %lld %lld\n", (long long)i + 1, (long long)d->angle[i][0] + 1,
                    (long long)d->angle[i][1] + 1, (long long)d->angle[i][2] + 1);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}
