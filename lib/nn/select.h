#ifndef NN_SELECT_H
#define NN_SELECT_H

#include "nn/graph.h"

/* Questions about a graph. */

/* Marks parameters whose name starts with one of the comma-separated prefixes ("name+": it and every node after it in
 * node order; NULL: all) as trained, running statistics never. Fails on a prefix that fits nothing. */
int graph_select(const struct graph *g, const char *prefixes, bool *train, struct err *e);
/* Does a parameter or module name start with prefix [n], at a boundary of dots? ("layer1" does not fit "layer10.x".) */
bool graph_under(const char *name, const char *prefix, size_t n);

/* The node of that name, or the last one under it ("layer4": what layer4 puts out); NULL when there is none. */
const struct node *graph_last_under(const struct graph *g, const char *name);

/* The one node behind which everything lies that is trained, or random in training: what is before it is the same for
 * an image every time. NULL when there is none but the input, or several. train: [nparam]. */
const struct node *graph_frozen(const struct graph *g, const bool *train);

/* The feature: the node whose value the global average pooling in front of the output averages; NULL where there is
 * none, or one for each branch of a stack. *dense (unless dense is NULL) is the one dense layer between the two, NULL
 * where more lies there than it and what changes nothing in eval mode (dropout, flatten). With it, logit k is the mean
 * over places of w_k times the feature, plus a bias: its gradient at every place is w_k / (h*w), and maps follow from
 * the feature alone. */
const struct node *graph_feature(const struct graph *g, const struct node **dense);

/* The same of a network that may be a stack: the average poolings whose values, one after another, the dense layer
 * reads, to gap [GAPS]. How many, 0: it has another head. */
enum { GAPS = 8 };
int graph_gaps(const struct graph *g, const struct node *gap[GAPS], const struct node **dense);

#endif
