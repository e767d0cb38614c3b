/* Chapters of the page and the whole of it: escaping, folders that lack most files, several runs, valid HTML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "report/chapters.h"
#include "unit.h"

/* Folders, empty at the start of each test. */
static char top[] = "/tmp/cxr-page.XXXXXX";

static void put_file(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", top, name), *slash = strrchr(path, '/');
	struct err e;

	*slash = '\0';
	assert_int_equal(file_mkdirs(path, &e), 0);
	*slash = '/';
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static int load(struct report *r, struct err *e)
{
	*r = (struct report){.dir = top, .shown = 6};
	return report_load(r, e);
}

static char *chapter(void (*section)(FILE *f, const struct report *r), const struct report *r)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	section(f, r);
	fclose(f);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %.500s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in: %.500s", part, strstr(text, part));
}

/* The whole page, which tidy (where it is installed) finds nothing in. Fresh memory. */
static char *page(void)
{
	struct report r;
	struct err e = {""};
	char *text, *path = xasprintf("%s.html", top), *tidy = xasprintf("tidy -q -e %s 2>&1", path);
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (load(&r, &e) || report_page(f, &r, &e))
		fail_msg("%s", e.text);
	fclose(f);
	report_free(&r);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	if (!system("command -v tidy >/dev/null") && system(tidy))
		fail_msg("tidy: see above");
	unlink(path);
	free(path);
	free(tidy);
	return text;
}

#define SCORES "id\tlabel\tpatient\tsplit\tz_ILL\tp_WELL\tp_ILL\tpred\tstatus\n"
#define METRICS "metric\tvalue\tlo\thi\tn\n"

static void a_run(void)
{
	put_file("list.tsv", "path\tlabel\tpatient\tsplit\nd/0.png\tWELL\ta\ttrain\nd/1.png\tILL\tb\ttest\n");
	put_file("scores-test.tsv", SCORES "d/1.png\tILL\tb\ttest\t1\t.27\t.73\tILL\tok\n"
	                            "d/2.png\tWELL\tc\ttest\t1\t.27\t.73\tILL\tok\n");
	put_file("metrics.tsv", METRICS "auc\t0.75\t0.301\t1\t4\naccuracy\t0.5\t0.15\t0.85\t4\n");
	put_file("log.tsv", "epoch\ttrain_loss\tval_loss\tval_auc\tbest\n1\t.6\t.7\t.8\t1\n2\t.5\t.6\t.95\t1\n");
}

static void a_whole_run(void **state)
{
	(void)state;
	a_run();
	char *text = page();

	has(text, "0.750");
	has(text, "<html");
	has_not(text, "http://");  /* self-contained */
	has_not(text, "<script");
	has_not(text, "https://");
	free(text);
}

/* Whatever a cell holds, it is text. */
static void cells_are_escaped(void **state)
{
	static const char evil[] = "<script>alert(1)</script>&\"'";
	char *row = xasprintf(SCORES "%s\tILL\t%s\ttest\t-1\t.73\t.27\tWELL\tok\n", evil, evil);
	char *list = xasprintf("path\tlabel\tpatient\tsplit\n%s\t%s\t%s\t%s\n", evil, evil, evil, evil);
	char *log = xasprintf("epoch\ttrain_loss\tval_loss\tval_auc\tbest\t%s\n1\t.6\t.7\t.8\t1\t%s\n", evil, evil);

	(void)state;
	a_run();
	put_file("scores-test.tsv", row);
	put_file("list.tsv", list);
	put_file("log.tsv", log);
	put_file("audit.tsv", "check\tverdict\n<b>x</b>\t<i>y</i>\n");
	put_file("commands/4-train", "cxr-train -a '<b>' < \"train.cxr\" & wait\n");
	char *text = page();

	has_not(text, "<script");
	has_not(text, "<b>x");
	has_not(text, "<i>y");
	has(text, "&lt;b&gt;x&lt;/");
	has(text, "&lt;script&gt;");
	has(text, "&#39;&lt;b&gt;&#39; &lt; ");
	free(text);
	free(row);
	free(list);
	free(log);
}

/* Each table alone makes a page; chapters without their files say so or are left out. */
static void files_that_are_absent(void **state)
{
	static const struct { const char *file, *text; } alone[] = {
		{"list.tsv", "path\tlabel\tpatient\tsplit\nd/0.png\tA\ta\ttrain\n"},
		{"log.tsv", "epoch\ttrain_loss\tval_loss\tval_auc\tbest\n1\t.6\t.7\t.8\t1\n"},
		{"scores-test.tsv", SCORES "d/1.png\tILL\tb\ttest\t1\t.27\t.73\tILL\tok\n"},
		{"metrics.tsv", METRICS "auc\t0.75\t0.301\t1\t4\n"},
		{"audit.tsv", "check\tverdict\nx\tpassed\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
		char *path = xasprintf("%s/%s", top, alone[i].file);

		put_file(alone[i].file, alone[i].text);
		char *text = page();

		has_not(text, "(null)");
		has_not(text, ">nan<");
		free(text);
		unlink(path);
		free(path);
	}
}

static void chapters_alone(void **state)
{
	struct report r;
	struct err e;

	(void)state;
	a_run();
	assert_int_equal(load(&r, &e), 0);
	char *text = chapter(section_stress, &r);

	has(text, "class=missing"); /* says that there is nothing; the page leaves it out */
	free(text);
	text = chapter(section_data, &r);
	has(text, "ILL");
	free(text);
	text = chapter(section_training, &r);
	has(text, "0.95");
	free(text);
	text = chapter(section_images, &r);
	has(text, "no heat maps");
	free(text);
	report_free(&r);
}

static void folders_that_are_none(void **state)
{
	struct report r;
	struct err e;

	(void)state;
	assert_int_equal(load(&r, &e), -1);
	has(e.text, "nothing of a run is in this folder");
	report_free(&r);
	put_file("metrics.tsv", "metric\tvalue\nauc\t0.75\n");
	assert_int_equal(load(&r, &e), -1);
	has(e.text, "metrics.tsv");
	report_free(&r);
	put_file("metrics.tsv", METRICS "auc\t0.75\t0.301\t1\t4\naccur");
	assert_int_equal(load(&r, &e), -1);
	report_free(&r);
	put_file("metrics.tsv", METRICS "auc\tmuch\t0.301\t1\t4\n");
	assert_int_equal(load(&r, &e), -1);
	has(e.text, "'much' is no number");
	report_free(&r);
	r = (struct report){.dir = "/nowhere/at/all"};
	assert_int_equal(report_load(&r, &e), -1);
	has(e.text, "not a folder");
	report_free(&r);
}

static void several_runs(void **state)
{
	(void)state;
	put_file("metrics.tsv", "run\tmetric\tvalue\tlo\thi\tn\n<first>\tauc\t0.75\t0.3\t1\t4\nsecond\tauc\t0.85\t0.4\t1\t4\n");
	char *text = page();

	has(text, "&lt;first&gt;");
	has(text, "second");
	has(text, "0.850");
	free(text);
}

/* Images unlike the training images, here and at home: never a bare count. */
static void images_that_are_odd(void **state)
{
	(void)state;
	a_run();
	put_file("metrics.tsv", METRICS "odd\t.7\t.6\t.79\t100\nodd_accuracy\t.8\t.7\t.9\t70\nalike_accuracy\t.9\t.7\t.98\t30\n");
	char *text = page();

	has(text, "<b>70 of 100 images are unlike the training images</b>: look at them before their answers are used. Named "
	          "correctly were 56 of 70 (80&nbsp;%, interval 70 to 90) of them and 27 of 30 (90&nbsp;%, interval 70 to 98) of");
	free(text);
	put_file("home.tsv", "measure\there\nauc\t.5\n");
	put_file("metrics.tsv", METRICS "odd\t.04\t.01\t.1\t100\nodd_accuracy\t.5\t.15\t.85\t4\nalike_accuracy\t.9\t.8\t.95\t96\n");
	text = page();
	has(text, "Those of another source often are, chest X-rays or not");
	has(text, "2 of 4 (too few to judge) of them and 86 of 96");
	free(text);
}

/* Corrected p values and a margin are put into words. */
static void several_differences(void **state)
{
	(void)state;
	put_file("metrics.tsv", "run\tmetric\tvalue\tlo\thi\tn\na\tauc\t.9\t.8\t1\t4\nb\tauc\t.8\t.7\t.9\t4\n"
	                        "c\tauc\t.7\t.6\t.8\t4\n");
	put_file("compare.tsv",
	         "run\tmetric\tvalue\tother\tdifference\tlo\thi\tp\tnoninferior\tmargin\tp_holm\n"
	         "b\taccuracy\t.9\t.8\t.1\t-.1\t.3\t.2\tno\t.05\t.2\nb\tauc\t.9\t.8\t.1\t.01\t.19\t.04\tyes\t.05\t.08\n"
	         "c\taccuracy\t.9\t.7\t.2\t.1\t.3\t.0001\tyes\t.05\t.0002\n");
	char *text = page();

	has(text, "corrected for the 2 comparisons");
	has(text, "margin of 0.050, stated beforehand");
	has(text, "p = 0.040; p by Holm = 0.080; by itself more than chance, not among so many comparisons; <b>not inferior</b>");
	has(text, "p by Holm = 0.200; not shown to be worse by less than 0.050");
	has(text, "p &lt; .001; p by Holm &lt; .001; more than chance; <b>not inferior</b>: worse by less than 0.050");
	free(text);
}

static void numbers_as_json(void **state)
{
	struct report r;
	struct err e;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	put_file("metrics.tsv", METRICS "auc\t0.75\tnan\t1\t4\n\"quoted\\\\\t.5\tinf\t1\t4\n");
	put_file("commands/2-list", "cxr-list \"chest xray\" > list.tsv\n");
	put_file("commands/3-prep", "cxr-prep < list.tsv\n");
	put_file("versions.tsv", "what\tversion\ntools\t0.20\n");
	assert_int_equal(load(&r, &e), 0);
	assert_int_equal(report_json(f, &r, &e), 0);
	fclose(f);
	has(text, "\"value\": 0.75");
	has(text, "\"lo\": null");
	has(text, "\\\"quoted\\\\");
	has(text, "{\"step\": \"list\", \"command\": \"cxr-list \\\"chest xray\\\" > list.tsv\"},");
	has(text, "{\"step\": \"prep\", \"command\": \"cxr-prep < list.tsv\"}]");
	has(text, "\"version\": \"0.20\"");
	free(text);
	report_free(&r);
}

static int run(const char *format)
{
	char *command = xasprintf(format, top);
	int rc = system(command);

	free(command);
	return rc;
}

static int make_folder(void **state)
{
	(void)state;
	return run("mkdir -p %s");
}

static int remove_folder(void **state)
{
	(void)state;
	return run("rm -rf %s");
}

static int name_folder(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_run),    TEST(cells_are_escaped),     TEST(files_that_are_absent), TEST(chapters_alone),
		TEST(several_runs),   TEST(folders_that_are_none), TEST(numbers_as_json),
		TEST(several_differences), TEST(images_that_are_odd),
	};

	return cmocka_run_group_tests(tests, name_folder, NULL);
}
