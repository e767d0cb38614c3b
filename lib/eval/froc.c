/* FROC: lesions found against false positives per image, from the hot parts of maps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "eval/eval.h"

/* False positives per image at which sensitivities are averaged (LUNA16). */
static const double rates[] = {.125, .25, .5, 1, 2, 4, 8};
enum { RATES = sizeof rates / sizeof *rates, VALUES = RATES + 1, MAX_MAPS = 1000 }; /* the mean first */

/* ---- reading ---- */

enum { IMAGE, PEAK_X, PEAK_Y, PEAK, MAP, CLASS, P, LABEL, PATIENT, COLUMNS };
static const char *const columns[COLUMNS] = {"image", "peak_x", "peak_y", "peak", "map", "class", "p", "label",
                                             "patient"};

static int find_columns(const struct tsv *t, int at[COLUMNS], struct err *e)
{
	for (int k = 0; k < COLUMNS; k++)
		if ((at[k] = tsv_find(t, columns[k])) < 0)
			return err_set(e, "no column %s: not a table of cxr-cam --boxes-out", columns[k]);
	return 0;
}

/* What is known of an image while its rows are read. */
struct froc_now {
	char *id;
	const struct boxlist_box *listed; /* in the truth, as often as n says; NULL: it has no lesions */
	size_t n;
	bool left_out;
	int map;            /* of the last row */
	size_t maps;        /* of all images together */
};

static void add_image(struct froc *r, const struct froc_now *now, const char *patient)
{
	struct scores *s = &r->items;
	int lesions = 0;

	for (size_t i = 0; i < now->n; i++)
		lesions += now->listed[i].width > 0 && now->listed[i].height > 0;
	s->item = grow(s->item, s->n, &s->cap, sizeof *s->item);
	r->lesions = grow(r->lesions, s->n, &r->lesioncap, sizeof *r->lesions);
	r->lesions[s->n] = lesions;
	s->item[s->n++] = (struct scored_item){.id = xstrdup(now->id), .patient = xstrdup(patient)};
}

/* Rows of an image follow each other. */
static void next_image(struct froc *r, struct froc_now *now, const struct boxlist *truth, char **field, const int *at)
{
	const char *label = field[at[LABEL]];

	if (now->id && !strcmp(now->id, field[at[IMAGE]]))
		return;
	free(now->id);
	now->id = xstrdup(field[at[IMAGE]]);
	now->listed = NULL;
	now->n = 0;
	now->left_out = false;
	now->map = -1;
	if (!*label || !strcmp(label, field[at[CLASS]])) {
		now->listed = boxlist_of(truth, now->id, &now->n);
		now->left_out = !now->listed;
	}
	r->unknown += now->left_out;
	if (!now->left_out)
		add_image(r, now, field[at[PATIENT]]);
}

static int lesion_at(const struct froc_now *now, double x, double y)
{
	int lesion = -1;

	for (size_t i = 0; i < now->n; i++) {
		const struct boxlist_box *b = &now->listed[i];

		if (!(b->width > 0) || !(b->height > 0))
			continue;
		lesion++;
		if (x >= b->x && y >= b->y && x < b->x + b->width && y < b->y + b->height)
			return lesion;
	}
	return -1;
}

static bool number(const char *text, double *v)
{
	return num_double(text, v) && isfinite(*v);
}

static int add_part(struct froc *r, struct froc_now *now, const struct tsv *t, const int *at, struct err *e)
{
	double x, y, peak, p;
	int map = word_list_place(&r->maps, t->field[at[MAP]]); /* also of a map without parts */

	if (map == MAX_MAPS)
		return err_set(e, "line %ld: more than %d maps", t->line, MAX_MAPS);
	now->maps += map != now->map;
	now->map = map;
	if (!*t->field[at[PEAK]])
		return 0;
	if (!number(t->field[at[PEAK_X]], &x) || !number(t->field[at[PEAK_Y]], &y) || !number(t->field[at[PEAK]], &peak) ||
	    !number(t->field[at[P]], &p))
		return err_set(e, "line %ld: a peak or p is no number", t->line);
	r->part = grow(r->part, r->n, &r->cap, sizeof *r->part);
	r->part[r->n++] = (struct froc_part){r->items.n - 1, map, lesion_at(now, x, y), peak * p};
	return 0;
}

static int by_score(const void *a, const void *b)
{
	const struct froc_part *x = a, *y = b;

	if (x->map != y->map)
		return x->map < y->map ? -1 : 1;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every map is to be there of every image, the rows of an image together. */
static int check_rows(const struct froc *r, size_t maps, struct err *e)
{
	size_t n = r->items.n;
	const char **id = xcalloc(n + 1, sizeof *id);
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		id[i] = r->items.item[i].id;
	qsort(id, n, sizeof *id, by_text);
	for (size_t i = 1; i < n && !rc; i++)
		if (!strcmp(id[i - 1], id[i]))
			rc = err_set(e, "%s: its rows are not together", id[i]);
	free(id);
	if (!rc && maps != n * (size_t)r->maps.n)
		rc = err_set(e, "not every map is there of every image");
	return rc;
}

static int read_rows(struct froc *r, struct tsv *t, const struct boxlist *truth, struct err *e)
{
	struct froc_now now = {0};
	int at[COLUMNS], more = tsv_next(t, e);
	int rc = more > 0 ? find_columns(t, at, e) : more < 0 ? -1 : err_set(e, "empty");

	while (!rc && (more = tsv_next(t, e)) > 0) {
		next_image(r, &now, truth, t->field, at);
		rc = now.left_out ? 0 : add_part(r, &now, t, at, e);
	}
	if (!rc && !more)
		rc = check_rows(r, now.maps, e);
	free(now.id);
	return rc ? err_prefix(e, "%s", t->src->name) : more < 0 ? -1 : 0;
}

int froc_read(struct froc *r, struct source *parts, const struct boxlist *truth, struct err *e)
{
	struct tsv t;
	int rc;

	*r = (struct froc){0};
	tsv_init(&t, parts, '\n');
	t.whole = t.table = true;
	rc = read_rows(r, &t, truth, e);
	tsv_free(&t);
	if (!rc && r->n)
		qsort(r->part, r->n, sizeof *r->part, by_score);
	return rc;
}

void froc_free(struct froc *r)
{
	word_list_free(&r->maps);
	free(r->lesions);
	free(r->part);
	scores_free(&r->items);
}

/* ---- the curve ---- */

/* From the best part down: found lesions and false positives so far, by the images' weights. */
struct sweep {
	const struct froc *r;
	const uint32_t *weight;
	bool *found;       /* lesion of image i: [start[i] + lesion] */
	size_t *start;
	double lesions, images, hits, misses;
};

static struct sweep sweep_start(const struct froc *r, const uint32_t *weight)
{
	struct sweep s = {.r = r, .weight = weight};
	size_t all = 0;

	s.start = xcalloc(r->items.n + 1, sizeof *s.start);
	for (size_t i = 0; i < r->items.n; i++) {
		double w = weight ? weight[i] : 1;

		s.start[i] = all;
		all += (size_t)r->lesions[i];
		s.lesions += w * r->lesions[i];
		s.images += w;
	}
	s.found = xcalloc(all + 1, sizeof *s.found);
	return s;
}

static void sweep_end(struct sweep *s)
{
	free(s->start);
	free(s->found);
}

static void take_part(struct sweep *s, const struct froc_part *p)
{
	double w = s->weight ? s->weight[p->item] : 1;

	if (p->lesion < 0) {
		s->misses += w;
	} else if (!s->found[s->start[p->item] + (size_t)p->lesion]) {
		s->found[s->start[p->item] + (size_t)p->lesion] = true;
		s->hits += w;
	}
}

/* The parts of a score, and where the next begin. */
static size_t take_score(struct sweep *s, size_t i)
{
	const struct froc_part *first = &s->r->part[i];

	for (; i < s->r->n && s->r->part[i].map == first->map && s->r->part[i].score == first->score; i++)
		take_part(s, &s->r->part[i]);
	return i;
}

static size_t first_of(const struct froc *r, int map)
{
	size_t i = 0;

	while (i < r->n && r->part[i].map < map)
		i++;
	return i;
}

/* value[VALUES] of a map. */
static void found_by(const struct froc *r, int map, const uint32_t *weight, double *value)
{
	struct sweep s = sweep_start(r, weight);

	memset(value, 0, VALUES * sizeof *value);
	for (size_t i = first_of(r, map); i < r->n && r->part[i].map == map; ) {
		i = take_score(&s, i);
		for (int k = 0; k < RATES; k++)
			if (s.misses <= rates[k] * s.images)
				value[1 + k] = s.hits / s.lesions;
	}
	for (int k = 0; k < RATES; k++) {
		value[1 + k] = s.lesions > 0 ? value[1 + k] : (double)NAN;
		value[0] += value[1 + k] / RATES;
	}
	sweep_end(&s);
}

static void all_found(const void *ctx, const uint32_t *weight, double *value)
{
	const struct froc *r = ctx;

	for (int map = 0; map < r->maps.n; map++)
		found_by(r, map, weight, value + (size_t)map * VALUES);
}

static double patients_ill(const struct froc *r)
{
	bool *ill = xcalloc(r->items.n + 1, sizeof *ill);

	for (size_t i = 0; i < r->items.n; i++)
		ill[i] = r->lesions[i] > 0;
	double count = (double)scores_patients_of(&r->items, ill);
	free(ill);
	return count;
}

/* Where no lesion is found, or every one, that is so in every resample, too: an interval without width would claim what
 * nobody knows. It is Wilson's then, of as many as there are patients with lesions. Of others nothing is said. */
static void give_width(const struct froc *r, const struct bootstrap *how, size_t n, const double *value, double *lo,
                       double *hi)
{
	double ill = patients_ill(r);

	for (size_t k = 0; k < n; k++) {
		struct estimate e = {.lo = (double)NAN, .hi = (double)NAN};

		if (!(lo[k] >= hi[k]))
			continue;
		if (value[k] <= 0 || value[k] >= 1)
			e = stat_wilson_share(value[k], ill, how->level);
		lo[k] = e.lo;
		hi[k] = e.hi;
	}
}

int froc_write(const struct froc *r, const struct bootstrap *how, FILE *f, struct err *e)
{
	size_t n = VALUES * (size_t)r->maps.n;
	double *value, *lo, *hi;
	int64_t lesions = 0;
	char num[3][NUM_TEXT];

	for (size_t i = 0; i < r->items.n; i++)
		lesions += r->lesions[i];
	fputs("measure\tmap\tvalue\tlo\thi\tn\n", f);
	if (!lesions)
		return err_set(e, "no lesion is known in any of the images");
	value = xcalloc(3 * n + 1, sizeof *value);
	lo = value + n;
	hi = lo + n;
	all_found(r, NULL, value);
	scores_bootstrap(&r->items, how, all_found, r, n, lo, hi);
	give_width(r, how, n, value, lo, hi);
	for (size_t k = 0; k < n; k++) {
		fputs("froc", f);
		if (k % VALUES)
			fprintf(f, "_%g", rates[k % VALUES - 1]);
		fputc('\t', f);
		tsv_put(f, r->maps.word[k / VALUES], '\t');
		fprintf(f, "%s\t%s\t%s\t%lld\n", num_text(value[k], num[0]), num_text(lo[k], num[1]), num_text(hi[k], num[2]),
		        (long long)lesions);
	}
	free(value);
	return 0;
}

void froc_curve(const struct froc *r, FILE *f)
{
	char num[3][NUM_TEXT];

	fputs("map\tscore\tfalse_positives\tsensitivity\n", f);
	for (int map = 0; map < r->maps.n; map++) {
		struct sweep s = sweep_start(r, NULL);

		for (size_t i = first_of(r, map), next; i < r->n && r->part[i].map == map; i = next) {
			next = take_score(&s, i);
			tsv_put(f, r->maps.word[map], '\t');
			fprintf(f, "%s\t%s\t%s\n", num_text(r->part[i].score, num[0]), num_text(s.misses / s.images, num[1]),
			        num_text(s.hits / s.lesions, num[2]));
		}
		sweep_end(&s);
	}
}
