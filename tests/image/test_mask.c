/* Ground truth by name: boxes and masks at the recipe's size. */
#include "pic.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "image/mask.h"
#include "stream/record.h"

static struct recipe recipe_of(const char *line)
{
	struct recipe r;
	struct err e;

	recipe_default(&r);
	assert_int_equal(recipe_parse(&r, line, &e), 0);
	return r;
}

static void item_of(struct record *item, const char *id, const char *width, const char *height)
{
	record_set(item, "cxr", "item");
	record_set(item, "id", id);
	record_set(item, "width", width);
	record_set(item, "height", height);
}

static void read_text(struct masks *m, const char *text, int want)
{
	struct source src;
	struct err e;

	*m = (struct masks){.path = "table"};
	assert_int_equal(source_memory(&src, "table", text, strlen(text)), 0);
	assert_int_equal(masks_read(m, &src, &e), want);
	source_close(&src);
}

static int sum(const unsigned char *mask, const struct recipe *r)
{
	int n = 0;

	for (int i = 0; mask && i < r->width * r->height; i++)
		n += mask[i];
	return n;
}

/* The size of the image costs nothing: what is asked for is the recipe's. */
static void boxes(void **state)
{
	struct recipe r = recipe_of("size=32x32");
	struct record item = {0};
	unsigned char *mask;
	struct masks m;
	struct err e;

	(void)state;
	read_text(&m, "image\tx\ty\twidth\theight\na.png\t0\t0\t32768\t16384\nb.png\t\t\t\t\n", 0);
	item_of(&item, "there/a.png", "65536", "65536");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), MASK_FOUND);
	assert_int_equal(sum(mask, &r), 16 * 8);
	assert_int_equal(mask[7 * 32 + 15], 1);
	assert_int_equal(mask[8 * 32 + 15] + mask[7 * 32 + 16], 0);
	free(mask);
	item_of(&item, "b.png", "64", "64");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), MASK_FOUND);
	assert_int_equal(sum(mask, &r), 0);
	free(mask);
	item_of(&item, "c.png", "64", "64");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), MASK_NONE);
	assert_null(mask);
	masks_close(&m);
	record_free(&item);
}

/* A margin has no truth: 64 x 32 on 32 x 32 fills rows 8 to 23. */
static void margins(void **state)
{
	struct recipe r = recipe_of("size=32x32 fit=pad");
	struct record item = {0};
	unsigned char *mask;
	struct masks m;
	struct err e;

	(void)state;
	read_text(&m, "path\tlesions\na.png\t-5,-5,100,100;3,3,1,1\n", 0);
	item_of(&item, "a.png", "64", "32");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), MASK_FOUND);
	assert_int_equal(sum(mask, &r), 32 * 16);
	assert_int_equal(mask[7 * 32] + mask[24 * 32], 0);
	free(mask);
	masks_close(&m);
	record_free(&item);
}

static void wrong_tables(void **state)
{
	static const char *const wrong[] = {"", "a\tb\n", "image\tx\ty\twidth\na\t1\t1\t1\n", "path\tlesions\na\tfoo\n",
	                                    "path\tlesions\na\t1,2,3,4 5\n", "path\tlesions\na\tnan,1,1,1\n"};
	struct masks m;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		read_text(&m, wrong[i], -1);
		masks_close(&m);
	}
}

static void write_pgm(const char *path, int top, const char *pixel)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	fprintf(f, "P5 4 4 %d\n", top);
	for (int i = 0; i < 16; i++)
		fputc(pixel[i] - '0', f);
	assert_int_equal(fclose(f), 0);
}

/* Two values are background and object, whatever they are; more need a threshold; one tells nothing. */
static void files(void **state)
{
	static const struct {
		const char *pixel;
		double threshold;
		int kind, inside;
	} want[] = {
		{"0000000110000000", 0, MASK_FOUND, 2}, {"1111111771111111", 0, MASK_FOUND, 2},
		{"0000000000000000", 0, MASK_EMPTY, 0}, {"1111111111111111", 0, -1, 0},
		{"0000000120000000", 0, -1, 0},         {"0000000190000000", .02, MASK_FOUND, 1},
	};
	struct recipe r = recipe_of("size=4x4");
	char folder[] = "/tmp/mask.XXXXXX", *path;
	struct record item = {0};
	unsigned char *mask;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = xasprintf("%s/a.pgm", folder);
	item_of(&item, "deep/er/a.pgm", "4", "4");
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct masks m = {.path = folder, .threshold = want[i].threshold};

		write_pgm(path, 255, want[i].pixel);
		assert_int_equal(masks_find(&m, &r, &item, &mask, &e), want[i].kind);
		assert_int_equal(sum(mask, &r), want[i].inside);
		free(mask);
	}
	write_pgm(path, 255, want[0].pixel);
	struct masks m = {.path = folder};
	item_of(&item, "a.pgm", "40", "20");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), MASK_FOUND); /* of the recipe's size */
	free(mask);
	r = recipe_of("size=8x8");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), MASK_FOUND); /* of its shape */
	assert_int_equal(sum(mask, &r), 8);
	free(mask);
	r = recipe_of("size=8x6");
	assert_int_equal(masks_find(&m, &r, &item, &mask, &e), -1);
	unlink(path);
	rmdir(folder);
	free(path);
	record_free(&item);
}

static int start(void **state)
{
	struct err e;

	(void)state;
	return image_start("test_mask", &e);
}

static int stop(void **state)
{
	(void)state;
	image_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes), cmocka_unit_test(margins), cmocka_unit_test(wrong_tables), cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
