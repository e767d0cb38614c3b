/* Random numbers by counter: a function of seed, purpose and place, never of what was drawn before. */
#include "base/rng.h"

#include <math.h>

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static const uint64_t golden = 0x9e3779b97f4a7c15u;

struct rng rng_at(uint64_t seed, enum rng_purpose purpose, uint64_t a, uint64_t b)
{
	uint64_t h = mix(seed + golden);
	h = mix(h + golden * (uint64_t)purpose + 1);
	h = mix(h + golden * a + 2);
	h = mix(h + golden * b + 3);
	return (struct rng){h};
}

uint64_t rng_u64(struct rng *r)
{
	return mix(r->state += golden);
}

double rng_uniform(struct rng *r)
{
	return (rng_u64(r) >> 11) * 0x1p-53;
}

double rng_between(struct rng *r, double lo, double hi)
{
	double v = lo + (hi - lo) * rng_uniform(r);
	return v < hi || lo >= hi ? v : nextafter(hi, lo); /* rounding may reach hi */
}

double rng_normal(struct rng *r)
{
	double u = 1 - rng_uniform(r), v = rng_uniform(r); /* u in (0, 1]: its logarithm is finite */
	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* Rejects the incomplete last round of n, so that every value is equally likely. */
uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t skip = -n % n, v; /* 2^64 mod n */
	do
		v = rng_u64(r);
	while (v < skip);
	return v % n;
}

void rng_shuffle(struct rng *r, size_t *index, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(r, i), t = index[i - 1];
		index[i - 1] = index[j];
		index[j] = t;
	}
}

uint64_t rng_hash(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return mix(h);
}
