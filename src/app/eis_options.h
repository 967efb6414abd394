/* eis_options.h -- what a study says to an eis stage. For stage_eis.c only. */
#ifndef APP_EIS_OPTIONS_H
#define APP_EIS_OPTIONS_H

#include "analysis/impedance.h"
#include "app/eis_hops.h"
#include "app/stage.h"

typedef struct EisOptions {
    StageHead head;
    ConfigTexts from, conductivity;
    HopModel hop;
    ConfigList temperatures;    /* K */
    double thickness, diameter; /* cm */
    double thickness_error, diameter_error;
    double eps_r, porosity;
    int mixing;
    Contacts contacts;
    double lowest, highest; /* Hz */
    int64_t per_decade, replicas;
    double noise, limit, amplitude; /* 1, ohm (NaN: none), V */
    char *circuit, *resistance;
} EisOptions;

enum { EIS_OPTIONS_NFIELDS = 34 };
extern const ConfigField eis_options_fields[EIS_OPTIONS_NFIELDS];

/* Everything that can be wrong before a source is read. ERR_INPUT. Local. */
Err eis_options_check(const ConfigNode *stage, const EisOptions *o) MUST_USE;

/* Local. */
Pellet eis_options_pellet(const EisOptions *o);
Analyser eis_options_analyser(const EisOptions *o);

/* Variance of ln sigma by the errors of thickness and diameter, common to all temperatures. Local. */
double eis_options_geometry(const EisOptions *o);

#endif
