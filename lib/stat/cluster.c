/* Intervals and tests that count patients, not images. */
#include "stat/cluster.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

double stat_t_quantile(double p, double degrees)
{
	double z = stat_normal_quantile(p), z2 = z * z, v = degrees;

	return z * (1 + (z2 + 1) / (4 * v) + ((5 * z2 + 16) * z2 + 3) / (96 * v * v) +
	            (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * v * v * v));
}

enum { KURTOSIS = 3 }; /* of the normal distribution */

/* Degrees of freedom of a variance that is the sum of squares of n patients: what they would be for as many normal
 * values with that kurtosis. A few patients that make all of it are few. */
static double degrees(double square, double fourth, double n)
{
	return fmax(1, fmin(n - 1, KURTOSIS * square * square / fourth));
}

/* Sums over the items of each patient, by class: of v less the mean of its class, and how many items there are. */
struct patient_sum {
	double off[2];
	size_t n[2];
};

static struct patient_sum *sum_patients(const double *v, const unsigned char *y, size_t n, struct clusters c,
                                        const double mean[2])
{
	struct patient_sum *sum = xcalloc(c.n + 1, sizeof *sum);

	for (size_t i = 0; i < n; i++) {
		struct patient_sum *s = &sum[c.of[i]];
		int k = y[i] != 0;
		s->off[k] += v[i] - mean[k];
		s->n[k]++;
	}
	return sum;
}

/* Components of both classes together: their mean (over the positives; over the negatives it is the same), Obuchowski's
 * variance of it (NaN below two patients of a class), its degrees of freedom, and the patients of the rarer class. */
struct component_mean {
	double value, variance, freedom;
	size_t least;
};

static struct component_mean mean_components(const double *v, const unsigned char *y, size_t n, struct clusters c)
{
	double total[2] = {0, 0}, mean[2] = {0, 0}, square[2] = {0, 0}, cross = 0, sum2 = 0, sum4 = 0;
	size_t with[2] = {0, 0}, all = 0;

	for (size_t i = 0; i < n; i++) {
		total[y[i] != 0]++;
		mean[y[i] != 0] += v[i];
	}
	mean[0] /= total[0];
	mean[1] /= total[1];
	struct patient_sum *sum = sum_patients(v, y, n, c, mean);
	for (size_t k = 0; k < c.n; k++) {
		for (int side = 0; side < 2; side++) {
			square[side] += sum[k].off[side] * sum[k].off[side];
			with[side] += sum[k].n[side] > 0;
		}
		cross += sum[k].off[0] * sum[k].off[1];
		double part = sum[k].off[0] / total[0] + sum[k].off[1] / total[1];
		sum2 += part * part;
		sum4 += part * part * part * part;
		all += sum[k].n[0] + sum[k].n[1] > 0;
	}
	free(sum);
	struct component_mean m = {mean[1], NAN, NAN, with[0] < with[1] ? with[0] : with[1]};
	if (m.least < 2)
		return m;
	m.freedom = degrees(sum2, sum4, (double)m.least);
	m.variance = square[1] * with[1] / (with[1] - 1.) / (total[1] * total[1]) +
	             square[0] * with[0] / (with[0] - 1.) / (total[0] * total[0]) +
	             2 * cross * all / (all - 1.) / (total[0] * total[1]);
	return m;
}

static bool both_classes(const double *score, const unsigned char *y, size_t n)
{
	size_t count[2] = {0, 0};

	for (size_t i = 0; i < n; i++) {
		count[y[i] != 0]++;
		if (isnan(score[i]))
			return false;
	}
	return count[0] && count[1];
}

/* Where all of n are hits: how low the share may be (Clopper and Pearson 1934). */
static double exact_low(double n, double level)
{
	return pow((1 - level) / 2, 1 / n);
}

struct estimate stat_auc_clustered(const double *score, const unsigned char *positive, size_t n, struct clusters c,
                                   double level)
{
	struct estimate e = {NAN, NAN, NAN, (int64_t)n};

	if (!both_classes(score, positive, n))
		return e;
	double *v = stat_auc_components(score, positive, n);
	struct component_mean m = mean_components(v, positive, n, c);
	double a = e.value = m.value;
	free(v);
	if (isnan(m.variance))
		return e;
	if (m.variance <= 0 || a <= 0 || a >= 1) {
		double low = exact_low((double)m.least, level);
		e.lo = a > .5 ? a * low : fmax(0, a - 1 + low);
		e.hi = a < .5 ? 1 - (1 - a) * low : fmin(1, a + 1 - low);
		return e;
	}
	double odds = log(a / (1 - a));
	double half = stat_t_quantile(.5 + level / 2, m.freedom) * sqrt(m.variance) / (a * (1 - a));
	e.lo = 1 / (1 + exp(half - odds));
	e.hi = 1 / (1 + exp(-half - odds));
	return e;
}

struct estimate stat_auc_difference_clustered(const double *a, const double *b, const unsigned char *positive, size_t n,
                                              struct clusters c, double level, double *p)
{
	struct estimate e = {NAN, NAN, NAN, (int64_t)n};

	*p = NAN;
	if (!both_classes(a, positive, n) || !both_classes(b, positive, n))
		return e;
	double *v = stat_auc_components(a, positive, n), *other = stat_auc_components(b, positive, n);
	for (size_t i = 0; i < n; i++)
		v[i] -= other[i];
	struct component_mean m = mean_components(v, positive, n, c);
	free(v);
	free(other);
	e.value = m.value;
	if (isnan(m.variance))
		return e;
	double se = sqrt(m.variance), half = stat_t_quantile(.5 + level / 2, m.freedom) * se;
	if (!(se > 0)) /* all patients alike: what the exact binomial leaves open; of equal scores nothing is known */
		half = e.value == 0 ? NAN : 1 - exact_low((double)m.least, level);
	e.lo = fmax(-1, e.value - half);
	e.hi = fmin(1, e.value + half);
	if (isnan(half))
		e.lo = e.hi = NAN;
	*p = se > 0 ? 2 * stat_normal_cdf(-fabs(e.value) / se) : e.value == 0 ? 1 : NAN;
	return e;
}

struct estimate stat_share_clustered(const unsigned char *hit, const unsigned char *counts, size_t n, struct clusters c,
                                     double level)
{
	struct share_sum {
		double hits, items;
	} *sum = xcalloc(c.n + 1, sizeof *sum);
	double items = 0, hits = 0, square = 0, fourth = 0, patients = 0, z = stat_normal_quantile(.5 + level / 2);

	for (size_t i = 0; i < n; i++)
		if (counts[i]) {
			sum[c.of[i]].items++;
			sum[c.of[i]].hits += hit[i] != 0;
			items++;
			hits += hit[i] != 0;
		}
	for (size_t k = 0; k < c.n; k++) {
		double off = sum[k].hits - hits / items * sum[k].items;
		square += sum[k].items > 0 ? off * off : 0;
		fourth += sum[k].items > 0 ? off * off * off * off : 0;
		patients += sum[k].items > 0;
	}
	free(sum);
	if (items == 0)
		return (struct estimate){NAN, NAN, NAN, 0};
	double p = hits / items, effective = patients;
	if (square > 0 && patients > 1) {
		double var = square * patients / (patients - 1) / (items * items);
		double t = stat_t_quantile(.5 + level / 2, degrees(square, fourth, patients));
		effective = p * (1 - p) / var * (z / t) * (z / t);
	}
	struct estimate e = stat_wilson_share(p, fmin(effective, items), level);
	e.n = (int64_t)items;
	return e;
}

double stat_mcnemar_clustered(const signed char *d, size_t n, struct clusters c)
{
	struct pair_sum {
		double off, items;
	} *sum = xcalloc(c.n + 1, sizeof *sum);
	double total = 0, square = 0;

	for (size_t i = 0; i < n; i++) {
		sum[c.of[i]].off += d[i];
		sum[c.of[i]].items++;
	}
	for (size_t k = 0; k < c.n; k++) {
		double mean = sum[k].items > 0 ? sum[k].off / sum[k].items : 0;
		total += mean;
		square += mean * mean;
	}
	free(sum);
	return square > 0 ? 2 * stat_normal_cdf(-fabs(total) / sqrt(square)) : 1;
}
