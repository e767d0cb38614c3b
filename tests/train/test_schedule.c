/* Schedules, focal, smoothed and mixed losses, clipped steps, against PyTorch (tests/ref/stage_golden.py). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train/loss.h"
#include "train/optim.h"
#include "train/schedule.h"
#include "stage_golden.h"
#include "near.h"

static const double val[] = {1, .9, .9, .9, .85, .86, .87, .84995, .7, .71, .72, .73};

static void rates(const char *spec, const double *golden)
{
	struct plateau p = {0};
	struct schedule s;
	struct err e;

	assert_int_equal(schedule_parse(spec, &s, &e), 0);
	for (int i = 0; i < 12; i++) {
		assert_near(schedule_rate(&s, .1, (struct moment){i, 12, i, 12}, &p), golden[i], 1e-9);
		schedule_note(&s, &p, val[i]);
	}
}

static void schedules_are_torchs(void **state)
{
	(void)state;
	rates("step:every=3:factor=0.5", golden_step);
	rates("plateau:patience=2:factor=0.5", golden_plateau); /* torch counts one epoch less */
	rates("onecycle", golden_onecycle);
	rates("cosine:warmup=3", golden_warmup);
}

static void specs(void **state)
{
	static const char *const wrong[] = {"", "steps", "step:every", "step:every=0", "step:factor=1", "cosine:every=3",
	                                    "plateau:patience=x", "onecycle:warmup=1", "constant:", "step:=1"};
	struct schedule s;
	struct err e;

	(void)state;
	assert_int_equal(schedule_parse("plateau:factor=0.5:warmup=1", &s, &e), 0);
	char *text = schedule_text(&s);
	assert_string_equal(text, "plateau:patience=5:factor=0.5:warmup=1");
	free(text);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(schedule_parse(wrong[i], &s, &e), -1);
}

static void check(const struct loss *l, const double *golden, const struct mix *mix)
{
	static const int two[] = {0, 1, 1, 0, 1}, three[] = {0, 1, 2, 0, 1};
	const int *label = l->classes == 2 ? two : three;
	struct loss_sum sum = {0};
	float z[15], dz[15];
	int logits = loss_logits(l);

	for (int i = 0; i < 5 * logits; i++)
		z[i] = (float)(3 * sin(i * 1.3 + (logits > 1)));
	assert_near(loss_part(l, z, label, mix, 5, loss_total(l, label, mix, 5), dz, &sum), golden[0], 1e-6);
	for (int i = 0; i < 5 * logits; i++)
		assert_near(dz[i], golden[1 + i], 1e-6);
}

static void losses_are_torchs(void **state)
{
	static const struct mix mixed[] = {{1, .7f}, {1, .7f}, {0, .7f}, {2, .7f}, {0, .7f}};

	(void)state;
	check(&(struct loss){.kind = LOSS_BCE, .classes = 2, .gamma = 2}, golden_focal, NULL);
	check(&(struct loss){.kind = LOSS_BCE, .classes = 2, .weight = (double[]){1, .4}}, golden_pos_weight, NULL);
	check(&(struct loss){.kind = LOSS_CE, .classes = 3, .weight = (double[]){.5, 2, 3.25}, .smoothing = .1},
	      golden_smoothed, NULL);
	check(&(struct loss){.kind = LOSS_CE, .classes = 3}, golden_mixed, mixed);
}

/* Everything at once, for both kinds: the gradient is the slope, and parts add up to the whole. */
static void gradients_are_differences(void **state)
{
	static const int label[] = {1, 0, 1};
	static const struct mix mix[] = {{0, .6f}, {0, 1}, {1, .9f}};

	(void)state;
	for (int kind = LOSS_BCE; kind <= LOSS_CE; kind++) {
		struct loss l = {kind, 2, (double[]){3, .25}, 1.5, .2};
		float z[] = {.5f, -1, 2, .25f, -3, 1}, dz[6], part[6];
		double total = loss_total(&l, label, mix, 3);
		struct loss_sum sum = {0};
		int logits = loss_logits(&l);
		double whole = loss_part(&l, z, label, mix, 3, total, dz, &sum), parts = 0;

		for (int i = 0; i < 3; i++)
			parts += loss_part(&l, z + i * logits, label + i, mix + i, 1, total, part + i * logits, &sum);
		assert_near(parts, whole, 1e-12);
		assert_memory_equal(part, dz, sizeof *dz * (size_t)(3 * logits));
		for (int i = 0; i < 3 * logits; i++) {
			float z0 = z[i], h = 1.f / 1024;

			z[i] = z0 + h;
			double up = loss_part(&l, z, label, mix, 3, total, NULL, &sum);
			z[i] = z0 - h;
			double down = loss_part(&l, z, label, mix, 3, total, NULL, &sum);
			z[i] = z0;
			assert_near(dz[i], (up - down) / (2 * h), 1e-5);
		}
		z[0] = 500;
		z[1] = -500;
		assert_true(isfinite(loss_part(&l, z, label, mix, 3, total, dz, &sum)) && isfinite(dz[0]) && isfinite(dz[1]));
	}
}

static void clipped_steps_are_torchs(void **state)
{
	struct graph *g = graph_new();
	struct pool *pool = pool_new(2);
	struct optim_options o;
	struct err e;

	(void)state;
	assert_int_equal(graph_end(g, graph_dense(g, "fc", graph_input(g, 1, 1, 23), 1, true), &e), 0);
	float *value = mem_big(g->count, sizeof *value), *grad = mem_big(g->count, sizeof *grad);
	size_t bias = g->param[1]->offset;
	optim_defaults(&o, OPTIM_SGD);
	o.clip = .25;
	o.l2 = "fc=0.05";
	struct optim *optim = optim_new(g, (bool[]){true, true}, &o, &e);
	for (int i = 0; i < 24; i++)
		value[i < 23 ? (size_t)i : bias] = (float)sin(i * 1.3);
	for (int t = 0; t < 8; t++) {
		for (int i = 0; i < 24; i++)
			grad[i < 23 ? (size_t)i : bias] = (float)(sin(i * 1.3 + t + 1) * pow(10, -t));
		optim_step(optim, 1e-2, value, grad, pool);
	}
	for (int i = 0; i < 24; i++)
		assert_near(value[i < 23 ? (size_t)i : bias], golden_clipped[i], 1e-6);
	optim_free(optim);
	for (int i = 0; i < 4; i++) {
		o.l2 = ((const char *[]){"fc", "=1", "fd=1", "fc=-1"})[i];
		assert_null(optim_new(g, (bool[]){true, true}, &o, &e));
	}
	pool_free(pool);
	graph_free(g);
	free(value);
	free(grad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedules_are_torchs), cmocka_unit_test(specs), cmocka_unit_test(losses_are_torchs),
		cmocka_unit_test(gradients_are_differences), cmocka_unit_test(clipped_steps_are_torchs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
