#ifndef ZOO_PICKLE_H
#define ZOO_PICKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Python pickles (protocol 2, and what 4 adds), as far as a state dict needs them. A pickle is a program that may name
 * any function and have it called; this reader knows a dozen names, which it takes for data, and calls nothing. Every
 * other opcode and every other name is refused, the name in the message. Private to lib/zoo. */
enum pickle_kind {
	PICKLE_NONE, /* also numbers that nobody needs */
	PICKLE_INT,
	PICKLE_TEXT,
	PICKLE_TUPLE,
	PICKLE_LIST,
	PICKLE_DICT,   /* item: key, value, key, value ... */
	PICKLE_TYPE,   /* torch.FloatStorage, torch.FloatTensor ...: text is the name behind "torch." */
	PICKLE_NAME,   /* another name of the list, before it is used */
	PICKLE_REF,    /* persistent id: item[0] */
	PICKLE_TENSOR, /* item: storage, offset, sizes, strides */
	PICKLE_EMPTY,  /* a parameter that gets its data later */
	PICKLE_MARK,
};
struct pickle_value {
	enum pickle_kind kind;
	int64_t number;
	const char *text; /* in the pickle, not terminated */
	size_t length;
	struct pickle_value **item;
	size_t n, cap;
};
/* All values read with it, until pickle_free. A zeroed one is empty. */
struct pickle {
	struct pickle_value **value;
	size_t n, cap;
	int steps;
};

/* Reads one pickle from bytes; *used (if not NULL) is its length. The values live in p and point into bytes. They may
 * form circles: walk them with a limit. NULL on error. */
struct pickle_value *pickle_load(struct pickle *p, const unsigned char *bytes, size_t n, size_t *used, struct err *e);
void pickle_free(struct pickle *p);

/* The value of a text key of a dict; NULL: none. */
struct pickle_value *pickle_get(const struct pickle_value *dict, const char *key);
int pickle_is(const struct pickle_value *v, const char *text); /* is v this text? */

#endif
