/* FROC by hand: what finds a lesion, what is a false positive, and the curve that follows. */
#include "made.h"
#include "near.h"
#include "stat/table.h"

#define HEAD "image\tx\ty\twidth\theight\tpeak_x\tpeak_y\tpeak\tshare\tmap\tclass\tp\tcalled\tlabel\tpatient\n"
#define BOX(image, x, y, peak, p, label) \
	image "\t0\t0\t9\t9\t" x "\t" y "\t" peak "\t.1\tcam\tB\t" p "\t1\t" label "\t" image "\n"

/* Two lesions in a, one in b, none in c, whose label says so; d is not known. */
static const char truth_text[] = "image\tx\ty\twidth\theight\na.png\t10\t10\t5\t5\na.png\t20\t20\t5\t5\nb.png\t0\t0\t4\t4\n";
static const char parts_text[] = HEAD
	BOX("s/a.png", "12", "12", "1", ".9", "B")  /* .9 finds the first */
	BOX("s/a.png", "14", "14", ".8", ".9", "B") /* .72 the same again: neither */
	BOX("s/a.png", "15", "15", ".5", ".9", "B") /* .45 just beside both: false */
	BOX("s/b.png", "3", "3", ".5", ".8", "")    /* .4 finds */
	BOX("s/c.png", "3", "3", "1", ".6", "A")    /* .6 false */
	"s/e.png\t\t\t\t\t\t\t\t\tcam\tB\t.1\t0\tA\te\n"
	BOX("s/d.png", "3", "3", "1", "1", "B");

static int read_both(struct froc *r, struct boxlist *truth, const char *parts, struct err *e)
{
	struct source src;
	int rc;

	*truth = (struct boxlist){0};
	source_memory(&src, "truth", truth_text, strlen(truth_text));
	assert_int_equal(boxlist_read(truth, &src, e), 0);
	source_close(&src);
	source_memory(&src, "parts", parts, strlen(parts));
	rc = froc_read(r, &src, truth, e);
	source_close(&src);
	return rc;
}

/* Four images: false positives per image .25 at a score of .6, .5 at .45. Found: 1, 1, 1, then 2 of 3. */
static void by_hand(void **state)
{
	static const double found[7] = {1 / 3., 1 / 3., 2 / 3., 2 / 3., 2 / 3., 2 / 3., 2 / 3.};
	const struct bootstrap how = {.resamples = 20, .threads = 1, .seed = 1, .level = .95};
	struct boxlist truth;
	struct written w;
	struct froc r;
	struct err e;

	(void)state;
	assert_int_equal(read_both(&r, &truth, parts_text, &e), 0);
	assert_int_equal(r.items.n, 4);
	assert_int_equal(r.unknown, 1);
	assert_int_equal(froc_write(&r, &how, written_start(&w), &e), 0);
	written_end(&w);
	struct cells c = cells_text(w.text);

	free(w.text);
	assert_int_equal(c.rows, 9);
	assert_string_equal(cells_at(&c, 1, "measure"), "froc");
	assert_string_equal(cells_at(&c, 2, "measure"), "froc_0.125");
	assert_near(cells_number(&c, 1, "value"), (2 * 1 + 5 * 2) / 21., 1e-9);
	for (size_t k = 0; k < 7; k++)
		assert_near(cells_number(&c, k + 2, "value"), found[k], 1e-9);
	assert_true(cells_number(&c, 1, "n") == 3);
	cells_free(&c);

	froc_curve(&r, written_start(&w));
	written_end(&w);
	assert_string_equal(w.text, "map\tscore\tfalse_positives\tsensitivity\ncam\t0.9\t0\t0.333333333\n"
	                            "cam\t0.72\t0\t0.333333333\ncam\t0.6\t0.25\t0.333333333\n"
	                            "cam\t0.45\t0.5\t0.333333333\ncam\t0.4\t0.5\t0.666666667\n");
	free(w.text);
	froc_free(&r);
	boxlist_free(&truth);
}

static void damage_is_told(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{"", "parts: empty"},
		{"image\tx\n", "no column peak_x"},
		{HEAD BOX("a.png", "x", "1", "1", "1", "B"), "line 2: a peak or p is no number"},
		{HEAD BOX("a.png", "1", "nan", "1", "1", "B"), "line 2: a peak or p is no number"},
		{HEAD "a.png\t1\n", "line 2: 2 columns, the header has 15"},
		{HEAD BOX("a.png", "1", "1", "1", "1", "B") BOX("b.png", "1", "1", "1", "1", "B")
		 BOX("a.png", "1", "1", "1", "1", "B"), "a.png: its rows are not together"},
		{HEAD BOX("a.png", "1", "1", "1", "1", "B") "b.png\t\t\t\t\t\t\t\t\tnew\tB\t1\t1\tB\tb\n",
		 "not every map is there of every image"},
	};
	const struct bootstrap how = {.resamples = 2, .threads = 1, .seed = 1, .level = .95};
	struct boxlist truth;
	struct froc r;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(read_both(&r, &truth, cases[i].text, &e), -1);
		if (!strstr(e.text, cases[i].why))
			fail_msg("'%s' does not say '%s'", e.text, cases[i].why);
		froc_free(&r);
		boxlist_free(&truth);
	}
	assert_int_equal(read_both(&r, &truth, HEAD BOX("c.png", "1", "1", "1", "1", "A"), &e), 0);
	assert_int_equal(froc_write(&r, &how, stderr, &e), -1); /* no lesion anywhere: no share of them */
	froc_free(&r);
	boxlist_free(&truth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),
		cmocka_unit_test(damage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
