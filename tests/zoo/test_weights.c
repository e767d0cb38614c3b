/* Weights of other people's files: every form gives the same tensors, and nothing hostile is believed or executed. The
 * files of tests/zoo/weights are PyTorch's, numpy's and h5py's own (tests/ref/weights.py). */
#include <dirent.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/rng.h"
#include "nn/nets.h"
#include "nn/start.h"
#include "zoo/weights.h"

#define FILES "tests/zoo/weights/"

static struct net *toy(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_input(g, 5, 5, 3);

	n = graph_conv(g, "conv", n, 2, window_square(3, 1, 1), 1, false);
	n = graph_bn(g, "bn", n, 1e-5f);
	return net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", n), 3, true));
}

/* Element i of tensor k, as in weights.py. */
static float value(size_t i, size_t k)
{
	return (float)((i * 7 + k * 13) % 32) / 8 - 2;
}

static void read_file(struct record *r, const char *name, const struct net *n)
{
	char path[128];
	struct err e = {""};

	snprintf(path, sizeof path, FILES "%s", name);
	if (weights_read(r, path, n, &e))
		fail_msg("%s", e.text);
}

/* Every parameter of the toy came from the file. */
static void check_toy(struct net *n, const struct record *r, const char *name)
{
	static const char *const order[] = {"conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
		"fc.weight", "fc.bias"};
	struct start s;
	struct err e = {""};
	struct record back = {0};

	if (start_net(n, 1, r, &s, &e))
		fail_msg("%s: %s", name, e.text);
	if (s.loaded != 7 || s.total != 7 || s.random.len || s.unused.len || s.other.len)
		fail_msg("%s: %s", name, start_text(&s));
	net_to_record(n, &back);
	for (size_t k = 0; k < 7; k++) {
		const struct tensor *t = record_tensor(&back, order[k]);

		assert_non_null(t);
		for (size_t i = 0; i < t->bytes / sizeof(float); i++)
			if (!(((float *)t->data)[i] == value(i, k)))
				fail_msg("%s: %s[%zu] is %g, not %g", name, order[k], i, (double)((float *)t->data)[i],
				         (double)value(i, k));
	}
	start_free(&s);
	record_free(&back);
}

static void every_form_is_the_same(void **state)
{
	static const char *const files[] = {
		"zip", "legacy", "tar", "npz", "npz.packed", "npy", "zip.half", "legacy.bfloat16", "zip.double", "zip.protocol4",
		"zip.wrapped", "legacy.wrapped", "zip.shared", "legacy.shared", "zip.strided", "zip.order", "zip.sizes",
	};
	struct net *n = toy();
	struct record r = {0};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		read_file(&r, files[i], n);
		check_toy(n, &r, files[i]);
	}
	read_file(&r, "good.hand", n);
	assert_int_equal(record_tensor(&r, "w")->ndim, 2);
	read_file(&r, "good.many", n);
	assert_int_equal(r.ntensor, 3);
	read_file(&r, "good.raw", n);
	assert_true(*(float *)record_tensor(&r, "w")->data == 1);
	record_free(&r);
	net_free(n);
}

/* What we write is read: safetensors with a wrapper's prefix, and .npz. */
static void our_own_forms(void **state)
{
	char safe[] = "/tmp/cxr-weights-XXXXXX", hex[SHA256_HEX];
	struct net *n = toy();
	struct record r = {0};
	struct err e = {""};
	unsigned char *bytes;
	size_t size;
	int fd = mkstemp(safe);

	(void)state;
	assert_true(fd >= 0);
	read_file(&r, "zip", n);
	for (int i = 0; i < r.ntensor; i++) {
		char *name = xasprintf("module.%s", r.tensor[i].name);

		free(r.tensor[i].name);
		r.tensor[i].name = name;
	}
	record_set(&r, "train.sha256", "0123456789abcdef");
	for (int npz = 0; npz < 2; npz++) {
		FILE *f = fopen(safe, "wb");

		if (npz)
			record_drop(&r, "bn.num_batches_tracked"); /* not F32 */
		assert_int_equal(npz ? weights_write_npz(&r, f, &e) : record_write(&r, f, NULL, &e), 0);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(weights_read(&r, safe, n, &e), 0);
		check_toy(n, &r, npz ? "npz" : "safetensors");
		assert_int_equal(file_read(safe, 1 << 20, &bytes, &size, &e), 0);
		sha256_of(bytes, size, hex);
		assert_string_equal(record_get(&n->meta, "init.sha256"), hex);
		assert_string_equal(record_get(&n->meta, "train.sha256"), "0123456789abcdef");
		free(bytes);
	}
	unlink(safe);
	close(fd);
	record_free(&r);
	net_free(n);
}

static const struct {
	const char *file, *cause;
} bad[] = {
	{"bad.system", "refused: posix.system"}, {"bad.legacy", "refused: posix.system"},
	{"bad.protocol4", "refused: posix.system"}, {"bad.inst", "refused: posix.system"},
	{"bad.module", "refused: torch.nn.modules.linear.Linear"}, {"bad.name", "refused: torch.os.Storage"},
	{"bad.objects", "refused: Python objects"}, {"bad.opcode", "refused: pickle opcode 0x49"},
	{"bad.offset", "within its storage"}, {"bad.negative-offset", "within its storage"}, {"bad.stride", "within its"},
	{"bad.negative-stride", "within its"}, {"bad.negative-size", "within its"}, {"bad.huge", "within its"},
	{"bad.huge-stride", "within its"}, {"bad.expanded", "within its"}, {"bad.count", "its storage is cut"},
	{"bad.missing", "its storage is missing"}, {"bad.type", "torch.QInt8Storage: not supported"},
	{"bad.dimensions", "short tuples"}, {"bad.twice", "two tensors are called w"},
	{"bad.twice-stripped", "two tensors are called w"}, {"bad.cycle", "no state dict"},
	{"bad.cycle-list", "no state dict"}, {"bad.number", "no state dict"}, {"bad.memo", "damaged pickle"},
	{"bad.memo-huge", "damaged pickle"}, {"bad.empty-stack", "damaged pickle"}, {"bad.mark", "damaged pickle"},
	{"bad.bomb", "more than eight times"}, {"bad.overlap", "two members are called w.npy"},
	{"bad.overlap-two", "overlap"}, {"bad.directory", "directory"}, {"bad.nothing", "neither a data.pkl"},
	{"bad.crc", "checksum"}, {"bad.inflate", "unpacks to"}, {"bad.pickle", "torch.save did not write"},
	{"bad.npy", "one numpy array"}, {"bad.text", "not weights"}, {"bad.empty", "empty file"},
};

static void hostile_files_are_refused(void **state)
{
	struct net *n = toy();
	struct record r = {0};
	struct err e = {""};
	struct dirent *d;
	DIR *dir = opendir(FILES);
	size_t there = 0;

	(void)state;
	unlink("executed");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char path[128];

		snprintf(path, sizeof path, FILES "%s", bad[i].file);
		if (weights_read(&r, path, n, &e) == 0)
			fail_msg("%s was read", path);
		if (!strstr(e.text, bad[i].cause) || strncmp(e.text, path, strlen(path)))
			fail_msg("%s: '%s' does not say '%s'", path, e.text, bad[i].cause);
	}
	assert_int_equal(access("executed", F_OK), -1);
	while (dir && (d = readdir(dir)))
		there += strncmp(d->d_name, "bad.", 4) == 0;
	if (dir)
		closedir(dir);
	assert_int_equal(there, sizeof bad / sizeof *bad); /* none is forgotten */
	record_free(&r);
	net_free(n);
}

/* Cut anywhere: an error, or, where nothing but padding is gone, the same tensors. */
static void cut_files_are_told(void **state)
{
	static const struct {
		const char *file;
		size_t padding;
	} files[] = {{"zip", 0}, {"legacy", 0}, {"tar", 10240}, {"npz", 0}, {"npz.packed", 0}, {"zip.wrapped", 0},
		{"legacy.shared", 0}, {"zip.protocol4", 0}};
	struct net *n = toy();
	struct record r = {0};
	struct err e = {""};

	(void)state;
	for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
		unsigned char *bytes;
		size_t size;
		char path[128];

		snprintf(path, sizeof path, FILES "%s", files[f].file);
		assert_int_equal(file_read(path, 1 << 20, &bytes, &size, &e), 0);
		for (size_t cut = 0; cut < size; cut++) {
			unsigned char *copy = xmalloc(cut + 1); /* of its own, so that a sanitizer sees a byte too far */

			memcpy(copy, bytes, cut);
			e.text[0] = '\0';
			if (weights_parse(&r, copy, cut, n, &e) == 0) {
				if (cut < size - files[f].padding)
					fail_msg("%s cut at %zu was read", path, cut);
				check_toy(n, &r, path);
			} else if (!e.text[0]) {
				fail_msg("%s cut at %zu: no message", path, cut);
			}
			free(copy);
		}
		free(bytes);
	}
	record_free(&r);
	net_free(n);
}

/* Lists: what is missing, of another shape and not used; another architecture is an error. */
static void what_does_not_fit_is_listed(void **state)
{
	struct net *n = toy();
	struct record r = {0};
	struct start s;
	struct err e = {""};
	char *text;

	(void)state;
	read_file(&r, "zip", n);
	record_add(&r, "fc.weight", DT_F32, 2, (int64_t[]){1000, 2});
	assert_int_equal(start_net(n, 1, &r, &s, &e), 0);
	assert_true(s.head && s.loaded == 6);
	start_free(&s);
	record_drop(&r, "bn.bias");
	record_drop(&r, "fc.bias");
	record_add(&r, "fc.weight", DT_F32, 2, (int64_t[]){1000, 2});
	for (int i = 0; i < 23; i++) {
		char name[32];

		snprintf(name, sizeof name, "other.%02d", i);
		record_add(&r, name, DT_F32, 1, (int64_t[]){1});
	}
	record_add(&r, "AuxLogits.conv.weight", DT_F32, 4, (int64_t[]){1, 1, 1, 1});
	assert_int_equal(start_net(n, 1, &r, &s, &e), 0);
	assert_false(s.head);
	text = start_text(&s);
	assert_non_null(strstr(text, "4 of 7 tensors loaded; started at random: bn, fc; of another shape: fc.weight 1000x2 for "
	                             "3x2; not used: "));
	assert_non_null(strstr(text, " and 4 more"));
	assert_null(strstr(text, "num_batches"));
	free(text);
	start_free(&s);
	record_add(&r, "layer9.conv1.weight", DT_F32, 4, (int64_t[]){1, 1, 1, 1});
	assert_int_equal(start_net(n, 1, &r, &s, &e), -1);
	assert_string_equal(e.text, "weights of another architecture than test, which has no layer9.conv1.weight");
	start_free(&s);
	record_drop(&r, "layer9.conv1.weight");
	record_add(&r, "conv.weight", DT_F32, 4, (int64_t[]){2, 3, 1, 1});
	assert_int_equal(start_net(n, 1, &r, &s, &e), -1);
	assert_string_equal(e.text, "weights of another architecture than test: conv.weight 2x3x1x1 for 2x3x3x3");
	start_free(&s);
	record_free(&r);
	net_free(n);
}

static void rename_tensor(struct record *r, int i, const char *name)
{
	free(r->tensor[i].name);
	r->tensor[i].name = xstrdup(name);
}

/* The names that the published DenseNets have. */
static void old_densenet_names(void **state)
{
	struct net *n = toy();
	struct record r = {0}, back = {0};
	struct err e = {""};
	char *bytes = NULL;
	size_t size;
	FILE *f;

	(void)state;
	read_file(&r, "zip", n);
	rename_tensor(&r, 0, "features.denseblock1.denselayer2.norm.1.weight");
	rename_tensor(&r, 1, "features.denseblock1.denselayer2.conv.2.weight");
	rename_tensor(&r, 2, "module.features.norm0.weight");
	f = open_memstream(&bytes, &size);
	assert_int_equal(record_write(&r, f, NULL, &e), 0);
	fclose(f);
	assert_int_equal(weights_parse(&back, (unsigned char *)bytes, size, n, &e), 0);
	assert_non_null(record_tensor(&back, "features.denseblock1.denselayer2.norm1.weight"));
	assert_non_null(record_tensor(&back, "features.denseblock1.denselayer2.conv2.weight"));
	assert_non_null(record_tensor(&back, "features.norm0.weight"));
	free(bytes);
	record_free(&r);
	record_free(&back);
	net_free(n);
}

/* ---- Keras */

static struct net *named(struct graph *g, struct node *output, const char *arch)
{
	struct net *n = net_of(g, output);

	free(n->arch);
	n->arch = xstrdup(arch);
	for (int c = 0; c < 3; c++) { /* as Keras' VGG: no change of the first weight but the order of the channels */
		n->recipe.mean[c] = (float[]){123.68f, 116.779f, 103.939f}[c] / 255;
		n->recipe.std[c] = 1 / 255.f;
	}
	return n;
}

static struct net *toy_vgg(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_input(g, 2, 2, 3);

	n = graph_conv(g, "features.0", n, 2, window_square(3, 1, 1), 1, true);
	return named(g, graph_dense(g, "classifier.0", graph_flatten(g, "flatten", n), 3, true), "vgg16:classes=3");
}

static bool with_hdf5(void)
{
	struct net *n = toy_vgg();
	struct record r = {0};
	struct err e = {""};
	bool there = weights_read(&r, FILES "h5.vgg", n, &e) == 0;

	if (!there && !strstr(e.text, "built without HDF5 (Debian: libhdf5-dev"))
		fail_msg("%s", e.text);
	record_free(&r);
	net_free(n);
	return there;
}

static void keras_vgg(void **state)
{
	static const char *const files[] = {"h5.vgg", "h5.model", "h5.old"};
	struct net *n = toy_vgg();
	struct record r = {0};

	(void)state;
	if (!with_hdf5())
		skip();
	for (int f = 0; f < 3; f++) {
		const struct tensor *w, *d;

		read_file(&r, files[f], n);
		assert_int_equal(r.ntensor, 5);
		w = record_tensor(&r, "features.0.weight");
		assert_non_null(w);
		for (size_t o = 0; o < 2; o++)
			for (size_t c = 0; c < 3; c++)
				for (size_t k = 0; k < 9; k++) /* HWIO, BGR */
					assert_near(((float *)w->data)[(o * 3 + c) * 9 + k], (double)value((k * 3 + 2 - c) * 2 + o, 0), 1e-6);
		assert_near(((float *)record_tensor(&r, "features.0.bias")->data)[1], (double)value(1, 1), 1e-6);
		d = record_tensor(&r, "classifier.0.weight");
		assert_non_null(d);
		assert_int_equal(d->ndim, 2);
		assert_int_equal(d->shape[1], 8);
		for (size_t o = 0; o < 3; o++)
			for (size_t c = 0; c < 2; c++)
				for (size_t place = 0; place < 4; place++)
					assert_true(((float *)d->data)[o * 8 + c * 4 + place] == value((place * 2 + c) * 3 + o, 2));
		assert_non_null(record_tensor(&r, f < 2 ? "dense_7/kernel:0" : "dense_7_W_1:0")); /* to be told as not used */
	}
	record_free(&r);
	net_free(n);
}

/* Of pixels prepared by another recipe the first layer makes what it would of Keras' own. */
static void keras_pixels(void **state)
{
	struct net *n = toy_vgg();
	struct record r = {0};
	const float *w, *b;
	double own[3], ours, theirs;

	(void)state;
	if (!with_hdf5())
		skip();
	recipe_default(&n->recipe);
	read_file(&r, "h5.vgg", n);
	w = record_tensor(&r, "features.0.weight")->data;
	b = record_tensor(&r, "features.0.bias")->data;
	ours = (double)b[0];
	theirs = (double)value(0, 1);
	for (int c = 0; c < 3; c++)
		own[c] = .1 + .3 * c; /* an image of one colour, 0..1 */
	for (size_t c = 0; c < 3; c++)
		for (size_t k = 0; k < 9; k++) {
			ours += (double)w[c * 9 + k] * (own[c] - (double)n->recipe.mean[c]) / (double)n->recipe.std[c];
			theirs += (double)value((k * 3 + 2 - c) * 2, 0) * (own[c] * 255 - (double[]){123.68, 116.779, 103.939}[c]);
		}
	assert_near(ours, theirs, 1e-3);
	record_free(&r);
	net_free(n);
}

static struct net *toy_mobilenet(int size)
{
	struct graph *g = graph_new();
	struct node *n = graph_input(g, size, size, 3);
	struct net *net;

	n = graph_conv(g, "features.0.0", n, 2, window_square(3, 2, 1), 1, false);
	n = graph_bn(g, "features.0.1", n, 1e-5f);
	n = graph_conv(g, "features.1.conv.0.0", n, 2, window_square(3, 1, 1), 2, false);
	net = named(g, graph_dense(g, "classifier.1", graph_gap(g, "gap", n), 1, true), "mobilenet_v2:classes=1");
	for (int c = 0; c < 3; c++)
		net->recipe.mean[c] = net->recipe.std[c] = .5f;
	return net;
}

static void keras_mobilenet(void **state)
{
	struct net *n = toy_mobilenet(7), *even = toy_mobilenet(8);
	struct record r = {0};
	struct err e = {""};
	const float *v;

	(void)state;
	if (!with_hdf5())
		skip();
	assert_int_equal(weights_read(&r, FILES "h5.mobilenet", even, &e), -1);
	assert_non_null(strstr(e.text, "its weights fit images of 225x225"));
	read_file(&r, "h5.mobilenet", n);
	v = record_tensor(&r, "features.0.0.weight")->data;
	assert_near(v[9 + 4], (double)value((4 * 3 + 1) * 2, 0), 1e-6);
	v = record_tensor(&r, "features.0.1.running_var")->data; /* eps 1e-3 there, 1e-5 here */
	assert_near(v[1], (double)value(1, 3) + 3 + 1e-3 - 1e-5, 1e-6);
	v = record_tensor(&r, "features.1.conv.0.0.weight")->data;
	assert_int_equal(record_tensor(&r, "features.1.conv.0.0.weight")->shape[0], 2);
	for (size_t c = 0; c < 2; c++)
		for (size_t k = 0; k < 9; k++)
			assert_true(v[c * 9 + k] == value(k * 2 + c, 5));
	free(n->arch);
	n->arch = xstrdup("resnet50:classes=1");
	assert_int_equal(weights_read(&r, FILES "h5.mobilenet", n, &e), -1);
	assert_non_null(strstr(e.text, "halves the size in another convolution"));
	record_free(&r);
	net_free(n);
	net_free(even);
}

/* The HDF5 library's own parser: an error or the weights, not a crash. */
static void cut_keras_files(void **state)
{
	struct net *n = toy_vgg();
	struct record r = {0};
	struct err e = {""};
	unsigned char *bytes;
	size_t size;

	(void)state;
	if (!with_hdf5())
		skip();
	assert_int_equal(file_read(FILES "h5.vgg", 1 << 20, &bytes, &size, &e), 0);
	for (size_t cut = 0; cut < size; cut += 7) {
		unsigned char *copy = xmalloc(cut + 1);

		memcpy(copy, bytes, cut);
		assert_int_equal(weights_parse(&r, copy, cut, n, &e), -1);
		free(copy);
	}
	free(bytes);
	record_free(&r);
	net_free(n);
}

/* Bytes changed at random places: libhdf5 reads out of bounds in some of these, which are errors like all others. */
static void changed_keras_files(void **state)
{
	struct net *n = toy_vgg();
	struct record r = {0};
	struct rng rng = rng_at(1, RNG_TEST, 0, 0);
	struct err e;
	unsigned char *bytes;
	size_t size;
	int good = 0;

	(void)state;
	if (!with_hdf5())
		skip();
	assert_int_equal(file_read(FILES "h5.vgg", 1 << 20, &bytes, &size, &e), 0);
	for (int i = 0; i < 540; i++) {
		size_t at[3];
		unsigned char was[3];

		for (int k = 0; k < 3; k++) {
			at[k] = 8 + rng_u64(&rng) % (size - 8);
			was[k] = bytes[at[k]];
			bytes[at[k]] = (unsigned char)rng_u64(&rng);
		}
		e.text[0] = '\0';
		int rc = weights_parse(&r, bytes, size, n, &e);

		assert_true(rc == 0 || (rc == -1 && e.text[0]));
		good += rc == 0;
		for (int k = 3; k-- > 0; )
			bytes[at[k]] = was[k];
	}
	assert_true(good > 50 && good < 540);
	free(bytes);
	record_free(&r);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_the_same),     cmocka_unit_test(our_own_forms),
		cmocka_unit_test(hostile_files_are_refused),  cmocka_unit_test(cut_files_are_told),
		cmocka_unit_test(what_does_not_fit_is_listed), cmocka_unit_test(old_densenet_names),
		cmocka_unit_test(keras_vgg),                  cmocka_unit_test(keras_pixels),
		cmocka_unit_test(keras_mobilenet),            cmocka_unit_test(cut_keras_files),
		cmocka_unit_test(changed_keras_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
