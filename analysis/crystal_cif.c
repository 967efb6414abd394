/* CIF of a refined crystal: operations, sites, occupancies, displacement parameters. */
#include "analysis/crystal.h"

#include "base/mem.h"
#include "store/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* "-x+1/2": one row of an operation. */
static void append_row(TextBuffer *b, const int row[3], double shift)
{
    bool first = true;
    for (int k = 0; k < 3; k++)
        for (int n = abs(row[k]); n > 0; n--) {
            text_append(b, "%s%c", row[k] < 0 ? "-" : first ? "" : "+", "xyz"[k]);
            first = false;
        }
    double twenty_fourths = 24.0 * (shift - floor(shift));
    int n = (int)floor(twenty_fourths + 0.5) % 24, d = 24;
    if (fabs(twenty_fourths - floor(twenty_fourths + 0.5)) > 1e-4) {
        text_append(b, "+%.8f", shift - floor(shift));
        return;
    }
    for (int p = 2; n > 0 && p <= 3; p++)
        while (n % p == 0 && d % p == 0) {
            n /= p;
            d /= p;
        }
    if (n > 0)
        text_append(b, "+%d/%d", n, d);
}

static void append_comment(TextBuffer *b, const char *comment)
{
    while (comment != NULL && *comment != '\0') {
        int n = 0;
        while (comment[n] != '\0' && comment[n] != '\n')
            n++;
        text_append(b, "# %.*s\n", n, comment);
        comment += n + (comment[n] == '\n');
    }
}

static void append_operations(TextBuffer *b, const Crystal *c)
{
    text_append(b, "loop_\n_space_group_symop_operation_xyz\n");
    for (int op = 0; op < c->ops.n; op++) {
        text_append(b, "'");
        for (int i = 0; i < 3; i++) {
            append_row(b, c->ops.rotation[op][i], c->ops.translation[op][i]);
            text_append(b, i < 2 ? ", " : "'\n");
        }
    }
}

static void append_sites(TextBuffer *b, const Crystal *c, char (*const value)[10][32])
{
    bool any = false;
    text_append(
        b, "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_symmetry_multiplicity\n"
           "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"
           "_atom_site_adp_type\n_atom_site_U_iso_or_equiv\n");
    for (int k = 0; k < c->nsite; k++) {
        const CrystalSite *s = &c->site[k];
        char equivalent[32];
        snprintf(equivalent, sizeof equivalent, "%.6f", crystal_uequ(c, k));
        text_append(b, "%s %s %d %s %s %s %s %s %s\n", s->label, s->species->symbol,
                    s->multiplicity, value[k][0], value[k][1], value[k][2], value[k][3],
                    s->anisotropic ? "Uani" : "Uiso", s->anisotropic ? equivalent : value[k][4]);
        any = any || s->anisotropic;
    }
    if (!any)
        return;
    text_append(b, "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n_atom_site_aniso_U_22\n"
                   "_atom_site_aniso_U_33\n_atom_site_aniso_U_12\n_atom_site_aniso_U_13\n"
                   "_atom_site_aniso_U_23\n");
    for (int k = 0; k < c->nsite; k++)
        if (c->site[k].anisotropic)
            text_append(b, "%s %s %s %s %s %s %s\n", c->site[k].label, value[k][4], value[k][5],
                        value[k][6], value[k][7], value[k][8], value[k][9]);
}

char *crystal_cif(const Crystal *c, const char *comment, const char *const cell[6],
                  char (*const value)[10][32])
{
    static const char *const tag[6] = {"length_a",    "length_b",   "length_c",
                                       "angle_alpha", "angle_beta", "angle_gamma"};
    TextBuffer b = {0};
    append_comment(&b, comment);
    text_append(&b, "data_paddlewheel\n");
    for (int k = 0; k < 6; k++)
        text_append(&b, "_cell_%s %s\n", tag[k], cell[k]);
    if (c->group[0] != '\0')
        text_append(&b, "_space_group_name_H-M_alt '%s'\n", c->group);
    append_operations(&b, c);
    append_sites(&b, c, value);
    return b.text; /* the caller frees it */
}
