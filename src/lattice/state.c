#include "lattice/state.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int64_t state_cell(const State *s, int64_t cell, const int8_t step[3])
{
    uint32_t i = (uint32_t)cell, ny = (uint32_t)s->k[1], nz = (uint32_t)s->k[2];
    uint32_t xy = i / nz, x = xy / ny;
    const int c[3] = {(int)x, (int)(xy - x * ny), (int)(i - xy * nz)};
    return state_neighbour(s, c, step);
}

/* Does this step lead back to the cell it starts from? */
static bool is_home(const State *s, const int8_t step[3])
{
    return step[0] % s->k[0] == 0 && step[1] % s->k[1] == 0 && step[2] % s->k[2] == 0;
}

static Err check_images(const State *s)
{
    const Network *n = s->net;
    for (int32_t i = 0; i < n->nrotor_rotor; i++)
        if (n->rotor_rotor[i].a == n->rotor_rotor[i].rotor && is_home(s, n->rotor_rotor[i].step))
            return err_set(
                ERR_INPUT,
                "%d x %d x %d copies are too few: rotor-rotor term %d couples rotor %d to "
                "its own image",
                s->k[0], s->k[1], s->k[2], i + 1, n->rotor_rotor[i].a + 1);
    for (int32_t i = 0; i < n->nedge; i++)
        if (n->edge[i].a == n->edge[i].b && is_home(s, n->edge[i].step))
            return err_set(ERR_INPUT,
                           "%d x %d x %d copies are too few: edge %d leads from site %d to its own "
                           "image",
                           s->k[0], s->k[1], s->k[2], i + 1, n->edge[i].a + 1);
    return OK;
}

void state_rest(State *s)
{
    const Network *net = s->net;
    for (int32_t m = 0; m < net->nrotor; m++) {
        const NetworkRotorClass *c = &net->rotor_classes[net->rotor_class[m]];
        int best = 0;
        for (int w = 1; w < c->nwell; w++)
            if (c->energy[w] < c->energy[best])
                best = w;
        for (int64_t cell = 0; cell < s->ncell; cell++)
            s->well[cell * net->nrotor + m] = (uint8_t)best;
    }
    if (net->nrotor > 0)
        memset(s->label, 0, (size_t)(s->ncell * net->nrotor));
}

Err state_init(State *s, const Network *net, const int k[3])
{
    *s = (State){.net = net, .k = {k[0], k[1], k[2]}};
    if (k[0] < 1 || k[1] < 1 || k[2] < 1)
        return err_set(ERR_INPUT, "%d x %d x %d copies", k[0], k[1], k[2]);
    s->ncell = (int64_t)k[0] * k[1] * k[2];
    if (s->ncell * net->nsite > INT32_MAX || s->ncell * net->nrotor > INT32_MAX)
        return err_set(ERR_INPUT, "%lld copies of %d sites and %d rotors: more than 2^31 - 1",
                       (long long)s->ncell, net->nsite, net->nrotor);
    TRY(check_images(s));
    s->occ = MEM_NEW(uint8_t, s->ncell * net->nsite);
    s->well = MEM_NEW(uint8_t, s->ncell * net->nrotor);
    s->label = MEM_NEW(uint8_t, s->ncell * net->nrotor);
    for (int64_t cell = 0; cell < s->ncell; cell++)
        for (int32_t i = 0; i < net->nsite; i++)
            s->occ[cell * net->nsite + i] = net->site_classes[net->site_class[i]].reference;
    state_rest(s);
    state_name_ions(s);
    return OK;
}

void state_clear(State *s)
{
    free(s->occ);
    free(s->well);
    free(s->label);
    free(s->ion);
    free(s->place);
    free(s->image);
    *s = (State){0};
}

void state_set(State *s, int64_t site, bool occupied)
{
    s->occ[site] = occupied;
}

void state_name_ions(State *s)
{
    int64_t n = s->ncell * s->net->nsite;
    free(s->ion);
    free(s->place);
    free(s->image);
    s->nion = 0;
    for (int64_t i = 0; i < n; i++)
        s->nion += s->occ[i];
    s->ion = NULL;
    s->place = NULL;
    s->image = NULL;
    if (s->net->nedge == 0)
        return;
    s->ion = MEM_NEW(int32_t, n);
    s->place = MEM_NEW(int64_t, s->nion);
    s->image = mem_new((size_t)s->nion, sizeof *s->image);
    int32_t next = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!s->occ[i]) {
            s->ion[i] = -1;
            continue;
        }
        int64_t cell = i / s->net->nsite;
        s->ion[i] = next;
        s->place[next] = i;
        s->image[next][0] = (int32_t)(cell / s->k[2] / s->k[1]);
        s->image[next][1] = (int32_t)(cell / s->k[2] % s->k[1]);
        s->image[next][2] = (int32_t)(cell % s->k[2]);
        next++;
    }
}

int state_move(State *s, int64_t cell, int32_t edge)
{
    const NetworkEdge *e = &s->net->edge[edge];
    int64_t a = cell * s->net->nsite + e->a,
            b = state_cell(s, cell, e->step) * s->net->nsite + e->b;
    int direction = s->occ[a] ? 1 : -1;
    int64_t from = direction > 0 ? a : b, to = direction > 0 ? b : a;
    int32_t ion = s->ion[from];
    s->occ[from] = 0;
    s->occ[to] = 1;
    s->ion[from] = -1;
    s->ion[to] = ion;
    s->place[ion] = to;
    for (int d = 0; d < 3; d++)
        s->image[ion][d] += direction * e->step[d];
    return direction;
}

void state_position(const State *s, int64_t ion, double r[3])
{
    double f[3];
    int64_t site = s->place[ion] % s->net->nsite;
    for (int a = 0; a < 3; a++)
        f[a] = s->net->site[site][a] + s->image[ion][a];
    cell_to_cartesian(&s->net->cell, f, r);
}

int64_t state_energy(const State *s)
{
    const Network *n = s->net;
    int64_t h = 0;
    for (int64_t cell = 0; cell < s->ncell; cell++) {
        const uint8_t *occ = s->occ + cell * n->nsite, *well = s->well + cell * n->nrotor;
        for (int32_t i = 0; i < n->nsite; i++)
            h += occ[i] ? n->site_classes[n->site_class[i]].energy : 0;
        for (int32_t m = 0; m < n->nrotor; m++)
            h += n->rotor_classes[n->rotor_class[m]].energy[well[m]];
        for (int32_t i = 0; i < n->nsite_rotor; i++) {
            const NetworkLink *l = &n->site_rotor[i];
            int w = s->well[state_cell(s, cell, l->step) * n->nrotor + l->rotor];
            h += occ[l->a] ? n->couplings[l->coupling].table[w] : 0;
        }
        for (int32_t i = 0; i < n->nrotor_rotor; i++) {
            const NetworkLink *l = &n->rotor_rotor[i];
            const NetworkCoupling *c = &n->couplings[l->coupling];
            int w = s->well[state_cell(s, cell, l->step) * n->nrotor + l->rotor];
            h += c->table[well[l->a] * c->nb + w];
        }
    }
    return h;
}
