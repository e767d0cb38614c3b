#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train/optim.h"
#include "train_golden.h"
#include "near.h"

/* inputs x outputs weights and as many biases as outputs. */
static struct graph *dense(int inputs, int outputs)
{
	struct graph *g = graph_new();
	struct err e;

	assert_int_equal(graph_end(g, graph_dense(g, "fc", graph_input(g, 1, 1, inputs), outputs, true), &e), 0);
	return g;
}

static float wave(int i, int t)
{
	return (float)sin(i * 1.3 + t);
}

static void check(enum optim_kind kind, double decay, const double *golden)
{
	struct graph *g = dense(23, 1);
	float *value = mem_big(g->count, sizeof *value), *grad = mem_big(g->count, sizeof *grad);
	size_t bias = g->param[1]->offset;
	struct pool *pool = pool_new(1);
	struct optim_options o;
	struct err e;

	optim_defaults(&o, kind);
	if (decay > 0)
		o.weight_decay = decay;
	struct optim *optim = optim_new(g, (bool[]){true, true}, &o, &e);
	for (int i = 0; i < 24; i++)
		value[i < 23 ? (size_t)i : bias] = wave(i, 0);
	for (int t = 0; t < 8; t++) {
		for (int i = 0; i < 24; i++)
			grad[i < 23 ? (size_t)i : bias] = (float)(sin(i * 1.3 + t + 1) * pow(10, -t));
		optim_step(optim, 1e-2, value, grad, pool);
	}
	for (int i = 0; i < 24; i++)
		assert_near(value[i < 23 ? (size_t)i : bias], golden[i], 1e-6);
	optim_free(optim);
	pool_free(pool);
	graph_free(g);
	free(value);
	free(grad);
}

static void steps_are_torchs(void **state)
{
	(void)state;
	check(OPTIM_ADAM, 0, golden_adam);
	check(OPTIM_ADAM, .1, golden_adam_decay);
	check(OPTIM_ADAMW, 0, golden_adamw);
	check(OPTIM_SGD, 0, golden_sgd);
	check(OPTIM_SGD, .1, golden_sgd_decay);
}

/* Untrained parameters keep their bits; more threads give the same ones. */
static void only_the_trained_change(void **state)
{
	struct graph *g = dense(300, 301);
	size_t bytes = g->count * sizeof(float);
	float *value[2], *grad = mem_big(1, bytes);
	struct optim_options o;
	struct err e;

	(void)state;
	optim_defaults(&o, OPTIM_ADAM);
	for (size_t i = 0; i < g->count; i++)
		grad[i] = wave((int)i, 1);
	for (int k = 0; k < 2; k++) {
		struct pool *pool = pool_new(1 + 2 * k);
		struct optim *optim = optim_new(g, (bool[]){true, false}, &o, &e);

		value[k] = mem_big(1, bytes);
		for (size_t i = 0; i < g->count; i++)
			value[k][i] = wave((int)i, 0);
		for (int t = 0; t < 3; t++)
			optim_step(optim, 1e-3, value[k], grad, pool);
		for (size_t i = g->param[1]->offset; i < g->count; i++)
			assert_true(value[k][i] == wave((int)i, 0));
		assert_true(value[k][5] != wave(5, 0));
		assert_true(value[k][g->param[0]->count - 1] != wave((int)g->param[0]->count - 1, 0));
		optim_free(optim);
		pool_free(pool);
	}
	assert_memory_equal(value[0], value[1], bytes);
	free(value[0]);
	free(value[1]);
	free(grad);
	graph_free(g);
}

static void names(void **state)
{
	enum optim_kind k;
	struct err e;

	(void)state;
	assert_int_equal(optim_parse("adamw", &k, &e), 0);
	assert_int_equal(k, OPTIM_ADAMW);
	assert_string_equal(optim_name(OPTIM_SGD), "sgd");
	assert_int_equal(optim_parse("", &k, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_torchs), cmocka_unit_test(only_the_trained_change), cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
