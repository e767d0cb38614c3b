/* Depthwise convolutions: each output channel sees its own input channel only. All passes are sums over taps of pixels
 * times weights, channel by channel; they differ in where the pixels lie. Weights are packed [taps][c], scaled: the
 * channels of one tap lie side by side, as those of a pixel do. */
#include <string.h>

#include "nn/conv.h"
#include "nn/vector.h"

enum {
	TAPS = 49,     /* most taps of a window: 7x7; the zoo has 3x3 */
	/* Pixels computed at once: each weight that is loaded serves all. 56x56x96 and 14x14x384: 1 22 29, 2 23 31, 4 21 33,
	 * 8 10 11 (sums leave the registers). */
	PIXELS = 4,
	ZEROS = 16384, /* channels of a pixel outside the image: 64 KB */
	PARTS = 16,    /* of the weight gradient, summed in order: the most threads that can share it */
};
static const float zeros[ZEROS];

/* Where the taps of one pixel lie. */
struct pixel_taps {
	const float *at[TAPS];
};

bool depthwise_fits(const struct node *n)
{
	return n->groups > 1 && n->groups == n->c && n->c == n->in[0]->c && n->c <= ZEROS &&
	       n->window.kh * n->window.kw <= TAPS;
}

/* The input pixels of output pixel (y, x). */
static void forward_taps(const struct node *n, const float *image, int y, int x, struct pixel_taps *t)
{
	const struct window *w = &n->window;
	const struct node *in = n->in[0];

	for (int ky = 0, k = 0; ky < w->kh; ky++)
		for (int kx = 0; kx < w->kw; kx++, k++) {
			int iy = y * w->stride_h - w->top + ky, ix = x * w->stride_w - w->left + kx;
			bool inside = iy >= 0 && iy < in->h && ix >= 0 && ix < in->w;

			t->at[k] = inside ? image + ((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c : zeros;
		}
}

/* The output pixels that input pixel (y, x) went into. */
static void backward_taps(const struct node *n, const float *image, int y, int x, struct pixel_taps *t)
{
	const struct window *w = &n->window;

	for (int k = 0; k < w->kh * w->kw; k++) {
		int oy = y + w->top - k / w->kw, ox = x + w->left - k % w->kw;
		bool inside = oy >= 0 && ox >= 0 && oy % w->stride_h == 0 && ox % w->stride_w == 0 && oy / w->stride_h < n->h &&
		              ox / w->stride_w < n->w;

		t->at[k] = inside ? image + ((size_t)(oy / w->stride_h) * (size_t)n->w + (size_t)(ox / w->stride_w)) * (size_t)n->c
		                  : zeros;
	}
}

/* Tap (ky, kx) of pixel p of some that follow each other is at first + ky * line + kx * column + p * pixel. */
struct windows {
	const float *first;
	ptrdiff_t line, column, pixel;
};

#define KERNELS "nn/depthwise_tile.h"
#include "nn/each_vector.h"

static void sum_taps(const struct pixel_taps *t, int pixels, int taps, const float *weight, int c,
                     struct finish f, float *y)
{
	int i = vector_wide() ? sum_taps16(t, pixels, taps, weight, 0, c, f, y) : 0;

	for (i = sum_taps8(t, pixels, taps, weight, i, c, f, y); i < c; i++)
		for (int p = 0; p < pixels; p++) {
			size_t at = (size_t)p * (size_t)c + (size_t)i;
			float sum = 0;

			for (int k = 0; k < taps; k++)
				sum += t[p].at[k][i] * weight[(size_t)k * (size_t)c + (size_t)i];
			y[at] = finish_one(sum, &f, at, (size_t)i);
		}
}

struct depthwise_pass {
	struct step *s;
	const float *weight;
	bool forward;
};

/* Are the windows of output pixels (y, x) .. (y, x + PIXELS - 1) whole, and simple enough for sum_windows? */
static bool find_windows(const struct node *n, const float *image, int y, int x, struct windows *t)
{
	const struct window *w = &n->window;
	const struct node *in = n->in[0];
	int iy = y * w->stride_h - w->top, ix = x * w->stride_w - w->left, last = ix + (PIXELS - 1) * w->stride_w + 2;

	if (w->kh != 3 || w->kw != 3 || n->c % 8 || iy < 0 || iy + 2 >= in->h || ix < 0 || last >= in->w)
		return false;
	t->first = image + ((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c;
	t->line = (ptrdiff_t)in->w * in->c;
	t->column = in->c;
	t->pixel = (ptrdiff_t)w->stride_w * in->c;
	return true;
}

/* One line of pixels of y (forward) or dx. */
static void run_line(void *ctx, size_t line, int worker)
{
	const struct depthwise_pass *p = ctx;
	const struct step *s = p->s;
	const struct node *n = s->node, *in = n->in[0], *to = p->forward ? n : in, *from = p->forward ? in : n;
	const float *image = (p->forward ? s->x : s->dz) + line / (size_t)to->h * node_size(from);
	float *out = (p->forward ? s->y : s->dx) + line * (size_t)to->w * (size_t)n->c;
	struct finish f = finish_with(NULL, !p->forward && s->accumulate[0] ? out : NULL, ACT_NONE);
	int y = (int)(line % (size_t)to->h), pixels;
	struct windows windows;
	struct pixel_taps t[PIXELS];

	(void)worker;
	if (p->forward)
		f = finish_with(s->packed, s->residual ? s->residual + (out - s->y) : NULL, s->act);
	for (int x = 0; x < to->w; x += pixels) {
		if (p->forward && x + PIXELS <= to->w && find_windows(n, image, y, x, &windows)) {
			int i = vector_wide() ? sum_windows16(&windows, p->weight, 0, n->c, f, out) : 0;

			sum_windows8(&windows, p->weight, i, n->c, f, out);
			pixels = PIXELS;
		} else {
			/* what sticks out at the left goes alone, so that the next are whole */
			pixels = x == 0 ? 1 : to->w - x < PIXELS ? to->w - x : PIXELS;
			for (int i = 0; i < (pixels > 1 ? PIXELS : 1); i++)
				(p->forward ? forward_taps : backward_taps)(n, image, y, x + (i < pixels ? i : 0), &t[i]);
			sum_taps(t, pixels, n->window.kh * n->window.kw, p->weight, n->c, f, out);
		}
		out += pixels * n->c;
		f.residual = f.residual ? f.residual + pixels * n->c : NULL;
	}
}

void depthwise_forward(struct step *s, const float *weight)
{
	struct depthwise_pass p = {s, weight, true};

	pool_run(s->pool, (size_t)s->n * (size_t)s->node->h, run_line, &p);
}

void depthwise_backward(struct step *s, const float *weight)
{
	struct depthwise_pass p = {s, weight, false};

	pool_run(s->pool, (size_t)s->n * (size_t)s->node->in[0]->h, run_line, &p);
}

/* sum[tap][i] += t.at[tap][i] dz[i] */
static CLONES void add_taps(const struct pixel_taps *t, int taps, const float *restrict dz, int c, float *restrict sum)
{
	for (int k = 0; k < taps; k++) {
		const float *restrict x = t->at[k];
		float *restrict to = sum + (size_t)k * (size_t)c;

		for (int i = 0; i < c; i++)
			to[i] += x[i] * dz[i];
	}
}

static size_t part_floats(const struct node *n)
{
	return round_up((size_t)n->c * (size_t)(n->window.kh * n->window.kw), 16);
}

/* The weight gradient of some lines. */
static void gradient_part(void *ctx, size_t part, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	size_t lines = (size_t)s->n * (size_t)n->h, per_part = (lines + PARTS - 1) / PARTS, begin = part * per_part;
	size_t end = begin + per_part < lines ? begin + per_part : lines, c = (size_t)n->c;
	float *sum = s->shared + part * part_floats(n);
	struct pixel_taps t;

	(void)worker;
	memset(sum, 0, part_floats(n) * sizeof *sum);
	for (size_t line = begin; line < end; line++)
		for (int x = 0; x < n->w; x++) {
			forward_taps(n, s->x + line / (size_t)n->h * node_size(n->in[0]), (int)(line % (size_t)n->h), x, &t);
			add_taps(&t, n->window.kh * n->window.kw, s->dz + (line * (size_t)n->w + (size_t)x) * c, n->c, sum);
		}
}

void depthwise_weight_gradient(struct step *s, float *dw)
{
	const struct node *n = s->node;
	size_t taps = (size_t)(n->window.kh * n->window.kw), c = (size_t)n->c;

	pool_run(s->pool, PARTS, gradient_part, s);
	for (size_t i = 0; i < c; i++)
		for (size_t k = 0; k < taps; k++) {
			float sum = 0;

			for (size_t part = 0; part < PARTS; part++)
				sum += s->shared[part * part_floats(n) + k * c + i];
			dw[i * taps + k] = sum;
		}
}

void depthwise_pack(struct step *s, float *to)
{
	const struct node *n = s->node;
	const float *w = step_param(s, n, 0), *scale = conv_scale(s);
	size_t taps = (size_t)(n->window.kh * n->window.kw), c = (size_t)n->c;

	for (size_t k = 0; k < taps; k++)
		for (size_t i = 0; i < c; i++)
			to[k * c + i] = w[i * taps + k] * scale[i];
}

size_t depthwise_weights(const struct node *n)
{
	return part_floats(n);
}

size_t depthwise_shared(const struct step *s)
{
	return s->grad_params ? PARTS * part_floats(s->node) : 0;
}
