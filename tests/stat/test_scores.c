/* The score table as a hostile file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>

#include "stat/metrics.h"
#include "table.h"

#define HEAD "id\tlabel\tpatient\tsplit\tz_B\tp_A\tp_B\tpred\tstatus\tx.view\n"
#define ROW1 "1.png\tA\tp1\ttest\t-1\t0.75\t0.25\tA\tok\tPA\n"
#define ROW2 "2.png\tB\tp2\tval\t1\t0.25\t0.75\tB\tok\tAP\n"

static int read_text(struct scores *s, const char *text, size_t n, const char *only, struct err *e)
{
	struct source src;
	struct filter f = {"split", only};

	source_memory(&src, "t", text, n);
	int rc = scores_read(s, &src, &f, only != NULL, e);
	source_close(&src);
	return rc;
}

static void refused(const char *text, const char *why)
{
	struct scores s;
	struct err e = {""};

	assert_int_equal(read_text(&s, text, strlen(text), NULL, &e), -1);
	if (!strstr(e.text, why) || strncmp(e.text, "t: ", 3))
		fail_msg("'%s' does not say '%s'", e.text, why);
	scores_free(&s);
}

static void test_refused(void **state)
{
	static const char *const rows[][2] = {
		{"3.png\tA\tp1\ttest\t-1\t1.2\t-.2\tA\tok\t\n", "line 3: p of A is 1.2, not a probability"},
		{"3.png\tA\tp1\ttest\t-1\tnan\t0.2\tA\tok\t\n", "line 3: p of A is nan"},
		{"3.png\tA\tp1\ttest\tnan\t0.8\t0.2\tA\tok\t\n", "line 3: raw output 1 is not finite"},
		{"3.png\tA\tp1\ttest\tinf\t0.8\t0.2\tA\tok\t\n", "not finite"},
		{"3.png\tA\tp1\ttest\t\t0.8\t0.2\tA\tok\t\n", "line 3: '' is not a number"},
		{"3.png\tA\tp1\ttest\t1x\t0.8\t0.2\tA\tok\t\n", "'1x' is not a number"},
		{"3.png\tA\tp1\ttest\t1\t0.8\t0.3\tA\tok\t\n", "add up to 1.1"},
		{"3.png\tC\tp1\ttest\t1\t0.8\t0.2\tA\tok\t\n", "label 'C' is none of the classes"},
		{"3.png\tA\tp1\ttest\t1\t0.8\t0.2\t\tok\t\n", "pred '' is none of the classes"},
		{"3.png\tA\tp1\ttest\t1\t0.8\t0.2\tA\tok\n", "line 3: 9 columns, the header has 10"},
		{"\tA\tp1\ttest\t1\t0.8\t0.2\tA\tok\t\n", "line 3: the id is empty"},
		{"1.png\tA\tp1\ttest\t1\t0.8\t0.2\tA\tok\t\n", "id '1.png' occurs twice"},
		{"\n", "line 3: 1 columns"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = xasprintf("%s%s%s", HEAD, ROW1, rows[i][0]);
		refused(text, rows[i][1]);
		free(text);
	}
}

/* How odd an image is may be absent or not known; what is no number is not taken for that. */
static void test_odd(void **state)
{
	static const char head[] = "id\tlabel\tp_A\tp_B\tsd\todd\n1\tA\t.8\t.2\t\t\n2\tB\t.2\t.8\tnan\t1.5\n";
	struct scores s;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&s, head, strlen(head), NULL, &e), 0);
	assert_true(isnan(s.item[0].odd) && isnan(s.item[1].spread) && s.item[1].odd == 1.5);
	scores_free(&s);
	for (int i = 0; i < 4; i++) {
		char *text = xasprintf("%s3\tA\t.8\t.2\t%s\n", head, (const char *[]){"\tinf", "\tmuch", "-inf\t", "1e999\t1"}[i]);
		refused(text, "line 4: '");
		free(text);
	}
}

static void test_bad_headers(void **state)
{
	(void)state;
	refused("", "empty");
	refused("\n", "no column 'id'");
	refused("label\tp_A\tp_B\n", "no column 'id'");
	refused("id\tp_A\tp_B\n", "no column 'label'");
	refused("id\tlabel\n", "no column 'p_CLASS'");
	refused("id\tlabel\tp_A\n", "second class");
	refused("id\tlabel\tp_A\tp_B\tp_A\n", "two columns are called p_A");
	refused(HEAD, "no rows");
	refused("id\tlabel\tz_1\tz_2\tz_3\tp_A\tp_B\nx\tA\t1\t2\t3\t.5\t.5\n", "3 raw outputs do not fit 2 classes");
	refused("id\tlabel\tz_1\tp_A\tp_B\tp_C\nx\tA\t1\t.5\t.5\t0\n", "1 raw outputs do not fit 3 classes");
	refused(HEAD "1.png\tA\tp1\ttest\t\t\t\t\tcannot decode\t\n2.png\t\tp1\ttest\t1\t.2\t.8\tB\tok\t\n",
	        "no usable row: 1 without a score, 1 without a label");
}

static void test_counts_and_filter(void **state)
{
	static const char text[] = HEAD ROW1 ROW2
		"3.png\tA\tp1\ttest\t\t\t\t\tcannot decode\t\n"
		"4.png\t\tp1\ttest\t1\t.2\t.8\tB\tok\t\n"
		"5 \xc3\xa9\\t.png\tA\t\ttest\t1\t.2\t.8\tB\tseen\t\n";
	struct scores s;
	struct err e = {""};

	(void)state;
	assert_int_equal(read_text(&s, text, strlen(text), NULL, &e), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rows, 5);
	assert_int_equal(s.errors, 1);
	assert_int_equal(s.unlabelled, 1);
	assert_int_equal(s.seen, 1);
	assert_string_equal(s.item[2].id, "5 \xc3\xa9\t.png");
	assert_string_equal(s.rule, "pred column");
	assert_true(s.threshold == .5);
	scores_free(&s);
	assert_int_equal(read_text(&s, text, strlen(text), "val", &e), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.item[0].id, "2.png");
	scores_free(&s);
	assert_int_equal(read_text(&s, text, strlen(text), "none", &e), -1);
	assert_non_null(strstr(e.text, "no rows"));
	scores_free(&s);
}

/* What the pred column says of its threshold. */
static void test_threshold_of_pred(void **state)
{
	static const struct {
		const char *p, *pred; /* of four items */
		double want;
	} c[] = {{"2468", "nnyy", .5}, {"2468", "nyyy", .4}, {"2468", "nnny", .8}, {"2468", "nyny", NAN},
	         {"1234", "nnnn", .5}, {"2468", "nnnn", NAN}, {"6789", "yyyy", .5}, {"2468", "yyyy", .2}};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct text t = {0};
		struct scores s;
		struct err e = {""};
		text_add(&t, "id\tlabel\tp_A\tp_B\tpred\n");
		for (int k = 0; k < 4; k++)
			text_addf(&t, "%d\tA\t.%c\t.%c\t%s\n", k, '0' + 10 - (c[i].p[k] - '0'), c[i].p[k],
			          c[i].pred[k] == 'y' ? "B" : "A");
		assert_int_equal(read_text(&s, t.s, t.len, NULL, &e), 0);
		if (!(s.threshold == c[i].want || (isnan(s.threshold) && isnan(c[i].want))))
			fail_msg("case %zu: %g", i, s.threshold);
		scores_free(&s);
		text_free(&t);
	}
}

/* Cut anywhere, the table is read or refused, and never taken for more than it is. */
static void test_every_truncation(void **state)
{
	static const char text[] = HEAD ROW1 ROW2;
	struct scores s;
	struct err e;

	(void)state;
	for (size_t n = 0; n < sizeof text; n++) {
		if (!read_text(&s, text, n, NULL, &e))
			assert_true(s.n <= 2);
		scores_free(&s);
	}
}

/* The rank keeps apart what float32 probabilities do not, and is odd under exchange of two classes. */
static void test_rank(void **state)
{
	static const char text[] = "id\tlabel\tz_A\tz_B\tz_C\tp_A\tp_B\tp_C\n"
		"1\tA\t80\t0\t0\t1\t0\t0\n2\tB\t81\t0\t0\t1\t0\t0\n3\tC\t0\t0\t0\t.3333\t.3333\t.3334\n";
	struct scores s;
	struct err e = {""};

	(void)state;
	assert_int_equal(read_text(&s, text, strlen(text), NULL, &e), 0);
	assert_true(fabs(scores_rank(&s, 0, 0) - (80 - log(2))) < 1e-12);
	assert_true(scores_rank(&s, 1, 0) > scores_rank(&s, 0, 0));
	assert_true(fabs(scores_rank(&s, 2, 1) + log(2)) < 1e-12);
	assert_int_equal(s.item[2].pred, 2);
	scores_free(&s);
}

#define STRESS "id\tlabel\tp_A\tp_B\tx.stress\n"
#define CLEAN "1\tA\t.8\t.2\tnone\n" "2\tB\t.1\t.9\tnone\n"

static void test_shifts(void **state)
{
	static const char text[] = STRESS CLEAN "2\tB\t.7\t.3\tblur\n" "1\tA\t.6\t.4\tblur\n";
	struct filter only = {"x.stress", "blur"};
	struct source src;
	struct scores s;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&s, text, strlen(text), NULL, &e), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.rows, 2);
	assert_null(s.shift);
	assert_int_equal(s.nshifted, 1);
	assert_string_equal(s.shifted[0].shift, "blur");
	assert_string_equal(s.shifted[0].item[0].id, "1"); /* in the order of s */
	assert_true(s.shifted[0].p[1] == .4 && s.shifted[0].p[3] == .3);
	scores_free(&s);

	source_memory(&src, "t", text, strlen(text));
	assert_int_equal(scores_read(&s, &src, &only, 1, &e), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.nshifted, 0);
	scores_free(&s);
	source_close(&src);

	refused(STRESS CLEAN "2\tB\t.7\t.3\tnone\n", "id '2' occurs twice");
	refused(STRESS CLEAN "2\tB\t.7\t.3\tblur\n" "2\tB\t.7\t.3\tblur\n", "x.stress blur: id '2' occurs twice");
	refused(STRESS CLEAN "2\tB\t.7\t.3\tblur\n", "x.stress blur: not the same images");
	refused(STRESS "2\tB\t.7\t.3\tblur\n", "no rows");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_odd),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_counts_and_filter),
		cmocka_unit_test(test_threshold_of_pred),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_shifts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
