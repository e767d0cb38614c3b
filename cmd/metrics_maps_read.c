/* The table of cxr-cam -t --measure. */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

static int column(const struct tsv *t, const char *name)
{
	int k = tsv_find(t, name);

	if (k < 0)
		die("%s: no column %s: not a table of cxr-cam -t", t->src->name, name);
	return k;
}

static void read_head(struct maps *m, const struct tsv *t)
{
	m->id = column(t, "id");
	m->label = column(t, "label");
	m->patient = column(t, "patient");
	m->class = column(t, "class");
	m->map = column(t, "map");
	m->status = column(t, "status");
	if (m->status < m->map + 2)
		die("%s: no measures: was cxr-cam run with --measure?", t->src->name);
	m->nmeasure = m->status - m->map - 1;
	m->measure = xcalloc((size_t)m->nmeasure, sizeof *m->measure);
	for (int k = 0; k < m->nmeasure; k++)
		m->measure[k] = xstrdup(t->field[m->map + 1 + k]);
}

static int name_index(struct maps *m, const char *name)
{
	for (int i = 0; i < m->nname; i++)
		if (!strcmp(m->name[i], name))
			return i;
	m->name = xreallocarray(m->name, (size_t)m->nname + 1, sizeof *m->name);
	m->name[m->nname] = xstrdup(name);
	return m->nname++;
}

/* A map of a class that the image does not have has nothing to meet. */
static bool counts(const struct maps *m, const struct tsv *t)
{
	const char *label = t->field[m->label];

	return !strcmp(t->field[m->status], "ok") && (!*label || !strcmp(label, t->field[m->class]));
}

static void add_row(struct maps *m, const struct tsv *t)
{
	struct scores *s = &m->items;
	struct map_row row = {.value = xcalloc((size_t)m->nmeasure, sizeof *row.value)};

	if (s->n == 0 || strcmp(s->item[s->n - 1].id, t->field[m->id])) {
		s->item = xreallocarray(s->item, s->n + 1, sizeof *s->item);
		s->item[s->n++] = (struct scored_item){.id = xstrdup(t->field[m->id]), .patient = xstrdup(t->field[m->patient])};
	}
	row.item = s->n - 1;
	row.name = name_index(m, t->field[m->map]);
	for (int k = 0; k < m->nmeasure; k++) {
		const char *text = t->field[m->map + 1 + k];

		row.value[k] = (double)NAN;
		if (*text && !num_double(text, &row.value[k]))
			die("%s: line %ld: '%s' is no number", t->src->name, t->line, text);
	}
	m->row = xreallocarray(m->row, m->n + 1, sizeof *m->row);
	m->row[m->n++] = row;
}

static bool selected(const struct choice *c, const struct tsv *t, const int *filter)
{
	for (int i = 0; i < c->nfilter; i++)
		if (strcmp(t->field[filter[i]], c->filter[i].value))
			return false;
	return true;
}

void maps_read(struct maps *m, const struct choice *c, struct source *src)
{
	int filter[MAX_FILTERS], more, width;
	struct tsv t;
	struct err e;

	tsv_init(&t, src, '\n');
	if ((more = tsv_next(&t, &e)) == 1) {
		read_head(m, &t);
		for (int i = 0; i < c->nfilter; i++)
			filter[i] = column(&t, c->filter[i].column);
	}
	if (more == 0)
		die("%s: empty", src->name);
	for (width = t.nfield; more > 0 && (more = tsv_next(&t, &e)) > 0; ) {
		if (t.nfield != width)
			die("%s: line %ld: %d columns, the header has %d", src->name, t.line, t.nfield, width);
		if (counts(m, &t) && selected(c, &t, filter))
			add_row(m, &t);
	}
	if (more < 0)
		die_err(&e);
	if (!m->n)
		warn("%s: no map of a class that its image has", src->name);
	tsv_free(&t);
}

void maps_free(struct maps *m)
{
	for (int i = 0; i < m->nname; i++)
		free(m->name[i]);
	for (int k = 0; k < m->nmeasure; k++)
		free(m->measure[k]);
	for (size_t i = 0; i < m->n; i++)
		free(m->row[i].value);
	free(m->name);
	free(m->measure);
	free(m->row);
	scores_free(&m->items);
}
