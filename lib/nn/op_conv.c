#include <string.h>

#include "nn/conv.h"
#include "nn/gemm.h"

/* Convolution, by Winograd's method where it fits and by matrix products over gathered pixels (im2col) elsewhere. In
 * memory a weight is [O][kh][kw][I/groups]. */

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

/* packed: [bias c][forward: groups x k x npad][backward] */
static size_t forward_floats(const struct node *n)
{
	struct conv_sizes z = conv_sizes(n);

	if (winograd_fits(n))
		return winograd_weights(z.cin, z.cout);
	return (size_t)n->groups * (size_t)z.npad * (size_t)z.k;
}

/* Strided: [cout][k padded to 16], dcol = dz W. Else the flipped kernel [kh][kw][cout][cin padded]: dx is a convolution
 * of dz with it. */
static size_t backward_floats(const struct node *n)
{
	struct conv_sizes z = conv_sizes(n);

	if (winograd_fits(n))
		return winograd_weights(z.cin, z.cout);
	if (conv_strided(n))
		return (size_t)n->groups * (size_t)z.cout * (size_t)pad16(z.k);
	return (size_t)n->groups * (size_t)(n->window.kh * n->window.kw) * (size_t)z.cout * (size_t)pad16(z.cin);
}

static size_t conv_packed(const struct step *s)
{
	size_t floats = (size_t)pad16(s->node->c) + forward_floats(s->node);

	return floats + (s->dx ? backward_floats(s->node) : 0);
}

/* Packing goes by blocks of sixteen outputs: whole cache lines are read and written. Padding stays zero. */
enum { PACK = 16 };

/* The folded batch norm's scale of a channel; its shift and the bias go to the front of packed. */
static float fold(const struct step *s, int channel)
{
	const struct node *n = s->node;
	float bias = n->bias ? step_param(s, n, 1)[channel] : 0, scale = 1, shift = 0;

	if (s->bn)
		bn_affine(s, s->bn, channel, &scale, &shift);
	s->packed[channel] = bias * scale + shift;
	return scale;
}

static void pack_forward(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);
	size_t per_group = blocks_of((size_t)z.cout, PACK), group = block / per_group;
	int begin = (int)(block % per_group) * PACK, end = begin + PACK < z.cout ? begin + PACK : z.cout;
	const float *w = step_param(s, n, 0) + group * (size_t)z.cout * (size_t)z.k;
	float *to = s->packed + pad16(n->c) + group * (size_t)z.k * (size_t)z.npad, scale[PACK] = {0};

	(void)worker;
	for (int o = begin; o < end; o++)
		scale[o - begin] = fold(s, (int)group * z.cout + o);
	for (int k = 0; k < z.k; k++)
		for (int o = begin; o < end; o++)
			to[(size_t)k * (size_t)z.npad + (size_t)o] = w[(size_t)o * (size_t)z.k + (size_t)k] * scale[o - begin];
}

static void pack_backward(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);
	size_t per_group = blocks_of((size_t)z.cout, PACK), group = block / per_group;
	int taps = n->window.kh * n->window.kw, row = conv_strided(n) ? pad16(z.k) : pad16(z.cin);
	int begin = (int)(block % per_group) * PACK, end = begin + PACK < z.cout ? begin + PACK : z.cout;
	const float *w = s->packed + pad16(n->c) + group * (size_t)z.k * (size_t)z.npad;
	float *to = s->packed + pad16(n->c) + forward_floats(n) + group * (backward_floats(n) / (size_t)n->groups);

	(void)worker;
	for (int t = 0; t < taps; t++)
		for (int o = begin; o < end; o++)
			for (int i = 0; i < z.cin; i++) {
				size_t at = conv_strided(n) ? (size_t)o * (size_t)row + (size_t)(t * z.cin + i)
				                       : (size_t)((taps - 1 - t) * z.cout + o) * (size_t)row + (size_t)i;

				to[at] = w[(size_t)(t * z.cin + i) * (size_t)z.npad + (size_t)o];
			}
}

static void prepare_winograd(struct step *s)
{
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);
	float *scale = s->scratch, *to = s->packed + pad16(n->c);

	for (int o = 0; o < n->c; o++)
		scale[o] = fold(s, o);
	winograd_pack(s->pool, step_param(s, n, 0), scale, z.cin, z.cout, false, to);
	if (s->dx)
		winograd_pack(s->pool, step_param(s, n, 0), scale, z.cin, z.cout, true, to + forward_floats(n));
}

static void conv_prepare(struct step *s)
{
	size_t blocks = (size_t)s->node->groups * blocks_of((size_t)conv_sizes(s->node).cout, PACK);

	if (winograd_fits(s->node)) {
		prepare_winograd(s);
		return;
	}
	pool_run(s->pool, blocks, pack_forward, s);
	if (s->dx)
		pool_run(s->pool, blocks, pack_backward, s);
}

static struct conv_job forward_job(struct step *s)
{
	const struct node *n = s->node, *in = n->in[0];

	return (struct conv_job){.s = s, .x = s->x, .h = in->h, .w = in->w, .c = in->c, .y = s->y, .oh = n->h, .ow = n->w,
	                         .oc = n->c, .weight = s->packed + pad16(n->c), .forward = true};
}

/* dx of stride 1: dz convolved with the flipped kernel. */
static struct conv_job backward_job(struct step *s)
{
	const struct node *n = s->node, *in = n->in[0];

	return (struct conv_job){.s = s, .x = s->dz, .h = n->h, .w = n->w, .c = n->c, .y = s->dx, .oh = in->h, .ow = in->w,
	                         .oc = in->c, .weight = s->packed + pad16(n->c) + forward_floats(n),
	                         .accumulate = s->accumulate[0]};
}

static void conv_forward(struct step *s)
{
	const struct node *n = s->node;
	struct conv_job job = forward_job(s);

	if (winograd_fits(n)) {
		winograd_run(&job);
		return;
	}
	im2col_run(&job, n->window);
}

static void backward_data_flipped(struct step *s)
{
	const struct node *n = s->node;
	const struct window *w = &n->window;
	struct conv_job job = backward_job(s);
	struct window flipped = *w;

	if (winograd_fits(n)) {
		winograd_run(&job);
		return;
	}
	flipped.top = w->kh - 1 - w->top;
	flipped.left = w->kw - 1 - w->left;
	flipped.bottom = w->kh - 1 - w->bottom;
	flipped.right = w->kw - 1 - w->right;
	im2col_run(&job, flipped);
}

static void conv_backward(struct step *s)
{
	const struct node *n = s->node;

	if (s->grad_params && winograd_fits(n))
		winograd_weight_gradient(s, step_param_grad(s, n, 0));
	else if (s->grad_params)
		im2col_weight_gradient(s, step_param_grad(s, n, 0));
	if (s->grad_params && n->bias)
		column_sum(s, s->dz, (size_t)s->n * (size_t)n->h * (size_t)n->w, n->c, step_param_grad(s, n, 1));
	if (!s->dx)
		return;
	if (conv_strided(n))
		im2col_backward_strided(s, s->packed + pad16(n->c) + forward_floats(n));
	else
		backward_data_flipped(s);
}

static size_t conv_scratch(const struct step *s)
{
	return winograd_fits(s->node) ? winograd_scratch(s) : im2col_scratch(s);
}

static size_t conv_shared(const struct step *s)
{
	const struct node *n = s->node;
	size_t most = winograd_fits(n) ? winograd_shared(s) : im2col_shared(s), sums = 0;

	if (s->grad_params && n->bias)
		sums = column_sum_shared((size_t)s->batch * (size_t)n->h * (size_t)n->w, n->c);
	return most > sums ? most : sums;
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
	.fuses = true,
};
