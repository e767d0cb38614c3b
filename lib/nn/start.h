#ifndef NN_START_H
#define NN_START_H

#include "nn/net.h"

/* What a network starts from. Lists name START_NAMES at most, and then how many more. */
enum { START_NAMES = 20 };
struct start {
	int loaded, total;  /* parameters filled from the weights; all */
	bool *from_weights; /* [total] which they are */
	bool head;          /* all that started at random is a classifier that the weights have for other outputs */
	struct text random; /* modules ("layer4.0.conv1") with a parameter that started at random; "" where there are none */
	struct text other;  /* tensors of another shape than the network's, with both */
	struct text unused; /* tensors that are no parameter of the network */
};
/* Random parameters by seed; then those that weights (NULL: none) have, with torchvision's names and shapes. What
 * weights tell of themselves as init.sha256, and as train.sha256 of the images they were trained on, goes to n->meta.
 * Weights of another architecture are an error: a convolution that the network has not, or has in another shape. (A
 * head may differ, and so may the auxiliary one; a map is made of first layers, of weights that have more.)
 * start_free in either case. */
int start_net(struct net *n, uint64_t seed, const struct record *weights, struct start *s, struct err *e);
void start_free(struct start *s);

/* Modules named as graph_select's prefixes forget what they learned: they start at random again, running statistics
 * too. n->meta tells of it as `randomised`. */
int start_again(struct net *n, const char *prefixes, uint64_t seed, struct err *e);

/* All of it as a line for people: "100 of 102 tensors loaded; started at random: fc; ...". Fresh memory. */
char *start_text(const struct start *s);

#endif
