/* timm's names where they are not torchvision's (its ResNets and DenseNets have the same): MobileNetV2 is built there
 * as an EfficientNet, and the first dense layers of a VGG are convolutions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zoo/views.h"

/* One part of a name for another, where it is followed by a dot. NULL ends a list. */
struct timm_part {
	const char *timm, *torchvision;
};

static const struct timm_part *find_part(const struct timm_part *list, const char *name)
{
	for (; list->timm; list++) {
		size_t n = strlen(list->timm);

		if (!strncmp(name, list->timm, n) && name[n] == '.')
			return list;
	}
	return NULL;
}

static char *by_part(const struct timm_part *list, const char *before, const char *name)
{
	const struct timm_part *p = find_part(list, name);

	return p ? xasprintf("%s%s%s", before, p->torchvision, name + strlen(p->timm)) : NULL;
}

/* blocks.STAGE.BLOCK.PART of an EfficientNet; features.N.conv.PART. Stages have 1, 2, 3, 4, 3, 3 and 1 blocks, of which
 * the very first does not expand. Fresh memory, or NULL. */
static char *mobilenet_name(const char *name)
{
	static const struct timm_part ends[] = {
		{"conv_stem", "features.0.0"}, {"bn1", "features.0.1"}, {"conv_head", "features.18.0"},
		{"bn2", "features.18.1"}, {"classifier", "classifier.1"}, {NULL, NULL},
	}, first[] = {
		{"conv_dw", "0.0"}, {"bn1", "0.1"}, {"conv_pw", "1"}, {"bn2", "2"}, {NULL, NULL},
	}, others[] = {
		{"conv_pw", "0.0"}, {"bn1", "0.1"}, {"conv_dw", "1.0"}, {"bn2", "1.1"}, {"conv_pwl", "2"}, {"bn3", "3"},
		{NULL, NULL},
	};
	static const unsigned begin[] = {1, 2, 4, 7, 11, 14, 17};
	unsigned stage, block;
	char before[32];
	int at = 0;

	if (sscanf(name, "blocks.%1u.%1u.%n", &stage, &block, &at) != 2 || !at || stage >= sizeof begin / sizeof *begin)
		return by_part(ends, "", name);
	snprintf(before, sizeof before, "features.%u.conv.", begin[stage] + block);
	return by_part(stage ? others : first, before, name + at);
}

static char *vgg_name(const char *name)
{
	static const struct timm_part parts[] = {
		{"pre_logits.fc1", "classifier.0"}, {"pre_logits.fc2", "classifier.3"}, {"head.fc", "classifier.6"}, {NULL, NULL},
	};

	return by_part(parts, "", name);
}

/* A convolution over the whole of its input is a dense layer: channels, rows and columns stay in order. */
static void join(struct tensor *t)
{
	for (; t->ndim > 2; t->ndim--)
		t->shape[1] *= t->shape[t->ndim - 1];
}

/* Does a tensor have that name, behind what a wrapper put before all of them? *n is then that one's length. */
static bool has(const struct record *r, const char *name, size_t *n)
{
	for (int i = 0; i < r->ntensor; i++) {
		const char *whole = r->tensor[i].name;
		size_t m = strlen(whole), k = strlen(name);

		if (m >= k && !strcmp(whole + m - k, name) && (m == k || whole[m - k - 1] == '.')) {
			*n = m - k;
			return true;
		}
	}
	return false;
}

void timm_rename(struct record *r, const struct weights_target *t)
{
	size_t before = 0;
	bool mobilenet = !strcmp(t->arch, "mobilenet_v2") || !strncmp(t->arch, "mobilenet_v2:", 13);
	bool vgg = !strncmp(t->arch, "vgg", 3);

	if (!(mobilenet && has(r, "conv_stem.weight", &before)) && !(vgg && has(r, "pre_logits.fc1.weight", &before)))
		return;
	for (int i = 0; i < r->ntensor; i++) {
		struct tensor *tensor = &r->tensor[i];
		const char *own = strlen(tensor->name) > before ? tensor->name + before : "";
		char *name = mobilenet ? mobilenet_name(own) : vgg_name(own);

		if (!name)
			continue;
		if (vgg)
			join(tensor);
		free(tensor->name);
		tensor->name = name;
	}
}
