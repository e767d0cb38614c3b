/* Names of classes: escaped, ordered, never health by accident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream/classes.h"

static void health(void **state)
{
	static const char *const named[] = {"NORMAL", "Healthy", "normal_cxr", "0", "Negative", "control", "Control group", "No",
		"0_normal", "Normal (0)", "none", "negative cases"};
	static const char *const denied[] = {"No Finding", "NoFinding", "no_finding", "non-COVID", "NonCOVID", "Not pneumonia",
		"negative for pneumonia", "Pneumonia negative", "covid_free", "No Lung Opacity / Not Normal", "without TB"};
	static const char *const ill[] = {"PNEUMONIA", "COVID", "1", "Not Normal", "not_normal", "Abnormal", "Nodule", "Lung Opacity",
		"TB", "Node", "Positive", "Normocytosis", "1_opacity", "", "Novel virus"};

	(void)state;
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		assert_int_equal(classes_health(named[i]), 2);
	for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
		assert_int_equal(classes_health(denied[i]), 1);
	for (size_t i = 0; i < sizeof ill / sizeof *ill; i++)
		assert_int_equal(classes_health(ill[i]), 0);
}

static char *sorted(const char *list)
{
	struct classes c;
	struct err e;

	assert_int_equal(classes_parse(&c, list, &e), 0);
	classes_sort(c.name, c.n);
	char *s = classes_list(&c);
	classes_free(&c);
	return s;
}

static void order(void **state)
{
	static const char *const rows[][2] = {
		{"COVID,Normal", "Normal,COVID"}, {"PNEUMONIA,NORMAL", "NORMAL,PNEUMONIA"}, {"0,1", "0,1"},
		{"VIRUS,NORMAL,BACTERIA", "BACTERIA,NORMAL,VIRUS"}, {"Lung Opacity,No Lung Opacity / Not Normal,Normal",
		"Normal,No Lung Opacity / Not Normal,Lung Opacity"}, {"no,yes", "no,yes"}, {"abnormal,normal", "normal,abnormal"},
		{"", ""}, {"Normal", "Normal"}, {"Effusion,No Finding", "No Finding,Effusion"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *s = sorted(rows[i][0]);

		assert_string_equal(s, rows[i][1]);
		free(s);
	}
}

static void names(void **state)
{
	static const char label[] = "a, b\tc\n\\d <i>\x01";
	struct classes c;
	struct err e;
	char *name = classes_escape(label), *back = classes_label(name);

	(void)state;
	assert_null(strchr(name, ','));
	assert_string_equal(back, label);
	assert_int_equal(classes_parse_given(&c, "Normal,a\\, b,c\\x2cd", &e), 0);
	assert_int_equal(c.n, 3);
	assert_string_equal(c.name[1], "a\\x2c b");
	assert_string_equal(c.name[2], "c\\x2cd");
	assert_int_equal(classes_put_last(&c, "Normal", &e), 0);
	assert_string_equal(c.name[2], "Normal");
	assert_int_equal(classes_put_last(&c, "normal", &e), -1);
	classes_free(&c);
	assert_int_equal(classes_parse_given(&c, "A,,B", &e), -1);
	assert_int_equal(classes_parse_given(&c, "A,B,A", &e), -1);
	free(name);
	free(back);
}

int main(void)
{
	const struct CMUnitTest classes[] = {cmocka_unit_test(health), cmocka_unit_test(order), cmocka_unit_test(names)};

	return cmocka_run_group_tests(classes, NULL, NULL);
}
