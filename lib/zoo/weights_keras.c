/* Keras' .h5: the names of keras.applications to torchvision's, their layouts (convolutions HWIO, depthwise HWC1, dense
 * in x out), their batch norms' eps and the pixels they were trained on (preprocess_input). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "zoo/hdf5.h"
#include "zoo/keras.h"

/* A file is read once; layers that Keras numbers by itself are counted. */
struct keras {
	struct views *s;
	const struct weights_target *t;
	const struct keras_family *family;
	struct keras_counts counts;
	char last[256]; /* layer of the weight before */
};

bool keras_knows(const unsigned char *bytes, size_t n)
{
	return n >= 8 && memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* "conv1/kernel:0" or, before Keras 2, "conv1_W_1:0", to layer and kind. */
static void split(const char *name, char layer[256], char kind[32])
{
	static const struct {
		const char *old, *kind;
	} olds[] = {{"_W", "kernel"}, {"_b", "bias"}, {"_gamma", "gamma"}, {"_beta", "beta"},
		{"_running_mean", "moving_mean"}, {"_running_std", "moving_variance"}};
	const char *slash = strrchr(name, '/');
	size_t n;

	snprintf(layer, 256, "%s", name);
	layer[strcspn(layer, ":")] = '\0';
	if (slash) {
		snprintf(kind, 32, "%s", slash + 1);
		kind[strcspn(kind, ":")] = '\0';
		layer[slash - name < 255 ? slash - name : 255] = '\0';
		return;
	}
	n = strlen(layer);
	if (n > 2 && strcmp(layer + n - 2, "_1") == 0)
		layer[n -= 2] = '\0';
	kind[0] = '\0';
	for (size_t i = 0; i < sizeof olds / sizeof *olds; i++) {
		size_t m = strlen(olds[i].old);

		if (n > m && strcmp(layer + n - m, olds[i].old) == 0) {
			snprintf(kind, 32, "%s", olds[i].kind);
			layer[n - m] = '\0';
			return;
		}
	}
}

static const struct param *param_of(const struct keras *r, const char *name)
{
	const struct graph *g = r->t->net->g;
	size_t n = strlen(r->t->prefix);

	for (int i = 0; i < g->nparam; i++)
		if (strncmp(g->param[i]->name, r->t->prefix, n) == 0 && strcmp(g->param[i]->name + n, name) == 0)
			return g->param[i];
	return NULL;
}

static void set_dims(struct tensor_view *v, int n, const int64_t *shape, const int64_t *stride)
{
	v->ndim = n;
	memcpy(v->shape, shape, (size_t)n * sizeof *shape);
	memcpy(v->stride, stride, (size_t)n * sizeof *stride);
}

/* The weight as torch lays it out; p: the parameter it is for, or NULL. */
static void lay_out(struct tensor_view *v, const struct h5_weight *w, bool depthwise, const struct param *p)
{
	const int64_t *d = w->shape;

	if (w->ndim == 4 && depthwise) {
		set_dims(v, 4, (int64_t[]){d[2] * d[3], 1, d[0], d[1]}, (int64_t[]){1, 1, d[1] * d[2] * d[3], d[2] * d[3]});
	} else if (w->ndim == 4) {
		set_dims(v, 4, (int64_t[]){d[3], d[2], d[0], d[1]}, (int64_t[]){1, d[3], d[1] * d[2] * d[3], d[2] * d[3]});
	} else if (w->ndim == 2 && p && p->ndim == 2 && p->taps > 1 && d[0] % p->taps == 0) {
		/* Keras flattens places first, torch channels */
		int64_t channels = d[0] / p->taps;

		set_dims(v, 3, (int64_t[]){d[1], channels, p->taps}, (int64_t[]){1, d[1], channels * d[1]});
		v->joined = true;
	} else if (w->ndim == 2) {
		set_dims(v, 2, (int64_t[]){d[1], d[0]}, (int64_t[]){1, d[1]});
	} else {
		v->ndim = w->ndim;
		memcpy(v->shape, d, sizeof w->shape);
		view_dense(v, false);
	}
}

/* The same function of the input: variance + their eps = (variance + difference) + our eps. */
static void move_eps(const struct keras *r, struct h5_weight *w, const struct param *p)
{
	float more = p ? r->family->eps - p->node->eps : 0;

	for (int64_t i = 0; w->ndim == 1 && i < w->shape[0]; i++)
		w->data[i] += more;
}

static const char *suffix_of(const char *kind)
{
	static const struct {
		const char *kind, *suffix;
	} kinds[] = {{"kernel", "weight"}, {"depthwise_kernel", "weight"}, {"pointwise_kernel", "weight"}, {"bias", "bias"},
		{"gamma", "weight"}, {"beta", "bias"}, {"moving_mean", "running_mean"}, {"moving_variance", "running_var"}};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].suffix;
	return NULL;
}

static int each(void *ctx, struct h5_weight w, struct err *e)
{
	struct keras *r = ctx;
	struct tensor_view v = {.type = DT_F32, .data = (unsigned char *)w.data, .owned = w.data};
	char layer[256], kind[32], module[64];
	const char *suffix;

	split(w.name, layer, kind);
	if (strcmp(layer, r->last)) {
		keras_count(&r->counts, layer);
		snprintf(r->last, sizeof r->last, "%s", layer);
	}
	suffix = suffix_of(kind);
	if (suffix && keras_module(r->family, layer, kind, &r->counts, module))
		v.name = xasprintf("%s.%s", module, suffix);
	else
		v.name = text_escape(w.name, strlen(w.name)); /* will be told as not used */
	const struct param *p = param_of(r, v.name);

	if (strcmp(kind, "moving_variance") == 0)
		move_eps(r, &w, p);
	lay_out(&v, &w, strcmp(kind, "depthwise_kernel") == 0, p);
	return views_add(r->s, v, e);
}

int views_keras(struct views *s, const unsigned char *bytes, size_t n, const struct weights_target *t, struct err *e)
{
	struct keras r = {.s = s, .t = t, .family = keras_find(t->arch, e)};

	if (!r.family || keras_check(r.family, t, e))
		return -1;
	if (h5_weights(bytes, n, each, &r, e))
		return -1;
	keras_input(r.family, s, &t->net->recipe);
	return s->n ? 0 : err_set(e, "no weights in it");
}
