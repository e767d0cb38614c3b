#ifndef NN_TEAM_H
#define NN_TEAM_H

#include "nn/net.h"

/* What several models say together of one image.
 *
 * One model: logit are its raw outputs, prob its probabilities after the temperature. Several members: prob is the
 * mean of theirs, and logit what belongs to that mean: its log-odds where every model has one output, else the log of
 * every class's probability (in double, from the models' outputs: nothing saturates). So the order by logit is the
 * order by prob. The threshold is the models', .5 where they differ. */
struct team {
	struct net **net; /* borrowed */
	int n;
	int logits, classes; /* outputs, classes */
	double threshold;
};

/* n >= 1 models with equal classes and recipes (else the message says which differ). 0 or -1. */
int team_set(struct team *t, struct net **net, int n, struct err *e);

/* Log probabilities of the classes from a model's outputs z. */
void team_log_probs(const struct net *n, const float *z, double *log_prob);
/* The log of the mean probability of a class over members whose log probabilities are log_prob [members, classes]. */
double team_log_mean(const struct team *t, const double *log_prob, int members, int class);
/* The mean of those members: logit [logits], prob [classes]. */
void team_mean(const struct team *t, const double *log_prob, int members, float *logit, float *prob);
/* The same from the outputs z[i] of every model; of one model they are passed on, bit for bit. */
void team_scores(const struct team *t, const float *const *z, float *logit, float *prob);

/* Are all of an image's scores numbers? -1 where a logit (NULL: not known) or probability is not finite: that is no
 * answer. */
int team_check(const struct team *t, const float *logit, const float *prob, struct err *e);

/* The class that prob names: of two, the last where its p >= threshold; else the most probable, ties: the first. */
int team_pred(const struct team *t, const float *prob);

#endif
