#include "app/neb_file.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/xyz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DEGREES = 180.0 / PI;

static Err write_modes(H5 *g, const NebWay *w)
{
    const struct {
        const char *name, *unit, *what;
        double value;
    } numbers[] = {
        {"negative_first", "1", "imaginary modes of the first end point", w->at_first.negative},
        {"negative_last", "1", "imaginary modes of the last end point", w->at_last.negative},
        {"negative_saddle", "1", "imaginary modes of the saddle; one if it is one",
         w->at_saddle.negative},
        {"softest_first", "meV", "softest real mode of the first end point", w->at_first.softest},
        {"lowest_saddle", "meV", "lowest mode of the saddle, negative: imaginary",
         w->at_saddle.lowest},
    };
    for (size_t i = 0; w->at_first.n > 0 && i < sizeof numbers / sizeof numbers[0]; i++)
        TRY(h5_write_number(g, numbers[i].name, numbers[i].value, numbers[i].unit,
                            numbers[i].what));
    return OK;
}

static Err write_numbers(H5 *g, const NebWay *w)
{
    const struct {
        const char *name, *unit, *what;
        double value;
    } numbers[] = {
        {"barrier", "eV", "top above the first end point", w->barrier},
        {"barrier_back", "eV", "top above the last end point", w->back},
        {"difference", "eV", "last end point above the first", w->difference},
        {"prefactor", "1/s", "attempt frequency (Vineyard)", w->prefactor},
        {"prefactor_back", "1/s", "attempt frequency of the way back", w->prefactor_back},
        {"largest_force", "eV/angstrom", "of the band at the end", w->result.largest},
        {"largest_turn", "degree", "of a BH4 that the move does not turn itself",
         w->largest_turn * DEGREES},
    };
    const struct {
        const char *name, *what;
        int64_t value;
    } counts[] = {
        {"steps", "of the band", w->result.steps},
        {"steps_first", "of the first end point", w->steps_first},
        {"steps_last", "of the last end point", w->steps_last},
        {"top", "image of the highest energy between the ends", (int64_t)w->result.top},
        {"minima", "images between the ends 1 meV lower than both neighbours", w->minima},
        {"most_turned", "BH4 (from 0) that turns most besides the moving one; -1: none",
         w->most_turned},
    };
    TRY(h5_write_text(g, "status", neb_status_name(w->status)));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        TRY(h5_write_number(g, numbers[i].name, numbers[i].value, numbers[i].unit,
                            numbers[i].what));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        TRY(h5_write_i64(g, counts[i].name, 0, NULL, &counts[i].value, "1", counts[i].what));
    return write_modes(g, w);
}

static Err write_band(H5 *g, const NebPath *p, const NebWay *w, bool structures)
{
    const NebBand *b = &w->band;
    size_t images[3] = {b->images, (size_t)p->sample.n, 3}, turns[2] = {b->images, (size_t)p->nbh4};
    double *energy = MEM_NEW(double, b->images), *turn = MEM_NEW(double, turns[0] * turns[1]);
    for (size_t i = 0; i < b->images; i++)
        energy[i] = b->energy[i] - b->energy[0];
    for (size_t i = 0; i < turns[0] * turns[1]; i++)
        turn[i] = w->turn[i] * DEGREES;
    Err e = h5_write(g, "s", 1, images, w->s, "angstrom", "length along the path");
    if (e == OK)
        e = h5_write(g, "energy", 1, images, energy, "eV", "above the first image");
    if (e == OK)
        e = h5_write_number(g, "energy_first", b->energy[0], "eV", "of the first image");
    if (e == OK)
        e = h5_write(g, "turn", 2, turns, turn, "degree",
                     "of each BH4 from its orientation in the first image");
    if (e == OK && structures)
        e = h5_write(g, "position", 3, images, b->x, "angstrom", "unwrapped positions");
    if (e == OK && structures)
        e = h5_write(g, "force", 3, images, b->force, "eV/angstrom",
                     "true forces, without what the lock takes out");
    free(energy);
    free(turn);
    return e;
}

static Err write_pieces(H5 *g, const NebPieces *p)
{
    const size_t n = p->n;
    int64_t image[3][NEB_PIECES];
    double height[2][NEB_PIECES];
    for (size_t k = 0; k < n; k++) {
        const NebPiece *a = &p->piece[k];
        image[0][k] = (int64_t)a->first, image[1][k] = (int64_t)a->top;
        image[2][k] = (int64_t)a->last;
        height[0][k] = a->barrier, height[1][k] = a->back;
    }
    const char *const names[3] = {"piece_first", "piece_top", "piece_last"},
                      *const what[3] = {"image of the minimum where each piece begins",
                                        "image of its top", "image of the minimum where it ends"};
    Err e = OK;
    for (int k = 0; k < 3 && e == OK; k++)
        e = h5_write_i64(g, names[k], 1, &n, image[k], "1", what[k]);
    if (e == OK)
        e = h5_write(g, "piece_barrier", 1, &n, height[0], "eV", "its top above where it begins");
    if (e == OK)
        e = h5_write(g, "piece_back", 1, &n, height[1], "eV", "its top above where it ends");
    return e;
}

static Err write_head(H5 *file, const NebPath *p, const char *label, const char *provenance)
{
    const Sample *s = &p->sample;
    size_t three[2] = {3, 3}, nbh4 = (size_t)p->nbh4;
    const char **symbols = MEM_NEW(const char *, s->n);
    for (int64_t i = 0; i < s->n; i++)
        symbols[i] = s->species[s->kind[i]]->symbol;
    int64_t moving = p->ion >= 0 ? s->ion_first[p->ion] : -1, relabelled = p->relabelled;
    Err e = h5_write_text(file, "label", label);
    if (e == OK)
        e = h5_write_text(file, "provenance", provenance);
    if (e == OK)
        e = h5_write(file, "cell", 2, three, &s->cell.h[0][0], "angstrom", "lattice vectors, rows");
    if (e == OK)
        e = h5_write_texts(file, "symbols", (size_t)s->n, symbols);
    if (e == OK && nbh4 > 0)
        e = h5_write_i64(file, "bh4", 1, &nbh4, p->bh4, "1", "atom index of each B");
    if (e == OK)
        e = h5_write_i64(file, "moving_atom", 0, NULL, &moving, "1",
                         "Mg that moves, or B of the BH4 that turns; -1: none is named");
    if (e == OK)
        e = h5_write_i64(file, "relabelled", 0, NULL, &relabelled, "1",
                         "1: the last end point is the first with H changed");
    if (e == OK)
        e = h5_write_number(file, "lock_difference", p->lock_difference, "eV",
                            "barrier with BH4 locked less barrier with BH4 free");
    free(symbols);
    return e;
}

Err neb_file_write(const char *path, const NebPath *p, const char *label, const char *provenance,
                   bool structures)
{
    H5 *file;
    TRY(h5_create(path, &file));
    Err e = write_head(file, p, label, provenance);
    for (int k = 0; k < 2 && e == OK; k++) {
        H5 *g;
        e = h5_group(file, k ? "locked" : "free", &g);
        if (e != OK)
            break;
        e = write_numbers(g, &p->way[k]);
        if (e == OK && p->way[k].turn != NULL)
            e = write_band(g, p, &p->way[k], structures);
        if (e == OK && p->way[k].turn != NULL)
            e = write_pieces(g, &p->way[k].pieces);
        h5_close_group(g);
    }
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

Err neb_file_write_xyz(const char *path, const NebPath *p, int locked, const char *label)
{
    const NebWay *w = &p->way[locked];
    const Sample *s = &p->sample;
    if (w->turn == NULL)
        return OK;
    XyzFrame *frames = MEM_NEW(XyzFrame, w->band.images);
    for (size_t i = 0; i < w->band.images; i++) {
        XyzFrame *f = &frames[i];
        char text[64];
        xyz_frame_init(f, s->n, false, true);
        memcpy(f->lattice, s->cell.h, sizeof f->lattice);
        for (int64_t k = 0; k < s->n; k++)
            snprintf(f->symbol[k], sizeof f->symbol[k], "%s", s->species[s->kind[k]]->element);
        memcpy(f->x, &w->band.x[i * w->band.n], w->band.n * sizeof(double));
        memcpy(f->force, &w->band.force[i * w->band.n], w->band.n * sizeof(double));
        f->has_energy = true;
        f->energy = w->band.energy[i];
        xyz_set_info(f, "path", label);
        xyz_set_info(f, "lock", locked ? "rotors" : "none");
        snprintf(text, sizeof text, "%.6f", w->s[i]);
        xyz_set_info(f, "path_length", text);
    }
    Err e = xyz_write(path, w->band.images, frames);
    xyz_free(frames, w->band.images);
    return e;
}

static Err read_way(H5 *file, const char *group, NebSummary *w)
{
    char name[64], *status;
    double minima, steps;
    const struct {
        const char *name;
        double *to;
    } numbers[] = {{"barrier", &w->barrier},
                   {"barrier_back", &w->back},
                   {"difference", &w->difference},
                   {"prefactor", &w->prefactor},
                   {"prefactor_back", &w->prefactor_back},
                   {"largest_turn", &w->largest_turn},
                   {"minima", &minima},
                   {"steps", &steps}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(name, sizeof name, "%s/%s", group, numbers[i].name);
        TRY(h5_read_number(file, name, numbers[i].to));
    }
    w->minima = (int64_t)minima;
    w->steps = (int64_t)steps;
    snprintf(name, sizeof name, "%s/status", group);
    TRY(h5_read_text(file, name, &status));
    int k = NEB_FAILED;
    while (k > 0 && strcmp(neb_status_name((NebStatus)k), status) != 0)
        k--;
    w->status = (NebStatus)k;
    free(status);
    return OK;
}

Err neb_file_read(const char *path, NebSummary way[2])
{
    H5 *file;
    TRY(h5_open(path, false, &file));
    Err e = read_way(file, "free", &way[0]);
    if (e == OK)
        e = read_way(file, "locked", &way[1]);
    h5_close(file);
    return e;
}
