/* pdf.h -- the observable "pdf": pair distributions, X-ray S(Q), F(Q), G(r), and the Bragg test.
 *
 * What it leaves in its HDF5 group:
 *   r                  [nbin] A, bin centres
 *   density            1/A^3
 *   composition        text, "Mg1 B2 H8"
 *   half_box           A; beyond it distances repeat the box
 *   pair/A-B/g, g_error, g_intra, coordination, coordination_error       [nbin]
 *   pair/A-B/count_intra, count_inter                                    [nblock][nbin] integers
 *   peak/Mg-Mg, peak/Mg-B   position, position_error, height, height_error
 *   species            [nspecies] symbols; atoms [nspecies]
 *   block_frames       [nblock]; block_volume [nblock] A^3, summed over the frames
 *   xray/wavelength, qmin, qmax, qdamp, qbroad, lorch    the window
 *   xray/WEIGHTS/q, S, S_error, F [nq]; r, G, G_error, T, RDF [nr]; G_block [nblock][nr]
 *                      WEIGHTS: neutral, ionic, computed, constant_Z; attributes say which is meant
 *   xray/WEIGHTS/ripple  1/A^2, rms of T(r) from 0.2 to 0.8 A: termination ripples
 *   mean/cell [3][3] A, place [n][3] fractional, u_iso [n] A^2, kind [n]: the mean structure (mean_structure.h), if
 *   ions are known
 *   bragg/q, intensity [n], ratio, limit, peak_q, crystal
 */
#ifndef ANALYSIS_PDF_H
#define ANALYSIS_PDF_H

#include "analysis/observable.h"

extern const ObservableKind pdf_observable;

#endif
