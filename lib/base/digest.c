/* SHA-256 by nettle, the one file that includes it. */
#include "base/digest.h"

#include <inttypes.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#undef sha256_init /* nettle renames its own */

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct sha256), "struct sha256 is too small for nettle's state");

/* The opaque bytes are copied in and out rather than cast: they have no alignment of their own. */
void sha256_init(struct sha256 *s)
{
	struct sha256_ctx c;
	nettle_sha256_init(&c);
	memcpy(s->opaque, &c, sizeof c);
}

void sha256_add(struct sha256 *s, const void *bytes, size_t n)
{
	struct sha256_ctx c;
	memcpy(&c, s->opaque, sizeof c);
	nettle_sha256_update(&c, n, bytes);
	memcpy(s->opaque, &c, sizeof c);
}

static void to_hex(const unsigned char d[SHA256_DIGEST_SIZE], char hex[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++) {
		hex[2 * i] = digits[d[i] >> 4];
		hex[2 * i + 1] = digits[d[i] & 15];
	}
	hex[SHA256_HEX - 1] = 0;
}

void sha256_hex(struct sha256 *s, char hex[SHA256_HEX])
{
	unsigned char d[SHA256_DIGEST_SIZE];
	struct sha256_ctx c;
	memcpy(&c, s->opaque, sizeof c);
	nettle_sha256_digest(&c, sizeof d, d);
	to_hex(d, hex);
}

void sha256_of(const void *bytes, size_t n, char hex[SHA256_HEX])
{
	struct sha256 s;
	sha256_init(&s);
	sha256_add(&s, bytes, n);
	sha256_hex(&s, hex);
}

void hmac_of(const void *key, size_t nkey, const char *text, char hex[SHA256_HEX])
{
	unsigned char d[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx c;
	nettle_hmac_sha256_set_key(&c, nkey, key);
	nettle_hmac_sha256_update(&c, strlen(text), (const unsigned char *)text);
	nettle_hmac_sha256_digest(&c, sizeof d, d);
	to_hex(d, hex);
}

/* Long division by ten: digits of a base of 2^32, the highest first. */
static int divide(uint32_t part[4])
{
	uint64_t rest = 0;

	for (int i = 0; i < 4; i++) {
		rest = rest << 32 | part[i];
		part[i] = (uint32_t)(rest / 10);
		rest %= 10;
	}
	return (int)rest;
}

void digest_uid(const char *hex, char uid[DIGEST_UID])
{
	uint32_t part[4] = {0};
	char digit[DIGEST_UID];
	int at = DIGEST_UID - 1;

	sscanf(hex, "%8" SCNx32 "%8" SCNx32 "%8" SCNx32 "%8" SCNx32, part, part + 1, part + 2, part + 3);
	digit[at] = '\0';
	do
		digit[--at] = (char)('0' + divide(part));
	while (part[0] | part[1] | part[2] | part[3]);
	snprintf(uid, DIGEST_UID, "2.25.%s", digit + at);
}
