/* Bilinear interpolation to a given size, half-pixel centres, edges repeated (torch's interpolate with
 * align_corners=False). What a dense head's cells become pixels by: few channels, so a pixel is a loop's turn. */
#include <math.h>
#include <string.h>

#include "nn/op.h"

static int enlarge_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	n->c = n->in[0]->c;
	return n->h > 0 && n->w > 0 ? 0 : err_set(e, "%s: no places to enlarge to", n->name);
}

/* The two places of an axis that output i lies between, and the share of the second. */
struct enlarge_tap {
	int low, high;
	float share;
};
static struct enlarge_tap tap_at(int i, int in, int out)
{
	float at = fmaxf(((float)i + .5f) * (float)in / (float)out - .5f, 0);
	int low = (int)at < in - 1 ? (int)at : in - 1;

	return (struct enlarge_tap){low, low + 1 < in ? low + 1 : low, at - (float)low};
}

/* The four pixels of x [h,w,c] that output (y, i) is made of, and their shares. */
struct corners {
	size_t at[4];
	float share[4];
};
static struct corners corners_of(const struct node *n, struct enlarge_tap y, int column)
{
	const struct node *in = n->in[0];
	struct enlarge_tap x = tap_at(column, in->w, n->w);
	size_t c = (size_t)n->c, low = (size_t)y.low * (size_t)in->w, high = (size_t)y.high * (size_t)in->w;

	return (struct corners){
		{(low + (size_t)x.low) * c, (low + (size_t)x.high) * c, (high + (size_t)x.low) * c, (high + (size_t)x.high) * c},
		{(1 - y.share) * (1 - x.share), (1 - y.share) * x.share, y.share * (1 - x.share), y.share * x.share},
	};
}

static void forward_line(void *ctx, size_t line, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	const float *x = s->x + line / (size_t)n->h * node_size(n->in[0]);
	float *y = s->y + line * (size_t)n->w * (size_t)n->c;
	struct enlarge_tap row = tap_at((int)(line % (size_t)n->h), n->in[0]->h, n->h);

	(void)worker;
	for (int column = 0; column < n->w; column++, y += n->c) {
		struct corners k = corners_of(n, row, column);

		for (int i = 0; i < n->c; i++)
			y[i] = k.share[0] * x[k.at[0] + (size_t)i] + k.share[1] * x[k.at[1] + (size_t)i] +
			       k.share[2] * x[k.at[2] + (size_t)i] + k.share[3] * x[k.at[3] + (size_t)i];
	}
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n * (size_t)s->node->h, forward_line, s);
}

/* An image is one block: its pixels give to the same places, in order. */
static void backward_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	float *dx = s->dx + image * node_size(n->in[0]);
	const float *dz = s->dz + image * node_size(n);

	(void)worker;
	if (!s->accumulate[0])
		memset(dx, 0, node_size(n->in[0]) * sizeof *dx);
	for (int row = 0; row < n->h; row++)
		for (int column = 0; column < n->w; column++, dz += n->c) {
			struct corners k = corners_of(n, tap_at(row, n->in[0]->h, n->h), column);

			for (int corner = 0; corner < 4; corner++)
				for (int i = 0; i < n->c; i++)
					dx[k.at[corner] + (size_t)i] += k.share[corner] * dz[i];
		}
}

static void backward(struct step *s)
{
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_image, s);
}

const struct operator operator_enlarge = {
	.name = "enlarge",
	.shape = enlarge_shape,
	.forward = forward,
	.backward = backward,
};
