/* network_lists.h -- the lists of a stage of kind `network` (sites, edges, wells, turns, gates, felt, pairs) into those of
 * lattice/network_build.h. For network_options.c only, but for what `explain` says of them. Local.
 */
#ifndef APP_NETWORK_LISTS_H
#define APP_NETWORK_LISTS_H

#include "app/network_options.h"

/* What a NetworkBuild points at. */
typedef struct NetworkLists {
    BuildSites *sites;
    BuildEdges *edges;
    BuildTurn *turns;
    BuildGate *gates, *felt;
    BuildPair *pairs;
    int64_t *source; /* kinds of BH4, if barriers are computed */
    int32_t *like;
    char (*label)[NETWORK_LABEL];
} NetworkLists;

/* ERR_INPUT with file, line and key. Free with network_lists_clear, also after an error. */
Err network_lists_read(const NetworkOptions *o, const ConfigNode *stage, const Sample *sample,
                       const NetworkComputed *computed, NetworkLists *l, NetworkBuild *b) MUST_USE;
void network_lists_clear(NetworkLists *l, size_t nsites);

/* Table of the items of a list by its name; NULL for another name. */
const ConfigField *network_lists_fields(const char *name, size_t *n);

#endif
