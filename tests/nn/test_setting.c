/* A model's threshold, temperature, bias and prevalence: read from a file, moved with the prevalence, refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nets.h"
#include "nn/setting.h"
#include "nn/start.h"

static struct net *net_of_classes(const char *classes)
{
	struct graph *g = graph_new();
	struct node *n = graph_conv(g, "conv", graph_input(g, 4, 4, 1), 2, window_square(3, 1, 1), 1, false);
	struct err e = {""};
	struct net *net = net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", graph_bn(g, "bn", n, 1e-5f)), 3, true));

	classes_free(&net->classes);
	assert_int_equal(classes_parse(&net->classes, classes, &e), 0);
	return net;
}

static int read_text(struct net *n, const char *text, struct err *e)
{
	char path[] = "/tmp/cxr-setting.XXXXXX";
	int fd = mkstemp(path), rc;

	assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	rc = setting_read(n, path, e);
	input_forget(path);
	unlink(path);
	return rc;
}

static void a_file_is_read(void **state)
{
	struct net *n = net_of_classes("A,B");
	struct err e;

	(void)state;
	n->bias = 7;
	n->threshold = .25;
	record_set(&n->meta, "prevalence", "0.9");
	assert_int_equal(read_text(n, "name\tvalue\ntemperature\t2\nnote\tmade up\n", &e), 0);
	assert_true(n->temperature == 2 && n->threshold == .25);
	assert_true(n->bias == 0); /* the file was fitted without */
	assert_null(record_get(&n->meta, "prevalence"));
	assert_string_equal(record_get(&n->meta, "threshold.note"), "made up");
	assert_int_equal(read_text(n, "name\tvalue\nthreshold\t0.5\nbias\t0.25\nprevalence\t0.5\n", &e), 0);
	assert_true(n->bias == .25 && n->threshold == .5);
	net_free(n);
}

static void nonsense_is_refused(void **state)
{
	static const char *const rows[] = {"threshold\t1.5", "threshold\t-1", "temperature\t0", "temperature\tnan", "bias\tinf",
	                                   "prevalence\t1", "prevalence\t0", "size\t3", "threshold", "threshold\t1\t2", "bias\t"};
	struct net *n = net_of_classes("A,B"), *three = net_of_classes("A,B,C");
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = xasprintf("name\tvalue\n%s\n", rows[i]);

		assert_int_equal(read_text(n, text, &e), -1);
		assert_non_null(strstr(e.text, "/tmp/cxr-setting."));
		free(text);
	}
	assert_int_equal(setting_read(n, "/nowhere", &e), -1);
	assert_int_equal(read_text(three, "name\tvalue\nbias\t1\n", &e), -1);
	assert_int_equal(setting_bias(three, 1, &e), -1);
	assert_int_equal(setting_prevalence(three, .5, &e), -1);
	net_free(n);
	net_free(three);
}

/* At the threshold the log odds are the same before and after, so that the same images are positive. */
static void prevalence_moves_both(void **state)
{
	struct net *n = net_of_classes("A,B");
	struct err e;
	double before;

	(void)state;
	assert_int_equal(setting_prevalence(n, .1, &e), -1);
	assert_non_null(strstr(e.text, "not known"));
	record_set(&n->meta, "prevalence", "0.5");
	n->threshold = .3;
	n->bias = .25;
	before = log(.3 / .7) - n->bias;
	assert_int_equal(setting_prevalence(n, .1, &e), 0);
	assert_near(n->bias, .25 - log(9), 1e-12);
	assert_near(log(n->threshold / (1 - n->threshold)) - n->bias, before, 1e-12);
	assert_int_equal(setting_prevalence(n, .5, &e), 0);
	assert_near(n->bias, .25, 1e-12);
	assert_near(n->threshold, .3, 1e-12);
	net_free(n);
}

static void a_module_forgets(void **state)
{
	struct net *n = net_of_classes("A,B,C");
	struct err e;

	(void)state;
	formula_params(n);
	float *before = copy_floats(n->value, n->g->count);
	assert_int_equal(start_again(n, "nothing", 1, &e), -1);
	assert_bits(n->value, before, n->g->count, "after a name that is none");
	assert_int_equal(start_again(n, "bn", 1, &e), 0);
	assert_non_null(strstr(record_get(&n->meta, "randomised"), "bn, seed 1, of "));
	for (int i = 0; i < n->g->nparam; i++) {
		const struct param *p = n->g->param[i];
		bool same = !memcmp(n->value + p->offset, before + p->offset, p->count * sizeof *before);

		assert_int_equal(same, strcmp(p->node->name, "bn") != 0); /* running statistics too */
	}
	free(before);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(prevalence_moves_both),
		cmocka_unit_test(a_module_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
