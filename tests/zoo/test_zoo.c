#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "nn/select.h"
#include "pictures.h"

static struct recipe square(int size)
{
	struct recipe r;

	recipe_default(&r);
	r.width = r.height = size;
	return r;
}

static char *dump(const struct net *n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	graph_dump(n->g, f);
	fclose(f);
	return text;
}

static char *golden(const char *name)
{
	char path[128], *text = xcalloc(1, 1 << 17);
	FILE *f;

	snprintf(path, sizeof path, "tests/zoo/golden/%s", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s (run in the source directory)", path);
	text[fread(text, 1, (1 << 17) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* Node by node as torchvision's (tests/ref/nn_zoo.py), with the published numbers of parameters. */
static void networks_are_torchvisions(void **state)
{
	static const struct {
		const char *file, *spec;
		int size;
		size_t count;
	} cases[] = {
		{"resnet18", "resnet18", 224, 11689512},
		{"resnet34", "resnet34", 224, 21797672},
		{"resnet50", "resnet50", 224, 25557032},
		{"resnet101", "resnet101", 224, 44549160},
		{"vgg16", "vgg16", 224, 138357544},
		{"vgg19", "vgg19", 224, 143667240},
		{"vgg16_bn", "vgg16_bn", 224, 138365992},
		{"vgg19_bn", "vgg19_bn", 224, 143678248},
		{"densenet121", "densenet121", 224, 7978856},
		{"densenet169", "densenet169", 224, 14149480},
		{"densenet201", "densenet201", 224, 20013928},
		{"mobilenet_v2", "mobilenet_v2", 224, 3504872},
		{"mobilenet_v2_onnx", "mobilenet_v2_onnx", 224, 3505960},
		{"inception_v3", "inception_v3", 299, 23834568},
		{"inception_v3-aux", "inception_v3:aux=1", 299, 27161264},
		{"xception", "xception", 299, 22855952},
		{"stack", "stack:mobilenet_v2+densenet169", 224, 15630568},
		{"resnet18-last", "resnet18:last=1", 224, 11689512},
		{"resnet50-last", "resnet50:last=1", 224, 25557032},
		{"vgg16_bn-last", "vgg16_bn:last=1", 224, 138365992},
		{"densenet121-last", "densenet121:last=1", 224, 7978856},
		{"mobilenet_v2-last", "mobilenet_v2:last=1", 224, 3504872},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct recipe r = square(cases[i].size);
		struct err e = {""};
		struct net *n = zoo_net(cases[i].spec, &r, 1000, &e);
		char *mine, *want = golden(cases[i].file);

		assert_non_null(n);
		mine = dump(n);
		assert_string_equal(mine, want);
		assert_int_equal(graph_count(n->g), cases[i].count);
		free(mine);
		free(want);
		net_free(n);
	}
}

static void specs_are_taken(void **state)
{
	static const struct {
		const char *spec;
		int channels, logits;
		const char *arch;
	} cases[] = {
		{"resnet18", 3, 0, "resnet18:classes=1:channels=3"},
		{"resnet18", 1, 2, "resnet18:classes=2:channels=1"},
		{"resnet18:classes=4", 3, 2, "resnet18:classes=4:channels=3"},
		{"resnet18:channels=1:classes=3", 1, 0, "resnet18:classes=3:channels=1"},
		{"resnet34:head=bn,8,relu", 3, 2, "resnet34:head=bn,8,relu:classes=2:channels=3"},
		{"vgg16:classes=2:head=drop0.4,128,relu,drop0.3", 1, 0,
		 "vgg16:head=drop0.4,128,relu,drop0.3:classes=2:channels=1"},
		{"resnet18:last=1", 3, 0, "resnet18:last=1:classes=1:channels=3"},
		{"stack:resnet18+mobilenet_v2:last=2", 3, 0, "stack:resnet18+mobilenet_v2:classes=1:channels=3"},
		{"densenet121:aux=0", 1, 3, "densenet121:classes=3:channels=1"},
		{"mobilenet_v2_onnx", 1, 0, "mobilenet_v2_onnx:classes=1:channels=1"},
		{"xception:head=1,2", 1, 0, "xception:head=1,2:classes=1:channels=1"},
		{"stack:resnet18+resnet18+densenet121:head=drop0", 3, 2,
		 "stack:resnet18+resnet18+densenet121:head=drop0:classes=2:channels=3"},
		{"stack:mobilenet_v2+xception", 1, 0, "stack:mobilenet_v2+xception:classes=1:channels=1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct recipe r = square(32);
		struct err e = {""};
		struct net *n;

		recipe_set_channels(&r, cases[i].channels);
		n = zoo_net(cases[i].spec, &r, cases[i].logits, &e);
		if (!n)
			fail_msg("%s: %s", cases[i].spec, e.text);
		assert_string_equal(n->arch, cases[i].arch);
		assert_int_equal(n->g->input->c, cases[i].channels);
		assert_int_equal(n->recipe.width, 32);
		net_free(n);
	}
}

/* What others count, running statistics included: the stack of two frozen branches that is known by these numbers. */
static void a_stack_trains_its_head(void **state)
{
	struct recipe r = square(224);
	struct err e = {""};
	struct net *n = zoo_net("stack:mobilenet_v2+densenet169", &r, 1, &e);
	bool *train = xcalloc((size_t)n->g->nparam, 1);
	size_t trained = 0;

	(void)state;
	assert_int_equal(graph_count(n->g) + graph_statistics(n->g), 15700609);
	assert_int_equal(graph_select(n->g, "head", train, &e), 0);
	for (int i = 0; i < n->g->nparam; i++)
		trained += train[i] ? n->g->param[i]->count : 0;
	assert_int_equal(trained, 793345);
	free(train);
	net_free(n);
}

/* The least images that each takes are taken indeed. */
static void least_images(void **state)
{
	static const struct {
		const char *spec;
		int size;
	} cases[] = {
		{"resnet50", 32}, {"vgg16", 32}, {"densenet201", 29}, {"mobilenet_v2", 32}, {"inception_v3", 75},
		{"inception_v3:aux=1", 299}, {"xception", 32}, {"stack:inception_v3+xception", 75},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct recipe r = square(cases[i].size);
		struct err e = {""};
		struct net *n = zoo_net(cases[i].spec, &r, 1, &e);

		if (!n)
			fail_msg("%s: %s", cases[i].spec, e.text);
		net_free(n);
		r.width--;
		assert_null(zoo_net(cases[i].spec, &r, 1, &e));
	}
}

static void layers_have_torchvisions_names(void **state)
{
	static const struct {
		const char *spec, *prefix, *first, *last;
	} cases[] = {
		{"vgg19", "features.28+", "features.28.weight", "classifier.6.bias"},
		{"vgg19:head=drop0.4,128,relu,drop0.3", "classifier", "classifier.1.weight", "classifier.4.bias"},
		{"densenet121", "features.norm5+", "features.norm5.weight", "classifier.bias"},
		{"mobilenet_v2", "features.18+", "features.18.0.weight", "classifier.1.bias"},
		{"inception_v3", "Mixed_7c+", "Mixed_7c.branch1x1.conv.weight", "fc.bias"},
		{"xception", "block12+", "block12.rep.1.conv1.weight", "fc.bias"},
		{"stack:resnet18+densenet121", "b.features.denseblock4,head", "b.features.denseblock4.denselayer1.norm1.weight",
		 "head.8.bias"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct recipe r = square(96);
		struct err e = {""};
		struct net *n = zoo_net(cases[i].spec, &r, 1, &e);
		bool *train = xcalloc((size_t)n->g->nparam, 1);
		int first = -1, last = -1;

		assert_int_equal(graph_select(n->g, cases[i].prefix, train, &e), 0);
		for (int p = 0; p < n->g->nparam; p++)
			if (train[p])
				first = first < 0 ? p : first, last = p;
		assert_string_equal(n->g->param[first]->name, cases[i].first);
		assert_string_equal(n->g->param[last]->name, cases[i].last);
		free(train);
		net_free(n);
	}
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *spec, *text;
		int size;
	} cases[] = {
		{"resnet19", "no architecture 'resnet19': choose one of resnet18", 224},
		{"", "no architecture ''", 224},
		{"ResNet18", "no architecture", 224},
		{"resnet18:", "'' is no part of an architecture spec", 224},
		{"resnet18:classes", "'classes' is no part", 224},
		{"resnet18:classes=", "classes=: not a number from 1 to 10000", 224},
		{"resnet18:classes=0", "classes=0", 224},
		{"resnet18:classes=-1", "classes=-1", 224},
		{"resnet18:classes=2x", "classes=2x", 224},
		{"resnet18:classes=99999999999999999999", "classes=9999", 224},
		{"resnet18:channels=4", "channels=4: not a number from 1 to 3", 224},
		{"resnet18:channels=1", "channels=1, but the recipe makes images of 3", 224},
		{"resnet18:depth=3", "'depth' is no part", 224},
		{"resnet18", "resnet18 needs images of at least 32x32, not 31x31", 31},
		{"vgg19_bn", "vgg19_bn needs images of at least 32x32", 31},
		{"densenet169", "densenet169 needs images of at least 29x29", 28},
		{"inception_v3", "inception_v3 needs images of at least 75x75, not 74x74", 74},
		{"inception_v3:aux=1", "inception_v3 with aux=1 needs images of at least 299x299, not 298x298", 298},
		{"inception_v3:aux=2", "aux=2: not a number from 0 to 1", 299},
		{"xception:last=1", "last=1: xception has no last stage whose stride alone can be left out", 299},
		{"stack:resnet18+xception:last=1", "last=1: xception has no last stage", 299},
		{"resnet18:last=3", "last=3: not a number from 1 to 2", 224},
		{"resnet18:aux=1", "aux=1: resnet18 has no auxiliary classifier", 224},
		{"vgg19:head", "'head' is no part", 224},
		{"vgg19:head=", "head=: '' is neither bn, relu", 224},
		{"vgg19:head=128,", "head=: '' is neither", 224},
		{"vgg19:head=128,,relu", "head=: '' is neither", 224},
		{"vgg19:head=tanh", "head=: 'tanh' is neither", 224},
		{"vgg19:head=drop", "head=: 'drop' is neither", 224},
		{"vgg19:head=drop1", "head=: 'drop1' is neither", 224},
		{"vgg19:head=drop-0.1", "head=: 'drop-0.1' is neither", 224},
		{"vgg19:head=dropnan", "head=: 'dropnan' is neither", 224},
		{"vgg19:head=0", "head=: '0' is neither", 224},
		{"vgg19:head=16385", "head=: '16385' is neither", 224},
		{"vgg19:head=relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,"
		 "relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu,relu", "head=: more than 32 layers", 224},
		{"stack", "no architecture ''", 224},
		{"stack:", "no architecture ''", 224},
		{"stack:resnet18", "a stack has 2 to 8 branches, as in stack:mobilenet_v2+densenet169, not 1", 224},
		{"stack:resnet18+", "no architecture ''", 224},
		{"stack:resnet18+stack", "a stack is no branch of a stack", 224},
		{"stack:stack:resnet18+vgg16", "a stack is no branch of a stack", 224},
		{"stack:resnet18+vgg0", "no architecture 'vgg0'", 224},
		{"stack:head=128", "no architecture 'head=128'", 224},
		{"stack:resnet18+resnet18:aux=1", "aux=1: a stack has no auxiliary classifier", 224},
		{"stack:resnet18+resnet18:head=x", "head=: 'x' is neither", 224},
		{"stack:resnet18+inception_v3", "stack:resnet18+inception_v3 needs images of at least 75x75, not 74x74", 74},
		{"stack:resnet18+resnet18+resnet18+resnet18+resnet18+resnet18+resnet18+resnet18+resnet18", "not 9", 32},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct recipe r = square(cases[i].size);
		struct err e = {""};

		assert_null(zoo_net(cases[i].spec, &r, 1, &e));
		if (!strstr(e.text, cases[i].text))
			fail_msg("%s: '%s' does not say '%s'", cases[i].spec, e.text, cases[i].text);
	}
}

static void names_are_listed(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	zoo_names(f);
	fclose(f);
	assert_int_equal(strncmp(text, "resnet18  ", 10), 0);
	assert_non_null(strstr(text, "\nresnet101  "));
	assert_non_null(strstr(text, "\nxception  "));
	assert_non_null(strstr(text, "\nstack:A+B  "));
	free(text);
}

static void assert_refused(const char *path, const char *text)
{
	struct err e = {""};

	assert_null(zoo_load(path, &e));
	if (!strstr(e.text, text) || !strstr(e.text, path))
		fail_msg("'%s' does not say '%s' and '%s'", e.text, path, text);
}

static void write_record(const struct record *r, const char *path)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(record_write(r, f, NULL, NULL), 0);
	assert_int_equal(fclose(f), 0);
}

static void models_are_files(void **state)
{
	char dir[] = "/tmp/test_zoo.XXXXXX", path[64], line[RECIPE_TEXT];
	struct recipe recipe = square(32);
	struct err e = {""};
	struct net *n = zoo_net("resnet18:classes=2", &recipe, 0, &e), *back;
	struct record r = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/model", dir);
	assert_refused(path, "No such file");
	assert_refused(dir, "a folder");
	assert_int_equal(classes_parse(&n->classes, "A,B", &e), 0);
	net_init(n, 1, NULL);
	assert_int_equal(net_save(n, path, &e), 0);
	back = zoo_load(path, &e);
	assert_non_null(back);
	assert_string_equal(back->arch, n->arch);
	assert_bits(back->value, n->value, n->g->count, "parameters");
	assert_string_equal(recipe_format(&back->recipe, line), "size=32x32 channels=3 fit=squash kernel=linear shrink=full "
	                                                        "depth=8 mean=0.485,0.456,0.406 std=0.229,0.224,0.225");
	net_free(back);
	net_to_record(n, &r);
	record_set(&r, "arch", "resnet34:classes=2:channels=3");
	write_record(&r, path);
	assert_refused(path, "missing or of another shape");
	record_set(&r, "arch", "resnet18:classes=3:channels=3");
	write_record(&r, path);
	assert_refused(path, "'fc.weight'");
	record_set(&r, "arch", "vgg0");
	write_record(&r, path);
	assert_refused(path, "no architecture 'vgg0'");
	record_set(&r, "arch", NULL);
	write_record(&r, path);
	assert_refused(path, "not a model");
	record_set(&r, "arch", "resnet18:classes=2");
	record_set(&r, "cxr", "head");
	write_record(&r, path);
	assert_refused(path, "not a model");
	assert_int_equal(truncate(path, 1000000), 0);
	assert_refused(path, "");
	unlink(path);
	rmdir(dir);
	record_free(&r);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_torchvisions),
		cmocka_unit_test(specs_are_taken),
		cmocka_unit_test(a_stack_trains_its_head),
		cmocka_unit_test(least_images),
		cmocka_unit_test(layers_have_torchvisions_names),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(names_are_listed),
		cmocka_unit_test(models_are_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
