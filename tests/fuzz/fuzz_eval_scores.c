/* libFuzzer: any bytes as scores, of a stream or a table; then all that is done with scores: measures, groups, shifts,
 * the comparison with themselves, calibration, a threshold, cuts. */
#include <stdio.h>
#include <stdlib.h>

#include "eval/eval.h"
#include "reached.h"
#include "stream/stream.h"
#include "stream_mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct bootstrap boot = {.resamples = 3, .threads = 1, .level = .95};

static void calibrate(struct scores *s, FILE *f)
{
	struct threshold_rule rule;
	struct calibration k;
	struct err e;
	double threshold;

	if (stat_rule_parse(&rule, "sensitivity=.9", &e))
		abort();
	if (!eval_choose(&rule, s, EVAL_CLEAN, s->nclass - 1, &threshold, &e) && !(threshold >= 0 && threshold <= 1))
		abort();
	eval_cuts_write(s, EVAL_CLEAN, f);
	if (eval_calibrate(&k, s, s->nclass - 1, s->nclass == 2, &e))
		return;
	eval_apply(&k, s->nclass - 1, s);
	for (size_t i = 0; i < s->n * (size_t)s->nclass; i++)
		if (!(s->p[i] >= 0 && s->p[i] <= 1))
			abort();
}

static void measure(struct scores *s, FILE *f)
{
	const struct metrics_how how = {.positive = s->nclass - 1, .boot = boot};
	struct metrics m;
	struct err e;

	if (!metrics_make(&m, s, &how, &e)) {
		if (s->nshifted && !stress_measure(&m, &e))
			stress_table(&m, f);
		metrics_tsv(&m, f);
		metrics_free(&m);
	}
}

static int read_any(struct scores *s, const uint8_t *data, size_t size, int nfilter)
{
	const struct filter by = {"patient", NULL};
	struct source src;
	struct err e;
	int rc;

	source_memory(&src, "fuzz", data, size);
	rc = (source_is_stream(&src, &e) > 0 ? eval_stream : scores_read)(s, &src, &by, nfilter, &e);
	source_close(&src);
	return rc;
}

static void compare(const struct scores *s, const uint8_t *data, size_t size, FILE *f)
{
	const struct metrics_how how = {.positive = s->nclass - 1, .boot = boot};
	struct scores other;
	struct err e;

	if (!read_any(&other, data, size, 0)) {
		struct eval_shared both = eval_shared(s, &other);

		if (both.images != s->n || eval_compare(s, &other, &how, .1, f, &e))
			abort(); /* they are the same */
	}
	scores_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scores s;
	struct err e;
	FILE *f = fopen("/dev/null", "w");

	if (!f)
		abort();
	if (!read_any(&s, data, size, size % 2)) {
		fuzz_reached++;
		measure(&s, f);
		if (size % 2)
			eval_groups(&s, &(struct metrics_how){.positive = s.nclass - 1, .boot = boot}, f, &e);
		else
			compare(&s, data, size, f);
		calibrate(&s, f);
	}
	scores_free(&s);
	fclose(f);
	return 0;
}
