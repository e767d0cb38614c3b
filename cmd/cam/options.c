/* The options of cxr-cam, and what they ask for together. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/choice.h"
#include "base/num.h"
#include "base/mem.h"
#include "cam/cam.h"
#include "stat/words.h"

enum {
	OPT_METHOD = 256, OPT_LAYER, OPT_FUSE, OPT_FUSE_BY, OPT_FLIP, OPT_ZOOM, OPT_CLASS, OPT_NORMALISE, OPT_STYLE,
	OPT_COLORMAP, OPT_CAPTION, OPT_FORMAT, OPT_ORIGINAL, OPT_BATCH, OPT_FORCE, OPT_SEED, OPT_SAMPLES, OPT_PATCH,
	OPT_MEASURE, OPT_TRUTH, OPT_LUNGS, OPT_AGAINST, OPT_MASK, OPT_LIST, OPT_BASELINE, OPT_NOISE, OPT_NOTICE, OPT_PRIOR,
	OPT_PAINT, OPT_SCALE, OPT_BOXES, OPT_CUT
};
static const struct opt options[] = {
	{'m', "model", "MODEL", "the model that made the scores, or is to; several: the mean of them [$CXR_MODEL]", NULL},
	{'o', "output", "DIR|TAR", "write a file for each image into DIR, or into TAR, a name that ends in .tar", NULL},
	{'t', "table", NULL, "print a table of the maps and their measures instead of the stream", NULL},
	{OPT_METHOD, "method", "NAME,...", "how the map is made; list: all there are [gradcam]", NULL},
	{OPT_LAYER, "layer", "NAME,...", "layers to map [what the global average pooling averages]", NULL},
	{OPT_FUSE, "fuse", NULL, "one map of all layers", NULL},
	{OPT_FUSE_BY, "fuse-by", "NAME", "fuse by their mean, or by their product [mean]", NULL},
	{OPT_FLIP, "flip", NULL, "mean of the map and that of the mirrored image, mirrored back", NULL},
	{OPT_ZOOM, "zoom", "X,...", "mean of the map and those of the image zoomed by each X, brought back", NULL},
	{OPT_CLASS, "class", "NAME", "class to explain; pred: the predicted one [the last class]", NULL},
	{OPT_NORMALISE, "normalise", "NAME", "max, minmax, p99, none or plateau [max; p99 from pixel to pixel]", NULL},
	{OPT_STYLE, "style", "NAME", "overlay, side, hotspot, contour, heat or image: without a map [overlay]", NULL},
	{OPT_COLORMAP, "colormap", "NAME", "inferno, viridis, turbo or jet [inferno]", NULL},
	{OPT_PAINT, "paint", "WHAT", "called: only where the class is what the image is called; all [called]", NULL},
	{OPT_SCALE, "scale", "X|own", "logits at the top of the colours; own: each map's maximum [%s, or that if more]",
	 "20"},
	{OPT_CUT, "box-threshold", "NAME|X", "hot is: otsu; half of the maximum, or X of it [otsu]", NULL},
	{OPT_BOXES, "boxes-out", "FILE", "write a table of the maps' hot parts: a box and a peak for each", NULL},
	{OPT_ORIGINAL, "original", NULL, "draw on the file that the image was made from, at its size", NULL},
	{OPT_LIST, "list", "FILE", "the list with the paths of DICOM files, for --original", NULL},
	{OPT_FORMAT, "format", "NAME", "of the files: png; npy or pfm: the map's values [png]", NULL},
	{OPT_CAPTION, "no-caption", NULL, "no line of text under --style side", NULL},
	{OPT_NOTICE, "notice", "TEXT", "write TEXT under every image", NULL},
	{OPT_MEASURE, "measure", "NAME,...", "measure every map, and baselines beside it; list: all there are", NULL},
	{OPT_TRUTH, "truth", "DIR|FILE", "where lesions are: masks of the images' names, or a table of boxes", NULL},
	{OPT_LUNGS, "lungs", "DIR", "masks of the lungs, by the images' names", NULL},
	{OPT_MASK, "mask-threshold", "X", "masks of more than two values: object from X of white on, 0 to 1", NULL},
	{OPT_AGAINST, "against", "STREAM", "measure agreement with the same maps in that stream [with the first map]", NULL},
	{OPT_PRIOR, "prior", "STREAM|DIR", "lung masks whose mean is the map of --method prior, another baseline", NULL},
	{OPT_SAMPLES, "samples", "N", "images tried by methods that choose how many [by method]", NULL},
	{OPT_PATCH, "patch", "PIXELS", "side of what is taken away and of superpixels [a seventh]", NULL},
	{OPT_BASELINE, "baseline", "NAME|FILE", "what stands for nothing: gray, blur, black, white, mean, a file [gray]",
	 NULL},
	{OPT_NOISE, "noise", "X", "noise of smoothgrad and gradientshap, of the image's range [.15 and 0]", NULL},
	TOOL_SEED(OPT_SEED, "1"),
	{OPT_BATCH, "batch", "N", "images explained together; results do not depend on it [%s]", "16"},
	{OPT_FORCE, "force-recipe", NULL, "take a stream whose recipe is not the model's", NULL},
	TOOL_SHARD, TOOL_RESUME, TOOL_QUIET, TOOL_THREADS, TOOL_SANDBOX, TOOL_OPTIONS, TOOL_END
};
const struct tool cam_tool = {
	"cxr-cam",
	"[-qt] [-m MODEL...] [-o DIR|TAR] [--method NAME,...] [--layer NAME,...] [--fuse] [--fuse-by NAME] [--flip] "
	"[--zoom X,...] [--class NAME] [--normalise NAME] [--style NAME] [--colormap NAME] [--paint WHAT] [--scale X|own] "
	"[--box-threshold NAME|X] [--boxes-out FILE] [--original [--list FILE]] [--format NAME] [--no-caption] "
	"[--notice TEXT] [--measure NAME,...] [--truth DIR|FILE] [--lungs DIR] [--mask-threshold X] [--against STREAM] "
	"[--prior STREAM|DIR] [--samples N] [--patch PIXELS] [--baseline NAME|FILE] [--noise X] "
	"[--seed N] [--batch N] [--force-recipe] [--shard I/N] [--resume] [-j N] [STREAM]",
	"Heat maps of the images of a stream (operand, or standard input): what spoke for a class, where, and whether "
	"the map can be believed.", options
};

#define X(name) #name,
static const char *const styles[] = {STYLES(X)}, *const formats[] = {FORMATS(X)}, *const cuts[] = {CUTS(X)};
#undef X
static const char *const fuses[] = {"mean", "product"};
static const char *const paints[] = {"called", "all"};
#define CHOICE(o, names) tool_choice(o, names, NULL, (int)(sizeof(names) / sizeof *(names)))

static void take_cut(struct cam_boxes *b, const struct opts *o)
{
	for (b->cut = 0; b->cut < CUT_share; b->cut++)
		if (!strcmp(o->arg, cuts[b->cut]))
			return;
	b->share = tool_double(o, 1e-6, 1);
}

static void take_zooms(struct cam *c, const struct opts *o)
{
	int n;
	char **word = choice_split(o->arg, ',', &n);
	double *zoom = xcalloc((size_t)n + 1, sizeof *zoom);

	for (int i = 0; i < n; i++)
		if (!num_double(word[i], &zoom[i]) || !(zoom[i] >= .5 && zoom[i] <= 2))
			die_usage("--zoom wants numbers from 0.5 to 2, not '%s'", word[i]);
	free(c->o.zoom);
	c->x.blend.zoom = c->o.zoom = zoom;
	c->x.blend.nzoom = n;
	free(word);
}

static void set_option(struct cam *c, const struct opts *o, int key)
{
	struct err e = {""};

	switch (key) {
	case 'm': c->o.models[c->o.nmodel++] = o->arg; break;
	case 'o': c->draw.dir = o->arg; break;
	case 't': c->o.table = true; break;
	case OPT_METHOD: c->o.methods = o->arg; break;
	case OPT_LAYER: c->o.layers = o->arg; break;
	case OPT_FUSE: c->x.blend.fuse = c->x.blend.fuse ? c->x.blend.fuse : FUSE_MEAN; break;
	case OPT_FUSE_BY: c->x.blend.fuse = CHOICE(o, fuses) ? FUSE_PRODUCT : FUSE_MEAN; break;
	case OPT_FLIP: c->x.blend.flip = true; break;
	case OPT_ZOOM: take_zooms(c, o); break;
	case OPT_CLASS: c->o.class = o->arg; break;
	case OPT_PAINT: c->draw.drawn = "paint"; c->draw.all = CHOICE(o, paints); break;
	case OPT_SCALE:
		c->draw.drawn = "scale";
		c->draw.scale_given = true;
		c->draw.scale = strcmp(o->arg, "own") ? tool_double(o, 1e-6, 1e6) : 0;
		break;
	case OPT_BOXES: c->boxes.path = o->arg; break;
	case OPT_CUT: take_cut(&c->boxes, o); break;
	case OPT_NORMALISE: c->x.blend.normalise_given = true; normaliser_parse(o->arg, &c->x.blend.normalise, &e); break;
	case OPT_STYLE: c->draw.drawn = "style"; c->draw.style = (enum style)CHOICE(o, styles); break;
	case OPT_COLORMAP: c->draw.drawn = "colormap"; colormap_parse(o->arg, &c->draw.colormap, &e); break;
	case OPT_ORIGINAL: c->draw.original = true; break;
	case OPT_LIST: c->draw.list = o->arg; break;
	case OPT_FORMAT: c->draw.format = (enum map_format)CHOICE(o, formats); break;
	case OPT_CAPTION: c->draw.drawn = "no-caption"; c->draw.caption = false; break;
	case OPT_NOTICE: c->draw.drawn = "notice"; c->draw.notice = o->arg; break;
	case OPT_MEASURE: c->o.measures = o->arg; break;
	case OPT_TRUTH: c->truth.lesions.masks.path = o->arg; break;
	case OPT_LUNGS: c->truth.lungs.masks.path = o->arg; break;
	case OPT_MASK: c->truth.lesions.masks.threshold = c->truth.lungs.masks.threshold = tool_double(o, 1e-6, 1); break;
	case OPT_AGAINST: c->truth.against.path = o->arg; break;
	case OPT_PRIOR: c->o.prior = o->arg; break;
	case OPT_BASELINE: c->o.baseline = o->arg; break;
	case OPT_NOISE: c->o.noise = tool_double(o, 0, 10); break;
	case OPT_SAMPLES: c->o.samples = (int)tool_int(o, 1, 1000000); break;
	case OPT_PATCH: c->o.patch = (int)tool_int(o, 1, 65536); break;
	case OPT_SEED: c->x.q.seed = (uint64_t)tool_int(o, 0, INT64_MAX); break;
	case OPT_BATCH: c->x.blend.batch = (int)tool_int(o, 1, 4096); break;
	case OPT_FORCE: c->o.force = true; break;
	}
	if (e.text[0])
		die_usage("%s", e.text);
}

/* ---- what --method and --measure name, before anything is opened ---- */

/* A wrong name in the comma list is a usage error, found before anything is opened. Where maps are measured, baselines
 * that were not asked for come along. */
static void check_methods(struct cam *c)
{
	int n;
	char **name = choice_split(c->o.methods, ',', &n);
	struct text all = {0};
	enum method m;
	struct err e;

	for (int k = 0; k < n; k++) {
		if (method_parse(name[k], &m, &e))
			die_usage("%s", e.text);
		c->o.asked[m] = true;
	}
	if (c->o.asked[METHOD_prior] && !c->o.prior)
		die_usage("--method prior needs --prior");
	text_add(&all, c->o.methods);
	for (m = 0; m < METHOD_COUNT; m++)
		if (c->o.measures && method_is_baseline(m) && !c->o.asked[m] && (m != METHOD_prior || c->o.prior))
			text_addf(&all, ",%s", method_name(m));
	c->o.all_methods = all.s;
	free(name);
}

static const char *lacking(const struct cam *c, enum evidence v)
{
	if (evidence_wants_truth(v) && !c->truth.lesions.masks.path)
		return "--truth";
	if (evidence_wants_lungs(v) && !c->truth.lungs.masks.path)
		return "--lungs";
	return evidence_wants_runs(v) && c->o.nmodel > 1 ? "one model alone" : NULL;
}

/* What a group brings without what it needs is left out. */
static void check_measures(struct cam *c)
{
	const char *need = NULL;
	bool left = false;
	struct err e;

	if (!c->o.measures) {
		const char *given = c->truth.lesions.masks.path ? "--truth" : c->truth.lungs.masks.path ? "--lungs" :
		                    c->truth.against.path ? "--against" : NULL;

		if (given)
			die_usage("%s needs --measure", given);
		return;
	}
	if (evidence_parse(c->o.measures, c->x.q.wanted, &e))
		die_usage("%s", e.text);
	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		const char *lack = c->x.q.wanted[v] ? lacking(c, v) : NULL;

		if (lack && choice_has(c->o.measures, evidence_name(v)))
			die_usage("%s needs %s", evidence_name(v), lack);
		need = lack ? lack : need;
		c->x.q.wanted[v] &= !lack;
		left |= c->x.q.wanted[v];
	}
	if (!left)
		die_usage("%s needs %s", c->o.measures, need);
	if (c->truth.against.path && !c->x.q.wanted[EVIDENCE_spearman] && !c->x.q.wanted[EVIDENCE_ssim])
		die_usage("--against needs --measure agreement, spearman or ssim");
}

/* Methods that start from nothing say what the network says of that, and how much their sums miss. */
static void add_own_measures(struct cam *c)
{
	memcpy(c->o.columns, c->x.q.wanted, sizeof c->o.columns);
	for (enum method m = 0; m < METHOD_COUNT && c->o.nmodel < 2; m++) {
		c->x.q.wanted[EVIDENCE_baseline_p] |= c->o.asked[m] && method_has_blank(m);
		c->x.q.wanted[EVIDENCE_completeness_gap] |= c->o.asked[m] && method_sums(m);
	}
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		c->x.measured |= c->x.q.wanted[v];
}

static void check_names(struct cam *c)
{
	check_methods(c);
	check_measures(c);
	add_own_measures(c);
}

bool cam_shows(const struct cam *c, int map)
{
	return c->o.asked[c->x.blend.map[map].method];
}

int cam_shown(const struct cam *c)
{
	int n = 0;

	for (int m = 0; m < c->x.blend.nmap; m++)
		n += cam_shows(c, m);
	return n;
}

/* --method list, --measure list: a line for each. */
static void list_methods(void)
{
	const char *name[METHOD_COUNT], *words[METHOD_COUNT];

	for (enum method m = 0; m < METHOD_COUNT; m++) {
		name[m] = method_name(m);
		words[m] = method_words(m);
	}
	choice_print(stdout, name, words, METHOD_COUNT);
	tool_finish(EXIT_OK);
}

static void list_measures(void)
{
	const char *name[EVIDENCE_COUNT], *words[EVIDENCE_COUNT];

	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		const struct word *w = word_find(evidence_name(v));

		name[v] = evidence_name(v);
		words[v] = w ? w->meaning : "";
	}
	choice_print(stdout, name, words, EVIDENCE_COUNT);
	tool_finish(EXIT_OK);
}

void cam_options(struct cam *c, struct opts *o, int argc, char **argv)
{
	c->o.models = xcalloc((size_t)argc, sizeof *c->o.models);
	for (int key; (key = tool_option(o)) != 0; )
		set_option(c, o, key);
	if (!strcmp(c->o.methods, "list"))
		list_methods();
	if (c->o.measures && !strcmp(c->o.measures, "list"))
		list_measures();
	if (argc - opts_rest(o) > 1)
		die_usage("one stream at most: '%s' is too much", argv[opts_rest(o) + 1]);
	check_names(c);
	if (c->draw.drawn && c->draw.format != FORMAT_png)
		die_usage("--%s is for images, --format %s writes a map's values", c->draw.drawn, formats[c->draw.format]);
	if (!c->draw.dir && (c->draw.original || c->draw.format != FORMAT_png))
		die_usage("%s is for files: name their folder with -o", c->draw.original ? "--original" : "--format");
	if (c->draw.list && !c->draw.original)
		die_usage("--list is for --original");
	if (!c->o.nmodel && !(c->o.models[c->o.nmodel++] = tool_model_env()))
		die_usage("no model: give one with -m or in $CXR_MODEL");
	if (c->o.table || (isatty(STDOUT_FILENO) && c->draw.dir))
		c->o.stream = false;
	else
		tool_refuse_terminal();
	if (tool_resume && c->boxes.path)
		die_usage("--boxes-out is of a whole run, not of a resumed one");
	if (tool_resume && !c->o.table && !c->o.stream)
		die_usage("--resume needs a file that the output is appended to (-t >> FILE)");
}
