/* How images are prepared: the recipe, read from its line of text and written. */
#include "stream/recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"

enum { SIDE_MAX = 16384 };

static const char *const fits[] = {"squash", "crop", "pad"};
static const char *const kernels[] = {"nearest", "linear", "cubic", "lanczos3", "mitchell"};
static const char *const dicoms[] = {"voi", "full"};
static const char *const shrinks[] = {"full", "load"};

void recipe_default(struct recipe *r)
{
	*r = (struct recipe){224, 224, 3, FIT_SQUASH, KERNEL_LINEAR, false, 8, 0, false, false, false,
	                     {.485f, .456f, .406f}, {.229f, .224f, .225f}};
}

void recipe_set_channels(struct recipe *r, int channels)
{
	if (channels == 3 && r->channels == 1) {
		r->mean[1] = r->mean[2] = r->mean[0];
		r->std[1] = r->std[2] = r->std[0];
	} else if (channels == 1 && r->channels == 3) {
		r->mean[0] = (float)(((double)r->mean[0] + r->mean[1] + r->mean[2]) / 3);
		r->std[0] = (float)(((double)r->std[0] + r->std[1] + r->std[2]) / 3);
		r->mean[1] = r->mean[2] = 0;
		r->std[1] = r->std[2] = 0;
	}
	r->channels = channels;
}

static bool short_name(struct recipe *r, const char *name)
{
	struct recipe d;
	recipe_default(&d);
	if (!strcmp(name, "gray")) {
		d.channels = 1;
		d.mean[0] = .49f;
		d.std[0] = .248f;
		d.mean[1] = d.mean[2] = d.std[1] = d.std[2] = 0;
	} else if (!strcmp(name, "perimage"))
		d.per_image = true;
	else if (strcmp(name, "imagenet"))
		return false;
	*r = d;
	return true;
}

/* Which of the names the value of a field is; -1 as choice_find. */
#define CHOOSE(key, value, names, e) choice_find(key, value, names, (int)(sizeof(names) / sizeof *(names)), e)

static bool parse_size(struct recipe *r, char *value)
{
	int64_t w, h;
	char *x = strchr(value, 'x');
	if (x)
		*x++ = 0;
	if (!num_int(value, 1, SIDE_MAX, &w) || !num_int(x ? x : value, 1, SIDE_MAX, &h))
		return false;
	r->width = w;
	r->height = h;
	return true;
}

/* One value or three, comma between; *n is how many. */
static bool parse_floats(char *value, float out[3], int *n)
{
	*n = 0;
	for (char *s = value, *comma; s; s = comma) {
		double v;
		comma = strchr(s, ',');
		if (comma)
			*comma++ = 0;
		if (*n == 3 || !num_double(s, &v) || !isfinite((float)v))
			return false;
		out[(*n)++] = (float)v;
	}
	return *n != 2;
}

static bool parse_depth(const char *value, int *depth)
{
	*depth = !strcmp(value, "8") ? 8 : !strcmp(value, "16") ? 16 : 0;
	return *depth || !strcmp(value, "float");
}

/* auto, a value above 0, or p and a percentile up to 100. */
static bool parse_white(struct recipe *r, const char *value)
{
	bool percent = value[0] == 'p';
	double v = 0;
	if (strcmp(value, "auto") && (!num_double(value + percent, &v) || !(v >= RECIPE_WHITE_MIN) ||
	                              !(v <= (percent ? 100 : 1e30))))
		return false;
	r->white = (float)v;
	r->white_percent = percent;
	return true;
}

/* What the fields of one line said beyond what goes straight into the recipe. */
struct given {
	int channels, nmean, nstd;
	bool norm;
	float mean[3], std[3];
};

/* False where the value is wrong; *e says more where it is of a few names. */
static bool parse_field(struct recipe *r, struct given *g, const char *key, char *value, struct err *e)
{
	int i = 0;

	if (!strcmp(key, "size"))
		return parse_size(r, value);
	if (!strcmp(key, "channels")) {
		g->channels = !strcmp(value, "1") ? 1 : !strcmp(value, "3") ? 3 : 0;
		return g->channels;
	}
	if (!strcmp(key, "fit"))
		return (i = CHOOSE(key, value, fits, e)) >= 0 && (r->fit = (enum fit)i, true);
	if (!strcmp(key, "kernel")) {
		i = CHOOSE(key, !strcmp(value, "lanczos") ? "lanczos3" : value, kernels, e);
		return i >= 0 && (r->kernel = (enum kernel)i, true);
	}
	if (!strcmp(key, "shrink"))
		return (i = CHOOSE(key, value, shrinks, e)) >= 0 && (r->shrink_on_load = i, true);
	if (!strcmp(key, "dicom"))
		return (i = CHOOSE(key, value, dicoms, e)) >= 0 && (r->dicom_full = i, true);
	if (!strcmp(key, "depth"))
		return parse_depth(value, &r->depth);
	if (!strcmp(key, "white"))
		return parse_white(r, value);
	if (!strcmp(key, "norm"))
		return g->norm = !strcmp(value, "image");
	if (!strcmp(key, "mean"))
		return parse_floats(value, g->mean, &g->nmean);
	if (!strcmp(key, "std"))
		return parse_floats(value, g->std, &g->nstd);
	return false;
}

static void spread(float to[3], const float from[3], int n, int channels)
{
	for (int i = 0; i < 3; i++)
		to[i] = i < channels ? from[n == 1 ? 0 : i] : 0;
}

/* Channels, mean and std together, since their fields come in any order. */
static int settle(struct recipe *r, const struct given *g, struct err *e)
{
	if (g->channels)
		recipe_set_channels(r, g->channels);
	if (g->norm && (g->nmean || g->nstd))
		return err_set(e, "recipe: norm=image stands in place of mean and std");
	if ((g->nmean == 3 || g->nstd == 3) && r->channels == 1)
		return err_set(e, "recipe: three values of mean or std, one channel");
	if (g->nmean)
		spread(r->mean, g->mean, g->nmean, r->channels);
	if (g->nstd)
		spread(r->std, g->std, g->nstd, r->channels);
	if (g->norm || g->nmean || g->nstd)
		r->per_image = g->norm;
	for (int i = 0; i < r->channels; i++) { /* with others, pixels become what is no number */
		if (!(r->std[i] >= 1e-6f && r->std[i] <= 1e6f))
			return err_set(e, "recipe: std must be from 1e-6 to 1e6");
		if (!(fabsf(r->mean[i]) <= 1e6f))
			return err_set(e, "recipe: mean must be from -1e6 to 1e6");
	}
	return 0;
}

static int parse_words(struct recipe *r, char *line, struct err *e)
{
	struct given g = {0};
	char *save, *word = strtok_r(line, " \t", &save);
	if (!word)
		return err_set(e, "recipe: empty");
	if (short_name(r, word))
		word = strtok_r(NULL, " \t", &save);
	for (; word; word = strtok_r(NULL, " \t", &save)) {
		char *value = strchr(word, '=');
		if (!value)
			return err_set(e, "recipe: unknown name '%s' (imagenet, gray, perimage, or fields like size=224x224)", word);
		*value++ = 0;
		char *copy = xstrdup(value);
		struct err why = {""};
		bool good = parse_field(r, &g, word, copy, &why);

		free(copy);
		if (!good && why.text[0])
			return err_set(e, "recipe: %s", why.text);
		if (!good)
			return err_set(e, "recipe: wrong or unknown field %s=%s", word, value);
	}
	return settle(r, &g, e);
}

int recipe_parse(struct recipe *r, const char *line, struct err *e)
{
	struct recipe new = *r;
	char *copy = xstrdup(line);
	int rc = parse_words(&new, copy, e);
	free(copy);
	if (!rc)
		*r = new;
	return rc;
}

/* The fewest digits that read back as the same float: 0.485, not 0.485000014. */
static void float_text(float x, char text[NUM_TEXT])
{
	char buf[NUM_TEXT];
	for (int digits = 1; digits <= 9; digits++) {
		double v = 0;
		snprintf(buf, sizeof buf, "%.*e", digits - 1, x);
		num_double(buf, &v);
		if ((float)v == x || digits == 9) {
			num_text(v, text);
			return;
		}
	}
}

static void add_floats(struct text *t, const char *key, const float *v, int n)
{
	char buf[NUM_TEXT];
	for (int i = 0; i < n; i++) {
		float_text(v[i], buf);
		text_addf(t, "%s%s", i ? "," : key, buf);
	}
}

const char *recipe_format(const struct recipe *r, char text[RECIPE_TEXT])
{
	struct text t = {0};
	text_addf(&t, "size=%dx%d channels=%d fit=%s kernel=%s shrink=%s depth=", r->width, r->height, r->channels,
	          fits[r->fit], kernels[r->kernel], shrinks[r->shrink_on_load]);
	if (r->depth)
		text_addf(&t, "%d", r->depth);
	else
		text_add(&t, "float");
	if (r->white > 0)
		add_floats(&t, r->white_percent ? " white=p" : " white=", &r->white, 1);
	if (r->dicom_full)
		text_add(&t, " dicom=full");
	if (r->per_image)
		text_add(&t, " norm=image");
	else {
		add_floats(&t, " mean=", r->mean, r->channels);
		add_floats(&t, " std=", r->std, r->channels);
	}
	snprintf(text, RECIPE_TEXT, "%s", t.s);
	text_free(&t);
	return text;
}

/* Mean and population standard deviation of all values of one image, exact in integers. A flat image has none:
 * it is divided by 1 instead. */
static void own_norm(const unsigned char *p, size_t n, float *mean, float *std)
{
	uint64_t sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++) {
		sum += p[i];
		squares += p[i] * p[i];
	}
	double m = (double)sum / n, v = (double)squares / n - m * m;
	*mean = (float)(m / 255);
	*std = v > 1e-9 ? (float)(sqrt(v) / 255) : 1;
}

void recipe_normalise(const struct recipe *r, const unsigned char *pixels, int n, float *out)
{
	float mean[3], std[3], table[3][256];
	int c = r->channels;
	for (int k = 0; k < c; k++) {
		mean[k] = r->mean[k];
		std[k] = r->std[k];
	}
	if (r->per_image && n > 0) {
		own_norm(pixels, (size_t)n * c, mean, std);
		for (int k = 1; k < c; k++) {
			mean[k] = mean[0];
			std[k] = std[0];
		}
	}
	for (int k = 0; k < c; k++)
		for (int v = 0; v < 256; v++)
			table[k][v] = (v / 255.f - mean[k]) / std[k];
	for (int i = 0; i < n; i++)
		for (int k = 0; k < c; k++)
			out[(size_t)i * c + k] = table[k][pixels[(size_t)i * c + k]];
}

int recipe_image(const struct recipe *r, const struct record *item, float *out, struct err *e)
{
	const struct tensor *t = record_tensor(item, "image");
	if (!t)
		return err_set(e, "the item has no image");
	if (t->ndim != 3 || t->shape[0] != r->height || t->shape[1] != r->width || t->shape[2] != r->channels)
		return err_set(e, "the image is not %d x %d x %d, as the recipe says", r->height, r->width, r->channels);
	if (t->type == DT_F32 && !num_finite(t->data, t->bytes / sizeof *out))
		return err_set(e, "the image has pixels that are not numbers");
	if (t->type == DT_F32)
		memcpy(out, t->data, t->bytes);
	else if (t->type == DT_U8)
		recipe_normalise(r, t->data, r->width * r->height, out);
	else
		return err_set(e, "the image has elements of type %s, not F32 or U8", dtype_name(t->type));
	return 0;
}
