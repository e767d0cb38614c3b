#ifndef NN_START_H
#define NN_START_H

#include "nn/net.h"

/* What a network starts from. Module names ("layer4.0.conv1"), comma lists, "" where there are none. */
struct start {
	int loaded, total;    /* parameters filled from the file; all */
	struct text random;   /* modules with a parameter that started at random */
	struct text unused;   /* tensors of the file that are no parameter of the network, or of another shape */
};
/* Random parameters by seed; then those that the safetensors file path has (NULL: none has), whose SHA-256 goes to
 * n->meta as init.sha256. start_free in either case. */
int start_net(struct net *n, uint64_t seed, const char *path, struct start *s, struct err *e);
void start_free(struct start *s);

#endif
