#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "nets.h"

/* Model records: everything that a file says comes back, and nothing wrong comes in. */

static struct graph *graph_of(int channels)
{
	struct graph *g = graph_new();
	struct node *n = graph_conv(g, "conv1", graph_input(g, 8, 8, channels), 6, window_square(3, 1, 1), 1, false);

	n = graph_act(g, "relu", graph_bn(g, "bn1", n, 1e-5f), ACT_RELU);
	n = graph_conv(g, "conv2", n, 4, window_square(2, 2, 0), 2, true);
	assert_int_equal(graph_end(g, graph_dense(g, "fc", graph_gap(g, "gap", n), 2, true), NULL), 0);
	return g;
}

static struct net *empty_net(int channels)
{
	struct err e = {""};
	struct net *n = net_new(graph_of(channels), "toy:classes=2", &e);

	assert_non_null(n);
	assert_int_equal(classes_parse(&n->classes, "NORMAL,PNEUMONIA", &e), 0);
	return n;
}

static struct net *full_net(void)
{
	struct net *n = empty_net(3);

	formula_params(n);
	n->threshold = .37;
	n->temperature = 1.25;
	record_set(&n->meta, "train.sha256", "0123456789abcdef");
	record_set(&n->meta, "note", "\xc3\xa9 \"quoted\"\ttab");
	return n;
}

static void a_record_comes_back(void **state)
{
	struct net *n = full_net(), *back = empty_net(3);
	struct record r = {0};
	struct err e = {""};

	(void)state;
	net_to_record(n, &r);
	assert_string_equal(record_kind(&r), "net");
	assert_int_equal(r.ntensor, n->g->nparam);
	assert_int_equal(net_from_record(back, &r, &e), 0);
	assert_bits(back->value, n->value, n->g->count, "parameters");
	assert_string_equal(back->digest, n->digest);
	assert_true(back->threshold == .37 && back->temperature == 1.25);
	assert_int_equal(back->classes.n, 2);
	assert_string_equal(back->classes.name[1], "PNEUMONIA");
	assert_string_equal(record_get(&back->meta, "train.sha256"), "0123456789abcdef");
	assert_string_equal(record_get(&back->meta, "note"), "\xc3\xa9 \"quoted\"\ttab");
	assert_null(record_get(&back->meta, "arch"));
	assert_int_equal(back->meta.ntensor, 0);
	record_free(&r);
	net_free(n);
	net_free(back);
}

/* Weights lie OIHW in the record; the digest is of arch and parameters alone. */
static void layout_and_digest(void **state)
{
	struct net *n = full_net();
	struct record r = {0};
	const struct param *p = n->g->param[0];
	char first[65];

	(void)state;
	net_to_record(n, &r);
	const struct tensor *t = record_tensor(&r, "conv1.weight");
	const float *file = t->data, *mine = n->value + p->offset;

	assert_int_equal(t->ndim, 4);
	assert_true(t->shape[0] == 6 && t->shape[1] == 3 && t->shape[2] == 3 && t->shape[3] == 3);
	for (int o = 0; o < 6; o++)
		for (int i = 0; i < 3; i++)
			for (int tap = 0; tap < 9; tap++)
				assert_true(file[(o * 3 + i) * 9 + tap] == mine[(o * 9 + tap) * 3 + i]);
	memcpy(first, n->digest, sizeof first);
	assert_int_equal(strlen(first), 64);
	n->threshold = .9;
	record_set(&n->meta, "note", "other");
	net_to_record(n, &r);
	assert_string_equal(n->digest, first);
	n->value[p->offset] += 1e-6f;
	net_to_record(n, &r);
	assert_string_not_equal(n->digest, first);
	record_free(&r);
	net_free(n);
}

static void files_come_back(void **state)
{
	struct net *n = full_net(), *back = empty_net(3);
	char dir[] = "/tmp/test_net.XXXXXX", path[64];
	struct record r = {0};
	struct err e = {""};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/model", dir);
	assert_int_equal(net_save(n, path, &e), 0);
	assert_int_equal(record_read_file(&r, path, &e), 0);
	assert_int_equal(net_from_record(back, &r, &e), 0);
	assert_bits(back->value, n->value, n->g->count, "parameters");
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof path, "%s/none/model", dir);
	assert_int_equal(net_save(n, path, &e), -1);
	assert_non_null(strstr(e.text, "model"));
	if (access("/dev/full", W_OK) == 0)
		assert_int_equal(net_save(n, "/dev/full", &e), -1);
	assert_int_equal(rmdir(dir), 0);
	record_free(&r);
	net_free(n);
	net_free(back);
}

/* Each damage to a good record, and what must be said of it. */
static void drop(struct record *r)
{
	record_drop(r, "bn1.running_var");
}

static void add(struct record *r)
{
	record_add(r, "fc2.weight", DT_F32, 1, (int64_t[]){3});
}

static void reshape(struct record *r)
{
	record_add(r, "fc.weight", DT_F32, 2, (int64_t[]){4, 2});
}

static void flatten(struct record *r)
{
	record_add(r, "fc.weight", DT_F32, 1, (int64_t[]){8});
}

static void integers(struct record *r)
{
	record_add(r, "fc.bias", DT_I32, 1, (int64_t[]){2});
}

static void change(struct record *r)
{
	((float *)record_tensor(r, "fc.bias")->data)[1] += 1;
}

#define SET(name, key, value) \
	static void name(struct record *r) \
	{ \
		record_set(r, key, value); \
	}
SET(no_classes, "classes", NULL)
SET(bad_classes, "classes", "A,A")
SET(other_classes, "classes", "A,B,C")
SET(no_recipe, "recipe", NULL)
SET(bad_recipe, "recipe", "size=0x0")
SET(bad_threshold, "threshold", "half")
SET(nan_threshold, "threshold", "nan")
SET(zero_temperature, "temperature", "0")
SET(negative_temperature, "temperature", "-1")
SET(endless_temperature, "temperature", "inf")
SET(bad_digest, "digest", "00")

static void damage_is_told(void **state)
{
	static const struct {
		void (*damage)(struct record *r);
		const char *text;
	} cases[] = {
		{drop, "'bn1.running_var' of toy:classes=2 is missing"},
		{add, "no part of toy:classes=2: fc2.weight"},
		{reshape, "'fc.weight' of toy:classes=2 is missing or of another shape"},
		{flatten, "'fc.weight'"},
		{integers, "'fc.bias'"},
		{change, "digest"},
		{no_classes, "'classes'"},
		{bad_classes, ""},
		{other_classes, "outputs and 3 classes"},
		{no_recipe, "'recipe'"},
		{bad_recipe, ""},
		{bad_threshold, "threshold 'half' is not a number"},
		{nan_threshold, "threshold"},
		{zero_temperature, "temperature 0 is not from"},
		{negative_temperature, "temperature -1 is not from"},
		{endless_temperature, "temperature"},
		{bad_digest, "digest"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net *n = full_net(), *back = empty_net(3);
		struct record r = {0};
		struct err e = {""};

		net_to_record(n, &r);
		cases[i].damage(&r);
		if (net_from_record(back, &r, &e) != -1 || !*e.text || !strstr(e.text, cases[i].text))
			fail_msg("damage %zu: '%s' does not say '%s'", i, e.text, cases[i].text);
		record_free(&r);
		net_free(n);
		net_free(back);
	}
}

/* A file without digest, threshold and temperature (made elsewhere) is fine. */
static void little_is_enough(void **state)
{
	struct net *n = full_net(), *back = empty_net(3);
	struct record r = {0};
	struct err e = {""};

	(void)state;
	net_to_record(n, &r);
	record_set(&r, "digest", NULL);
	record_set(&r, "threshold", NULL);
	record_set(&r, "temperature", NULL);
	record_add(&r, "bn1.num_batches_tracked", DT_I64, 0, (int64_t[]){0});
	assert_int_equal(net_from_record(back, &r, &e), 0);
	assert_true(back->threshold == .5 && back->temperature == 1);
	assert_bits(back->value, n->value, n->g->count, "parameters");
	record_free(&r);
	net_free(n);
	net_free(back);
}

static int index_of(const struct net *n, const char *name)
{
	for (int i = 0; i < n->g->nparam; i++)
		if (strcmp(n->g->param[i]->name, name) == 0)
			return i;
	fail_msg("no parameter %s", name);
	return -1;
}

/* Partial weights: what fits goes in, the rest keeps its numbers and is named. */
static void partial_weights(void **state)
{
	struct net *n = full_net();
	float *before = copy_floats(n->value, n->g->count), *v;
	bool *loaded = xcalloc((size_t)n->g->nparam, 1);
	struct record r = {0};
	struct text extra = {0};
	struct err e = {""};
	int fc = index_of(n, "fc.bias");

	(void)state;
	v = record_add(&r, "fc.bias", DT_F32, 1, (int64_t[]){2});
	v[0] = 5;
	v[1] = -6;
	record_add(&r, "fc.weight", DT_F32, 2, (int64_t[]){1000, 4});
	record_add(&r, "layer9.weight", DT_F32, 1, (int64_t[]){1});
	record_add(&r, "bn1.num_batches_tracked", DT_I64, 0, (int64_t[]){0});
	assert_int_equal(net_fill(n, &r, loaded, &extra, &e), 0);
	assert_non_null(strstr(extra.s, "fc.weight"));
	assert_non_null(strstr(extra.s, "layer9.weight"));
	assert_null(strstr(extra.s, "num_batches"));
	for (int i = 0; i < n->g->nparam; i++) {
		const struct param *p = n->g->param[i];

		assert_int_equal(loaded[i], i == fc);
		if (i != fc)
			assert_bits(n->value + p->offset, before + p->offset, p->count, p->name);
	}
	assert_true(n->value[n->g->param[fc]->offset] == 5 && n->value[n->g->param[fc]->offset + 1] == -6);
	record_drop(&r, "fc.bias");
	text_free(&extra);
	assert_int_equal(net_fill(n, &r, loaded, &extra, &e), -1);
	assert_string_equal(e.text, "no tensor fits toy:classes=2: there are fc.weight, layer9.weight ..., "
	                    "wanted are conv1.weight, bn1.weight, bn1.bias ...");
	text_free(&extra);
	record_free(&r);
	free(before);
	free(loaded);
	net_free(n);
}

static void gray_sums_the_colours(void **state)
{
	struct net *color = full_net(), *gray = empty_net(1);
	bool *loaded = xcalloc((size_t)gray->g->nparam, 1);
	struct record r = {0};
	struct text extra = {0};

	(void)state;
	net_to_record(color, &r);
	assert_int_equal(net_fill(gray, &r, loaded, &extra, NULL), 0);
	assert_int_equal(extra.len, 0);
	for (int i = 0; i < gray->g->nparam; i++)
		assert_true(loaded[i]);
	for (size_t i = 0; i < 6 * 9; i++) {
		const float *c = color->value + color->g->param[0]->offset + 3 * i;

		assert_near(gray->value[gray->g->param[0]->offset + i], (double)c[0] + (double)c[1] + (double)c[2], 1e-6);
	}
	text_free(&extra);
	record_free(&r);
	free(loaded);
	net_free(color);
	net_free(gray);
}

/* Bytes of 1.5, -2 and 2^-24 (smallest half) in each float type. */
static void all_float_types(void **state)
{
	static const struct {
		enum dtype type;
		unsigned char bytes[24];
		double third;
	} cases[] = {
		{DT_F16, {0x00, 0x3e, 0x00, 0xc0, 0x01, 0x00}, 0x1p-24},
		{DT_BF16, {0xc0, 0x3f, 0x00, 0xc0, 0x80, 0x33}, 0x1p-24},
		{DT_F32, {0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x33}, 0x1p-24},
		{DT_F64, {0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x70, 0x3e}, 0x1p-24},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct graph *g = graph_new();
		struct net *n = net_of(g, graph_dense(g, "fc", graph_input(g, 1, 1, 3), 1, false));
		struct record r = {0};
		struct text extra = {0};
		bool loaded[1];

		memcpy(record_add(&r, "fc.weight", cases[i].type, 2, (int64_t[]){1, 3}), cases[i].bytes,
		       3 * dtype_size(cases[i].type));
		assert_int_equal(net_fill(n, &r, loaded, &extra, NULL), 0);
		assert_true(n->value[0] == 1.5f && n->value[1] == -2 && (double)n->value[2] == cases[i].third);
		text_free(&extra);
		record_free(&r);
		net_free(n);
	}
}

static void moments(const float *v, size_t n, double *mean, double *sd)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += v[i];
		squares += (double)v[i] * v[i];
	}
	*mean = sum / (double)n;
	*sd = sqrt(squares / (double)n - *mean * *mean);
}

static void random_starts(void **state)
{
	struct graph *g = graph_new();
	struct node *x = graph_conv(g, "c", graph_input(g, 4, 4, 32), 96, window_square(3, 1, 1), 2, true);
	struct net *n = net_of(g, graph_dense(g, "fc", graph_gap(g, "p", graph_bn(g, "b", x, 1e-5f)), 200, true));
	bool which[8] = {false};
	double mean, sd, bound = 1 / sqrt(96);

	(void)state;
	net_init(n, 3, NULL);
	moments(n->value + g->param[0]->offset, g->param[0]->count, &mean, &sd);
	assert_near(mean, 0, .003);
	assert_near(sd, sqrt(2.0 / (96 * 9)), .002); /* fan-out as torch counts it: of all groups */
	for (int i = 1; i < 6; i++) {
		moments(n->value + g->param[i]->offset, 96, &mean, &sd);
		assert_true(sd == 0 && mean == (i == 2 || i == 5));
	}
	moments(n->value + g->param[6]->offset, g->param[6]->count, &mean, &sd);
	assert_near(sd, bound / sqrt(3), .002);
	for (size_t i = 0; i < g->param[6]->count; i++)
		assert_true(fabs((double)n->value[g->param[6]->offset + i]) <= bound);
	/* by name and seed: a part anew gives the same bits, another seed others */
	float *before = copy_floats(n->value, g->count);
	fill_noise(n->value + g->param[6]->offset, g->param[6]->count, 1);
	which[6] = true;
	net_init(n, 3, which);
	assert_bits(n->value, before, g->count, "again");
	net_init(n, 4, which);
	assert_true(memcmp(n->value + g->param[6]->offset, before + g->param[6]->offset, 64) != 0);
	assert_bits(n->value, before, g->param[6]->offset, "the others");
	free(before);
	net_free(n);
}

static void probabilities(void **state)
{
	struct graph *g = graph_new();
	struct net *one = net_of(g, graph_dense(g, "fc", graph_input(g, 1, 1, 3), 1, true)), *three;
	float p[3];

	(void)state;
	g = graph_new();
	three = net_of(g, graph_dense(g, "fc", graph_input(g, 1, 1, 3), 3, true));
	net_probs(one, (float[]){2}, p);
	assert_near(p[1], 1 / (1 + exp(-2.)), 1e-7);
	assert_near(p[0], 1 / (1 + exp(2.)), 1e-7);
	net_probs(one, (float[]){-200}, p);
	assert_true(p[1] >= 0 && p[0] == 1);
	one->temperature = 4;
	net_probs(one, (float[]){2}, p);
	assert_near(p[1], 1 / (1 + exp(-.5)), 1e-7);
	net_probs(three, (float[]){1000, 999, -1000}, p);
	assert_near(p[0], 1 / (1 + exp(-1.)), 1e-7);
	assert_true(p[2] == 0);
	net_probs(three, (float[]){NAN, 1, 2}, p);
	assert_true(isnan(p[0]) && isnan(p[2]));
	net_probs(three, (float[]){1, NAN, 2}, p);
	assert_true(isnan(p[0]) && isnan(p[1]));
	net_free(one);
	net_free(three);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back), cmocka_unit_test(layout_and_digest), cmocka_unit_test(files_come_back),
		cmocka_unit_test(damage_is_told),      cmocka_unit_test(little_is_enough),  cmocka_unit_test(partial_weights),
		cmocka_unit_test(gray_sums_the_colours), cmocka_unit_test(all_float_types), cmocka_unit_test(random_starts),
		cmocka_unit_test(probabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
