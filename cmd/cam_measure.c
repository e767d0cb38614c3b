/* Measures of the maps of a batch, into the items and the table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "cam.h"

int measure_open(struct cam *c, struct err *e)
{
	c->q.net = c->net;
	c->q.pool = c->pool;
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		c->x.pictures |= c->q.wanted[v] && evidence_wants_runs(v);
	return truth_open(&c->truth, e) || truth_open(&c->lungs, e) || inquest_open(&c->q, c->batch, e) ? -1 : 0;
}

void measure_close(struct cam *c)
{
	inquest_close(&c->q);
	truth_close(&c->truth);
	truth_close(&c->lungs);
}

/* The masks of a picture, by a worker of the pool. */
void measure_load(const struct cam *c, struct slot *s)
{
	struct err e;

	s->truth = truth_mask(&c->truth, &c->net->recipe, &s->item, &e);
	if (!e.text[0])
		s->lungs = truth_mask(&c->lungs, &c->net->recipe, &s->item, &e);
	if (e.text[0] && !s->err.text[0])
		s->err = e;
}

static void put_values(struct slot *s, const char *map, const struct exhibit *x, const bool *wanted)
{
	char number[NUM_TEXT], *key;

	for (int v = 0; v < EVIDENCE_COUNT; v++)
		if (wanted[v] && !isnan(x->value[v])) {
			key = xasprintf("measure.%s.%s", map, evidence_name(v));
			record_set(&s->item, key, num_text(x->value[v], number));
			free(key);
		}
}

/* A picture's maps, to be asked about. */
static void exhibit(const struct batch *b, int place, struct exhibit *x)
{
	const struct cam *c = b->c;
	const struct slot *s = b->at[place];

	for (int t = 0; t < c->x.ntarget; t++) {
		x[t] = (struct exhibit){.map = slot_map(c, s, t), .first = t ? slot_map(c, s, 0) : NULL, .truth = s->truth,
		                        .lungs = s->lungs, .class = s->class, .item = b->view[place].item};
		if (c->x.pictures)
			x[t].picture = explain_picture(&c->x, b->view[place].slot);
	}
}

void measure_batch(struct batch *b)
{
	struct cam *c = b->c;
	int ntarget = c->x.ntarget;
	struct exhibit *x = xcalloc((size_t)b->pictures * (size_t)ntarget + 1, sizeof *x);

	for (int i = 0; i < b->pictures; i++)
		exhibit(b, i, x + i * ntarget);
	inquest_hold(&c->q, x, b->pictures * ntarget);
	for (int i = 0; i < b->pictures; i++) {
		struct slot *s = b->at[i];

		for (int t = 0; t < ntarget && !s->broken && !s->why.text[0]; t++) {
			char *name = target_name(&c->x.target[t]);

			put_values(s, name, &x[i * ntarget + t], c->q.wanted);
			free(name);
		}
		free(s->truth);
		free(s->lungs);
		s->truth = s->lungs = NULL;
	}
	free(x);
}

/* ---- the table: a row for each map of each picture; of a picture that failed, one without numbers */

static void put(const char *text, char end)
{
	size_t n;
	char *plain = text_unescape(text ? text : "", &n);

	tsv_put(stdout, plain, end);
	free(plain);
}

void measure_head(const struct cam *c)
{
	fputs("id\tlabel\tpatient\tsplit\tclass\tp\tmap", stdout);
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		if (c->q.wanted[v])
			printf("\t%s", evidence_name(v));
	puts("\tstatus");
}

static void put_row(const struct cam *c, const struct record *item, int class, const char *map)
{
	const struct tensor *prob = record_tensor(item, "prob");
	char number[NUM_TEXT];

	put(record_get(item, "id"), '\t');
	put(record_get(item, "label"), '\t');
	put(record_get(item, "patient"), '\t');
	put(record_get(item, "split"), '\t');
	put(map ? c->net->classes.name[class] : "", '\t');
	printf("%s\t", map ? num_text((double)((const float *)prob->data)[class], number) : "");
	put(map, '\t');
	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		char *key = xasprintf("measure.%s.%s", map ? map : "", evidence_name(v));

		if (c->q.wanted[v])
			put(record_get(item, key), '\t');
		free(key);
	}
	put(map ? "ok" : record_error(item), '\n');
}

void measure_rows(const struct cam *c, const struct slot *s)
{
	if (s->place < 0 && record_is_item(&s->item))
		put_row(c, &s->item, 0, NULL);
	for (int t = 0; s->place >= 0 && t < c->x.ntarget; t++) {
		char *name = target_name(&c->x.target[t]);

		put_row(c, &s->item, s->class, name);
		free(name);
	}
}
