/* A layer's channels one by one.
 *
 *   scorecam     weight of a channel: softmax over channels of the score of the image times the channel, resized to
 *                the image and stretched to 0..1 (Wang 2020)
 *   ablationcam  weight: what the score loses when the channel is zero (Desai 2020, whose division by the score is left
 *                out: it scales the map, and turns it over where the score is below 0). What is behind the layer is run
 *                as a network of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/maker.h"
#include "explain/scale.h"

static int channels(const struct subject *s)
{
	return s->t->layer->c;
}

static void mask_variant(const struct subject *s, int k, float *v)
{
	const struct node *in = subject_input(s);
	int hw = s->t->h * s->t->w;
	float *small = xmalloc((size_t)hw * sizeof *small), *mask = xmalloc((size_t)in->h * (size_t)in->w * sizeof *mask);

	for (int i = 0; i < hw; i++)
		small[i] = s->a[(size_t)i * (size_t)channels(s) + (size_t)k];
	map_finish(NORMALISE_minmax, small, s->t->h, s->t->w, mask, in->h, in->w);
	for (int i = 0; i < in->h * in->w; i++)
		for (int c = 0; c < in->c; c++)
			v[i * in->c + c] = mask[i] * s->image[i * in->c + c];
	free(small);
	free(mask);
}

static void map_scorecam(const struct subject *s, float *map)
{
	int n = channels(s);
	double most = s->score[0], sum = 0, *w = xmalloc((size_t)n * sizeof *w);

	for (int k = 1; k < n; k++)
		most = fmax(most, s->score[k]);
	for (int k = 0; k < n; k++)
		sum += w[k] = exp(s->score[k] - most);
	for (int k = 0; k < n; k++)
		w[k] /= sum;
	weighted_channels(s, w, map);
	free(w);
}
const struct maker maker_scorecam = {.title = "Score-CAM", .needs = NEED_VALUE | NEED_PICTURE | NEED_RUNS,
	.count = channels, .variant = mask_variant, .map = map_scorecam};

/* Variant c is the value as it is. */
static int channels_and_all(const struct subject *s)
{
	return channels(s) + 1;
}

static void without_channel(const struct subject *s, int k, float *v)
{
	size_t hw = (size_t)s->t->h * (size_t)s->t->w, c = (size_t)channels(s);

	memcpy(v, s->a, hw * c * sizeof *v);
	for (size_t i = 0; i < hw && (size_t)k < c; i++)
		v[i * c + (size_t)k] = 0;
}

static void map_ablationcam(const struct subject *s, float *map)
{
	int n = channels(s);
	double *w = xmalloc((size_t)n * sizeof *w);

	for (int k = 0; k < n; k++)
		w[k] = s->score[n] - s->score[k];
	weighted_channels(s, w, map);
	free(w);
}
const struct maker maker_ablationcam = {.title = "Ablation-CAM", .needs = NEED_VALUE | NEED_TAIL,
	.count = channels_and_all, .variant = without_channel, .map = map_ablationcam};
