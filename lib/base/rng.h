#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* Counter-based random numbers: a stream is a function of its keys alone, never of who drew before or on which
 * thread. Keys are hashed, draws are SplitMix64 (Steele, Lea, Flood 2014) from there. */
struct rng {
	uint64_t state;
};

/* What the numbers are for: two purposes never share a stream. One list, so that nothing collides. */
enum rng_purpose {
	RNG_SPLIT = 1,
	RNG_SHUFFLE,
	RNG_INIT,
	RNG_AUGMENT,
	RNG_DROPOUT,
	RNG_PHANTOM,
	RNG_BOOTSTRAP,
	RNG_EXPLAIN,
	RNG_TEST,
	RNG_STRESS,
	RNG_BACKGROUND,
	RNG_EXPECTED,
};

struct rng rng_at(uint64_t seed, enum rng_purpose purpose, uint64_t a, uint64_t b);
uint64_t rng_u64(struct rng *r);
double rng_uniform(struct rng *r);                   /* [0, 1), 53 bits */
double rng_between(struct rng *r, double lo, double hi); /* [lo, hi) */
double rng_normal(struct rng *r);                    /* mean 0, sd 1 (Box-Muller, two draws each) */
uint64_t rng_below(struct rng *r, uint64_t n);       /* 0 .. n-1 without bias; n > 0 */
void rng_shuffle(struct rng *r, size_t *index, size_t n); /* Fisher-Yates of index in place */
uint64_t rng_hash(const void *bytes, size_t n);      /* FNV-1a then mixed: a key from a string */

#endif
