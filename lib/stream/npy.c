/* NumPy's array header, read and written. */
#include "stream/npy.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static const char magic[6] = "\x93NUMPY";

bool npy_knows(const unsigned char *bytes, size_t n)
{
	return n >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */

struct header_text {
	const char *p, *end;
};

static char peek(struct header_text *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
	return c->p < c->end ? *c->p : '\0';
}

static bool take_sign(struct header_text *c, char want)
{
	if (peek(c) != want)
		return false;
	c->p++;
	return true;
}

static bool take_word(struct header_text *c, const char *word)
{
	size_t n = strlen(word);

	peek(c);
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool take_string(struct header_text *c, char *out, size_t size)
{
	char quote = peek(c);
	size_t n = 0;

	if (quote != '\'' && quote != '"')
		return false;
	for (c->p++; c->p < c->end && *c->p != quote; c->p++) {
		if (*c->p == '\\' || *c->p < ' ' || n + 1 >= size)
			return false;
		out[n++] = *c->p;
	}
	out[n] = '\0';
	return take_sign(c, quote);
}

static bool take_size(struct header_text *c, int64_t *v)
{
	char ch = peek(c);

	if (ch < '0' || ch > '9')
		return false;
	for (*v = 0; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		*v = *v * 10 + (*c->p - '0');
		if (*v > INT32_MAX)
			return false;
	}
	return true;
}

static bool take_shape(struct header_text *c, struct npy_head *h)
{
	if (!take_sign(c, '('))
		return false;
	for (h->ndim = 0; !take_sign(c, ')'); ) {
		if (h->ndim == TENSOR_DIMS || !take_size(c, &h->shape[h->ndim++]))
			return false;
		if (!take_sign(c, ',') && peek(c) != ')')
			return false;
	}
	return true;
}

static bool take_flag(struct header_text *c, bool *flag)
{
	*flag = take_word(c, "True");
	return *flag || take_word(c, "False");
}

static int parse(struct npy_head *h, const char *text, size_t n, struct err *e)
{
	struct header_text c = {text, text + n};
	bool flag = false;
	char key[20];

	h->ndim = -1;
	if (!take_sign(&c, '{'))
		return err_set(e, "not a numpy array: no header");
	while (!take_sign(&c, '}')) {
		bool fine = take_string(&c, key, sizeof key) && take_sign(&c, ':');
		if (fine && strcmp(key, "descr") == 0 && peek(&c) == '[')
			return err_set(e, "numpy array of structures: not supported");
		if (fine && strcmp(key, "descr") == 0)
			fine = take_string(&c, h->descr, sizeof h->descr);
		else if (fine && strcmp(key, "fortran_order") == 0)
			fine = flag = take_flag(&c, &h->fortran);
		else if (fine && strcmp(key, "shape") == 0)
			fine = take_shape(&c, h);
		else
			fine = false;
		if (!fine || (!take_sign(&c, ',') && peek(&c) != '}'))
			return err_set(e, "damaged numpy header");
	}
	if (peek(&c) != '\0' || c.p != c.end || !h->descr[0] || !flag || h->ndim < 0)
		return err_set(e, "damaged numpy header");
	return 0;
}

int npy_head_parse(struct npy_head *h, const unsigned char *bytes, size_t n, struct err *e)
{
	size_t start, size;

	*h = (struct npy_head){.ndim = -1};
	if (n < 12)
		return err_set(e, "truncated numpy array");
	if (bytes[6] < 1 || bytes[6] > 3)
		return err_set(e, "numpy format version %d: not supported", bytes[6]);
	start = bytes[6] == 1 ? 10 : 12;
	size = bytes[6] == 1 ? num_get16(bytes + 8) : num_get32(bytes + 8);
	if (size > n - start)
		return err_set(e, "truncated numpy array");
	h->data = start + size;
	return parse(h, (const char *)bytes + start, size, e);
}

unsigned char *npy_head_format(const struct tensor *t, size_t *n)
{
	struct text s = {0};

	text_addn(&s, "\x93NUMPY\1\0\0\0", 10);
	text_add(&s, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
	for (int i = 0; i < t->ndim; i++)
		text_addf(&s, "%lld%s", (long long)t->shape[i], t->ndim == 1 ? "," : i + 1 < t->ndim ? ", " : "");
	text_add(&s, "), }");
	while ((s.len + 1) % 64)
		text_add(&s, " ");
	text_add(&s, "\n");
	s.s[8] = (char)((s.len - 10) % 256);
	s.s[9] = (char)((s.len - 10) / 256);
	*n = s.len;
	return (unsigned char *)s.s;
}
