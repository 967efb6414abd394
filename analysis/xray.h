/* xray.h -- from pair counts to what an X-ray total-scattering experiment shows: S(Q), F(Q), G(r).
 *
 *   S_ab(Q) - 1 = 4 pi rho0 int r^2 [g_ab(r) - 1] j0(Qr) dr               (Faber-Ziman partials)
 *   S(Q) - 1    = sum_ab c_a c_b f_a(Q) f_b(Q) [S_ab(Q) - 1] / <f(Q)>^2
 *   F(Q)        = Q [S(Q) - 1]
 *   G(r)        = (2/pi) int_Qmin^Qmax F(Q) W(Q) sin(Qr) dQ
 *   W(Q)        = 1, or the Lorch window sin(pi Q/Qmax)/(pi Q/Qmax)
 *
 * T. E. Faber, J. M. Ziman, Phil. Mag. 11, 153 (1965), doi 10.1080/14786436508211931;
 * P. Juhas et al., J. Appl. Cryst. 46, 560 (2013), doi 10.1107/S0021889813005190;
 * E. Lorch, J. Phys. C 2, 229 (1969), doi 10.1088/0022-3719/2/2/305.
 *
 * True form factors depend on Q, so the X-ray G(r) is not a weighted sum of g_ab. Constant weights
 * Z_a Z_b (PDFfit2, PDFgui) are offered for comparison and named so: at Qmax 23.8 1/A they draw the
 * Mg-H peak 1.7 and the B-H and H-H peaks 3 times too high. Independent atoms are assumed;
 * electrons shifted into bonds are not described.
 *
 * Everything is linear in the counts, so standard errors are those of the blocks of frames sent
 * through the chain. To keep the end of the histogram from ringing, g - 1 is faded out (cos^2) over
 * its last 15 %: G(r) is good to xray_reach. All functions are Local.
 */
#ifndef ANALYSIS_XRAY_H
#define ANALYSIS_XRAY_H

#include "analysis/gr.h"
#include "analysis/xray_forms.h"

typedef enum XrayWeights {
    XRAY_NEUTRAL,    /* f(Q) of neutral atoms */
    XRAY_IONIC,      /* Mg2+ and H1-, neutral B */
    XRAY_COMPUTED,   /* Mg2+, B, and H of BH4- from computed densities (xray_computed.h) */
    XRAY_CONSTANT_Z, /* atomic numbers at every Q */
    XRAY_WEIGHTS,    /* those that every sample has and X-rays want; the rest: */
    XRAY_NEUTRON = XRAY_WEIGHTS, /* coherent scattering lengths [fm], complex for natural B */
    XRAY_FILE,                   /* form factors of a file (xray_forms.h) */
    XRAY_ALL
} XrayWeights;

const char *xray_weights_name(XrayWeights w);
const char *xray_weights_meaning(XrayWeights w); /* a line for people */

/* Form factor of a species [electrons] at Q [1/A]; not for neutrons and files. */
double xray_f(XrayWeights w, const Species *s, double q);

/* Scattering amplitude of a species, any weights: real and imaginary part [electrons, fm]. `forms` for XRAY_FILE only. */
void xray_amplitude(XrayWeights w, const XrayForms *forms, const Species *s, double q, double f[2]);

/* Means over atoms at Q: |<f>|^2 and <|f|^2>. */
void xray_means(const Gr *g, XrayWeights w, const XrayForms *forms, double q, double *mean_squared,
                double *squared_mean);

/* S_ab of every block. */
typedef struct XrayPartials {
    const Gr *gr;
    size_t nq;
    const double *q; /* [nq] the caller's */
    double *s;       /* [nblock][npair][nq] */
} XrayPartials;

/* Peak widths beyond those of the atoms in the frames. */
typedef struct XrayBroadening {
    double sigma;  /* [A] standard deviation of each distance; for still structures */
    double qbroad; /* [1/A] adds (qbroad r)^2 to the square of the FWHM, as libdiffpy's separable
                      form does */
    double
        qdamp; /* [1/A] resolution in Q: what is seen at r fades as exp(-(r qdamp)^2/2) before any cut in Q */
} XrayBroadening;

/* Partials at the given Q > 0 [1/A]. The finite bin width is taken out by dividing by
 * sin(QD/2)/(QD/2). Free with xray_partials_clear. */
void xray_partials(const Gr *g, XrayBroadening extra, size_t nq, const double q[],
                   XrayPartials *out);
void xray_partials_clear(XrayPartials *p);

/* Weight (2 - delta_ab) c_a c_b Re(f_a f_b^*)/|<f>|^2 of a pair at Q; without a file's form factors, and with them. */
double xray_pair_weight(const Gr *g, XrayWeights w, int a, int b, double q);
double xray_weight_of(const Gr *g, XrayWeights w, const XrayForms *forms, int a, int b, double q);

/* Total S(Q) of each block: s [nblock][nq]. */
void xray_total(const XrayPartials *p, XrayWeights w, double s[]);
void xray_total_of(const XrayPartials *p, XrayWeights w, const XrayForms *forms, double s[]);

/* Nodes and weights of int_qmin^qmax by 8-point Gauss-Legendre panels, fine enough for structures
 * and r up to `reach` [A]: the integral ends exactly at Qmin and Qmax. Returns the number; free *q
 * and *weight. */
size_t xray_quadrature(double qmin, double qmax, double reach, double **q, double **weight);

/* G(r) from F(Q) at quadrature nodes, for `rows` functions at once.
 *   f [rows][nq], g [rows][nr]; lorch_qmax the Qmax of the Lorch window, 0 for none */
void xray_transform(size_t nq, const double q[], const double weight[], double lorch_qmax,
                    size_t rows, const double f[], size_t nr, const double r[], double g[]);

/* Greatest r [A] that the fading of the histogram leaves alone. */
double xray_reach(const Gr *g);

typedef struct XrayOptions {
    double qmin, qmax; /* [1/A] */
    bool lorch;
    double qdamp; /* [1/A] G is multiplied by exp(-(r qdamp)^2/2) */
    XrayBroadening extra;
    double qstep; /* [1/A] of the S(Q) that is given out */
    double rstep; /* [A] of G(r) */
} XrayOptions;

/* Curves of one choice of weights (neutron: S(Q) coherent). D(r) = G(r); T(r) = G + 4 pi r rho0; RDF = r T. */
typedef struct XrayPdf {
    XrayWeights weights;
    XrayOptions options;
    double density; /* [1/A^3] rho0 */
    size_t nblock;
    size_t nq;
    double *q, *s, *s_error; /* [nq]; F = q (s - 1) */
    size_t nr;
    double *r, *g, *g_error; /* [nr] 1/A^2 */
    double *g_block;         /* [nblock][nr] */
} XrayPdf;

/* S_ab at the nodes of the transform and on the grid that is given out, from which curves of any weights follow. */
typedef struct XrayChain {
    const Gr *gr;
    XrayOptions options;
    double *q, *weight, *even; /* nodes and their weights, grid */
    XrayPartials nodes, grid;
} XrayChain;

/* `g` must outlive the chain. ERR_INPUT as xray_pdf. Free with xray_chain_clear, also after an error. */
Err xray_chain_init(XrayChain *c, const Gr *g, const XrayOptions *options) MUST_USE;
void xray_chain_clear(XrayChain *c);

/* Curves of n choices of weights at once (the sines are shared). Free each with xray_pdf_clear. */
void xray_chain_curves(const XrayChain *c, size_t n, const XrayWeights weights[],
                       const XrayForms *forms, XrayPdf out[]);

/* What each pair of species adds to G(r), mean over blocks: g [npair][nr], r = step, 2 step, ..; their sum is G. And its
 * weight at Q = 0, level [npair]: g + 4 pi r rho0 level is what it adds to T(r). */
void xray_chain_parts(const XrayChain *c, XrayWeights w, const XrayForms *forms, size_t nr,
                      double g[], double level[]);

/* Points of G(r) in the curves. */
size_t xray_chain_points(const XrayChain *c);

/* All choices of weights from one set of counts. Free each with xray_pdf_clear.
 * ERR_INPUT for a window that is empty or beyond the form factors (75 1/A). */
Err xray_pdf(const Gr *g, const XrayOptions *options, XrayPdf out[XRAY_WEIGHTS]) MUST_USE;
void xray_pdf_clear(XrayPdf *p);

/* T(r) = 4 pi r rho(r) and RDF = 4 pi r^2 rho(r) at point k. */
double xray_t(const XrayPdf *p, size_t k);
double xray_rdf(const XrayPdf *p, size_t k);

/* One pair at distance d with Gaussian spread s: its Debye term j0(Qd) exp(-s^2 Q^2/2), and the
 * exact transform of Q times that term, [N(r; d, s) - N(r; -d, s)]/d. */
double xray_debye_term(double q, double d, double s);
double xray_debye_g(double r, double d, double s);

#endif
