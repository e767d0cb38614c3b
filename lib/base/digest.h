#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

/* SHA-256 as 64 lower-case hex digits and a NUL (nettle). */
#define SHA256_HEX 65
struct sha256 {
	unsigned char opaque[128];
};
void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
void sha256_hex(struct sha256 *s, char hex[SHA256_HEX]); /* ends the digest */
void sha256_of(const void *bytes, size_t n, char hex[SHA256_HEX]);

/* A digest as the UID of DICOM that is made of a UUID (PS3.5 B.2): "2.25." and its first 128 bits as a number. */
#define DIGEST_UID 45
void digest_uid(const char *hex, char uid[DIGEST_UID]);

/* HMAC-SHA-256 of a text under a key, as 64 hex digits. */
void hmac_of(const void *key, size_t nkey, const char *text, char hex[SHA256_HEX]);

#endif
