/* Several models that score together: they must agree on recipe and classes, and their probabilities are averaged. */
#include "nn/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static int check_pair(const struct net *a, const struct net *b, struct err *e)
{
	char x[RECIPE_TEXT], y[RECIPE_TEXT];

	if (strcmp(recipe_format(&a->recipe, x), recipe_format(&b->recipe, y)))
		return err_set(e, "models of different recipes: '%s' and '%s'", x, y);
	if (a->classes.n != b->classes.n)
		return err_set(e, "models with %d and %d classes", a->classes.n, b->classes.n);
	for (int k = 0; k < a->classes.n; k++)
		if (strcmp(a->classes.name[k], b->classes.name[k]))
			return err_set(e, "models of different classes: %s and %s", a->classes.name[k], b->classes.name[k]);
	return 0;
}

int team_set(struct team *t, struct net **net, int n, struct err *e)
{
	*t = (struct team){net, n, 1, net[0]->classes.n, net[0]->threshold};
	for (int i = 0; i < n; i++) {
		if (check_pair(net[0], net[i], e))
			return -1;
		if (net_logits(net[i]) != 1)
			t->logits = t->classes;
		if (net[i]->threshold != t->threshold)
			t->threshold = .5;
	}
	return 0;
}

/* log(sum(exp(v[i * stride]))) without overflow. */
static double log_sum_exp(const double *v, int n, int stride)
{
	double top = v[0], sum;

	for (int i = 1; i < n; i++)
		top = fmax(top, v[i * stride]);
	sum = exp(v[0] - top);
	for (int i = 1; i < n; i++)
		sum += exp(v[i * stride] - top);
	return top + log(sum);
}

/* One output z is the two outputs 0, z. */
void team_log_probs(const struct net *n, const float *z, double *log_prob)
{
	int k = n->classes.n, single = net_logits(n) == 1;
	double total;

	for (int i = 0; i < k; i++)
		log_prob[i] = (single ? (i ? z[0] : 0) : z[i]) / n->temperature;
	log_prob[k - 1] += n->bias;
	total = log_sum_exp(log_prob, k, 1);
	for (int i = 0; i < k; i++)
		log_prob[i] -= total;
}

double team_log_mean(const struct team *t, const double *log_prob, int members, int class)
{
	return log_sum_exp(log_prob + class, members, t->classes) - log(members);
}

void team_mean(const struct team *t, const double *log_prob, int members, float *logit, float *prob)
{
	int k = t->classes;
	double before = 0;

	for (int c = 0; c < k; c++) {
		double mean = team_log_mean(t, log_prob, members, c);

		prob[c] = (float)exp(mean);
		if (t->logits == k)
			logit[c] = (float)mean;
		else
			logit[0] = (float)(mean - before); /* of the last two: the log-odds */
		before = mean;
	}
}

void team_scores(const struct team *t, const float *const *z, float *logit, float *prob)
{
	double *log_prob;

	if (t->n == 1) {
		memcpy(logit, z[0], (size_t)t->logits * sizeof *logit);
		net_probs(t->net[0], logit, prob);
		return;
	}
	log_prob = xcalloc((size_t)t->n * (size_t)t->classes, sizeof *log_prob);
	for (int i = 0; i < t->n; i++)
		team_log_probs(t->net[i], z[i], log_prob + i * t->classes);
	team_mean(t, log_prob, t->n, logit, prob);
	free(log_prob);
}

int team_pred(const struct team *t, const float *prob)
{
	int best = 0;

	if (t->classes == 2)
		return prob[1] >= t->threshold;
	for (int k = 1; k < t->classes; k++)
		if (prob[k] > prob[best])
			best = k;
	return best;
}

int team_check(const struct team *t, const float *logit, const float *prob, struct err *e)
{
	char value[NUM_TEXT];

	for (int i = 0; logit && i < t->logits; i++)
		if (!isfinite(logit[i]))
			return err_set(e, "the score is not a number (logit %s)", num_text(logit[i], value));
	for (int i = 0; i < t->classes; i++)
		if (!(prob[i] >= 0 && prob[i] <= 1 + 1e-5F)) /* sums of rounded exponentials */
			return err_set(e, "the score is not a %s (probability %s)", isfinite(prob[i]) ? "probability" : "number",
			               num_text(prob[i], value));
	return 0;
}
