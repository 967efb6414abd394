/* clones.h -- one source, compiled for three levels of x86-64; the loader takes the best that the CPU has.
 *
 * Results of files compiled with PW_KERNEL_FLAGS differ in the last bits between CPUs of different level (fused multiply-add),
 * never on one; of all others they do not.
 */
#ifndef BASE_CLONES_H
#define BASE_CLONES_H

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__OPTIMIZE__) &&                      \
    !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#endif
