/* Stages, parts of batches, averages and changed images on a small network: what must not change a result does not. */
#include "train_data.h"

#include <unistd.h>

#include "nn/augment.h"
#include "nn/select.h"
#include "train/trainer.h"

static struct dataset set;

static struct train_options two_stages(void)
{
	struct train_options o;
	struct err e;

	train_defaults(&o);
	o.batch = 4;
	o.nstage = 2;
	o.ema = .9;
	o.loss.smoothing = .05;
	assert_int_equal(augment_parse("hflip,rotate=10,shift=0.1,mixup=0.4,noise=0.02", &o.augment, &e), 0);
	o.stage[0].epochs = 3;
	o.stage[0].rate = 3e-2;
	o.stage[0].train = "fc";
	assert_int_equal(schedule_parse("plateau:patience=1:factor=0.5", &o.stage[0].schedule, &e), 0);
	o.stage[1] = o.stage[0];
	o.stage[1].train = NULL;
	o.stage[1].optim.clip = .5;
	assert_int_equal(schedule_parse("onecycle", &o.stage[1].schedule, &e), 0);
	return o;
}

static volatile sig_atomic_t stop;
static int batches_left;

static void count_down(void *ctx, int n)
{
	(void)ctx;
	(void)n;
	if (--batches_left == 0)
		stop = 1;
}

/* Trains, with an interruption after so many batches (0: none), and gives the digest of the model. */
static void train(const struct train_options *o, bool val, int threads, int batches, char digest[65], double *loss)
{
	char path[] = "/tmp/cxr-test-stage.XXXXXX";
	struct pool *pool = pool_new(threads);
	struct net *n = small_net(1);
	struct record r = {0};
	struct err e;
	struct trainer *t = trainer_new(n, &set, val ? &set : NULL, o, pool, &e);
	enum train_state s;

	if (!t)
		fail_msg("%s", e.text);
	stop = 0;
	batches_left = batches;
	t->watch.stop = &stop;
	t->watch.progress = count_down;
	while ((s = trainer_epoch(t, &e)) == TRAIN_EPOCH)
		;
	if (s == TRAIN_STOPPED) {
		close(mkstemp(path));
		assert_int_equal(trainer_save(t, path, &e), 0);
		trainer_free(t);
		memset(n->value, 0x55, n->g->count * sizeof *n->value);
		assert_non_null(t = trainer_new(n, &set, val ? &set : NULL, o, pool, &e));
		if (trainer_resume(t, path, &e))
			fail_msg("%s", e.text);
		unlink(path);
		while ((s = trainer_epoch(t, &e)) == TRAIN_EPOCH)
			;
	}
	assert_int_equal(s, TRAIN_DONE);
	if (loss)
		*loss = t->row[t->nrow - 1].train_loss;
	trainer_finish(t);
	net_to_record(n, &r);
	strcpy(digest, n->digest);
	record_free(&r);
	trainer_free(t);
	net_free(n);
	pool_free(pool);
}

static void resumed_stages_are_the_whole_ones(void **state)
{
	struct train_options o = two_stages();
	char want[65], got[65];

	(void)state;
	train(&o, true, 1, 0, want, NULL);
	for (int batches = 1; batches <= 12; batches++) {
		train(&o, true, 1 + batches % 3, batches, got, NULL);
		assert_string_equal(got, want);
	}
	o.stage[0].schedule.kind = SCHEDULE_STEP;
	train(&o, false, 1, 0, want, NULL);
	train(&o, false, 2, 7, got, NULL);
	assert_string_equal(got, want);
}

static void microbatches_give_the_same_gradients(void **state)
{
	struct train_options o;
	char digest[65];
	double whole, parts;

	(void)state;
	train_defaults(&o);
	o.stage[0].train = "fc"; /* batch norm in eval mode */
	o.stage[0].rate = 1e-2;
	o.stage[0].epochs = 3;
	o.batch = 7;
	train(&o, false, 1, 0, digest, &whole);
	for (o.microbatch = 1; o.microbatch < 9; o.microbatch++) {
		train(&o, false, 2, 0, digest, &parts);
		assert_near(parts, whole, 1e-6);
	}
}

static void replicas_are_a_larger_batch(void **state)
{
	struct train_options o;
	char one[65], many[65];
	double whole, parts;

	(void)state;
	train_defaults(&o);
	o.stage[0].train = "fc";
	o.stage[0].optim.kind = OPTIM_SGD;
	o.stage[0].rate = 1e-1;
	o.shuffle = false;
	o.batch = 6;
	train(&o, false, 1, 0, one, &whole);
	o.batch = 2;
	o.replicas = 3;
	train(&o, false, 1, 0, one, &parts);
	assert_near(parts, whole, 1e-6);
	o.stage[0].train = NULL;
	train(&o, false, 1, 0, one, NULL);
	train(&o, false, 3, 3, many, NULL);
	assert_string_equal(one, many);
}

/* What is kept of a frozen trunk changes nothing, with microbatches and interruptions either. */
static void frozen_trunks_are_computed_once(void **state)
{
	struct train_options o = two_stages();
	char want[65], got[65];

	(void)state;
	o.augment = (struct augment){0};
	o.stage[1].train = "bn1,fc";
	o.microbatch = 3;
	for (int val = 0; val < 2; val++) {
		if (!val)
			o.stage[0].schedule.kind = SCHEDULE_STEP;
		o.cache = 0;
		train(&o, val, 1, 0, want, NULL);
		for (int batches = 0; batches < 12; batches += 3) {
			o.cache = 1 << 20;
			train(&o, val, 2, batches, got, NULL);
			assert_string_equal(got, want);
		}
	}
	struct net *n = small_net(1);
	bool trained[7];
	struct err e;
	assert_int_equal(graph_select(n->g, "fc", trained, &e), 0);
	assert_string_equal(graph_frozen(n->g, trained)->name, "avgpool");
	assert_int_equal(graph_select(n->g, "bn1,fc", trained, &e), 0);
	assert_string_equal(graph_frozen(n->g, trained)->name, "conv1");
	assert_int_equal(graph_select(n->g, NULL, trained, &e), 0);
	assert_null(graph_frozen(n->g, trained));
	net_free(n);
}

static void later_stages_are_checked_first(void **state)
{
	struct train_options o = two_stages();
	struct pool *pool = pool_new(1);
	struct net *n = small_net(1);
	struct err e;

	(void)state;
	assert_null(trainer_new(n, &set, NULL, &o, pool, &e));
	assert_string_equal(e.text, "--schedule plateau needs a validation stream (--val)");
	o.stage[1].train = "nose";
	assert_null(trainer_new(n, &set, &set, &o, pool, &e));
	assert_string_equal(e.text, "no parameters under 'nose'");
	o.stage[1].train = NULL;
	o.stage[1].schedule = (struct schedule){.warmup = 3};
	assert_null(trainer_new(n, &set, &set, &o, pool, &e));
	assert_string_equal(e.text, "a warm-up of 3 epochs in a stage of 3");
	net_free(n);
	pool_free(pool);
}

/* Images */

enum { H = 20, W = 30 };
static void fill(float *image)
{
	for (int i = 0; i < H * W * 3; i++)
		image[i] = (float)(.5 + .4 * sin(i / 3 % W * .5) * cos(i / 3 / W * .3));
}

static struct augment_draw still(void)
{
	return (struct augment_draw){.moved = true, .zoom = 1, .crop_w = 1, .crop_h = 1, .contrast = 1, .gamma = 1,
	                             .share = 1};
}

static void movements(void **state)
{
	float image[H * W * 3], want[H * W * 3], scratch[H * W * 3];
	struct augment_draw d = still();

	(void)state;
	fill(want);
	fill(image);
	augment_apply(&d, image, scratch, H, W, 3); /* not at all */
	for (int i = 0; i < H * W * 3; i++)
		assert_near(image[i], want[i], 1e-5);
	d.dx = .1, d.dy = -.1; /* 3 to the right, 2 up, black behind */
	augment_apply(&d, image, scratch, H, W, 3);
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			bool inside = x >= 3 && y < H - 2;

			assert_near(image[(y * W + x) * 3], inside ? want[((y + 2) * W + x - 3) * 3] : 0, 1e-4);
		}
	fill(image);
	d = still();
	d.angle = M_PI;
	augment_apply(&d, image, scratch, H, W, 3);
	for (int i = 0; i < H * W; i++)
		assert_near(image[3 * i], want[3 * (H * W - 1 - i)], 1e-4);
	fill(image);
	d = still();
	d.aspect = log(4); /* the middle half twice as wide, and half as high between black */
	augment_apply(&d, image, scratch, H, W, 3);
	for (int x = 0; x < W; x++) {
		double at = (x - (W - 1) / 2.) / 2 + (W - 1) / 2., u = at - floor(at);

		for (int y = 0; y < H; y++) {
			int line = 2 * y - H / 2, left = (int)floor(at);
			bool inside = line >= 0 && line + 1 < H;
			const float *p = want + 3 * ((inside ? line : 0) * W + left), *q = p + 3 * W;

			assert_near(image[3 * (y * W + x)], inside ? .5 * ((1 - u) * (p[0] + q[0]) + u * (p[3] + q[3])) : 0, 1e-4);
		}
	}
	fill(image);
	d = still();
	d.crop_w = d.crop_h = .5; /* the middle, twice as large */
	augment_apply(&d, image, scratch, H, W, 3);
	assert_near(image[0], .25 * (.75 * 2.25 * want[3 * (5 * W + 7)] + .75 * 1.75 * want[3 * (5 * W + 8)] +
	                             .25 * 2.25 * want[3 * (4 * W + 7)] + .25 * 1.75 * want[3 * (4 * W + 8)]), 2e-2);
}

static void tones(void **state)
{
	float image[H * W * 3], want[H * W * 3], scratch[H * W * 3];
	struct augment_draw d = still();
	double sum = 0, square = 0;

	(void)state;
	fill(want);
	fill(image);
	d.moved = false;
	d.toned = true;
	d.brightness = .05;
	augment_apply(&d, image, scratch, H, W, 3);
	for (int i = 0; i < H * W * 3; i++)
		assert_near(image[i], want[i] + .05, 1e-5);
	for (int i = 0; i < H * W * 3; i++)
		image[i] = .5f;
	d.brightness = 0;
	d.noise = .05;
	augment_apply(&d, image, scratch, H, W, 3);
	for (int i = 0; i < H * W; i++) {
		sum += image[3 * i] - .5;
		square += (image[3 * i] - .5) * (image[3 * i] - .5);
		assert_true(image[3 * i] == image[3 * i + 1] && image[3 * i] == image[3 * i + 2]);
	}
	assert_near(sum / (H * W), 0, .01);
	assert_near(sqrt(square / (H * W)), .05, .005);
	fill(image);
	d = still();
	d.moved = false;
	d.blur = 2;
	augment_apply(&d, image, scratch, H, W, 3);
	for (int i = 0; i < H * W * 3; i++)
		assert_true(image[i] > .05 && image[i] < .95);
	d = still();
	d.moved = false;
	d.erased = true;
	d.box_w = d.box_h = .5;
	augment_apply(&d, image, scratch, H, W, 3);
	assert_true(image[0] == image[3 * (W * (H / 2 - 1) + W / 2 - 1)] && image[0] != image[3 * (W - 1)]);
}

static void draws_are_apart(void **state)
{
	struct augment few = {.rotate = 10}, all = few;
	struct err e;

	(void)state;
	assert_int_equal(augment_parse("hflip,shift=0.1,zoom=0.2,aspect=0.3,crop=0.5,gamma=1,erase=0.5,mixup=1,blur=1", &all, &e), 0);
	for (uint64_t i = 0; i < 100; i++) {
		struct augment_draw a = augment_at(&few, 1, 2, i), b = augment_at(&all, 1, 2, i);

		assert_true(a.angle == b.angle && fabs(a.angle) <= 10 * M_PI / 180);
		assert_true(fabs(b.aspect) <= .3 && a.aspect == 0);
		assert_true(b.share >= .5 && b.share <= 1 && a.share == 1);
		assert_true(b.crop_w * b.crop_h <= 1 && b.crop_w * b.crop_h > .35);
		assert_true(fabs(b.crop_x) <= (1 - b.crop_w) / 2 + 1e-9);
	}
	char *text = augment_text(&all);
	assert_string_equal(text, "rotate=10,shift=0.1,zoom=0.2,aspect=0.3,crop=0.5,gamma=1,blur=1,erase=0.5,mixup=1");
	free(text);
	for (int i = 0; i < 6; i++)
		assert_int_equal(augment_parse(((const char *[]){"", "turn=3", "rotate", "rotate=x", "crop=2", "hflip,"})[i],
		                               &few, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resumed_stages_are_the_whole_ones), cmocka_unit_test(microbatches_give_the_same_gradients),
		cmocka_unit_test(replicas_are_a_larger_batch), cmocka_unit_test(later_stages_are_checked_first),
		cmocka_unit_test(frozen_trunks_are_computed_once), cmocka_unit_test(movements), cmocka_unit_test(tones), cmocka_unit_test(draws_are_apart),
	};

	small_set(&set, 7, true);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	dataset_free(&set);
	return rc;
}
