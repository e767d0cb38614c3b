/* Measures of the maps of a batch, into the items, and the table of -t. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam/item.h"

static int open_masks(struct masks *m, struct err *e)
{
	struct source src;
	int rc;

	if (!m->path || file_is_dir(m->path))
		return 0;
	if (source_open_any(&src, m->path, e))
		return -1;
	rc = masks_read(m, &src, e);
	source_close(&src);
	return rc;
}

int measure_open(struct cam *c, struct err *e)
{
	c->x.q.net = c->x.net;
	c->x.q.pool = c->x.pool;
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		c->x.images |= c->x.q.wanted[v] && (evidence_wants_runs(v) || evidence_wants_shakes(v));
	return open_masks(&c->truth.lesions.masks, e) || open_masks(&c->truth.lungs.masks, e) ||
	       against_open(&c->truth.against, e) || inquest_open(&c->x.q, c->x.blend.batch, e) ? -1 : 0;
}

/* Did they know something, where they were asked? */
static bool close_masks(struct cam_masks *m)
{
	bool known = m->found || !m->asked;

	if (!known)
		warn("%s: knows none of the images", m->masks.path);
	if (m->empty)
		remark("%s: nothing is marked in %lld masks: each has one value, 0", m->masks.path, (long long)m->empty);
	masks_close(&m->masks);
	return known;
}

bool measure_close(struct cam *c)
{
	bool lesions = close_masks(&c->truth.lesions), lungs = close_masks(&c->truth.lungs);

	inquest_close(&c->x.q);
	against_close(&c->truth.against);
	return lesions && lungs;
}

/* The masks of an image, by a worker of the pool. */
static void load_place(void *ctx, size_t place, int worker)
{
	struct cam_batch *b = ctx;
	const struct cam_truth *t = &b->c->truth;
	const struct recipe *r = &b->c->x.net->recipe;
	struct cam_slot *s = b->at[place];
	struct err e;

	(void)worker;
	if ((s->lesions_kind = masks_find(&t->lesions.masks, r, &s->item, &s->lesions, &e)) < 0 ||
	    (s->lungs_kind = masks_find(&t->lungs.masks, r, &s->item, &s->lungs, &e)) < 0)
		s->err = s->err.text[0] ? s->err : e;
}

static void done_with(struct cam_masks *m, int kind, unsigned char **mask)
{
	m->asked |= m->masks.path != NULL;
	m->found |= kind != MASK_NONE;
	m->empty += kind == MASK_EMPTY;
	free(*mask);
	*mask = NULL;
}

static void put_values(struct cam_slot *s, const char *map, const struct exhibit *x, const bool *wanted)
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
static void exhibit(const struct cam_batch *b, int place, struct exhibit *x)
{
	const struct cam *c = b->c;
	const struct cam_slot *s = b->at[place];

	for (int t = 0; t < c->x.blend.nmap; t++) {
		x[t] = (struct exhibit){.map = slot_map(c, s, t), .first = t ? slot_map(c, s, 0) : NULL, .leads = t == 0,
		                        .truth = s->lesions, .lungs = s->lungs, .class = s->class,
		                        .item = b->view[place].item};
		if (method_sums(c->x.blend.map[t].method) && c->x.blend.map[t].parts == 1)
			x[t].sum = &s->maps.sum[t];
		if (c->truth.against.path)
			x[t].first = against_map(c, s, t);
		if (c->x.images)
			x[t].image = c->x.blend.input + (size_t)place * node_floats(c->x.net->g->input);
	}
}

bool measure_shakes(const struct cam *c)
{
	bool wanted = false;

	for (int v = 0; v < EVIDENCE_COUNT; v++)
		wanted |= c->x.q.wanted[v] && evidence_wants_shakes(v);
	return wanted;
}

static void shake(struct cam_batch *b, struct exhibit *x)
{
	struct cam *c = b->c;
	int n = b->images * c->x.blend.nmap;
	double *change = xcalloc((size_t)n + 1, sizeof *change);

	blend_shake(&c->x.blend, b->view, b->images, b->maps, c->x.q.seed, change);
	for (int i = 0; i < n; i++)
		x[i].shaken = change[i];
	free(change);
}

void measure_batch(struct cam_batch *b)
{
	struct cam *c = b->c;
	int nmap = c->x.blend.nmap;
	struct exhibit *x = xcalloc((size_t)b->images * (size_t)nmap + 1, sizeof *x);

	pool_run(c->x.pool, (size_t)b->images, load_place, b);
	for (int i = 0; i < b->images; i++)
		exhibit(b, i, x + i * nmap);
	if (measure_shakes(c))
		shake(b, x);
	inquest_hold(&c->x.q, x, b->images * nmap);
	for (int i = 0; i < b->images; i++) {
		struct cam_slot *s = b->at[i];

		for (int t = 0; t < nmap && !s->maps.broken && !s->why.text[0]; t++)
			put_values(s, c->x.blend.map[t].name, &x[i * nmap + t], c->x.q.wanted);
		done_with(&c->truth.lesions, s->lesions_kind, &s->lesions);
		done_with(&c->truth.lungs, s->lungs_kind, &s->lungs);
	}
	free(x);
}

/* ---- the table ---- */

static void table_header(void *ctx, FILE *to, const struct record *first)
{
	const struct cam *c = ctx;

	(void)first;
	fputs("id\tlabel\tpatient\tsplit\tclass\tp\tmap", to);
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		if (c->o.columns[v])
			fprintf(to, "\t%s", evidence_name(v));
	fputs("\tstatus\n", to);
}

/* map NULL: of an image that failed. */
static void put_row(const struct cam *c, FILE *to, const struct record *item, const char *map)
{
	const char *class = map ? record_get(item, "map.class") : NULL;
	const float *prob = map ? record_tensor(item, "prob")->data : NULL;
	char number[NUM_TEXT];

	table_value(to, record_get(item, "id"), '\t');
	table_value(to, record_get(item, "label"), '\t');
	table_value(to, record_get(item, "patient"), '\t');
	table_value(to, record_get(item, "split"), '\t');
	table_value(to, class, '\t');
	fprintf(to, "%s\t", map ? num_text((double)prob[classes_index(&c->x.net->classes, class)], number) : "");
	table_value(to, map, '\t');
	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		char *key = xasprintf("measure.%s.%s", map ? map : "", evidence_name(v));

		if (c->o.columns[v])
			table_value(to, record_get(item, key), '\t');
		free(key);
	}
	table_value(to, map ? "ok" : record_error(item), '\n');
}

/* A row for each map of an image; of an image that failed, one without numbers. */
static void table_rows(void *ctx, FILE *to, const struct record *item)
{
	const struct cam *c = ctx;

	if (record_error(item))
		put_row(c, to, item, NULL);
	for (int t = 0; !record_error(item) && t < c->x.blend.nmap; t++)
		put_row(c, to, item, c->x.blend.map[t].name);
}

struct sink_rows measure_rows(struct cam *c)
{
	return (struct sink_rows){c, table_header, table_rows, c->x.blend.nmap};
}
