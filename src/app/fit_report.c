#include "app/fit_report.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Vibrations of BH4 by energy: above the gap the B-H stretches, below it the bends. */
static const double STRETCH_FROM = 200.0, BEND_FROM = 90.0; /* meV */

static void spectrum(const Vibrations *m, const Sample *s, FitOutcome *o)
{
    size_t k = 0;
    for (size_t i = 0; i < m->n; i++) {
        double w = m->omega[i];
        if (k < sizeof o->lowest / sizeof o->lowest[0] && !vibrations_is_translation(m, s, i))
            o->lowest[k++] = w;
        double *range = w > STRETCH_FROM ? o->stretch : w > BEND_FROM ? o->bend : NULL;
        if (range == NULL)
            continue;
        range[0] = range[0] == 0.0 ? w : fmin(range[0], w);
        range[1] = fmax(range[1], w);
    }
}

static void librations(const Vibrations *m, const Sample *s, FitOutcome *o)
{
    int64_t count[ION_KINDS];
    sample_count(s, count);
    for (int64_t ion = 0; ion < s->nion; ion++) {
        double energy[3], axis[3][3];
        if (s->ion_kind[ion] != ION_BH4)
            continue;
        vibrations_libration(m, s, s->ion_first[ion], energy, axis);
        for (int k = 0; k < 3; k++)
            o->libration[k] += energy[k] / (double)count[ION_BH4];
    }
}

/* Vibrations, librations and distances of the reference, relaxed in its own cell; then its free lattice constant. */
static Err judge_reference(const Recipe *r, Frames *f, const FfParameters *p, FitOutcome *o,
                           double *energy)
{
    const TrainingFrame *t = &f->frame[f->reference];
    Sample s;
    int steps;
    sample_copy(&s, &t->sample);
    Err e =
        fit_structure_relax(f, p, false, r->relax_force, (int)r->relax_steps, &s, energy, &steps);
    size_t relaxed = 0;
    Vibrations modes = {0};
    if (e == OK) {
        o->relaxed_energy = *energy - t->model_energy;
        o->distances = fit_structure_distances(&s);
        relaxed = frames_add_probe(f, &s, "relaxed");
        e = vibrations_compute(f, relaxed, p, 0.005, &modes);
    }
    if (e == OK) {
        spectrum(&modes, &s, o);
        librations(&modes, &s, o);
        double free_energy;
        e = fit_structure_relax(f, p, true, r->relax_force, (int)r->relax_steps, &s, &free_energy,
                                &steps);
        o->lattice = fit_structure_lattice(&s);
    }
    vibrations_clear(&modes);
    sample_clear(&s);
    return e;
}

Err fit_report_judge(const Recipe *r, Frames *f, const FfParameters *p, FitOutcome *o)
{
    Err e = frames_compute(f, p);
    if (e != OK)
        return e;
    const TrainingFrame *t = &f->frame[f->reference];
    double energy, unused, sum = 0.0;
    for (int64_t i = 0; i < t->sample.n; i++)
        for (int k = 0; k < 3; k++)
            sum += t->model_force[i][k] * t->model_force[i][k];
    o->reference_force = sqrt(sum / (3.0 * (double)t->sample.n));
    o->reference_stress =
        (t->model_stress[0][0] + t->model_stress[1][1] + t->model_stress[2][2]) / 3.0;
    o->lattice_fixed = fit_structure_lattice(&t->sample);
    e = judge_reference(r, f, p, o, &energy);
    o->barrier = MEM_NEW(FitBarrier, r->nbarriers);
    for (size_t i = 0; i < r->nbarriers && e == OK; i++) {
        size_t from;
        Sample s;
        FitBarrier *b = &o->barrier[i];
        CHECK(frames_find(f, r->barrier[i].from, &from), "%s", r->barrier[i].from);
        sample_copy(&s, &f->frame[from].sample);
        e = fit_structure_relax(f, p, false, r->relax_force, (int)r->relax_steps, &s, &unused,
                                &b->steps);
        b->energy = unused - energy;
        b->converged = b->steps < r->relax_steps;
        sample_clear(&s);
    }
    return e;
}

static void write_errors(const Recipe *r, const FfParameters *p, char **text)
{
    config_append(
        text,
        "errors: # standard errors from the covariance and the scatter of the residuals; fitted "
        "parameters only\n");
    for (size_t i = 0; i < r->nfree; i++) {
        bool logarithm;
        const FreeParameter *q = &r->free[i];
        const char *unit = force_matching_unit(q->name, &logarithm);
        double value = force_matching_get(p, q->name);
        value = logarithm ? exp(value) : value;
        config_append(text, "  %s: \"%.3g +- %.2g %s\"\n", q->name, value,
                      q->error * (logarithm ? value : 1.0), unit);
    }
}

static void write_frames(const Frames *f, char **text)
{
    const TrainingFrame *zero = &f->frame[f->reference];
    config_append(text,
                  "  frames: # force error (rms of the reference force) eV/A; energy above %s, "
                  "here and in the "
                  "reference, eV\n",
                  zero->name);
    for (size_t i = 0; i < f->n; i++) {
        const TrainingFrame *t = &f->frame[i];
        if (t->probe)
            continue;
        double scale, rmse = frames_rmse_of(t, &scale);
        config_append(text, "    %s: \"%s, weight %g, force %.3f (%.3f), energy %.3f (%.3f)\"\n",
                      t->name, t->held_out ? "held out" : "fitted", t->weight, rmse, scale,
                      t->model_energy - zero->model_energy, t->energy - zero->energy);
    }
}

static void write_residuals(const Recipe *r, const Frames *f, const FitOutcome *o, char **text)
{
    double scale;
    config_append(text, "residuals:\n");
    config_append(text, "  force_rmse_fitted: \"%.4f eV/A\"\n",
                  frames_force_rmse(f, false, &scale));
    config_append(text, "  force_rmse_held_out: \"%.4f eV/A\"\n",
                  frames_force_rmse(f, true, &scale));
    config_append(text, "  reference_force_rms: \"%.4f eV/A\"\n", o->reference_force);
    config_append(text, "  reference_stress: \"%.2e eV/A^3 (%.3f GPa, tension positive)\"\n",
                  o->reference_stress, o->reference_stress * UNITS_GPA);
    config_append(text,
                  "  reference_relaxation: \"%.3f eV, Mg-B %.3f A, Mg-H %.3f A, B-H %.3f A\"\n",
                  o->relaxed_energy, o->distances.mg_b, o->distances.mg_h, o->distances.b_h);
    config_append(text, "  lattice_constant_0K: \"%.4f A (reference %.4f A)\"\n", o->lattice,
                  o->lattice_fixed);
    config_append(
        text, "  lowest_modes: \"%.2f %.2f %.2f %.2f %.2f %.2f meV, relaxed reference, Gamma\"\n",
        o->lowest[0], o->lowest[1], o->lowest[2], o->lowest[3], o->lowest[4], o->lowest[5]);
    config_append(text, "  librations: \"%.1f %.1f %.1f meV, one ion at a time\"\n",
                  o->libration[0], o->libration[1], o->libration[2]);
    config_append(text, "  bends_stretches: \"%.0f to %.0f, %.0f to %.0f meV\"\n", o->bend[0],
                  o->bend[1], o->stretch[0], o->stretch[1]);
    for (size_t i = 0; i < r->nbarriers; i++)
        config_append(text, "  barrier_%s: \"%.3f eV relaxed%s\"\n", r->barrier[i].from,
                      o->barrier[i].energy,
                      o->barrier[i].converged ? "" : ", forces not yet below the limit");
    write_frames(f, text);
}

/* A text of several lines as a YAML block. */
static void write_block(const char *key, const char *words, char **text)
{
    config_append(text, "%s: |\n", key);
    for (const char *line = words; *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        config_append(text, "  %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
}

char *fit_report_text(const Recipe *r, const Frames *f, const FfParameters *p, const FitOutcome *o,
                      const char *source)
{
    char *text = NULL, *words;
    write_errors(r, p, &text);
    words =
        mem_format("%s%s%s", source, r->note != NULL ? r->note : "", r->note != NULL ? "\n" : "");
    write_block("source", words, &text);
    free(words);
    write_residuals(r, f, o, &text);
    write_block("validity", r->validity, &text);
    return text;
}
