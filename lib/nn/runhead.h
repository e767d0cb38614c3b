#ifndef NN_RUNHEAD_H
#define NN_RUNHEAD_H

#include "nn/net.h"
#include "stream/sink.h"

/* What stands before the items wherever models are run on a stream: the check that it was made for them, and what is
 * said of them in the output. */

/* Was the stream prepared as the model wants it? -1: its recipe is another one, or nonsense; `force` lets another
 * pass. */
int runhead_check(const struct reader *in, const struct net *net, bool force, struct err *e);
/* The head of the output: classes of the models (those of the stream stay where the output is a map), and a line of
 * provenance, "-m DIGEST ..." before the options. */
void runhead_set(struct record *head, struct net *const *net, int n, const char *tool, const char *options);
/* A model record for each. 0 or -1. */
int runhead_put_models(struct sink *out, struct net *const *net, int n, struct err *e);

/* Labels that are none of the model's classes: taken from the items and counted. */
struct strangers {
	char *name[8]; /* the first few kinds */
	int kinds;     /* of those; more when `more` */
	bool more;
	int64_t items;
};
/* Empties such a label. One thread at a time. */
void strangers_see(struct strangers *s, const struct classes *known, struct record *item);
/* One line with both sets of names, fresh memory; NULL when there was none. */
char *strangers_tell(const struct strangers *s, const struct classes *known);
void strangers_free(struct strangers *s);

#endif
