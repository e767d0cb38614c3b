/* Networks whose output is a map, learned from masks: against PyTorch (tests/ref/map_golden.py), against differences,
 * and against themselves. */
#include "train_data.h"

#include <string.h>
#include <unistd.h>

#include "map_golden.h"
#include "train/masks.h"
#include "train/trainer.h"

enum { MASK = SIDE * SIDE };

static struct dataset set;

static void give_masks(struct dataset *d)
{
	unsigned char pixels[MASK];
	const char *first;
	struct train_masks m;
	struct err e;

	masks_start(&m, d);
	for (int i = 0; i < 6; i++) {
		for (int p = 0; p < MASK; p++)
			pixels[p] = (p % SIDE * 3 + p / SIDE * 5 + i * 7) % 16 < 9 ? 255 : 0;
		assert_int_equal(masks_add(&m, d->id[i], pixels, &e), 0);
	}
	assert_int_equal(masks_end(&m, &first, &e), 0);
}

/* Features of half the size and the image itself, each with a convolution to one logit. */
static struct net *map_net(void)
{
	static const char *const name[] = {
		"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
		"dense.relu.weight", "dense.relu.bias", "dense.input.weight", "dense.input.bias",
	};
	const int64_t shape[][4] = {{8, 3, 3, 3}, {8}, {8}, {8}, {8}, {1, 8, 1, 1}, {1}, {1, 3, 1, 1}, {1}};
	const int ndim[] = {4, 1, 1, 1, 1, 4, 1, 4, 1};
	struct window one = window_square(1, 1, 0);
	struct graph *g = graph_new();
	struct record r = {0};
	struct text extra = {0};
	struct err e;
	bool loaded[9];
	struct node *in = graph_input(g, SIDE, SIDE, 3), *n = graph_conv(g, "conv1", in, 8, window_square(3, 2, 1), 1, false);

	n = graph_act(g, "relu", graph_bn(g, "bn1", n, 1e-5f), ACT_RELU);
	n = graph_enlarge(g, "large", graph_conv(g, "dense.relu", n, 1, one, 1, true), SIDE, SIDE);
	n = graph_add(g, "sum", n, graph_enlarge(g, "same", graph_conv(g, "dense.input", in, 1, one, 1, true), SIDE, SIDE));
	assert_int_equal(graph_end(g, n, &e), 0);
	struct net *net = net_new(g, "small map", &e);

	for (int t = 0; t < 9; t++) {
		float *v = record_add(&r, name[t], DT_F32, ndim[t], shape[t]);
		size_t count = record_tensor(&r, name[t])->bytes / sizeof *v;

		for (size_t i = 0; i < count; i++)
			v[i] = (float)((t == 1 || t == 4) + .3 * sin((double)i * 1.3 + t));
	}
	assert_int_equal(net_fill(net, &r, loaded, &extra, &e), 0);
	assert_string_equal(extra.s, "");
	assert_true(net_is_map(net));
	small_recipe(&net->recipe);
	text_free(&extra);
	record_free(&r);
	return net;
}

static struct train_options options(enum loss_kind kind)
{
	struct train_options o;

	train_defaults(&o);
	optim_defaults(&o.stage[0].optim, OPTIM_SGD);
	o.loss.kind = kind;
	o.stage[0].rate = 1e-1;
	o.stage[0].epochs = 2;
	o.batch = 4;
	o.shuffle = false;
	return o;
}

/* Trains to the end, or for some epochs and then from a checkpoint. */
static struct net *train(const struct train_options *o, int threads, int before, struct epoch *last)
{
	struct pool *pool = pool_new(threads);
	struct net *n = map_net();
	struct err e;
	struct trainer *t = trainer_new(n, &set, &set, o, pool, &e);
	char path[] = "/tmp/cxr-map-XXXXXX";
	int rows;

	if (!t)
		fail_msg("%s", e.text);
	for (int i = 0; i < before; i++)
		assert_int_equal(trainer_epoch(t, &e), TRAIN_EPOCH);
	if (before) {
		close(mkstemp(path));
		assert_int_equal(trainer_save(t, path, &e), 0);
		trainer_free(t);
		net_free(n);
		n = map_net();
		t = trainer_new(n, &set, &set, o, pool, &e);
		assert_int_equal(trainer_resume(t, path, &e), 0);
		unlink(path);
	}
	while (trainer_epoch(t, &e) == TRAIN_EPOCH)
		;
	if (last)
		*last = trainer_epochs(t, &rows)[o->stage[0].epochs - 1];
	trainer_finish(t);
	trainer_free(t);
	pool_free(pool);
	return n;
}

#define SAME(n, loss, tensor, name, count) same_tensor(n, name, golden_##loss##_##tensor, count, 1e-4)
static void four_steps_are_torchs(void **state)
{
	struct train_options bce = options(LOSS_BCE), dice = options(LOSS_DICE);

	(void)state;
	bce.keep_last = dice.keep_last = true;
	struct net *n = train(&bce, 1, 0, NULL);

	SAME(n, bce, conv1_weight, "conv1.weight", 216);
	SAME(n, bce, bn1_weight, "bn1.weight", 8);
	SAME(n, bce, dense_relu_weight, "dense.relu.weight", 8);
	SAME(n, bce, dense_relu_bias, "dense.relu.bias", 1);
	SAME(n, bce, dense_input_weight, "dense.input.weight", 3);
	net_free(n);
	n = train(&dice, 2, 0, NULL);
	SAME(n, dice, conv1_weight, "conv1.weight", 216);
	SAME(n, dice, bn1_bias, "bn1.bias", 8);
	SAME(n, dice, dense_relu_weight, "dense.relu.weight", 8);
	SAME(n, dice, dense_input_weight, "dense.input.weight", 3);
	SAME(n, dice, dense_input_bias, "dense.input.bias", 1);
	net_free(n);
}

static void gradients_are_differences(void **state)
{
	float z[24], mask[24], dz[24];
	struct loss_sum sum = {0};

	(void)state;
	for (int i = 0; i < 24; i++) {
		z[i] = (float)(4 * sin(1.3 * i));
		mask[i] = i % 5 < 2 ? 1 : i % 5 == 2 ? .4f : 0;
	}
	for (int k = 0; k < 2; k++) {
		enum loss_kind kind = k ? LOSS_DICE : LOSS_BCE;

		loss_map(kind, z, mask, 24, 3, dz, &sum);
		for (int i = 0; i < 24; i++) {
			float old = z[i];

			z[i] = old + .01f;
			double up = loss_map(kind, z, mask, 24, 3, NULL, &sum);
			z[i] = old - .01f;
			double down = loss_map(kind, z, mask, 24, 3, NULL, &sum);
			z[i] = old;
			assert_near(dz[i], (up - down) / .02, 1e-5);
		}
	}
}

static void dice_is_of_halves(void **state)
{
	const float z[] = {5, 5, -5, -5}, mask[] = {1, 0, 1, 0}, none[] = {0, 0, 0, 0}, unknown[] = {-1, -1, -1, -1};
	float low[] = {-1, -1, -1, -1}, dz[] = {1, 1, 1, 1};
	struct loss_sum sum = {0};

	(void)state;
	loss_map(LOSS_DICE, z, mask, 4, 1, NULL, &sum);
	assert_near(sum.hits, .5, 1e-12);
	loss_map(LOSS_BCE, low, none, 4, 1, NULL, &sum); /* nothing, and nothing said */
	assert_near(sum.hits, 1.5, 1e-12);
	assert_near(loss_map(LOSS_BCE, z, unknown, 4, 1, dz, &sum), 0, 0);
	assert_int_equal(sum.n, 2);
	assert_near(dz[3], 0, 0);
}

static void same_bits(const struct net *a, struct net *b)
{
	assert_memory_equal(a->value, b->value, a->g->count * sizeof(float));
	net_free(b);
}

static void threads_and_checkpoints_change_nothing(void **state)
{
	struct train_options o = options(LOSS_DICE);
	struct epoch a, b;
	struct err e;

	(void)state;
	o.stage[0].epochs = 4;
	o.shuffle = true;
	o.replicas = 2;
	o.background = .5;
	assert_int_equal(augment_parse("rotate=10,shift=0.1", &o.augment, &e), 0);
	struct net *one = train(&o, 1, 0, &a);

	same_bits(one, train(&o, 3, 0, &b));
	assert_memory_equal(&a.val_acc, &b.val_acc, sizeof a.val_acc);
	assert_true(a.val_acc > 0 && a.val_acc <= 1 && isnan(a.val_auc));
	same_bits(one, train(&o, 2, 2, &b));
	assert_memory_equal(&a.val_loss, &b.val_loss, sizeof a.val_loss);
	net_free(one);
}

static void refused(const struct train_options *o, struct net *n, const struct dataset *d, const char *why)
{
	struct pool *pool = pool_new(1);
	struct err e = {""};

	assert_null(trainer_new(n, d, NULL, o, pool, &e));
	if (!strstr(e.text, why))
		fail_msg("'%s' does not say '%s'", e.text, why);
	net_free(n);
	pool_free(pool);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct train_options dice = options(LOSS_DICE), ce = options(LOSS_CE), focal = options(LOSS_BCE);
	struct dataset bare;

	(void)state;
	small_set(&bare, 3, true);
	focal.loss.gamma = 2;
	refused(&dice, map_net(), &bare, "learned from masks");
	refused(&ce, map_net(), &set, "--loss bce or dice");
	refused(&focal, map_net(), &set, "are for classes");
	refused(&dice, small_net(1), &set, "whose output is a map");
	focal.loss.gamma = 0;
	focal.evidence = .1;
	refused(&focal, map_net(), &set, "evidence loss");
	dataset_free(&bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_steps_are_torchs), cmocka_unit_test(gradients_are_differences),
		cmocka_unit_test(dice_is_of_halves), cmocka_unit_test(threads_and_checkpoints_change_nothing),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	small_set(&set, 7, true);
	give_masks(&set);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	dataset_free(&set);
	return rc;
}
