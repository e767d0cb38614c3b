/* Maps that know nothing of the network: what a method has to be better than.
 *
 *   random    uniform numbers at the layer's resolution
 *   gaussian  in the middle of the image, standard deviation a quarter of its sides
 *   edges     length of the gradient of the image's brightness (Sobel)
 *   prior     explain.prior, the same for every image: where lungs lie */
#include <math.h>

#include "explain/maker.h"

static void map_random(const struct subject *s, float *map)
{
	struct rng r = subject_rng(s, 0);

	for (int i = 0; i < s->t->h * s->t->w; i++)
		map[i] = (float)rng_uniform(&r);
}
const struct maker maker_random = {.title = "random", .needs = NEED_SIZE, .map = map_random};

static void map_gaussian(const struct subject *s, float *map)
{
	int h = s->t->h, w = s->t->w;

	for (int i = 0; i < h * w; i++) {
		double y = ((i / w + .5) / h - .5) * 4, x = ((i % w + .5) / w - .5) * 4;

		map[i] = (float)exp(-(y * y + x * x) / 2);
	}
}
const struct maker maker_gaussian = {.title = "Gaussian", .map = map_gaussian};

/* Mean over channels; edges repeat. */
static double gray(const struct subject *s, int y, int x)
{
	const struct node *in = subject_input(s);
	double sum = 0;

	y = y < 0 ? 0 : y >= in->h ? in->h - 1 : y;
	x = x < 0 ? 0 : x >= in->w ? in->w - 1 : x;
	for (int k = 0; k < in->c; k++)
		sum += (double)s->image[(y * in->w + x) * in->c + k];
	return sum / in->c;
}

static void map_edges(const struct subject *s, float *map)
{
	for (int i = 0; i < s->t->h * s->t->w; i++) {
		int y = i / s->t->w, x = i % s->t->w;
		double down = 0, right = 0;

		for (int k = -1; k <= 1; k++) {
			down += (2 - (k != 0)) * (gray(s, y + 1, x + k) - gray(s, y - 1, x + k));
			right += (2 - (k != 0)) * (gray(s, y + k, x + 1) - gray(s, y + k, x - 1));
		}
		map[i] = (float)hypot(down, right);
	}
}
const struct maker maker_edges = {.title = "edges", .needs = NEED_PICTURE, .map = map_edges};

static void map_prior(const struct subject *s, float *map)
{
	for (int i = 0; i < s->t->h * s->t->w; i++)
		map[i] = s->x->prior ? s->x->prior[i] : 0;
}
const struct maker maker_prior = {.title = "lung prior", .map = map_prior};
