#ifndef STAT_METRICS_H
#define STAT_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "stat/cluster.h"
#include "stat/measure.h"
#include "stat/scores.h"
#include "stat/stat.h"

/* What cxr-metrics says of a set of scores, as rows `metric value lo hi n level method patients positive`, and how it
 * is written. */
struct metrics_how {
	int positive;          /* of two classes: 0 or 1 */
	bool bootstrap_all;    /* no closed forms: every interval from resampling patients */
	double prevalence;     /* stated, for net benefit and predictive values; 0: that of the images */
	bool by_image;         /* closed forms take each image for a patient of its own */
	struct bootstrap boot; /* resamples 0: no bootstrap intervals (NaN) */
};
struct metric {
	char *name; /* with more than two classes also <measure>.<class> */
	struct estimate e;
	const char *method; /* of the interval, or why there is none; "" for counts */
};
struct metrics {
	struct metric *row;
	size_t n, cap;
	int64_t *confusion; /* [label][pred] */
	const struct scores *scores; /* borrowed */
	struct metrics_how how;
	size_t npatient;    /* an image of unknown patient counts as one */
	/* private */
	uint32_t *of, *each;      /* patients; every image for itself */
	struct clusters patients; /* what closed forms count */
	int64_t rarest;     /* images of the rarest class */
	const char *method; /* of the next row */
};
int metrics_make(struct metrics *m, const struct scores *s, const struct metrics_how *how, struct err *e);
/* One more row, <name> or <name>.<part>. */
void metrics_add(struct metrics *m, const char *name, const char *part, struct estimate e);
void metrics_free(struct metrics *m);
const struct estimate *metrics_get(const struct metrics *m, const char *name); /* NULL when there is no such row */

/* The rows as TSV and JSON (numbers %.9g; undefined nan and null), and as an aligned table for people. Write errors
 * are left in f. */
void metrics_tsv(const struct metrics *m, FILE *f);
void metrics_json(const struct metrics *m, FILE *f);
void metrics_table(const struct metrics *m, FILE *f);

/* One class against the rest, as plain arrays. */
struct against {
	double *rank, *p;
	unsigned char *positive;
};
struct against against_make(const struct scores *s, int class);
void against_free(struct against *a);

/* Tables to plot from, TSV with a header; one class against the rest, `class` first. */
#define CURVES(X) \
	X(roc, "true and false positive rate at each threshold") \
	X(pr, "precision and recall at each threshold") \
	X(calibration, "stated probability and observed share in bins") \
	X(confusion, "counts of labels and predictions") \
	X(smooth, "stated probability and a smooth curve of the observed share (two classes)") \
	X(decision, "net benefit at each threshold probability (Vickers 2006)") \
	X(operating, "sensitivity and specificity at chosen points") \
	X(prevalence, "predictive values at other prevalences") \
	X(referral, "what is gained by leaving the least certain images to a reader") \
	X(failures, "wrong predictions, the most certain first")
enum curve {
#define X(name, words) CURVE_##name,
	CURVES(X)
#undef X
	NCURVE
};
extern const char *const curve_name[NCURVE], *const curve_words[NCURVE];
void metrics_curve(const struct metrics *m, enum curve c, FILE *f);
void metrics_use(const struct metrics *m, enum curve c, FILE *f); /* those from decision on; for metrics_curve */

#endif
