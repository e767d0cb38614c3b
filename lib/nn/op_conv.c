/* Convolution: which of the ways in conv.h is taken, by shape alone, and what each packs, runs and needs.
 *
 *   packed   [bias c][scale c] | forward weights | backward weights (where they differ) | batch norm before
 *            each from a cache line on but the last
 *
 *   way         forward            backward to x              to the weights
 *   winograd    F(4x4,3x3)         the same, flipped          F(4x4,3x3)     3x3 stride 1, multiples of 16 channels
 *   stem        F(4x4,4x4)         im2col             im2col         7x7 stride 2, up to four input channels
 *   depthwise   sums of taps       sums of taps               sums of taps   groups = channels
 *   direct      rows by pointers   flipped; strided: im2col   im2col         the rest
 *   im2col      gathered rows      scattered rows             im2col         reference; too large for direct */
#include <string.h>

#include "nn/conv.h"

static int conv_shape(struct graph *g, struct node *n, struct err *e)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;
	int weight[4] = {n->c, 0, w->kh, w->kw};

	if (n->c < 1 || n->groups < 1 || in->c % n->groups || n->c % n->groups)
		return err_set(e, "%s: %d groups do not divide %d input and %d output channels", n->name, n->groups, in->c, n->c);
	if (window_shape(n, e))
		return -1;
	weight[1] = in->c / n->groups;
	graph_param(g, n, "weight", ROLE_WEIGHT, 4, weight);
	if (n->bias)
		graph_param(g, n, "bias", ROLE_BIAS, 1, &n->c);
	return 0;
}

enum way { WINOGRAD, STEM, DEPTHWISE, DIRECT, IM2COL };

static enum way way_of(const struct step *s)
{
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);

	if (s->reference)
		return IM2COL;
	if (winograd_fits(n))
		return WINOGRAD;
	if (stem_fits(n))
		return STEM;
	if (depthwise_fits(n))
		return DEPTHWISE;
	return direct_fits(n->window, z.cin > z.cout ? z.cin : z.cout) ? DIRECT : IM2COL;
}

/* Is dx a convolution of dz with the flipped kernel, by Winograd's method or directly? */
static bool flips(const struct step *s)
{
	return (way_of(s) == WINOGRAD || way_of(s) == DIRECT) && !conv_strided(s->node);
}

static size_t forward_floats(const struct step *s)
{
	switch (way_of(s)) {
	case WINOGRAD: return winograd_weights(s, false);
	case STEM: return stem_weights(s->node);
	case DEPTHWISE: return depthwise_weights(s->node);
	case DIRECT: return direct_weights(s->node, false);
	case IM2COL: return im2col_weights(s->node);
	}
	return 0;
}

static size_t backward_floats(const struct step *s)
{
	if (!s->dx || way_of(s) == IM2COL || way_of(s) == DEPTHWISE) /* one packing for both passes */
		return 0;
	if (!flips(s))
		return im2col_weights(s->node);
	return way_of(s) == WINOGRAD ? winograd_weights(s, true) : direct_weights(s->node, true);
}

static size_t conv_packed(const struct step *s)
{
	size_t before = s->before ? 2 * (size_t)s->before->c : 0;

	return 2 * round_up((size_t)s->node->c, 16) + forward_floats(s) + backward_floats(s) + before;
}

float *conv_before(const struct step *s)
{
	return conv_weights(s) + forward_floats(s) + backward_floats(s);
}

/* Rows as they are, which direct_run computes a task at a time. */
bool conv_takes_norm(const struct node *n)
{
	const struct window *w = &n->window;

	return w->kh == 1 && w->kw == 1 && !conv_strided(n) && n->groups == 1 && !w->top && !w->left && !w->bottom &&
	       !w->right && direct_fits(*w, n->in[0]->c > n->c ? n->in[0]->c : n->c);
}

static bool writes_slices(const struct step *s)
{
	return way_of(s) == WINOGRAD || way_of(s) == DIRECT;
}

static float *backward_weights(const struct step *s)
{
	bool both = way_of(s) == IM2COL || way_of(s) == DEPTHWISE;

	return both ? conv_weights(s) : conv_weights(s) + forward_floats(s);
}

/* The folded batch norm's scale of a channel; its shift and the bias go to the front of packed. */
static void fold(struct step *s)
{
	const struct node *n = s->node;

	for (int o = 0; o < n->c; o++) {
		float bias = n->bias ? step_param(s, n, 1)[o] : 0, scale = 1, shift = 0;

		if (s->bn)
			bn_affine(s, s->bn, o, &scale, &shift);
		s->packed[o] = bias * scale + shift;
		conv_scale(s)[o] = scale;
	}
}

static void prepare_winograd(struct step *s)
{
	winograd_pack(s, false, conv_weights(s));
	if (s->dx)
		winograd_pack(s, true, backward_weights(s));
}

/* Ways whose backward pass may be im2col's. */
static void prepare_strided(struct step *s)
{
	if (way_of(s) == STEM)
		stem_pack(s, conv_weights(s));
	else
		direct_pack(s, false, conv_weights(s));
	if (s->dx && flips(s))
		direct_pack(s, true, backward_weights(s));
	else if (s->dx)
		im2col_pack(s, backward_weights(s));
}

static void conv_prepare(struct step *s)
{
	fold(s);
	if (s->before)
		bn_affine_all(s, s->before, conv_before(s));
	switch (way_of(s)) {
	case WINOGRAD: prepare_winograd(s); break;
	case DEPTHWISE: depthwise_pack(s, conv_weights(s)); break;
	case STEM:
	case DIRECT: prepare_strided(s); break;
	case IM2COL: im2col_pack(s, conv_weights(s)); break;
	}
}

static void conv_forward(struct step *s)
{
	const struct node *n = s->node, *in = n->in[0];
	struct conv_job job = {.s = s, .x = s->x, .h = in->h, .w = in->w, .c = in->c, .y = s->y, .oh = n->h, .ow = n->w,
	                       .oc = n->c, .ldy = s->ldy, .weight = conv_weights(s), .forward = true};

	switch (way_of(s)) {
	case WINOGRAD: winograd_run(&job); break;
	case STEM: stem_forward(s, job.weight); break;
	case DEPTHWISE: depthwise_forward(s, job.weight); break;
	case DIRECT: direct_run(&job, n->window); break;
	case IM2COL: im2col_forward(s, job.weight); break;
	}
}

static void backward_flipped(struct step *s)
{
	const struct node *n = s->node, *in = n->in[0];
	const struct window *w = &n->window;
	struct conv_job job = {.s = s, .x = s->dz, .h = n->h, .w = n->w, .c = n->c, .y = s->dx, .oh = in->h, .ow = in->w,
	                       .oc = in->c, .ldy = (size_t)in->c, .weight = backward_weights(s),
	                       .accumulate = s->accumulate[0]};
	struct window flipped = *w;

	flipped.top = w->kh - 1 - w->top;
	flipped.left = w->kw - 1 - w->left;
	flipped.bottom = w->kh - 1 - w->bottom;
	flipped.right = w->kw - 1 - w->right;
	if (way_of(s) == WINOGRAD)
		winograd_run(&job);
	else
		direct_run(&job, flipped);
}

static void weight_gradient(struct step *s)
{
	float *dw = step_param_grad(s, s->node, 0);

	if (way_of(s) == WINOGRAD)
		winograd_weight_gradient(s, dw);
	else if (way_of(s) == DEPTHWISE)
		depthwise_weight_gradient(s, dw);
	else
		im2col_weight_gradient(s, dw);
}

static void conv_backward(struct step *s)
{
	const struct node *n = s->node;

	if (s->grad_params)
		weight_gradient(s);
	if (s->grad_params && n->bias)
		column_sum(s, s->dz, (size_t)s->n * (size_t)n->h * (size_t)n->w, n->c, step_param_grad(s, n, 1));
	if (s->dx && flips(s))
		backward_flipped(s);
	else if (s->dx && way_of(s) == DEPTHWISE)
		depthwise_backward(s, backward_weights(s));
	else if (s->dx)
		im2col_backward(s, backward_weights(s));
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t conv_scratch(const struct step *s)
{
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);

	switch (way_of(s)) {
	case WINOGRAD: return winograd_scratch(s);
	case STEM: return max_size(im2col_scratch(s), stem_scratch(n));
	case DEPTHWISE: return 0;
	case DIRECT: break;
	case IM2COL: return im2col_scratch(s);
	}
	size_t direct = max_size(direct_scratch(n->window, z.cin), direct_scratch(n->window, z.cout));

	return max_size(im2col_scratch(s), direct + (s->before ? direct_before_scratch(n) : 0));
}

static size_t conv_shared(const struct step *s)
{
	const struct node *n = s->node;
	size_t sums = 0;

	if (s->grad_params && n->bias)
		sums = column_sum_shared((size_t)s->batch * (size_t)n->h * (size_t)n->w, n->c);
	switch (way_of(s)) {
	case WINOGRAD: return max_size(sums, winograd_shared(s));
	case DEPTHWISE: return max_size(sums, depthwise_shared(s));
	case STEM:
	case DIRECT:
	case IM2COL: break;
	}
	return max_size(sums, im2col_shared(s));
}

const struct operator operator_conv = {
	.name = "conv",
	.shape = conv_shape,
	.packed = conv_packed,
	.scratch = conv_scratch,
	.shared = conv_shared,
	.prepare = conv_prepare,
	.forward = conv_forward,
	.backward = conv_backward,
	.uses_x = true,
	.writes_slices = writes_slices,
	.fuses = true,
};
