/* An image as few numbers. */
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
	return value && num_double(value, &x) && isfinite(x) && x > 0 ? x : NAN;
}

uint64_t eda_hash(const char *name)
{
	uint64_t h = 14695981039346656037u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return h;
}

/* The pixels as means of their channels, on the scale of bytes whatever they are stored as. Fresh memory. */
static double *gray(const struct recipe *recipe, const struct tensor *t)
{
	int64_t channels = t->shape[2], n = t->shape[0] * t->shape[1];
	double *g = xcalloc(n, sizeof *g);

	for (int64_t i = 0; i < n * channels; i++) {
		int c = i % channels % 3;
		double v = t->type == DT_U8 ? ((const unsigned char *)t->data)[i] : ((const float *)t->data)[i];
		if (t->type == DT_F32) /* with norm=image what was taken away is not known: three deviations fill the scale */
			v = recipe->per_image ? 127.5 + 42.5 * v : 255 * (v * recipe->std[c] + recipe->mean[c]);
		g[i / channels] += v / (double)channels;
	}
	return g;
}

void eda_shrink(const double *gray, int64_t h, int64_t w, int n, double *out)
{
	for (int r = 0; r < n; r++)
		for (int c = 0; c < n; c++) {
			double sum = 0, count = 0;
			for (int64_t y = h * r / n; y < h * (r + 1) / n || y == h * r / n; y++)
				for (int64_t x = w * c / n; x < w * (c + 1) / n || x == w * c / n; x++, count++)
					sum += gray[y * w + x];
			out[r * n + c] = sum / count;
		}
}

static void measure(struct seen *s, const double *g, int64_t h, int64_t w)
{
	double square = 0;

	for (int64_t i = 0; i < h * w; i++) {
		s->mean += g[i] / (double)(h * w);
		/* a byte that was normalised and taken back may lie a little below itself */
		s->level[(int)(fmin(fmax(g[i] + 1e-3, 0), 255) * LEVELS / 256)]++;
	}
	for (int64_t i = 0; i < h * w; i++)
		square += (g[i] - s->mean) * (g[i] - s->mean) / (double)(h * w);
	s->sd = sqrt(square);
	eda_shrink(g, h, w, THUMB, s->thumb);
}

void eda_add(struct eda *d, const struct record *r)
{
	const struct tensor *t = record_tensor(r, "image");
	struct seen s = {.width = number_of(r, "width"), .height = number_of(r, "height")};

	if (!t || t->ndim != 3 || (t->type != DT_U8 && t->type != DT_F32) || t->bytes == 0)
		die("item %zu: no image in the stream: pass the list through cxr-prep first", d->n);
	double *pixels = gray(&d->recipe, t);
	measure(&s, pixels, t->shape[0], t->shape[1]);
	s.id = text_of(r, "id");
	s.label = text_of(r, "label");
	s.patient = text_of(r, "patient");
	s.split = text_of(r, "split");
	s.sha256 = text_of(r, "sha256");
	class_add(d, &s, pixels, t->shape[0], t->shape[1]);
	free(pixels);
	d->widest = fmax(d->widest, fmax(s.width, s.height));
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
	for (size_t i = 0; i < d->nclass; i++) {
		free(d->class[i]->label);
		free(d->class[i]);
	}
	free(d->class);
	free(d->item);
	free(d->positive);
}
