/* The one gate for what a foreign stream says: names that are names, numbers that are numbers. */
#include "stream/gate.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/tsv.h"
#include "stream/classes.h"
#include "stream/shard.h"

enum gated_form { NAME, TEXT, COUNT, SIDE, REAL, HASH, CLASSES, SHARD };

static const struct {
	const char *key;
	enum gated_form form;
} known[] = {
	{"arch", TEXT}, {"bias", REAL}, {"classes", CLASSES}, {"crc32", NAME}, {"digest", NAME}, {"error", TEXT},
	{"errors", COUNT}, {"height", SIDE}, {"id", TEXT}, {"index", COUNT}, {"items", COUNT}, {"label", NAME},
	{"list", NAME}, {"map.class", NAME}, {"map.flat", NAME}, {"patient", NAME}, {"recipe", TEXT}, {"sha256", HASH},
	{"shard", SHARD}, {"split", NAME}, {"temperature", REAL}, {"threshold", REAL}, {"version", NAME}, {"width", SIDE},
};

int gate_text(const char *what, const char *text, size_t n, size_t most, struct err *e)
{
	if (n > most)
		return err_set(e, "%.40s has %zu bytes, at most %zu may be", what, n, most);
	for (size_t i = 0, k; i < n; i += k) {
		k = text_utf8_length(text + i, n - i);
		if (!k)
			return err_set(e, "%.40s holds a control character or no UTF-8 (byte %zu is 0x%02x), which would be written "
			               "as an escape", what, i + 1, (unsigned char)text[i]);
	}
	return 0;
}

static int check_count(const char *key, const char *text, int64_t lo, int64_t hi, struct err *e)
{
	int64_t n;

	return num_int(text, lo, hi, &n) ? 0 : err_set(e, "%s '%.40s' is not a whole number from %lld to %lld", key, text,
	                                               (long long)lo, (long long)hi);
}

static int check_real(const char *key, const char *text, struct err *e)
{
	double x;

	return num_double(text, &x) && isfinite(x) ? 0 : err_set(e, "%s '%.40s' is not a finite number", key, text);
}

static int check_hash(const char *key, const char *text, struct err *e)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64
		? 0 : err_set(e, "%s '%.70s' is no SHA-256 (64 hexadecimal digits)", key, text);
}

static int check_classes(const char *list, struct err *e)
{
	struct classes c;

	if (gate_text("classes", list, strlen(list), GATE_TEXT, e) || classes_parse(&c, list, e))
		return -1;
	classes_free(&c);
	return 0;
}

static int check_shard(const char *text, struct err *e)
{
	struct shard s;

	return shard_parse(&s, text, e) ? err_prefix(e, "shard") : 0;
}

static int check_known(enum gated_form form, const char *key, const char *text, struct err *e)
{
	switch (form) {
	case NAME: return gate_text(key, text, strlen(text), GATE_NAME, e);
	case TEXT: return gate_text(key, text, strlen(text), GATE_TEXT, e);
	case COUNT: return check_count(key, text, 0, INT64_MAX, e);
	case SIDE: return check_count(key, text, 1, GATE_SIDE, e);
	case REAL: return check_real(key, text, e);
	case HASH: return check_hash(key, text, e);
	case CLASSES: return check_classes(text, e);
	case SHARD: return check_shard(text, e);
	}
	return 0;
}

static int check_meta(const struct meta *m, struct err *e)
{
	if (gate_text("a key", m->key, strlen(m->key), GATE_NAME, e))
		return -1;
	if (!strncmp(m->key, "x.", 2) || !strncmp(m->key, "pg.", 3))
		return check_known(TEXT, m->key, m->value, e);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].key, m->key))
			return check_known(known[i].form, m->key, m->value, e);
	return 0;
}

int gate_record(const struct record *r, struct err *e)
{
	for (int i = 0; i < r->nmeta; i++)
		if (check_meta(&r->meta[i], e))
			return -1;
	for (int i = 0; i < r->ntensor; i++)
		if (gate_text("a tensor's name", r->tensor[i].name, strlen(r->tensor[i].name), GATE_NAME, e))
			return -1;
	return 0;
}
