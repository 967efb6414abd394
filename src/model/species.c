#include "model/species.h"

#include "base/units.h"

#include <math.h>
#include <string.h>

/* Masses and neutron data: periodictable 1.6.0 (NIST and Atominstitut tables). That gives only the
 * real part of 10B; the imaginary one follows from absorption, -sigma_abs/(2 lambda) at 1.798 A, as
 * it does for natural B. */
static const Species table[] = {
    {.symbol = "H",
     .element = "H",
     .z = 1,
     .mass = 1.00794,
     .b_coh = -3.7409,
     .sigma_coh = 1.7568,
     .sigma_inc = 80.26,
     .sigma_abs = 0.3326},
    {.symbol = "D",
     .element = "H",
     .z = 1,
     .mass = 2.014102,
     .b_coh = 6.674,
     .sigma_coh = 5.592,
     .sigma_inc = 2.05,
     .sigma_abs = 0.000519},
    {.symbol = "B",
     .element = "B",
     .z = 5,
     .mass = 10.811,
     .b_coh = 5.30,
     .b_coh_im = -0.2133,
     .sigma_coh = 3.54,
     .sigma_inc = 1.70,
     .sigma_abs = 767.0},
    {.symbol = "10B",
     .element = "B",
     .z = 5,
     .mass = 10.01294,
     .b_coh = -0.2,
     .b_coh_im = -1.0665,
     .sigma_coh = 0.144,
     .sigma_inc = 3.0,
     .sigma_abs = 3835.0},
    {.symbol = "11B",
     .element = "B",
     .z = 5,
     .mass = 11.00931,
     .b_coh = 6.65,
     .sigma_coh = 5.56,
     .sigma_inc = 0.21,
     .sigma_abs = 0.0055},
    {.symbol = "Mg",
     .element = "Mg",
     .z = 12,
     .mass = 24.305,
     .b_coh = 5.375,
     .sigma_coh = 3.631,
     .sigma_inc = 0.08,
     .sigma_abs = 0.063},
};

/* Waasmaier and Kirfel, Acta Cryst. A51, 416 (1995), valid to Q = 4 pi * 6 per A. */
static const FormFactor factors[] = {
    {"H",
     {0.413048, 0.294953, 0.187491, 0.080701, 0.023736},
     {15.569946, 32.398468, 5.711404, 61.889874, 1.334118},
     0.000049},
    {"H1-",
     {0.702260, 0.763666, 0.248678, 0.261323, 0.023017},
     {23.945604, 74.897919, 6.773289, 233.583450, 1.337531},
     0.000425},
    {"B",
     {2.085185, 1.064580, 1.062788, 0.140515, 0.641784},
     {23.494068, 1.137894, 61.238976, 0.114886, 0.399036},
     0.003823},
    {"Mg",
     {4.708971, 1.194814, 1.558157, 1.170413, 3.239403},
     {4.875207, 108.506081, 0.111516, 48.292408, 1.928171},
     0.126842},
    {"O",
     {2.960427, 2.508818, 0.637853, 0.722838, 1.142756},
     {14.182259, 5.936858, 0.112726, 34.958481, 0.390240},
     0.027014},
    {"Si",
     {5.275329, 3.191038, 1.511514, 1.356849, 2.519114},
     {2.631338, 33.730728, 0.081119, 86.288643, 1.170087},
     0.145073},
    {"Mg2+",
     {3.062918, 4.135106, 0.853742, 1.036792, 0.852520},
     {2.015803, 4.417941, 0.065307, 9.669710, 0.187818},
     0.058851},
};

static const size_t table_size = sizeof table / sizeof table[0];

const Species *species_find(const char *symbol)
{
    for (size_t i = 0; i < table_size; i++)
        if (strcmp(table[i].symbol, symbol) == 0)
            return &table[i];
    return NULL;
}

/* Mass number of a table row as text, "natural" where it is not one isotope. */
static const char *isotope_of(const Species *s)
{
    if (strcmp(s->symbol, "D") == 0)
        return "2";
    if (strcmp(s->symbol, "10B") == 0)
        return "10";
    if (strcmp(s->symbol, "11B") == 0)
        return "11";
    return "natural";
}

const Species *species_isotope(const char *element, const char *isotope)
{
    for (size_t i = 0; i < table_size; i++)
        if (strcmp(table[i].element, element) == 0 && strcmp(isotope_of(&table[i]), isotope) == 0)
            return &table[i];
    return NULL;
}

const char *species_known(void)
{
    return "H, D, B, 10B, 11B, Mg";
}

const FormFactor *species_form_factor(const char *name)
{
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++)
        if (strcmp(factors[i].name, name) == 0)
            return &factors[i];
    return NULL;
}

double species_f0(const FormFactor *f, double q)
{
    double s = q / (4.0 * PI), sum = f->c;
    for (int i = 0; i < 5; i++)
        sum += f->a[i] * exp(-f->b[i] * s * s);
    return sum;
}
