/* The potential file: reading, writing, and explaining its parameters. */
#include "force/forcefield.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/config.h"
#include "store/text.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_name[FF_TYPES] = {"Mg", "B", "H"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const ConfigField charge_fields[] = {
    {"Mg", CONFIG_QUANTITY, "e", NULL, FF_MG * sizeof(double), "charge of Mg", NULL, -4.0, 4.0, 0},
    {"B", CONFIG_QUANTITY, "e", NULL, FF_B * sizeof(double), "charge of B", NULL, -4.0, 4.0, 0},
    {"H", CONFIG_QUANTITY, "e", NULL, FF_H * sizeof(double), "charge of H", NULL, -4.0, 4.0, 0},
};

static const ConfigField pair_fields[] = {
    {"A", CONFIG_QUANTITY, "eV", "0 eV", offsetof(FfPair, a), "Born-Mayer prefactor", NULL, 0.0,
     1e9, 0},
    {"rho", CONFIG_QUANTITY, "angstrom", "0.3 angstrom", offsetof(FfPair, rho), "Born-Mayer length",
     NULL, 0.01, 5.0, 0},
    {"C6", CONFIG_QUANTITY, "eV angstrom^6", "0 eV angstrom^6", offsetof(FfPair, c6), "dispersion",
     NULL, 0.0, 1e6, 0},
};

static const ConfigField bond_fields[] = {
    {"r0", CONFIG_QUANTITY, "angstrom", NULL, offsetof(FfParameters, bond_r0), "B-H rest length",
     NULL, 0.5, 3.0, 0},
    {"k2", CONFIG_QUANTITY, "eV/angstrom^2", NULL, offsetof(FfParameters, bond_k2),
     "quadratic term", NULL, 0.0, 1e4, 0},
    {"k3", CONFIG_QUANTITY, "eV/angstrom^3", "0 eV/angstrom^3", offsetof(FfParameters, bond_k3),
     "cubic term", NULL, -1e5, 1e5, 0},
    {"k4", CONFIG_QUANTITY, "eV/angstrom^4", "0 eV/angstrom^4", offsetof(FfParameters, bond_k4),
     "quartic term", NULL, -1e6, 1e6, 0},
};

static const ConfigField angle_fields[] = {
    {"theta0", CONFIG_QUANTITY, "radian", NULL, offsetof(FfParameters, angle_theta0),
     "H-B-H rest angle", NULL, 0.1, PI, 0},
    {"K", CONFIG_QUANTITY, "eV/radian^2", NULL, offsetof(FfParameters, angle_k), "stiffness", NULL,
     0.0, 1e4, 0},
};

static const ConfigField ub_fields[] = {
    {"r0", CONFIG_QUANTITY, "angstrom", NULL, offsetof(FfParameters, ub_r0), "H-H rest length",
     NULL, 0.5, 5.0, 0},
    {"k", CONFIG_QUANTITY, "eV/angstrom^2", NULL, offsetof(FfParameters, ub_k), "stiffness", NULL,
     -1e4, 1e4, 0},
};

static const ConfigField rigid_fields[] = {
    {"bond", CONFIG_QUANTITY, "angstrom", NULL, offsetof(FfParameters, rigid_bond),
     "B-H of the rigid ion", NULL, 0.5, 3.0, 0},
};

static const char *const keys[] = {"potential", "charges",      "pairs", "bond",
                                   "angle",     "urey_bradley", "rigid", "source",
                                   "residuals", "validity",     "errors"};

/* "Mg-H" -> 0, 2; false if it is not a pair of known types. */
static bool pair_of(const char *key, int *i, int *j)
{
    for (*i = 0; *i < FF_TYPES; (*i)++) {
        size_t n = strlen(type_name[*i]);
        if (strncmp(key, type_name[*i], n) != 0 || key[n] != '-')
            continue;
        for (*j = 0; *j < FF_TYPES; (*j)++)
            if (strcmp(key + n + 1, type_name[*j]) == 0)
                return true;
    }
    return false;
}

static Err read_pairs(const ConfigNode *node, FfParameters *p)
{
    bool seen[FF_TYPES][FF_TYPES] = {{false}};
    for (size_t k = 0; k < config_pairs(node); k++) {
        const char *key = config_pair_key(node, k);
        const ConfigNode *value = config_pair_value(node, k);
        int i, j;
        if (!pair_of(key, &i, &j))
            return config_error(value, key,
                                "no such pair; write two of Mg, B, H with a hyphen, as Mg-H");
        if (seen[i][j])
            return config_error(value, key,
                                "this pair is given twice (Mg-H and H-Mg are the same)");
        TRY(config_read(value, COUNT(pair_fields), pair_fields, &p->pair[i][j]));
        p->pair[j][i] = p->pair[i][j];
        seen[i][j] = seen[j][i] = true;
    }
    return OK;
}

static Err read_charges(const ConfigNode *node, FfParameters *p)
{
    TRY(config_read(node, COUNT(charge_fields), charge_fields, p->charge));
    double sum = p->charge[FF_MG] + 2.0 * p->charge[FF_B] + 8.0 * p->charge[FF_H];
    if (fabs(sum) > 1e-9)
        return config_error(node, "charges",
                            "Mg + 2 B + 8 H = %.3g e; Mg(BH4)2 must be neutral to 1e-9 e", sum);
    return OK;
}

static Err read_section(const char *key, const ConfigNode *node, FfParameters *p)
{
    if (strcmp(key, "potential") == 0) {
        const char *text = config_text(node);
        if (text == NULL || strlen(text) >= sizeof p->name)
            return config_error(node, key, "a name of at most %zu letters", sizeof p->name - 1);
        snprintf(p->name, sizeof p->name, "%s", text);
        return OK;
    }
    if (strcmp(key, "charges") == 0)
        return read_charges(node, p);
    if (strcmp(key, "pairs") == 0)
        return read_pairs(node, p);
    if (strcmp(key, "bond") == 0)
        return config_read(node, COUNT(bond_fields), bond_fields, p);
    if (strcmp(key, "angle") == 0)
        return config_read(node, COUNT(angle_fields), angle_fields, p);
    if (strcmp(key, "urey_bradley") == 0)
        return config_read(node, COUNT(ub_fields), ub_fields, p);
    if (strcmp(key, "rigid") == 0)
        return config_read(node, COUNT(rigid_fields), rigid_fields, p);
    for (size_t k = 0; k < COUNT(keys); k++)
        if (strcmp(key, keys[k]) == 0)
            return OK; /* for readers of the file, not for the program */
    const char *near = config_nearest(key, COUNT(keys), keys);
    return config_error(node, key, "unknown key of a potential file%s%s%s",
                        near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                        near != NULL ? "?" : "");
}

static Err read_all(const ConfigNode *root, FfParameters *p)
{
    static const char *const needed[] = {"potential", "charges", "pairs", "bond", "angle", "rigid"};
    for (size_t k = 0; k < COUNT(needed); k++)
        if (config_get(root, needed[k]) == NULL)
            return config_error(
                root, needed[k],
                "missing; a potential file has potential, charges, pairs, bond, angle, rigid");
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p->pair[i][j] = (FfPair){0.0, 0.3, 0.0};
    for (size_t k = 0; k < config_pairs(root); k++)
        TRY(read_section(config_pair_key(root, k), config_pair_value(root, k), p));
    return OK;
}

Err forcefield_read(const Comm *c, const char *path, FfParameters *p)
{
    memset(p, 0, sizeof *p);
    Config *config = NULL;
    Err e = config_open(c, path, &config);
    if (e != OK)
        return e;
    e = read_all(config_root(config), p); /* the same bytes, so the same result on all ranks */
    config_close(config);
    return e;
}

static void write_comments(char **text, const char *comments)
{
    for (const char *line = comments; line != NULL && *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        config_append(text, "# %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
}

static void write_parameters(char **text, const FfParameters *p)
{
    config_append(text, "potential: %s\n", p->name);
    config_append(text, "charges: {Mg: \"%.12g e\", B: \"%.12g e\", H: \"%.12g e\"}\n",
                  p->charge[FF_MG], p->charge[FF_B], p->charge[FF_H]);
    config_append(text, "pairs: # A exp(-r/rho) - C6/r^6\n");
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = i; j < FF_TYPES; j++)
            config_append(text,
                          "  %s-%s: {A: \"%.12g eV\", rho: \"%.12g angstrom\", C6: \"%.12g eV "
                          "angstrom^6\"}\n",
                          type_name[i], type_name[j], p->pair[i][j].a, p->pair[i][j].rho,
                          p->pair[i][j].c6);
    config_append(text,
                  "bond: {r0: \"%.12g angstrom\", k2: \"%.12g eV/angstrom^2\", k3: \"%.12g "
                  "eV/angstrom^3\", k4: \"%.12g eV/angstrom^4\"}\n",
                  p->bond_r0, p->bond_k2, p->bond_k3, p->bond_k4);
    config_append(text, "angle: {theta0: \"%.12g degree\", K: \"%.12g eV/radian^2\"}\n",
                  p->angle_theta0 * 180.0 / PI, p->angle_k);
    if (p->ub_k != 0.0)
        config_append(text, "urey_bradley: {r0: \"%.12g angstrom\", k: \"%.12g eV/angstrom^2\"}\n",
                      p->ub_r0, p->ub_k);
    config_append(text, "rigid: {bond: \"%.12g angstrom\"}\n", p->rigid_bond);
}

Err forcefield_write(const char *path, const FfParameters *p, const char *comments,
                     const char *extra)
{
    char *text = NULL;
    write_comments(&text, comments);
    write_parameters(&text, p);
    if (extra != NULL)
        config_append(&text, "%s%s", extra,
                      extra[0] != '\0' && extra[strlen(extra) - 1] != '\n' ? "\n" : "");
    Err e = text_write_file(path, text, strlen(text));
    free(text);
    return e;
}

static void append(char **text, char *more)
{
    char *joined = mem_format("%s%s", *text, more);
    free(*text);
    free(more);
    *text = joined;
}

char *forcefield_explain(const FfParameters *p)
{
    char *text = mem_format(
        "potential %s\n\nE = sum over pairs of different ions, r < cut-off:\n"
        "      A exp(-r/rho) - C6/r^6 + q_i q_j/(4 pi eps0 r)  (Coulomb in full, by P3M or Ewald)\n"
        "  + sum over BH4 (flexible model):\n"
        "      4 B-H bonds     k2 (r-r0)^2 + k3 (r-r0)^3 + k4 (r-r0)^4\n"
        "      6 H-B-H angles  K (theta-theta0)^2\n"
        "      6 H-H springs   k (r-r0)^2\n\ncharges\n",
        p->name);
    for (int i = 0; i < FF_TYPES; i++)
        append(&text, mem_format("  %-2s  %+.6f e\n", type_name[i], p->charge[i]));
    append(&text, mem_format("  BH4 %+.6f e\n\n%-7s %14s %12s %14s\n",
                             p->charge[FF_B] + 4.0 * p->charge[FF_H], "pair", "A [eV]", "rho [A]",
                             "C6 [eV A^6]"));
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = i; j < FF_TYPES; j++)
            append(&text, mem_format("%2s-%-4s %14.6g %12.6g %14.6g\n", type_name[i], type_name[j],
                                     p->pair[i][j].a, p->pair[i][j].rho, p->pair[i][j].c6));
    append(
        &text,
        mem_format("\nB-H    r0 = %.6g A, k2 = %.6g eV/A^2, k3 = %.6g eV/A^3, k4 = %.6g eV/A^4\n",
                   p->bond_r0, p->bond_k2, p->bond_k3, p->bond_k4));
    append(&text, mem_format("H-B-H  theta0 = %.6g degree, K = %.6g eV/radian^2\n",
                             p->angle_theta0 * 180.0 / PI, p->angle_k));
    append(&text, p->ub_k != 0.0
                      ? mem_format("H-H    r0 = %.6g A, k = %.6g eV/A^2\n", p->ub_r0, p->ub_k)
                      : mem_string("H-H    none\n"));
    append(&text,
           mem_format("rigid model: regular tetrahedron, B-H = %.6g A, no terms inside the ion\n",
                      p->rigid_bond));
    return text;
}
