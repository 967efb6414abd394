#include "app/eis_options.h"

#include "analysis/arrhenius.h"
#include "analysis/circuit.h"
#include "base/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define AT(member) .offset = offsetof(EisOptions, member)
const ConfigField eis_options_fields[EIS_OPTIONS_NFIELDS] = {
    STAGE_HEAD_FIELDS,
    {.key = "from",
     .kind = CONFIG_TEXTS,
     .unit = "stage",
     .fallback = "",
     AT(from),
     .help = "stages that left a conductivity_spectrum, one temperature each; or one that left "
             "several (kmc), "
             "with `temperatures`"},
    {.key = "conductivity",
     .kind = CONFIG_TEXTS,
     .unit = "file",
     .fallback = "",
     AT(conductivity),
     .help = "CSV files with columns frequency [Hz], Re [S/cm], Im [S/cm], one per temperature; "
             "neither "
             "this nor 'from': an assumed hop model"},
    {.key = "space_group",
     .kind = CONFIG_INTEGER,
     .fallback = "230",
     .low = 1,
     .high = 230,
     AT(hop.group),
     .help = "IT number; 230 is Ia-3d of gamma"},
    {.key = "lattice_constant",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .low = 1,
     .high = 1000,
     .fallback = "",
     AT(hop.lattice_constant),
     .help = "of the cubic cell"},
    {.key = "sites",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(hop.sites),
     .help = "[{label, position: [x, y, z], energy}], ASSUMED energies"},
    {.key = "hops",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(hop.hops),
     .help = "[{from, to, distance, saddle}], ASSUMED saddle energies"},
    {.key = "carrier_site",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(hop.carrier_site),
     .help = "label of the Mg sites of the crystal; carriers = carrier_fraction of them"},
    {.key = "attempt_frequency",
     .kind = CONFIG_QUANTITY,
     .unit = "1/s",
     .low = 1,
     .high = 1e16,
     .fallback = "",
     AT(hop.attempt),
     .help = "ASSUMED prefactor of all hops"},
    {.key = "carrier_fraction",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .low = 0,
     .high = 1,
     .fallback = "",
     AT(hop.carrier_fraction),
     .help = "ASSUMED mobile part of the Mg ions"},
    {.key = "charge",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "2",
     .low = -9,
     .high = 9,
     AT(hop.charge),
     .help = "of a carrier, in elementary charges"},
    {.key = "temperatures",
     .kind = CONFIG_QUANTITIES,
     .unit = "K",
     .low = 1,
     .high = 5000,
     .fallback = "",
     AT(temperatures),
     .help = "at which the pellet is measured; not with several stages in 'from', which tell"},
    {.key = "thickness",
     .kind = CONFIG_QUANTITY,
     .unit = "cm",
     .low = 1e-4,
     .high = 10,
     AT(thickness),
     .help = "of the pellet"},
    {.key = "diameter",
     .kind = CONFIG_QUANTITY,
     .unit = "cm",
     .low = 1e-2,
     .high = 100,
     AT(diameter),
     .help = "of the pellet"},
    {.key = "permittivity",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "5",
     .low = 1,
     .high = 1e4,
     AT(eps_r),
     .help = "of the solid, relative, frequency independent; ASSUMED"},
    {.key = "porosity",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 0.99,
     AT(porosity),
     .help = "volume of pores over that of the pellet"},
    {.key = "mixing",
     .kind = CONFIG_CHOICE,
     .choices = "none|maxwell_garnett|bruggeman",
     .fallback = "none",
     AT(mixing),
     .help = "effective medium of solid and pores (analysis/impedance.h); sigma is always reported "
             "uncorrected too"},
    {.key = "thickness_error",
     .kind = CONFIG_QUANTITY,
     .unit = "cm",
     .fallback = "0 cm",
     .low = 0,
     .high = 10,
     AT(thickness_error),
     .help = "standard error, common to all temperatures"},
    {.key = "diameter_error",
     .kind = CONFIG_QUANTITY,
     .unit = "cm",
     .fallback = "0 cm",
     .low = 0,
     .high = 100,
     AT(diameter_error),
     .help = "standard error, common to all temperatures"},
    {.key = "electrode_q",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 1e6,
     AT(contacts.electrode_q),
     .help = "S s^n: constant phase element of the electrodes, in series; 0: none"},
    {.key = "electrode_n",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.8",
     .low = 0,
     .high = 1,
     AT(contacts.electrode_n),
     .help = "its exponent"},
    {.key = "lead_resistance",
     .kind = CONFIG_QUANTITY,
     .unit = "ohm",
     .fallback = "0 ohm",
     .low = 0,
     .high = 1e12,
     AT(contacts.lead_resistance),
     .help = "in series with all"},
    {.key = "lead_inductance",
     .kind = CONFIG_QUANTITY,
     .unit = "H",
     .fallback = "0 H",
     .low = 0,
     .high = 1,
     AT(contacts.lead_inductance),
     .help = "in series with all"},
    {.key = "stray_capacitance",
     .kind = CONFIG_QUANTITY,
     .unit = "F",
     .fallback = "0 F",
     .low = 0,
     .high = 1,
     AT(contacts.stray_capacitance),
     .help = "of the holder, parallel to pellet and electrodes"},
    {.key = "amplitude",
     .kind = CONFIG_QUANTITY,
     .unit = "V",
     .fallback = "50 mV",
     .low = 1e-6,
     .high = 1e3,
     AT(amplitude),
     .help = "of the voltage; recorded in the files, the response is linear"},
    {.key = "impedance_limit",
     .kind = CONFIG_QUANTITY,
     .unit = "ohm",
     .fallback = "",
     .low = 1,
     .high = 1e20,
     AT(limit),
     .help = "largest of the analyser: noise of |Z| grows to sqrt(noise^2 + (|Z|/limit)^2); "
             "absent: none"},
    {.key = "circuit",
     .kind = CONFIG_TEXT,
     .fallback = "p(R1,Q1)",
     AT(circuit),
     .help = "that is fitted (analysis/circuit.h), as p(R1,Q1)-Q2"},
    {.key = "resistance",
     .kind = CONFIG_TEXT,
     .fallback = "R1",
     AT(resistance),
     .help = "the resistor of the circuit that is the pellet's"},
    {.key = "lowest",
     .kind = CONFIG_QUANTITY,
     .unit = "Hz",
     .fallback = "0.01 Hz",
     .low = 1e-9,
     .high = 1e12,
     AT(lowest),
     .help = "lowest frequency of the analyser"},
    {.key = "highest",
     .kind = CONFIG_QUANTITY,
     .unit = "Hz",
     .fallback = "1 MHz",
     .low = 1e-9,
     .high = 1e12,
     AT(highest),
     .help = "highest frequency of the analyser"},
    {.key = "per_decade",
     .kind = CONFIG_INTEGER,
     .fallback = "10",
     .low = 1,
     .high = 1000,
     AT(per_decade),
     .help = "frequencies per decade"},
    {.key = "noise",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.01",
     .low = 0,
     .high = 1,
     AT(noise),
     .help = "standard deviation of Z' and of Z'' relative to |Z|"},
    {.key = "replicas",
     .kind = CONFIG_INTEGER,
     .fallback = "20",
     .low = 1,
     .high = 10000,
     AT(replicas),
     .help = "noisy measurements that are fitted; the first one is stored"},
};
_Static_assert(sizeof eis_options_fields / sizeof eis_options_fields[0] == EIS_OPTIONS_NFIELDS,
               "EIS_OPTIONS_NFIELDS counts the table");

Pellet eis_options_pellet(const EisOptions *o)
{
    return (Pellet){.thickness = o->thickness,
                    .diameter = o->diameter,
                    .eps_r = o->eps_r,
                    .porosity = o->porosity,
                    .mixing = (PelletMixing)o->mixing};
}

Analyser eis_options_analyser(const EisOptions *o)
{
    return (Analyser){.lowest = o->lowest,
                      .highest = o->highest,
                      .per_decade = (int)o->per_decade,
                      .noise = o->noise,
                      .limit = isnan(o->limit) ? 0.0 : o->limit};
}

double eis_options_geometry(const EisOptions *o)
{
    return arrhenius_geometry(o->thickness_error / o->thickness, o->diameter_error / o->diameter);
}

static Err check_source(const ConfigNode *stage, const EisOptions *o)
{
    size_t files = o->conductivity.n, stages = o->from.n;
    if (files > 0 && stages > 0)
        return config_error(stage, "conductivity", "'from' is given too; one source is allowed");
    if (stages > 1 && o->temperatures.n > 0)
        return config_error(stage, "temperatures",
                            "the stages of 'from' tell them; leave this away");
    if (stages == 0 && o->temperatures.n == 0)
        return config_error(stage, "temperatures", "at least one is needed");
    if (files > 0 && files != o->temperatures.n)
        return config_error(stage, "temperatures", "%zu are given for %zu files of 'conductivity'",
                            o->temperatures.n, files);
    if (files + stages > 0 && (o->hop.sites != NULL || o->hop.hops != NULL))
        return config_error(stage, o->hop.sites != NULL ? "sites" : "hops",
                            "belongs to an assumed hop model; another source is named");
    return files + stages > 0 ? OK : eis_hops_check(stage, &o->hop);
}

Err eis_options_check(const ConfigNode *stage, const EisOptions *o)
{
    Circuit c;
    TRY(check_source(stage, o));
    if (o->lowest >= o->highest)
        return config_error(stage, "lowest", "must be below 'highest'");
    if (o->porosity > 0.0 && o->mixing == PELLET_DENSE)
        return config_error(stage, "mixing",
                            "pores need an effective medium: maxwell_garnett or bruggeman");
    const Pellet pellet = eis_options_pellet(o);
    if (!(impedance_porous_factor(&pellet) > 0.0))
        return config_error(stage, "porosity", "Bruggeman's medium does not conduct above 2/3");
    if (circuit_parse(o->circuit, &c) != OK) {
        char *reason = mem_string(err_message());
        Err e = config_error(stage, "circuit", "%s", reason);
        free(reason);
        return e;
    }
    int r = circuit_find(&c, o->resistance);
    return r >= 0 && c.parameter[r].name[0] == 'R'
               ? OK
               : config_error(stage, "resistance", "the circuit %s has no resistor '%s'", c.text,
                              o->resistance);
}
