#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
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

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *spec, *text;
		int size;
	} cases[] = {
		{"resnet19", "unknown architecture 'resnet19'; known: resnet18", 224},
		{"", "unknown architecture ''", 224},
		{"ResNet18", "unknown architecture", 224},
		{"resnet18:", "'' is no part of an architecture spec", 224},
		{"resnet18:classes", "'classes' is no part", 224},
		{"resnet18:classes=", "classes=: not a number from 1 to 10000", 224},
		{"resnet18:classes=0", "classes=0", 224},
		{"resnet18:classes=-1", "classes=-1", 224},
		{"resnet18:classes=2x", "classes=2x", 224},
		{"resnet18:classes=99999999999999999999", "classes=9999", 224},
		{"resnet18:channels=4", "channels=4: not a number from 1 to 3", 224},
		{"resnet18:channels=1", "channels=1, but the recipe makes pictures of 3", 224},
		{"resnet18:depth=3", "'depth' is no part", 224},
		{"resnet18", "resnet18 needs pictures of at least 32x32, not 31x31", 31},
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
	assert_non_null(strstr(text, "resnet18\n"));
	assert_non_null(strstr(text, "resnet101\n"));
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
	assert_refused(dir, "directory");
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
	assert_refused(path, "unknown architecture 'vgg0'");
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
		cmocka_unit_test(networks_are_torchvisions), cmocka_unit_test(specs_are_taken), cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(names_are_listed),          cmocka_unit_test(models_are_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
