/* p3m_clones.h -- one source, compiled for three levels of x86-64; the loader takes the best that the
 * CPU has. Part of p3m. Results differ in the last bits between CPUs of different level (fused
 * multiply-add), never on one. */
#ifndef FORCE_P3M_CLONES_H
#define FORCE_P3M_CLONES_H

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__OPTIMIZE__) &&                      \
    !defined(__SANITIZE_ADDRESS__)
#define P3M_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define P3M_CLONES
#endif

#endif
