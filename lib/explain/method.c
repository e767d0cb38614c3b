#include "explain/method.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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

static void map_by_channel(weight_fn *weight, const float *a, const float *g, int hw, int c, float *map)
{
	double *w = xmalloc((size_t)c * sizeof *w);

	for (int k = 0; k < c; k++)
		w[k] = weight(a + k, g + k, hw, c);
	for (int i = 0; i < hw; i++) {
		double sum = 0;

		for (int k = 0; k < c; k++)
			sum += w[k] * a[(size_t)i * c + k];
		map[i] = (float)sum;
	}
	free(w);
}

static void map_cam(const float *a, const float *g, int hw, int c, float *map)
{
	map_by_channel(weight_cam, a, g, hw, c, map);
}

static void map_gradcam(const float *a, const float *g, int hw, int c, float *map)
{
	map_by_channel(weight_gradcam, a, g, hw, c, map);
}

static void map_gradcampp(const float *a, const float *g, int hw, int c, float *map)
{
	map_by_channel(weight_gradcampp, a, g, hw, c, map);
}

static void map_xgradcam(const float *a, const float *g, int hw, int c, float *map)
{
	map_by_channel(weight_xgradcam, a, g, hw, c, map);
}

static void map_hirescam(const float *a, const float *g, int hw, int c, float *map)
{
	for (int i = 0; i < hw; i++, a += c, g += c) {
		double sum = 0;

		for (int k = 0; k < c; k++)
			sum += (double)g[k] * a[k];
		map[i] = (float)sum;
	}
}

static void map_layercam(const float *a, const float *g, int hw, int c, float *map)
{
	for (int i = 0; i < hw; i++, a += c, g += c) {
		double sum = 0;

		for (int k = 0; k < c; k++)
			sum += g[k] > 0 ? (double)g[k] * a[k] : 0;
		map[i] = (float)sum;
	}
}

static const struct {
	const char *name, *title;
	bool needs_head;
	void (*map)(const float *a, const float *g, int hw, int c, float *map);
} table[METHOD_COUNT] = {
#define X(name, title, needs_head) {#name, title, needs_head, map_##name},
	METHODS(X)
#undef X
};

const char *method_name(enum method m)
{
	return table[m].name;
}

const char *method_title(enum method m)
{
	return table[m].title;
}

bool method_needs_head(enum method m)
{
	return table[m].needs_head;
}

int method_parse(const char *name, enum method *m, struct err *e)
{
	struct text names = {0};

	for (int i = 0; i < METHOD_COUNT; i++) {
		if (strcmp(name, table[i].name) == 0) {
			*m = i;
			text_free(&names);
			return 0;
		}
		text_addf(&names, "%s%s", i ? ", " : "", table[i].name);
	}
	err_set(e, "no method %s: the methods are %s", name, names.s);
	text_free(&names);
	return -1;
}

void method_map(enum method m, const float *a, const float *g, int hw, int c, float *map)
{
	table[m].map(a, g, hw, c, map);
}
