#include "analysis/circuit.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the elements ---- */

typedef struct Element {
    const char *name;
    CircuitKind kind;
    const char *unit;
    const char *second, *second_unit; /* second parameter; NULL: none */
} Element;

/* longer names first: Ws before W */
static const Element elements[] = {
    {"Ws", CIRCUIT_WS, "ohm", "tau", "s"},      {"Wo", CIRCUIT_WO, "ohm", "tau", "s"},
    {"R", CIRCUIT_R, "ohm", NULL, NULL},        {"C", CIRCUIT_C, "F", NULL, NULL},
    {"L", CIRCUIT_L, "H", NULL, NULL},          {"Q", CIRCUIT_Q, "S s^n", "n", "1"},
    {"W", CIRCUIT_W, "ohm s^-1/2", NULL, NULL},
};

/* Z of an element with parameters v and its derivatives by ln v (by n for the exponent). */
static double _Complex element_impedance(CircuitKind kind, const double v[], double omega,
                                         double _Complex d[2])
{
    const double _Complex iw = I * omega;
    double _Complex z, s, t;
    switch (kind) {
    case CIRCUIT_R:
        return d[0] = v[0];
    case CIRCUIT_C:
        z = 1.0 / (iw * v[0]);
        d[0] = -z;
        return z;
    case CIRCUIT_L:
        return d[0] = iw * v[0];
    case CIRCUIT_Q: /* ln(i w) = ln w + i pi/2 */
        t = log(omega) + I * (PI / 2.0);
        z = cexp(-v[1] * t) / v[0];
        d[0] = -z;
        d[1] = -t * z;
        return z;
    case CIRCUIT_W:
        return d[0] = v[0] / sqrt(omega) * (1.0 - I);
    case CIRCUIT_WS: /* dZ/ds = R (1 - tanh^2 - tanh/s)/s, s = sqrt(i w tau), ds/dln tau = s/2 */
        s = csqrt(iw * v[1]);
        t = creal(s) > 20.0 ? 1.0 : ctanh(s);
        z = v[0] * t / s;
        d[0] = z;
        d[1] = v[0] * (1.0 - t * t - t / s) / 2.0;
        return z;
    case CIRCUIT_WO: /* coth' = 1 - coth^2 */
        s = csqrt(iw * v[1]);
        t = creal(s) > 20.0 ? 1.0 : 1.0 / ctanh(s);
        z = v[0] * t / s;
        d[0] = z;
        d[1] = v[0] * (1.0 - t * t - t / s) / 2.0;
        return z;
    default:
        CHECK(false, "kind %d is no element", (int)kind);
    }
    return 0.0;
}

/* ---- reading ---- */

typedef struct Parser {
    Circuit *c;
    const char *text, *at;
    int depth;
    int nnames;
    char name[CIRCUIT_NODES][12]; /* of the elements so far */
} Parser;

static Err wrong(const Parser *p, const char *what)
{
    return err_set(ERR_INPUT, "circuit '%s': position %d: %s", p->text, (int)(p->at - p->text) + 1,
                   what);
}

static void skip_spaces(Parser *p)
{
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static Err new_node(Parser *p, CircuitKind kind, int *node)
{
    Circuit *c = p->c;
    if (c->nnodes == CIRCUIT_NODES)
        return wrong(p, "the circuit is too large; 64 elements and groups are allowed");
    *node = c->nnodes++;
    c->node[*node] = (CircuitNode){
        .kind = kind, .first = c->nparameters, .last = c->nparameters, .child = -1, .sibling = -1};
    return OK;
}

static Err add_parameter(Parser *p, const char *name, const char *number, const char *unit)
{
    Circuit *c = p->c;
    if (c->nparameters == CIRCUIT_PARAMETERS)
        return wrong(p, "too many parameters; 24 are allowed");
    CircuitParameter *q = &c->parameter[c->nparameters++];
    snprintf(q->name, sizeof q->name, "%s%s", name, number);
    q->unit = unit;
    q->exponent = strcmp(name, "n") == 0;
    return OK;
}

static const Element *element_at(const char *text)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (strncmp(text, elements[i].name, strlen(elements[i].name)) == 0)
            return &elements[i];
    return NULL;
}

static Err parse_element(Parser *p, int *node)
{
    const Element *e = element_at(p->at);
    if (e == NULL)
        return wrong(
            p, *p->at == '\0'
                   ? "an element is missing; allowed: R C L Q W Ws Wo with a number, p(..., ...)"
                   : "not an element; allowed: R C L Q W Ws Wo with a number, p(..., ...)");
    const char *digits = p->at + strlen(e->name);
    size_t n = strspn(digits, "0123456789");
    if (n == 0)
        return wrong(p, "an element needs a number, as R1");
    if (n > 4)
        return wrong(p, "a number of at most four digits is allowed");
    char number[8], name[12];
    snprintf(number, sizeof number, "%.*s", (int)n, digits);
    snprintf(name, sizeof name, "%s%s", e->name, number);
    for (int i = 0; i < p->nnames; i++)
        if (strcmp(p->name[i], name) == 0 ||
            (e->second != NULL && element_at(p->name[i])->second != NULL &&
             strcmp(e->second, element_at(p->name[i])->second) == 0 &&
             strcmp(p->name[i] + strlen(element_at(p->name[i])->name), number) == 0))
            return wrong(p, "this element stands in the circuit already; take another number");
    TRY(new_node(p, e->kind, node));
    memcpy(p->name[p->nnames++], name, sizeof name);
    TRY(add_parameter(p, e->name, number, e->unit));
    if (e->second != NULL)
        TRY(add_parameter(p, e->second, number, e->second_unit));
    p->c->node[*node].last = p->c->nparameters;
    p->at = digits + n;
    return OK;
}

static Err parse_series(Parser *p, int *node);

static Err parse_parallel(Parser *p, int *node)
{
    TRY(new_node(p, CIRCUIT_PARALLEL, node));
    p->at++;
    skip_spaces(p);
    if (*p->at != '(')
        return wrong(p, "'(' is missing after p");
    int last = -1, count = 0;
    do {
        p->at++;
        int child = -1;
        TRY(parse_series(p, &child));
        *(last < 0 ? &p->c->node[*node].child : &p->c->node[last].sibling) = child;
        last = child;
        count++;
    } while (*p->at == ',');
    if (*p->at != ')')
        return wrong(p, "')' or ',' is missing");
    if (count < 2)
        return wrong(p, "two branches are needed in p(..., ...)");
    p->at++;
    p->c->node[*node].last = p->c->nparameters;
    return OK;
}

static Err parse_part(Parser *p, int *node)
{
    skip_spaces(p);
    Err e = *p->at == 'p' ? parse_parallel(p, node) : parse_element(p, node);
    skip_spaces(p);
    return e;
}

static Err parse_series(Parser *p, int *node)
{
    if (++p->depth > 16)
        return wrong(p, "groups are nested too deeply; 16 are allowed");
    TRY(parse_part(p, node));
    if (*p->at == '-') {
        int last = *node, series = -1;
        TRY(new_node(p, CIRCUIT_SERIES, &series));
        p->c->node[series].first = p->c->node[last].first;
        p->c->node[series].child = last;
        *node = series;
        while (*p->at == '-') {
            int child = -1;
            p->at++;
            TRY(parse_part(p, &child));
            p->c->node[last].sibling = child;
            last = child;
        }
        p->c->node[series].last = p->c->nparameters;
    }
    p->depth--;
    return OK;
}

Err circuit_parse(const char *text, Circuit *c)
{
    *c = (Circuit){.nnodes = 0};
    size_t length = strlen(text);
    if (length >= CIRCUIT_TEXT)
        return err_set(ERR_INPUT, "circuit: %zu characters; at most %d are allowed", length,
                       CIRCUIT_TEXT - 1);
    snprintf(c->text, sizeof c->text, "%s", text);
    Parser p = {.c = c, .text = c->text, .at = c->text};
    TRY(parse_series(&p, &c->root));
    if (*p.at != '\0')
        return wrong(&p, "'-' or the end is expected");
    return OK;
}

int circuit_find(const Circuit *c, const char *name)
{
    for (int i = 0; i < c->nparameters; i++)
        if (strcmp(c->parameter[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- its impedance ---- */

static double _Complex evaluate(const Circuit *c, int at, const double value[], double omega,
                                double _Complex dz[])
{
    const CircuitNode *node = &c->node[at];
    if (node->child < 0) {
        double _Complex d[2];
        double _Complex z = element_impedance(node->kind, value + node->first, omega, d);
        for (int k = node->first; k < node->last; k++)
            dz[k] = d[k - node->first];
        return z;
    }
    double _Complex part[CIRCUIT_NODES], sum = 0.0;
    int n = 0;
    bool parallel = node->kind == CIRCUIT_PARALLEL;
    for (int k = node->child; k >= 0; k = c->node[k].sibling) {
        part[n] = evaluate(c, k, value, omega, dz);
        sum += parallel ? 1.0 / part[n] : part[n];
        n++;
    }
    if (!parallel)
        return sum;
    double _Complex z = 1.0 / sum;
    n = 0; /* dZ = (Z/z_k)^2 dz_k */
    for (int k = node->child; k >= 0; k = c->node[k].sibling, n++)
        for (int i = c->node[k].first; i < c->node[k].last; i++)
            dz[i] *= (z / part[n]) * (z / part[n]);
    return z;
}

double _Complex circuit_derivatives(const Circuit *c, const double value[], double omega,
                                    double _Complex dz[])
{
    return evaluate(c, c->root, value, omega, dz);
}

double _Complex circuit_impedance(const Circuit *c, const double value[], double omega)
{
    double _Complex dz[CIRCUIT_PARAMETERS];
    return evaluate(c, c->root, value, omega, dz);
}

/* ---- its arcs ---- */

static bool is_arc(const Circuit *c, int at, CircuitArc *arc)
{
    const CircuitNode *node = &c->node[at];
    if (node->kind != CIRCUIT_PARALLEL)
        return false;
    const CircuitNode *a = &c->node[node->child], *b = &c->node[a->sibling];
    if (b->sibling >= 0)
        return false;
    if (a->kind != CIRCUIT_R) {
        const CircuitNode *swap = a;
        a = b;
        b = swap;
    }
    if (a->kind != CIRCUIT_R || (b->kind != CIRCUIT_Q && b->kind != CIRCUIT_C))
        return false;
    *arc =
        (CircuitArc){.r = a->first, .q = b->first, .n = b->kind == CIRCUIT_Q ? b->first + 1 : -1};
    return true;
}

int circuit_arcs(const Circuit *c, CircuitArc arcs[])
{
    int n = 0;
    for (int i = 0; i < c->nnodes; i++) {
        if (!is_arc(c, i, &arcs[n]))
            continue;
        arcs[n].top_level = i == c->root;
        if (c->node[c->root].kind == CIRCUIT_SERIES)
            for (int k = c->node[c->root].child; k >= 0; k = c->node[k].sibling)
                arcs[n].top_level = arcs[n].top_level || k == i;
        n++;
    }
    return n;
}
