/* All measures of a set of scores, as rows with intervals, which count patients where these have several images. */
#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stat/gaps.h"
#include "stat/smooth.h"

enum interval { WILSON, DELONG, GAPS, BOOTSTRAP };

static const struct {
	const char *name;
	bool of_class;
	enum interval interval;
} measure[NMEASURE] = {
#define WHOLE false
#define CLASS true
#define X(name, scope, interval) {#name, scope, interval},
	MEASURES(X)
#undef X
#undef WHOLE
#undef CLASS
};

/* An interval holds its value, and has a width: where patients or resamples do not differ, that is no certainty. */
static bool has_width(struct estimate *e)
{
	if (!isfinite(e->value) || !isfinite(e->lo) || !isfinite(e->hi)) {
		bool none = isnan(e->value) && !(isnan(e->lo) && isnan(e->hi));
		if (none)
			e->lo = e->hi = NAN;
		return true;
	}
	e->lo = fmin(e->lo, e->value);
	e->hi = fmax(e->hi, e->value);
	if (e->hi - e->lo > 1e-12)
		return true;
	e->lo = e->hi = NAN;
	return false;
}

/* How an interval was found, or why there is none: a missing number never stands without its reason. */
static const char *method_or_reason(const struct metrics *m, const struct estimate *e, bool wide)
{
	if (!wide)
		return "withheld: patients do not differ";
	if (!*m->method || !strncmp(m->method, "withheld", 8) || (isfinite(e->lo) && isfinite(e->hi)))
		return m->method;
	if (isnan(e->value))
		return "not defined: no image counts, or one class only";
	if (strcmp(m->method, "bootstrap"))
		return "withheld: too few patients of a class";
	return m->how.boot.resamples ? "withheld: not defined in most resamples" : "withheld: no resamples were asked for";
}

void metrics_add(struct metrics *m, const char *name, const char *part, struct estimate e)
{
	const char *method = method_or_reason(m, &e, has_width(&e));

	m->row = grow(m->row, m->n, &m->cap, sizeof *m->row);
	m->row[m->n] = (struct metric){part ? xasprintf("%s.%s", name, part) : xstrdup(name), e, method};
	m->n++;
}

/* Withheld where a class has so few images that an interval would say more than is known. */
enum { FEWEST = 10 };
static const char withheld[] = "withheld: fewer than 10 images of a class";

/* Is item i a success, and a trial, of a measure that is a share, for class c? */
static void trial(const struct scored_item *item, enum measure what, int c, unsigned char *hit, unsigned char *counts)
{
	bool is = item->label == c, called = item->pred == c;

	switch (what) {
	case M_precision:
		*counts = called;
		*hit = is;
		break;
	case M_recall:
		*counts = is;
		*hit = called;
		break;
	case M_specificity:
		*counts = !is;
		*hit = !called;
		break;
	case M_npv:
		*counts = !called;
		*hit = !is;
		break;
	default:
		*counts = true;
		*hit = item->label == item->pred;
	}
}

static struct estimate share_of(const struct metrics *m, const unsigned char *hit, const unsigned char *counts)
{
	int64_t k = 0, n = 0;

	if (m->patients.n < m->scores->n)
		return stat_share_clustered(hit, counts, m->scores->n, m->patients, m->how.boot.level);
	for (size_t i = 0; i < m->scores->n; i++) {
		n += counts[i];
		k += counts[i] && hit[i];
	}
	return stat_wilson(k, n, m->how.boot.level);
}

static struct estimate wilson_of(const struct metrics *m, enum measure what, int c)
{
	size_t n = m->scores->n;
	unsigned char *hit = xmalloc(2 * n + 1), *counts = hit + n;

	for (size_t i = 0; i < n; i++)
		trial(&m->scores->item[i], what, c, &hit[i], &counts[i]);
	struct estimate e = share_of(m, hit, counts);
	free(hit);
	return e;
}

static struct estimate delong_of(const struct metrics *m, int c)
{
	const struct scores *s = m->scores;
	struct against a = against_make(s, c);
	struct estimate auc = m->patients.n < s->n
	                      ? stat_auc_clustered(a.rank, a.positive, s->n, m->patients, m->how.boot.level)
	                      : stat_auc(a.rank, a.positive, s->n, m->how.boot.level);
	against_free(&a);
	return auc;
}

/* No interval without width: that of an area of 1 is exact for the patients; resamples that are all the same say
 * nothing. */
static void widen(struct metrics *m, enum measure what, enum interval interval, int c, struct estimate *e)
{
	const struct scores *s = m->scores;

	if (!(e->lo >= e->hi - 1e-12))
		return;
	if (what == M_balanced_accuracy && s->nclass == 2) {
		struct estimate a = wilson_of(m, M_recall, m->how.positive), b = wilson_of(m, M_specificity, m->how.positive);
		e->lo = (a.lo + b.lo) / 2;
		e->hi = (a.hi + b.hi) / 2;
		m->method = "wilson, both classes";
		return;
	}
	e->lo = e->hi = NAN;
	m->method = interval == GAPS ? "withheld: patients do not differ" : "withheld: resamples do not differ";
	if (interval != DELONG)
		return;
	struct against a = against_make(s, c);
	struct estimate exact = stat_auc_clustered(a.rank, a.positive, s->n, m->patients, m->how.boot.level);
	e->lo = exact.lo;
	e->hi = exact.hi;
	m->method = "exact";
	against_free(&a);
}

static const char *method_of(const struct metrics *m, enum interval interval)
{
	bool clustered = m->patients.n < m->scores->n;

	if (interval == GAPS)
		return "inverted test, folded normal";
	if (interval == BOOTSTRAP || m->how.bootstrap_all)
		return "bootstrap";
	if (interval == WILSON)
		return clustered ? "wilson, design effect" : "wilson";
	return clustered ? "obuchowski, logit" : "delong";
}

/* All measures of one block of values: c is the class, -1 for the mean over more than two. Of sums over bins there is
 * no bootstrap, also where that was asked for. */
static void add_measures(struct metrics *m, const struct sample *sample, const double *value, const double *lo,
                         const double *hi, int c, bool named)
{
	for (int i = 0; i < NMEASURE; i++) {
		struct estimate e = {value[i], lo[i], hi[i], m->scores->n};
		enum interval interval = c < 0 && measure[i].of_class ? BOOTSTRAP : measure[i].interval;
		if (named && !measure[i].of_class)
			continue;
		m->method = method_of(m, interval);
		if (interval == WILSON)
			e = wilson_of(m, i, c < 0 ? 0 : c);
		else if (interval == DELONG)
			e = delong_of(m, c);
		else if (interval == GAPS)
			e = stat_gaps(i, sample->item, NULL, sample->n, m->patients, m->how.boot.level);
		if ((interval == WILSON || interval == DELONG) && m->how.bootstrap_all) {
			e.lo = lo[i];
			e.hi = hi[i];
		}
		if (interval != WILSON && m->rarest < FEWEST) {
			e.lo = e.hi = NAN;
			m->method = withheld;
		}
		widen(m, i, interval, c, &e);
		metrics_add(m, measure[i].name, named ? m->scores->class[c] : NULL, e);
	}
}

/* How far the smooth curve is from the stated probabilities. */
static void add_smooth(struct metrics *m, const double *odds, const unsigned char *positive)
{
	size_t n = m->scores->n;
	struct estimate gap[3] = {{NAN, NAN, NAN, (int64_t)n}, {NAN, NAN, NAN, (int64_t)n}, {NAN, NAN, NAN, (int64_t)n}};
	static const char *const name[] = {"ici", "e50", "e90"};
	struct smooth f;

	m->method = "withheld: no smooth curve, the scores part the classes or there is one only";
	if (m->rarest < FEWEST) {
		m->method = withheld;
	} else if (stat_smooth(&f, odds, positive, n, m->patients)) {
		stat_smooth_gaps(&f, odds, n, m->how.boot.seed, m->how.boot.level, gap);
		m->method = "restricted cubic spline";
	}
	for (int k = 0; k < 3; k++)
		metrics_add(m, name[k], NULL, gap[k]);
}

/* What the ECE would be if the probabilities were right. */
static void add_expected(struct metrics *m, const struct sample *sample)
{
	double *p = xreallocarray(NULL, sample->n + 1, sizeof *p);

	for (size_t i = 0; i < sample->n; i++)
		p[i] = sample->item[i].stated;
	m->method = "simulation of right probabilities";
	metrics_add(m, "ece_expected", NULL,
	            stat_ece_expected(p, sample->n, m->patients, m->how.boot.seed, m->how.boot.level));
	free(p);
}

/* Logistic recalibration on the stated log odds: 0 and 1 where the probabilities are right. */
static void add_recalibration(struct metrics *m)
{
	const struct scores *s = m->scores;
	double *odds = scores_odds(s, m->how.positive);
	unsigned char *positive = xmalloc(s->n);
	struct estimate intercept, slope, unused;

	for (size_t i = 0; i < s->n; i++)
		positive[i] = s->item[i].label == m->how.positive;
	double level = m->how.boot.level;
	if (m->patients.n < s->n) {
		stat_logistic_clustered(odds, positive, s->n, FIT_INTERCEPT, m->patients, level, &intercept, &unused);
		stat_logistic_clustered(odds, positive, s->n, FIT_BOTH, m->patients, level, &unused, &slope);
	} else {
		stat_logistic(odds, positive, s->n, FIT_INTERCEPT, level, &intercept, &unused);
		stat_logistic(odds, positive, s->n, FIT_BOTH, level, &unused, &slope);
	}
	m->method = m->patients.n < s->n ? "sandwich" : "wald";
	metrics_add(m, "calibration_intercept", NULL, intercept);
	metrics_add(m, "calibration_slope", NULL, slope);
	add_smooth(m, odds, positive);
	free(odds);
	free(positive);
}

/* How right the answers are to a part of the images: <part>_accuracy, and of two classes recall and specificity. */
static void add_part(struct metrics *m, const char *part, const unsigned char *in)
{
	const struct scores *s = m->scores;
	static const enum measure shown[] = {M_accuracy, M_recall, M_specificity};
	unsigned char *hit = xcalloc(2 * s->n + 1, 1), *counts = hit + s->n;

	for (int k = 0; k < (s->nclass == 2 ? 3 : 1); k++) {
		for (size_t i = 0; i < s->n; i++) {
			trial(&s->item[i], shown[k], m->how.positive, &hit[i], &counts[i]);
			counts[i] = counts[i] && in[i];
		}
		char *name = xasprintf("%s_%s", part, measure[shown[k]].name);
		metrics_add(m, name, NULL, share_of(m, hit, counts));
		free(name);
	}
	free(hit);
}

/* What is left of the answers where images stay undecided: how many there are, and how right they are. */
static void add_decided(struct metrics *m)
{
	const struct scores *s = m->scores;
	unsigned char *in = xcalloc(2 * s->n + 1, 1), *all = in + s->n;

	for (size_t i = 0; i < s->n; i++) {
		in[i] = !s->item[i].undecided;
		all[i] = true;
	}
	metrics_add(m, "decided", NULL, share_of(m, in, all));
	add_part(m, "decided", in);
	free(in);
}

/* The answers to images that are unlike the training images (cxr-infer(1), odd), and to the others. Nothing where that
 * is known of none. */
static void add_odd(struct metrics *m)
{
	const struct scores *s = m->scores;
	unsigned char *odd = xcalloc(3 * s->n + 1, 1), *alike = odd + s->n, *known = alike + s->n;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		known[i] = isfinite(s->item[i].odd);
		odd[i] = known[i] && s->item[i].odd >= 1;
		alike[i] = known[i] && !odd[i];
		n += known[i];
	}
	if (n) {
		metrics_add(m, "odd", NULL, share_of(m, odd, known));
		add_part(m, "odd", odd);
		add_part(m, "alike", alike);
	}
	free(odd);
}

/* Does the spread of draws tell wrong calls from right ones? The area under the ROC curve of it, and of how unsure the
 * calls are without it, for the wrong ones. */
static void add_spread(struct metrics *m)
{
	const struct scores *s = m->scores;
	double *spread = xreallocarray(NULL, 2 * s->n + 1, sizeof *spread), *unsure = spread + s->n;
	unsigned char *wrong = xmalloc(s->n + 1);
	size_t known = 0;

	for (size_t i = 0; i < s->n; i++) {
		known += isfinite(s->item[i].spread);
		spread[i] = isfinite(s->item[i].spread) ? s->item[i].spread : 0;
		unsure[i] = -scores_sure(s, i);
		wrong[i] = s->item[i].pred != s->item[i].label;
	}
	m->method = "obuchowski, logit";
	if (known) {
		metrics_add(m, "error_auc", "spread", stat_auc_clustered(spread, wrong, s->n, m->patients, m->how.boot.level));
		metrics_add(m, "error_auc", "probability",
		            stat_auc_clustered(unsure, wrong, s->n, m->patients, m->how.boot.level));
	}
	free(spread);
	free(wrong);
}

static void add_count(struct metrics *m, const char *name, double count)
{
	metrics_add(m, name, NULL, (struct estimate){count, NAN, NAN, m->scores->rows});
}

/* What answers are worth where the prevalence is the stated one. */
static void add_predictive(struct metrics *m)
{
	double stated = m->how.prevalence;

	if (!(stated > 0))
		return;
	struct estimate recall = *metrics_get(m, "recall"), specificity = *metrics_get(m, "specificity");
	m->method = "";
	metrics_add(m, "stated_prevalence", NULL, (struct estimate){stated, NAN, NAN, m->scores->n});
	m->method = "mover, from recall and specificity";
	metrics_add(m, "stated_precision", NULL, stat_predictive(recall, specificity, stated));
	metrics_add(m, "stated_npv", NULL, stat_predictive(specificity, recall, 1 - stated));
}

static void add_counts(struct metrics *m, const struct sample *sample)
{
	const struct scores *s = m->scores;
	size_t unknown = 0;

	for (size_t i = 0; i < s->n; i++)
		unknown += !*s->item[i].patient;
	if (s->nclass == 2)
		add_recalibration(m);
	add_expected(m, sample);
	if (s->nclass == 2) {
		unsigned char *is = xmalloc(2 * s->n + 1), *all = is + s->n;
		for (size_t i = 0; i < s->n; i++) {
			is[i] = s->item[i].label == m->how.positive;
			all[i] = true;
		}
		m->method = m->patients.n < s->n ? "wilson, design effect" : "wilson";
		metrics_add(m, "prevalence", NULL, share_of(m, is, all));
		free(is);
		add_predictive(m);
		m->method = "";
		metrics_add(m, "threshold", NULL, (struct estimate){m->how.positive ? s->threshold : 1 - s->threshold,
		                                            NAN, NAN, s->n});
	}
	m->method = m->patients.n < s->n ? "wilson, design effect" : "wilson";
	if (s->undecided)
		add_decided(m);
	add_odd(m);
	add_spread(m);
	m->method = "";
	if (s->temperature > 0)
		metrics_add(m, "temperature", NULL, (struct estimate){s->temperature, NAN, NAN, s->n});
	if (s->bias != 0)
		metrics_add(m, "bias", NULL, (struct estimate){s->bias, NAN, NAN, s->n});
	add_count(m, "items", s->n);
	add_count(m, "patients", m->npatient);
	add_count(m, "unknown_patients", unknown);
	add_count(m, "errors", s->errors);
	add_count(m, "unlabelled", s->unlabelled);
	add_count(m, "seen", s->seen);
	if (s->undecided)
		add_count(m, "undecided", s->undecided);
}

/* Patients, whether or not intervals count them, and the rarest class. */
static void count_groups(struct metrics *m)
{
	const struct scores *s = m->scores;
	int64_t *count = xcalloc(s->nclass, sizeof *count);

	m->of = scores_patients(s, &m->npatient);
	m->each = xreallocarray(NULL, s->n + 1, sizeof *m->each);
	for (size_t i = 0; i < s->n; i++)
		m->each[i] = (uint32_t)i;
	m->patients = m->how.by_image ? (struct clusters){m->each, s->n} : (struct clusters){m->of, m->npatient};
	for (size_t i = 0; i < s->n; i++)
		count[s->item[i].label]++;
	m->rarest = INT64_MAX;
	for (int k = 0; k < s->nclass; k++)
		m->rarest = count[k] < m->rarest ? count[k] : m->rarest;
	free(count);
}

int metrics_make(struct metrics *m, const struct scores *s, const struct metrics_how *how, struct err *e)
{
	struct sample sample;
	size_t values;

	*m = (struct metrics){.scores = s, .how = *how};
	if (sample_make(&sample, s, how->positive, e))
		return -1;
	count_groups(m);
	values = sample_values(&sample);
	double *value = xcalloc(3 * values, sizeof *value), *lo = value + values, *hi = lo + values;
	m->confusion = xcalloc(s->nclass * s->nclass, sizeof *m->confusion);
	sample_measure(&sample, sample.ones, m->confusion, value);
	sample_bootstrap(&sample, s, &how->boot, lo, hi);
	add_measures(m, &sample, value, lo, hi, s->nclass == 2 ? how->positive : -1, false);
	for (int k = 0; s->nclass > 2 && k < s->nclass; k++) {
		size_t block = (size_t)(1 + k) * NMEASURE;
		add_measures(m, &sample, value + block, lo + block, hi + block, k, true);
	}
	add_counts(m, &sample);
	free(value);
	sample_free(&sample);
	return 0;
}

void metrics_free(struct metrics *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->row[i].name);
	free(m->row);
	free(m->confusion);
	free(m->of);
	free(m->each);
	*m = (struct metrics){0};
}

const struct estimate *metrics_get(const struct metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->row[i].name, name))
			return &m->row[i].e;
	return NULL;
}
