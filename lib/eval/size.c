/* How many images an evaluation needs for intervals of a wanted width, where a model does as well as on these. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"

enum { MOST = 100000000 };

/* What a width follows from. */
struct expected {
	double value, prevalence, level;
	double information[3]; /* of intercept and slope, a image: aa, ab, bb */
};

/* Clopper and Pearson's (1934), as shares. */
static double width_of_share(const struct expected *x, double n)
{
	double k = round(x->value * n), tail = (1 - x->level) / 2;
	double lo = k > 0 ? stat_beta_quantile(tail, k, n - k + 1) : 0;
	double hi = k < n ? stat_beta_quantile(1 - tail, k + 1, n - k) : 1;

	return hi - lo;
}

/* Newcombe's (2006) standard error of the area, as Riley et al. (2021) use it. */
static double width_of_auc(const struct expected *x, double n)
{
	double c = x->value, half = n / 2 - 1, p = x->prevalence;
	double var = c * (1 - c) * (1 + half * (1 - c) / (2 - c) + half * c / (1 + c)) / (n * n * p * (1 - p));

	return 2 * stat_normal_quantile(.5 + x->level / 2) * sqrt(var);
}

/* Of observed over expected positives, around 1; the logarithm has a normal interval (Riley 2021). */
static double width_of_ratio(const struct expected *x, double n)
{
	double half = stat_normal_quantile(.5 + x->level / 2) * sqrt((1 - x->prevalence) / (n * x->prevalence));

	return exp(half) - exp(-half);
}

static double width_of_slope(const struct expected *x, double n)
{
	const double *i = x->information;

	return 2 * stat_normal_quantile(.5 + x->level / 2) * sqrt(i[0] / (n * (i[0] * i[2] - i[1] * i[1])));
}

/* The least n of which it and twice it are not too wide: exact widths go up and down by an image. */
static double least(double (*width)(const struct expected *x, double n), const struct expected *x, double wanted)
{
	double hi = 2, lo = 1;

	while (hi < MOST && !(width(x, hi) <= wanted))
		lo = hi, hi *= 2;
	while (hi - lo > 1) {
		double middle = floor((lo + hi) / 2);
		*(width(x, middle) <= wanted ? &hi : &lo) = middle;
	}
	return hi < MOST ? hi : NAN;
}

/* The information of one image on the line through the stated log odds, were these right. */
static void put_information(struct expected *x, const struct scores *s, int positive)
{
	double *odds = scores_odds(s, positive);

	for (size_t i = 0; i < s->n; i++) {
		double p = 1 / (1 + exp(-odds[i])), w = p * (1 - p) / (double)s->n;
		x->information[0] += w;
		x->information[1] += w * odds[i];
		x->information[2] += w * odds[i] * odds[i];
	}
	free(odds);
}

static void put_row(const struct metrics *m, const char *name, double value, double width, double n, double effect,
                    const char *method, FILE *f)
{
	char buf[NUM_TEXT];

	fprintf(f, "%s\t%s\t", name, num_text(value, buf));
	fprintf(f, "%s\t", num_text(width, buf));
	fprintf(f, "%s\t", num_text(ceil(n), buf));
	fprintf(f, "%s\t", num_text(effect, buf));
	fprintf(f, "%s\t", num_text(ceil(n * effect), buf));
	fprintf(f, "%s\t%s\n", num_text(m->how.boot.level, buf), method);
}

/* What the design effect is at most, images of a patient being all alike: the mean number of images that share an
 * image's patient. */
static double most_alike(const struct metrics *m)
{
	double *images = xcalloc(m->npatient + 1, sizeof *images), square = 0;

	for (size_t i = 0; i < m->scores->n; i++)
		images[m->of[i]]++;
	for (size_t k = 0; k < m->npatient; k++)
		square += images[k] * images[k];
	free(images);
	return square / (double)m->scores->n;
}

/* Images of a patient count for less: how much, from the interval that there is for the sensitivity or specificity. */
static double design_effect(const struct metrics *m, const struct estimate *e)
{
	const struct estimate alone = stat_wilson_share(e->value, (double)e->n, m->how.boot.level);
	double ratio = (e->hi - e->lo) / (alone.hi - alone.lo);

	return m->patients.n < m->scores->n && isfinite(ratio) ? fmin(most_alike(m), fmax(1, ratio * ratio)) : 1;
}

int eval_size(const struct metrics *m, const struct eval_widths *w, FILE *f, struct err *e)
{
	const struct scores *s = m->scores;
	const struct estimate *recall = metrics_get(m, "recall"), *specificity = metrics_get(m, "specificity");
	double p = m->how.prevalence > 0 ? m->how.prevalence : metrics_get(m, "prevalence") ?
	           metrics_get(m, "prevalence")->value : NAN;

	if (s->nclass != 2 || !(p > 0 && p < 1))
		return err_set(e, "sizes are for two classes, of which both are there");
	struct expected x = {recall->value, p, m->how.boot.level, {0}};
	double effect[2] = {design_effect(m, recall), design_effect(m, specificity)}, worse = fmax(effect[0], effect[1]);

	fputs("measure\tvalue\twidth\tindependent\tdesign_effect\timages\tlevel\tmethod\n", f);
	put_row(m, "recall", x.value, w->share, least(width_of_share, &x, w->share) / p, effect[0],
	        "exact binomial; images of both classes", f);
	x.value = specificity->value;
	put_row(m, "specificity", x.value, w->share, least(width_of_share, &x, w->share) / (1 - p), effect[1],
	        "exact binomial; images of both classes", f);
	x.value = metrics_get(m, "auc")->value;
	put_row(m, "auc", x.value, w->share, least(width_of_auc, &x, w->share), worse, "Riley 2021, Newcombe 2006", f);
	put_row(m, "observed_to_expected", 1, w->ratio, least(width_of_ratio, &x, w->ratio), worse, "Riley 2021", f);
	put_information(&x, s, m->how.positive);
	put_row(m, "calibration_slope", 1, w->slope, least(width_of_slope, &x, w->slope), worse, "Riley 2021", f);
	return 0;
}
