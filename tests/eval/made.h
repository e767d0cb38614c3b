#ifndef TESTS_EVAL_MADE_H
#define TESTS_EVAL_MADE_H

/* Sets of scores made of arrays: what tests of lib/eval share. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/eval.h"
#include "unit.h"

struct made {
	const char *id, *patient, *group;
	int label;
	double z; /* log odds of B */
};

/* Of two classes, A and B, with raw outputs. */
static inline struct scores made_scores(const struct made *m, size_t n)
{
	static char *const classes[] = {"A", "B"};
	struct scores s;
	struct err e;

	assert_int_equal(scores_start(&s, classes, 2, &e), 0);
	for (size_t i = 0; i < n; i++) {
		double p[] = {1 / (1 + exp(m[i].z)), 1 / (1 + exp(-m[i].z))};
		struct score_row row = {
			.id = m[i].id, .label = classes[m[i].label], .patient = m[i].patient ? m[i].patient : "", .group = m[i].group,
			.z = &m[i].z, .p = p, .nz = 1,
		};

		if (scores_add(&s, &row, &e))
			fail_msg("%s", e.text);
	}
	assert_int_equal(scores_end(&s, &e), 0);
	return s;
}

#define MADE(array) made_scores(array, sizeof(array) / sizeof *(array))

/* What a function writes, as text. */
struct written {
	FILE *f;
	char *text;
	size_t n;
};

static inline FILE *written_start(struct written *w)
{
	return w->f = open_memstream(&w->text, &w->n);
}

static inline char *written_end(struct written *w)
{
	fclose(w->f);
	return w->text;
}

#endif
