/* Subgroups: each value of a column against all other images, with intervals from the same resamples. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "stat/gaps.h"

static const struct {
	enum measure what;
	const char *name;
} shown[] = {
	{M_accuracy, "accuracy"}, {M_recall, "recall"}, {M_specificity, "specificity"}, {M_precision, "precision"},
	{M_npv, "npv"}, {M_auc, "auc"}, {M_brier, "brier"}, {M_ece, "ece"},
};
/* And how much the mean stated probability is above the share that came true: calibration in the large. */
enum { MEASURED = sizeof shown / sizeof *shown, SHOWN = MEASURED + 1, MAX_GROUPS = 1000, FEWEST = 10 };

struct parted {
	const struct sample *sample;
	const struct scores *scores;
	const char *group;
};

static double overstated(const struct sample *m, const uint32_t *weight)
{
	double n = 0, gap = 0;

	for (size_t i = 0; i < m->n; i++) {
		n += weight[i];
		gap += weight[i] * (m->item[i].stated - m->item[i].hit);
	}
	return n > 0 ? gap / n : NAN;
}

/* SHOWN values of the group, then what they are above those of the rest. */
static void measure_group(const void *ctx, const uint32_t *weight, double *value)
{
	const struct parted *p = ctx;
	size_t n = p->scores->n, values = sample_values(p->sample);
	uint32_t *part = xcalloc(n, sizeof *part);
	int64_t *confusion = xcalloc(p->scores->nclass * p->scores->nclass, sizeof *confusion);
	double *all = xcalloc(2 * values, sizeof *all), off[2];

	for (int rest = 0; rest < 2; rest++) {
		for (size_t i = 0; i < n; i++)
			part[i] = (strcmp(p->scores->item[i].group, p->group) != 0) == rest ? weight[i] : 0;
		sample_measure(p->sample, part, confusion, all + rest * values);
		off[rest] = overstated(p->sample, part);
	}
	value[MEASURED] = off[0];
	value[SHOWN + MEASURED] = off[0] - off[1];
	for (int k = 0; k < MEASURED; k++) {
		value[k] = all[shown[k].what];
		value[SHOWN + k] = value[k] - all[values + shown[k].what];
	}
	free(part);
	free(confusion);
	free(all);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct groups in order. Fresh array of borrowed names. */
static const char **groups(const struct scores *s, size_t *count)
{
	const char **name = xreallocarray(NULL, s->n, sizeof *name);

	for (size_t i = 0; i < s->n; i++)
		name[i] = s->item[i].group;
	qsort(name, s->n, sizeof *name, by_text);
	*count = 0;
	for (size_t i = 0; i < s->n; i++)
		if (!*count || strcmp(name[*count - 1], name[i]))
			name[(*count)++] = name[i];
	return name;
}

/* Does a measure rest on fewer than ten images of the group: of the positives, of the negatives, of either? */
static bool is_few(int k, const size_t count[2])
{
	enum measure what = k < MEASURED ? shown[k].what : M_accuracy;
	size_t least = count[0] < count[1] ? count[0] : count[1];

	return (what == M_recall ? count[1] : what == M_specificity ? count[0] : what == M_auc ? least
	        : count[0] + count[1]) < FEWEST;
}

/* Patients of the group's images that a share counts. */
static double patients_counted(const struct parted *p, enum measure what, int positive)
{
	const struct scores *s = p->scores;
	bool *counted = xcalloc(s->n + 1, sizeof *counted);

	for (size_t i = 0; i < s->n; i++) {
		bool is = s->item[i].label == positive, called = s->item[i].pred == positive;
		bool counts = what == M_recall ? is : what == M_specificity ? !is : what == M_precision ? called
		            : what == M_npv ? !called : true;

		counted[i] = counts && !strcmp(s->item[i].group, p->group);
	}
	double count = (double)scores_patients_of(s, counted);
	free(counted);
	return count;
}

/* An interval holds its value. Where all resamples agree, a share has Wilson's interval of as many trials as there are
 * patients; of other measures nothing is known. */
static void give_width(const struct parted *p, int k, const struct metrics_how *how, double value, double *lo,
                       double *hi)
{
	bool share = k < MEASURED && p->scores->nclass == 2 && shown[k].what <= M_npv;

	if (!isfinite(*lo) || !isfinite(*hi))
		return;
	if (*hi - *lo > 1e-12) {
		*lo = fmin(*lo, value);
		*hi = fmax(*hi, value);
		return;
	}
	*lo = *hi = NAN;
	if (!share || !isfinite(value))
		return;
	struct estimate e = stat_wilson_share(value, patients_counted(p, shown[k].what, how->positive), how->boot.level);
	*lo = e.lo;
	*hi = e.hi;
}

/* Of sums over bins: an interval that noise does not raise, and no difference, which fewer images alone would make. */
static void replace_gaps(const struct parted *p, double level, double *lo, double *hi, double *difference)
{
	size_t n = p->scores->n;
	unsigned char *in = xmalloc(n + 1);
	struct clusters c;
	uint32_t *of = scores_patients(p->scores, &c.n);

	c.of = of;
	for (size_t i = 0; i < n; i++)
		in[i] = !strcmp(p->scores->item[i].group, p->group);
	for (int k = 0; k < MEASURED; k++) {
		if (!stat_is_gaps(shown[k].what))
			continue;
		struct estimate e = stat_gaps(shown[k].what, p->sample->item, in, n, c, level);
		lo[k] = e.lo;
		hi[k] = e.hi;
		difference[k] = lo[SHOWN + k] = hi[SHOWN + k] = NAN;
	}
	free(of);
	free(in);
}

/* Why a number is not there. */
static const char *note_of(int k, bool few)
{
	if (few)
		return "withheld: fewer than 10 images";
	return k < MEASURED && stat_is_gaps(shown[k].what) ? "difference withheld: fewer images alone raise it" : "";
}

static void write_group(const struct parted *p, const struct metrics_how *all, FILE *f)
{
	const struct bootstrap *how = &all->boot;
	double value[2 * SHOWN], lo[2 * SHOWN], hi[2 * SHOWN];
	char buf[NUM_TEXT];
	size_t n, count[2] = {0, 0};

	for (size_t i = 0; i < p->scores->n; i++)
		if (!strcmp(p->scores->item[i].group, p->group))
			count[p->scores->item[i].label == all->positive]++;
	n = count[0] + count[1];
	if (p->scores->nclass > 2)
		count[0] = count[1] = n; /* means over classes */
	measure_group(p, p->sample->ones, value);
	scores_bootstrap(p->scores, how, measure_group, p, 2 * SHOWN, lo, hi);
	replace_gaps(p, how->level, lo, hi, value + SHOWN);
	for (int k = 0; k < SHOWN; k++) {
		give_width(p, k, all, value[k], &lo[k], &hi[k]);
		give_width(p, SHOWN, all, value[SHOWN + k], &lo[SHOWN + k], &hi[SHOWN + k]);
		tsv_put(f, p->group, '\t');
		fprintf(f, "%s\t", k < MEASURED ? shown[k].name : "overstated");
		if (is_few(k, count))
			value[k] = lo[k] = hi[k] = value[SHOWN + k] = lo[SHOWN + k] = hi[SHOWN + k] = NAN;
		for (int i = k; i < 2 * SHOWN; i += SHOWN) {
			fprintf(f, "%s\t", num_text(value[i], buf));
			fprintf(f, "%s\t", num_text(lo[i], buf));
			fprintf(f, "%s\t", num_text(hi[i], buf));
		}
		fprintf(f, "%zu\t%s\n", n, note_of(k, is_few(k, count)));
	}
}

int eval_groups(const struct scores *s, const struct metrics_how *how, FILE *f, struct err *e)
{
	struct sample m;
	size_t n;
	const char **name = groups(s, &n);
	int rc = n > MAX_GROUPS ? err_set(e, "%zu groups, at most %d are compared", n, MAX_GROUPS)
	                        : sample_make(&m, s, how->positive, e);

	if (!rc) {
		fputs("group\tmetric\tvalue\tlo\thi\tdifference\tdifference_lo\tdifference_hi\tn\tnote\n", f);
		for (size_t i = 0; i < n; i++)
			write_group(&(struct parted){&m, s, name[i]}, how, f);
		sample_free(&m);
	}
	free(name);
	return rc;
}
