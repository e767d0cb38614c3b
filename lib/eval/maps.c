/* Measures of heat maps, from the table of cxr-cam -t --measure: the mean of each, map beside map, over the same
 * resamples. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

enum { MAX_MAPS = 1000 };

static int column(const struct tsv *t, const char *name, int *at, struct err *e)
{
	*at = tsv_find(t, name);
	return *at < 0 ? err_set(e, "no column %s: not a table of cxr-cam -t", name) : 0;
}

static int read_head(struct map_table *m, const struct tsv *t, struct err *e)
{
	if (column(t, "id", &m->id, e) || column(t, "label", &m->label, e) || column(t, "patient", &m->patient, e) ||
	    column(t, "class", &m->class, e) || column(t, "map", &m->map, e) || column(t, "status", &m->status, e))
		return -1;
	if (m->status < m->map + 2)
		return err_set(e, "no measures: was cxr-cam run with --measure?");
	m->nmeasure = m->status - m->map - 1;
	m->measure = xcalloc((size_t)m->nmeasure, sizeof *m->measure);
	for (int k = 0; k < m->nmeasure; k++)
		m->measure[k] = xstrdup(t->field[m->map + 1 + k]);
	return 0;
}

/* A map of a class that the image does not have has nothing to meet. */
static bool counts(const struct map_table *m, const struct tsv *t)
{
	const char *label = t->field[m->label];

	return !strcmp(t->field[m->status], "ok") && (!*label || !strcmp(label, t->field[m->class]));
}

static int add_row(struct map_table *m, const struct tsv *t, struct err *e)
{
	struct scores *s = &m->items;
	struct map_row row = {.value = xcalloc((size_t)m->nmeasure, sizeof *row.value)};

	if (s->n == 0 || strcmp(s->item[s->n - 1].id, t->field[m->id])) {
		s->item = grow(s->item, s->n, &s->cap, sizeof *s->item);
		s->item[s->n++] = (struct scored_item){.id = xstrdup(t->field[m->id]), .patient = xstrdup(t->field[m->patient])};
	}
	row.item = s->n - 1;
	row.map = word_list_place(&m->maps, t->field[m->map]);
	for (int k = 0; k < m->nmeasure; k++) {
		const char *text = t->field[m->map + 1 + k];

		row.value[k] = (double)NAN;
		if (*text && (!num_double(text, &row.value[k]) || isinf(row.value[k]))) {
			free(row.value);
			return err_set(e, "line %ld: '%s' is no number", t->line, text);
		}
	}
	m->row = grow(m->row, m->n, &m->cap, sizeof *m->row);
	m->row[m->n++] = row;
	return row.map < MAX_MAPS ? 0 : err_set(e, "line %ld: more than %d maps", t->line, MAX_MAPS);
}

static int by_image(const void *a, const void *b, void *ctx)
{
	const struct map_row *x = a, *y = b;
	const struct scored_item *item = ctx;

	return x->map != y->map ? (x->map > y->map) - (x->map < y->map) : strcmp(item[x->item].id, item[y->item].id);
}

/* Rows of a map that an earlier row is of, too, of the same image: of several seeds, as it were. */
static size_t count_again(const struct map_table *m)
{
	struct map_row *row = xcalloc(m->n + 1, sizeof *row);
	size_t again = 0;

	memcpy(row, m->row, m->n * sizeof *row);
	qsort_r(row, m->n, sizeof *row, by_image, m->items.item);
	for (size_t i = 1; i < m->n; i++)
		again += !by_image(&row[i - 1], &row[i], m->items.item);
	free(row);
	return again;
}

static bool selected(const struct tsv *t, const struct filter *filter, const int *at, int nfilter)
{
	for (int i = 0; i < nfilter; i++)
		if (!choice_has(filter[i].value, t->field[at[i]]))
			return false;
	return true;
}

static int read_rows(struct map_table *m, struct tsv *t, const struct filter *filter, int nfilter, struct err *e)
{
	int *at = xcalloc((size_t)nfilter + 1, sizeof *at), more = tsv_next(t, e), rc = 0;

	if (more == 0)
		rc = err_set(e, "empty");
	else if (more > 0)
		rc = read_head(m, t, e);
	for (int i = 0; i < nfilter && !rc; i++)
		rc = column(t, filter[i].column, &at[i], e);
	while (!rc && more > 0 && (more = tsv_next(t, e)) > 0) {
		bool chosen = selected(t, filter, at, nfilter);

		m->failed += chosen && strcmp(t->field[m->status], "ok");
		if (chosen && counts(m, t))
			rc = add_row(m, t, e);
	}
	free(at);
	if (!rc && !more && m->n)
		m->again = count_again(m);
	return rc ? err_prefix(e, "%s", t->src->name) : more < 0 ? -1 : 0;
}

int map_table_read(struct map_table *m, struct source *src, const struct filter *filter, int nfilter, struct err *e)
{
	struct tsv t;

	*m = (struct map_table){.against = -1};
	tsv_init(&t, src, '\n');
	t.whole = t.table = true;
	int rc = read_rows(m, &t, filter, nfilter, e);
	tsv_free(&t);
	return rc;
}

void map_table_free(struct map_table *m)
{
	for (int k = 0; k < m->nmeasure; k++)
		free(m->measure[k]);
	for (size_t i = 0; i < m->n; i++)
		free(m->row[i].value);
	word_list_free(&m->maps);
	free(m->measure);
	free(m->row);
	scores_free(&m->items);
}

int map_table_against(struct map_table *m, const char *name, struct err *e)
{
	m->against = word_list_find(&m->maps, name);
	return m->against < 0 ? err_set(e, "no map %s in the table", name) : 0;
}

/* Means [measure][map], or their differences to one of the maps. */
static void map_means(const void *ctx, const uint32_t *weight, double *value)
{
	const struct map_table *m = ctx;
	size_t n = (size_t)m->nmeasure * (size_t)m->maps.n;
	double *total = xcalloc(n, sizeof *total);

	memset(value, 0, n * sizeof *value);
	for (size_t i = 0; i < m->n; i++)
		for (int k = 0; k < m->nmeasure; k++) {
			size_t at = (size_t)k * (size_t)m->maps.n + (size_t)m->row[i].map;
			double w = isnan(m->row[i].value[k]) ? 0 : weight[m->row[i].item];

			value[at] += w > 0 ? w * m->row[i].value[k] : 0;
			total[at] += w;
		}
	for (size_t at = 0; at < n; at++)
		value[at] = total[at] > 0 ? value[at] / total[at] : (double)NAN;
	free(total);
	for (int k = 0; k < m->nmeasure && m->against >= 0; k++) {
		double *mean = value + (size_t)k * (size_t)m->maps.n, from = mean[m->against];

		for (int i = 0; i < m->maps.n; i++)
			mean[i] -= from;
	}
}

/* Of all images as they are. */
static void plain_means(const struct map_table *m, double *value)
{
	uint32_t *ones = xcalloc(m->items.n + 1, sizeof *ones);

	for (size_t i = 0; i < m->items.n; i++)
		ones[i] = 1;
	map_means(m, ones, value);
	free(ones);
}

/* ---- a share of the image that is learned from other images */

#define TOP "iou_top"

static int measure_index(const struct map_table *m, const char *name)
{
	for (int k = 0; k < m->nmeasure; k++)
		if (!strcmp(m->measure[k], name))
			return k;
	return -1;
}

/* The best mean of a map's measures TOP, of those that m has, too; -1: it has none. */
static int best_top(const struct map_table *on, const double *mean, const char *name, const struct map_table *m)
{
	double most = -1;
	int best = -1;

	for (int at = 0; at < on->nmeasure * on->maps.n; at++) {
		const char *measure = on->measure[at / on->maps.n];

		if (strcmp(on->maps.word[at % on->maps.n], name) || strncmp(measure, TOP, strlen(TOP)) || !(mean[at] > most))
			continue;
		most = mean[at];
		best = measure_index(m, measure);
	}
	return best;
}

/* The tables' last two measures. */
static void add_tuned(struct map_table *m, const int *best)
{
	int n = m->nmeasure;

	m->measure = xreallocarray(m->measure, (size_t)n + 2, sizeof *m->measure);
	m->measure[n] = xstrdup("iou_tuned");
	m->measure[n + 1] = xstrdup("iou_tuned_percent");
	m->nmeasure = n + 2;
	for (size_t i = 0; i < m->n; i++) {
		struct map_row *r = &m->row[i];
		int k = best[r->map];
		bool known = k >= 0 && !isnan(r->value[k]);

		r->value = xreallocarray(r->value, (size_t)m->nmeasure, sizeof *r->value);
		r->value[n] = known ? r->value[k] : (double)NAN;
		r->value[n + 1] = known ? atof(m->measure[k] + strlen(TOP)) : (double)NAN;
	}
}

int map_table_tune(struct map_table *m, const struct map_table *on, struct err *e)
{
	double *mean = xcalloc((size_t)on->nmeasure * (size_t)on->maps.n + 1, sizeof *mean);
	int *best = xcalloc((size_t)m->maps.n + 1, sizeof *best), found = 0;

	plain_means(on, mean);
	for (int k = 0; k < m->maps.n; k++) {
		best[k] = best_top(on, mean, m->maps.word[k], m);
		found += best[k] >= 0;
	}
	if (found)
		add_tuned(m, best);
	free(best);
	free(mean);
	return found ? 0 : err_set(e, "no measures " TOP "N: was cxr-cam run with --measure overlap?");
}

static int64_t known(const struct map_table *m, int measure, int map)
{
	int64_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->row[i].map == map && !isnan(m->row[i].value[measure]);
	return n;
}

static double patients_known(const struct map_table *m, int measure, int map)
{
	bool *known = xcalloc(m->items.n + 1, sizeof *known);

	for (size_t i = 0; i < m->n; i++)
		known[m->row[i].item] |= m->row[i].map == map && !isnan(m->row[i].value[measure]);
	double count = (double)scores_patients_of(&m->items, known);
	free(known);
	return count;
}

/* Where all images have the same value every resample has it, too: an interval without width would claim what nobody
 * knows. A share, 0 or 1 then, has Wilson's of as many as there are patients; of other means nothing is said. */
static void give_width(const struct map_table *m, const struct bootstrap *how, const double *value, double *lo,
                       double *hi)
{
	for (int at = 0; at < m->nmeasure * m->maps.n; at++) {
		int k = at / m->maps.n, map = at % m->maps.n;
		bool share = !strcmp(m->measure[k], "hit") || !strcmp(m->measure[k], "increase");

		if (!(lo[at] >= hi[at]))
			continue;
		if (share && m->against < 0 && (value[at] <= 0 || value[at] >= 1)) {
			struct estimate e = stat_wilson_share(value[at], patients_known(m, k, map), how->level);

			lo[at] = e.lo;
			hi[at] = e.hi;
		} else
			lo[at] = hi[at] = (double)NAN;
	}
}

static void write_means(const struct map_table *m, const double *value, const double *lo, const double *hi, FILE *f)
{
	char buf[NUM_TEXT];

	fputs("measure\tmap\tvalue\tlo\thi\tn\n", f);
	for (int at = 0; at < m->nmeasure * m->maps.n; at++) {
		int64_t n = known(m, at / m->maps.n, at % m->maps.n);

		if (!n || isnan(value[at]))
			continue;
		tsv_put(f, m->measure[at / m->maps.n], '\t');
		tsv_put(f, m->maps.word[at % m->maps.n], '\t');
		fprintf(f, "%s\t", num_text(value[at], buf));
		fprintf(f, "%s\t", num_text(lo[at], buf));
		fprintf(f, "%s\t%lld\n", num_text(hi[at], buf), (long long)n);
	}
}

void map_table_write(const struct map_table *m, const struct bootstrap *how, FILE *f)
{
	size_t n = (size_t)m->nmeasure * (size_t)m->maps.n;
	double *value = xcalloc(3 * n + 1, sizeof *value);

	plain_means(m, value);
	if (m->n)
		scores_bootstrap(&m->items, how, map_means, m, n, value + n, value + 2 * n);
	give_width(m, how, value, value + n, value + 2 * n);
	write_means(m, value, value + n, value + 2 * n, f);
	free(value);
}
