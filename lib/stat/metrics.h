#ifndef STAT_METRICS_H
#define STAT_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "stat/measure.h"
#include "stat/scores.h"
#include "stat/stat.h"

/* What cxr-metrics says of a set of scores, as rows `metric value lo hi n`, and how it is written. */
struct metrics_how {
	int positive;          /* of two classes: 0 or 1 */
	bool bootstrap_all;    /* no closed forms: every interval from resampling patients */
	struct bootstrap boot; /* resamples 0: no bootstrap intervals (NaN) */
};
struct metric {
	char *name; /* with more than two classes also <measure>.<class> */
	struct estimate e;
};
struct metrics {
	struct metric *row;
	size_t n, cap;
	int64_t *confusion; /* [label][pred] */
	const struct scores *scores; /* borrowed */
	struct metrics_how how;
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

/* Tables to plot from, TSV with a header; one class against the rest, `class` first. */
#define CURVES(X) \
	X(roc) X(pr) X(calibration) X(confusion) X(decision) X(operating) X(prevalence) X(referral) X(failures)
enum curve {
#define X(name) CURVE_##name,
	CURVES(X)
#undef X
	NCURVE
};
extern const char *const curve_name[NCURVE];
void metrics_curve(const struct metrics *m, enum curve c, FILE *f);
void metrics_use(const struct metrics *m, enum curve c, FILE *f); /* those from decision on; for metrics_curve */

#endif
