/* All measures of a sample under weights, in one pass. */
#include "stat/measure.h"

#include <math.h>
#include <string.h>

struct sums {
	double weight, square, log_loss;
	double stated[STAT_BINS], hits[STAT_BINS], bin[STAT_BINS];
};

/* The pass in the order of the items: counts and sums. A resample leaves a third of the items out, in no order that a
 * processor could foresee: a weight of 0 is added like any other. */
static struct sums add_up(const struct sample *m, const uint32_t *weight, int64_t *confusion)
{
	struct sums t = {0};

	memset(confusion, 0, sizeof *confusion * m->nclass * m->nclass);
	for (size_t i = 0; i < m->n; i++) {
		const struct sampled_item *it = &m->item[i];
		double w = weight[i];

		confusion[it->cell] += weight[i];
		t.weight += w;
		t.square += w * it->square;
		t.log_loss += w * it->log_loss;
		t.stated[it->bin] += w * it->stated;
		t.hits[it->bin] += w * it->hit;
		t.bin[it->bin] += w;
	}
	return t;
}

/* The pass in falling order of rank: area under the ROC curve (ties count half) and average precision (the step-wise
 * sum of scikit-learn). Nothing is decided by a weight, as above. */
static void rank_pass(const struct sample *m, const struct class_view *v, const uint32_t *weight, double *value)
{
	double tp = 0, fp = 0, tp_before = 0, fp_before = 0, below = 0, precision = 0;

	for (size_t i = 0; i < m->n; i++) {
		double w = weight[v->rank[i].item], hit = v->rank[i].positive;
		tp += w * hit;
		fp += w * (1 - hit);
		if (!v->rank[i].last)
			continue;
		below += (fp - fp_before) * (tp_before + tp) / 2;
		precision += (tp - tp_before) * tp / (tp + fp > 1 ? tp + fp : 1);
		tp_before = tp;
		fp_before = fp;
	}
	value[M_auc] = tp > 0 && fp > 0 ? below / tp / fp : NAN;
	value[M_average_precision] = tp > 0 ? precision / tp : NAN;
}

/* The part of the area under the ROC curve at high specificities, scaled so that guessing is .5 (McClish 1989), and
 * the best recall that keeps one. Of each tie group the ends are points of the curve, with a line between. */
static void left_of_curve(const struct sample *m, const struct class_view *v, const uint32_t *weight, double npos,
                          double nneg, double *value)
{
	double tp = 0, fp = 0, tp_before = 0, fp_before = 0, area = 0, best = 0, limit = (1 - partial_from) * nneg;

	for (size_t i = 0; i < m->n && fp_before <= limit; i++) {
		double w = weight[v->rank[i].item], hit = v->rank[i].positive;
		tp += w * hit;
		fp += w * (1 - hit);
		if (!v->rank[i].last)
			continue;
		double to = fmin(fp, limit), share = fp > fp_before ? (to - fp_before) / (fp - fp_before) : 0;
		area += (to - fp_before) * (tp_before + share * (tp - tp_before) / 2);
		if (fp <= (1 - specificity_of_recall) * nneg + 1e-9 * nneg)
			best = tp;
		tp_before = tp;
		fp_before = fp;
	}
	double whole = 1 - partial_from, least = whole * whole / 2;
	bool both = npos > 0 && nneg > 0;
	value[M_partial_auc] = both ? .5 + .5 * (area / npos / nneg - least) / (whole - least) : NAN;
	value[M_recall_at_specificity_95] = both ? best / npos : NAN;
}

/* 1 + 1/2 + ... + 1/n of a whole number n (Euler and Maclaurin; what is left out is below 1e-12). */
static double harmonic(double n)
{
	const double euler = .57721566490153286, few = 32;
	double sum = 0;

	if (n >= few)
		return log(n) + euler + 1 / (2 * n) - 1 / (12 * n * n) + 1 / (120 * n * n * n * n);
	for (double k = 1; k <= n; k++)
		sum += 1 / k;
	return sum;
}

/* Area under the risk-coverage curve: the mean, over the numbers of images kept, of the share of wrong calls among the
 * surest. Images that are equally sure come in any order: each has the tie group's mean error. A wrong call counts
 * 1/k in every number k that keeps it, so only the groups that have some are looked at. */
static double risk_area(const struct sample *m, const uint32_t *weight, double total)
{
	double sum = 0, n = 0, group = 0, wrong = 0, all = harmonic(total);

	for (size_t i = 0; i < m->n; i++) {
		double w = weight[m->sure.rank[i].item];
		group += w;
		wrong += w * !m->sure.rank[i].positive;
		if (!m->sure.rank[i].last)
			continue;
		if (wrong > 0) {
			for (double k = 1; k <= group; k++)
				sum += wrong * k / group / (n + k);
			sum += wrong * (all - harmonic(n + group));
		}
		n += group;
		group = wrong = 0;
	}
	return n > 0 ? sum / n : NAN;
}

static double share(double k, double n)
{
	return n > 0 ? k / n : NAN;
}

static double of_label(const int64_t *confusion, int nclass, int c)
{
	double sum = 0;

	for (int k = 0; k < nclass; k++)
		sum += confusion[c * nclass + k];
	return sum;
}

/* One class against the rest, from the confusion matrix. */
static void class_counts(const int64_t *confusion, int nclass, int c, double total, double *value)
{
	double tp = confusion[c * nclass + c], pos = of_label(confusion, nclass, c), called = 0;

	for (int k = 0; k < nclass; k++)
		called += confusion[k * nclass + c];
	double tn = total - pos - called + tp;
	value[M_precision] = share(tp, called);
	value[M_recall] = share(tp, pos);
	value[M_specificity] = share(tn, total - pos);
	value[M_npv] = share(tn, total - called);
	value[M_f1] = share(2 * tp, pos + called);
}

/* Chance-corrected agreement of label and prediction, for any number of classes: Cohen's kappa, and Matthews'
 * coefficient as Gorodkin's R_K. */
static void agreement(const int64_t *confusion, int nclass, double total, double *value)
{
	double right = 0, chance = 0, labels = 0, calls = 0, recalls = 0;

	for (int c = 0; c < nclass; c++) {
		double label = 0, called = 0;
		for (int k = 0; k < nclass; k++) {
			label += confusion[c * nclass + k];
			called += confusion[k * nclass + c];
		}
		right += confusion[c * nclass + c];
		recalls += share(confusion[c * nclass + c], label);
		chance += label * called;
		labels += label * label;
		calls += called * called;
	}
	double all = total * total, spread = sqrt(all - labels) * sqrt(all - calls);
	value[M_accuracy] = share(right, total);
	value[M_balanced_accuracy] = recalls / nclass;
	value[M_mcc] = spread > 0 ? (right * total - chance) / spread : 0;
	value[M_kappa] = share(right * total - chance, all - chance);
}

static double mean_over_classes(const double *value, int nclass, int measure)
{
	double sum = 0;

	for (int k = 1; k <= nclass; k++)
		sum += value[k * NMEASURE + measure];
	return sum / nclass;
}

/* Calibration over the bins: the expected error, and Murphy's parts of the Brier score. */
static void calibration(const struct sums *t, double *value)
{
	double gap = 0, reliability = 0, resolution = 0, hits = 0;

	for (int b = 0; b < STAT_BINS; b++)
		hits += t->hits[b];
	double mean = share(hits, t->weight);
	for (int b = 0; b < STAT_BINS; b++) {
		if (!(t->bin[b] > 0))
			continue;
		double off = t->stated[b] - t->hits[b], from_mean = t->hits[b] / t->bin[b] - mean;
		gap += fabs(off);
		reliability += off * off / t->bin[b];
		resolution += t->bin[b] * from_mean * from_mean;
	}
	value[M_ece] = share(gap, t->weight);
	value[M_reliability] = share(reliability, t->weight);
	value[M_resolution] = share(resolution, t->weight);
	value[M_uncertainty] = mean * (1 - mean);
}

void sample_measure(const struct sample *m, const uint32_t *weight, int64_t *confusion, double *value)
{
	struct sums t = add_up(m, weight, confusion);

	for (size_t v = 0; v < sample_values(m); v++)
		value[v] = NAN; /* a class has no accuracy of its own */
	for (int v = 0; v < m->nview; v++) {
		double *of_class = m->nview == 1 ? value : value + (1 + v) * NMEASURE;
		class_counts(confusion, m->nclass, m->view[v].class, t.weight, of_class);
		rank_pass(m, &m->view[v], weight, of_class);
		double pos = of_label(confusion, m->nclass, m->view[v].class);
		left_of_curve(m, &m->view[v], weight, pos, t.weight - pos, of_class);
	}
	if (m->nview > 1) {
#define WHOLE(measure)
#define CLASS(measure) value[measure] = mean_over_classes(value, m->nclass, measure);
#define X(name, scope, interval) scope(M_##name)
		MEASURES(X)
#undef X
#undef WHOLE
#undef CLASS
	}
	agreement(confusion, m->nclass, t.weight, value);
	value[M_aurc] = risk_area(m, weight, t.weight);
	calibration(&t, value);
	value[M_brier] = share(t.square, t.weight);
	value[M_log_loss] = share(t.log_loss, t.weight);
}
