/* Heat maps of images: which methods at which layers, one forward and one backward for all that ask for them. */
#include "explain/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/choice.h"
#include "base/mem.h"
#include "base/rng.h"
#include "explain/head.h"
#include "explain/maker.h"

static size_t places(const struct node *n)
{
	return (size_t)n->h * (size_t)n->w;
}

size_t subject_floats(const struct subject *s)
{
	return node_floats(subject_input(s));
}

int subject_samples(const struct subject *s)
{
	return s->x->samples ? s->x->samples : maker_of(s->t->method)->samples;
}

struct rng subject_rng(const struct subject *s, int i)
{
	return rng_at(s->x->seed, RNG_EXPLAIN, s->item, (uint64_t)s->t->method << 32 | (uint32_t)i);
}

int subject_patch(const struct subject *s)
{
	const struct node *in = subject_input(s);
	int shorter = in->h < in->w ? in->h : in->w, side = s->x->patch ? s->x->patch : (shorter + 3) / 7;

	return side < 1 ? 1 : side > shorter && !s->x->patch ? shorter : side;
}

void weighted_channels(const struct subject *s, const double *weight, float *map)
{
	const float *a = s->a;
	int hw = s->t->h * s->t->w, c = s->t->layer->c;

	for (int i = 0; i < hw; i++, a += c) {
		double sum = 0;

		for (int k = 0; k < c; k++)
			sum += weight[k] * (double)a[k];
		map[i] = (float)sum;
	}
}

static int count_of(const struct explain *x, const struct target *t)
{
	struct subject s = {.x = x, .t = t};

	return maker_of(t->method)->count ? maker_of(t->method)->count(&s) : 0;
}

static int add_target(struct explain *x, enum method m, const struct node *layer, struct err *e)
{
	unsigned needs = maker_of(m)->needs;
	const struct node *at = layer ? layer : x->net->g->input;
	int first;
	bool head = layer && head_dense(x->net->g, layer, &first), gradient = needs & NEED_GRADIENT;
	struct target t = {.method = m, .layer = layer, .h = at->h, .w = at->w, .head = head && gradient};

	if ((needs & NEED_HEAD) && !head)
		return err_set(e, "%s is not defined at %s: it needs a layer that is averaged over all places and goes "
		               "through one dense layer to the output", method_title(m), layer->name);
	for (int i = 0; i < x->ntarget; i++)
		if (x->target[i].method == m && x->target[i].layer == layer)
			return err_set(e, "%s%s%s is asked for twice", method_name(m), layer ? " at " : "", layer ? layer->name : "");
	if ((needs & NEED_TAIL) && !(t.tail = tail_new(x->net, layer, e)))
		return err_prefix(e, "%s", method_title(m));
	x->target = xreallocarray(x->target, (size_t)x->ntarget + 1, sizeof *x->target);
	x->target[x->ntarget++] = t;
	x->backward |= gradient && !head;
	x->images |= needs & (NEED_PICTURE | NEED_RUNS | NEED_SLOPES | NEED_EVERY);
	x->largest = places(at) > x->largest ? places(at) : x->largest;
	if (t.head && node_floats(layer) > x->grad_size)
		x->grad_size = node_floats(layer);
	return 0;
}

/* Methods that have no layer come with the first. */
static int add_layer(struct explain *x, const char *methods, const struct node *layer, bool first, struct err *e)
{
	int n, status = layer ? 0 : -1;
	char **name = choice_split(methods, ',', &n);

	for (int k = 0; k < n && !status; k++) {
		enum method m;

		status = method_parse(name[k], &m, e);
		if (status == 0 && (first || method_has_layer(m)))
			status = add_target(x, m, method_has_layer(m) ? layer : NULL, e);
	}
	free(name);
	return status;
}

static int add_layers(struct explain *x, const char *methods, const char *layers, struct err *e)
{
	const struct graph *g = x->net->g;
	const struct node *layer[LAYER_DEFAULTS];
	int found = layer_defaults(g, layer);
	char **name;
	int n, status = 0;

	if (!layers && !found)
		return err_set(e, "the network has no layer with places to map");
	for (int i = 0; !layers && i < found && status == 0; i++)
		status = add_layer(x, methods, layer[i], i == 0, e);
	if (!layers)
		return status;
	name = choice_split(layers, ',', &n);
	for (int k = 0; k < n && !status; k++)
		status = add_layer(x, methods, layer_find(g, name[k], e), k == 0, e);
	free(name);
	return status;
}

int explain_open(struct explain *x, struct net *n, const char *methods, const char *layers, int batch,
                 struct pool *pool, struct err *e)
{
	*x = (struct explain){.net = n, .pool = pool, .batch = batch, .noise = -1};
	if (add_layers(x, methods, layers, e) != 0) {
		explain_close(x);
		return -1;
	}
	x->raw = mem_big((size_t)batch * (size_t)x->ntarget * x->largest, sizeof *x->raw);
	x->scratch = mem_big((size_t)pool_threads(pool) * x->grad_size + 1, sizeof *x->scratch);
	if (x->raw && x->scratch)
		return 0;
	budget_err(e, 0, "maps of %d images", batch);
	explain_close(x);
	return -1;
}

void explain_close(struct explain *x)
{
	plan_free(x->plan);
	plan_free(x->scorer);
	for (int k = 0; k <= RUN_EVERY; k++)
		runner_close(&x->runner[k]);
	for (int i = 0; i < x->ntarget; i++) {
		runner_close(&x->target[i].rest);
		net_free(x->target[i].tail);
	}
	free(x->target);
	free(x->raw);
	free(x->scratch);
	*x = (struct explain){0};
}

int64_t explain_runs(const struct explain *x)
{
	int64_t runs = 0;

	for (int i = 0; i < x->ntarget; i++)
		runs += count_of(x, &x->target[i]);
	return runs;
}

/* A layer that inference fuses with what follows it rounds otherwise when its own value is wanted. */
static bool keeping_rounds(const struct explain *x)
{
	for (int i = 0; i < x->ntarget; i++) {
		enum op op = x->target[i].layer ? x->target[i].layer->op : OP_input;

		if (op == OP_conv || op == OP_bn || op == OP_add)
			return true;
	}
	return false;
}

/* The plan of the one forward, and one that keeps nothing where scores need it. */
static int open_plans(struct explain *x, struct err *e)
{
	struct plan_options plain = {.batch = x->batch}, o = {.batch = x->batch, .backward = x->backward};
	bool *keep;

	o.keep = keep = xcalloc((size_t)x->net->g->nnode, sizeof *keep);
	for (int i = 0; i < x->ntarget; i++)
		if (x->target[i].layer)
			keep[x->target[i].layer->index] = true;
	x->plan = plan_new(x->net, &o, x->pool, e);
	free(keep);
	if (!x->plan)
		return -1;
	return x->score && keeping_rounds(x) && !(x->scorer = plan_new(x->net, &plain, x->pool, e)) ? -1 : 0;
}

/* Gradients of every layer take much memory: few images at a time. */
enum { EVERY_BATCH = 4 };

static int open_runners(struct explain *x, struct err *e)
{
	unsigned needs = 0;

	for (int i = 0; i < x->ntarget; i++) {
		struct target *t = &x->target[i];

		needs |= maker_of(t->method)->needs;
		if (t->tail && runner_open(&t->rest, RUN_SCORES, t->tail, x->batch, x->pool, e))
			return -1;
	}
	for (int k = 0; k <= RUN_EVERY; k++) {
		int batch = k == RUN_EVERY && x->batch > EVERY_BATCH ? EVERY_BATCH : x->batch;

		if ((needs & (unsigned)NEED_RUNS << k) && runner_open(&x->runner[k], k, x->net, batch, x->pool, e))
			return -1;
	}
	return 0;
}

int explain_ready(struct explain *x, struct err *e)
{
	if (x->plan || (!open_plans(x, e) && !open_runners(x, e)))
		return 0;
	plan_free(x->plan);
	x->plan = NULL;
	return -1;
}

void explain_forward(struct explain *x, const float *images, int n)
{
	struct plan *plan[] = {x->plan, x->scorer};

	x->image = images;
	for (int i = 0; i < 2 && plan[i]; i++) { /* each its copy: a forward may reuse its input's memory */
		memcpy(plan_input(plan[i]), images, (size_t)n * node_floats(x->net->g->input) * sizeof *images);
		plan_forward(plan[i], n, 0);
	}
}

const float *explain_logits(const struct explain *x)
{
	return plan_value(x->scorer ? x->scorer : x->plan, x->net->g->output);
}

static float *raw_at(const struct explain *x, int image, int target)
{
	return x->raw + ((size_t)image * (size_t)x->ntarget + (size_t)target) * x->largest;
}

/* All but the head's gradient, for which fill is room (NULL: not wanted). */
static struct subject subject_of(const struct explain *x, const struct view *v, const struct target *t, float *fill)
{
	struct subject s = {.x = x, .t = t, .class = v->class, .item = v->item};
	size_t size = t->layer ? node_floats(t->layer) : 0, slot = (size_t)v->slot;

	if (x->image)
		s.image = x->image + (size_t)v->slot * node_floats(x->net->g->input);
	if (t->layer)
		s.a = v->feat ? v->feat : plan_value(x->plan, t->layer) + slot * size;
	if (t->head && fill) {
		head_grad(x->net, t->layer, v->class, fill);
		s.g = fill;
	} else if (maker_of(t->method)->needs & NEED_GRADIENT) {
		s.g = plan_grad(x->plan, t->layer) + slot * size;
	}
	return s;
}

/* ---- maps from one forward and one backward */

struct map_job {
	struct explain *x;
	const struct view *view;
};

static void map_one(void *ctx, size_t block, int worker)
{
	struct map_job *job = ctx;
	struct explain *x = job->x;
	int image = (int)(block / (size_t)x->ntarget), target = (int)(block % (size_t)x->ntarget);
	const struct maker *m = maker_of(x->target[target].method);
	struct subject s;

	if (m->count)
		return;
	s = subject_of(x, &job->view[image], &x->target[target], x->scratch + (size_t)worker * x->grad_size);
	m->map(&s, raw_at(x, image, target));
}

/* ---- maps from many runs: variant i of image p is run p * count + i */

struct tries {
	struct explain *x;
	const struct maker *maker;
	struct subject *subject;
	int count, target;
};

static void begin_one(void *ctx, size_t block, int worker)
{
	struct tries *t = ctx;
	struct subject *s = &t->subject[block];

	(void)worker;
	if (t->maker->needs & NEED_BLANK) {
		s->nothing = xreallocarray(NULL, subject_floats(s), sizeof *s->nothing);
		blank_fill(&t->x->blank, t->x->net, s->image, s->nothing);
	}
	s->state = t->maker->begin ? t->maker->begin(s) : NULL;
}

static void fill_try(void *ctx, int i, float *input)
{
	struct tries *t = ctx;

	t->maker->variant(&t->subject[i / t->count], i % t->count, input);
}

static int class_of_try(void *ctx, int i)
{
	struct tries *t = ctx;

	return t->subject[i / t->count].class;
}

static void take_try(void *ctx, int i, double score, const struct plan *p, int slot)
{
	struct tries *t = ctx;
	struct subject *s = &t->subject[i / t->count];

	s->score[i % t->count] = score;
	if (t->maker->take)
		t->maker->take(s, i % t->count, p, slot);
}

static void finish_one(void *ctx, size_t block, int worker)
{
	struct tries *t = ctx;

	(void)worker;
	t->maker->map(&t->subject[block], raw_at(t->x, (int)block, t->target));
}

static struct runner *runner_of(struct explain *x, struct target *t)
{
	unsigned needs = maker_of(t->method)->needs;

	return needs & NEED_TAIL ? &t->rest : &x->runner[needs & NEED_EVERY ? RUN_EVERY :
	                                                 needs & NEED_SLOPES ? RUN_SLOPES : RUN_SCORES];
}

static void try_target(struct explain *x, int target, const struct view *view, int n)
{
	struct target *t = &x->target[target];
	struct tries tries = {.x = x, .maker = maker_of(t->method), .count = count_of(x, t), .target = target};
	struct runs runs = {n * tries.count, &tries, fill_try, class_of_try, take_try, x->tick, x->tick_ctx};
	double *score = xcalloc((size_t)runs.n, sizeof *score);

	tries.subject = xcalloc((size_t)n, sizeof *tries.subject);
	for (int i = 0; i < n; i++) {
		tries.subject[i] = subject_of(x, &view[i], t, NULL);
		tries.subject[i].score = score + (size_t)i * (size_t)tries.count;
	}
	pool_run(x->pool, (size_t)n, begin_one, &tries);
	runner_run(runner_of(x, t), &runs);
	pool_run(x->pool, (size_t)n, finish_one, &tries);
	for (int i = 0; i < n; i++) {
		free(tries.subject[i].state);
		free(tries.subject[i].nothing);
	}
	free(tries.subject);
	free(score);
}

void explain_maps(struct explain *x, const struct view *view, int n)
{
	size_t logits = (size_t)net_logits(x->net);
	struct map_job job = {x, view};

	if (x->backward) {
		for (int i = 0; i < n; i++)
			score_grad(x->net, view[i].class, plan_output_grad(x->plan) + (size_t)view[i].slot * logits);
		plan_backward(x->plan);
	}
	pool_run(x->pool, (size_t)n * (size_t)x->ntarget, map_one, &job);
	for (int t = 0; t < x->ntarget; t++)
		if (maker_of(x->target[t].method)->count)
			try_target(x, t, view, n);
}

const float *explain_raw(const struct explain *x, int image, int target)
{
	return raw_at(x, image, target);
}
