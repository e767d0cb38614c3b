/* Shards: which block of a list a run is, as a head and as the first and last line of a table. */
#include "stream/shard.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "stream/gate.h"
#include "stream/stream.h"

#define FIRST "#shard"
#define LAST  "#end"
#define SLURM "slurm/"

static int parse_number(struct shard *s, const char *text)
{
	const char *slash = strchr(text, '/');
	char *i = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;
	bool good = i && num_int(slash + 1, 1, INT32_MAX, &s->n) && num_int(i, 1, s->n, &s->i);

	free(i);
	return good ? 0 : -1;
}

static int parse_slurm(struct shard *s, const char *n, struct err *e)
{
	const char *task = getenv("SLURM_ARRAY_TASK_ID");

	if (!num_int(n, 1, INT32_MAX, &s->n))
		return err_set(e, "slurm/%s: '%s' is no number of shards", n, n);
	if (!task)
		return err_set(e, "SLURM_ARRAY_TASK_ID is not set: this is no task of an array job");
	if (!num_int(task, 1, s->n, &s->i))
		return err_set(e, "SLURM_ARRAY_TASK_ID is %s, not 1 to %" PRId64, task, s->n);
	return 0;
}

int shard_parse(struct shard *s, const char *text, struct err *e)
{
	*s = (struct shard){0};
	if (!strncmp(text, SLURM, strlen(SLURM)))
		return parse_slurm(s, text + strlen(SLURM), e);
	return parse_number(s, text) ? err_set(e, "'%s' is not i/n with 1 <= i <= n, nor slurm/n", text) : 0;
}

bool shard_same(struct shard a, struct shard b)
{
	return a.i == b.i && a.n == b.n;
}

/* items * k / n without overflow: n and k are below 2^31. */
static int64_t cut(int64_t items, int64_t k, int64_t n)
{
	return items / n * k + items % n * k / n;
}

void shard_block(struct shard s, int64_t items, int64_t *from, int64_t *to)
{
	*from = s.n ? cut(items, s.i - 1, s.n) : 0;
	*to = s.n ? cut(items, s.i, s.n) : items;
}

/* Heads */

int head_shard(const struct record *head, struct shard *s, struct err *e)
{
	const char *text = record_get(head, "shard");

	*s = (struct shard){0};
	if (!text)
		return 0;
	return parse_number(s, text) ? err_set(e, "shard '%s' is not i/n with 1 <= i <= n", text) : 1;
}

int head_set_shard(struct record *head, struct shard s, struct err *e)
{
	struct shard had;
	int rc = s.n ? head_shard(head, &had, e) : 0;

	if (!s.n)
		return 0;
	if (rc < 0)
		return -1;
	if (rc && !shard_same(had, s))
		return err_set(e, "is shard %" PRId64 "/%" PRId64 " already, not %" PRId64 "/%" PRId64, had.i, had.n, s.i, s.n);
	if (!record_get(head, "items"))
		return err_set(e, "does not say how many items the whole has, so there are no shards of it");
	record_setf(head, "shard", "%" PRId64 "/%" PRId64, s.i, s.n);
	return 0;
}

int64_t head_share(const struct record *head)
{
	int64_t from, to;
	struct shard s;
	struct err e;

	if (head_shard(head, &s, &e) < 0)
		return 0;
	shard_block(s, head_items(head), &from, &to);
	return to - from;
}

/* Text */

void shard_put_head(FILE *f, const struct record *head)
{
	const char *shard = record_get(head, "shard");
	int left = head->nmeta - 1;

	if (!shard)
		return;
	tsv_put(f, FIRST, '\t');
	tsv_put(f, shard, left ? '\t' : '\n');
	for (int k = 0; k < head->nmeta; k++)
		if (strcmp(head->meta[k].key, "shard")) {
			char *pair = xasprintf("%s=%s", head->meta[k].key, head->meta[k].value);

			tsv_put(f, pair, --left ? '\t' : '\n');
			free(pair);
		}
}

void shard_put_end(FILE *f, const struct record *head, int64_t rows)
{
	if (record_get(head, "shard"))
		fprintf(f, LAST "\t%" PRId64 "\n", rows);
}

int shard_take_head(const struct tsv *t, struct record *head, struct shard *s, struct err *e)
{
	if (t->nfield < 2 || strcmp(t->field[0], FIRST))
		return 0;
	record_set(head, "shard", t->field[1]);
	for (int k = 2; k < t->nfield; k++) {
		char *equal = strchr(t->field[k], '=');

		if (!equal)
			return err_set(e, "line %ld: '%s' is not key=value", t->line, t->field[k]);
		*equal = '\0';
		record_set(head, t->field[k], equal + 1);
	}
	return head_shard(head, s, e) < 0 || gate_record(head, e) ? err_prefix(e, "line %ld", t->line) : 1;
}

int shard_take_end(const struct tsv *t, int64_t rows, struct err *e)
{
	int64_t n;

	if (t->nfield != 2 || strcmp(t->field[0], LAST))
		return 0;
	if (!num_int(t->field[1], 0, INT64_MAX, &n) || n != rows)
		return err_set(e, "damaged: rows are %" PRId64 ", the last line says %s", rows, t->field[1]);
	return 1;
}
