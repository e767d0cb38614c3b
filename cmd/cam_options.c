/* The options of cxr-cam. */
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cam.h"

enum {
	OPT_METHOD = 256, OPT_LAYER, OPT_FUSE, OPT_FLIP, OPT_CLASS, OPT_NORMALISE, OPT_STYLE, OPT_COLORMAP, OPT_CAPTION,
	OPT_FORMAT, OPT_ORIGINAL, OPT_BATCH, OPT_FORCE, OPT_SEED, OPT_SAMPLES, OPT_PATCH, OPT_MEASURE, OPT_TRUTH,
	OPT_LUNGS, OPT_AGAINST
};
static const struct opt options[] = {
	{'m', "model", "MODEL", "the model that made the scores, or is to; several: the mean of them [$CXR_MODEL]", NULL},
	{'o', "output", "DIR", "write a file for each image into DIR", NULL},
	{'t', "table", NULL, "print a table of the maps and their measures instead of the stream", NULL},
	{OPT_METHOD, "method", "NAME,...", "how the map is made; an unknown name lists all [gradcam]", NULL},
	{OPT_LAYER, "layer", "NAME,...", "layers to map [what the global average pooling averages]", NULL},
	{OPT_FUSE, "fuse", NULL, "one map of all layers: the mean of theirs", NULL},
	{OPT_FLIP, "flip", NULL, "mean of the map and that of the mirrored image, mirrored back", NULL},
	{OPT_CLASS, "class", "NAME", "class to explain; pred: the predicted one [the last class]", NULL},
	{OPT_NORMALISE, "normalise", "NAME", "max, minmax, p99 or none [max]", NULL},
	{OPT_STYLE, "style", "NAME", "overlay, side, hotspot, contour or heat [overlay]", NULL},
	{OPT_COLORMAP, "colormap", "NAME", "jet, turbo, viridis or inferno [jet]", NULL},
	{OPT_ORIGINAL, "original", NULL, "draw on the file that the image was made from, at its size", NULL},
	{OPT_FORMAT, "format", "NAME", "of the files: png; npy or pfm: the map's values [png]", NULL},
	{OPT_CAPTION, "no-caption", NULL, "no line of text under --style side", NULL},
	{OPT_MEASURE, "measure", "NAME,...", "measure every map, and baselines beside it; an unknown name lists all", NULL},
	{OPT_TRUTH, "truth", "DIR|FILE", "where lesions are: masks of the images' names, or a table of boxes", NULL},
	{OPT_LUNGS, "lungs", "DIR", "masks of the lungs, by the images' names", NULL},
	{OPT_AGAINST, "against", "STREAM", "measure agreement with the same maps in that stream [with the first map]", NULL},
	{OPT_SAMPLES, "samples", "N", "images tried by methods that choose how many [by method]", NULL},
	{OPT_PATCH, "patch", "PIXELS", "side of what is taken away and of superpixels [a seventh]", NULL},
	{OPT_SEED, "seed", "N", "of all that is drawn at random [%s]", "1"},
	{OPT_BATCH, "batch", "N", "images explained together; results do not depend on it [%s]", "16"},
	{OPT_FORCE, "force-recipe", NULL, "take a stream whose recipe is not the model's", NULL},
	TOOL_SHARD, TOOL_RESUME, TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END
};
const struct tool cam_tool = {
	"cxr-cam",
	"[-qt] [-m MODEL...] [-o DIR] [--method NAME,...] [--layer NAME,...] [--fuse] [--flip] [--class NAME] "
	"[--normalise NAME] [--style NAME] [--colormap NAME] [--original] [--format NAME] [--no-caption] "
	"[--measure NAME,...] [--truth DIR|FILE] [--lungs DIR] [--against STREAM] [--samples N] [--patch PIXELS] "
	"[--seed N] [--batch N] [--force-recipe] [--shard I/N] [--resume] [-j N] [STREAM]",
	"Heat maps of the images of a stream (operand, or standard input): what spoke for a class, where, and whether "
	"the map can be believed.", options
};

#define X(name) #name,
static const char *const styles[] = {STYLES(X)}, *const formats[] = {FORMATS(X)};
#undef X
#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

static int choose(const char *what, const char *name, const char *const *names, int n)
{
	struct text all = {0};

	for (int i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	for (int i = 0; i < n; i++)
		text_addf(&all, "%s%s", i ? ", " : "", names[i]);
	die_usage("no %s %s: choose one of %s", what, name, all.s);
}

static void take(struct cam *c, const struct opts *o, int key)
{
	struct err e = {""};

	switch (key) {
	case 'm': c->models[c->nmodel++] = o->arg; break;
	case 'o': c->dir = o->arg; break;
	case 't': c->table = true; break;
	case OPT_METHOD: c->methods = o->arg; break;
	case OPT_LAYER: c->layers = o->arg; break;
	case OPT_FUSE: c->blend.fuse = true; break;
	case OPT_FLIP: c->blend.flip = true; break;
	case OPT_CLASS: c->class = o->arg; break;
	case OPT_NORMALISE: normaliser_parse(o->arg, &c->blend.normalise, &e); break;
	case OPT_STYLE: c->style = (enum style)choose(c->drawn = "style", o->arg, styles, COUNT(styles)); break;
	case OPT_COLORMAP: c->drawn = "colormap"; colormap_parse(o->arg, &c->colormap, &e); break;
	case OPT_ORIGINAL: c->original = true; break;
	case OPT_FORMAT: c->format = (enum format)choose("format", o->arg, formats, COUNT(formats)); break;
	case OPT_CAPTION: c->drawn = "no-caption"; c->caption = false; break;
	case OPT_MEASURE: c->measures = o->arg; break;
	case OPT_TRUTH: c->truth.path = o->arg; break;
	case OPT_LUNGS: c->lungs.path = o->arg; break;
	case OPT_AGAINST: c->against.path = o->arg; break;
	case OPT_SAMPLES: c->samples = (int)tool_int(o, 1, 1000000); break;
	case OPT_PATCH: c->patch = (int)tool_int(o, 1, 65536); break;
	case OPT_SEED: c->q.seed = (uint64_t)tool_int(o, 0, INT64_MAX); break;
	case OPT_BATCH: c->blend.batch = (int)tool_int(o, 1, 4096); break;
	case OPT_FORCE: c->force = true; break;
	}
	if (e.text[0])
		die_usage("%s", e.text);
}

void cam_options(struct cam *c, struct opts *o, int argc, char **argv)
{
	c->models = xcalloc((size_t)argc, sizeof *c->models);
	for (int key; (key = tool_option(o)) != 0; )
		take(c, o, key);
	if (argc - opts_rest(o) > 1)
		die_usage("one stream at most: '%s' is too much", argv[opts_rest(o) + 1]);
	cam_check_names(c);
	if (c->drawn && c->format != FORMAT_png)
		die_usage("--%s is for images, --format %s writes a map's values", c->drawn, formats[c->format]);
	if (!c->dir && (c->original || c->format != FORMAT_png))
		die_usage("%s is for files: name their folder with -o", c->original ? "--original" : "--format");
	if (!c->nmodel && !(c->models[c->nmodel++] = tool_model_env()))
		die_usage("no model: give one with -m or in $CXR_MODEL");
	if (c->table || (isatty(STDOUT_FILENO) && c->dir))
		c->stream = false;
	else
		tool_refuse_terminal();
	if (tool_resume && !c->table && !c->stream)
		die_usage("--resume needs a file that the output is appended to (-t >> FILE)");
}
