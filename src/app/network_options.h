/* network_options.h -- the keys of a stage of kind `network`, and the network that they ask for. */
#ifndef APP_NETWORK_OPTIONS_H
#define APP_NETWORK_OPTIONS_H

#include "app/network_computed.h"
#include "lattice/network_build.h"

typedef struct NetworkOptions {
    StageHead head;
    char *cell, *barriers;
    int64_t group;
    const ConfigNode *sites, *edges, *wells, *turns, *gates, *felt, *pairs;
    double charge, permittivity, temperature;
    char *source;
} NetworkOptions;

enum { NETWORK_OPTIONS_NFIELDS = 16 };
extern const ConfigField network_options_fields[NETWORK_OPTIONS_NFIELDS];

/* Build the network on a sample, with the catalogue of stage `barriers` if there is one (NULL: there is none). ERR_INPUT with file, line and
 * key. Free with network_clear, also after an error. Local. */
Err network_options_build(const NetworkOptions *o, const ConfigNode *stage, const Sample *sample,
                          const NetworkComputed *computed, Network *out) MUST_USE;

/* Can it be built before any stage has run? Not if it waits for barriers. */
bool network_options_on_paper(const NetworkOptions *o);

#endif
