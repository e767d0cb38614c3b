#include <stdlib.h>
#include <string.h>

#include "base/tsv.h"
#include "show.h"
#include "stream/describe.h"
#include "tool/tool.h"

/* The id as text on the command line: stored strings are escaped, so the argument may be given either way. */
static bool has_id(const struct record *r, const char *want)
{
	const char *id = record_get(r, "id");
	char *plain = id ? text_unescape(id, NULL) : NULL;
	bool same = id && (!strcmp(id, want) || !strcmp(plain, want));
	free(plain);
	return same;
}

static bool chosen(const struct show_want *want, const struct record *r, int64_t index)
{
	if (want->item < 0 && !want->id)
		return true;
	if (!record_is_item(r))
		return false;
	return want->id ? has_id(r, want->id) : index == want->item;
}

static void put_npy(const struct record *r, const char *name)
{
	struct err e;
	const struct tensor *t = record_tensor(r, name);
	if (!t)
		die("no tensor %s in the record", name);
	if (tensor_write_npy(t, stdout, &e))
		die("standard output: %s", e.text);
}

static void put(const struct show_want *want, const struct record *r)
{
	struct err e;
	if (want->npy)
		put_npy(r, want->npy);
	else if (want->extract && record_write(r, stdout, NULL, &e))
		die("standard output: %s", e.text);
	else if (want->json) {
		char *text = record_json(r, want->verbose);
		puts(text);
		free(text);
	} else if (!want->extract)
		show_record(r, want->verbose);
}

/* -x and --npy take one record, the first that is chosen: without a choice a model itself, or a stream's first item. */
void show_stream(struct reader *r, const struct show_want *want)
{
	struct err e;
	struct record rec = {0};
	bool single = want->extract || want->npy, stream = !r->ended, found = false;
	bool all = want->item < 0 && !want->id;
	int rc = 1;
	if (all && !(single && stream)) {
		put(want, &r->head);
		found = true;
	}
	while (!(single && found) && (rc = reader_next(r, &rec, &e)) > 0)
		if (chosen(want, &rec, r->items - 1) && (!single || record_is_item(&rec))) {
			put(want, &rec);
			found = true;
		}
	if (rc < 0)
		die_err(&e);
	if (all && stream && !single)
		put(want, &rec); /* the tail */
	if (!found)
		die("%s: no such record", r->src->name);
	record_free(&rec);
}
