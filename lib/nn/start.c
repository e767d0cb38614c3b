/* What a network starts from: other weights by name, the rest at random. */
#include "nn/start.h"

#include <stdlib.h>
#include <string.h>

#include "nn/select.h"

/* A list that does not get out of hand. */
struct name_list {
	struct text *text;
	int n;
};

static void list_add(struct name_list *l, const char *what)
{
	if (l->n++ < START_NAMES)
		text_addf(l->text, "%s%s", l->text->len ? ", " : "", what);
}

static void list_end(const struct name_list *l)
{
	if (l->n > START_NAMES)
		text_addf(l->text, " and %d more", l->n - START_NAMES);
}

/* Parameters of one module follow each other: each name is written once. */
static void list_random(const struct graph *g, const bool *loaded, struct text *t)
{
	const struct node *last = NULL;
	struct name_list l = {.text = t};

	for (int i = 0; i < g->nparam; i++)
		if (!loaded[i] && g->param[i]->node != last) {
			last = g->param[i]->node;
			list_add(&l, last->name);
		}
	list_end(&l);
}

static const struct param *find(const struct graph *g, const char *name, bool *loaded_here, const bool *loaded)
{
	for (int i = 0; i < g->nparam; i++)
		if (strcmp(g->param[i]->name, name) == 0) {
			*loaded_here = loaded[i];
			return g->param[i];
		}
	return NULL;
}

static bool only_head(const struct graph *g, const bool *loaded, const struct record *weights)
{
	for (int i = 0; i < g->nparam; i++)
		if (!loaded[i] && (g->param[i]->node != g->output || !record_tensor(weights, g->param[i]->name)))
			return false;
	return true;
}

/* "fc.weight 1000x512 for 1x512" */
static char *mismatch(const struct tensor *t, const struct param *p)
{
	struct text s = {0};

	text_addf(&s, "%s ", t->name);
	for (int i = 0; i < t->ndim; i++)
		text_addf(&s, "%s%lld", i ? "x" : "", (long long)t->shape[i]);
	text_add(&s, t->ndim ? " for " : "a number for ");
	for (int i = 0; i < p->ndim; i++)
		text_addf(&s, "%s%d", i ? "x" : "", p->shape[i]);
	return s.s;
}

static bool is_aside(const char *name)
{
	static const char counter[] = "num_batches_tracked";
	size_t n = strlen(name);

	return n >= sizeof counter - 1 && strcmp(name + n - (sizeof counter - 1), counter) == 0;
}

/* Lists what was not taken. -1 when it tells of another architecture. */
static int list_rest(const struct net *n, const struct record *r, const bool *loaded, struct start *s, struct err *e)
{
	struct name_list other = {.text = &s->other}, unused = {.text = &s->unused};
	int status = 0;

	for (int i = 0; i < r->ntensor; i++) {
		const struct tensor *t = &r->tensor[i];
		bool taken = false;
		const struct param *p = find(n->g, t->name, &taken, loaded);

		if (taken || is_aside(t->name))
			continue;
		if (p) {
			char *text = mismatch(t, p);

			if (!status && p->ndim == 4)
				status = err_set(e, "weights of another architecture than %s: %s", n->arch, text);
			list_add(&other, text);
			free(text);
		} else {
			if (!status && t->ndim == 4 && !strstr(t->name, "AuxLogits.") && !net_is_map(n))
				status = err_set(e, "weights of another architecture than %s, which has no %s", n->arch, t->name);
			list_add(&unused, t->name);
		}
	}
	list_end(&other);
	list_end(&unused);
	return status;
}

static void keep_meta(struct net *n, const struct record *weights, const char *key)
{
	const char *value = record_get(weights, key);

	if (value)
		record_set(&n->meta, key, value);
}

static int load(struct net *n, const struct record *weights, struct start *s, struct err *e)
{
	bool *loaded = s->from_weights;
	struct text extra = {0};
	int status = net_fill(n, weights, loaded, &extra, e);

	if (!status)
		status = list_rest(n, weights, loaded, s, e);
	if (!status)
		status = net_check_values(n, loaded, e); /* no answer would be a number */
	for (int i = 0; i < n->g->nparam; i++)
		s->loaded += loaded[i];
	s->head = only_head(n->g, loaded, weights);
	list_random(n->g, loaded, &s->random);
	keep_meta(n, weights, "init.sha256");
	keep_meta(n, weights, "train.sha256");
	keep_meta(n, weights, "train.forgotten");
	status = status ? status : net_check_meta(weights, e);
	text_free(&extra);
	return status;
}

int start_net(struct net *n, uint64_t seed, const struct record *weights, struct start *s, struct err *e)
{
	*s = (struct start){.total = n->g->nparam, .from_weights = xcalloc((size_t)n->g->nparam, sizeof *s->from_weights)};
	text_add(&s->random, "");
	text_add(&s->other, "");
	text_add(&s->unused, "");
	net_init(n, seed, NULL);
	return weights ? load(n, weights, s, e) : 0;
}

void start_free(struct start *s)
{
	text_free(&s->random);
	text_free(&s->other);
	text_free(&s->unused);
	free(s->from_weights);
}

char *start_text(const struct start *s)
{
	struct text t = {0};

	text_addf(&t, "%d of %d tensors loaded", s->loaded, s->total);
	if (s->random.len)
		text_addf(&t, "; started at random: %s", s->random.s);
	if (s->other.len)
		text_addf(&t, "; of another shape: %s", s->other.s);
	if (s->unused.len)
		text_addf(&t, "; not used: %s", s->unused.s);
	return t.s;
}

int start_again(struct net *n, const char *prefixes, uint64_t seed, struct err *e)
{
	const struct graph *g = n->g;
	bool *which = xcalloc((size_t)g->nparam, sizeof *which);
	int rc = graph_select(g, prefixes, which, e);

	for (int i = 0; i < g->nparam && !rc; i++)
		which[i] |= which[g->param[i]->node->param[0]]; /* running statistics, which no training names */
	if (!rc) {
		net_init(n, seed, which);
		record_setf(&n->meta, "randomised", "%s, seed %llu, of %.16s", prefixes, (unsigned long long)seed, n->digest);
	}
	free(which);
	return rc;
}
