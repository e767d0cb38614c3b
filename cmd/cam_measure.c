/* Measures of the maps of a batch, into the items. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam_item.h"

int measure_open(struct cam *c, struct err *e)
{
	c->q.net = c->net;
	c->q.pool = c->pool;
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		c->images |= c->q.wanted[v] && (evidence_wants_runs(v) || evidence_wants_shakes(v));
	return truth_open(&c->truth, e) || truth_open(&c->lungs, e) || against_open(&c->against, e) ||
	       inquest_open(&c->q, c->blend.batch, e) ? -1 : 0;
}

void measure_close(struct cam *c)
{
	inquest_close(&c->q);
	truth_close(&c->truth);
	truth_close(&c->lungs);
	against_close(&c->against);
}

/* The masks of an image, by a worker of the pool. */
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

static void done_with(struct truth *t, unsigned char **mask)
{
	t->asked |= t->path != NULL;
	t->found |= *mask != NULL;
	free(*mask);
	*mask = NULL;
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

/* An image's maps, to be asked about. */
static void exhibit(const struct batch *b, int place, struct exhibit *x)
{
	const struct cam *c = b->c;
	const struct slot *s = b->at[place];

	for (int t = 0; t < c->blend.nmap; t++) {
		x[t] = (struct exhibit){.map = slot_map(c, s, t), .first = t ? slot_map(c, s, 0) : NULL, .leads = t == 0,
		                        .truth = s->truth, .lungs = s->lungs, .class = s->class,
		                        .item = b->view[place].item};
		if (c->against.path)
			x[t].first = against_map(c, s, t);
		if (c->images)
			x[t].image = c->blend.input + (size_t)place * node_floats(c->net->g->input);
	}
}

bool measure_shakes(const struct cam *c)
{
	bool wanted = false;

	for (int v = 0; v < EVIDENCE_COUNT; v++)
		wanted |= c->q.wanted[v] && evidence_wants_shakes(v);
	return wanted;
}

static void shake(struct batch *b, struct exhibit *x)
{
	struct cam *c = b->c;
	int n = b->images * c->blend.nmap;
	double *change = xcalloc((size_t)n + 1, sizeof *change);

	blend_shake(&c->blend, b->view, b->images, b->maps, c->q.seed, change);
	for (int i = 0; i < n; i++)
		x[i].shaken = change[i];
	free(change);
}

void measure_batch(struct batch *b)
{
	struct cam *c = b->c;
	int nmap = c->blend.nmap;
	struct exhibit *x = xcalloc((size_t)b->images * (size_t)nmap + 1, sizeof *x);

	pool_run(c->pool, (size_t)b->images, load_place, b);
	for (int i = 0; i < b->images; i++)
		exhibit(b, i, x + i * nmap);
	if (measure_shakes(c))
		shake(b, x);
	inquest_hold(&c->q, x, b->images * nmap);
	for (int i = 0; i < b->images; i++) {
		struct slot *s = b->at[i];

		for (int t = 0; t < nmap && !s->maps.broken && !s->why.text[0]; t++)
			put_values(s, c->blend.map[t].name, &x[i * nmap + t], c->q.wanted);
		done_with(&c->truth, &s->truth);
		done_with(&c->lungs, &s->lungs);
	}
	free(x);
}
