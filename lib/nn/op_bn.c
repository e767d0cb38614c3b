/* Batch norm over the channels (Ioffe and Szegedy 2015). Training normalises with the biased variance of the batch and
 * keeps the unbiased one in the running variance, as torch does; eval mode is an affine map of each channel. */
#include <math.h>
#include <string.h>

#include "nn/op.h"

enum { GAMMA, BETA, MEAN, VAR };

static int bn_shape(struct graph *g, struct node *n, struct err *e)
{
	const struct node *in = n->in[0];

	(void)e;
	n->h = in->h;
	n->w = in->w;
	n->c = in->c;
	graph_param(g, n, "weight", ROLE_GAMMA, 1, &n->c);
	graph_param(g, n, "bias", ROLE_BETA, 1, &n->c);
	graph_param(g, n, "running_mean", ROLE_MEAN, 1, &n->c);
	graph_param(g, n, "running_var", ROLE_VAR, 1, &n->c);
	return 0;
}

void bn_affine(const struct step *s, const struct node *bn, int channel, float *scale, float *shift)
{
	double inverse = 1 / sqrt((double)step_param(s, bn, VAR)[channel] + (double)bn->eps);
	double gamma = step_param(s, bn, GAMMA)[channel];

	*scale = (float)(gamma * inverse);
	*shift = (float)(step_param(s, bn, BETA)[channel] - step_param(s, bn, MEAN)[channel] * gamma * inverse);
}

void bn_affine_all(const struct step *s, const struct node *bn, float *affine)
{
	for (int i = 0; i < bn->c; i++)
		bn_affine(s, bn, i, affine + i, affine + bn->c + i);
}

/* Rows are cut into at most 64 blocks, whatever the number of threads. */
static size_t rows_of(const struct step *s, int n)
{
	return (size_t)n * (size_t)s->node->h * (size_t)s->node->w;
}

static size_t block_rows(size_t rows)
{
	size_t per = (rows + 63) / 64;

	return per < 32 ? 32 : per;
}

/* packed: [scale c][shift c] (y = scale x + shift), and for training [mean c][inverse sd c][a c][b c], and what the
 * running statistics will take in: [mean c][unbiased variance c] */
static size_t bn_packed(const struct step *s)
{
	return (size_t)s->node->c * 8;
}

const float *bn_statistics(const struct step *s)
{
	return s->packed + 6 * (size_t)s->node->c;
}

void bn_take(struct step *s, const float *statistics)
{
	const struct node *n = s->node;
	size_t c = (size_t)n->c;
	float *mean = s->stat + n->offset[MEAN], *var = s->stat + n->offset[VAR];

	for (size_t i = 0; i < c; i++) {
		mean[i] += n->momentum * (statistics[i] - mean[i]);
		var[i] += n->momentum * (statistics[c + i] - var[i]);
	}
}

static size_t bn_shared(const struct step *s)
{
	return s->train ? 64 * 2 * (size_t)s->node->c : 0;
}

static size_t bn_scratch(const struct step *s)
{
	return 2 * (size_t)s->node->c;
}

static void bn_prepare(struct step *s)
{
	bn_affine_all(s, s->node, s->packed);
}

/* Mean and sum of squared deviations of each channel over one block of rows, two passes over what is in cache. */
static CLONES void moments(const float *restrict x, size_t ldx, size_t rows, int c, float *restrict mean,
                           float *restrict m2)
{
	memset(mean, 0, (size_t)c * sizeof *mean);
	memset(m2, 0, (size_t)c * sizeof *m2);
	for (size_t r = 0; r < rows; r++)
		for (int i = 0; i < c; i++)
			mean[i] += x[r * ldx + (size_t)i];
	for (int i = 0; i < c; i++)
		mean[i] /= (float)rows;
	for (size_t r = 0; r < rows; r++)
		for (int i = 0; i < c; i++) {
			float d = x[r * ldx + (size_t)i] - mean[i];

			m2[i] += d * d;
		}
}

static CLONES void affine(float *restrict y, const float *restrict x, size_t ldx, const float *restrict scale,
                          const float *restrict shift, const float *restrict residual, bool relu, size_t rows, int c)
{
	for (size_t r = 0; r < rows; r++, x += ldx, y += c) {
		if (residual && relu)
			for (int i = 0; i < c; i++) {
				float v = x[i] * scale[i] + shift[i] + residual[i];

				y[i] = v < 0 ? 0 : v;
			}
		else if (relu)
			for (int i = 0; i < c; i++) {
				float v = x[i] * scale[i] + shift[i];

				y[i] = v < 0 ? 0 : v;
			}
		else if (residual)
			for (int i = 0; i < c; i++)
				y[i] = x[i] * scale[i] + shift[i] + residual[i];
		else
			for (int i = 0; i < c; i++)
				y[i] = x[i] * scale[i] + shift[i];
		if (residual)
			residual += c;
	}
}

void bn_apply(float *y, const float *x, size_t ldx, const float *scale, const float *residual, enum act act,
              size_t rows, int c)
{
	bool relu = act == ACT_RELU;

	affine(y, x, ldx, scale, scale + c, residual, relu, rows, c);
	if (act != ACT_NONE && !relu)
		act_forward(y, act, (int)(rows * (size_t)c));
}

static void moments_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	size_t c = (size_t)s->node->c, rows = rows_of(s, s->n), per = block_rows(rows), begin = block * per;

	(void)worker;
	moments(s->x + begin * s->ldx, s->ldx, rows - begin < per ? rows - begin : per, (int)c, s->shared + block * 2 * c,
	        s->shared + block * 2 * c + c);
}

static void affine_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	size_t c = (size_t)s->node->c, rows = rows_of(s, s->n), per = block_rows(rows), begin = block * per;
	size_t count = rows - begin < per ? rows - begin : per;

	(void)worker;
	bn_apply(s->y + begin * c, s->x + begin * s->ldx, s->ldx, s->packed, s->residual ? s->residual + begin * c : NULL,
	         s->act, count, (int)c);
}

/* Combines the blocks' moments in order (Chan, Golub, LeVeque 1983) and leaves scale, shift, mean, inverse sd and the
 * statistics in packed. */
static void batch_statistics(struct step *s)
{
	const struct node *n = s->node;
	size_t c = (size_t)n->c, rows = rows_of(s, s->n), per = block_rows(rows), blocks = blocks_of(rows, per);

	for (size_t i = 0; i < c; i++) {
		double mean = 0, m2 = 0, count = 0;

		for (size_t b = 0; b < blocks; b++) {
			double nb = (double)(rows - b * per < per ? rows - b * per : per);
			double delta = s->shared[b * 2 * c + i] - mean;

			m2 += s->shared[b * 2 * c + c + i] + delta * delta * count * nb / (count + nb);
			mean += delta * nb / (count + nb);
			count += nb;
		}
		double inverse = 1 / sqrt(m2 / count + (double)n->eps);
		double scale = step_param(s, n, GAMMA)[i] * inverse;

		s->packed[i] = (float)scale;
		s->packed[c + i] = (float)(step_param(s, n, BETA)[i] - mean * scale);
		s->packed[2 * c + i] = (float)mean;
		s->packed[3 * c + i] = (float)inverse;
		s->packed[6 * c + i] = (float)mean;
		s->packed[7 * c + i] = (float)(m2 / (count > 1 ? count - 1 : 1));
	}
}

static void bn_forward(struct step *s)
{
	size_t blocks = blocks_of(rows_of(s, s->n), block_rows(rows_of(s, s->n)));

	if (s->train) {
		pool_run(s->pool, blocks, moments_block, s);
		batch_statistics(s);
		if (!s->apart)
			bn_take(s, bn_statistics(s));
	}
	pool_run(s->pool, blocks, affine_block, s);
}

/* Sums of dz and of dz (x - mean) over a block of rows. */
static CLONES void gradient_sums(const float *restrict dz, const float *restrict x, size_t ldx,
                                 const float *restrict mean, size_t rows, int c, float *restrict sum,
                                 float *restrict dot)
{
	memset(sum, 0, (size_t)c * sizeof *sum);
	memset(dot, 0, (size_t)c * sizeof *dot);
	for (size_t r = 0; r < rows; r++, dz += c, x += ldx)
		for (int i = 0; i < c; i++) {
			sum[i] += dz[i];
			dot[i] += dz[i] * (x[i] - mean[i]);
		}
}

/* dx (+)= scale dz - a - b (x - mean) */
static CLONES void input_gradient(float *restrict dx, const float *restrict dz, const float *restrict x, size_t ldx,
                                  const float *restrict scale, const float *restrict mean, const float *restrict a,
                                  const float *restrict b, bool accumulate, size_t rows, int c)
{
	for (size_t r = 0; r < rows; r++, dx += c, dz += c, x += ldx)
		for (int i = 0; i < c; i++) {
			float d = scale[i] * dz[i] - a[i] - b[i] * (x[i] - mean[i]);

			dx[i] = accumulate ? dx[i] + d : d;
		}
}

static void sums_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	size_t c = (size_t)s->node->c, rows = rows_of(s, s->n), per = block_rows(rows), begin = block * per;

	(void)worker;
	gradient_sums(s->dz + begin * c, s->x + begin * s->ldx, s->ldx, s->packed + 2 * c,
	              rows - begin < per ? rows - begin : per, (int)c, s->shared + block * 2 * c,
	              s->shared + block * 2 * c + c);
}

static void input_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	size_t c = (size_t)s->node->c, rows = rows_of(s, s->n), per = block_rows(rows), begin = block * per;
	const float *p = s->packed;

	(void)worker;
	input_gradient(s->dx + begin * c, s->dz + begin * c, s->x + begin * s->ldx, s->ldx, p, p + 2 * c, p + 4 * c,
	               p + 5 * c, s->accumulate[0], rows - begin < per ? rows - begin : per, (int)c);
}

/* Frozen: the affine map's own gradient, nothing through statistics. */
static void frozen_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	size_t c = (size_t)s->node->c, rows = rows_of(s, s->n), per = block_rows(rows), begin = block * per;
	size_t count = rows - begin < per ? rows - begin : per;
	float *dx = s->dx + begin * c, *zero = s->scratch + (size_t)worker * s->scratch_stride;

	memset(zero, 0, c * sizeof *zero);
	if (s->accumulate[0]) /* scale dz + 0 + dx, row by row in place is safe: affine reads residual[i] before y[i] */
		for (size_t r = 0; r < count; r++) {
			float *row = zero + c;

			memcpy(row, dx + r * c, c * sizeof *row);
			affine(dx + r * c, s->dz + (begin + r) * c, c, s->packed, zero, row, false, 1, (int)c);
		}
	else
		affine(dx, s->dz + begin * c, c, s->packed, zero, NULL, false, count, (int)c);
}

static void bn_backward(struct step *s)
{
	const struct node *n = s->node;
	size_t c = (size_t)n->c, rows = rows_of(s, s->n), blocks = blocks_of(rows, block_rows(rows));

	if (!s->train) {
		if (s->dx)
			pool_run(s->pool, blocks, frozen_block, s);
		return;
	}
	pool_run(s->pool, blocks, sums_block, s);
	for (size_t i = 0; i < c; i++) {
		double sum = 0, dot = 0, inverse = s->packed[3 * c + i], scale = s->packed[i];

		for (size_t b = 0; b < blocks; b++) {
			sum += s->shared[b * 2 * c + i];
			dot += s->shared[b * 2 * c + c + i];
		}
		step_param_grad(s, n, BETA)[i] = (float)sum;
		step_param_grad(s, n, GAMMA)[i] = (float)(dot * inverse);
		s->packed[4 * c + i] = (float)(scale * sum / (double)rows);
		s->packed[5 * c + i] = (float)(scale * dot * inverse * inverse / (double)rows);
	}
	if (s->dx)
		pool_run(s->pool, blocks, input_block, s);
}

const struct operator operator_bn = {
	.name = "bn",
	.shape = bn_shape,
	.packed = bn_packed,
	.scratch = bn_scratch,
	.shared = bn_shared,
	.prepare = bn_prepare,
	.forward = bn_forward,
	.backward = bn_backward,
	.uses_x = true,
	.reads_slices = true,
	.fuses = true,
};
