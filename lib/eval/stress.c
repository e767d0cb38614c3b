/* How scores hold up under the shifts of cxr-infer --stress: each shift, their mean and the worst of them. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "stat/gaps.h"

static const struct {
	enum measure what;
	const char *name;
	int better; /* 1: more is, -1: less is */
} shown[] = {
	{M_auc, "auc", 1}, {M_recall, "sensitivity", 1}, {M_specificity, "specificity", 1},
	{M_balanced_accuracy, "balanced_accuracy", 1}, {M_brier, "brier", -1}, {M_ece, "ece", -1},
};
enum { SHOWN = sizeof shown / sizeof *shown };

struct battery {
	struct sample clean, *shift;
	int n;
	double *value, *lo, *hi; /* of every number of measure_battery */
};

static void measure_one(const struct sample *m, const uint32_t *weight, double value[SHOWN])
{
	double *all = xcalloc(sample_values(m), sizeof *all);
	int64_t *confusion = xcalloc((size_t)m->nclass * m->nclass, sizeof *confusion);

	sample_measure(m, weight, confusion, all);
	for (int k = 0; k < SHOWN; k++)
		value[k] = all[shown[k].what];
	free(all);
	free(confusion);
}

/* Rows of SHOWN values: each shift, the mean of them; then the same less those of the images as they are. */
static void measure_battery(const void *ctx, const uint32_t *weight, double *value)
{
	const struct battery *b = ctx;
	double clean[SHOWN], *mean = value + b->n * SHOWN, *difference = mean + SHOWN;

	measure_one(&b->clean, weight, clean);
	for (int i = 0; i < b->n; i++)
		measure_one(&b->shift[i], weight, value + i * SHOWN);
	for (int k = 0; k < SHOWN; k++) {
		mean[k] = 0;
		for (int i = 0; i < b->n; i++)
			mean[k] += value[i * SHOWN + k];
		mean[k] /= b->n;
		for (int i = 0; i <= b->n; i++)
			difference[i * SHOWN + k] = value[i * SHOWN + k] - clean[k];
	}
}

static int worst_of(const double *value, int n, int k)
{
	int worst = 0;
	for (int i = 1; i < n; i++)
		if (!(shown[k].better * (value[i * SHOWN + k] - value[worst * SHOWN + k]) >= 0))
			worst = i;
	return worst;
}

/* What a measure rests on: rates of one class rest on its images. */
static int64_t resting(const struct metrics *m, enum measure what)
{
	const struct scores *s = m->scores;
	int64_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->nclass > 2 || (what != M_recall && what != M_specificity) ||
		     (s->item[i].label == m->how.positive) == (what == M_recall);
	return n;
}

/* The ECE of one shift has its own interval; of means and differences there is none that resampling would not raise. */
static struct estimate row_of(struct metrics *m, const struct battery *b, int row, int k)
{
	int at = row * SHOWN + k;
	struct estimate e = {b->value[at], b->lo[at], b->hi[at], resting(m, shown[k].what)};

	m->method = "bootstrap";
	if (stat_is_gaps(shown[k].what) && row < b->n) {
		const struct sample *s = &b->shift[row];
		m->method = "inverted test, folded normal";
		e = stat_gaps(shown[k].what, s->item, NULL, s->n, m->patients, m->how.boot.level);
	} else if (stat_is_gaps(shown[k].what)) {
		m->method = "withheld: resampling raises it";
		e.lo = e.hi = NAN;
	}
	return e;
}

static void add_row(struct metrics *m, const struct battery *b, const char *shift, const char *more, int row, int k)
{
	char *name = xasprintf("stress.%s.%s", shift, shown[k].name);

	metrics_add(m, name, more, row_of(m, b, row, k));
	free(name);
}

/* The worst shift is another one for every measure: a row more says which. */
static void add_rows(struct metrics *m, const struct battery *b)
{
	const struct scores *shift = m->scores->shifted;

	for (int k = 0; k < SHOWN; k++) {
		int worst = worst_of(b->value, b->n, k);

		add_row(m, b, "mean", NULL, b->n, k);
		add_row(m, b, "mean", "difference", 2 * b->n + 1, k);
		add_row(m, b, "worst", NULL, worst, k);
		add_row(m, b, "worst", "difference", b->n + 1 + worst, k);
		add_row(m, b, "worst", shift[worst].shift, worst, k);
	}
	for (int i = 0; i < b->n; i++)
		for (int k = 0; k < SHOWN; k++)
			add_row(m, b, shift[i].shift, NULL, i, k);
}

int stress_measure(struct metrics *m, struct err *e)
{
	const struct scores *s = m->scores;
	size_t values = (size_t)2 * (s->nshifted + 1) * SHOWN;
	double *all = xcalloc(3 * values, sizeof *all);
	struct battery b = {
		.n = s->nshifted, .shift = xcalloc(s->nshifted, sizeof *b.shift),
		.value = all, .lo = all + values, .hi = all + 2 * values,
	};
	int rc = 0;

	for (int i = -1; i < b.n && !rc; i++)
		rc = sample_make(i < 0 ? &b.clean : &b.shift[i], i < 0 ? s : &s->shifted[i], m->how.positive, e);
	if (!rc) {
		measure_battery(&b, b.clean.ones, b.value);
		scores_bootstrap(s, &m->how.boot, measure_battery, &b, values, b.lo, b.hi);
		add_rows(m, &b);
	}
	for (int i = -1; i < b.n; i++)
		sample_free(i < 0 ? &b.clean : &b.shift[i]);
	free(b.shift);
	free(all);
	return rc;
}

void stress_table(const struct metrics *m, FILE *f)
{
	if (!m->scores->nshifted)
		return;
	fprintf(f, "\n%-16s", "shift");
	for (int k = 0; k < SHOWN; k++)
		fprintf(f, "  %11.11s", shown[k].name);
	for (int i = -2; i < m->scores->nshifted; i++) {
		const char *name = i == -2 ? "mean" : i == -1 ? "worst" : m->scores->shifted[i].shift;
		char *plain = text_escape(name, strlen(name));

		fprintf(f, "\n%-16s", plain);
		for (int k = 0; k < SHOWN; k++) {
			char *row = xasprintf("stress.%s.%s", name, shown[k].name);
			fprintf(f, "  %11.4f", metrics_get(m, row)->value);
			free(row);
		}
		free(plain);
	}
	putc('\n', f);
}
