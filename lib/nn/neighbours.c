/* Nearest and most influential training images, by the last features. */
#include "nn/neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stream/stream.h"

void neighbours_mean(const float *feat, int hw, int c, float *out)
{
	for (int k = 0; k < c; k++) {
		double sum = 0;

		for (int i = 0; i < hw; i++)
			sum += (double)feat[(size_t)i * (size_t)c + (size_t)k];
		out[k] = (float)(sum / hw);
	}
}

static double product(const float *a, const float *b, int c)
{
	double sum = 0;

	for (int k = 0; k < c; k++)
		sum += (double)a[k] * (double)b[k];
	return sum;
}

static void make_room(struct neighbours *b)
{
	size_t c = (size_t)b->c, classes = (size_t)b->classes;

	if (b->n < b->cap)
		return;
	b->cap = b->cap ? 2 * b->cap : 64;
	b->feature = xreallocarray(b->feature, b->cap * c, sizeof *b->feature);
	b->length = xreallocarray(b->length, b->cap, sizeof *b->length);
	b->residual = xreallocarray(b->residual, b->cap * classes, sizeof *b->residual);
	b->name = xreallocarray(b->name, b->cap, sizeof *b->name);
}

static int add_item(struct neighbours *b, const struct record *item, const struct net *n, struct err *e)
{
	const struct tensor *feat = record_tensor(item, "feat"), *prob = record_tensor(item, "prob");
	const char *id = record_get(item, "id"), *label = record_get(item, "label");
	int class = label ? classes_index(&n->classes, label) : -1;
	float *residual;

	if (record_error(item))
		return 0;
	if (!feat || feat->type != DT_F32 || feat->ndim != 3 || feat->bytes == 0 || (b->n && feat->shape[2] != b->c) ||
	    !prob || prob->type != DT_F32 || prob->bytes != (size_t)b->classes * sizeof(float))
		return err_set(e, "%s: no features or scores: these come from cxr-infer --feat", id ? id : "item without id");
	b->c = (int)feat->shape[2];
	make_room(b);
	residual = b->residual + b->n * (size_t)b->classes;
	for (int k = 0; k < b->classes; k++)
		residual[k] = class < 0 ? 0 : (float)(k == class) - ((const float *)prob->data)[k];
	neighbours_mean(feat->data, (int)(feat->shape[0] * feat->shape[1]), b->c, b->feature + b->n * (size_t)b->c);
	b->length[b->n] = (float)sqrt(product(b->feature + b->n * (size_t)b->c, b->feature + b->n * (size_t)b->c, b->c));
	b->name[b->n++] = xasprintf("%s (%s)", id ? id : "?", label && *label ? label : "?");
	return 0;
}

static bool is_other(const struct record *r, const struct net *n)
{
	const char *digest = record_get(r, "digest");

	return !digest || strcmp(digest, n->digest);
}

int neighbours_read(struct neighbours *b, struct source *src, const struct net *n, struct err *e)
{
	struct record r = {0};
	struct reader in;
	int rc = reader_open(&in, src, e);
	bool known = false;

	*b = (struct neighbours){.classes = n->classes.n};
	if (rc)
		return -1;
	while (!rc && (rc = reader_next(&in, &r, e)) > 0) {
		bool model = !strcmp(record_kind(&r), "model");

		known |= model;
		rc = 0;
		if (model && is_other(&r, n))
			rc = err_set(e, "the features are another model's");
		else if (record_is_item(&r) && !(rc = add_item(b, &r, n, e)) && !known)
			rc = err_set(e, "not known whose features these are: no model before them");
	}
	if (!rc && !b->n)
		rc = err_set(e, "no images");
	record_free(&r);
	reader_close(&in);
	return rc;
}

void neighbours_free(struct neighbours *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->name[i]);
	free(b->name);
	free(b->feature);
	free(b->length);
	free(b->residual);
	*b = (struct neighbours){0};
}

/* Into its place among the greatest; of equals the first stays in front. */
static void offer(struct neighbour list[NEIGHBOURS], size_t at, double value)
{
	int k = NEIGHBOURS;

	while (k > 0 && !(list[k - 1].value >= value))
		k--;
	if (k == NEIGHBOURS)
		return;
	memmove(&list[k + 1], &list[k], (size_t)(NEIGHBOURS - 1 - k) * sizeof *list);
	list[k] = (struct neighbour){at, value};
}

static void empty(const struct neighbours *b, struct neighbour list[NEIGHBOURS], double least)
{
	for (int k = 0; k < NEIGHBOURS; k++)
		list[k] = (struct neighbour){b->n, least};
}

void neighbours_nearest(const struct neighbours *b, const float *feature, struct neighbour near[NEIGHBOURS])
{
	double length = sqrt(product(feature, feature, b->c));

	empty(b, near, -INFINITY);
	for (size_t i = 0; i < b->n; i++) {
		double both = length * (double)b->length[i];

		if (both > 0)
			offer(near, i, product(feature, b->feature + i * (size_t)b->c, b->c) / both);
	}
}

void neighbours_influential(const struct neighbours *b, const float *feature, int class,
                            struct neighbour most[NEIGHBOURS])
{
	empty(b, most, 0);
	for (size_t i = 0; i < b->n; i++)
		offer(most, i, (double)b->residual[i * (size_t)b->classes + (size_t)class] *
		               (1 + product(feature, b->feature + i * (size_t)b->c, b->c)));
}
