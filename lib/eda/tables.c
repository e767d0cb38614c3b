/* Counts, sizes, intensities by split and label. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "eda/eda.h"
#include "stat/stat.h"

static int by_group(const void *a, const void *b)
{
	const struct eda_item *x = *(struct eda_item *const *)a, *y = *(struct eda_item *const *)b;
	int order = strcmp(x->split, y->split);
	if (!order)
		order = strcmp(x->label, y->label);
	return order ? order : strcmp(x->patient, y->patient);
}

/* Items by split, label and patient. Fresh memory. */
static struct eda_item **grouped(const struct eda *d)
{
	struct eda_item **s = xreallocarray(NULL, d->n + 1, sizeof *s);

	for (size_t i = 0; i < d->n; i++)
		s[i] = &d->item[i];
	qsort(s, d->n, sizeof *s, by_group);
	return s;
}

static size_t group_end(struct eda_item **s, size_t from, size_t n)
{
	size_t end = from;

	while (end < n && !strcmp(s[end]->split, s[from]->split) && !strcmp(s[end]->label, s[from]->label))
		end++;
	return end;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Mean and quartiles of what `kind` names, over items [from, to). */
static void quartiles(struct eda_item **s, size_t from, size_t to, int kind, FILE *f)
{
	double *x = xreallocarray(NULL, to - from, sizeof *x);
	char buf[NUM_TEXT];
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		const double value[] = {s[i]->width, s[i]->height, s[i]->width / s[i]->height, s[i]->mean, s[i]->sd};
		if (isfinite(value[kind]))
			x[n++] = value[kind];
	}
	qsort(x, n, sizeof *x, ascending);
	for (int q = 0; q <= 4; q += 2)
		fprintf(f, "\t%s", num_text(stat_quantile(x, n, q / 4.), buf));
	free(x);
}

void eda_classes(const struct eda *d, FILE *f)
{
	static const char *const kind[] = {"width", "height", "aspect", "mean", "sd"};
	struct eda_item **s = grouped(d);

	fputs("split\tlabel\tpictures\tpatients", f);
	for (int k = 0; k < 5; k++)
		fprintf(f, "\t%s_min\t%s_median\t%s_max", kind[k], kind[k], kind[k]);
	putc('\n', f);
	for (size_t i = 0, end; i < d->n; i = end) {
		size_t patients = 0;
		end = group_end(s, i, d->n);
		for (size_t k = i; k < end; k++)
			patients += *s[k]->patient && (k == i || strcmp(s[k]->patient, s[k - 1]->patient) != 0);
		tsv_put(f, s[i]->split, '\t');
		tsv_put(f, s[i]->label, '\t');
		fprintf(f, "%zu\t%zu", end - i, patients);
		for (int k = 0; k < 5; k++)
			quartiles(s, i, end, k, f);
		putc('\n', f);
	}
	free(s);
}

void eda_levels(const struct eda *d, FILE *f)
{
	struct eda_item **s = grouped(d);

	fputs("split\tlabel\tlevel\tshare\n", f);
	for (size_t i = 0, end; i < d->n; i = end) {
		double sum[LEVELS] = {0}, all = 0;
		end = group_end(s, i, d->n);
		for (size_t k = i; k < end; k++)
			for (int b = 0; b < LEVELS; b++) {
				sum[b] += s[k]->level[b];
				all += s[k]->level[b];
			}
		for (int b = 0; b < LEVELS && all > 0; b++) {
			tsv_put(f, s[i]->split, '\t');
			tsv_put(f, s[i]->label, '\t');
			fprintf(f, "%d\t%.6g\n", b * 256 / LEVELS, sum[b] / all);
		}
	}
	free(s);
}

/* Sizes are counted in steps of a 24th of the longest side. */
enum { STEPS = 24 };

static int step_of(double size, double step)
{
	return (int)fmin(fmax(rint(size / step), 0), STEPS);
}

void eda_sizes(const struct eda *d, FILE *f)
{
	uint32_t count[STEPS + 1][STEPS + 1];
	double step = d->widest / STEPS;

	fputs("label\twidth\theight\tpictures\n", f);
	for (size_t k = 0; k < d->nclass && step > 0; k++) {
		memset(count, 0, sizeof count);
		for (size_t i = 0; i < d->n; i++)
			if (!strcmp(d->item[i].label, d->class[k]->label) && d->item[i].width > 0 && d->item[i].height > 0)
				count[step_of(d->item[i].width, step)][step_of(d->item[i].height, step)]++;
		for (int w = 0; w <= STEPS; w++)
			for (int h = 0; h <= STEPS; h++)
				if (count[w][h]) {
					tsv_put(f, d->class[k]->label, '\t');
					fprintf(f, "%.6g\t%.6g\t%u\n", w * step, h * step, count[w][h]);
				}
	}
}
