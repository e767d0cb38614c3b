#ifndef CMD_METRICS_H
#define CMD_METRICS_H

#include <stdbool.h>

#include "stat/metrics.h"
#include "stat/scores.h"
#include "tool/tool.h"

/* What the command line of cxr-metrics asks for. */
enum { MAX_FILTERS = 16 };
struct choice {
	const char *input, *positive, *output;
	struct filter filter[MAX_FILTERS];
	int nfilter;
	int curve;  /* -1: none */
	int format; /* 't'able, 'v' for tsv, 'j'son */
	bool maps, has_threshold, has_rule, allow_seen, force;
	double threshold;
	const char *choose_on; /* NULL: the threshold is given */
	const char *calibrate_on, *compare; /* NULL: do not */
	const char *by;
	bool platt, has_calibrate;
	struct threshold_rule rule;
	struct metrics_how how;
};
void choice_parse(struct choice *c, int argc, char **argv);

/* Fills s from FILE (NULL and "-": standard input), a score table or a scored stream: the content tells which. Dies
 * with a message on anything else. */
void input_scores(struct scores *s, const char *path, const struct filter *filter, int nfilter);

/* As scores_read, from a stream. The threshold is the models'. */
int stream_scores(struct scores *s, struct source *src, const struct filter *filter, int nfilter, struct err *e);

/* Sets the predictions of s by a threshold that c->rule chooses on the scores of c->choose_on; dies when images are
 * in both (unless forced). k: the calibration of s, NULL when there is none. */
struct calibration;
void choose_threshold(const struct choice *c, const struct calibration *k, struct scores *s);

/* Fits a temperature, or of two classes Platt's line, on the scores of c->calibrate_on (as choose_threshold, on other
 * images) and replaces the probabilities. */
struct calibration {
	double intercept, slope; /* of the raw output */
};
struct calibration calibrate_fit(const struct choice *c, const struct scores *s);
void calibrate_use(const struct calibration *k, int positive, struct scores *s);

/* The scores of s under shifts get the calibration (NULL: none) and the threshold of s. */
void shifts_follow(const struct choice *c, const struct calibration *k, struct scores *s);

/* How many images are in both. */
size_t shared_items(const struct scores *a, const struct scores *b);
/* Scores of other images with the same classes; dies when they are not. *both: how many are in s as well, none
 * unless forced. */
void other_scores(const struct choice *c, const struct scores *s, const char *path, struct scores *on, size_t *both);

/* Rows stress.<shift>.<measure> and what they are together; there must be shifts. */
void stress_measure(struct metrics *m);
void stress_table(const struct metrics *m, FILE *f); /* for people */

/* Tables instead of the metrics: each group against the rest; the scores of c->compare beside s. */
void print_groups(const struct choice *c, const struct scores *s);
void print_comparison(const struct choice *c, const struct scores *s);

/* --maps: the measures of every map. */
struct maps {
	char **name, **measure; /* in the order of the table */
	int nname, nmeasure;
	struct scores items;    /* the images: only who they are */
	struct map_row {
		size_t item;
		int name;
		double *value;      /* [nmeasure], NaN where it is not defined */
	} *row;
	size_t n;
	/* columns of the table */
	int id, label, patient, class, map, status;
};
void maps_read(struct maps *m, const struct choice *c, struct source *src); /* dies on anything else */
void maps_free(struct maps *m);
void print_maps(struct choice *c);

#endif
