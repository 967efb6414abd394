#include "analysis/self_shielding.h"

#include "base/units.h"
#include "model/species.h"

#include <math.h>

/* Wavelength to which tables of absorption refer [A] */
static const double TABLE_WAVELENGTH = 1.798;

#define AT(member) .offset = offsetof(SelfShielding, member)

const ConfigField self_shielding_fields[] = {
    {.key = "shape",
     .kind = CONFIG_CHOICE,
     .choices = "thin|slab|cylinder",
     .fallback = "thin",
     AT(shape),
     .help = "thin: nothing is lost on the way"},
    {.key = "thickness",
     .kind = CONFIG_QUANTITY,
     .unit = "mm",
     .fallback = "0.1 mm",
     .low = 0,
     .high = 1e3,
     AT(thickness),
     .help = "of the slab"},
    {.key = "angle",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .fallback = "135 degree",
     .low = 0.1,
     .high = 179.9,
     AT(angle),
     .help = "of the slab's plane to the incoming beam, counted as the scattering angle"},
    {.key = "radius",
     .kind = CONFIG_QUANTITY,
     .unit = "mm",
     .fallback = "1 mm",
     .low = 0,
     .high = 1e3,
     AT(radius),
     .help = "of the full cylinder"},
    {.key = "density",
     .kind = CONFIG_QUANTITY,
     .unit = "g/cm3",
     .fallback = "0.3 g/cm3",
     .low = 0,
     .high = 30,
     AT(density),
     .help = "of Mg(BH4)2 as it is packed; a crystal of gamma has 0.55"},
    {.key = "boron",
     .kind = CONFIG_CHOICE,
     .choices = "natural|11B",
     .fallback = "natural",
     AT(boron),
     .help = "natural boron absorbs 767 barn at 1.8 A, 11B next to nothing"},
    {.key = "hydrogen",
     .kind = CONFIG_CHOICE,
     .choices = "natural|D",
     .fallback = "natural",
     AT(hydrogen),
     .help = "H scatters 82 barn, D 7.6"},
    {.key = "scattering",
     .kind = CONFIG_QUANTITY,
     .unit = "barn",
     .fallback = "",
     .low = 0,
     .high = 1e9,
     AT(scattering),
     .help = "per formula unit, instead of that of the isotopes"},
    {.key = "absorption",
     .kind = CONFIG_QUANTITY,
     .unit = "barn",
     .fallback = "",
     .low = 0,
     .high = 1e9,
     AT(absorption),
     .help = "per formula unit at 1.798 A, instead of that of the isotopes"},
};
const size_t self_shielding_nfields = sizeof self_shielding_fields / sizeof *self_shielding_fields;

typedef struct Part {
    const Species *species;
    double n;
} Part;

static void formula(const SelfShielding *s, Part parts[3])
{
    parts[0] = (Part){species_find("Mg"), 1.0};
    parts[1] = (Part){species_find(s->boron == 0 ? "B" : "11B"), 2.0};
    parts[2] = (Part){species_find(s->hydrogen == 0 ? "H" : "D"), 8.0};
}

void self_shielding_barns(const SelfShielding *s, double *scattering, double *absorption)
{
    Part parts[3];
    formula(s, parts);
    *scattering = *absorption = 0.0;
    for (int k = 0; k < 3; k++) {
        *scattering += parts[k].n * (parts[k].species->sigma_coh + parts[k].species->sigma_inc);
        *absorption += parts[k].n * parts[k].species->sigma_abs;
    }
    if (!isnan(s->scattering))
        *scattering = s->scattering;
    if (!isnan(s->absorption))
        *absorption = s->absorption;
}

double self_shielding_per_cm(const SelfShielding *s, double wavelength)
{
    Part parts[3];
    double mass = 0.0, scattering, absorption;
    formula(s, parts);
    for (int k = 0; k < 3; k++)
        mass += parts[k].n * parts[k].species->mass;
    self_shielding_barns(s, &scattering, &absorption);
    double per_a3 = s->density / (mass * UNITS_G_CM3); /* formula units per A^3 */
    return per_a3 * (scattering + absorption * wavelength / TABLE_WAVELENGTH); /* b/A^3 = 1/cm */
}

/* (1 - exp(-x))/x */
static double mean_decay(double x)
{
    return fabs(x) < 1e-8 ? 1.0 - 0.5 * x : -expm1(-x) / x;
}

/* Mean over the depth u = 0..1 of exp(-a u - b (1 - u)) behind the plate, exp(-(a + b) u) before it. */
static double slab(const SelfShielding *s, double two_theta, double in, double out)
{
    double plane = s->angle * (PI / 180.0), d = 0.1 * s->thickness;
    double cos_out = sin(plane - two_theta * (PI / 180.0)), a = d * in / sin(plane);
    if (fabs(cos_out) < 1e-12)
        return d > 0.0 ? 0.0 : 1.0;
    double b = d * out / fabs(cos_out);
    return cos_out > 0.0 ? exp(-fmin(a, b)) * mean_decay(fabs(a - b)) : mean_decay(a + b);
}

/* Way from (x, y) to the edge of the unit disc in the direction (cx, cy). */
static double to_edge(double x, double y, double cx, double cy)
{
    double along = x * cx + y * cy, across = x * cy - y * cx;
    return sqrt(fmax(0.0, 1.0 - across * across)) - along;
}

/* Mean over the disc: 16 Gauss-Legendre rings of equal weight in u, r = sin(u pi/2), and 48 equal angles. */
static double cylinder(const SelfShielding *s, double two_theta, double in, double out)
{
    static const double node[8] = {0.0950125098376374, 0.2816035507792589, 0.4580167776572274,
                                   0.6178762444026438, 0.7554044083550030, 0.8656312023878318,
                                   0.9445750230732326, 0.9894009349916499};
    static const double weight[8] = {0.1894506104550685, 0.1826034150449236, 0.1691565193950025,
                                     0.1495959888165767, 0.1246289712555339, 0.0951585116824928,
                                     0.0622535239386479, 0.0271524594117541};
    enum { ANGLES = 48 };
    double radius = 0.1 * s->radius, c = cos(two_theta * (PI / 180.0)),
           d = sin(two_theta * (PI / 180.0)), sum = 0.0, norm = 0.0;
    for (int k = 0; k < 16; k++) {
        double u = (0.5 + 0.5 * (k < 8 ? node[k] : -node[k - 8])) * (0.5 * PI);
        double r = sin(u), w = weight[k % 8] * r * cos(u);
        for (int a = 0; a < ANGLES; a++) {
            double phi = 2.0 * PI * (a + 0.5) / ANGLES, x = r * cos(phi), y = r * sin(phi);
            sum += w * exp(-radius * (in * to_edge(x, y, -1.0, 0.0) + out * to_edge(x, y, c, d)));
            norm += w;
        }
    }
    return sum / norm;
}

double self_shielding_factor(const SelfShielding *s, double two_theta, double l_i, double l_f)
{
    if (s->shape == SAMPLE_THIN)
        return 1.0;
    double in = self_shielding_per_cm(s, l_i), out = self_shielding_per_cm(s, l_f);
    return s->shape == SAMPLE_SLAB ? slab(s, two_theta, in, out) : cylinder(s, two_theta, in, out);
}
