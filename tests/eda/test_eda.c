/* What is said of a set of images: sizes that a foreign stream may claim, and classes that change on the way. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "eda/eda.h"

static void add_image(struct eda *d, const char *width, const char *label)
{
	unsigned char pixels[8 * 8];
	struct record r = {0};
	struct err e;

	memset(pixels, 7, sizeof pixels);
	record_set(&r, "cxr", "item");
	record_set(&r, "id", width);
	record_set(&r, "label", label);
	record_set(&r, "width", width);
	record_set(&r, "height", "64");
	memcpy(record_add(&r, "image", DT_U8, 3, (const int64_t[]){8, 8, 1}), pixels, sizeof pixels);
	if (eda_add(d, &r, &e))
		fail_msg("%s", e.text);
	record_free(&r);
}

static char *sizes_of(const struct eda *d)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	eda_sizes(d, f);
	fclose(f);
	return text;
}

static void test_claimed_sizes(void **state)
{
	static const char *const claim[] = {"1.8e-322", "9e-323", "1e308", "inf", "nan", "-4", "0", "1e7", "", "64"};
	struct eda d = {0};

	(void)state;
	recipe_default(&d.recipe);
	for (size_t i = 0; i < sizeof claim / sizeof *claim; i++)
		add_image(&d, claim[i], "A");
	char *text = sizes_of(&d);
	assert_string_equal(text, "label\twidth\theight\tpictures\nA\t64\t64\t1\n");
	free(text);
	eda_free(&d);
}

/* 700 images that are alike, 350 in each split: 122,150 pairs within splits, 122,500 across; with 640 in one, 206,250
 * and 38,400. */
static void test_many_duplicates(void **state)
{
	static const struct { int first; size_t rows; const char *more; } set[] = {
		{350, 244650, NULL}, {640, 238400, "\n\t\tmore\t6250\tA\tA\ttrain\ttrain\n"},
	};

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct eda d = {0};
		char *text;
		size_t n, rows = 0;
		FILE *f = open_memstream(&text, &n);

		recipe_default(&d.recipe);
		for (int i = 0; i < 700; i++) {
			add_image(&d, "64", "A");
			free(d.item[i].split);
			d.item[i].split = xstrdup(i < set[k].first ? "train" : "test");
		}
		eda_duplicates(&d, f);
		fclose(f);
		for (const char *p = text; (p = strchr(p, '\n')); p++)
			rows++;
		assert_int_equal(rows, 1 + set[k].rows + (set[k].more != NULL));
		assert_true(!set[k].more || strstr(text, set[k].more));
		free(text);
		eda_free(&d);
	}
}

static void test_other_classes(void **state)
{
	struct record head = {0};
	struct eda d = {0};
	struct err e;

	(void)state;
	record_set(&head, "classes", "A,B");
	assert_int_equal(eda_head(&d, &head, &e), 0);
	assert_string_equal(d.positive, "B");
	record_set(&head, "classes", "A,C");
	assert_int_equal(eda_head(&d, &head, &e), -1);
	assert_string_equal(e.text, "other classes than the stream before");
	record_free(&head);
	eda_free(&d);
}

static void test_no_image(void **state)
{
	struct record r = {0};
	struct eda d = {0};
	struct err e;

	(void)state;
	record_set(&r, "cxr", "item");
	assert_int_equal(eda_add(&d, &r, &e), -1);
	record_free(&r);
	eda_free(&d);
}

/* Of many labels only the first are kept with their pixels, whatever order they come in. */
static void test_many_labels(void **state)
{
	struct eda d = {0};
	char label[32];

	(void)state;
	recipe_default(&d.recipe);
	for (int i = 0; i < 200; i++) {
		snprintf(label, sizeof label, "L%02d", i * 37 % 100);
		add_image(&d, "64", label);
	}
	assert_int_equal(d.nclass, 100);
	for (size_t i = 0; i < d.nclass; i++) {
		snprintf(label, sizeof label, "L%02zu", i);
		assert_string_equal(d.class[i]->label, label);
		assert_int_equal(d.class[i]->n, 2);
		assert_int_equal(d.class[i]->pixels != NULL, i < SHOWN);
		assert_true(i >= SHOWN || fabs(d.class[i]->pixels->sum[0] - 14) < 1e-9);
	}
	eda_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claimed_sizes), cmocka_unit_test(test_other_classes), cmocka_unit_test(test_no_image),
		cmocka_unit_test(test_many_labels), cmocka_unit_test(test_many_duplicates),
	};
	return cmocka_run_group_tests_name("eda", tests, NULL, NULL);
}
