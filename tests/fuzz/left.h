#ifndef FUZZ_LEFT_H
#define FUZZ_LEFT_H

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* What a run that died left of `whole` [want]: as many of its first bytes as the first two of data say, then the rest
 * of data, whatever that is. Fresh memory; *n: how many. */
static inline uint8_t *left_of(const char *whole, size_t want, const uint8_t *data, size_t size, size_t *n)
{
	size_t kept = size > 1 ? data[0] | (size_t)data[1] << 8 : 0, more = size > 2 ? size - 2 : 0;
	uint8_t *left;

	kept = kept < want ? kept : want;
	*n = kept + more;
	left = xmalloc(*n + 1);
	memcpy(left, whole, kept);
	if (more)
		memcpy(left + kept, data + 2, more);
	return left;
}

#endif
