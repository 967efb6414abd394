#include "app/network_lists.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(NetworkOptions, member)
const ConfigField network_options_fields[NETWORK_OPTIONS_NFIELDS] = {
    STAGE_HEAD_FIELDS,
    {.key = "cell",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(cell),
     .help = "stage that left the sample: its cell, Mg and BH4"},
    {.key = "barriers",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(barriers),
     .help = "stage of kind barriers, for turns and edges with `computed`"},
    {.key = "space_group",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 230,
     AT(group),
     .help =
         "IT number: sites are orbits of the given positions; 0: positions are all that there are"},
    {.key = "sites",
     .kind = CONFIG_SEQUENCE,
     AT(sites),
     .help = "[{label, from: given|mg|voids, position, energy, taken}]"},
    {.key = "edges",
     .kind = CONFIG_SEQUENCE,
     AT(edges),
     .help = "[{label, from, to, distance, tolerance, barrier, attempt, computed}]"},
    {.key = "wells",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(wells),
     .help = "[{angle, energy}] of BH4, turned about its Mg-B-Mg link; absent: BH4 do not turn"},
    {.key = "turns",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(turns),
     .help =
         "[{from, to, axis: link|across|bond, angle, barrier, attempt, computed}] between wells, "
         "counted from 1"},
    {.key = "gates",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(gates),
     .help = "[{of, within, energies}] what BH4 near an edge add to its barrier, by well"},
    {.key = "felt",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(felt),
     .help =
         "[{of, within, energies}] what BH4 near a site add to the energy of a Mg there, by well"},
    {.key = "pairs",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(pairs),
     .help = "[{within, energies}] of two BH4, by wells: W x W numbers"},
    {.key = "charge",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "2",
     .low = -9,
     .high = 9,
     AT(charge),
     .help = "of a Mg, in elementary charges"},
    {.key = "permittivity",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "5",
     .low = 1,
     .high = 1e4,
     AT(permittivity),
     .help = "relative"},
    {.key = "temperature",
     .kind = CONFIG_QUANTITY,
     .unit = "K",
     .fallback = "300 K",
     .low = 1,
     .high = 5000,
     AT(temperature),
     .help = "at which rates are looked at when the network is checked"},
    {.key = "source",
     .kind = CONFIG_TEXT,
     AT(source),
     .help = "where energies and barriers come from; begin with ASSUMED what nobody computed"},
};

bool network_options_on_paper(const NetworkOptions *o)
{
    return o->barriers == NULL || o->barriers[0] == '\0';
}

Err network_options_build(const NetworkOptions *o, const ConfigNode *stage, const Sample *sample,
                          const NetworkComputed *computed, Network *out)
{
    NetworkLists lists = {0};
    SymmetryOperations ops = {0};
    char *source = computed == NULL
                       ? mem_string(o->source)
                       : mem_format("%s; barriers of stage %s", o->source, o->barriers);
    NetworkBuild b = {.charge = o->charge, .permittivity = o->permittivity, .source = source};
    *out = (Network){0};
    Err e = network_lists_read(o, stage, sample, computed, &lists, &b);
    if (e == OK && o->group > 0) {
        e = symmetry_of_group((int)o->group, &ops);
        b.ops = &ops;
    }
    if (e == OK) {
        e = network_build(&b, sample, out);
        if (e == OK)
            e = network_check(out, o->temperature);
        if (e != OK) {
            char *why = mem_string(err_message());
            e = config_error(stage, NULL, "%s", why);
            free(why);
        }
    }
    if (b.ops != NULL)
        symmetry_clear(&ops);
    network_lists_clear(&lists, b.nsites);
    free(source);
    return e;
}
