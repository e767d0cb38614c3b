#ifndef FUZZ_STREAM_MUTATOR_H
#define FUZZ_STREAM_MUTATOR_H

/* Mutants that stay streams, for every target that reads one: one record's header or its data change, its length and
 * the checksum of each tail follow. Included once, by the target. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stream/record.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* The length of the record at p with its header alone, 0 when there is none. */
static size_t header_end(const uint8_t *p, size_t n)
{
	uint64_t header = n > 8 && p[8] == '{' ? num_get64(p) : 0;

	return header <= n - 8 ? 8 + (size_t)header : 0;
}

/* The first record from there on that starts with a header; n when none does. */
static size_t next_record(const uint8_t *p, size_t n, size_t from)
{
	while (from < n && header_end(p + from, n - from) <= 8)
		from++;
	return from;
}

/* Each tail's checksum becomes that of what is before it, from the last head on. */
static void mend_checksums(uint8_t *p, size_t n)
{
	static const char head[] = "\"cxr\":\"head\"", key[] = "\"crc32\":\"";
	size_t from = 0, end;

	for (size_t at = next_record(p, n, 0); at < n; at = next_record(p, n, at + 8)) {
		end = header_end(p + at, n - at);
		uint8_t *found = memmem(p + at, end, key, sizeof key - 1);
		char digits[9];

		if (memmem(p + at, end, head, sizeof head - 1))
			from = at;
		if (!found || found + sizeof key - 1 + 8 > p + at + end)
			continue;
		snprintf(digits, sizeof digits, "%08x", crc_of(p + from, at - from));
		memcpy(found + sizeof key - 1, digits, 8);
	}
}

/* The part of n bytes at data + at changes, what is behind it moves. Returns the part's new length. */
static size_t change_part(uint8_t *data, size_t size, size_t at, size_t n, size_t most)
{
	size_t room = n + (most - size < 256 ? most - size : 256), now;
	uint8_t *part = malloc(room + 1);

	if (!part)
		abort();
	memcpy(part, data + at, n);
	now = LLVMFuzzerMutate(part, n, room);
	memmove(data + at + now, data + at + n, size - at - n);
	memcpy(data + at, part, now);
	free(part);
	return now;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	size_t at = next_record(data, size, 0), records = 0, k, header, body;

	for (size_t i = at; i < size; i = next_record(data, size, i + 8))
		records++;
	if (!records || seed % 8 == 0)
		return LLVMFuzzerMutate(data, size, most);
	for (k = seed / 8 % records; k; k--)
		at = next_record(data, size, at + 8);
	header = header_end(data + at, size - at) - 8;
	body = next_record(data, size, at + 8 + header) - at - 8 - header;
	if (seed % 8 == 1 && body) { /* tensors keep their length: their header says it */
		LLVMFuzzerMutate(data + at + 8 + header, body, body);
	} else {
		size_t now = change_part(data, size, at + 8, header, most);

		size += now - header;
		num_put64(data + at, now);
	}
	mend_checksums(data, size);
	return size;
}

#endif
