/* impedance_write.c -- the writers of impedance_files.h. */
#include "analysis/impedance_files.h"

#include "base/units.h"
#include "store/config.h"
#include "store/replace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static Err write_text(const char *path, char *text)
{
    Replace r;
    Err e = replace_begin(&r, path);
    if (e == OK) {
        e = replace_write(&r, text, strlen(text));
        if (e == OK)
            e = replace_commit(&r, false);
        else
            replace_cancel(&r);
    }
    free(text);
    return e;
}

Err impedance_files_write_csv(const char *path, const ImpedanceSpectrum *s, const char *comment)
{
    char *text = NULL;
    bool warm = isfinite(s->temperature);
    config_append(&text, "# %s\n# Z = Z' + i Z'', Z'' < 0 is capacitive\nf/Hz,Z'/ohm,Z''/ohm%s%s\n",
                  comment, s->error != NULL ? ",sigma'/ohm,sigma''/ohm" : "", warm ? ",T/K" : "");
    for (size_t i = 0; i < s->n; i++) {
        config_append(&text, "%.9e,%.9e,%.9e", s->frequency[i], creal(s->z[i]), cimag(s->z[i]));
        if (s->error != NULL)
            config_append(&text, ",%.4e,%.4e", creal(s->error[i]), cimag(s->error[i]));
        if (warm)
            config_append(&text, ",%.6g", s->temperature);
        config_append(&text, "\n");
    }
    return write_text(path, text);
}

Err impedance_files_write_zview(const char *path, const ImpedanceSpectrum *s, double amplitude,
                                const char *comment)
{
    char *text = NULL;
    config_append(
        &text,
        "ZPLOT2 ASCII\n  Begin User Comments: 1\n    %s\n  End User Comments: 0\n"
        "  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange\nEnd Comments\n",
        comment);
    for (size_t i = 0; i < s->n; i++)
        config_append(&text, "%.9e\t%.6e\t%.6e\t%.6e\t%.9e\t%.9e\t0.0\t0\t0\n", s->frequency[i],
                      amplitude, 0.0, (double)i, creal(s->z[i]), cimag(s->z[i]));
    return write_text(path, text);
}

Err impedance_files_write_gamry(const char *path, const ImpedanceSpectrum *s, double amplitude,
                                double area, const char *comment)
{
    char *text = NULL;
    config_append(&text,
                  "EXPLAIN\nTAG\tEISPOT\nTITLE\tLABEL\t%s\tTest &Identifier\n"
                  "VAC\tQUANT\t%.5E\tAC &Voltage (mV rms)\nAREA\tQUANT\t%.5E\t&Area (cm^2)\n"
                  "ZCURVE\tTABLE\t%zu\n\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tIdc\tVdc\t"
                  "IERange\n\t#\ts\tHz\tohm\tohm\tV\tohm\tdeg\tA\tV\t#\n",
                  comment, 1e3 * amplitude, area, s->n);
    for (size_t i = 0; i < s->n; i++)
        config_append(&text, "\t%zu\t%zu\t%.9E\t%.9E\t%.9E\t1\t%.9E\t%.6f\t0\t0\t0\n", i, i,
                      s->frequency[i], creal(s->z[i]), cimag(s->z[i]), cabs(s->z[i]),
                      180.0 / PI * carg(s->z[i]));
    return write_text(path, text);
}
