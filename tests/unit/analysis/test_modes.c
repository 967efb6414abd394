/* Maxima of a spectrum: damped oscillators with known energies come back from S(Q,E), ripples do not. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "check.h"

#include "analysis/models.h"
#include "analysis/modes.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { GROUPS = 8, NQ = 3, NE = 401 };

static const double KELVIN = 310, MODE[3] = {3.0, 4.5, 9.4}, DAMPING = 0.25;

/* One-phonon S(Q,E) of three modes; each group has its own shift of the modes and `noise` of the height. */
static void write_modes(H5 *file, double shift, double noise)
{
    double energy[NE], q[NQ], weight[GROUPS], *s = MEM_NEW(double, GROUPS *NQ *NE);
    for (size_t k = 0; k < NE; k++)
        energy[k] = -10.0 + 0.05 * (double)k;
    for (size_t g = 0; g < GROUPS; g++) {
        weight[g] = 4;
        double off = shift * ((double)g - 3.5);
        for (size_t i = 0; i < NQ; i++) {
            q[i] = 0.5 + 0.5 * (double)i;
            for (size_t k = 0; k < NE; k++) {
                double u[2], v = 0.0;
                rng_uniform2(5, RNG_TEST, g * NE + k, i, 0, u);
                for (int m = 0; m < 3; m++)
                    v += models_dho(energy[k], KELVIN, MODE[m] + off, DAMPING, 1.0);
                s[(g * NQ + i) * NE + k] = q[i] * q[i] * v * (1.0 + noise * (u[0] - 0.5));
            }
        }
    }
    const size_t ne = NE, nq = NQ, groups = GROUPS;
    assert_ok(h5_write(file, "E", 1, &ne, energy, "meV", ""));
    assert_ok(h5_write(file, "Q", 1, &nq, q, "1/A", ""));
    assert_ok(h5_write(file, "block_weight", 1, &groups, weight, "1", ""));
    assert_ok(h5_write(file, "S_blocks", 3, (size_t[]){GROUPS, NQ, NE}, s, "1/meV", ""));
    assert_ok(h5_write_number(file, "temperature", KELVIN, "K", ""));
    free(s);
}

static void modes_come_back(void **state)
{
    (void)state;
    char folder[] = "/tmp/modes_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s.h5", folder);
    for (int noisy = 0; noisy < 2; noisy++) {
        H5 *file;
        Modes m;
        double peak[4], error[4];
        assert_ok(h5_create(path, &file));
        write_modes(file, 0.02, noisy ? 0.02 : 0.0);
        assert_ok(modes_read(file, file, MODES_SUSCEPTIBILITY, &m));
        assert_int_equal(m.n, 200);
        modes_peaks(&m, 2.0, 9.9, 4, peak, error);
        for (int k = 0; k < 3; k++) {
            assert_near(peak[k], MODE[k], 0.05);
            /* shifts of 0.02 (g - 3.5): standard deviation 0.049, of the mean 0.0173 */
            assert_near(error[k], 0.0173, noisy ? 0.01 : 0.004);
        }
        assert_true(isnan(peak[3]) && isnan(error[3]));
        modes_clear(&m);
        assert_ok(modes_read(file, file, MODES_DENSITY, &m));
        modes_peaks(&m, 2.0, 9.9, 1, peak, error);
        assert_near(peak[0], MODE[2], 0.05); /* E chi'' rises with the energy */
        modes_clear(&m);
        h5_close(file);
    }
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(modes_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
