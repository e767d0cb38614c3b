#ifndef TESTS_ZOO_PICTURES_H
#define TESTS_ZOO_PICTURES_H

#include "nn/nets.h"
#include "zoo/zoo.h"

/* Pictures by formula: patches of one value under noise, so that they differ in more than noise. With stream 12 hardly a value
 * of a ResNet-18 comes so near to zero that a float falls on the other side of a ReLU. */
static inline void formula_pictures(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = .5f * noise(i, 12) + noise(i / 200, 2);
}

/* The next training passes keep their batch's own statistics, as eval mode wants them. */
static inline void keep_statistics(struct net *n, float momentum)
{
	for (int i = 0; i < n->g->nnode; i++)
		n->g->node[i]->momentum = momentum;
}

#endif
