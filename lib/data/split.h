#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/list.h"

/* The parts of a split and their shares, which sum to 1. */
struct shares {
	char **name;
	double *part;
	int n;
};
/* From "train=0.85,val=0.15": positive, together 1 to within .001 (then scaled to 1), no name twice. */
int shares_parse(struct shares *s, const char *text, struct err *e);
/* From "i/k", 1 <= i <= k, 2 <= k <= 1000: k equal parts named 1 .. k, and *fold = i. */
int shares_parse_fold(struct shares *s, int *fold, const char *text, struct err *e);
void shares_free(struct shares *s);

/* Gives every item a part, in its split: groups of items (a patient's; with by_image each item alone) stay together,
 * every label is spread over the parts as the shares say, as closely as groups allow. Depends on the set of items and
 * the seed alone, not on their order.
 *
 * Groups are taken largest first, in an order drawn by (seed, group); each goes where most is missing of its labels;
 * then single groups move while that brings the counts of the labels and of all closer to the shares.
 *
 * keep: comma list of splits, or NULL. Items that have one keep it; other items of their patients get no split, counted
 * in *left. fold > 0: the part of that number is called val and all others train. Fails when a part stays empty. */
struct split_options {
	const struct shares *shares;
	int fold;
	bool by_image;
	const char *keep;
	uint64_t seed;
};
int split_list(struct list *l, const struct split_options *o, size_t *left, struct err *e);


#endif
