#ifndef ZOO_ZOO_H
#define ZOO_ZOO_H

#include "nn/net.h"

/* Architecture specs: NAME[:key=value...], e.g. resnet18, resnet50:classes=2. See cxr-model(1). */

/* Builds the network of a spec for the recipe's size and channels with `logits` outputs (a classes= in the spec wins;
 * 0: 1 logit). Parameters are zero. The canonical spec (with classes=, channels=) is in net->arch. NULL with a
 * message for unknown names, keys, or an image too small. */
struct net *zoo_net(const char *spec, const struct recipe *recipe, int logits, struct err *e);

/* Does the spec say that the output is a map (dense=)? */
bool zoo_gives_map(const char *spec);

/* Reads a model file: builds its arch and fills it; every parameter must be there. */
struct net *zoo_load(const char *path, struct err *e);

/* All architectures, one a line: name and a few words. */
void zoo_names(FILE *f);

#endif
