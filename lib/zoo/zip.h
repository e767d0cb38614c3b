#ifndef ZOO_ZIP_H
#define ZOO_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A zip archive in memory, read through the directory at its end: sizes in front of the members may be missing, members
 * may lie in any order. (libarchive walks forward and unpacks; weights are used where they lie.) Archives that need
 * zip64, encryption, overlapping members and names that are there twice are refused. Private to lib/zoo. */
struct zip_member {
	char *name;
	const unsigned char *data; /* stored bytes */
	size_t stored, size;       /* in the archive; unpacked */
	bool deflated, checked; /* checked: its CRC was */
	uint32_t crc;
	size_t begin; /* of its local header */
};
struct zip {
	struct zip_member *member; /* in the order of the directory */
	size_t n, cap;
};
int zip_open(struct zip *z, const unsigned char *bytes, size_t n, struct err *e);
void zip_close(struct zip *z);

/* The member's bytes, CRC checked: its own place in the archive, or *fresh memory (else NULL) when it was deflated.
 * NULL on error. */
const unsigned char *zip_bytes(struct zip_member *m, unsigned char **fresh, struct err *e);

#endif
