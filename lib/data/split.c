/* Splits of a list by shares or folds, with all images of a patient on one side. */
#include "data/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"

/* --- Shares --------------------------------------------------------------------------------------------------- */

static void add_share(struct shares *s, char *name, double part)
{
	s->name = xreallocarray(s->name, (size_t)s->n + 1, sizeof *s->name);
	s->part = xreallocarray(s->part, (size_t)s->n + 1, sizeof *s->part);
	s->name[s->n] = name;
	s->part[s->n++] = part;
}

static int parse_share(struct shares *s, char *word, struct err *e)
{
	char *equal = strchr(word, '=');
	double part;

	if (equal == NULL || equal == word)
		return err_set(e, "'%s' is not NAME=SHARE", word);
	*equal = '\0';
	if (!num_double(equal + 1, &part) || !(part > 0) || !(part <= 1))
		return err_set(e, "the share of %s is '%s': it must be above 0 and at most 1", word, equal + 1);
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->name[i], word) == 0)
			return err_set(e, "%s is given twice", word);
	add_share(s, xstrdup(word), part);
	return 0;
}

int shares_parse(struct shares *s, const char *text, struct err *e)
{
	int n, r = 0;
	char **word = choice_split(text, ',', &n);
	double sum = 0;

	*s = (struct shares){0};
	for (int k = 0; k < n && !r; k++)
		r = parse_share(s, word[k], e);
	free(word);
	for (int i = 0; i < s->n; i++)
		sum += s->part[i];
	if (r == 0 && fabs(sum - 1) > .001 + 1e-9)
		r = err_set(e, "the shares sum to %.9g, not to 1", sum);
	if (r < 0)
		shares_free(s);
	for (int i = 0; i < s->n; i++)
		s->part[i] /= sum;
	return r;
}

int shares_parse_fold(struct shares *s, int *fold, const char *text, struct err *e)
{
	size_t n = strcspn(text, "/");
	char *first = xstrndup(text, n);
	int64_t i, k;
	bool good = text[n] == '/' && num_int(text + n + 1, 2, 1000, &k) && num_int(first, 1, k, &i);

	free(first);
	*s = (struct shares){0};
	if (!good)
		return err_set(e, "'%s' is not I/K with K from 2 to 1000 and I from 1 to K", text);
	*fold = (int)i;
	for (i = 1; i <= k; i++)
		add_share(s, xasprintf("%d", (int)i), 1. / (double)k);
	return 0;
}

void shares_free(struct shares *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->name[i]);
	free(s->name);
	free(s->part);
	*s = (struct shares){0};
}

/* --- Groups --------------------------------------------------------------------------------------------------- */

/* What must stay together: member[first .. first+size-1]. */
struct group {
	const char *key;
	size_t size, first;
	bool mixed, kept; /* of several labels; of a patient who has items that keep their split */
	int part;
	struct rng rng;
	uint64_t draw;
};

struct deal {
	const struct split_options *o;
	struct member {
		const char *key;
		struct item *it;
		int label;   /* -1: keeps its split */
		double same; /* how many of the group have this label */
	} *member; /* sorted by key, then label */
	size_t n;
	struct group *group;
	size_t ngroup;
	int nlabel;
	double *missing; /* [part][label]: what the share asks for of what was given out, less what is there; last: all */
	size_t *filled;  /* [part] groups */
};

static bool keeps(const struct split_options *o, const struct item *it)
{
	return o->keep != NULL && it->split[0] != '\0' && choice_has(o->keep, it->split);
}

static int by_key(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int r = strcmp(a->key, b->key);

	return r != 0 ? r : (a->label > b->label) - (a->label < b->label);
}

static int by_label(const void *x, const void *y)
{
	const struct member *a = x, *b = y;

	return strcmp(a->it->label, b->it->label);
}

/* Kept items are members too, so that their patients are known; they count for no label (-1). */
static void gather(struct deal *d, struct list *l)
{
	const char *last = NULL;

	d->n = l->n;
	d->member = xcalloc(l->n + 1, sizeof *d->member);
	for (size_t i = 0; i < l->n; i++) {
		struct item *it = &l->item[i];
		bool alone = d->o->by_image || it->patient[0] == '\0';

		d->member[i] = (struct member){alone ? it->path : it->patient, it, -1, 0};
	}
	qsort(d->member, d->n, sizeof *d->member, by_label);
	for (size_t i = 0; i < d->n; i++) {
		struct member *m = &d->member[i];

		if (keeps(d->o, m->it))
			continue;
		d->nlabel += last == NULL || strcmp(last, m->it->label) != 0;
		last = m->it->label;
		m->label = d->nlabel - 1;
	}
	qsort(d->member, d->n, sizeof *d->member, by_key);
}

static void fill_group(const struct deal *d, struct group *g)
{
	struct member *m = d->member + g->first, *end = m + g->size, *run;

	g->rng = rng_at(d->o->seed, RNG_SPLIT, rng_hash(g->key, strlen(g->key)), 0);
	g->draw = rng_u64(&g->rng);
	g->kept = m->label < 0;
	g->mixed = m->label != end[-1].label;
	for (; m < end; m = run) {
		for (run = m; run < end && run->label == m->label; run++)
			;
		for (struct member *k = m; k < run; k++)
			k->same = (double)(run - m);
	}
}

static int by_turn(const void *x, const void *y)
{
	const struct group *a = x, *b = y;

	if (a->mixed != b->mixed)
		return b->mixed - a->mixed;
	if (a->size != b->size)
		return (a->size < b->size) - (a->size > b->size);
	if (a->draw != b->draw)
		return (a->draw > b->draw) - (a->draw < b->draw);
	return strcmp(a->key, b->key);
}

/* Large groups go first, so that small ones can even out what they leave; the few with several labels before all. */
static void form_groups(struct deal *d)
{
	size_t end;

	d->group = xcalloc(d->n + 1, sizeof *d->group);
	for (size_t i = 0; i < d->n; i = end) {
		struct group *g = &d->group[d->ngroup++];

		for (end = i + 1; end < d->n && strcmp(d->member[i].key, d->member[end].key) == 0; end++)
			;
		*g = (struct group){.key = d->member[i].key, .first = i, .size = end - i, .part = -1};
		fill_group(d, g);
	}
	qsort(d->group, d->ngroup, sizeof *d->group, by_turn);
}

/* --- Giving out ----------------------------------------------------------------------------------------------- */

static double *missing(const struct deal *d, int part)
{
	return d->missing + (size_t)part * ((size_t)d->nlabel + 1);
}

/* Moves what g is counted for to the account of a part, or away from it (sign -1). */
static void account(struct deal *d, const struct group *g, int part, double sign)
{
	for (size_t i = g->first; i < g->first + g->size; i++)
		missing(d, part)[d->member[i].label] -= sign;
	missing(d, part)[d->nlabel] -= sign * (double)g->size;
}

/* Where most is missing of the group's labels; by lot, weighted by the shares, where that says nothing. The group's
 * own size plays no part, or all large ones would go to the largest part. */
static int best_part(const struct deal *d, struct group *g)
{
	const struct shares *s = d->o->shares;
	double u = rng_uniform(&g->rng), most = -INFINITY;
	int best = 0, lot = 0;

	while (lot < s->n - 1 && (u -= s->part[lot]) >= 0)
		lot++;
	for (int i = 0; i < s->n; i++) {
		int part = (lot + i) % s->n;
		double score = 0;

		for (size_t k = g->first; k < g->first + g->size; k++)
			score += missing(d, part)[d->member[k].label];
		if (score > most + 1e-9) {
			most = score;
			best = part;
		}
	}
	return best;
}

static void give(struct deal *d, struct group *g)
{
	g->part = best_part(d, g);
	d->filled[g->part]++;
	for (int i = 0; i < d->o->shares->n; i++)
		account(d, g, i, -d->o->shares->part[i]);
	account(d, g, g->part, 1);
}

/* By how much the sum of squares of all that is missing grows when g moves. */
static double price(const struct deal *d, const struct group *g, int to)
{
	const double *from_missing = missing(d, g->part), *to_missing = missing(d, to);
	double sum = (double)g->size * ((double)g->size + from_missing[d->nlabel] - to_missing[d->nlabel]);

	for (size_t i = g->first; i < g->first + g->size; i++) {
		const struct member *m = &d->member[i];

		sum += m->same + from_missing[m->label] - to_missing[m->label];
	}
	return 2 * sum;
}

static bool settle(struct deal *d, struct group *g)
{
	int best = g->part;
	double least = -1e-6;

	if (d->filled[g->part] < 2)
		return false;
	for (int to = 0; to < d->o->shares->n; to++) {
		double cost = to != g->part ? price(d, g, to) : 0;

		if (cost < least) {
			least = cost;
			best = to;
		}
	}
	if (best == g->part)
		return false;
	account(d, g, g->part, -1);
	account(d, g, best, 1);
	d->filled[g->part]--;
	d->filled[best]++;
	g->part = best;
	return true;
}

static int give_out(struct deal *d, struct err *e)
{
	const struct shares *s = d->o->shares;
	size_t n = 0;
	bool moved = true;

	d->missing = xcalloc((size_t)s->n * ((size_t)d->nlabel + 1), sizeof *d->missing);
	d->filled = xcalloc((size_t)s->n, sizeof *d->filled);
	for (size_t i = 0; i < d->ngroup; i++) {
		if (d->group[i].kept)
			continue;
		give(d, &d->group[i]);
		n++;
	}
	for (int pass = 0; moved && pass < 100; pass++) {
		moved = false;
		for (size_t i = d->ngroup; i-- > 0;)
			if (!d->group[i].kept && settle(d, &d->group[i]))
				moved = true;
	}
	for (int i = 0; i < s->n; i++)
		if (d->filled[i] == 0)
			return err_set(e, "nothing is left for %s%s: only %zu %s to split", d->o->fold > 0 ? "fold " : "", s->name[i],
			               n, d->o->by_image ? "images" : "patients");
	return 0;
}

static const char *part_name(const struct split_options *o, const struct group *g)
{
	if (g->kept)
		return "";
	if (o->fold == 0)
		return o->shares->name[g->part];
	return g->part == o->fold - 1 ? "val" : "train";
}

static void label_items(struct deal *d, size_t *left)
{
	*left = 0;
	for (size_t i = 0; i < d->ngroup; i++) {
		const struct group *g = &d->group[i];

		for (size_t m = g->first; m < g->first + g->size; m++) {
			struct item *it = d->member[m].it;

			if (d->member[m].label < 0)
				continue;
			free(it->split);
			it->split = xstrdup(part_name(d->o, g));
			*left += g->kept;
		}
	}
}

int split_list(struct list *l, const struct split_options *o, size_t *left, struct err *e)
{
	struct deal d = {.o = o};
	int r;

	gather(&d, l);
	form_groups(&d);
	r = give_out(&d, e);
	if (r == 0)
		label_items(&d, left);
	free(d.group);
	free(d.member);
	free(d.missing);
	free(d.filled);
	return r;
}
