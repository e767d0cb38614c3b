#ifndef STREAM_GATE_H
#define STREAM_GATE_H

#include "stream/record.h"

/* What a stream's strings must be, so that nothing behind the reader needs to ask again: labels, ids, classes and so on
 * become file names, table rows, HTML and words on terminals. UTF-8 is seen to by the JSON parser. */

enum {
	GATE_NAME = 1024,   /* most bytes of a label, a patient, a split, a class, a column's or tensor's name */
	GATE_TEXT = 65536,  /* of an id, an error, any other known string */
	GATE_SIDE = 1 << 30 /* pixels of an original's side */
};

/* 0, or -1 when a known string of a head, item, model or tail holds a control character (C1 too: such are escaped,
 * cxr-stream(5)) or is too long, or when a known number is none. Values of keys that are not known pass. The message
 * names the key; which record it is the caller says. */
int gate_record(const struct record *r, struct err *e);

/* One name of n bytes: not empty, without control characters, at most `most` bytes. what: for the message. */
int gate_text(const char *what, const char *text, size_t n, size_t most, struct err *e);

#endif
