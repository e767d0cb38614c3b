#ifndef CMD_METRICS_H
#define CMD_METRICS_H

#include <stdbool.h>

#include "stat/metrics.h"
#include "stat/scores.h"
#include "tool.h"

/* What the command line of cxr-metrics asks for. */
enum { MAX_FILTERS = 16 };
struct choice {
	const char *input, *positive, *output;
	struct filter filter[MAX_FILTERS];
	int nfilter;
	int curve;  /* -1: none */
	int format; /* 't'able, 'v' for tsv, 'j'son */
	bool has_threshold, has_rule, allow_seen, force;
	double threshold;
	const char *choose_on; /* NULL: the threshold is given */
	struct threshold_rule rule;
	struct metrics_how how;
};
void choice_parse(struct choice *c, int argc, char **argv);
void choice_free(struct choice *c);

/* Fills s from FILE (NULL and "-": standard input), a score table or a scored stream: the content tells which. Dies
 * with a message on anything else. */
void input_scores(struct scores *s, const char *path, const struct filter *filter, int nfilter);

/* As scores_read, from a stream. The threshold is the models'. */
int stream_scores(struct scores *s, struct source *src, const struct filter *filter, int nfilter, struct err *e);

/* Sets the predictions of s by a threshold that c->rule chooses on the scores of c->choose_on; dies when pictures are
 * in both (unless forced). */
void choose_threshold(const struct choice *c, struct scores *s);

#endif
