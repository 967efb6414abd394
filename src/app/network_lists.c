#include "app/network_lists.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct SiteItem {
    char *label;
    int from;
    ConfigList position;
    double energy, clearance, apart;
    bool taken;
} SiteItem;
enum { FROM_GIVEN, FROM_MG, FROM_VOIDS };

static const ConfigField site_fields[] = {
    {.key = "label", .kind = CONFIG_TEXT, .offset = offsetof(SiteItem, label), .help = "name"},
    {.key = "from",
     .kind = CONFIG_CHOICE,
     .choices = "given|mg|voids",
     .fallback = "given",
     .offset = offsetof(SiteItem, from),
     .help = "position and its images; all Mg of the sample; its voids"},
    {.key = "position",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .fallback = "",
     .offset = offsetof(SiteItem, position),
     .help = "fractional coordinates, three for each place"},
    {.key = "energy",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .low = -100,
     .high = 100,
     .offset = offsetof(SiteItem, energy),
     .help = "of a Mg there"},
    {.key = "taken",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(SiteItem, taken),
     .help = "in the perfect sample"},
    {.key = "clearance",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "2.5 A",
     .low = 0.5,
     .high = 20,
     .offset = offsetof(SiteItem, clearance),
     .help = "voids: least distance from any atom"},
    {.key = "apart",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "2 A",
     .low = 0.1,
     .high = 20,
     .offset = offsetof(SiteItem, apart),
     .help = "voids: least distance between two"},
};

typedef struct EdgeItem {
    char *label, *from, *to;
    double distance, tolerance, barrier, attempt;
    int computed;
} EdgeItem;
enum { COMPUTED_NO, COMPUTED_HOP, COMPUTED_VACANCY };

static const ConfigField edge_fields[] = {
    {.key = "label", .kind = CONFIG_TEXT, .offset = offsetof(EdgeItem, label), .help = "name"},
    {.key = "from",
     .kind = CONFIG_TEXT,
     .offset = offsetof(EdgeItem, from),
     .help = "label of sites"},
    {.key = "to", .kind = CONFIG_TEXT, .offset = offsetof(EdgeItem, to), .help = "label of sites"},
    {.key = "distance",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .low = 0.1,
     .high = 100,
     .offset = offsetof(EdgeItem, distance),
     .help = "between the sites"},
    {.key = "tolerance",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.05 A",
     .low = 0,
     .high = 20,
     .offset = offsetof(EdgeItem, tolerance),
     .help = "of the distance"},
    {.key = "barrier",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .fallback = "",
     .low = 0,
     .high = 100,
     .offset = offsetof(EdgeItem, barrier),
     .help = "on the mean of the energies of its ends; given unless it is computed"},
    {.key = "attempt",
     .kind = CONFIG_QUANTITY,
     .unit = "1/s",
     .fallback = "",
     .low = 1,
     .high = 1e16,
     .offset = offsetof(EdgeItem, attempt),
     .help = "attempt frequency; absent: that of the computed paths"},
    {.key = "computed",
     .kind = CONFIG_CHOICE,
     .choices = "no|hop|vacancy",
     .fallback = "no",
     .offset = offsetof(EdgeItem, computed),
     .help = "mean barrier of these moves of stage `barriers`"},
};

typedef struct WellItem {
    double angle, energy;
} WellItem;

static const ConfigField well_fields[] = {
    {.key = "angle",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .low = -360,
     .high = 360,
     .offset = offsetof(WellItem, angle),
     .help = "about the link; 0: as in gamma, edges face both Mg"},
    {.key = "energy",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .low = -10,
     .high = 10,
     .offset = offsetof(WellItem, energy),
     .help = "of the ion there"},
};

typedef struct TurnItem {
    int64_t from, to;
    int axis;
    double angle, barrier, attempt;
    bool computed;
} TurnItem;

static const ConfigField turn_fields[] = {
    {.key = "from",
     .kind = CONFIG_INTEGER,
     .low = 1,
     .high = NETWORK_WELLS,
     .offset = offsetof(TurnItem, from),
     .help = "well, from 1"},
    {.key = "to",
     .kind = CONFIG_INTEGER,
     .low = 1,
     .high = NETWORK_WELLS,
     .offset = offsetof(TurnItem, to),
     .help = "well; the same as `from` if only H change places"},
    {.key = "axis",
     .kind = CONFIG_CHOICE,
     .choices = "link|across|bond",
     .offset = offsetof(TurnItem, axis),
     .help = "Mg-B-Mg; the two C2 axes across it; the four B-H"},
    {.key = "angle",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .low = 1,
     .high = 180,
     .offset = offsetof(TurnItem, angle),
     .help = "of the turn; both senses are taken"},
    {.key = "barrier",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .fallback = "",
     .low = 0,
     .high = 10,
     .offset = offsetof(TurnItem, barrier),
     .help = "on the mean of the energies of both wells; given unless it is computed"},
    {.key = "attempt",
     .kind = CONFIG_QUANTITY,
     .unit = "1/s",
     .fallback = "",
     .low = 1,
     .high = 1e16,
     .offset = offsetof(TurnItem, attempt),
     .help = "attempt frequency of each turn; absent: that of the computed paths"},
    {.key = "computed",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(TurnItem, computed),
     .help = "each BH4 has the barrier that stage `barriers` found for it about this axis; BH4 "
             "that it left out are like others "
             "drawn from it"},
};

typedef struct GateItem {
    char *of;
    double within;
    ConfigList energies;
} GateItem;

static const ConfigField gate_fields[] = {
    {.key = "of", .kind = CONFIG_TEXT, .offset = offsetof(GateItem, of), .help = "label"},
    {.key = "within",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .low = 0.1,
     .high = 30,
     .offset = offsetof(GateItem, within),
     .help = "distance of B"},
    {.key = "energies",
     .kind = CONFIG_QUANTITIES,
     .unit = "eV",
     .low = -10,
     .high = 10,
     .offset = offsetof(GateItem, energies),
     .help = "one for each well (pairs: one for each pair of wells)"},
};
static const size_t GATE_PAIR_FIRST = 1; /* pairs have no label */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

const ConfigField *network_lists_fields(const char *name, size_t *n)
{
    static const struct {
        const char *name;
        const ConfigField *fields;
        size_t n;
    } lists[] = {
        {"sites", site_fields, COUNT(site_fields)},
        {"edges", edge_fields, COUNT(edge_fields)},
        {"wells", well_fields, COUNT(well_fields)},
        {"turns", turn_fields, COUNT(turn_fields)},
        {"gates", gate_fields, COUNT(gate_fields)},
        {"felt", gate_fields, COUNT(gate_fields)},
        {"pairs", gate_fields + 1, COUNT(gate_fields) - 1},
    };
    for (size_t k = 0; k < COUNT(lists); k++)
        if (strcmp(lists[k].name, name) == 0) {
            *n = lists[k].n;
            return lists[k].fields;
        }
    return NULL;
}

/* ---- lists of the file into lists of network_build ------------------------------------------- */

static size_t items(const ConfigNode *list)
{
    return list != NULL ? config_length(list) : 0;
}

static Err set_label(const ConfigNode *node, const char *key, const char *from,
                     char to[NETWORK_LABEL])
{
    if (strlen(from) >= NETWORK_LABEL)
        return config_error(node, key, "'%s' is longer than %d letters", from, NETWORK_LABEL - 1);
    snprintf(to, NETWORK_LABEL, "%s", from);
    return OK;
}

static void mg_places(const Sample *sample, BuildSites *out)
{
    int64_t ions[ION_KINDS];
    sample_count(sample, ions);
    out->s = mem_new((size_t)ions[ION_MG], sizeof *out->s);
    for (int64_t ion = 0; ion < sample->nion; ion++)
        if (sample->ion_kind[ion] == ION_MG)
            cell_to_fractional(&sample->cell, sample->x[sample->ion_first[ion]], out->s[out->n++]);
}

static Err read_site(const ConfigNode *node, const Sample *sample, bool orbits, BuildSites *out)
{
    SiteItem item;
    TRY(config_read(node, COUNT(site_fields), site_fields, &item));
    *out = (BuildSites){.energy = item.energy, .reference = item.taken};
    Err e = set_label(node, "label", item.label, out->label);
    if (e == OK && orbits && item.from != FROM_GIVEN)
        e = config_error(node, "from", "places of the sample have no orbits: set space_group: 0");
    if (e == OK && item.from == FROM_GIVEN && (item.position.n == 0 || item.position.n % 3 != 0))
        e = config_error(node, "position",
                         "%zu numbers; three fractional coordinates for each place",
                         item.position.n);
    if (e == OK && item.from == FROM_GIVEN) {
        out->n = item.position.n / 3;
        out->s = mem_new(out->n, sizeof *out->s);
        memcpy(out->s, item.position.value, out->n * sizeof *out->s);
    } else if (e == OK && item.from == FROM_MG) {
        mg_places(sample, out);
    } else if (e == OK) {
        double *radius;
        network_voids(sample, item.clearance, 0.25, item.apart, &out->n, &out->s, &radius);
        free(radius);
        if (out->n == 0)
            e = config_error(node, "clearance", "no place is %g A from every atom", item.clearance);
    }
    config_clear(COUNT(site_fields), site_fields, &item);
    return e;
}

/* Numbers are given or computed, not both and not neither. */
static Err check_computed(const ConfigNode *node, const NetworkComputed *c, bool computed,
                          double barrier, double attempt)
{
    if (computed && c == NULL)
        return config_error(node, "computed", "the stage has no key `barriers`");
    if (computed && !isnan(barrier))
        return config_error(node, "barrier", "it is computed; leave one of the two out");
    if (!computed && isnan(barrier))
        return config_error(node, "barrier", "missing: give it, or `computed`");
    if (!computed && isnan(attempt))
        return config_error(node, "attempt", "missing; paths that are computed may have one");
    return OK;
}

static Err no_attempt(const ConfigNode *node, BarriersGroup group)
{
    return config_error(node, "attempt",
                        "missing, and not all paths of group %s of the catalogue have one "
                        "(`prefactor: false`, or a top with more than one soft mode)",
                        barriers_group_name(group));
}

/* Mean over a group of computed paths; an attempt frequency that is given stays. */
static Err take_mean(const ConfigNode *node, const NetworkComputed *c, BarriersGroup group,
                     double *barrier, double *attempt)
{
    double found;
    if (!network_computed_mean(c, group, barrier, &found))
        return config_error(node, "computed", "the catalogue has no converged path of group %s",
                            barriers_group_name(group));
    if (isnan(*attempt))
        *attempt = found;
    return isnan(*attempt) ? no_attempt(node, group) : OK;
}

static Err read_edge(const ConfigNode *node, const NetworkComputed *computed, BuildEdges *out)
{
    static const BarriersGroup groups[] = {0, BARRIERS_HOP, BARRIERS_VACANCY};
    EdgeItem item;
    TRY(config_read(node, COUNT(edge_fields), edge_fields, &item));
    Err e =
        check_computed(node, computed, item.computed != COMPUTED_NO, item.barrier, item.attempt);
    if (e == OK && item.computed != COMPUTED_NO)
        e = take_mean(node, computed, groups[item.computed], &item.barrier, &item.attempt);
    *out = (BuildEdges){.distance = item.distance,
                        .tolerance = item.tolerance,
                        .barrier = item.barrier,
                        .attempt = item.attempt};
    if (e == OK)
        e = set_label(node, "label", item.label, out->label);
    if (e == OK)
        e = set_label(node, "from", item.from, out->from);
    if (e == OK)
        e = set_label(node, "to", item.to, out->to);
    config_clear(COUNT(edge_fields), edge_fields, &item);
    return e;
}

static Err read_turn(const ConfigNode *node, int wells, const NetworkComputed *computed,
                     BuildTurn *out, bool *is_computed)
{
    TurnItem item;
    TRY(config_read(node, COUNT(turn_fields), turn_fields, &item));
    *out = (BuildTurn){.from = (int)item.from - 1,
                       .to = (int)item.to - 1,
                       .axis = (BuildAxis)item.axis,
                       .angle = item.angle,
                       .nway = 1,
                       .way = {{item.barrier, item.attempt}}};
    *is_computed = item.computed;
    const char *key = out->from >= wells ? "from" : out->to >= wells ? "to" : NULL;
    return key != NULL ? config_error(node, key, "there are %d wells", wells)
                       : check_computed(node, computed, item.computed, item.barrier, item.attempt);
}

static const BarriersGroup AXES[] = {
    [BUILD_LINK] = BARRIERS_LINK, [BUILD_ACROSS] = BARRIERS_ACROSS, [BUILD_BOND] = BARRIERS_BOND};

/* Kinds of BH4 by the catalogue: the list of turns once for each, with its own barriers. */
static Err make_kinds(const NetworkOptions *o, const Sample *sample, const NetworkComputed *c,
                      const bool is_computed[], NetworkLists *l, BuildRotors *r)
{
    double wanted[BARRIERS_GROUPS];
    bool any = false;
    int64_t ions[ION_KINDS];
    for (int g = 0; g < BARRIERS_GROUPS; g++)
        wanted[g] = NAN;
    for (int t = 0; t < r->nturn; t++) {
        double *angle = &wanted[AXES[l->turns[t].axis]];
        if (!is_computed[t])
            continue;
        if (!isnan(*angle) && *angle != l->turns[t].angle)
            return config_error(config_item(o->turns, (size_t)t), "angle",
                                "another turn about such axes is computed for %g degrees; one "
                                "angle for each kind of axes",
                                *angle);
        *angle = l->turns[t].angle;
        any = true;
    }
    if (!any)
        return OK;
    sample_count(sample, ions);
    network_computed_kinds(c, wanted, ions[ION_BH4], &r->nkind, &l->source, &l->like);
    if (r->nkind == 0)
        return config_error(o->turns, NULL,
                            "no BH4 of stage %s has a converged path for every turn that is "
                            "computed, by its angle",
                            o->barriers);
    BuildTurn *turns = MEM_NEW(BuildTurn, r->nkind * r->nturn);
    l->label = mem_new((size_t)r->nkind, sizeof *l->label);
    Err e = OK;
    for (int k = 0; k < r->nkind && e == OK; k++) {
        memcpy(turns + k * r->nturn, l->turns, (size_t)r->nturn * sizeof *turns);
        snprintf(l->label[k], NETWORK_LABEL, "BH4 %lld", (long long)l->source[k]);
        for (int t = 0; t < r->nturn && e == OK; t++) {
            BuildTurn *turn = &turns[k * r->nturn + t];
            if (!is_computed[t])
                continue;
            BarriersGroup group = AXES[turn->axis];
            turn->nway = network_computed_ways(c, group, turn->angle, l->source[k],
                                               turn->way[0].attempt, turn->way);
            if (turn->nway > BUILD_WAYS) {
                e = config_error(config_item(o->turns, (size_t)t), "computed",
                                 "the catalogue has %d paths of BH4 %lld about such axes; at most "
                                 "%d",
                                 turn->nway, (long long)l->source[k], BUILD_WAYS);
                turn->nway = 0;
            }
            for (int w = 0; w < turn->nway && e == OK; w++)
                if (isnan(turn->way[w].attempt))
                    e = no_attempt(config_item(o->turns, (size_t)t), group);
        }
    }
    free(l->turns);
    r->turn = l->turns = turns;
    r->kind = l->like;
    r->label = (const char(*)[NETWORK_LABEL])l->label;
    return e;
}

static Err read_gate(const ConfigNode *node, int wells, BuildGate *out)
{
    GateItem item;
    TRY(config_read(node, COUNT(gate_fields), gate_fields, &item));
    *out = (BuildGate){.within = item.within};
    Err e = set_label(node, "of", item.of, out->of);
    if (e == OK && item.energies.n != (size_t)wells)
        e = config_error(node, "energies", "%zu numbers for %d wells", item.energies.n, wells);
    for (int w = 0; w < wells && e == OK; w++)
        out->energy[w] = item.energies.value[w];
    config_clear(COUNT(gate_fields), gate_fields, &item);
    return e;
}

static Err read_pair(const ConfigNode *node, int wells, BuildPair *out)
{
    GateItem item = {0};
    const ConfigField *fields = gate_fields + GATE_PAIR_FIRST;
    size_t n = COUNT(gate_fields) - GATE_PAIR_FIRST;
    TRY(config_read(node, n, fields, &item));
    *out = (BuildPair){.within = item.within};
    Err e = OK;
    if (item.energies.n != (size_t)(wells * wells))
        e = config_error(node, "energies", "%zu numbers for %d x %d wells", item.energies.n, wells,
                         wells);
    for (int i = 0; i < wells && e == OK; i++)
        for (int j = 0; j < wells; j++)
            out->energy[i][j] = item.energies.value[i * wells + j];
    config_clear(n, fields, &item);
    return e;
}

static Err read_turns(const NetworkOptions *o, const Sample *sample, const NetworkComputed *c,
                      NetworkLists *l, BuildRotors *r)
{
    bool *is_computed = MEM_NEW(bool, r->nturn + 1);
    Err e = OK;
    for (int i = 0; i < r->nturn && e == OK; i++)
        e = read_turn(config_item(o->turns, (size_t)i), r->nwell, c, &l->turns[i], &is_computed[i]);
    if (e == OK)
        e = make_kinds(o, sample, c, is_computed, l, r);
    free(is_computed);
    return e;
}

Err network_lists_read(const NetworkOptions *o, const ConfigNode *stage, const Sample *sample,
                       const NetworkComputed *computed, NetworkLists *l, NetworkBuild *b)
{
    b->nsites = items(o->sites);
    b->nedges = items(o->edges);
    b->rotors.nwell = (int)items(o->wells);
    b->rotors.nturn = (int)items(o->turns);
    b->ngates = items(o->gates);
    b->nfelt = items(o->felt);
    b->npairs = items(o->pairs);
    if (b->nsites == 0)
        return config_error(stage, "sites", "at least one kind is needed");
    if (b->rotors.nwell > NETWORK_WELLS)
        return config_error(stage, "wells", "%d; at most %d", b->rotors.nwell, NETWORK_WELLS);
    int wells = b->rotors.nwell;
    if (wells == 0 && (b->rotors.nturn > 0 || b->ngates > 0 || b->nfelt > 0 || b->npairs > 0))
        return config_error(stage, "wells", "turns, gates, felt and pairs need wells");
    b->sites = l->sites = MEM_NEW(BuildSites, b->nsites);
    b->edges = l->edges = MEM_NEW(BuildEdges, b->nedges + 1);
    b->rotors.turn = l->turns = MEM_NEW(BuildTurn, b->rotors.nturn + 1);
    b->gates = l->gates = MEM_NEW(BuildGate, b->ngates + 1);
    b->felt = l->felt = MEM_NEW(BuildGate, b->nfelt + 1);
    b->pairs = l->pairs = MEM_NEW(BuildPair, b->npairs + 1);
    for (size_t i = 0; i < b->nsites; i++)
        TRY(read_site(config_item(o->sites, i), sample, o->group > 0, &l->sites[i]));
    for (size_t i = 0; i < b->nedges; i++)
        TRY(read_edge(config_item(o->edges, i), computed, &l->edges[i]));
    for (int i = 0; i < wells; i++) {
        WellItem item;
        TRY(config_read(config_item(o->wells, (size_t)i), COUNT(well_fields), well_fields, &item));
        b->rotors.angle[i] = item.angle;
        b->rotors.energy[i] = item.energy;
    }
    TRY(read_turns(o, sample, computed, l, &b->rotors));
    for (size_t i = 0; i < b->ngates; i++)
        TRY(read_gate(config_item(o->gates, i), wells, &l->gates[i]));
    for (size_t i = 0; i < b->nfelt; i++)
        TRY(read_gate(config_item(o->felt, i), wells, &l->felt[i]));
    for (size_t i = 0; i < b->npairs; i++)
        TRY(read_pair(config_item(o->pairs, i), wells, &l->pairs[i]));
    return OK;
}

void network_lists_clear(NetworkLists *l, size_t nsites)
{
    for (size_t i = 0; l->sites != NULL && i < nsites; i++)
        free(l->sites[i].s);
    free(l->sites);
    free(l->edges);
    free(l->turns);
    free(l->gates);
    free(l->felt);
    free(l->pairs);
    free(l->source);
    free(l->like);
    free(l->label);
}
