/* What paths say: label, split, patient, member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/path.h"
#include "data/patient.h"

static void is(char *got, const char *want)
{
	assert_string_equal(got, want);
	free(got);
}

static void patients(void **state)
{
	static const char *const rows[][2] = {
		{"a/person1_bacteria_1.jpeg", "person1_bacteria"},
		{"a/person1_virus_6.jpeg", "person1_virus"},
		{"person1946_bacteria_4874.jpeg", "person1946_bacteria"},
		{"IM-0115-0001.jpeg", "IM-0115"},
		{"IM-0433-0001-0002.jpeg", "IM-0433"},
		{"NORMAL2-IM-0381-0001.jpeg", "NORMAL2-IM-0381"},
		{"x.zip!/t/NORMAL2-IM-1154-0001-0002.jpeg", "NORMAL2-IM-1154"},
		{"VIRUS-1008087-0001.jpeg", "1008087"},
		{"NORMAL-1008087-0002.jpeg", "1008087"},
		{"NORMAL-0001.jpeg", ""},
		{"a/person1_bacterial.png", ""},
		{"a/person_virus_6.png", ""},
		{"a/IM-x.png", ""},
		{"NORMAL/1.png", ""},
		{"x.zip!/m.png", ""},
		{"", ""},
		{"images/00000013_005.png", "00000013"},
		{"00000013_05.png", ""},
		{"0000013_005.png", ""},
		{"train/patient00001/study1/view1_frontal.jpg", "patient00001"},
		{"COVID/patient1/1.png", ""},
		{"files/p10/p10000032/s50414267/02aa804e.jpg", "p10000032"},
		{"files/p10/x.jpg", ""},
		{"216840111366964012283393834152009026_00-102-080.png", "study:216840111366964012283393834152009026"},
		{"TCGA-AB-1234-01A.dcm", "TCGA-AB-1234"},
		{"sub-S03047/ses-E07985/mod-rx/sub-S03047_ses-E07985_run-1.png", "sub-S03047"},
		{"manifest/COVID-19-AR/COVID-19-AR-16406488/07-04-2012-NA-XR CHEST-1/1.0-NA/1-001.dcm", "COVID-19-AR-16406488"},
		{"LIDC/LIDC-0001/1.3.6.1.4.1.14519.5.2.1.6279/1.3.6.1.4.1.14519.5.2.1.6280/1.dcm", "LIDC-0001"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is(patient_of(rows[i][0]), rows[i][1]);
}

static void rules(void **state)
{
	struct err e;
	struct patient_rule *r = patient_rule_new("/([A-Z]+)-\\d+\\.png$", &e);

	(void)state;
	assert_non_null(r);
	is(patient_by_rule(r, "a/AB-12.png"), "AB");
	is(patient_by_rule(r, "a/ab-12.png"), "");
	patient_rule_free(r);
	assert_null(patient_rule_new("x", &e));
	assert_null(patient_rule_new("(", &e));
	assert_true(patient_is_known("p"));
	assert_false(patient_is_known(""));
	assert_false(patient_is_known("study:123"));
}

static void labels_and_splits(void **state)
{
	static const char *const rows[][3] = {
		{"chest_xray/train/NORMAL/a.jpeg", "NORMAL", "train"},
		{"chest_xray/Val/PNEUMONIA/a.jpeg", "PNEUMONIA", "val"},
		{"d/validation/1/a.npy", "1", "val"},
		{"d/VALID/1/a.npy", "1", "val"},
		{"d/Testing/1/a.npy", "1", "test"},
		{"train/a.png", "", "train"},
		{"x.zip!/test/NORMAL/a.png", "NORMAL", "test"},
		{"test/x.zip!/NORMAL/a.png", "NORMAL", ""},
		{"test/x.zip!/a.png", "", ""},
		{"/home/test/me/NORMAL/a.png", "NORMAL", ""},
		{"train//NORMAL//a.png", "NORMAL", "train"},
		{"./a.png", "", ""},
		{"../a.png", "", ""},
		{"/a.png", "", ""},
		{"a.png", "", ""},
		{"", "", ""},
		{"\xc3\xa4/a.png", "\xc3\xa4", ""},
		{"trainer/NORMAL/a.png", "NORMAL", ""},
		{"COVID/images/a.png", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		is(path_label(rows[i][0]), rows[i][1]);
		is(path_split(rows[i][0]), rows[i][2]);
	}
}

static void names(void **state)
{
	(void)state;
	assert_true(path_is_image("a/b.JPEG"));
	assert_true(path_is_image("b.x.npy"));
	assert_true(path_is_image("c.JFIF"));
	assert_true(path_is_image("d.jpe"));
	assert_true(path_is_image("e.webp"));
	assert_false(path_is_image("f.bmp"));
	is(path_kind("x/f.BMP"), "bmp");
	is(path_kind("brain.nii.gz"), "gz");
	is(path_kind("IM0001"), "no extension");
	assert_null(path_kind("x/notes.txt"));
	assert_null(path_kind("LICENSE"));
	assert_false(path_is_image("jpeg"));
	assert_false(path_is_image(".jpeg"));
	assert_false(path_is_image("a.png/b"));
	assert_false(path_is_image("a.txt"));
	assert_true(path_is_litter("._a.jpeg"));
	assert_true(path_is_litter("__MACOSX"));
	assert_false(path_is_litter("."));
	assert_false(path_is_litter(".."));
	assert_false(path_is_litter("a"));
}

static void members(void **state)
{
	char *archive, name[] = "/tmp/cxr-path!XXXXXX", path[64];
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_null(path_member("no/such.zip!/a.png", NULL, &archive));
	assert_null(path_member(name, NULL, &archive));
	assert_int_equal(snprintf(path, sizeof path, "%s!/b!/c", name), 26);
	assert_string_equal(path_member(path, NULL, &archive), "b!/c");
	is(archive, name);
	assert_string_equal(path_member("k!/b", "k", &archive), "b");
	is(archive, "k");
	assert_null(path_member("kk!/b", "k", &archive));
	close(fd);
	unlink(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patients),
		cmocka_unit_test(rules),
		cmocka_unit_test(labels_and_splits),
		cmocka_unit_test(names),
		cmocka_unit_test(members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
