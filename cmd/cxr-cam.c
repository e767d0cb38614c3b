/* cxr-cam: where the network looked, as maps in the stream and as pictures. */
#include <string.h>
#include <unistd.h>

#include "cam.h"
#include "nn/gemm.h"
#include "zoo/zoo.h"

enum {
	OPT_METHOD = 256, OPT_LAYER, OPT_CLASS, OPT_NORMALISE, OPT_STYLE, OPT_COLORMAP, OPT_CAPTION, OPT_BATCH, OPT_FORCE
};
static const struct opt options[] = {
	{'m', "model", "MODEL", "the model that made the scores, or is to make them [$CXR_MODEL]", NULL},
	{'o', "output", "DIR", "write a PNG for each picture into DIR", NULL},
	{OPT_METHOD, "method", "NAME,...", "cam, gradcam, gradcampp, hirescam, xgradcam, layercam [gradcam]", NULL},
	{OPT_LAYER, "layer", "NAME,...", "layers to map [what the global average pooling averages]", NULL},
	{OPT_CLASS, "class", "NAME", "class to explain; pred: the predicted one [the last class]", NULL},
	{OPT_NORMALISE, "normalise", "NAME", "max, minmax, p99 or none [max]", NULL},
	{OPT_STYLE, "style", "NAME", "overlay, side, hotspot or heat [overlay]", NULL},
	{OPT_COLORMAP, "colormap", "NAME", "jet, turbo, viridis or inferno [jet]", NULL},
	{OPT_CAPTION, "no-caption", NULL, "no line of text under --style side", NULL},
	{OPT_BATCH, "batch", "N", "pictures explained together; results do not depend on it [16]", NULL},
	{OPT_FORCE, "force-recipe", NULL, "take a stream whose recipe is not the model's", NULL},
	TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-cam",
	"[-q] [-m MODEL] [-o DIR] [--method NAME,...] [--layer NAME,...] [--class NAME] [--normalise NAME] [--style NAME] "
	"[--colormap NAME] [--no-caption] [--batch N] [--force-recipe] [-j N] [STREAM]",
	"Heat maps of the pictures of a stream (operand, or standard input): what spoke for a class, and where.", options
};

static enum style parse_style(const char *name)
{
	static const char *const names[] = {
#define X(name) #name,
		STYLES(X)
#undef X
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum style)i;
	die_usage("no style %s: choose one of overlay, side, hotspot, heat", name);
}

static void read_options(struct cam *c, struct opts *o, int argc, char **argv)
{
	struct err e;

	for (int key; (key = tool_option(o)) != 0; )
		switch (key) {
		case 'm': c->model = o->arg; break;
		case 'o': c->dir = o->arg; break;
		case OPT_METHOD: c->methods = o->arg; break;
		case OPT_LAYER: c->layers = o->arg; break;
		case OPT_CLASS: c->class = o->arg; break;
		case OPT_NORMALISE:
			if (normaliser_parse(o->arg, &c->normalise, &e))
				die_usage("%s", e.text);
			break;
		case OPT_STYLE: c->style = parse_style(o->arg); break;
		case OPT_COLORMAP:
			if (colormap_parse(o->arg, &c->colormap, &e))
				die_usage("%s", e.text);
			break;
		case OPT_CAPTION: c->caption = false; break;
		case OPT_BATCH: c->batch = (int)tool_int(o, 1, 4096); break;
		case OPT_FORCE: c->force = true; break;
		}
	if (argc - opts_rest(o) > 1)
		die_usage("one stream at most: '%s' is too much", argv[opts_rest(o) + 1]);
	cam_check_methods(c->methods);
	if (!c->model && !(c->model = tool_model_env()))
		die_usage("no model: give one with -m or in $CXR_MODEL");
	if (isatty(STDOUT_FILENO) && c->dir)
		c->stream = false;
	else
		tool_refuse_terminal();
}

static void load(struct cam *c)
{
	struct err e;

	if (!(c->net = zoo_load(c->model, &e)))
		die_err(&e);
	if (!c->class)
		c->target = c->net->classes.n - 1;
	else if (strcmp(c->class, "pred") == 0)
		c->target = -1;
	else if ((c->target = classes_index(&c->net->classes, c->class)) < 0)
		die("%s: no class %s: the classes are %s and 'pred'", c->model, c->class, cam_classes(c));
}

static void version(FILE *f)
{
	struct err e;

	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
}

int main(int argc, char **argv)
{
	struct cam c = {.methods = "gradcam", .stream = true, .caption = true, .batch = 16};
	struct record first = {0};
	struct source src;
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	tool_version_more = version;
	read_options(&c, &o, argc, argv);
	c.pool = pool_new(tool_threads);
	load(&c);
	tool_input(&src, opts_rest(&o) < argc ? argv[opts_rest(&o)] : NULL);
	if (reader_open(&c.in, &src, &e))
		die_err(&e);
	cam_check_head(&c);
	if (explain_open(&c.x, c.net, c.methods, c.layers, c.batch, c.pool, &e) ||
	    (c.dir && (file_mkdirs(c.dir, &e) || image_start("cxr-cam", &e))))
		die_err(&e);

	progress_start(&c.bar, "cam", c.items);
	int some = cam_open(&c, &first, &e);
	if (some < 0 || cam_items(&c, some ? &first : NULL, &e) || (c.stream && writer_end(&c.out, &e)))
		die_err(&e);
	progress_end(&c.bar);

	record_free(&first);
	reader_close(&c.in);
	source_close(&src);
	explain_close(&c.x);
	pool_free(c.pool);
	net_free(c.net);
	opts_free(&o);
	if (c.dir)
		image_stop();
	tool_finish(c.failed ? EXIT_ITEMS : EXIT_OK);
}
