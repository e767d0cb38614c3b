/* Helpers that operators share. */
#include <string.h>

#include "nn/op.h"

int window_shape(struct node *n, struct err *e)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;
	int h = in->h + w->top + w->bottom, width = in->w + w->left + w->right;

	if (w->kh < 1 || w->kw < 1 || w->stride_h < 1 || w->stride_w < 1)
		return err_set(e, "%s: a %dx%d window with strides of %dx%d", n->name, w->kh, w->kw, w->stride_h, w->stride_w);
	if (w->top < 0 || w->bottom < 0 || w->left < 0 || w->right < 0)
		return err_set(e, "%s: negative padding", n->name);
	if (n->op != OP_conv && (w->top >= w->kh || w->bottom >= w->kh || w->left >= w->kw || w->right >= w->kw))
		return err_set(e, "%s: padding as large as the %dx%d window", n->name, w->kh, w->kw);
	if (h < w->kh || width < w->kw)
		return err_set(e, "%s: input %dx%d is smaller than the %dx%d window", n->name, in->h, in->w, w->kh, w->kw);
	n->h = (h - w->kh) / w->stride_h + 1;
	n->w = (width - w->kw) / w->stride_w + 1;
	return 0;
}

const float *step_param(const struct step *s, const struct node *n, int i)
{
	return s->value + n->offset[i];
}

float *step_param_grad(const struct step *s, const struct node *n, int i)
{
	return s->grad + n->offset[i];
}

bool step_always(const struct step *s)
{
	(void)s;
	return true;
}

static CLONES void add_bias(float *restrict y, const float *restrict v, const float *restrict bias, int count)
{
	for (int i = 0; i < count; i++)
		y[i] = v[i] + bias[i];
}

static CLONES void add_residual(float *restrict y, const float *restrict r, int count)
{
	for (int i = 0; i < count; i++)
		y[i] += r[i];
}

static CLONES void bias_relu(float *restrict y, const float *restrict v, const float *restrict bias, int count)
{
	for (int i = 0; i < count; i++) {
		float t = v[i] + bias[i];

		y[i] = t < 0 ? 0 : t; /* a NaN stays one */
	}
}

static CLONES void bias_residual_relu(float *restrict y, const float *restrict v, const float *restrict bias,
                                      const float *restrict r, int count)
{
	for (int i = 0; i < count; i++) {
		float t = v[i] + bias[i] + r[i];

		y[i] = t < 0 ? 0 : t;
	}
}

void step_epilogue(float *y, const float *v, const float *bias, const float *residual, enum act act, int count)
{
	if (act == ACT_RELU && bias && v != y) {
		if (residual)
			bias_residual_relu(y, v, bias, residual, count);
		else
			bias_relu(y, v, bias, count);
		return;
	}
	if (bias && v != y)
		add_bias(y, v, bias, count);
	else if (v != y)
		memcpy(y, v, (size_t)count * sizeof *y);
	if (bias && v == y)
		add_residual(y, bias, count);
	if (residual)
		add_residual(y, residual, count);
	if (act != ACT_NONE)
		act_forward(y, act, count);
}

struct each {
	struct step *s;
	size_t n;
	void (*f)(struct step *s, size_t begin, size_t end);
};

enum { EACH_BLOCK = 1 << 16 };

static void each_block(void *ctx, size_t block, int worker)
{
	struct each *each = ctx;
	size_t begin = block * EACH_BLOCK, end = begin + EACH_BLOCK;

	(void)worker;
	each->f(each->s, begin, end < each->n ? end : each->n);
}

void step_each(struct step *s, size_t n, void (*f)(struct step *s, size_t begin, size_t end))
{
	struct each each = {s, n, f};

	pool_run(s->pool, blocks_of(n, EACH_BLOCK), each_block, &each);
}

/* Rows per block of a column sum: enough blocks for many threads, few enough partial sums. */
static size_t sum_rows(size_t rows)
{
	size_t per = (rows + 63) / 64;

	return per < 64 ? 64 : per;
}

size_t column_sum_shared(size_t rows, int c)
{
	return blocks_of(rows, sum_rows(rows)) * (size_t)c;
}

struct column_sum {
	struct step *s;
	const float *dz;
	size_t rows, per;
	int c;
};

static CLONES void column_sum_rows(const float *restrict dz, size_t rows, int c, float *restrict out)
{
	memset(out, 0, (size_t)c * sizeof *out);
	for (size_t r = 0; r < rows; r++)
		for (int i = 0; i < c; i++)
			out[i] += dz[r * (size_t)c + (size_t)i];
}

static void column_sum_block(void *ctx, size_t block, int worker)
{
	struct column_sum *sum = ctx;
	size_t begin = block * sum->per, left = sum->rows - begin;

	(void)worker;
	column_sum_rows(sum->dz + begin * (size_t)sum->c, left < sum->per ? left : sum->per, sum->c,
	                sum->s->shared + block * (size_t)sum->c);
}

void column_sum(struct step *s, const float *dz, size_t rows, int c, float *out)
{
	struct column_sum sum = {s, dz, rows, sum_rows(rows), c};
	size_t blocks = blocks_of(rows, sum.per);

	pool_run(s->pool, blocks, column_sum_block, &sum);
	for (int i = 0; i < c; i++) {
		double total = 0;

		for (size_t b = 0; b < blocks; b++)
			total += s->shared[b * (size_t)c + (size_t)i];
		out[i] = (float)total;
	}
}
