#include "density/functional.h"

#include "base/mem.h"
#include "store/config.h"
#include "store/provenance.h"

#include <xc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 8, CHUNK = 256, NEAR = 5 };

struct Functional {
    int n, nspin;
    xc_func_type part[PARTS];
    char *name[PARTS];
};

/* ---- names ---- */

/* Would functional_new take it? Energies of three-dimensional LDA and GGA, without exact exchange. */
static bool is_ours(const xc_func_info_type *info)
{
    int family = xc_func_info_get_family(info), flags = xc_func_info_get_flags(info);
    int needed = XC_FLAGS_3D | XC_FLAGS_HAVE_EXC | XC_FLAGS_HAVE_VXC;
    return (family == XC_FAMILY_LDA || family == XC_FAMILY_GGA) && (flags & needed) == needed;
}

/* NULL if no name contains the word. */
static const char *shortest_with(const char *word, size_t n, const char *const names[])
{
    const char *best = NULL;
    for (size_t i = 0; i < n && strlen(word) > 1; i++)
        if (strstr(names[i], word) != NULL && (best == NULL || strlen(names[i]) < strlen(best)))
            best = names[i];
    return best;
}

/* The names near to a wrong one, "'a', 'b'": by letters, then those that contain it. */
static void near_names(const char *word, size_t size, char list[])
{
    int count = xc_number_of_functionals();
    int *id = MEM_NEW(int, count);
    char **all = MEM_NEW(char *, count);
    const char **left = MEM_NEW(const char *, count);
    size_t n = 0, found = 0;
    xc_available_functional_numbers_by_name(id);
    for (int i = 0; i < count; i++) {
        xc_func_type f;
        if (xc_func_init(&f, id[i], XC_UNPOLARIZED) != 0)
            continue;
        if (is_ours(f.info))
            left[n] = all[n] = xc_functional_get_name(id[i]), n++;
        xc_func_end(&f);
    }
    list[0] = '\0';
    for (; found < NEAR; found++) {
        const char *near = config_nearest(word, n, left);
        if (near == NULL)
            near = shortest_with(word, n, left);
        if (near == NULL)
            break;
        snprintf(list + strlen(list), size - strlen(list), "%s'%s'", found ? ", " : "", near);
        for (size_t i = 0; i < n; i++)
            if (left[i] == near)
                left[i] = ""; /* never near to anything */
    }
    for (size_t i = 0; i < n; i++)
        free(all[i]);
    free(left);
    free(all);
    free(id);
}

static Err unknown_name(const char *word)
{
    char list[512];
    near_names(word, sizeof list, list);
    if (list[0] == '\0')
        return err_set(ERR_INPUT,
                       "functional '%s' is not known to %s; examples: 'lda_x+lda_c_vwn', "
                       "'gga_x_pbe+gga_c_pbe'",
                       word, functional_library());
    return err_set(ERR_INPUT, "functional '%s' is not known to %s; did you mean %s?", word,
                   functional_library(), list);
}

static Err wrong_kind(const xc_func_info_type *info, const char *word)
{
    int family = xc_func_info_get_family(info);
    const char *what = "cannot be evaluated point by point in three dimensions";
    if (family == XC_FAMILY_MGGA || family == XC_FAMILY_HYB_MGGA)
        what = "is a meta-GGA";
    else if (family != XC_FAMILY_LDA && family != XC_FAMILY_GGA)
        what = "needs exact exchange or orbitals";
    else if (!(xc_func_info_get_flags(info) & XC_FLAGS_HAVE_EXC))
        what = "is a potential without an energy";
    return err_set(ERR_INPUT,
                   "functional '%s' %s; LDA and GGA functionals with an energy are taken", word,
                   what);
}

/* ---- life ---- */

static Err add_part(Functional *f, const char *word)
{
    if (f->n == PARTS)
        return err_set(ERR_INPUT, "more than %d functionals are added up at '%s'", (int)PARTS,
                       word);
    int id = word[0] != '\0' ? xc_functional_get_number(word) : -1;
    xc_func_type *part = &f->part[f->n];
    if (id <= 0 || xc_func_init(part, id, f->nspin == 2 ? XC_POLARIZED : XC_UNPOLARIZED) != 0)
        return unknown_name(word);
    if (!is_ours(part->info)) {
        Err e = wrong_kind(part->info, word);
        xc_func_end(part);
        return e;
    }
    f->name[f->n++] = mem_string(word);
    return OK;
}

Err functional_new(const char *names, int nspin, Functional **out)
{
    CHECK(nspin == 1 || nspin == 2, "%d spins", nspin);
    Functional *f = MEM_NEW(Functional, 1);
    f->nspin = nspin;
    Err e = OK;
    for (const char *at = names; e == OK && at != NULL;) {
        char word[128];
        at += strspn(at, " ");
        size_t n = strcspn(at, "+ ");
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        e = add_part(f, word);
        at += n + strspn(at + n, " ");
        if (e == OK && *at != '+' && *at != '\0')
            e = err_set(ERR_INPUT, "functional '%s': several are joined by '+'", names);
        at = *at == '+' ? at + 1 : NULL;
    }
    if (e != OK) {
        functional_free(f);
        f = NULL;
    }
    *out = f;
    return e;
}

void functional_free(Functional *f)
{
    if (f == NULL)
        return;
    for (int i = 0; i < f->n; i++) {
        xc_func_end(&f->part[i]);
        free(f->name[i]);
    }
    free(f);
}

bool functional_is_gga(const Functional *f)
{
    for (int i = 0; i < f->n; i++)
        if (xc_func_info_get_family(f->part[i].info) == XC_FAMILY_GGA)
            return true;
    return false;
}

bool functional_is_kinetic(const Functional *f)
{
    for (int i = 0; i < f->n; i++)
        if (xc_func_info_get_kind(f->part[i].info) != XC_KINETIC)
            return false;
    return true;
}

/* ---- values ---- */

/* One part on at most CHUNK points, added to the sums. libxc gives energy per electron, for kinetic functionals too. */
static void add_values(const xc_func_type *part, int nspin, size_t n, const double rho[],
                       const double sigma[], double e[], double vrho[], double vsigma[])
{
    double exc[CHUNK], vr[2 * CHUNK], vs[3 * CHUNK];
    size_t spins = (size_t)nspin, grads = nspin == 2 ? 3 : 1;
    bool gga = xc_func_info_get_family(part->info) == XC_FAMILY_GGA;
    bool derive = vrho != NULL || vsigma != NULL;
    if (gga && derive)
        xc_gga_exc_vxc(part, n, rho, sigma, exc, vr, vs);
    else if (gga)
        xc_gga_exc(part, n, rho, sigma, exc);
    else if (derive)
        xc_lda_exc_vxc(part, n, rho, exc, vr);
    else
        xc_lda_exc(part, n, rho, exc);
    for (size_t i = 0; i < n; i++)
        e[i] += exc[i] * (nspin == 2 ? rho[2 * i] + rho[2 * i + 1] : rho[i]);
    for (size_t i = 0; vrho != NULL && i < n * spins; i++)
        vrho[i] += vr[i];
    for (size_t i = 0; gga && vsigma != NULL && i < n * grads; i++)
        vsigma[i] += vs[i];
}

void functional_evaluate(const Functional *f, size_t n, const double rho[], const double sigma[],
                         double e[], double vrho[], double vsigma[])
{
    CHECK(sigma != NULL || !functional_is_gga(f), "a GGA without gradients");
    size_t spins = (size_t)f->nspin, grads = f->nspin == 2 ? 3 : 1;
    memset(e, 0, n * sizeof *e);
    if (vrho != NULL)
        memset(vrho, 0, n * spins * sizeof *vrho);
    if (vsigma != NULL)
        memset(vsigma, 0, n * grads * sizeof *vsigma);
    for (size_t i = 0; i < n; i += CHUNK)
        for (int p = 0; p < f->n; p++)
            add_values(&f->part[p], f->nspin, n - i < CHUNK ? n - i : CHUNK, rho + i * spins,
                       sigma ? sigma + i * grads : NULL, e + i, vrho ? vrho + i * spins : NULL,
                       vsigma ? vsigma + i * grads : NULL);
}

/* ---- what to cite ---- */

const char *functional_library(void)
{
    static char text[64]; /* the same bytes whoever writes them */
    snprintf(text, sizeof text, "libxc %s", xc_version_string());
    return text;
}

char *functional_references(const Functional *f)
{
    char *text = NULL;
    for (int i = 0; i < f->n; i++) {
        const xc_func_info_type *info = f->part[i].info;
        config_append(&text, "%s: %s", f->name[i], xc_func_info_get_name(info));
        for (int k = 0; k < XC_MAX_REFERENCES; k++) {
            const func_reference_type *r = xc_func_info_get_references(info, k);
            if (r == NULL)
                break;
            const char *doi = xc_func_reference_get_doi(r);
            config_append(&text, "; %s%s%s", xc_func_reference_get_ref(r), doi[0] ? ", doi " : "",
                          doi);
        }
        config_append(&text, "\n");
    }
    return text != NULL ? text : mem_string("");
}

void functional_cite(const Functional *f, char **list)
{
    char *text = functional_references(f);
    provenance_add_source(list, "library", functional_library());
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        provenance_add_source(list, "functional", line);
    free(text);
}
