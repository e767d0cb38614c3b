#ifndef STAT_SCORES_H
#define STAT_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"

/* Scored items with known labels: what every measure is computed from. Filled from a score table (scores_read) or row
 * by row (scores_start, scores_add, scores_end). */
struct scored_item {
	char *id, *patient, *group; /* patient "" when not known; group NULL without such a filter */
	int label, pred;    /* classes; pred -1 until scores_end where rows came without */
	bool undecided;     /* pred is what would have been answered */
	double spread;      /* of draws or models (column sd); NaN: not known */
	double odd;         /* how unlike the training images, 1 and more: unlike them; NaN: not known */
	char *sha256;       /* of the image's file, "" when not known */
};
struct scores {
	char **class;      /* nclass names, at least 2; the last one is the positive one of two */
	int nclass;
	int nlogit;        /* 0 (ranked by probability), 1 (two classes, sigmoid) or nclass; -1 before the first item */
	struct scored_item *item; /* the n usable rows */
	double *z, *p;     /* n x nlogit, n x nclass */
	size_t n, cap;
	int64_t rows, errors, unlabelled, seen, undecided; /* rows selected; of these without a score, without a label
	                                           (both left out), trained on, and without an answer (both kept) */
	double threshold;  /* of two classes: the last is predicted where its p >= threshold; NaN: not known */
	const char *rule;  /* where the predictions come from */
	bool outputs_only; /* there were no probabilities: they are those of raw outputs as they are */
	double temperature, bias; /* that p was fitted with afterwards, as cxr-model(1) has them; 0: none */
	char *shift;       /* name of the shift these images were scored under; NULL: as they are */
	struct scores *shifted; /* the same images under shifts (cxr-infer --stress), in the order of their rows */
	int nshifted;
};

/* Rows are kept where every filter's column holds one of the words of its comma list. With value NULL all are kept,
 * and what the column holds becomes the items' group. */
struct filter {
	const char *column, *value;
};

/* Reads the table `id label patient split z_<output>... p_<class>... pred status x.<column>...`, found by the names in
 * its header. id, label and two or more p_ columns must be there; without z_ items are ranked by p, without any p_ the
 * softmax of two or more z_, which then name the classes, takes its place, without pred the
 * rule is p >= .5 (the largest p of more than two classes), without status all rows are ok. Rows whose x.stress is
 * neither empty nor `none` are the scores of a shift (unless a filter is on that column). Fails, with the line's
 * number, on numbers that are none, probabilities outside [0,1] or not adding up to 1, labels that are no class, ids
 * that occur twice, swapped columns, and when no usable row
 * is left. *s is overwritten; scores_free it in either case. */
int scores_read(struct scores *s, struct source *src, const struct filter *filter, int nfilter, struct err *e);

/* One row; strings are copied. label "" is counted as unlabelled, status other than ok and seen (NULL: ok) as error,
 * and neither is kept. pred NULL: by threshold; "undecided" where no class has that name: not answered. z and p are
 * checked. */
struct score_row {
	const char *id, *label, *patient, *pred, *status;
	const double *z, *p; /* nz raw outputs, the same number in all rows, and a probability for each class */
	int nz;
	const char *group; /* NULL: none */
	const char *shift; /* NULL, "" and "none": not shifted */
	double spread, odd; /* 0 or less: not known */
	const char *sha256; /* NULL: not known */
};
int scores_start(struct scores *s, char *const *class, int nclass, struct err *e);
int scores_add(struct scores *s, const struct score_row *row, struct err *e);
int scores_end(struct scores *s, struct err *e);
void scores_free(struct scores *s);
void scored_item_free(struct scored_item *it);

int scores_class(const struct scores *s, const char *name); /* index, -1 when it is none */

/* The probabilities of k classes from an output for each, or from one for the last of two. */
void scores_softmax(const double *z, int nz, double *p);

/* Predicts class `positive` of two where its p >= threshold. */
void scores_predict(struct scores *s, int positive, double threshold, const char *rule);

/* Puts the items of s into the order of `like`, which has the same classes. -1 unless both hold the same ids with the
 * same labels. */
int scores_align(struct scores *s, const struct scores *like, struct err *e);

/* How two sets of scores came to be of the same images. */
struct pairing {
	bool by_bytes;  /* else by id */
	size_t pairs;
	size_t left[2]; /* items of either without a partner, which are dropped */
};
/* Keeps what both have, in the order of a: by the SHA-256 of the images' files where both know it of all items, else by
 * id. The items of b take the ids of their partners. -1: they have nothing in common, or another label. */
int scores_pair(struct scores *a, struct scores *b, struct pairing *p, struct err *e);

/* How much item i looks like class k against all others, on a scale that does not saturate as a float32 probability
 * does: z or -z for one logit, else z_k - log sum exp of the other logits; p_k when there are no logits. */
double scores_rank(const struct scores *s, size_t i, int k);
/* Of two classes, the log odds of the stated probability of every item, fresh memory. Where it is rounded to 0 or 1
 * they follow from the raw output, if the other items show how. */
double *scores_odds(const struct scores *s, int class);
/* scores_rank of n > 0 raw outputs: one of two classes, else one of each class. */
double scores_rank_of(const double *z, int n, int k);

#endif
