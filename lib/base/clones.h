#ifndef BASE_CLONES_H
#define BASE_CLONES_H

/* CLONES before a function compiles it for x86-64-v4, -v3 and the baseline; the loader picks one. Empty where
 * ifuncs do not work (thread sanitizer), on other machines, with clang (whose resolvers collide between files) and for
 * `make CLONES=`. */
#if defined(CXR_CLONES) && defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define CLONED /* CLONES does something */
#else
#define CLONES
#endif

#endif
