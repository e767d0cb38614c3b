#include "nets.h"

/* The one mistake of a graph is told when it ends, with the node's name; builders pass NULL on. */
static void assert_mistake(struct graph *g, struct node *output, const char *text)
{
	struct err e = {""};
	struct node *more = graph_gap(g, "more", graph_act(g, "after", output, ACT_RELU));

	assert_null(output);
	assert_null(more);
	assert_int_equal(graph_end(g, graph_dense(g, "end", more, 1, true), &e), -1);
	if (!strstr(e.text, text))
		fail_msg("'%s' does not say '%s'", e.text, text);
	graph_free(g);
}

static void mistakes_are_told(void **state)
{
	struct graph *g = graph_new();
	struct node *x = graph_input(g, 5, 6, 4), *both[2];

	(void)state;
	assert_mistake(g, graph_conv(g, "c", x, 8, window_square(3, 1, 1), 3, false), "c: 3 groups do not divide 4 input and 8");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_conv(g, "c", x, 8, window_square(3, 1, 1), 0, false), "c: 0 groups");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_conv(g, "c", x, 0, window_square(3, 1, 1), 1, false), "c: 1 groups");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_conv(g, "c", x, 8, window_square(7, 1, 0), 1, false), "c: input 5x6 is smaller than the 7x7");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_maxpool(g, "p", x, window_square(8, 1, 1)), "p: input 5x6 is smaller than the 8x8");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_conv(g, "c", x, 8, window_square(3, 0, 1), 1, false), "c: a 3x3 window with strides of 0x0");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_maxpool(g, "p", x, (struct window){.kh = 2, .kw = 2, .stride_h = 1}), "strides of 1x0");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_conv(g, "c", x, 8, window_square(0, 1, 0), 1, false), "c: a 0x0 window");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_conv(g, "c", x, 8, window_square(3, 1, -1), 1, false), "c: negative padding");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_adaptive(g, "p", x, 0, 7), "p: no places");
	g = graph_new(), x = graph_input(g, 50, 60, 4);
	assert_mistake(g, graph_maxpool(g, "p", x, window_square(17, 1, 1)), "p: a 17x17 window is too large");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_avgpool(g, "p", x, window_square(2, 1, 2), false), "p: padding as large as the 2x2 window");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_dense(g, "d", x, 2, true), "d: a dense layer wants a flat input, not 5x6x4");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_dropout(g, "d", x, 1), "d: rate 1 is not in [0,1)");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	assert_mistake(g, graph_add(g, "a", x, graph_gap(g, "gap", x)), "a: 5x6x4 and 1x1x4 cannot be added");
	g = graph_new(), both[0] = graph_input(g, 5, 6, 4), both[1] = graph_gap(g, "gap", both[0]);
	assert_mistake(g, graph_concat(g, "j", both, 2), "j: 5x6 and 1x1 cannot be joined");
	g = graph_new(), x = graph_input(g, 5, 6, 4);
	graph_gap(g, "same", x);
	assert_mistake(g, graph_bn(g, "same", x, 1e-5f), "same: two nodes of that name");
	g = graph_new();
	assert_mistake(g, graph_input(g, 0, 6, 4), "input 0x6x4 has no pixels");
}

static void a_graph_needs_an_output(void **state)
{
	struct graph *g = graph_new();
	struct err e = {""};

	(void)state;
	graph_input(g, 5, 6, 4);
	assert_int_equal(graph_end(g, NULL, &e), -1);
	assert_string_equal(e.text, "network without an output");
	graph_free(g);
}

static void shapes_and_counts(void **state)
{
	struct graph *g = graph_new();
	struct node *x = graph_input(g, 9, 10, 3), *c, *parts[2];
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct err e;

	(void)state;
	c = graph_conv(g, "c", x, 6, (struct window){3, 2, 2, 1, 0, 1, 2, 0}, 3, true);
	parts[0] = graph_act(g, "r", graph_bn(g, "b", c, 1e-3f), ACT_RELU6);
	parts[1] = graph_dropout(g, "d", parts[0], .25f);
	x = graph_avgpool(g, "a", graph_concat(g, "j", parts, 2), window_square(3, 2, 1), true);
	x = graph_dense(g, "fc", graph_flatten(g, "f", graph_maxpool(g, "m", x, window_square(2, 2, 0))), 2, false);
	g->prefix = "t.";
	x = graph_dense(g, "fc", graph_gap(g, "g", graph_adaptive(g, "v", c, 7, 2)), 1, true);
	g->prefix = NULL;
	assert_int_equal(graph_end(g, x, &e), 0);
	assert_int_equal(graph_find(g, "fc")->in[0]->c, 24);
	assert_int_equal(g->param[graph_find(g, "fc")->param[0]]->taps, 2); /* flattened places */
	assert_int_equal(g->param[x->param[0]]->taps, 1);
	assert_ptr_equal(graph_find(g, "c"), c);
	assert_null(graph_find(g, "z"));
	assert_int_equal(graph_count(g), 6 * 1 * 3 * 2 + 6 + 6 + 6 + 12 * 2 * 1 * 2 + 7);
	graph_dump(g, f);
	fclose(f);
	assert_string_equal(text, "0 input input () 9x10x3\n"
	                          "1 c conv 3x2 stride 2x1 pad 0,1,2,0 groups 3 (0) 5x10x6 weight:6x1x3x2 bias:6\n"
	                          "2 b bn eps 0.001 (1) 5x10x6 weight:6 bias:6 running_mean:6 running_var:6\n"
	                          "3 r act relu6 (2) 5x10x6\n"
	                          "4 d dropout rate 0.25 (3) 5x10x6\n"
	                          "5 j concat (3 4) 5x10x12\n"
	                          "6 a avgpool 3x3 stride 2x2 pad 1,1,1,1 include_pad (5) 3x5x12\n"
	                          "7 m maxpool 2x2 stride 2x2 (6) 1x2x12\n"
	                          "8 f flatten (7) 1x1x24\n"
	                          "9 fc dense (8) 1x1x2 weight:2x24\n"
	                          "10 t.v avgpool adaptive (1) 7x2x6\n"
	                          "11 t.g gap (10) 1x1x6\n"
	                          "12 t.fc dense (11) 1x1x1 weight:1x6 bias:1\n");
	free(text);
	graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(a_graph_needs_an_output),
		cmocka_unit_test(shapes_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
