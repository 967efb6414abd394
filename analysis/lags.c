#include "analysis/lags.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

void lags_init(Lags *l, int64_t longest, int64_t linear, int per_octave)
{
    if (linear < 1)
        linear = 1;
    if (longest < 0)
        longest = 0;
    size_t room = (size_t)(linear < longest ? linear : longest) + 2;
    if (longest > linear)
        room += (size_t)(per_octave * (ceil(log2((double)longest / (double)linear)) + 1.0));
    l->lag = MEM_NEW(int64_t, room);
    l->n = 0;
    for (int64_t k = 0; k <= linear && k <= longest; k++)
        l->lag[l->n++] = k;
    for (int step = 1; l->lag[l->n - 1] < longest; step++) {
        int64_t k = (int64_t)llround((double)linear * exp2((double)step / per_octave));
        if (k > longest)
            k = longest;
        if (k > l->lag[l->n - 1])
            l->lag[l->n++] = k;
    }
}

void lags_clear(Lags *l)
{
    free(l->lag);
    *l = (Lags){0};
}

int64_t lags_origins(int64_t frames, int64_t lag, int64_t stride)
{
    return lag < frames ? (frames - lag - 1) / stride + 1 : 0;
}
