/* The shortcut probe: how well do numbers that know nothing of lungs tell the last class from the others? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "eda/eda.h"
#include "stat/stat.h"

enum { FOLDS = 5, PIXELS = THUMB * THUMB };

/* The fold of a patient (an item without one is its own) follows from the name alone. */
static int fold_of(const struct eda_item *s)
{
	return (int)((eda_hash(*s->patient ? s->patient : s->id) >> 32) % FOLDS);
}

static bool at_edge(int row, int column)
{
	return row == 0 || column == 0 || row == THUMB - 1 || column == THUMB - 1;
}

static bool in_corner(int row, int column)
{
	return (row < 4 || row >= THUMB - 4) && (column < 4 || column >= THUMB - 4);
}

static bool anywhere(int row, int column)
{
	return row >= 0 && column >= 0;
}

/* The numbers of an item, divided by 255 so that one penalty fits all; returns how many. */
static size_t features(const struct eda_item *s, bool (*part)(int row, int column), double *x)
{
	size_t n = 0;

	if (!part) {
		x[n++] = s->mean / 255;
		x[n++] = s->sd / 255;
	}
	for (int i = 0; part && i < PIXELS; i++)
		if (part(i / THUMB, i % THUMB))
			x[n++] = s->thumb[i] / 255;
	return n;
}

/* Scores of every item from a ridge regression on the other folds. */
static void cross_validate(const struct eda *d, const double *x, size_t width, const unsigned char *y, double *score)
{
	double w[PIXELS + 1];
	unsigned char *use = xmalloc(d->n);

	for (int fold = 0; fold < FOLDS; fold++) {
		for (size_t i = 0; i < d->n; i++)
			use[i] = fold_of(&d->item[i]) != fold;
		bool solved = stat_ridge(x, y, use, d->n, width, 1, w);
		for (size_t i = 0; i < d->n; i++) {
			if (use[i])
				continue;
			score[i] = w[width];
			for (size_t k = 0; k < width && solved; k++)
				score[i] += w[k] * x[i * width + k];
		}
	}
	free(use);
}

void eda_probe(const struct eda *d, FILE *f)
{
	static const struct {
		const char *name;
		bool (*part)(int row, int column);
	} probe[] = {{"mean and sd", NULL}, {"border", at_edge}, {"corners", in_corner}, {"16x16 thumbnail", anywhere}};
	double *x = xreallocarray(NULL, d->n * PIXELS, sizeof *x), *score = xreallocarray(NULL, d->n, sizeof *score);
	unsigned char *y = xmalloc(d->n);
	char value[NUM_TEXT], lo[NUM_TEXT], hi[NUM_TEXT];

	fputs("from\tauc\tlo\thi\tn\n", f);
	for (size_t k = 0; k < sizeof probe / sizeof *probe; k++) {
		size_t width = 0;
		for (size_t i = 0; i < d->n; i++) {
			width = features(&d->item[i], probe[k].part, x + i * width);
			y[i] = !strcmp(d->item[i].label, d->positive);
		}
		cross_validate(d, x, width, y, score);
		struct estimate e = stat_auc(score, y, d->n, .95);
		fprintf(f, "%s\t%s\t%s\t%s\t%zu\n", probe[k].name, num_text(e.value, value), num_text(e.lo, lo),
		        num_text(e.hi, hi), d->n);
	}
	free(x);
	free(y);
	free(score);
}
