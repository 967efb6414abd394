/* eis_hops.h -- sigma(omega) of an ASSUMED hop model on the crystal's sites (lattice/master.h). For the eis stage only. */
#ifndef APP_EIS_HOPS_H
#define APP_EIS_HOPS_H

#include "app/eis_source.h"
#include "lattice/sites.h"
#include "store/config.h"

/* What is absent is NaN or NULL. */
typedef struct HopModel {
    int64_t group;
    double lattice_constant; /* A */
    const ConfigNode *sites, *hops;
    char *carrier_site;
    double attempt; /* 1/s */
    double carrier_fraction;
    double charge; /* e */
} HopModel;

/* Is everything given? ERR_INPUT names what is not. Local. */
Err eis_hops_check(const ConfigNode *stage, const HopModel *o) MUST_USE;

/* The sites and edges of the crystal, and carriers [1/A^3]. ERR_INPUT. Local. */
Err eis_hops_build(const ConfigNode *stage, const HopModel *o, Sites *sites,
                   double *density) MUST_USE;

/* Exact sigma at DC and at frequencies [n] [Hz, descending]. ERR_NUMERICAL. Local. */
Err eis_hops_spectrum(const Sites *sites, const HopModel *o, double density, double temperature,
                      size_t n, const double frequency[], EisSource *out) MUST_USE;

#endif
