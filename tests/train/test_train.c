/* The training loop on a small network, against PyTorch (tests/ref/train_golden.py) and against itself. */
#include "train_data.h"

#include <unistd.h>

#include "train/trainer.h"
#include "train_golden.h"

static struct dataset set;

static struct train_options plain(enum loss_kind loss, enum optim_kind optim, double rate, int epochs)
{
	struct train_options o;

	train_defaults(&o);
	optim_defaults(&o.stage[0].optim, optim);
	o.loss.kind = loss;
	o.stage[0].rate = rate;
	o.stage[0].epochs = epochs;
	o.batch = 4;
	o.shuffle = false;
	return o;
}

static struct trainer *start(struct net *n, const struct dataset *val, const struct train_options *o, struct pool *pool)
{
	struct err e;
	struct trainer *t = trainer_new(n, &set, val, o, pool, &e);

	if (!t)
		fail_msg("%s", e.text);
	return t;
}

static void run(struct trainer *t)
{
	struct err e;
	enum train_state s;

	while ((s = trainer_epoch(t, &e)) == TRAIN_EPOCH)
		;
	assert_int_equal(s, TRAIN_DONE);
	trainer_finish(t);
}

static void head_only(enum loss_kind loss, enum optim_kind optim, double rate, const double *golden)
{
	int outputs = loss == LOSS_BCE ? 1 : 2;
	struct train_options o = plain(loss, optim, rate, 4);
	struct pool *pool = pool_new(2);
	struct net *n = small_net(outputs), *before = small_net(outputs);

	o.stage[0].train = "fc";
	o.weights = "1.5,0.75";
	struct trainer *t = start(n, NULL, &o, pool);
	run(t);
	assert_int_equal(t->optim->steps, 8);
	same_tensor(n, "fc.weight", golden, 8 * outputs, 1e-5);
	same_tensor(n, "fc.bias", golden + 8 * outputs, outputs, 1e-5);
	for (int i = 0; i < n->g->nparam; i++) { /* the trunk keeps its bits, running statistics too */
		const struct param *p = n->g->param[i];

		if (strncmp(p->name, "fc.", 3))
			assert_memory_equal(n->value + p->offset, before->value + p->offset, p->count * sizeof(float));
	}
	trainer_free(t);
	net_free(n);
	net_free(before);
	pool_free(pool);
}

static void eight_steps_of_the_head_are_torchs(void **state)
{
	(void)state;
	head_only(LOSS_BCE, OPTIM_SGD, 1e-1, golden_head_bce_sgd);
	head_only(LOSS_BCE, OPTIM_ADAM, 1e-2, golden_head_bce_adam);
	head_only(LOSS_CE, OPTIM_SGD, 1e-1, golden_head_ce_sgd);
	head_only(LOSS_CE, OPTIM_ADAM, 1e-2, golden_head_ce_adam);
}

static void four_steps_of_everything_are_torchs(void **state)
{
	struct train_options o = plain(LOSS_BCE, OPTIM_SGD, 1e-1, 2);
	struct pool *pool = pool_new(1);
	struct net *n = small_net(1);
	struct trainer *t = start(n, NULL, &o, pool);

	(void)state;
	run(t);
	same_tensor(n, "conv1.weight", golden_all_conv1_weight, 216, 1e-4);
	same_tensor(n, "bn1.weight", golden_all_bn1_weight, 8, 1e-4);
	same_tensor(n, "bn1.bias", golden_all_bn1_bias, 8, 1e-4);
	same_tensor(n, "bn1.running_mean", golden_all_bn1_running_mean, 8, 1e-4);
	same_tensor(n, "bn1.running_var", golden_all_bn1_running_var, 8, 1e-4);
	same_tensor(n, "fc.weight", golden_all_fc_weight, 8, 1e-4);
	same_tensor(n, "fc.bias", golden_all_fc_bias, 1, 1e-4);
	trainer_free(t);
	net_free(n);
	pool_free(pool);
}

/* A run with everything on: its digest and its log. */
struct result {
	char digest[65];
	struct epoch row[6];
	int rows;
};

static struct train_options everything(void)
{
	struct train_options o = plain(LOSS_BCE, OPTIM_ADAMW, 3e-2, 6);

	o.shuffle = true;
	o.stage[0].schedule.kind = SCHEDULE_COSINE;
	o.weights = "balanced";
	o.augment.hflip = true;
	o.seed = 5;
	return o;
}

static void keep(struct result *to, struct trainer *t)
{
	struct record r = {0};

	net_to_record(t->net, &r);
	strcpy(to->digest, t->net->digest);
	to->rows = t->nrow;
	memcpy(to->row, t->row, sizeof *t->row * (size_t)t->nrow);
	record_free(&r);
}

static struct result whole(const struct train_options *o, bool val, int threads)
{
	struct pool *pool = pool_new(threads);
	struct net *n = small_net(1);
	struct trainer *t = start(n, val ? &set : NULL, o, pool);
	struct result r = {.rows = 0};

	run(t);
	keep(&r, t);
	trainer_free(t);
	net_free(n);
	pool_free(pool);
	return r;
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static void same_result(const struct result *a, const struct result *b)
{
	assert_string_equal(a->digest, b->digest);
	assert_int_equal(a->rows, b->rows);
	for (int i = 0; i < a->rows; i++) {
		assert_true(same(a->row[i].train_loss, b->row[i].train_loss) && same(a->row[i].rate, b->row[i].rate));
		assert_true(same(a->row[i].val_loss, b->row[i].val_loss) && same(a->row[i].val_auc, b->row[i].val_auc));
		assert_int_equal(a->row[i].best, b->row[i].best);
	}
}

static void threads_and_storage_change_nothing(void **state)
{
	struct train_options o = everything();
	struct result one = whole(&o, true, 1), three = whole(&o, true, 3);

	(void)state;
	same_result(&one, &three);
	dataset_free(&set);
	small_set(&set, 7, false);
	struct result f32 = whole(&o, true, 2);
	dataset_free(&set);
	small_set(&set, 7, true);
	same_result(&one, &f32);
	o.seed = 6;
	struct result other = whole(&o, true, 1);
	assert_string_not_equal(one.digest, other.digest);
}

static void the_loss_falls(void **state)
{
	struct train_options o = everything();
	struct result r = whole(&o, true, 1);

	(void)state;
	assert_int_equal(r.rows, 6);
	assert_true(r.row[5].train_loss < .8 * r.row[0].train_loss);
	assert_near(r.row[0].rate, 3e-2, 1e-12);
	assert_near(r.row[3].rate, 1.5e-2, 1e-12);
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

/* Stops after so many batches, saves, and goes on in a fresh trainer. */
static struct result interrupted(const struct train_options *o, bool val, int batches, const char *path)
{
	struct pool *pool = pool_new(2);
	struct net *n = small_net(1);
	struct trainer *t = start(n, val ? &set : NULL, o, pool);
	struct result r = {.rows = 0};
	enum train_state s;
	struct err e;

	stop = 0;
	batches_left = batches;
	t->watch.stop = &stop;
	t->watch.progress = count_down;
	while ((s = trainer_epoch(t, &e)) == TRAIN_EPOCH)
		;
	assert_int_equal(s, TRAIN_STOPPED);
	assert_int_equal(trainer_save(t, path, &e), 0);
	trainer_free(t);
	net_free(n);
	n = small_net(1);
	memset(n->value, 0x55, n->g->count * sizeof *n->value);
	t = start(n, val ? &set : NULL, o, pool);
	if (trainer_resume(t, path, &e))
		fail_msg("%s", e.text);
	run(t);
	keep(&r, t);
	trainer_free(t);
	net_free(n);
	pool_free(pool);
	return r;
}

static void a_resumed_run_is_the_whole_one(void **state)
{
	char path[] = "/tmp/cxr-test-ckpt.XXXXXX";
	struct train_options o = everything();

	(void)state;
	close(mkstemp(path));
	for (int val = 0; val < 2; val++) {
		struct result want = whole(&o, val, 1);

		for (int batches = 1; batches < 12; batches += 3) {
			struct result got = interrupted(&o, val, batches, path);
			same_result(&got, &want);
		}
	}
	unlink(path);
}

static void other_checkpoints_are_refused(void **state)
{
	char path[] = "/tmp/cxr-test-ckpt.XXXXXX";
	struct train_options o = everything();
	struct pool *pool = pool_new(1);
	struct net *n = small_net(1);
	struct trainer *t = start(n, NULL, &o, pool);
	struct err e;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(trainer_resume(t, path, &e), -1); /* empty */
	assert_int_equal(net_save(n, path, &e), 0);
	assert_int_equal(trainer_resume(t, path, &e), -1);
	assert_non_null(strstr(e.text, "not a checkpoint"));
	assert_int_equal(trainer_save(t, path, &e), 0);
	trainer_free(t);
	o.seed++;
	t = start(n, NULL, &o, pool);
	assert_int_equal(trainer_resume(t, path, &e), -1);
	assert_non_null(strstr(e.text, "of another run"));
	trainer_free(t);
	net_free(n);
	pool_free(pool);
	unlink(path);
}

static void the_best_epoch_is_kept(void **state)
{
	struct train_options o = plain(LOSS_BCE, OPTIM_SGD, 0, 6);

	(void)state;
	o.stage[0].train = "fc";
	o.stage[0].patience = 2;
	struct result r = whole(&o, true, 1); /* a rate of 0: no epoch is better than the first */
	assert_int_equal(r.rows, 3);
	assert_true(r.row[0].best && !r.row[1].best && !r.row[2].best);
}

static void refused(struct net *n, const struct dataset *data, const struct dataset *val, const struct train_options *o,
                    const char *message)
{
	struct pool *pool = pool_new(1);
	struct err e;

	assert_null(trainer_new(n, data, val, o, pool, &e));
	assert_string_equal(e.text, message);
	pool_free(pool);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct train_options o = plain(LOSS_BCE, OPTIM_SGD, 1e-2, 1);
	struct net *n = small_net(1);
	struct dataset one;

	(void)state;
	small_set(&one, 1, true);
	refused(n, &one, NULL, &o, "training: no image of class B");
	refused(n, &set, &one, &o, "validation: no image of class B");
	o.weights = "1";
	refused(n, &set, NULL, &o, "class weights '1' are neither none, balanced nor a positive number for each class");
	o.weights = "1,0";
	refused(n, &set, NULL, &o, "class weights '1,0' are neither none, balanced nor a positive number for each class");
	o.weights = "none";
	o.loss.kind = LOSS_CE;
	refused(n, &set, NULL, &o, "loss ce with 2 classes needs 2 outputs, the network has 1");
	o.loss.kind = LOSS_BCE;
	o.stage[0].train = "fd";
	refused(n, &set, NULL, &o, "no parameters under 'fd'");
	dataset_free(&one);
	net_free(n);
}

static void not_a_number_stops(void **state)
{
	struct train_options o = plain(LOSS_BCE, OPTIM_SGD, 1e30, 9);
	struct pool *pool = pool_new(1);
	struct net *n = small_net(1);
	struct trainer *t = start(n, NULL, &o, pool);
	enum train_state s;
	struct err e;

	(void)state;
	while ((s = trainer_epoch(t, &e)) == TRAIN_EPOCH)
		;
	assert_int_equal(s, TRAIN_FAILED);
	assert_non_null(strstr(e.text, "try a lower learning rate"));
	trainer_free(t);
	net_free(n);
	pool_free(pool);
}

static void provenance_is_complete(void **state)
{
	struct train_options o = everything();
	struct pool *pool = pool_new(1);
	struct net *n = small_net(1);
	struct trainer *t = start(n, &set, &o, pool);

	(void)state;
	run(t);
	train_provenance(t);
	assert_string_equal(record_get(&n->meta, "count.train.A"), "4");
	assert_string_equal(record_get(&n->meta, "count.val.B"), "3");
	assert_string_equal(record_get(&n->meta, "seed"), "5");
	assert_int_equal(strlen(record_get(&n->meta, "train.sha256")), 7 * 16);
	assert_non_null(strstr(record_get(&n->meta, "pg.0"), "cxr-train " CXR_VERSION " -a small --epochs 6"));
	trainer_free(t);
	net_free(n);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_steps_of_the_head_are_torchs), cmocka_unit_test(four_steps_of_everything_are_torchs),
		cmocka_unit_test(threads_and_storage_change_nothing), cmocka_unit_test(the_loss_falls),
		cmocka_unit_test(a_resumed_run_is_the_whole_one), cmocka_unit_test(other_checkpoints_are_refused),
		cmocka_unit_test(the_best_epoch_is_kept), cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(not_a_number_stops), cmocka_unit_test(provenance_is_complete),
	};

	small_set(&set, 7, true);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	dataset_free(&set);
	return rc;
}
