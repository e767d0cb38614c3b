/* The names of the methods, and what each is. */
#include "explain/method.h"

#include "base/choice.h"
#include "explain/maker.h"

static const char *const names[METHOD_COUNT] = {
#define X(name) #name,
	METHODS(X)
#undef X
};
static const char *const words[METHOD_COUNT] = {
	[METHOD_cam] = "the last features, weighted by the last layer's weights",
	[METHOD_gradcam] = "a layer's channels, weighted by the mean of their gradients",
	[METHOD_gradcampp] = "the same with the weights of Grad-CAM++",
	[METHOD_hirescam] = "a layer's values times their gradients, summed over channels",
	[METHOD_xgradcam] = "channels weighted by gradients in proportion to their values",
	[METHOD_layercam] = "a layer's values times their positive gradients",
	[METHOD_eigencam] = "the first principal component of a layer's values; no class",
	[METHOD_scorecam] = "channels weighted by the score of the image seen through each",
	[METHOD_ablationcam] = "channels weighted by the score lost without each",
	[METHOD_fullgrad] = "the image's and all biases' gradients together",
	[METHOD_gradient] = "the gradient at the image",
	[METHOD_gradxinput] = "the gradient times the image",
	[METHOD_intgrad] = "gradients along the way from a baseline to the image",
	[METHOD_smoothgrad] = "the mean gradient of noisy copies of the image",
	[METHOD_gradientshap] = "gradients at random places on the way from a baseline",
	[METHOD_xrai] = "integrated gradients, shared out among regions",
	[METHOD_occlusion] = "the score lost when a square is covered",
	[METHOD_rise] = "random masks, weighted by the score they leave",
	[METHOD_lime] = "a linear model of the score over superpixels",
	[METHOD_kernelshap] = "Shapley values of superpixels by a linear model",
	[METHOD_random] = "baseline: noise",
	[METHOD_gaussian] = "baseline: a hill in the middle",
	[METHOD_edges] = "baseline: the image's own edges",
	[METHOD_prior] = "baseline: where lungs lie, the mean of the masks of --prior",
};
static const struct maker *const makers[METHOD_COUNT] = {
#define X(name) &maker_##name,
	METHODS(X)
#undef X
};

const struct maker *maker_of(enum method m)
{
	return makers[m];
}

const char *method_name(enum method m)
{
	return names[m];
}

const char *method_title(enum method m)
{
	return makers[m]->title;
}

const char *method_words(enum method m)
{
	return words[m];
}

bool method_has_layer(enum method m)
{
	return makers[m]->needs & NEED_LAYER;
}

bool method_is_baseline(enum method m)
{
	return !(makers[m]->needs & ~(unsigned)(NEED_PICTURE | NEED_SIZE));
}

bool method_is_still(enum method m)
{
	return !(makers[m]->needs & ~(unsigned)NEED_SIZE);
}

bool method_has_blank(enum method m)
{
	return makers[m]->needs & NEED_BLANK;
}

bool method_sums(enum method m)
{
	return makers[m]->sums;
}

bool method_is_fine(enum method m)
{
	return makers[m]->fine;
}

double method_logits(enum method m, int places)
{
	return makers[m]->logits == LOGITS_SUM ? places : makers[m]->logits == LOGITS_MEAN;
}

int method_parse(const char *name, enum method *m, struct err *e)
{
	int k = choice_find("method", name, names, METHOD_COUNT, e);

	if (k >= 0)
		*m = (enum method)k;
	return k < 0 ? -1 : 0;
}
