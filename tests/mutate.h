/* mutate.h -- damaged copies of a valid file: flipped bytes, cut ends, pieces doubled or overwritten. */
#ifndef TESTS_MUTATE_H
#define TESTS_MUTATE_H

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

/* How many: the environment's PW_MUTATIONS, or `few`. */
static inline uint64_t mutate_count(uint64_t few)
{
    const char *text = getenv("PW_MUTATIONS");
    return text != NULL ? strtoull(text, NULL, 10) : few;
}

/* Copy number `id` of n bytes into out [2 n + 16]; returns its length. A function of id alone. */
static inline size_t mutate(uint64_t id, size_t n, const char *bytes, char *out)
{
    uint32_t r[4];
    memcpy(out, bytes, n);
    for (uint64_t k = 0; k < 1 + id % 4; k++) {
        rng_words(7, RNG_TEST, id, k, r);
        if (n == 0)
            return 0;
        size_t at = r[1] % n, length = 1 + r[2] % 16;
        switch (r[0] % 5) {
        case 0:
            out[at] = (char)(r[3] & 0xff);
            break;
        case 1:
            out[at] = (char)(out[at] ^ (1 << (r[3] % 8)));
            break;
        case 2:
            n = at;
            break;
        case 3: /* characters that mean something to readers of text */
            out[at] = "0123456789-+.eE,#: \n\t\"[]naif"[r[3] % 29];
            break;
        default:
            if (at + length > n)
                length = n - at;
            memmove(out + at, out + r[3] % n, length < n - r[3] % n ? length : n - r[3] % n);
            break;
        }
    }
    return n;
}

#endif
