/* command_cell.c -- `paddlewheel cell FILE`: what a structure is; supercells, isotopes, other formats. */
#include "app/command.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"
#include "domain/structure.h"
#include "model/symmetry.h"
#include "store/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SymmetryGroup group_of(const Sample *s)
{
    double(*f)[3] = mem_new((size_t)s->n, sizeof f[0]);
    int *kinds = MEM_NEW(int, s->n);
    for (int64_t i = 0; i < s->n; i++) {
        cell_to_fractional(&s->cell, s->x[i], f[i]);
        kinds[i] = s->kind[i];
    }
    SymmetryGroup g = symmetry_find(&s->cell, s->n, (const double(*)[3])f, kinds, 1e-3);
    free(f);
    free(kinds);
    return g;
}

static void print_sample(const char *path, const Sample *s)
{
    double lengths[3], angles[3];
    int64_t count[ION_KINDS], mg[9], bh4[9];
    cell_lengths(&s->cell, lengths, angles);
    sample_count(s, count);
    sample_coordination(s, 3.2, mg, bh4);
    SymmetryGroup g = group_of(s);
    printf("%s\n", path);
    printf("  cell        %.5f %.5f %.5f A, %.4f %.4f %.4f degrees, %.3f A^3\n", lengths[0],
           lengths[1], lengths[2], angles[0], angles[1], angles[2], s->cell.volume);
    printf("  atoms       %lld:", (long long)s->n);
    for (int k = 0; k < s->nspecies; k++) {
        int64_t n = 0;
        for (int64_t i = 0; i < s->n; i++)
            n += s->kind[i] == k;
        printf(" %s %lld", s->species[k]->symbol, (long long)n);
    }
    printf("\n  ions        Mg %lld, BH4 %lld; longest B-H %.4f A\n", (long long)count[ION_MG],
           (long long)count[ION_BH4], sample_longest_bond(s));
    printf("  density     %.4f g/cm^3\n", sample_density(s));
    printf("  space group %d %s (symprec 0.001 A)\n", g.number,
           g.number > 0 ? g.symbol : "not found");
    printf("  BH4 per Mg (B within 3.2 A): ");
    for (int i = 0; i < 9; i++)
        if (mg[i] > 0)
            printf(" %lld x %d", (long long)mg[i], i);
    printf("\n  Mg per BH4: ");
    for (int i = 0; i < 9; i++)
        if (bh4[i] > 0)
            printf(" %lld x %d", (long long)bh4[i], i);
    printf("\n");
}

static Err parse_supercell(const char *text, int k[3])
{
    const char *at = text;
    bool good = true;
    for (int i = 0; i < 3 && good; i++) {
        char *end;
        long n = strtol(at, &end, 10);
        good = end > at && n > 0 && n < 10000 && *end == (i < 2 ? 'x' : '\0');
        k[i] = (int)n;
        at = end + 1;
    }
    if (!good)
        return err_set(ERR_INPUT,
                       "--supercell '%s': three positive numbers are needed, for example 2x2x2",
                       text);
    return OK;
}

/* With a line that says what it was made from. */
static Err write_structure(const char *path, const char *supercell, const char *out,
                           const Sample *s)
{
    char hex[HASH_HEX];
    TRY(hash_file(path, hex));
    char *comment =
        mem_format("%s from %s (sha256 %s) by %s", supercell, path, hex, provenance_version());
    Err e = structure_write(out, s, NULL, comment);
    free(comment);
    return e;
}

static Err run(const Comm *c, int argc, char **argv)
{
    const char *path = NULL, *supercell = "1x1x1", *hydrogen = "H", *boron = "B", *out = NULL;
    const CommandOption options[] = {{"--supercell", &supercell, NULL},
                                     {"--hydrogen", &hydrogen, NULL},
                                     {"--boron", &boron, NULL},
                                     {"--write", &out, NULL}};
    TRY(command_arguments(&command_cell, argc, argv, 4, options, 1, 1, &path));
    int k[3];
    TRY(parse_supercell(supercell, k));
    Sample unit, s;
    Err e = structure_read(c, path, &unit);
    if (e != OK)
        return e;
    sample_supercell(&unit, k, &s);
    sample_clear(&unit);
    e = sample_set_isotope(&s, "H", hydrogen);
    if (e == OK)
        e = sample_set_isotope(&s, "B", boron);
    if (e == OK && comm_is_root(c)) {
        print_sample(path, &s);
        if (out != NULL)
            e = write_structure(path, supercell, out, &s);
    }
    sample_clear(&s);
    return comm_agree(c, e);
}

const Command command_cell = {
    .name = "cell",
    .usage = "FILE [--supercell 2x2x2] [--hydrogen D] [--boron 11B] [--write OUT]",
    .help = "read a structure, say what it is, write it in another format",
    .more = "  FILE and OUT: .cif, .extxyz, .xyz, .data (LAMMPS full), .h5 (H5MD, reading: last "
            "frame)\n",
    .run = run,
};
