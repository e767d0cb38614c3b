/* A picture as few numbers. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "eda.h"

static char *text_of(const struct record *r, const char *key)
{
	const char *value = record_get(r, key);
	return xstrdup(value ? value : "");
}

static double number_of(const struct record *r, const char *key)
{
	const char *value = record_get(r, key);
	double x;
	return value && num_double(value, &x) ? x : NAN;
}

/* The mean of the channels of pixel i. */
static double gray(const struct tensor *t, size_t i)
{
	int64_t channels = t->shape[2];
	double sum = 0;

	for (int64_t c = 0; c < channels; c++)
		sum += t->type == DT_U8 ? ((const unsigned char *)t->data)[i * channels + c]
		                        : ((const float *)t->data)[i * channels + c];
	return sum / (double)channels;
}

/* Means over the cells of the thumbnail; where there are fewer pixels than cells they are taken more than once. */
static void shrink(const double *g, int64_t h, int64_t w, double *out)
{
	for (int r = 0; r < THUMB; r++)
		for (int c = 0; c < THUMB; c++) {
			double sum = 0, n = 0;
			for (int64_t y = h * r / THUMB; y < h * (r + 1) / THUMB || y == h * r / THUMB; y++)
				for (int64_t x = w * c / THUMB; x < w * (c + 1) / THUMB || x == w * c / THUMB; x++, n++)
					sum += g[y * w + x];
			out[r * THUMB + c] = sum / n;
		}
}

static void measure(struct seen *s, const struct tensor *t)
{
	int64_t h = t->shape[0], w = t->shape[1];
	double *g = xreallocarray(NULL, h * w, sizeof *g), square = 0;

	for (int64_t i = 0; i < h * w; i++) {
		g[i] = gray(t, i);
		s->mean += g[i] / (double)(h * w);
		if (t->type == DT_U8)
			s->level[(int)(g[i] * LEVELS / 256)]++;
	}
	for (int64_t i = 0; i < h * w; i++)
		square += (g[i] - s->mean) * (g[i] - s->mean) / (double)(h * w);
	s->sd = sqrt(square);
	shrink(g, h, w, s->thumb);
	free(g);
}

void eda_add(struct eda *d, const struct record *r)
{
	const struct tensor *t = record_tensor(r, "image");
	struct seen s = {.width = number_of(r, "width"), .height = number_of(r, "height")};

	if (!t || t->ndim != 3 || (t->type != DT_U8 && t->type != DT_F32) || t->bytes == 0)
		die("item %zu: no picture in the stream: pass the list through cxr-prep first", d->n);
	measure(&s, t);
	s.id = text_of(r, "id");
	s.label = text_of(r, "label");
	s.patient = text_of(r, "patient");
	s.split = text_of(r, "split");
	s.sha256 = text_of(r, "sha256");
	d->item = grow(d->item, d->n, &d->cap, sizeof *d->item);
	d->item[d->n++] = s;
}

void eda_free(struct eda *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct seen *s = &d->item[i];
		char *own[] = {s->id, s->label, s->patient, s->split, s->sha256};
		for (size_t k = 0; k < sizeof own / sizeof *own; k++)
			free(own[k]);
	}
	free(d->item);
	free(d->positive);
}
