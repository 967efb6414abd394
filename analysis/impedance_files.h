/* impedance_files.h -- impedance spectra as text: CSV, ZView .z, Gamry .dta, Novocontrol WinDETA columns.
 *
 * Inside: frequencies in Hz, descending; Z = Z' + i Z'' in ohm with Z'' < 0 for a capacitor; temperature in K, NaN if not said.
 *   CSV          separated by comma, semicolon, tab or blanks; lines with # are comments; one line names the columns with
 *                units: "f/Hz", "Freq. [Hz]", "Z'/ohm", "Re(Z)/kOhm", "-Im(Z)/Ohm" (a minus turns the sign), "T/K",
 *                "sigma'/ohm" and "sigma''/ohm" (standard errors; "sigma/ohm" for both). Without that line: f, Z', Z''.
 *   ZView .z     a line with Freq(Hz), perhaps "End Comments", then rows: frequency first, Z' and Z'' fifth and sixth.
 *   Gamry .dta   the table ZCURVE with columns Freq, Zreal, Zimag; decimal commas are understood.
 *   Novocontrol  columns as the user has chosen them, by name: Freq., Temp., Zs' or Zp', Zs'' or Zp''; else Eps' or Sig'' and
 *                Sig' or Eps'' with a pellet. Whether Zp' and Zp'' are parts of one impedance or of two elements in parallel is
 *                found from Eps' and Eps'' where they are there; else they are parts of one impedance.
 * Rows may come in any order of frequency; a frequency that comes twice at one temperature is refused. Where there is a column
 * of temperatures, those that differ by more than 1 K are different spectra. All functions Local.
 */
#ifndef ANALYSIS_IMPEDANCE_FILES_H
#define ANALYSIS_IMPEDANCE_FILES_H

#include "analysis/impedance.h"
#include "base/err.h"

typedef enum ImpedanceFormat {
    IMPEDANCE_AUTO, /* by the ending: .z, .dta, else CSV */
    IMPEDANCE_CSV,
    IMPEDANCE_ZVIEW,
    IMPEDANCE_GAMRY,
    IMPEDANCE_NOVOCONTROL,
} ImpedanceFormat;

/* Columns by the user's names, as they stand in the file without unit; NULL: found. */
typedef struct ImpedanceColumns {
    const char *frequency, *real, *imaginary, *temperature;
} ImpedanceColumns;

typedef struct ImpedanceSpectrum {
    size_t n;
    double *frequency;      /* [n] Hz, descending */
    double _Complex *z;     /* [n] ohm */
    double _Complex *error; /* [n] ohm, of Re and Im; NULL if the file has none */
    double temperature;     /* K */
} ImpedanceSpectrum;

typedef struct ImpedanceFile {
    size_t n;
    ImpedanceSpectrum *spectrum; /* by rising temperature */
    const char *note;            /* what was concluded about the columns; NULL: nothing */
} ImpedanceFile;

/* From memory; `name` is used in messages and its ending tells the format. pellet: for Novocontrol files without impedances;
 * may be NULL. ERR_INPUT "name:line: ..." for text that is not a number, units of another kind, frequencies that are not
 * positive or come twice, rows of unequal length, fewer than two frequencies, a table that ends early. */
Err impedance_files_read(const char *name, const char *bytes, size_t size, ImpedanceFormat format,
                         const ImpedanceColumns *columns, const Pellet *pellet,
                         ImpedanceFile *out) MUST_USE;
void impedance_files_clear(ImpedanceFile *f);

/* One spectrum, written beside its place and renamed; `comment` is one line. ERR_FILE. */
Err impedance_files_write_csv(const char *path, const ImpedanceSpectrum *s,
                              const char *comment) MUST_USE;
Err impedance_files_write_zview(const char *path, const ImpedanceSpectrum *s, double amplitude,
                                const char *comment) MUST_USE; /* amplitude [V] */
Err impedance_files_write_gamry(const char *path, const ImpedanceSpectrum *s, double amplitude,
                                double area, const char *comment) MUST_USE; /* area [cm2] */

#endif
