/* Temperature and Platt scaling: fitted to one set of scores and used on another, with no image and no patient in
 * both. */
#include "eval/eval.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

/* Sharing */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many items of b have a key that one of a has; "" is none. */
static size_t shared_keys(const struct scores *a, const struct scores *b, bool patients)
{
	char **key = xreallocarray(NULL, a->n, sizeof *key);
	size_t n = 0, count = 0;

	for (size_t i = 0; i < a->n; i++)
		key[n++] = patients ? a->item[i].patient : a->item[i].id;
	qsort(key, n, sizeof *key, by_name);
	for (size_t i = 0; i < b->n; i++) {
		char *const *of = patients ? &b->item[i].patient : &b->item[i].id;
		count += **of && bsearch(of, key, n, sizeof *key, by_name) != NULL;
	}
	free(key);
	return count;
}

struct eval_shared eval_shared(const struct scores *a, const struct scores *b)
{
	return (struct eval_shared){shared_keys(a, b, false), shared_keys(a, b, true)};
}

int eval_apart(const struct scores *on, const struct scores *s, struct eval_permit permit, struct eval_shared *both,
               struct err *e)
{
	*both = eval_shared(s, on);
	if (both->images && !permit.shared)
		return err_set(e, "%zu images are also measured on, what is chosen there flatters (--force goes on all the "
		               "same)", both->images);
	if (both->patients && !permit.shared)
		return err_set(e, "%zu images are of patients that are also measured on, what is chosen there flatters "
		               "(--force goes on all the same)", both->patients);
	return 0;
}

int eval_others(const struct scores *on, const struct scores *s, struct eval_permit permit, struct eval_shared *both,
                struct err *e)
{
	bool same = on->nclass == s->nclass;

	for (int k = 0; same && k < s->nclass; k++)
		same = !strcmp(on->class[k], s->class[k]);
	if (!same)
		return err_set(e, "other classes than the scores to measure");
	if (on->seen && !permit.seen)
		return err_set(e, "%lld of %zu images were trained on; use others (--allow-seen goes on all the same)",
		               (long long)on->seen, on->n);
	return eval_apart(on, s, permit, both, e);
}

/* Calibration */

/* Of two classes, the log odds of the positive one before any scaling: the raw output, else of the probability. */
static double odds(const struct scores *s, size_t i, int positive)
{
	const double *p = s->p + 2 * i;

	if (s->nlogit)
		return scores_rank(s, i, positive);
	return log(fmax(p[positive], DBL_EPSILON) / fmax(p[1 - positive], DBL_EPSILON));
}

/* Of more classes, their raw outputs: those of the network, else logarithms of the probabilities. Fresh memory. */
static double *outputs(const struct scores *s)
{
	size_t n = s->n * s->nclass;
	double *z = xreallocarray(NULL, n, sizeof *z);

	for (size_t i = 0; i < n; i++)
		z[i] = s->nlogit ? s->z[i] : log(fmax(s->p[i], DBL_EPSILON));
	return z;
}

/* The likeliest scaling. Where the scores part the classes, as hard ones may, none is: Platt's targets give one. */
static struct calibration fit_two(const struct scores *on, int positive, bool platt)
{
	struct estimate intercept, slope;
	double *x = xreallocarray(NULL, on->n, sizeof *x);
	unsigned char *y = xmalloc(on->n);

	for (size_t i = 0; i < on->n; i++) {
		x[i] = odds(on, i, positive);
		y[i] = on->item[i].label == positive;
	}
	stat_logistic(x, y, on->n, platt ? FIT_BOTH : FIT_SLOPE, .95, &intercept, &slope);
	struct calibration k = {platt ? intercept.value : 0, slope.value};
	if (isnan(slope.value))
		stat_platt(x, y, on->n, platt ? FIT_BOTH : FIT_SLOPE, &k.intercept, &k.slope);
	free(x);
	free(y);
	return k;
}

static struct calibration fit_many(const struct scores *on)
{
	double *z = outputs(on);
	int *y = xreallocarray(NULL, on->n, sizeof *y);

	for (size_t i = 0; i < on->n; i++)
		y[i] = on->item[i].label;
	struct estimate slope = stat_softmax_slope(z, y, on->n, on->nclass, .95);
	free(z);
	free(y);
	return (struct calibration){0, slope.value};
}

int eval_calibrate(struct calibration *k, const struct scores *on, int positive, bool platt, struct err *e)
{
	*k = on->nclass == 2 ? fit_two(on, positive, platt) : fit_many(on);
	if (k->slope <= 0)
		return err_set(e, "cannot be calibrated on: the scores are the wrong way round");
	if (isnan(k->slope))
		return err_set(e, on->nclass == 2 ? "cannot be calibrated on: one class, or one score, only" :
		               "cannot be calibrated on: every image, or none, has its class on top");
	return 0;
}

/* What is predicted is the largest before and after. */
static void use_many(const struct calibration *k, struct scores *s)
{
	double *z = outputs(s);

	for (size_t i = 0; i < s->n * s->nclass; i += s->nclass) {
		double top = -INFINITY, sum = 0;
		for (int c = 0; c < s->nclass; c++)
			top = fmax(top, z[i + c]);
		for (int c = 0; c < s->nclass; c++)
			sum += s->p[i + c] = exp(k->slope * (z[i + c] - top));
		for (int c = 0; c < s->nclass; c++)
			s->p[i + c] /= sum;
	}
	free(z);
}

void eval_apply(const struct calibration *k, int positive, struct scores *s)
{
	double threshold = isfinite(s->threshold) ? s->threshold : .5;

	s->temperature = 1 / k->slope;
	s->bias = positive == s->nclass - 1 ? k->intercept : -k->intercept;
	if (s->nclass > 2) {
		use_many(k, s);
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		double z = k->intercept + k->slope * odds(s, i, positive);
		s->p[2 * i + positive] = 1 / (1 + exp(-z));
		s->p[2 * i + 1 - positive] = 1 / (1 + exp(z));
	}
	scores_predict(s, positive, positive ? threshold : 1 - threshold, "as before, on calibrated probabilities");
}

void eval_figures_write(const struct metrics *m, FILE *f)
{
	static const char *const name[] = {"auc", "recall", "specificity", "balanced_accuracy", "ece", "prevalence"};
	char buf[NUM_TEXT];

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		const struct estimate *e = metrics_get(m, name[i]);
		if (!e)
			continue;
		fprintf(f, "figure.%s\t%s", name[i], num_text(e->value, buf));
		fprintf(f, " %s", num_text(e->lo, buf));
		fprintf(f, " %s\n", num_text(e->hi, buf));
	}
}

static double share_of_last(const struct scores *on)
{
	double n = 0;

	for (size_t i = 0; i < on->n; i++)
		n += on->item[i].label == on->nclass - 1;
	return n / (double)on->n;
}

void eval_calibration_write(const struct calibration *k, double threshold, int positive, const struct scores *on,
                            const char *note, FILE *f)
{
	char buf[NUM_TEXT];
	bool last = positive == on->nclass - 1;
	double bias = k ? last ? k->intercept : -k->intercept : 0;

	fputs("name\tvalue\n", f);
	if (k)
		fprintf(f, "temperature\t%s\n", num_text(1 / k->slope, buf));
	if (bias != 0)
		fprintf(f, "bias\t%s\n", num_text(bias, buf));
	if (isfinite(threshold))
		fprintf(f, "threshold\t%s\n", num_text(last ? threshold : 1 - threshold, buf));
	if (k && on->nclass == 2)
		fprintf(f, "prevalence\t%s\n", num_text(share_of_last(on), buf));
	fprintf(f, "note\t%s\n", note);
}
