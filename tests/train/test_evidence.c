/* Lung masks, the evidence loss and backgrounds, on a small network: against PyTorch (tests/ref/evidence_golden.py),
 * against differences, and against themselves. */
#include "train_data.h"

#include <string.h>
#include <unistd.h>

#include "evidence_golden.h"
#include "nn/dilate.h"
#include "train/batch.h"
#include "train/evidence.h"
#include "train/masks.h"
#include "train/trainer.h"

enum { MASK = SIDE * SIDE };

static struct dataset set;

static void draw_mask(int i, unsigned char *p, int inside, int outside)
{
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			*p++ = (unsigned char)((x * 3 + y * 5 + i * 7) % 16 < 9 ? inside : outside);
}

/* Masks of all images but the last, in values of every kind. */
static void give_masks(struct dataset *d)
{
	static const int inside[] = {255, 1, 200, 255, 9, 255}, outside[] = {0, 0, 100, 0, 8, 0};
	unsigned char pixels[MASK];
	const char *first;
	struct train_masks m;
	struct err e;

	masks_start(&m, d);
	for (int i = 0; i < 6; i++) {
		char *name = xasprintf("masks/image%d.png", i);

		draw_mask(i, pixels, inside[i], outside[i]);
		assert_int_equal(masks_add(&m, name, pixels, &e), 0);
		free(name);
	}
	memset(pixels, 7, sizeof pixels);
	assert_int_equal(masks_add(&m, "image6", pixels, &e), 0); /* one value: not known */
	assert_int_equal(m.flat, 1);
	assert_int_equal(masks_add(&m, "image77.png", pixels, &e), 0);
	assert_int_equal(m.idle, 1);
	draw_mask(0, pixels, 255, 0);
	assert_int_equal(masks_add(&m, "other/image0.tif", pixels, &e), -1);
	assert_non_null(strstr(e.text, "a second mask of image0"));
	assert_int_equal(masks_end(&m, &first, &e), 0);
	assert_string_equal(first, "image6");
	assert_int_equal(m.known, 6);
}

static struct train_options options(int outputs)
{
	struct train_options o;

	train_defaults(&o);
	optim_defaults(&o.stage[0].optim, OPTIM_SGD);
	o.loss.kind = outputs == 1 ? LOSS_BCE : LOSS_CE;
	o.stage[0].rate = 1e-1;
	o.stage[0].epochs = 2;
	o.batch = 4;
	o.shuffle = false;
	o.evidence = .7;
	return o;
}

static struct net *train(const struct train_options *o, int outputs, int threads)
{
	struct pool *pool = pool_new(threads);
	struct net *n = small_net(outputs);
	enum train_state s;
	struct err e;
	struct trainer *t = trainer_new(n, &set, NULL, o, pool, &e);

	if (!t)
		fail_msg("%s", e.text);
	while ((s = trainer_epoch(t, &e)) == TRAIN_EPOCH)
		;
	assert_int_equal(s, TRAIN_DONE);
	trainer_finish(t);
	trainer_free(t);
	pool_free(pool);
	return n;
}

static void four_steps_are_torchs(void **state)
{
	struct train_options one = options(1), two = options(2);
	struct net *n = train(&one, 1, 1);

	(void)state;
	same_tensor(n, "conv1.weight", golden_evidence1_conv1_weight, 216, 1e-4);
	same_tensor(n, "bn1.weight", golden_evidence1_bn1_weight, 8, 1e-4);
	same_tensor(n, "fc.weight", golden_evidence1_fc_weight, 8, 1e-4);
	same_tensor(n, "fc.bias", golden_evidence1_fc_bias, 1, 1e-4);
	net_free(n);
	n = train(&two, 2, 2);
	same_tensor(n, "conv1.weight", golden_evidence2_conv1_weight, 216, 1e-4);
	same_tensor(n, "fc.weight", golden_evidence2_fc_weight, 16, 1e-4);
	same_tensor(n, "fc.bias", golden_evidence2_fc_bias, 2, 1e-4);
	net_free(n);
}

/* The evidence loss alone, of one forward, and its gradients by all parameters. */
static double loss_of(struct net *n, float *grad)
{
	struct pool *pool = pool_new(2);
	bool train[7] = {true, true, true, false, false, true, true}, keep[16] = {false};
	struct plan_options o = {.batch = 4, .train = train, .keep = keep, .apart = true};
	struct batch b = {.set = &set, .n = 4};
	struct err e;
	struct evidence_loss *v = evidence_new(n, .7, 4, pool, &e);
	const struct node *f = evidence_feature(v, 0);

	keep[f->index] = true;
	struct plan *p = plan_new(n, &o, pool, &e);

	batch_load(&b, plan_input(p), pool);
	batch_outside(&b, f->h, f->w, evidence_outside(v, 0), pool);
	plan_forward(p, 4, 0);
	double loss = evidence_loss(v, p, 4, 4);

	memset(plan_output_grad(p), 0, 4 * sizeof(float));
	plan_backward(p);
	if (grad)
		memcpy(grad, plan_param_grad(p), n->g->count * sizeof *grad);
	plan_free(p);
	evidence_free(v);
	pool_free(pool);
	return loss;
}

static void gradients_are_differences(void **state)
{
	struct net *n = small_net(1);
	float *grad = xcalloc(n->g->count, sizeof *grad);
	int compared = 0;

	(void)state;
	loss_of(n, grad);
	for (int t = 0; t < n->g->nparam; t++) {
		const struct param *p = n->g->param[t];

		for (size_t i = 0; i < p->count && p->role != ROLE_MEAN && p->role != ROLE_VAR; i += 1 + p->count / 8) {
			float *x = n->value + p->offset + i, old = *x, step = 5e-4f;

			*x = old + step;
			double up = loss_of(n, NULL);
			*x = old - step;
			double down = loss_of(n, NULL);
			*x = old;
			assert_near(grad[p->offset + i], (up - down) / (2 * step), 3e-3);
			compared++;
		}
	}
	assert_true(compared > 20);
	free(grad);
	net_free(n);
}

/* Epochs, then a checkpoint, and the rest in another trainer. */
static struct net *train_resumed(const struct train_options *o, int before)
{
	struct pool *pool = pool_new(2);
	struct net *n = small_net(1);
	char path[] = "/tmp/cxr-evidence-XXXXXX";
	struct err e;
	struct trainer *t = trainer_new(n, &set, NULL, o, pool, &e);

	for (int i = 0; i < before; i++)
		assert_int_equal(trainer_epoch(t, &e), TRAIN_EPOCH);
	close(mkstemp(path));
	assert_int_equal(trainer_save(t, path, &e), 0);
	trainer_free(t);
	net_free(n);
	n = small_net(1);
	t = trainer_new(n, &set, NULL, o, pool, &e);
	assert_int_equal(trainer_resume(t, path, &e), 0);
	while (trainer_epoch(t, &e) == TRAIN_EPOCH)
		;
	unlink(path);
	trainer_finish(t);
	trainer_free(t);
	pool_free(pool);
	return n;
}

static void replicas_and_checkpoints_keep_the_bits(void **state)
{
	struct train_options o = options(1);
	struct err e;

	(void)state;
	o.stage[0].epochs = 3;
	o.batch = 2;
	o.replicas = 3;
	o.shuffle = true;
	o.background = .5;
	assert_int_equal(augment_parse("rotate=10,shift=0.1", &o.augment, &e), 0);
	struct net *one = train(&o, 1, 1), *three = train(&o, 1, 3), *again = train_resumed(&o, 1);

	assert_memory_equal(one->value, three->value, one->g->count * sizeof(float));
	assert_memory_equal(one->value, again->value, one->g->count * sizeof(float));
	o.replicas = 1;
	net_free(again);
	again = train(&o, 1, 1);
	assert_memory_not_equal(one->value, again->value, one->g->count * sizeof(float));
	net_free(one);
	net_free(three);
	net_free(again);
}

static void threads_change_nothing_and_parts_little(void **state)
{
	struct train_options o = options(1);
	struct err e;

	(void)state;
	o.background = .5;
	assert_int_equal(augment_parse("rotate=10,shift=0.1,mixup=0.4", &o.augment, &e), 0);
	struct net *one = train(&o, 1, 1), *three = train(&o, 1, 3);

	assert_memory_equal(one->value, three->value, one->g->count * sizeof(float));
	net_free(three);
	o.background = 0;
	three = train(&o, 1, 1);
	assert_memory_not_equal(one->value, three->value, one->g->count * sizeof(float));
	net_free(one);
	net_free(three);
	o = options(1);
	o.stage[0].train = "fc";
	one = train(&o, 1, 1);
	o.microbatch = 1;
	three = train(&o, 1, 1);
	for (size_t i = 0; i < one->g->count; i++)
		assert_near(one->value[i], three->value[i], 1e-5);
	net_free(one);
	net_free(three);
}

/* Left halves, of all but the last image. */
static void give_halves(struct dataset *d)
{
	unsigned char pixels[MASK];
	const char *first;
	struct train_masks m;
	struct err e;

	for (int i = 0; i < MASK; i++)
		pixels[i] = i % SIDE < SIDE / 2 ? 255 : 0;
	masks_start(&m, d);
	for (size_t i = 0; i + 1 < d->n; i++)
		assert_int_equal(masks_add(&m, d->id[i], pixels, &e), 0);
	assert_int_equal(masks_end(&m, &first, &e), 0);
}

/* What is inside the dilated mask stays, what is outside is another image's. */
static void backgrounds_spare_the_lungs(void **state)
{
	struct dataset d;

	(void)state;
	small_set(&d, 7, true);
	give_halves(&d);
	struct pool *pool = pool_new(1);
	struct batch b = {.set = &d, .n = 7, .background = 1};
	float *plain = xmalloc(7 * PIXELS * sizeof *plain), *other = xmalloc(7 * PIXELS * sizeof *other);
	int changed = 0;

	batch_load(&b, other, pool);
	b.background = 0;
	batch_load(&b, plain, pool);
	assert_memory_equal(plain + 6 * PIXELS, other + 6 * PIXELS, PIXELS * sizeof *plain); /* no mask */
	for (int i = 0; i < 6 * PIXELS; i++) {
		bool inside = i % PIXELS / 3 % SIDE < SIDE / 2 + 1;

		changed += plain[i] != other[i];
		assert_true(!inside || plain[i] == other[i]);
	}
	assert_true(changed > PIXELS);
	free(plain);
	free(other);
	pool_free(pool);
	dataset_free(&d);
}

static void masks_grow_and_shrink_to_cells(void **state)
{
	float mask[56 * 56] = {0}, scratch[56 * 56], cell[4];

	(void)state;
	mask[20 * 56 + 30] = 1;
	mask_dilate(mask, scratch, 56, 56);
	for (int y = 0; y < 56; y++)
		for (int x = 0; x < 56; x++)
			assert_true(mask[y * 56 + x] == (abs(y - 20) <= 2 && abs(x - 30) <= 2));
	mask_outside(mask, 56, 56, 2, 2, cell);
	assert_true(cell[0] == 1 && cell[2] == 1 && cell[3] == 1);
	assert_near(cell[1], 1 - 25. / (28 * 28), 1e-6);
}

static void what_is_no_mask_is_refused(void **state)
{
	unsigned char pixels[MASK];
	const char *first;
	struct dataset d;
	struct train_masks m;
	struct err e;

	(void)state;
	small_set(&d, 3, true);
	for (int i = 0; i < MASK; i++)
		pixels[i] = (unsigned char)i;
	masks_start(&m, &d);
	assert_int_equal(masks_add(&m, "image1.png", pixels, &e), -1);
	assert_non_null(strstr(e.text, "not a mask"));
	draw_mask(0, pixels, 255, 0);
	assert_int_equal(masks_add(&m, "B/image0.png", pixels, &e), 0); /* image0 is an A */
	assert_int_equal(masks_end(&m, &first, &e), -1);
	dataset_free(&d);
}

static void other_heads_are_refused(void **state)
{
	struct train_options o = options(1);
	struct graph *g = graph_new();
	struct node *n = graph_gap(g, "avgpool", graph_conv(g, "conv1", graph_input(g, SIDE, SIDE, 3), 4,
	                                                    window_square(3, 1, 1), 1, false));
	struct pool *pool = pool_new(1);
	struct err e;

	(void)state;
	n = graph_dense(g, "fc", graph_act(g, "relu", graph_dense(g, "hidden", n, 8, true), ACT_RELU), 1, true);
	assert_int_equal(graph_end(g, n, &e), 0);
	struct net *net = net_new(g, "two dense layers", &e);

	assert_null(trainer_new(net, &set, NULL, &o, pool, &e));
	assert_non_null(strstr(e.text, "global average pooling and one dense layer"));
	net_free(net);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_steps_are_torchs), cmocka_unit_test(gradients_are_differences),
		cmocka_unit_test(threads_change_nothing_and_parts_little), cmocka_unit_test(replicas_and_checkpoints_keep_the_bits),
		cmocka_unit_test(backgrounds_spare_the_lungs),
		cmocka_unit_test(masks_grow_and_shrink_to_cells), cmocka_unit_test(what_is_no_mask_is_refused),
		cmocka_unit_test(other_heads_are_refused),
	};

	small_set(&set, 7, true);
	give_masks(&set);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	dataset_free(&set);
	return rc;
}
