/* Maps from a layer's value A [h*w, c] and the gradient g [h*w, c] of the score there, in one step. Sums run in double
 * and in a fixed order.
 *
 *   cam        sum_k w_k A_k, w the weights of the one dense layer behind the average (Zhou 2016); head only
 *   gradcam    weight of a channel: mean of g (Selvaraju 2017)
 *   gradcampp  weight: sum of relu(g) / (2 + g S), S the channel's sum of A (Chattopadhay 2018, without the usual
 *              1e-6 in the denominator, which is not small beside 2 g^2 when g is a weight / 49)
 *   hirescam   sum_k g A, place by place (Draelos 2020)
 *   xgradcam   weight: sum of g A / sum of A (Fu 2020)
 *              (both have poles, at S = -2/g and at 0: use them behind a ReLU, where S >= 0)
 *   layercam   sum_k relu(g) A, place by place (Jiang 2021)
 *   eigencam   A's projection on its first right singular vector (Muhammad 2020); knows of no class */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "explain/maker.h"

/* A channel's weight from its gradients and values, both c apart. */
typedef double weight_fn(const float *a, const float *g, int hw, int c);

static double weight_cam(const float *a, const float *g, int hw, int c)
{
	double sum = 0;

	(void)a;
	for (int i = 0; i < hw; i++)
		sum += g[(size_t)i * c];
	return sum; /* behind an average every g is w / hw */
}

static double weight_gradcam(const float *a, const float *g, int hw, int c)
{
	return weight_cam(a, g, hw, c) / hw;
}

static double weight_xgradcam(const float *a, const float *g, int hw, int c)
{
	double sum = 0, total = 0;

	for (int i = 0; i < hw; i++) {
		sum += (double)g[(size_t)i * c] * a[(size_t)i * c];
		total += a[(size_t)i * c];
	}
	return total == 0 ? 0 : sum / total;
}

static double weight_gradcampp(const float *a, const float *g, int hw, int c)
{
	double sum = 0, total = 0;

	for (int i = 0; i < hw; i++)
		total += a[(size_t)i * c];
	for (int i = 0; i < hw; i++) {
		double gi = g[(size_t)i * c];

		if (gi > 0) {
			double below = 2 + gi * total; /* g^2 / (2 g^2 + S g^3), g^2 divided out */
			sum += gi / (below != 0 ? below : 1);
		}
	}
	return sum;
}

static void map_by_channel(weight_fn *weight, const struct subject *s, float *map)
{
	int hw = s->t->h * s->t->w, c = s->t->layer->c;
	double *w = xmalloc((size_t)c * sizeof *w);

	for (int k = 0; k < c; k++)
		w[k] = weight(s->a + k, s->g + k, hw, c);
	weighted_channels(s, w, map);
	free(w);
}

#define BY_CHANNEL(name, shown, needed, unit) \
	static void map_##name(const struct subject *s, float *map) \
	{ \
		map_by_channel(weight_##name, s, map); \
	} \
	const struct maker maker_##name = {.title = shown, .needs = needed, .logits = unit, .map = map_##name}

BY_CHANNEL(cam, "CAM", NEED_VALUE | NEED_GRADIENT | NEED_HEAD, LOGITS_MEAN);
BY_CHANNEL(gradcam, "Grad-CAM", NEED_VALUE | NEED_GRADIENT, LOGITS_SUM);
BY_CHANNEL(gradcampp, "Grad-CAM++", NEED_VALUE | NEED_GRADIENT, LOGITS_NOT);
BY_CHANNEL(xgradcam, "XGrad-CAM", NEED_VALUE | NEED_GRADIENT, LOGITS_SUM);

static void map_hirescam(const struct subject *s, float *map)
{
	const float *a = s->a, *g = s->g;
	int hw = s->t->h * s->t->w, c = s->t->layer->c;

	for (int i = 0; i < hw; i++, a += c, g += c) {
		double sum = 0;

		for (int k = 0; k < c; k++)
			sum += (double)g[k] * a[k];
		map[i] = (float)sum;
	}
}
const struct maker maker_hirescam = {.title = "HiResCAM", .needs = NEED_VALUE | NEED_GRADIENT, .logits = LOGITS_SUM,
	.map = map_hirescam};

static void map_layercam(const struct subject *s, float *map)
{
	const float *a = s->a, *g = s->g;
	int hw = s->t->h * s->t->w, c = s->t->layer->c;

	for (int i = 0; i < hw; i++, a += c, g += c) {
		double sum = 0;

		for (int k = 0; k < c; k++)
			sum += g[k] > 0 ? (double)g[k] * a[k] : 0;
		map[i] = (float)sum;
	}
}
const struct maker maker_layercam = {.title = "LayerCAM", .needs = NEED_VALUE | NEED_GRADIENT, .map = map_layercam};

/* u = A v; v = A' u, made a unit vector: how much v moved (squared). */
static double power_step(const float *a, int hw, int c, double *u, double *v)
{
	double norm = 0, moved = 0, *to = xcalloc((size_t)c, sizeof *to);

	for (int i = 0; i < hw; i++) {
		u[i] = 0;
		for (int k = 0; k < c; k++)
			u[i] += a[(size_t)i * (size_t)c + (size_t)k] * v[k];
		for (int k = 0; k < c; k++)
			to[k] += u[i] * (double)a[(size_t)i * (size_t)c + (size_t)k];
	}
	for (int k = 0; k < c; k++)
		norm += to[k] * to[k];
	for (int k = 0; k < c && norm > 0; k++) {
		double now = to[k] / sqrt(norm);

		moved += (now - v[k]) * (now - v[k]);
		v[k] = now;
	}
	free(to);
	return moved;
}

/* The singular vector by powers of A'A from the channels' sums, which behind a ReLU are near it. Its sign is that of
 * the map's sum. */
static void map_eigencam(const struct subject *s, float *map)
{
	int hw = s->t->h * s->t->w, c = s->t->layer->c;
	double *u = xcalloc((size_t)hw, sizeof *u), *v = xcalloc((size_t)c, sizeof *v), sum = 0, moved = 1;

	for (int i = 0; i < hw; i++)
		for (int k = 0; k < c; k++)
			v[k] += s->a[(size_t)i * (size_t)c + (size_t)k];
	for (int step = 0; step < 1000 && moved > 1e-24; step++)
		moved = power_step(s->a, hw, c, u, v);
	for (int i = 0; i < hw; i++)
		sum += u[i];
	for (int i = 0; i < hw; i++)
		map[i] = (float)(sum < 0 ? -u[i] : u[i]);
	free(u);
	free(v);
}
const struct maker maker_eigencam = {.title = "Eigen-CAM", .needs = NEED_VALUE, .map = map_eigencam};
