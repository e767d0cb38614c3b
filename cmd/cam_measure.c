/* Measures of the maps of a batch, into the items and the table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam.h"

int measure_open(struct cam *c, struct err *e)
{
	c->q.net = c->net;
	c->q.pool = c->pool;
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		c->pictures |= c->q.wanted[v] && evidence_wants_runs(v);
	return truth_open(&c->truth, e) || truth_open(&c->lungs, e) || inquest_open(&c->q, c->blend.batch, e) ? -1 : 0;
}

void measure_close(struct cam *c)
{
	inquest_close(&c->q);
	truth_close(&c->truth);
	truth_close(&c->lungs);
}

/* The masks of a picture, by a worker of the pool. */
static void load_place(void *ctx, size_t place, int worker)
{
	struct batch *b = ctx;
	const struct cam *c = b->c;
	struct slot *s = b->at[place];
	struct err e;

	(void)worker;
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

	for (int t = 0; t < c->blend.nmap; t++) {
		x[t] = (struct exhibit){.map = slot_map(c, s, t), .first = t ? slot_map(c, s, 0) : NULL, .truth = s->truth,
		                        .lungs = s->lungs, .class = s->class, .item = b->view[place].item};
		if (c->pictures)
			x[t].picture = c->blend.input + (size_t)place * node_floats(c->net->g->input);
	}
}

void measure_batch(struct batch *b)
{
	struct cam *c = b->c;
	int nmap = c->blend.nmap;
	struct exhibit *x = xcalloc((size_t)b->pictures * (size_t)nmap + 1, sizeof *x);

	pool_run(c->pool, (size_t)b->pictures, load_place, b);
	for (int i = 0; i < b->pictures; i++)
		exhibit(b, i, x + i * nmap);
	inquest_hold(&c->q, x, b->pictures * nmap);
	for (int i = 0; i < b->pictures; i++) {
		struct slot *s = b->at[i];

		for (int t = 0; t < nmap && !s->maps.broken && !s->why.text[0]; t++)
			put_values(s, c->blend.map[t].name, &x[i * nmap + t], c->q.wanted);
		free(s->truth);
		free(s->lungs);
		s->truth = s->lungs = NULL;
	}
	free(x);
}

/* ---- the table: a row for each map of each picture; of a picture that failed, one without numbers */

int measure_head(struct cam *c, struct err *e)
{
	FILE *to = table_text(&c->rows);

	fputs("id\tlabel\tpatient\tsplit\tclass\tp\tmap", to);
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		if (c->q.wanted[v])
			fprintf(to, "\t%s", evidence_name(v));
	fputs("\tstatus\n", to);
	return table_put(&c->rows, e) ? err_prefix(e, "standard output") : 0;
}

static void put_row(const struct cam *c, FILE *to, const struct record *item, int class, const char *map)
{
	const struct tensor *prob = record_tensor(item, "prob");
	char number[NUM_TEXT];

	table_value(to, record_get(item, "id"), '\t');
	table_value(to, record_get(item, "label"), '\t');
	table_value(to, record_get(item, "patient"), '\t');
	table_value(to, record_get(item, "split"), '\t');
	table_value(to, map ? c->net->classes.name[class] : "", '\t');
	fprintf(to, "%s\t", map ? num_text((double)((const float *)prob->data)[class], number) : "");
	table_value(to, map, '\t');
	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		char *key = xasprintf("measure.%s.%s", map ? map : "", evidence_name(v));

		if (c->q.wanted[v])
			table_value(to, record_get(item, key), '\t');
		free(key);
	}
	table_value(to, map ? "ok" : record_error(item), '\n');
}

int measure_rows(struct cam *c, const struct slot *s, struct err *e)
{
	FILE *to = table_text(&c->rows);

	if (!record_is_item(&s->item))
		return 0;
	if (s->place < 0)
		put_row(c, to, &s->item, 0, NULL);
	for (int t = 0; s->place >= 0 && t < c->blend.nmap; t++)
		put_row(c, to, &s->item, s->class, c->blend.map[t].name);
	return table_put(&c->rows, e) ? err_prefix(e, "standard output") : 0;
}
