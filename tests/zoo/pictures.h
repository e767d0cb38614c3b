#ifndef TESTS_ZOO_PICTURES_H
#define TESTS_ZOO_PICTURES_H

#include "nn/nets.h"
#include "zoo/zoo.h"

/* Images by formula: patches of one value under noise, so that they differ in more than noise. Streams are chosen so
 * that hardly a value of the network comes so near to zero that a float falls on the other side of a ReLU. */
static inline void stream_images(float *x, size_t n, uint32_t stream)
{
	for (size_t i = 0; i < n; i++)
		x[i] = .5f * noise(i, stream) + noise(i / 200, 2);
}

static inline void formula_images(float *x, size_t n)
{
	stream_images(x, n, 12); /* ResNet-18's */
}

/* The next training passes keep their batch's own statistics, as eval mode wants them. */
static inline void keep_statistics(struct net *n, float momentum)
{
	for (int i = 0; i < n->g->nnode; i++)
		n->g->node[i]->momentum = momentum;
}

/* No dropout: its masks are everybody's own. */
static inline void no_dropout(struct net *n)
{
	for (int i = 0; i < n->g->nnode; i++)
		n->g->node[i]->rate = 0;
}

#endif
