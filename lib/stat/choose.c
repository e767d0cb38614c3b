/* Thresholds by a rule. */
#include "stat/stat.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static const struct {
	const char *name;
	double most; /* of its number; 0: it has none */
} rule_kind[] = {
	[BY_YOUDEN] = {"youden", 0}, [BY_SENSITIVITY] = {"sensitivity", 1}, [BY_SPECIFICITY] = {"specificity", 1},
	[BY_PPV] = {"ppv", 1}, [BY_COST] = {"cost", 1e9}, [BY_EQUAL] = {"equal", 0}, [BY_WORST] = {"worst", 0},
	[BY_MIDDLE] = {"middle", 1},
};
enum { RULES = sizeof rule_kind / sizeof *rule_kind };

int stat_rule_parse(struct threshold_rule *rule, const char *text, struct err *e)
{
	size_t n = strcspn(text, "=");

	for (int k = 0; k < RULES; k++) {
		double most = rule_kind[k].most;
		if (strlen(rule_kind[k].name) != n || strncmp(text, rule_kind[k].name, n))
			continue;
		*rule = (struct threshold_rule){k, 0};
		if (most <= 0 && !text[n])
			return 0;
		if (most > 0 && text[n] && num_double(text + n + 1, &rule->at) && rule->at > 0 && rule->at <= most)
			return 0;
	}
	return err_set(e, "'%s' is none of youden, equal, worst, sensitivity=X, specificity=X, ppv=X, cost=X, middle=X",
	               text);
}

/* How good a point is by the rule; -inf where it does not reach the rate. Points come from the highest threshold down:
 * the lowest one that keeps a specificity is the one of largest tpr. Rates are shares of whole numbers: a rounding
 * error must not miss 0.9 of 10. */
static double merit(const struct threshold_rule *rule, const struct point *at, double npos, double nneg)
{
	const double slack = 1e-12;

	switch (rule->kind) {
	case BY_YOUDEN:
		return at->tpr - at->fpr;
	case BY_EQUAL:
		return fmin(at->tpr, 1 - at->fpr);
	case BY_SENSITIVITY:
		return at->tpr >= rule->at - slack ? -at->fpr : -INFINITY;
	case BY_SPECIFICITY:
		return 1 - at->fpr >= rule->at - slack ? at->tpr : -INFINITY;
	case BY_PPV:
		return at->precision >= rule->at - slack ? at->tpr : -INFINITY;
	default:
		return -(rule->at * (1 - at->tpr) * npos + at->fpr * nneg);
	}
}

/* The highest of the p whose merit is largest; the merit. */
static double best_point(const struct threshold_rule *rule, const struct choice *c, double npos, double *threshold)
{
	size_t count;
	struct point *point = stat_curve(c->p, NULL, c->positive, c->n, &count);
	double best = -INFINITY;

	for (size_t i = 1; i < count; i++) {
		double m = merit(rule, &point[i], npos, (double)c->n - npos);
		if (m > best + 1e-12) {
			best = m;
			*threshold = point[i].score;
		}
	}
	free(point);
	return best;
}

struct placed_item {
	double p;
	size_t item;
};

static int falling(const void *a, const void *b)
{
	double x = ((const struct placed_item *)a)->p, y = ((const struct placed_item *)b)->p;
	return (x < y) - (x > y);
}

/* Counts of a part: all negatives and positives, and those that are called positive. */
struct part_count {
	double all[2], called[2];
};

static double worst_balance(const struct part_count *part, size_t n)
{
	double worst = INFINITY;

	for (size_t k = 0; k < n; k++)
		if (part[k].all[0] > 0 && part[k].all[1] > 0)
			worst = fmin(worst, part[k].called[1] / part[k].all[1] - part[k].called[0] / part[k].all[0]);
	return worst;
}

/* The same for the worst part: items move over to `called` in falling order of p. */
static double best_of_worst(const struct choice *c, double *threshold)
{
	struct placed_item *order = xreallocarray(NULL, c->n, sizeof *order);
	size_t parts = 1;
	double best = -INFINITY;

	for (size_t i = 0; i < c->n; i++) {
		order[i] = (struct placed_item){c->p[i], i};
		parts = c->part && c->part[i] >= parts ? c->part[i] + 1 : parts;
	}
	struct part_count *part = xcalloc(parts, sizeof *part);
	for (size_t i = 0; i < c->n; i++)
		part[c->part ? c->part[i] : 0].all[c->positive[i] != 0]++;
	qsort(order, c->n, sizeof *order, falling);
	for (size_t i = 0; i < c->n; i++) {
		size_t item = order[i].item;
		part[c->part ? c->part[item] : 0].called[c->positive[item] != 0]++;
		if (i + 1 < c->n && order[i + 1].p == order[i].p)
			continue;
		double worst = worst_balance(part, parts);
		if (worst > best + 1e-12) {
			best = worst;
			*threshold = order[i].p;
		}
	}
	free(order);
	free(part);
	return best;
}

static double log_odds(double p)
{
	return log(fmax(p, DBL_EPSILON) / fmax(1 - p, DBL_EPSILON));
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The log odds that all but a share `miss` of a class are on the right side of. */
static double edge(const struct choice *c, bool positives, double miss)
{
	double *odds = xreallocarray(NULL, c->n, sizeof *odds);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if ((c->positive[i] != 0) == positives)
			odds[n++] = log_odds(c->p[i]);
	qsort(odds, n, sizeof *odds, ascending);
	double at = stat_quantile(odds, n, positives ? miss : 1 - miss);
	free(odds);
	return at;
}

int stat_choose(const struct threshold_rule *rule, const struct choice *c, double *threshold, struct err *e)
{
	double npos = 0, best = 0;

	for (size_t i = 0; i < c->n; i++)
		npos += c->positive[i] != 0;
	if (npos == 0 || npos == (double)c->n)
		return err_set(e, "a threshold cannot be chosen from one class only");
	if (rule->kind == BY_MIDDLE)
		*threshold = 1 / (1 + exp(-(edge(c, true, 1 - rule->at) + edge(c, false, 1 - rule->at)) / 2));
	else
		best = rule->kind == BY_WORST ? best_of_worst(c, threshold) : best_point(rule, c, npos, threshold);
	if (isinf(best))
		return err_set(e, "no threshold has a %s of %g", rule_kind[rule->kind].name, rule->at);
	return 0;
}
