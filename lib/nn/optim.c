#include "nn/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/mem.h"

static const char *const names[] = {[OPTIM_ADAM] = "adam", [OPTIM_ADAMW] = "adamw", [OPTIM_SGD] = "sgd"};

int optim_parse(const char *name, enum optim_kind *kind, struct err *e)
{
	for (int k = 0; k < 3; k++)
		if (!strcmp(name, names[k])) {
			*kind = k;
			return 0;
		}
	return err_set(e, "unknown optimizer '%s' (adam, adamw, sgd)", name);
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

static void add_spans(struct optim *o, size_t *cap, const struct param *p)
{
	for (size_t i = 0; i < p->count; i += OPTIM_BLOCK) {
		size_t left = p->count - i;

		o->span = grow(o->span, o->nspan, cap, sizeof *o->span);
		o->span[o->nspan++] = (struct span){
			.at = p->offset + i,
			.state = o->trained + i,
			.n = left < OPTIM_BLOCK ? left : OPTIM_BLOCK,
		};
	}
	o->trained += (p->count + 15) / 16 * 16;
}

struct optim *optim_new(const struct graph *g, const bool *train, const struct optim_options *options, struct err *e)
{
	struct optim *o = xcalloc(1, sizeof *o);
	size_t cap = 0;

	o->o = *options;
	for (int i = 0; i < g->nparam; i++)
		if (train[i])
			add_spans(o, &cap, g->param[i]);
	o->count = o->trained * (options->kind == OPTIM_SGD ? 1 : 2);
	o->state = mem_big(o->count, sizeof *o->state);
	if (!o->state) {
		optim_free(o);
		err_set(e, "out of memory for the optimizer");
		return NULL;
	}
	return o;
}

void optim_free(struct optim *o)
{
	if (!o)
		return;
	free(o->state);
	free(o->span);
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

struct job {
	struct optim *o;
	struct factors f;
	float *value;
	const float *grad;
};

static void run_span(void *ctx, size_t block, int worker)
{
	struct job *j = ctx;
	struct optim *o = j->o;
	const struct span *s = &o->span[block];
	float *m = o->state + s->state;

	(void)worker;
	if (o->o.kind == OPTIM_SGD)
		sgd(&j->f, j->value + s->at, m, j->grad + s->at, s->n);
	else
		adam(&j->f, j->value + s->at, m, m + o->trained, j->grad + s->at, s->n);
}

/* Scalars are made in double and cast once, where torch does it. */
void optim_step(struct optim *o, double rate, float *value, const float *grad, struct pool *pool)
{
	const struct optim_options *c = &o->o;
	double steps = (double)++o->steps;
	bool apart = c->kind == OPTIM_ADAMW;
	struct job j = {o, .value = value, .grad = grad, .f = {
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

	pool_run(pool, o->nspan, run_span, &j);
}
