/* From the gradient of the score at the image x [h,w,c]. "Nothing" is explain.blank (blank.h), gray unless given.
 *
 *   gradient       largest of |g| over the channels (Simonyan 2013)
 *   smoothgrad     the same of the mean of g over noisy copies (Smilkov 2017)
 *   gradxinput     sum over the channels of g x
 *   intgrad        x - nothing, times the mean of g on the way from nothing to x, midpoint rule (Sundararajan 2017):
 *                  sums to f(x) - f(nothing) as samples grow
 *   xrai           intgrad over regions (xrai.h)
 *   gradientshap   the same at random places on the way, with noise to noisy copies (Lundberg 2017, Erion 2021): so in
 *                  the mean
 *   fullgrad       g x, plus at every layer bias times gradient, spread over the image (Srinivas 2019; signed and
 *                  without rescaling, so that the map sums to the score). Where relu6 and sigmoid bend they have a
 *                  bias, too. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "explain/maker.h"
#include "explain/scale.h"
#include "explain/xrai.h"

static int one(const struct subject *s)
{
	(void)s;
	return 1;
}

/* Sums of gradients, [h,w,c], and the image's range. */
struct slope {
	double range, sum[];
};

static void *begin_sum(const struct subject *s)
{
	size_t n = subject_floats(s);
	struct slope *state = xcalloc(1, sizeof *state + n * sizeof *state->sum);
	float lo = s->image[0], hi = lo;

	for (size_t i = 1; i < n; i++) {
		lo = fminf(lo, s->image[i]);
		hi = fmaxf(hi, s->image[i]);
	}
	state->range = (double)hi - (double)lo;
	return state;
}

static void plain(const struct subject *s, int i, float *v)
{
	(void)i;
	for (size_t k = 0; k < subject_floats(s); k++)
		v[k] = s->image[k];
}

/* t of the way from nothing to x + noise */
static void noisy(const struct subject *s, struct rng *r, double t, float *v)
{
	const struct slope *state = s->state;
	double sd = (s->x->noise < 0 ? maker_of(s->t->method)->noise : s->x->noise) * state->range;

	for (size_t k = 0; k < subject_floats(s); k++) {
		double to = (double)s->image[k] + sd * rng_normal(r), from = s->nothing ? (double)s->nothing[k] : 0;

		v[k] = (float)(from + t * (to - from));
	}
}

static void noisy_variant(const struct subject *s, int i, float *v)
{
	struct rng r = subject_rng(s, i);

	noisy(s, &r, 1, v);
}

static void on_the_way(const struct subject *s, int i, float *v)
{
	double t = (i + .5) / subject_samples(s);

	for (size_t k = 0; k < subject_floats(s); k++)
		v[k] = (float)((double)s->nothing[k] + t * ((double)s->image[k] - (double)s->nothing[k]));
}

/* The place on the way is the stream's first number. */
static void noisy_on_the_way(const struct subject *s, int i, float *v)
{
	struct rng r = subject_rng(s, i);
	double t = rng_uniform(&r);

	noisy(s, &r, t, v);
}

static const float *value_of(const struct subject *s, const struct plan *p, int slot)
{
	return plan_value(p, subject_input(s)) + (size_t)slot * subject_floats(s);
}

static const float *slope_of(const struct subject *s, const struct plan *p, int slot)
{
	return plan_grad(p, subject_input(s)) + (size_t)slot * subject_floats(s);
}

static void add_slope(struct subject *s, int i, const struct plan *p, int slot)
{
	struct slope *state = s->state;
	const float *g = slope_of(s, p, slot);

	(void)i;
	for (size_t k = 0; k < subject_floats(s); k++)
		state->sum[k] += (double)g[k];
}

/* g (x + noise - nothing): how far the run's own image is from nothing, by t. */
static void add_share(struct subject *s, int i, const struct plan *p, int slot)
{
	struct slope *state = s->state;
	const float *g = slope_of(s, p, slot), *v = value_of(s, p, slot);
	struct rng r = subject_rng(s, i);
	double t = rng_uniform(&r);

	for (size_t k = 0; k < subject_floats(s) && t > 0; k++)
		state->sum[k] += (double)g[k] * ((double)v[k] - (double)s->nothing[k]) / t;
}

static void map_largest(const struct subject *s, float *map)
{
	const struct slope *state = s->state;
	int c = subject_input(s)->c, n = s->t->h * s->t->w;
	double count = s->t->method == METHOD_gradient ? 1 : subject_samples(s);

	for (int i = 0; i < n; i++) {
		double most = 0;

		for (int k = 0; k < c; k++)
			most = fmax(most, fabs(state->sum[i * c + k]));
		map[i] = (float)(most / count);
	}
}

/* Sum over channels of the sums, times x less nothing where that is not in them yet. */
static void sum_channels(const struct subject *s, bool times_image, double count, float *map)
{
	const struct slope *state = s->state;
	int c = subject_input(s)->c, n = s->t->h * s->t->w;

	for (int i = 0; i < n; i++) {
		double sum = 0;

		for (int k = i * c; k < (i + 1) * c; k++) {
			double image = (double)s->image[k] - (s->nothing ? (double)s->nothing[k] : 0);

			sum += state->sum[k] * (times_image ? image : 1);
		}
		map[i] = (float)(sum / count);
	}
}

static void map_gradxinput(const struct subject *s, float *map)
{
	sum_channels(s, true, 1, map);
}

static void map_intgrad(const struct subject *s, float *map)
{
	sum_channels(s, true, subject_samples(s), map);
}

static void map_xrai(const struct subject *s, float *map)
{
	const struct node *in = subject_input(s);
	float *value = xmalloc((size_t)in->h * (size_t)in->w * sizeof *value);

	map_intgrad(s, value);
	xrai_map(s->image, in->h, in->w, in->c, value, map);
	free(value);
}

static void map_gradientshap(const struct subject *s, float *map)
{
	sum_channels(s, false, subject_samples(s), map);
}

#define SLOPES .fine = true, .needs = NEED_PICTURE | NEED_SLOPES, .begin = begin_sum
#define FROM_NOTHING .fine = true, .needs = NEED_PICTURE | NEED_SLOPES | NEED_BLANK, .begin = begin_sum, .sums = true
const struct maker maker_gradient = {.title = "gradient", SLOPES, .count = one, .variant = plain, .take = add_slope,
	.map = map_largest};
const struct maker maker_gradxinput = {.title = "gradient x input", SLOPES,
	.count = one, .variant = plain, .take = add_slope, .map = map_gradxinput};
const struct maker maker_smoothgrad = {.title = "SmoothGrad", SLOPES, .samples = 32, .count = subject_samples,
	.noise = .15, .variant = noisy_variant, .take = add_slope, .map = map_largest};
const struct maker maker_intgrad = {.title = "integrated gradients", FROM_NOTHING, .samples = 32,
	.count = subject_samples, .variant = on_the_way, .take = add_slope, .map = map_intgrad};
const struct maker maker_xrai = {.title = "XRAI", .needs = NEED_PICTURE | NEED_SLOPES | NEED_BLANK, .samples = 32,
	.sums = true, .count = subject_samples, .begin = begin_sum, .variant = on_the_way, .take = add_slope,
	.map = map_xrai};
const struct maker maker_gradientshap = {.title = "GradientSHAP", FROM_NOTHING, .samples = 64,
	.count = subject_samples, .variant = noisy_on_the_way, .take = add_share, .map = map_gradientshap};

/* ---- FullGrad: the sum is a map [h,w] */

static void *begin_map(const struct subject *s)
{
	return xcalloc((size_t)s->t->h * (size_t)s->t->w, sizeof(double));
}

/* What channel k of a node adds to a linear function of its input. */
static double *offsets(const struct net *n, const struct node *node)
{
	double *b = xcalloc((size_t)node->c, sizeof *b);
	const float *p[4] = {NULL};

	for (int i = 0; i < node->nparam; i++)
		p[i] = n->value + node->offset[i];
	for (int k = 0; k < node->c && node->bias; k++)
		b[k] = (double)p[1][k];
	for (int k = 0; k < node->c && node->op == OP_bn; k++)
		b[k] = p[1][k] - p[2][k] * p[0][k] / sqrt((double)p[3][k] + (double)node->eps);
	return b;
}

/* y dy - x dx of a bend. */
static double bend(const struct plan *p, const struct node *n, size_t at)
{
	const struct node *in = n->in[0];

	return (double)plan_value(p, n)[at] * (double)plan_grad(p, n)[at] -
	       (double)plan_value(p, in)[at] * (double)plan_grad(p, in)[at];
}

/* Spread over the image so that the sum stays (exactly where its sides are multiples of the layer's). */
static void add_offsets(struct subject *s, const struct plan *p, int slot, const struct node *n)
{
	size_t hw = (size_t)n->h * (size_t)n->w, c = (size_t)n->c, from = (size_t)slot * hw * c;
	double *b = offsets(s->x->net, n), *sum = s->state, share = (double)hw / (s->t->h * s->t->w);
	float *small = xmalloc(hw * sizeof *small), *wide = xmalloc((size_t)s->t->h * (size_t)s->t->w * sizeof *wide);
	const float *g = plan_grad(p, n) + from;

	for (size_t i = 0; i < hw; i++) {
		double at = 0;

		for (size_t k = i * c; k < (i + 1) * c; k++)
			at += n->op == OP_act ? bend(p, n, from + k) : b[k - i * c] * (double)g[k];
		small[i] = (float)at;
	}
	map_resize(small, n->h, n->w, wide, s->t->h, s->t->w);
	for (int i = 0; i < s->t->h * s->t->w; i++)
		sum[i] += share * (double)wide[i];
	free(b);
	free(small);
	free(wide);
}

static void add_everything(struct subject *s, int i, const struct plan *p, int slot)
{
	const struct graph *g = s->x->net->g;
	const float *x = value_of(s, p, slot), *dx = slope_of(s, p, slot);
	double *sum = s->state;
	int c = g->input->c;

	(void)i;
	for (int at = 0; at < s->t->h * s->t->w * c; at++)
		sum[at / c] += (double)x[at] * (double)dx[at];
	for (int k = 0; k < g->nnode; k++)
		if (has_offset(g->node[k]) && plan_grad(p, g->node[k]))
			add_offsets(s, p, slot, g->node[k]);
}

static void map_fullgrad(const struct subject *s, float *map)
{
	const double *sum = s->state;

	for (int i = 0; i < s->t->h * s->t->w; i++)
		map[i] = (float)sum[i];
}
const struct maker maker_fullgrad = {.title = "FullGrad", .fine = true,
	.needs = NEED_PICTURE | NEED_EVERY, .count = one, .begin = begin_map, .variant = plain, .take = add_everything,
	.map = map_fullgrad};
