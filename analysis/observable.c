#include "analysis/observable.h"

#include "analysis/coherent.h"
#include "analysis/current.h"
#include "analysis/dipole.h"
#include "analysis/h_density.h"
#include "analysis/hops.h"
#include "analysis/isf.h"
#include "analysis/msd.h"
#include "analysis/pdf.h"
#include "analysis/reorient.h"
#include "analysis/separation.h"
#include "analysis/van_hove.h"
#include "analysis/van_hove_distinct.h"
#include "analysis/vdos.h"

#include <string.h>

static const ObservableKind *const kinds[] = {
    &isf_observable,
    &msd_observable,
    &pdf_observable,
    &reorient_observable,
    &hops_observable,
    &current_observable,
    &h_density_observable,
    &coherent_observable,
    &van_hove_distinct_observable,
    &vdos_observable,
    &dipole_observable,
    &van_hove_observable,
    &separation_observable,
    NULL,
};

const ObservableKind *const *observable_list(void)
{
    return kinds;
}

const ObservableKind *observable_find(const char *name)
{
    for (const ObservableKind *const *k = kinds; *k != NULL; k++)
        if (strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}
