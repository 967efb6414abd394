/* qens_csv.h -- spectra as a table that a person can read and any program can write.
 *
 *   # title: toftof-5A, simulated              comment lines "key: value" before the header; all may be absent
 *   # temperature: 310 K
 *   # wavelength: 5 angstrom                   of the incident neutrons; needed with two_theta
 *   # kf_over_ki: yes                          the factor kf/ki of the cross section is still in y (no if absent)
 *   Q [1/A],E_low [meV],E_high [meV],y,error,truth
 *   0.3,-1.5,-1.49,12,,11.7
 *
 * One line for each channel, spectrum after spectrum, Q (or two_theta [degree]) increasing, all with the same energy bins,
 * which follow each other without gaps; E > 0: the neutron loses energy. y is empty where the detector sees nothing. No
 * column `error`: y are Poisson counts. `truth` (without noise, in the unit of y) and `error` may be absent. Energies
 * may be in any unit of energy, Q in any inverse length. Other columns are ignored. All functions are Local.
 */
#ifndef ANALYSIS_QENS_CSV_H
#define ANALYSIS_QENS_CSV_H

#include "analysis/qens_data.h"
#include "store/text.h"

/* From memory; `name` is used in messages. ERR_INPUT "name:line: column: ..." Free with qens_data_clear. */
Err qens_csv_parse(const char *name, const char *bytes, size_t n, QensData *out) MUST_USE;

/* Every number so that it is read back the same. */
void qens_csv_append(TextBuffer *b, const QensData *d);
/* ERR_FILE. */
Err qens_csv_write(const char *path, const QensData *d) MUST_USE;

#endif
