/* Scores of images by one or several networks, batch by batch, with dropout draws and stress where asked for. */
#include "nn/infer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/select.h"

/* Making a scorer */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Reads 16 hex digits; the text has at least so many bytes left. */
static uint64_t read_mark(const char *hex)
{
	char digits[17] = "";

	memcpy(digits, hex, 16);
	return strtoull(digits, NULL, 16);
}

static void read_marks(struct marks *m, const struct net *n)
{
	const char *hex = record_get(&n->meta, "train.sha256");

	m->n = hex ? strlen(hex) / 16 : 0;
	m->mark = xcalloc(m->n, sizeof *m->mark);
	for (size_t i = 0; i < m->n; i++)
		m->mark[i] = read_mark(hex + i * 16);
	qsort(m->mark, m->n, sizeof *m->mark, by_number);
}

/* What is looked at after a run, beside the output. */
static void keep_looked_at(const struct scorer *s, int i, bool *keep)
{
	keep[s->team.net[i]->g->output->index] = true;
	if (s->feat)
		keep[s->feat->index] = true;
	if (s->odd && i == 0)
		odd_keep(s->odd, keep);
}

static int make_plan(struct scorer *s, int i, int batch, struct pool *pool, struct err *e)
{
	const struct graph *g = s->team.net[i]->g;
	bool *keep = xcalloc((size_t)g->nnode, sizeof *keep);
	struct plan_options o = {.batch = batch, .keep = keep};

	keep_looked_at(s, i, keep);
	s->plan[i] = plan_new(s->team.net[i], &o, pool, e);
	free(keep);
	return s->plan[i] ? 0 : -1;
}

static int read_odd(struct scorer *s, struct err *e)
{
	struct odd odd;
	int rc = odd_get(&odd, s->team.net[0], e);

	if (rc > 0) {
		s->odd = xmalloc(sizeof *s->odd);
		*s->odd = odd;
	} else {
		odd_free(&odd);
	}
	return rc < 0 ? -1 : 0;
}

struct scorer *scorer_new(struct net **net, int n, int batch, bool feat, struct pool *pool, struct err *e)
{
	struct scorer *s = xcalloc(1, sizeof *s);
	int rc;

	rc = team_set(&s->team, net, n, e);
	s->plan = xcalloc((size_t)n, sizeof(struct plan *));
	s->marks = xcalloc((size_t)n, sizeof *s->marks);
	s->batch = batch;
	s->members = n;
	s->log_prob = xcalloc((size_t)batch * (size_t)n * (size_t)s->team.classes, sizeof *s->log_prob);
	if (!rc && feat && n > 1)
		rc = err_set(e, "a feature map belongs to one model, there are %d", n);
	if (!rc && feat && !(s->feat = graph_feature(net[0]->g, NULL)))
		rc = err_set(e, "%s has no global average pooling, so no feature map before it", net[0]->arch);
	if (!rc)
		rc = read_odd(s, e);
	for (int i = 0; i < n && !rc; i++) {
		read_marks(&s->marks[i], net[i]);
		rc = make_plan(s, i, batch, pool, e);
	}
	if (!rc)
		return s;
	scorer_free(s);
	return NULL;
}

void scorer_free(struct scorer *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->team.n; i++) {
		plan_free(s->plan[i]);
		if (s->draw)
			plan_free(s->draw[i]);
		free(s->marks[i].mark);
	}
	if (s->odd)
		odd_free(s->odd);
	free(s->odd);
	free(s->plan);
	free(s->marks);
	free(s->log_prob);
	free(s->draw);
	free(s->frozen);
	free(s->sd);
	free(s->mi);
	free(s->key);
	free(s);
}

static bool has_dropout(const struct graph *g)
{
	for (int i = 0; i < g->nnode; i++)
		if (g->node[i]->op == OP_dropout && g->node[i]->rate > 0)
			return true;
	return false;
}

/* What stands before the first dropout is run once, what follows for every draw. */
static int make_draw(struct scorer *s, int i, struct pool *pool, struct err *e)
{
	const struct graph *g = s->team.net[i]->g;
	bool *none = xcalloc((size_t)g->nparam + 1, sizeof *none), *keep = xcalloc((size_t)g->nnode, sizeof *keep);

	if (!has_dropout(g)) {
		free(none);
		free(keep);
		return err_set(e, "%s has no dropout to draw from", s->team.net[i]->arch);
	}
	s->frozen[i] = graph_frozen(g, none);
	if (s->frozen[i])
		keep[s->frozen[i]->index] = true;
	keep_looked_at(s, i, keep);
	plan_free(s->plan[i]);
	s->plan[i] = plan_new(s->team.net[i], &(struct plan_options){.batch = s->batch, .keep = keep}, pool, e);
	s->draw[i] = plan_new(s->team.net[i],
	                      &(struct plan_options){.batch = s->batch, .from = s->frozen[i], .dropout = true}, pool, e);
	free(none);
	free(keep);
	if (!s->plan[i] || !s->draw[i])
		return -1;
	plan_keys(s->draw[i], s->key);
	return 0;
}

int scorer_spread(struct scorer *s, int draws, struct pool *pool, struct err *e)
{
	size_t batch = (size_t)s->batch;

	s->draws = draws;
	s->members = s->team.n * (draws ? draws : 1);
	if (s->members < 2)
		return err_set(e, "a spread needs two draws or two models");
	s->log_prob = xreallocarray(s->log_prob, batch * (size_t)s->members * (size_t)s->team.classes, sizeof *s->log_prob);
	s->sd = xcalloc(batch, sizeof *s->sd);
	s->mi = xcalloc(batch, sizeof *s->mi);
	s->key = xcalloc(batch, sizeof *s->key);
	s->draw = xcalloc((size_t)s->team.n, sizeof(struct plan *));
	s->frozen = xcalloc((size_t)s->team.n, sizeof(struct node *));
	for (int i = 0; i < s->team.n && draws; i++)
		if (make_draw(s, i, pool, e))
			return -1;
	return 0;
}

/* Running */

float *scorer_input(struct scorer *s)
{
	return plan_input(s->plan[0]);
}

/* A member's log probabilities of all images to their place. */
static void keep_member(struct scorer *s, int m, const struct plan *p, int member, int n)
{
	const struct net *net = s->team.net[m];
	const float *z = plan_value(p, net->g->output);

	for (int i = 0; i < n; i++)
		team_log_probs(net, z + i * net_logits(net), s->log_prob + (i * s->members + member) * s->team.classes);
}

static void run_draws(struct scorer *s, int m, int n)
{
	const struct node *from = s->frozen[m] ? s->frozen[m] : s->team.net[m]->g->input;
	size_t floats = (size_t)n * (size_t)from->h * (size_t)from->w * (size_t)from->c;

	for (int d = 0; d < s->draws; d++) {
		struct rng r = rng_at((uint64_t)m, RNG_DROPOUT, (uint64_t)d, 0);

		memcpy(plan_input(s->draw[m]), plan_value(s->plan[m], from), floats * sizeof(float));
		plan_forward(s->draw[m], n, rng_u64(&r));
		keep_member(s, m, s->draw[m], m * s->draws + d, n);
	}
}

static double entropy_term(double log_p)
{
	return isinf(log_p) ? 0 : -exp(log_p) * log_p;
}

static void spread(struct scorer *s, int i, const float *prob)
{
	const double *log_prob = s->log_prob + i * s->members * s->team.classes;
	int k = s->team.classes, which = k == 2 ? 1 : team_pred(&s->team, prob);
	double total = 0, each = 0, square = 0, mean = 0;

	for (int c = 0; c < k; c++) {
		double log_mean = team_log_mean(&s->team, log_prob, s->members, c);

		total += entropy_term(log_mean);
		mean = c == which ? exp(log_mean) : mean;
	}
	for (int m = 0; m < s->members; m++) {
		double p = exp(log_prob[m * k + which]);

		square += (p - mean) * (p - mean);
		for (int c = 0; c < k; c++)
			each += entropy_term(log_prob[m * k + c]);
	}
	s->sd[i] = sqrt(square / (s->members - 1));
	s->mi[i] = fmax(0, total - each / s->members);
}

void scorer_run(struct scorer *s, int n, float *logit, float *prob)
{
	const struct node *in = s->team.net[0]->g->input;
	size_t size = (size_t)n * (size_t)in->h * (size_t)in->w * (size_t)in->c;

	for (int m = 1; m < s->team.n; m++) /* before any plan runs: its input buffer may be reused */
		memcpy(plan_input(s->plan[m]), plan_input(s->plan[0]), size * sizeof(float));
	for (int m = 0; m < s->team.n; m++) {
		plan_forward(s->plan[m], n, 0);
		if (s->draws)
			run_draws(s, m, n);
		else if (s->members > 1)
			keep_member(s, m, s->plan[m], m, n);
	}
	for (int i = 0; i < n; i++, logit += s->team.logits, prob += s->team.classes) {
		const float *z = plan_value(s->plan[0], s->team.net[0]->g->output) + i * s->team.logits;

		if (s->members > 1)
			team_mean(&s->team, s->log_prob + i * s->members * s->team.classes, s->members, logit, prob);
		else
			team_scores(&s->team, &z, logit, prob);
		if (s->sd)
			spread(s, i, prob);
	}
}

const float *scorer_feat(const struct scorer *s, int i)
{
	const struct node *f = s->feat;

	return plan_value(s->plan[0], f) + (size_t)i * (size_t)f->h * (size_t)f->w * (size_t)f->c;
}

double scorer_odd(const struct scorer *s, int i, const double fact[ODD_FACTS])
{
	float *feature = xcalloc((size_t)s->odd->n, sizeof *feature);
	double value;

	odd_features(s->odd, s->plan[0], i, feature);
	value = odd_value(s->odd, feature, fact);
	free(feature);
	return value;
}

const float *scorer_map(const struct scorer *s, int i)
{
	const struct node *o = s->team.net[0]->g->output;

	return plan_value(s->plan[0], o) + (size_t)i * (size_t)o->h * (size_t)o->w;
}

bool scorer_seen(const struct scorer *s, const char *sha256)
{
	uint64_t mark;

	if (!sha256 || strlen(sha256) != 64)
		return false;
	mark = read_mark(sha256);
	for (int i = 0; i < s->team.n; i++)
		if (s->marks[i].n && bsearch(&mark, s->marks[i].mark, s->marks[i].n, sizeof mark, by_number))
			return true;
	return false;
}
