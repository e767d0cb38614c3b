/* What stands for "nothing" in an image. */
#include "explain/blank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum blank_kind blank_kind(const char *name)
{
	static const char *const names[] = {
#define X(name) #name,
		BLANKS(X)
#undef X
	};

	for (int i = 0; i < BLANK_file; i++)
		if (!strcmp(name, names[i]))
			return (enum blank_kind)i;
	return BLANK_file;
}

/* Mean over 2 r + 1 pixels each way along one axis, edges repeated. */
static void blur_line(const float *from, float *to, int n, int step, int r)
{
	double sum = 0;

	for (int i = -r; i <= r; i++)
		sum += (double)from[(i < 0 ? 0 : i >= n ? n - 1 : i) * step];
	for (int i = 0; i < n; i++) {
		to[i * step] = (float)(sum / (2 * r + 1));
		sum += (double)from[(i + r + 1 >= n ? n - 1 : i + r + 1) * step] - (double)from[(i - r < 0 ? 0 : i - r) * step];
	}
}

/* Three box blurs each way: near a Gaussian of a twentieth of the width. */
static void blur(const float *image, int h, int w, int channels, float *v)
{
	int r = 1 + w / 20, row = w * channels;
	float *other = xmalloc((size_t)h * (size_t)row * sizeof *other);

	memcpy(v, image, (size_t)h * (size_t)row * sizeof *v);
	for (int pass = 0; pass < 3; pass++) {
		for (int y = 0; y < h; y++)
			for (int c = 0; c < channels; c++)
				blur_line(v + y * row + c, other + y * row + c, w, channels, r);
		for (int k = 0; k < row; k++)
			blur_line(other + k, v + k, h, row, r);
	}
	free(other);
}

/* The value of channel c after normalising pixels that are black (0) or white (1); with norm=image the image's own
 * darkest or brightest. */
static float level(const struct recipe *r, const float *image, size_t n, int c, float pixel)
{
	float end = image[0];

	if (!r->per_image)
		return (pixel - r->mean[c]) / r->std[c];
	for (size_t i = 1; i < n; i++)
		end = pixel > 0 ? fmaxf(end, image[i]) : fminf(end, image[i]);
	return end;
}

static float mean_of(const float *image, size_t n, int channels, int c)
{
	double sum = 0;

	for (size_t i = (size_t)c; i < n; i += (size_t)channels)
		sum += (double)image[i];
	return (float)(sum * channels / (double)n);
}

void blank_values(const struct blank *b, const struct net *net, const float *image, float value[3])
{
	const struct node *in = net->g->input;
	size_t n = (size_t)in->h * (size_t)in->w * (size_t)in->c;

	for (int c = 0; c < in->c; c++)
		switch (b->kind) {
		case BLANK_mean: value[c] = mean_of(image, n, in->c, c); break;
		case BLANK_black: value[c] = level(&net->recipe, image, n, c, 0); break;
		case BLANK_white: value[c] = level(&net->recipe, image, n, c, 1); break;
		default: value[c] = 0;
		}
}

static void fill_file(const struct blank *b, const struct net *net, size_t n, float *out)
{
	float *scratch;

	memcpy(out, b->file, n * sizeof *out);
	if (!b->pose)
		return;
	scratch = xmalloc(n * sizeof *scratch);
	pose_image(b->pose, net, out, scratch);
	free(scratch);
}

void blank_fill(const struct blank *b, const struct net *net, const float *image, float *out)
{
	const struct node *in = net->g->input;
	size_t channels = (size_t)in->c, n = (size_t)in->h * (size_t)in->w * channels;
	float value[3];

	if (b->kind == BLANK_blur) {
		blur(image, in->h, in->w, in->c, out);
		return;
	}
	if (b->kind == BLANK_file) {
		fill_file(b, net, n, out);
		return;
	}
	blank_values(b, net, image, value);
	for (size_t i = 0; i < n; i++)
		out[i] = value[i % channels];
}
