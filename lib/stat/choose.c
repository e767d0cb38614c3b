#include "stat/stat.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

static const char *const kind_name[] = {"youden", "sensitivity", "specificity", "ppv", "cost"};

int stat_rule_parse(struct threshold_rule *rule, const char *text, struct err *e)
{
	size_t n = strcspn(text, "=");

	for (int k = BY_YOUDEN; k <= BY_COST; k++) {
		if (strlen(kind_name[k]) != n || strncmp(text, kind_name[k], n))
			continue;
		*rule = (struct threshold_rule){k, 0};
		if (k == BY_YOUDEN && !text[n])
			return 0;
		if (k != BY_YOUDEN && text[n] && num_double(text + n + 1, &rule->at) && rule->at > 0 &&
		    rule->at <= (k == BY_COST ? 1e9 : 1))
			return 0;
	}
	return err_set(e, "'%s' is none of youden, sensitivity=X, specificity=X, ppv=X, cost=X", text);
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

int stat_choose(const struct threshold_rule *rule, const double *p, const unsigned char *positive, size_t n,
                double *threshold, struct err *e)
{
	double npos = 0, best = -INFINITY;
	size_t count;

	for (size_t i = 0; i < n; i++)
		npos += positive[i] != 0;
	if (npos == 0 || npos == (double)n)
		return err_set(e, "a threshold cannot be chosen from one class only");
	struct point *point = stat_curve(p, NULL, positive, n, &count);
	for (size_t i = 1; i < count; i++) {
		double m = merit(rule, &point[i], npos, (double)n - npos);
		if (m > best + 1e-12) {
			best = m;
			*threshold = point[i].score;
		}
	}
	free(point);
	if (isinf(best))
		return err_set(e, "no threshold has a %s of %g", kind_name[rule->kind], rule->at);
	return 0;
}
