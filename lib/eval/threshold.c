/* Thresholds: chosen on images as they are or under shifts too, and what both choices come to. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Images as they are and, where asked for, once more under every shift: part 0, 1, ... Fresh memory in *c. */
static void gather(struct choice *c, const struct scores *s, enum eval_where where, int positive)
{
	int shifts = where == EVAL_STRESS ? s->nshifted : 0;
	size_t n = s->n * (1 + (size_t)shifts);
	double *p = xreallocarray(NULL, n, sizeof *p);
	unsigned char *y = xmalloc(n);
	uint32_t *part = xreallocarray(NULL, n, sizeof *part);

	*c = (struct choice){p, y, part, n};
	for (int k = 0; k <= shifts; k++) {
		const struct scores *of = k ? &s->shifted[k - 1] : s;
		for (size_t i = 0; i < of->n; i++) {
			*p++ = of->p[2 * i + positive];
			*y++ = of->item[i].label == positive;
			*part++ = (uint32_t)k;
		}
	}
}

static void gathered_free(struct choice *c)
{
	free((void *)c->p);
	free((void *)c->positive);
	free((void *)c->part);
}

int eval_choose(const struct threshold_rule *rule, const struct scores *on, enum eval_where where, int positive,
                double *threshold, struct err *e)
{
	struct choice c;

	gather(&c, on, where, positive);
	int rc = stat_choose(rule, &c, threshold, e);
	gathered_free(&c);
	return rc;
}

double eval_threshold_for_model(double threshold)
{
	return threshold * (1 - 2.5e-7);
}

void eval_follow(const struct calibration *k, bool chosen, int positive, struct scores *s)
{
	double threshold = positive == 1 ? s->threshold : 1 - s->threshold;

	for (int i = 0; i < s->nshifted; i++) {
		if (k)
			eval_apply(k, positive, &s->shifted[i]);
		if (chosen)
			scores_predict(&s->shifted[i], positive, threshold, s->rule);
	}
}

/* Sensitivity (of the positives) or specificity at a threshold; a patient's images under all shifts are his. */
static struct estimate rate_at(const struct metrics *m, const struct choice *c, double threshold, bool positives)
{
	size_t items = m->scores->n;
	unsigned char *hit = xmalloc(2 * c->n + 1), *counts = hit + c->n;
	uint32_t *of = xreallocarray(NULL, c->n + 1, sizeof *of);

	for (size_t i = 0; i < c->n; i++) {
		of[i] = m->of[i % items];
		counts[i] = (c->positive[i] != 0) == positives;
		hit[i] = (c->p[i] >= threshold) == positives;
	}
	struct estimate e = stat_share_clustered(hit, counts, c->n, (struct clusters){of, m->npatient},
	                                         m->how.boot.level);
	free(hit);
	free(of);
	return e;
}

static void add_rate(struct metrics *m, const char *chosen, const char *name, const struct choice *c,
                     double threshold)
{
	char *row = xasprintf("%s.%s", chosen, name);

	m->method = "wilson, design effect";
	metrics_add(m, row, "sensitivity", rate_at(m, c, threshold, true));
	metrics_add(m, row, "specificity", rate_at(m, c, threshold, false));
	free(row);
}

void eval_operating(struct metrics *m, const struct threshold_rule *rule)
{
	const struct scores *s = m->scores;
	struct choice on[2];
	static const char *const chosen[] = {"chosen_clean", "chosen_stress"};
	struct err e;

	gather(&on[0], s, EVAL_CLEAN, m->how.positive);
	gather(&on[1], s, EVAL_STRESS, m->how.positive);
	for (int k = 0; k < (s->nshifted ? 2 : 1); k++) {
		double threshold;
		if (stat_choose(rule, &on[k], &threshold, &e))
			continue;
		m->method = "";
		metrics_add(m, chosen[k], "threshold", (struct estimate){threshold, NAN, NAN, (int64_t)on[k].n});
		add_rate(m, chosen[k], "clean", &on[0], threshold);
		if (s->nshifted)
			add_rate(m, chosen[k], "stress", &on[1], threshold);
	}
	gathered_free(&on[0]);
	gathered_free(&on[1]);
}
