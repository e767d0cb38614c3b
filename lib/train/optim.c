/* Optimisers: adam, adamw, sgd; weight decay, l2 and clipping. */
#include "train/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/clones.h"
#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "nn/plan.h"
#include "nn/select.h"

static const char *const names[] = {[OPTIM_ADAM] = "adam", [OPTIM_ADAMW] = "adamw", [OPTIM_SGD] = "sgd"};

int optim_parse(const char *name, enum optim_kind *kind, struct err *e)
{
	int k = choice_find("optimizer", name, names, sizeof names / sizeof *names, e);

	if (k >= 0)
		*kind = (enum optim_kind)k;
	return k < 0 ? -1 : 0;
}

const char *optim_name(enum optim_kind kind)
{
	return names[kind];
}

void optim_defaults(struct optim_options *o, enum optim_kind kind)
{
	*o = (struct optim_options){
		.kind = kind,
		.weight_decay = kind == OPTIM_ADAMW ? .01 : 0,
		.momentum = .9,
		.beta1 = .9,
		.beta2 = .999,
		.eps = 1e-8,
	};
}

double optim_rate(enum optim_kind kind)
{
	return kind == OPTIM_SGD ? 1e-2 : 1e-3;
}

/* l2 of one parameter: all prefixes that fit it together. */
static double l2_of(const char *l2, const struct param *p)
{
	double sum = 0;

	for (const char *word = l2; word && p->role == ROLE_WEIGHT; word = strchr(word, ',')) {
		word += *word == ',';
		size_t n = strcspn(word, "=");

		if (graph_under(p->name, word, n))
			sum += strtod(word + n + 1, NULL);
	}
	return sum;
}

/* Without g whether the word is one at all. */
static int check_l2(const struct graph *g, const char *word, struct err *e)
{
	const char *value = strchr(word, '=');
	double x;

	if (!value || value == word || !num_double(value + 1, &x) || !(x >= 0) || !isfinite(x))
		return err_set(e, "l2 '%s' is not PREFIX=X", word);
	if (!g)
		return 0;
	for (int i = 0; i < g->nparam; i++)
		if (g->param[i]->role == ROLE_WEIGHT && graph_under(g->param[i]->name, word, (size_t)(value - word)))
			return 0;
	return err_set(e, "l2: no weights under '%.*s'", (int)(value - word), word);
}

int optim_check_l2(const struct graph *g, const char *l2, struct err *e)
{
	char **word;
	int n, rc = 0;

	if (!l2)
		return 0;
	word = choice_split(l2, ',', &n);
	for (int k = 0; k < n && !rc; k++)
		rc = check_l2(g, word[k], e);
	free(word);
	return rc;
}

static void add_spans(struct optim *o, size_t *cap, const struct param *p)
{
	size_t end = p->offset + p->count;

	for (size_t at = p->offset, next; at < end; at = next) {
		next = (at / OPTIM_BLOCK + 1) * OPTIM_BLOCK;
		next = next < end ? next : end;
		o->span = grow(o->span, o->nspan, cap, sizeof *o->span);
		o->span[o->nspan++] = (struct span){at, next - at, (float)(2 * l2_of(o->o.l2, p))};
	}
}

/* Parameters lie in their order. */
static void find_range(struct optim *o)
{
	const struct span *first = o->span, *last = o->span + o->nspan - 1;

	if (!o->nspan)
		return;
	o->low = first->at / OPTIM_BLOCK * OPTIM_BLOCK;
	o->high = last->at + last->n;
}

struct optim *optim_new(const struct graph *g, const bool *train, const struct optim_options *options, struct err *e)
{
	struct optim *o = xcalloc(1, sizeof *o);
	size_t cap = 0;

	o->o = *options;
	if (optim_check_l2(g, options->l2, e)) {
		optim_free(o);
		return NULL;
	}
	for (int i = 0; i < g->nparam; i++)
		if (train[i])
			add_spans(o, &cap, g->param[i]);
	find_range(o);
	o->count = (o->high - o->low) * (options->kind == OPTIM_SGD ? 1 : 2);
	o->state = mem_big(o->count, sizeof *o->state);
	o->square = xcalloc(o->nspan + 1, sizeof *o->square);
	if (!o->state) {
		optim_free(o);
		budget_err(e, 0, "the optimizer");
		return NULL;
	}
	return o;
}

void optim_free(struct optim *o)
{
	if (!o)
		return;
	free(o->state);
	free(o->square);
	free(o->span);
	free(o->mine);
	free(o);
}

/* What the loops need, as the floats torch's scalars become. */
struct factors {
	float decay; /* added to the gradient */
	float keep;  /* adamw: the parameter is multiplied by it */
	float beta1, beta2, rest1, rest2, root, eps, step;
	float momentum, rate;
};

static CLONES void adam(const struct factors *f, float *restrict p, float *restrict m, float *restrict v,
                        const float *restrict grad, size_t n)
{
	float decay = f->decay, keep = f->keep, beta1 = f->beta1, beta2 = f->beta2, rest1 = f->rest1, rest2 = f->rest2;
	float root = f->root, eps = f->eps, step = f->step;

	for (size_t i = 0; i < n; i++) {
		float g = grad[i] + decay * p[i];

		m[i] = beta1 * m[i] + rest1 * g;
		v[i] = beta2 * v[i] + rest2 * g * g;
		p[i] = keep * p[i] - step * (m[i] / (sqrtf(v[i]) / root + eps));
	}
}

static CLONES void sgd(const struct factors *f, float *restrict p, float *restrict m, const float *restrict grad,
                       size_t n)
{
	float decay = f->decay, momentum = f->momentum, rate = f->rate;

	for (size_t i = 0; i < n; i++) {
		float g = grad[i] + decay * p[i];

		m[i] = momentum * m[i] + g;
		p[i] -= rate * m[i];
	}
}

struct step_job {
	struct optim *o;
	struct factors f;
	float *value, *grad;
	float scale;
};

static CLONES void add_l2(float *restrict grad, const float *restrict p, float l2, size_t n)
{
	for (size_t i = 0; i < n; i++)
		grad[i] += l2 * p[i];
}

static CLONES void scale_by(float *grad, float scale, size_t n)
{
	for (size_t i = 0; i < n; i++)
		grad[i] *= scale;
}

static double square_sum(const float *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)v[i] * v[i];
	return sum;
}

/* The gradient's own part of a step: l2, and the sum of squares of every span. */
static void ready_span(void *ctx, size_t block, int worker)
{
	struct step_job *j = ctx;
	const struct span *s = &j->o->span[block];

	(void)worker;
	if (s->l2 > 0)
		add_l2(j->grad + s->at, j->value + s->at, s->l2, s->n);
	if (j->o->o.clip > 0)
		j->o->square[block] = square_sum(j->grad + s->at, s->n);
}

static void scale_span(void *ctx, size_t block, int worker)
{
	struct step_job *j = ctx;
	const struct span *s = &j->o->span[block];

	(void)worker;
	scale_by(j->grad + s->at, j->scale, s->n);
}

/* As torch's clip_grad_norm_. */
static void clip(struct step_job *j, struct pool *pool)
{
	double sum = 0;

	for (size_t i = 0; i < j->o->nspan; i++)
		sum += j->o->square[i];
	j->scale = (float)(j->o->o.clip / (sqrt(sum) + 1e-6));
	if (j->scale < 1)
		pool_run(pool, j->o->nspan, scale_span, j);
}

static void run_span(void *ctx, size_t block, int worker)
{
	struct step_job *j = ctx;
	struct optim *o = j->o;
	const struct span *s = &o->span[block];
	float *m = o->state + (s->at - o->low);

	(void)worker;
	if (o->mine && !o->mine[block])
		return;
	if (o->o.kind == OPTIM_SGD)
		sgd(&j->f, j->value + s->at, m, j->grad + s->at, s->n);
	else
		adam(&j->f, j->value + s->at, m, m + (o->high - o->low), j->grad + s->at, s->n);
}

/* Scalars are made in double and cast once, where torch does it. */
void optim_step(struct optim *o, double rate, float *value, float *grad, struct pool *pool)
{
	const struct optim_options *c = &o->o;
	double steps = (double)++o->steps;
	bool apart = c->kind == OPTIM_ADAMW;
	struct step_job j = {o, .value = value, .grad = grad, .f = {
		.decay = apart ? 0 : (float)c->weight_decay,
		.keep = apart ? (float)(1 - rate * c->weight_decay) : 1,
		.beta1 = (float)c->beta1,
		.beta2 = (float)c->beta2,
		.rest1 = (float)(1 - c->beta1),
		.rest2 = (float)(1 - c->beta2),
		.root = (float)sqrt(1 - pow(c->beta2, steps)),
		.eps = (float)c->eps,
		.step = (float)(rate / (1 - pow(c->beta1, steps))),
		.momentum = (float)c->momentum,
		.rate = (float)rate,
	}};

	if (c->l2 || c->clip > 0)
		pool_run(pool, o->nspan, ready_span, &j);
	if (c->clip > 0)
		clip(&j, pool);
	pool_run(pool, o->nspan, run_span, &j);
}
