#include "train_data.h"

static void images_come_back_alike(void **state)
{
	struct dataset u8, f32;
	unsigned char pixels[PIXELS], scratch[PIXELS * 4];
	float a[PIXELS], b[PIXELS], want[PIXELS];

	(void)state;
	small_set(&u8, 70, true); /* more than two chunks */
	small_set(&f32, 70, false);
	assert_int_equal(u8.n, 70);
	assert_int_equal(u8.type, DT_U8);
	assert_int_equal(f32.type, DT_F32);
	assert_int_equal(u8.count[0], 35);
	for (int i = 0; i < 70; i++) {
		draw(i, pixels);
		recipe_normalise(&u8.recipe, pixels, SIDE * SIDE, want);
		dataset_get(&u8, i, NULL, scratch, a);
		dataset_get(&f32, i, NULL, scratch, b);
		assert_memory_equal(a, want, sizeof want);
		assert_memory_equal(b, want, sizeof want);
		assert_int_equal(u8.label[i], i % 2);
	}
	dataset_free(&u8);
	dataset_free(&f32);
}

static void a_flip_mirrors(void **state)
{
	const struct augment_draw flip = {.flip = true};
	struct dataset u8, f32;
	unsigned char scratch[PIXELS * 4];
	float plain[PIXELS], a[PIXELS], b[PIXELS];

	(void)state;
	small_set(&u8, 2, true);
	small_set(&f32, 2, false);
	dataset_get(&u8, 1, NULL, scratch, plain);
	dataset_get(&u8, 1, &flip, scratch, a);
	dataset_get(&f32, 1, &flip, scratch, b);
	assert_memory_equal(a, b, sizeof a);
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			assert_memory_equal(a + (y * SIDE + x) * 3, plain + (y * SIDE + SIDE - 1 - x) * 3, 3 * sizeof *a);
	dataset_free(&u8);
	dataset_free(&f32);
}

static void flips_are_a_fair_function_of_the_item(void **state)
{
	const struct augment on = {.hflip = true}, off = {.hflip = false};
	int flips = 0, changed = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		bool flip = augment_at(&on, 7, 3, i).flip;

		flips += flip;
		assert_int_equal(flip, augment_at(&on, 7, 3, i).flip);
		assert_false(augment_at(&off, 7, 3, i).flip);
		changed += flip != augment_at(&on, 7, 4, i).flip;
	}
	assert_in_range(flips, 430, 570);
	assert_in_range(changed, 430, 570);
}

static void error_items_are_counted(void **state)
{
	struct record r = {0};
	struct dataset d;
	struct made m;
	struct err e;

	(void)state;
	made_open(&m, "A,B");
	made_item(&m, 0, "A", true);
	item_start(&r, 1, NULL);
	record_fail(&r, "cannot decode");
	assert_int_equal(writer_put(&m.w, &r, &e), 0);
	record_clear(&r);
	record_set(&r, "cxr", "model"); /* of a scored stream: no item */
	assert_int_equal(writer_put(&m.w, &r, &e), 0);
	made_end(&m);
	assert_int_equal(made_read(&m, &d, &e), 0);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.errors, 1);
	assert_int_equal(dataset_check_classes(&d, "training", &e), -1);
	assert_string_equal(e.text, "training: no image of class B");
	dataset_free(&d);
	record_free(&r);
	free(m.bytes);
}

/* A stream that must be refused: item 0 is good, the second is as given. */
static void refused(const char *classes, const char *label, bool u8, const char *message)
{
	struct dataset d;
	struct made m;
	struct err e;

	made_open(&m, classes);
	made_item(&m, 0, "A", true);
	made_item(&m, 1, label, u8);
	made_end(&m);
	assert_int_equal(made_read(&m, &d, &e), -1);
	assert_string_equal(e.text, message);
	dataset_free(&d);
	free(m.bytes);
}

static void wrong_streams_are_refused(void **state)
{
	(void)state;
	refused("A,B", NULL, true, "made: image1: no label");
	refused("A,B", "", true, "made: image1: no label");
	refused("A,B", "C", true, "made: image1: label 'C' is none of the classes");
	refused("A,B", "B", false, "made: image1: image of type F32 after others of type U8");
	refused(NULL, "B", true, "made: no classes in the head: the list has no labels");
}

static void other_shapes_are_refused(void **state)
{
	int64_t shape[] = {SIDE, SIDE, 1};
	struct record r = {0};
	struct dataset d;
	struct made m;
	struct err e;

	(void)state;
	for (int with = 0; with < 2; with++) {
		made_open(&m, "A,B");
		item_start(&r, 0, "A");
		if (with)
			record_add(&r, "image", DT_U8, 3, shape);
		assert_int_equal(writer_put(&m.w, &r, &e), 0);
		made_end(&m);
		assert_int_equal(made_read(&m, &d, &e), -1);
		assert_string_equal(e.text, with ? "made: image0: image is not 16x16x3 as the recipe says"
		                                 : "made: image0: no image");
		dataset_free(&d);
		free(m.bytes);
	}
	record_free(&r);
}

static void every_cut_is_refused(void **state)
{
	struct dataset d;
	struct made m;
	struct err e;

	(void)state;
	made_open(&m, "A,B");
	made_item(&m, 0, "A", true);
	made_item(&m, 1, "B", true);
	made_end(&m);
	for (size_t whole = m.n; m.n-- > 0; ) {
		assert_int_equal(made_read(&m, &d, &e), -1);
		dataset_free(&d);
		m.n = m.n > 600 && whole - m.n > 700 ? m.n - 97 : m.n;
	}
	free(m.bytes);
}

static void marks_are_sorted(void **state)
{
	struct dataset d;

	(void)state;
	small_set(&d, 3, true);
	char *marks = dataset_marks(&d);
	assert_string_equal(marks, "000000000000ffee000000000000ffef000000000000fff0");
	free(marks);
	dataset_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_come_back_alike), cmocka_unit_test(a_flip_mirrors),
		cmocka_unit_test(flips_are_a_fair_function_of_the_item), cmocka_unit_test(error_items_are_counted),
		cmocka_unit_test(wrong_streams_are_refused), cmocka_unit_test(other_shapes_are_refused),
		cmocka_unit_test(every_cut_is_refused), cmocka_unit_test(marks_are_sorted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
