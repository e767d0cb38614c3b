/* Images that a model does not answer for. */
#include "nn/abstain.h"

#include <stdlib.h>

#include "stat/conformal.h"
#include "stat/scores.h"

int abstain_set(struct abstain *a, const struct net *n, double coverage, struct err *e)
{
	*a = (struct abstain){xcalloc(n->classes.n, sizeof *a->cut), n->classes.n, net_logits(n)};
	for (int k = 0; k < a->classes; k++) {
		char *name = xasprintf("conformal.%d", k);
		const char *text = record_get(&n->meta, name);

		free(name);
		if (!text)
			return err_set(e, "the model does not say when not to answer: set --from what cxr-metrics calibrate -o "
			               "writes (cxr-model)");
		if (conformal_find(text, coverage, &a->cut[k], e))
			return -1;
	}
	return 0;
}

void abstain_free(struct abstain *a)
{
	free(a->cut);
}

bool abstain_is(const struct abstain *a, const float *logit, int pred)
{
	double *z = xreallocarray(NULL, a->logits, sizeof *z);
	bool alone = true;

	for (int i = 0; i < a->logits; i++)
		z[i] = logit[i];
	for (int k = 0; k < a->classes; k++)
		alone = alone && (scores_rank_of(z, a->logits, k) >= a->cut[k]) == (k == pred);
	free(z);
	return !alone;
}
