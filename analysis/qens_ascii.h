/* qens_ascii.h -- spectra as grouped ASCII of DAVE (.grp), S(q,w) for McStas to read (.sqw).
 *
 * .grp (R. T. Azuah et al., J. Res. NIST 114, 341 (2009), doi 10.6028/jres.114.025; also read by Mantid's
 * LoadDaveGrp): comment lines begin with #, then the number of energies, the number of groups, the energies (centres of bins;
 * meV, or micro-eV if their comment says "micro" or "ueV"), the values of the groups (Q in 1/A, or angles in
 * degrees if their comment says "angle" or "theta"), and for each group its values and errors. A channel without a number has
 * the error -1. Edges are half way between the centres.
 *
 * .sqw (Isotropic_Sqw of McStas: E. Farhi et al., J. Comput. Phys. 228, 5251 (2009), doi 10.1016/j.jcp.2009.04.006):
 * a header "# key value", one line of q [1/A], one of w [meV], one line of S(q,w) for each q. `classical 1`: S is even in
 * w and McStas applies detailed balance; w > 0: the neutron loses energy. All functions are Local.
 */
#ifndef ANALYSIS_QENS_ASCII_H
#define ANALYSIS_QENS_ASCII_H

#include "analysis/qens_data.h"

/* From memory; `name` is used in messages, `wavelength` [A] (NaN: not known) belongs to angles. ERR_INPUT "name:line:
 * ...". kf/ki is taken as divided out. Free with qens_data_clear. */
Err qens_ascii_parse_grp(const char *name, const char *bytes, size_t n, double wavelength,
                         QensData *out) MUST_USE;
/* Counts get the errors sqrt(max(y, 1)). The truth is not kept. ERR_FILE. */
Err qens_ascii_write_grp(const char *path, const QensData *d) MUST_USE;

typedef struct Sqw2d {
    size_t nq, nw;
    double *q, *w; /* [nq] 1/A, [nw] meV */
    double *s;     /* [nq][nw] 1/meV */
    bool classical;
    double temperature, density, weight; /* K, g/cm3, u per formula unit; NaN: not said */
    double sigma_coh, sigma_inc,
        sigma_abs; /* barn per formula unit, absorption at 1.798 A; NaN: not said */
} Sqw2d;

/* ERR_FILE. */
Err qens_ascii_write_sqw(const char *path, const Sqw2d *s) MUST_USE;
void qens_ascii_clear_sqw(Sqw2d *s);

#endif
