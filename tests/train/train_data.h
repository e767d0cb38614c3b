#ifndef TESTS_TRAIN_DATA_H
#define TESTS_TRAIN_DATA_H

/* The images, the streams and the small network of the training tests; tests/ref/train_golden.py makes the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train/dataset.h"
#include "nn/net.h"
#include "near.h"

enum { SIDE = 16, PIXELS = SIDE * SIDE * 3 };

static inline void draw(int i, unsigned char *p)
{
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			for (int c = 0; c < 3; c++)
				*p++ = (unsigned char)((x * (1 + 2 * (i % 2)) + y + 2 * c + i) * 16);
}

static inline void small_recipe(struct recipe *r)
{
	recipe_default(r);
	r->width = r->height = SIDE;
}

/* A stream being written to memory. */
struct made {
	char *bytes;
	size_t n;
	FILE *f;
	struct writer w;
};

static inline void made_open(struct made *m, const char *classes)
{
	char text[RECIPE_TEXT];
	struct record head = {0};
	struct recipe r;
	struct err e;

	small_recipe(&r);
	head_init(&head);
	if (classes)
		record_set(&head, "classes", classes);
	record_set(&head, "recipe", recipe_format(&r, text));
	record_set(&head, "list", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	m->f = open_memstream(&m->bytes, &m->n);
	assert_int_equal(writer_open(&m->w, m->f, &head, &e), 0);
	record_free(&head);
}

/* Item i without its image: id and a SHA-256 of its own. */
static inline void item_start(struct record *r, int i, const char *label)
{
	record_clear(r);
	record_set(r, "cxr", "item");
	record_setf(r, "id", "image%d", i);
	record_setf(r, "index", "%d", i);
	record_setf(r, "sha256", "%016x%048d", 0xfff0 - i, i);
	if (label)
		record_set(r, "label", label);
}

static inline void made_item(struct made *m, int i, const char *label, bool u8)
{
	int64_t shape[] = {SIDE, SIDE, 3};
	unsigned char pixels[PIXELS];
	struct record r = {0};
	struct recipe recipe;
	struct err e;

	small_recipe(&recipe);
	draw(i, pixels);
	item_start(&r, i, label);
	void *to = record_add(&r, "image", u8 ? DT_U8 : DT_F32, 3, shape);
	if (u8)
		memcpy(to, pixels, sizeof pixels);
	else
		recipe_normalise(&recipe, pixels, SIDE * SIDE, to);
	assert_int_equal(writer_put(&m->w, &r, &e), 0);
	record_free(&r);
}

static inline void made_end(struct made *m)
{
	struct err e;

	assert_int_equal(writer_end(&m->w, &e), 0);
	fclose(m->f);
}

static inline int made_read(const struct made *m, struct dataset *d, struct err *e)
{
	struct source src;

	source_memory(&src, "made", m->bytes, m->n);
	int rc = dataset_read(d, &src, e);
	source_close(&src);
	return rc;
}

/* n images, classes A and B in turn. */
static inline void small_set(struct dataset *d, int n, bool u8)
{
	struct made m;
	struct err e;

	made_open(&m, "A,B");
	for (int i = 0; i < n; i++)
		made_item(&m, i, i % 2 ? "B" : "A", u8);
	made_end(&m);
	assert_int_equal(made_read(&m, d, &e), 0);
	free(m.bytes);
}

static const char *const small_names[] = {
	"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "fc.weight", "fc.bias",
};

/* conv 3x3 stride 2, batch norm, relu, average, dense; every parameter a wave. */
static inline struct net *small_net(int outputs)
{
	const int64_t shape[][4] = {{8, 3, 3, 3}, {8}, {8}, {8}, {8}, {outputs, 8}, {outputs}};
	const int ndim[] = {4, 1, 1, 1, 1, 2, 1};
	struct graph *g = graph_new();
	struct record r = {0};
	struct text extra = {0};
	struct err e;
	struct node *n = graph_input(g, SIDE, SIDE, 3);

	n = graph_conv(g, "conv1", n, 8, window_square(3, 2, 1), 1, false);
	n = graph_act(g, "relu", graph_bn(g, "bn1", n, 1e-5f), ACT_RELU);
	n = graph_dense(g, "fc", graph_gap(g, "avgpool", n), outputs, true);
	assert_int_equal(graph_end(g, n, &e), 0);
	struct net *net = net_new(g, "small", &e);
	for (int t = 0; t < 7; t++) {
		float *v = record_add(&r, small_names[t], DT_F32, ndim[t], shape[t]);
		size_t count = record_tensor(&r, small_names[t])->bytes / sizeof *v;

		for (size_t i = 0; i < count; i++)
			v[i] = (float)((t == 1 || t == 4) + .3 * sin((double)i * 1.3 + t));
	}
	bool loaded[7];
	assert_int_equal(net_fill(net, &r, loaded, &extra, &e), 0);
	assert_string_equal(extra.s, "");
	assert_int_equal(classes_parse(&net->classes, "A,B", &e), 0);
	small_recipe(&net->recipe);
	text_free(&extra);
	record_free(&r);
	return net;
}

/* Tensor of the net as a file would hold it, beside golden values. */
static inline void same_tensor(struct net *n, const char *name, const double *want, int count, double eps)
{
	struct record r = {0};

	net_to_record(n, &r);
	const struct tensor *t = record_tensor(&r, name);
	assert_int_equal(t->bytes, (size_t)count * sizeof(float));
	for (int i = 0; i < count; i++)
		assert_near(((const float *)t->data)[i], want[i], eps * fmax(1, fabs(want[i])));
	record_free(&r);
}

#endif
