#ifndef NN_INFER_H
#define NN_INFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "nn/odd.h"
#include "nn/plan.h"
#include "nn/team.h"

/* Scores of images by one or several models (team.h says how scores are joined). */
struct scorer {
	struct team team;
	int draws;               /* of each model with dropout active; 0: none */
	double *sd, *mi;         /* [batch] of the last run, see scorer_spread; NULL: not asked for */
	uint64_t *key;           /* [batch]: what makes an image's masks its own; to be filled before scorer_run */
	const struct node *feat; /* what the (first) global average pooling averages; NULL: not asked for */
	struct odd *odd;         /* of the first model, NULL: it has none */
	/* private */
	struct plan **plan;
	struct marks {
		uint64_t *mark; /* ascending */
		size_t n;
	} *marks;
	struct plan **draw; /* [n] from frozen[n] on, dropout active */
	const struct node **frozen;
	double *log_prob;   /* [batch][members][classes] */
	int batch, members;
};

/* n >= 1 models with equal classes and recipes (else the message says which differ), batches of at most `batch`
 * images. feat: keep the feature map (of one model only). NULL on error. */
struct scorer *scorer_new(struct net **net, int n, int batch, bool feat, struct pool *pool, struct err *e);
void scorer_free(struct scorer *s);
/* From now on scores are the mean of `draws` runs of each model with dropout active (Monte-Carlo dropout: Gal and
 * Ghahramani 2016), batch norm in eval mode; with draws 0 of the models as they are. And, over all these members:
 *   sd  the standard deviation of the probability of the class that is predicted by the mean (of two, of the last one)
 *   mi  the mutual information of class and member, H(mean p) - mean H(p), in nats
 * A draw is a function of (model's place, image's key, number of the draw). Fails for a model without dropout, and
 * for fewer than two members. */
int scorer_spread(struct scorer *s, int draws, struct pool *pool, struct err *e);

float *scorer_input(struct scorer *s); /* [batch,h,w,c]: fill before scorer_run */
/* logit [n,logits], prob [n,classes]. An image's scores do not depend on the batch it is in. */
void scorer_run(struct scorer *s, int n, float *logit, float *prob);
const float *scorer_feat(const struct scorer *s, int i); /* [h,w,c] of image i of the last run */
/* How odd image i of the last run is, given its facts (odd_facts of its input, before the run). */
double scorer_odd(const struct scorer *s, int i, const double fact[ODD_FACTS]);

/* The logits of image i's pixels [h,w], of a network whose output is a map; what scorer_run says of it is no score. */
const float *scorer_map(const struct scorer *s, int i);

/* Is the source with this SHA-256 (hex; NULL: not known) among those a model was trained on? */
bool scorer_seen(const struct scorer *s, const char *sha256);

#endif
