#ifndef FUZZ_PARTS_H
#define FUZZ_PARTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Several inputs in one: PARTS_MARK stands between them. */
#define PARTS_MARK "\x1e\x1e\x1e\x1e"

struct part {
	const uint8_t *bytes;
	size_t n;
};

/* At most `most` of them, the last with all that is left; how many. */
static inline int parts_of(const uint8_t *data, size_t size, struct part *part, int most)
{
	const uint8_t *end = data + size, *found;
	int n = 0;

	while (n + 1 < most && (found = memmem(data, (size_t)(end - data), PARTS_MARK, 4))) {
		part[n++] = (struct part){data, (size_t)(found - data)};
		data = found + 4;
	}
	part[n++] = (struct part){data, (size_t)(end - data)};
	return n;
}

#endif
