/* From scores of images with parts taken away: replaced by explain.blank (blank.h).
 *
 *   occlusion  what the score loses under squares of `patch` pixels, half a side apart; a pixel has the mean of those
 *              that cover it (Zeiler 2014)
 *   rise       mean score of the random masks that show a pixel, less the mean of all (Petsiuk 2018; without the last
 *              step a constant stays that normalising would take for heat). Masks: cells of `patch` pixels, each shown
 *              with probability 1/2, enlarged bilinearly and shifted at random. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/maker.h"

/* ---- occlusion: variant 0 is the image, then rows of squares; the last of a row ends at the edge */

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static int squares_along(int length, int patch)
{
	int stride = patch > 1 ? patch / 2 : 1;

	return patch >= length ? 1 : (length - patch + stride - 1) / stride + 1;
}

struct square {
	int y, x, height, width;
};

static struct square square_at(const struct subject *s, int i)
{
	const struct node *in = subject_input(s);
	int patch = subject_patch(s), stride = patch > 1 ? patch / 2 : 1, along = squares_along(in->w, patch);
	struct square q = {.height = smaller(patch, in->h), .width = smaller(patch, in->w)};

	q.y = smaller(i / along * stride, in->h - q.height);
	q.x = smaller(i % along * stride, in->w - q.width);
	return q;
}

static int count_squares(const struct subject *s)
{
	const struct node *in = subject_input(s);
	int patch = subject_patch(s);

	return 1 + squares_along(in->h, patch) * squares_along(in->w, patch);
}

static void occluded(const struct subject *s, int i, float *v)
{
	const struct node *in = subject_input(s);
	size_t c = (size_t)in->c;

	memcpy(v, s->image, subject_floats(s) * sizeof *v);
	if (i == 0)
		return;
	struct square q = square_at(s, i - 1);
	for (int y = q.y; y < q.y + q.height; y++) {
		size_t at = ((size_t)y * (size_t)in->w + (size_t)q.x) * c;

		memcpy(v + at, s->nothing + at, (size_t)q.width * c * sizeof *v);
	}
}

static void map_occlusion(const struct subject *s, float *map)
{
	int h = s->t->h, w = s->t->w, count = count_squares(s);
	double *sum = xcalloc((size_t)h * (size_t)w, 2 * sizeof *sum), *over = sum + h * w;

	for (int i = 1; i < count; i++) {
		struct square q = square_at(s, i - 1);

		for (int y = q.y; y < q.y + q.height; y++)
			for (int x = q.x; x < q.x + q.width; x++) {
				sum[y * w + x] += s->score[0] - s->score[i];
				over[y * w + x]++;
			}
	}
	for (int i = 0; i < h * w; i++)
		map[i] = (float)(sum[i] / over[i]);
	free(sum);
}
const struct maker maker_occlusion = {.title = "occlusion", .needs = NEED_PICTURE | NEED_RUNS | NEED_BLANK,
	.count = count_squares, .variant = occluded, .map = map_occlusion};

/* ---- RISE */

/* What mask i shows of every pixel, 0..1. */
static void rise_mask(const struct subject *s, int i, float *mask)
{
	int h = subject_input(s)->h, w = subject_input(s)->w, cell = subject_patch(s);
	int rows = (h + cell - 1) / cell + 2, cols = (w + cell - 1) / cell + 2;
	unsigned char *shown = xmalloc((size_t)rows * (size_t)cols);
	struct rng r = subject_rng(s, i);
	int oy = (int)rng_below(&r, (uint64_t)cell), ox = (int)rng_below(&r, (uint64_t)cell);

	for (int k = 0; k < rows * cols; k++)
		shown[k] = rng_u64(&r) >> 63;
	for (int y = 0; y < h; y++) {
		const unsigned char *top = shown + (size_t)((y + oy) / cell) * (size_t)cols, *low = top + cols;
		float ty = (float)((y + oy) % cell) / (float)cell;

		for (int x = 0; x < w; x++) {
			int k = (x + ox) / cell;
			float tx = (float)((x + ox) % cell) / (float)cell;

			mask[y * w + x] = (1 - ty) * ((1 - tx) * top[k] + tx * top[k + 1]) +
			                  ty * ((1 - tx) * low[k] + tx * low[k + 1]);
		}
	}
	free(shown);
}

static void rise_variant(const struct subject *s, int i, float *v)
{
	const struct node *in = subject_input(s);
	float *mask = xmalloc((size_t)in->h * (size_t)in->w * sizeof *mask);

	rise_mask(s, i, mask);
	for (int p = 0; p < in->h * in->w; p++)
		for (int c = 0; c < in->c; c++)
			v[p * in->c + c] = mask[p] * s->image[p * in->c + c] + (1 - mask[p]) * s->nothing[p * in->c + c];
	free(mask);
}

static void map_rise(const struct subject *s, float *map)
{
	int n = s->t->h * s->t->w, count = subject_samples(s);
	double *sum = xcalloc((size_t)n, 2 * sizeof *sum), *shown = sum + n, mean = 0;
	float *mask = xmalloc((size_t)n * sizeof *mask);

	for (int i = 0; i < count; i++)
		mean += s->score[i] / count;
	for (int i = 0; i < count; i++) {
		rise_mask(s, i, mask);
		for (int p = 0; p < n; p++) {
			sum[p] += (s->score[i] - mean) * (double)mask[p];
			shown[p] += (double)mask[p];
		}
	}
	for (int p = 0; p < n; p++)
		map[p] = shown[p] > 0 ? (float)(sum[p] / shown[p]) : 0;
	free(sum);
	free(mask);
}
const struct maker maker_rise = {.title = "RISE", .needs = NEED_PICTURE | NEED_RUNS | NEED_BLANK, .samples = 1000,
	.count = subject_samples, .variant = rise_variant, .map = map_rise};
