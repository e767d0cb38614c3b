/* Keras' names and layouts of weights as torchvision's. */
#include "zoo/keras.h"

#include <stdio.h>
#include <string.h>

/* ---- names */

static bool is_head(const char *layer)
{
	return strcmp(layer, "predictions") == 0 || strcmp(layer, "fc1000") == 0 || strcmp(layer, "Logits") == 0;
}

/* block2_conv1, fc1, fc2 */
static bool vgg(const struct keras_family *f, const char *layer, const char *kind, const int counts[2], char to[64])
{
	static const int convs[2][5] = {{2, 2, 3, 3, 3}, {2, 2, 4, 4, 4}};
	int block, conv, index = 0, end = 0;

	(void)kind;
	(void)counts;
	if (is_head(layer))
		return snprintf(to, 64, "classifier.6");
	if (strcmp(layer, "fc1") == 0 || strcmp(layer, "fc2") == 0)
		return snprintf(to, 64, "classifier.%d", layer[2] == '1' ? 0 : 3);
	if (sscanf(layer, "block%1d_conv%1d%n", &block, &conv, &end) != 2 || layer[end] || block < 1 || block > 5 ||
	    conv < 1 || conv > convs[f->variant][block - 1])
		return false;
	for (int b = 1; b < block; b++)
		index += 2 * convs[f->variant][b - 1] + 1; /* convolutions and relus, and the pool */
	return snprintf(to, 64, "features.%d", index + 2 * (conv - 1));
}

/* conv1/conv, conv2_block1_0_bn, pool2_conv, bn */
static bool densenet(const struct keras_family *f, const char *layer, const char *kind, const int counts[2],
                     char to[64])
{
	int block, n, part, end = 0;

	(void)f;
	(void)kind;
	(void)counts;
	if (is_head(layer))
		return snprintf(to, 64, "classifier");
	if (strcmp(layer, "conv1/conv") == 0 || strcmp(layer, "conv1/bn") == 0)
		return snprintf(to, 64, "features.%s0", layer[6] == 'c' ? "conv" : "norm");
	if (strcmp(layer, "bn") == 0)
		return snprintf(to, 64, "features.norm5");
	if (sscanf(layer, "conv%1d_block%2d_%1d_%n", &block, &n, &part, &end) == 3 && end && strcmp(layer + end, "bn") == 0)
		return snprintf(to, 64, "features.denseblock%d.denselayer%d.norm%d", block - 1, n, part + 1);
	if (end && strcmp(layer + end, "conv") == 0)
		return snprintf(to, 64, "features.denseblock%d.denselayer%d.conv%d", block - 1, n, part);
	end = 0;
	if (sscanf(layer, "pool%1d_%n", &block, &end) == 1 && end && strcmp(layer + end, "bn") == 0)
		return snprintf(to, 64, "features.transition%d.norm", block - 1);
	return end && strcmp(layer + end, "conv") == 0 && snprintf(to, 64, "features.transition%d.conv", block - 1);
}

/* Conv1, bn_Conv1, expanded_conv_project, block_1_expand_BN, Conv_1_bn */
static bool mobilenet(const struct keras_family *f, const char *layer, const char *kind, const int counts[2],
                      char to[64])
{
	static const char *const parts[] = {"expand", "depthwise", "project"};
	int block = 0, end = 0, first;

	(void)f;
	(void)kind;
	(void)counts;
	if (is_head(layer))
		return snprintf(to, 64, "classifier.1");
	if (strcmp(layer, "Conv1") == 0 || strcmp(layer, "bn_Conv1") == 0)
		return snprintf(to, 64, "features.0.%d", layer[0] == 'b');
	if (strcmp(layer, "Conv_1") == 0 || strcmp(layer, "Conv_1_bn") == 0)
		return snprintf(to, 64, "features.18.%d", layer[6] == '_');
	if (strncmp(layer, "expanded_conv_", 14) == 0)
		end = 14;
	else if (sscanf(layer, "block_%2d_%n", &block, &end) != 1 || !end)
		return false;
	first = block ? 0 : 1; /* block 0 does not expand */
	for (int i = first; i < 3; i++) {
		size_t n = strlen(parts[i]);

		if (strncmp(layer + end, parts[i], n))
			continue;
		const char *rest = layer + end + n;
		bool bn = strcmp(rest, "_BN") == 0;

		if (*rest && !bn)
			continue;
		if (i < 2)
			return snprintf(to, 64, "features.%d.conv.%d.%d", block + 1, i - first, bn);
		return snprintf(to, 64, "features.%d.conv.%d", block + 1, 2 - first + bn);
	}
	return false;
}

/* block1_conv1, block2_sepconv1, block2_sepconv1_bn; the shortcuts by their order. */
static bool xception(const struct keras_family *f, const char *layer, const char *kind, const int counts[2],
                     char to[64])
{
	static const int shortcuts[] = {1, 2, 3, 12};
	const char *part = strncmp(kind, "depthwise", 9) == 0 ? ".conv1" : ".pointwise";
	int block, k, end = 0, at;
	bool bn;

	(void)f;
	if (is_head(layer))
		return snprintf(to, 64, "fc");
	if (sscanf(layer, "block1_conv%1d%n", &k, &end) == 1 && end)
		return snprintf(to, 64, "%s%d", strcmp(layer + end, "_bn") == 0 ? "bn" : "conv", k);
	end = 0;
	if (sscanf(layer, "block%2d_sepconv%1d%n", &block, &k, &end) == 2 && end) {
		bn = strcmp(layer + end, "_bn") == 0;
		if (block == 14)
			return snprintf(to, 64, "%s%d%s", bn ? "bn" : "conv", k + 2, bn ? "" : part);
		at = 3 * (k - 1) + (block > 2) + bn;
		return snprintf(to, 64, "block%d.rep.%d%s", block - 1, at, bn ? "" : part);
	}
	bn = strncmp(layer, "batch", 5) == 0;
	k = counts[bn];
	return (bn || strncmp(layer, "conv", 4) == 0) && k >= 1 && k <= 4 &&
	       snprintf(to, 64, "block%d.skip%s", shortcuts[k - 1], bn ? "bn" : "");
}

/* ---- what fits */

static const struct keras_family families[] = {
	{.arch = "vgg16", .module = vgg, .bgr = true, .first = "features.0.weight", .shift = "features.0.bias"},
	{.arch = "vgg19", .module = vgg, .variant = 1, .bgr = true, .first = "features.0.weight", .shift = "features.0.bias"},
	{.arch = "densenet121", .module = densenet, .eps = 1.001e-5f},
	{.arch = "densenet169", .module = densenet, .eps = 1.001e-5f},
	{.arch = "densenet201", .module = densenet, .eps = 1.001e-5f},
	{.arch = "mobilenet_v2", .module = mobilenet, .eps = 1e-3f, .same = true, .sizes = "225x225", .mean = .5f, .std = .5f,
	 .first = "features.0.0.weight", .shift = "features.0.1.running_mean"},
	{.arch = "xception", .module = xception, .eps = 1e-3f, .same = true, .sizes = "295x295 or 231x231", .mean = .5f,
	 .std = .5f, .first = "conv1.weight", .shift = "bn1.running_mean"},
	{.arch = "inception_v3", .refuse = "its average pools leave the padding out, where torchvision's count it"},
	{.arch = "resnet50", .refuse = "it halves the size in another convolution of a block than torchvision's"},
	{.arch = "resnet101", .refuse = "it halves the size in another convolution of a block than torchvision's"},
};

const struct keras_family *keras_find(const char *arch, struct err *e)
{
	size_t n = strcspn(arch, ":");

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		const struct keras_family *f = &families[i];

		if (strlen(f->arch) != n || memcmp(f->arch, arch, n))
			continue;
		if (!f->refuse)
			return f;
		err_set(e, "a Keras file: not for %s, %s", f->arch, f->refuse);
		return NULL;
	}
	err_set(e, "a Keras file: keras.applications has no %.*s", (int)n, arch);
	return NULL;
}

int keras_check(const struct keras_family *f, const struct weights_target *t, struct err *e)
{
	const struct graph *g = t->net->g;

	for (int i = 0; f->same && i < g->nnode; i++) {
		const struct node *n = g->node[i];
		bool halves = (n->op == OP_conv || n->op == OP_maxpool) && n->window.stride_h == 2 && n->window.top > 0;

		if (halves && strncmp(n->name, t->prefix, strlen(t->prefix)) == 0 && (n->in[0]->h % 2 == 0 || n->in[0]->w % 2 == 0))
			return err_set(e, "a Keras file: where %s halves an even size Keras pads one side alone, torchvision both (here "
			               "%dx%d at %s): its weights fit images of %s", f->arch, n->in[0]->w, n->in[0]->h, n->name,
			               f->sizes);
	}
	return 0;
}

void keras_count(struct keras_counts *c, const char *layer)
{
	c->n[0] += strncmp(layer, "conv2d", 6) == 0 || strncmp(layer, "convolution2d", 13) == 0;
	c->n[1] += strncmp(layer, "batch_normalization", 19) == 0 || strncmp(layer, "batchnormalization", 18) == 0;
}

/* The layer may stand in the scope of a model: "vgg16/block1_conv1". */
bool keras_module(const struct keras_family *f, const char *layer, const char *kind, const struct keras_counts *c,
                  char to[64])
{
	for (const char *at = layer; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		if (f->module(f, at, kind, c->n, to))
			return true;
	return false;
}

/* ---- pixels */

static struct tensor_view *find(struct views *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->view[i].name, name) == 0)
			return &s->view[i];
	return NULL;
}

/* The weight is kernel x kernel x 3 x outputs in memory. A pixel x of the recipe was (std x + mean) of 0..1; Keras' net
 * wants that less its mean, over its std. Rows of padding are zeros of the recipe afterwards, not of Keras: with equal
 * means the same. */
void keras_input(const struct keras_family *f, struct views *s, const struct recipe *r)
{
	static const float bgr_mean[3] = {123.68f / 255, 116.779f / 255, 103.939f / 255};
	struct tensor_view *w = f->first ? find(s, f->first) : NULL, *shift = f->shift ? find(s, f->shift) : NULL;
	bool bias = shift && strcmp(strrchr(f->shift, '.'), ".bias") == 0;
	int64_t outputs, taps;

	if (!w || !shift || w->ndim != 4 || w->shape[1] != 3 || shift->ndim != 1 || shift->shape[0] != w->shape[0] ||
	    r->per_image)
		return;
	outputs = w->shape[0];
	taps = w->shape[2] * w->shape[3];
	for (int64_t t = 0; t < taps; t++)
		for (int64_t o = 0; o < outputs; o++) {
			float *v = (float *)w->owned + t * 3 * outputs + o, *to = (float *)shift->owned + o, old[3];

			for (int c = 0; c < 3; c++)
				old[c] = v[(f->bgr ? 2 - c : c) * outputs];
			for (int c = 0; c < 3; c++) {
				int k = r->channels == 3 ? c : 0;
				float mean = f->bgr ? bgr_mean[c] : f->mean, std = f->bgr ? 1 / 255.f : f->std;
				float move = old[c] * (r->mean[k] - mean) / std;

				v[c * outputs] = old[c] * r->std[k] / std;
				*to += bias ? move : -move;
			}
		}
}
