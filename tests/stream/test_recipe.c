#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stream/recipe.h"
#include "unit.h"

#define IMAGENET "size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=8 " \
	"mean=0.485,0.456,0.406 std=0.229,0.224,0.225"

static void becomes(const char *line, const char *want)
{
	struct recipe r;
	struct err e = {0};
	char text[RECIPE_TEXT], again[RECIPE_TEXT];
	recipe_default(&r);
	if (recipe_parse(&r, line, &e))
		fail_msg("%s: %s", line, e.text);
	assert_string_equal(recipe_format(&r, text), want);
	recipe_default(&r);
	assert_int_equal(recipe_parse(&r, text, &e), 0);
	assert_string_equal(recipe_format(&r, again), want);
}

static void lines(void **state)
{
	(void)state;
	becomes("imagenet", IMAGENET);
	becomes(IMAGENET, IMAGENET);
	becomes("std=0.229,0.224,0.225 mean=0.485,0.456,0.406  depth=8\tsize=224 ", IMAGENET);
	becomes("gray", "size=224x224 channels=1 fit=squash kernel=linear shrink=full depth=8 mean=0.49 std=0.248");
	becomes("perimage", "size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=8 norm=image");
	becomes("gray size=96x64 fit=pad kernel=lanczos3 shrink=load depth=float",
	        "size=96x64 channels=1 fit=pad kernel=lanczos3 shrink=load depth=float mean=0.49 std=0.248");
	becomes("gray channels=3 depth=16", "size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=16 "
	        "mean=0.49,0.49,0.49 std=0.248,0.248,0.248");
	becomes("mean=0 channels=1 std=1", "size=224x224 channels=1 fit=squash kernel=linear shrink=full depth=8 mean=0 std=1");
	becomes("mean=.5 std=.25", "size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=8 "
	        "mean=0.5,0.5,0.5 std=0.25,0.25,0.25");
	becomes("white=auto", IMAGENET);
	becomes("gray white=4095 kernel=lanczos", "size=224x224 channels=1 fit=squash kernel=lanczos3 shrink=full depth=8 "
	        "white=4095 mean=0.49 std=0.248");
	becomes("gray white=p99.9", "size=224x224 channels=1 fit=squash kernel=linear shrink=full depth=8 white=p99.9 "
	        "mean=0.49 std=0.248");
	becomes("gray white=0.12345678901234", "size=224x224 channels=1 fit=squash kernel=linear shrink=full depth=8 "
	        "white=0.12345679 mean=0.49 std=0.248");
	becomes("gray white=p99.9 white=auto", "size=224x224 channels=1 fit=squash kernel=linear shrink=full depth=8 "
	        "mean=0.49 std=0.248");
	becomes("perimage mean=.5 std=.25 channels=1",
	        "size=224x224 channels=1 fit=squash kernel=linear shrink=full depth=8 mean=0.5 std=0.25");
}

static void refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "  ", "imagnet", "size=", "size=0", "size=224x", "size=224x0", "size=-1x5", "size=20000", "size=1x2x3",
		"channels=2", "channels=", "fit=stretch", "kernel=", "shrink=some", "depth=12", "norm=mean", "mean=", "mean=1,2",
		"mean=1,2,3,4", "mean=a", "mean=nan", "mean=inf,1,1", "std=0", "std=1,0,1", "std=-1", "gray mean=1,2,3",
		"colour=red", "size=224 gray", "norm=image mean=0", "=", "size", "mean=1e39",
		"white=", "white=0", "white=-1", "white=p0", "white=p101", "white=p", "white=pauto", "white=nan", "white=inf",
		"white=1e39", "white=1e-31", "white=1e-45", "white=p1e-310",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct recipe r, before;
		struct err e = {0};
		recipe_default(&r);
		before = r;
		if (!recipe_parse(&r, bad[i], &e))
			fail_msg("accepted: '%s'", bad[i]);
		assert_memory_equal(e.text, "recipe: ", 8);
		assert_int_equal(r.width, before.width);
		assert_int_equal(r.channels, before.channels);
	}
}

static void channels(void **state)
{
	(void)state;
	struct recipe r;
	recipe_default(&r);
	recipe_set_channels(&r, 1);
	assert_true(fabsf(r.mean[0] - .449f) < 1e-6f && fabsf(r.std[0] - .226f) < 1e-6f);
	recipe_set_channels(&r, 1);
	recipe_set_channels(&r, 3);
	assert_true(r.mean[2] == r.mean[0] && r.std[1] == r.std[0] && r.channels == 3);
}

/* An item stored as pixels and one stored normalised give the same bits, for every kind of normalisation. */
static void same_bits(void **state)
{
	(void)state;
	static const char *const line[] = {"size=8x6", "gray size=8x6", "perimage size=8x6", "perimage channels=1 size=8x6"};
	for (int k = 0; k < 4; k++) {
		struct recipe r;
		struct err e;
		struct record u = {0}, f = {0};
		struct rng rng = rng_at(1, RNG_TEST, k, 0);
		float a[8 * 6 * 3], b[8 * 6 * 3];
		recipe_default(&r);
		assert_int_equal(recipe_parse(&r, line[k], &e), 0);
		int n = 8 * 6 * r.channels;
		unsigned char *p = record_add(&u, "image", DT_U8, 3, (int64_t[]){6, 8, r.channels});
		for (int i = 0; i < n; i++)
			p[i] = rng_u64(&rng);
		float *q = record_add(&f, "image", DT_F32, 3, (int64_t[]){6, 8, r.channels});
		recipe_normalise(&r, p, 8 * 6, q);
		assert_int_equal(recipe_image(&r, &u, a, &e), 0);
		assert_int_equal(recipe_image(&r, &f, b, &e), 0);
		assert_memory_equal(a, b, n * sizeof *a);
		double sum = 0, squares = 0;
		for (int i = 0; i < n; i++) {
			int c = i % r.channels;
			sum += a[i];
			squares += (double)a[i] * a[i];
			if (!r.per_image)
				assert_true(fabs(a[i] - (p[i] / 255. - r.mean[c]) / r.std[c]) < 1e-5);
		}
		if (r.per_image)
			assert_true(fabs(sum / n) < 1e-5 && fabs(squares / n - 1) < 1e-5);
		record_free(&u);
		record_free(&f);
	}
}

static void flat_image(void **state)
{
	(void)state;
	struct recipe r;
	struct err e;
	unsigned char p[12];
	float out[12];
	recipe_default(&r);
	recipe_parse(&r, "perimage size=2x2", &e);
	memset(p, 200, sizeof p);
	recipe_normalise(&r, p, 4, out);
	for (int i = 0; i < 12; i++)
		assert_true(fabsf(out[i]) < 1e-6f);
}

static void wrong_images(void **state)
{
	(void)state;
	struct recipe r;
	struct err e;
	struct record item = {0};
	float out[27];
	recipe_default(&r);
	recipe_parse(&r, "size=3x2", &e);
	assert_int_equal(recipe_image(&r, &item, out, &e), -1);
	record_add(&item, "image", DT_U8, 3, (int64_t[]){3, 2, 3});
	assert_int_equal(recipe_image(&r, &item, out, &e), -1);
	record_add(&item, "image", DT_U8, 3, (int64_t[]){2, 3, 1});
	assert_int_equal(recipe_image(&r, &item, out, &e), -1);
	record_add(&item, "image", DT_U8, 2, (int64_t[]){2, 9});
	assert_int_equal(recipe_image(&r, &item, out, &e), -1);
	record_add(&item, "image", DT_F64, 3, (int64_t[]){2, 3, 3});
	assert_int_equal(recipe_image(&r, &item, out, &e), -1);
	record_add(&item, "image", DT_U8, 3, (int64_t[]){2, 3, 3});
	assert_int_equal(recipe_image(&r, &item, out, &e), 0);
	record_free(&item);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),     cmocka_unit_test(refused),      cmocka_unit_test(channels),
		cmocka_unit_test(same_bits), cmocka_unit_test(flat_image), cmocka_unit_test(wrong_images),
	};
	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
