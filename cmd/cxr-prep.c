/* cxr-prep: images to a tensor stream. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image.h"
#include "prep.h"

enum { OPT_STORE = 256, OPT_RECIPE, OPT_STRICT };
static const struct opt options[] = {
	{'s', "size", "N|WxH", "pixels of the result, width x height [the recipe's]", NULL},
	{'c', "channels", "1|3", "channels of the result [the recipe's]", NULL},
	{OPT_STORE, "store", "f32|u8", "normalised floats, or 8-bit pixels that readers normalise [f32]", NULL},
	{OPT_RECIPE, "recipe", "R", "preprocessing: fields, or imagenet, gray, perimage [imagenet]", NULL},
	{'m', "model", "MODEL", "take recipe and classes from the model [$CXR_MODEL]", NULL},
	{'0', "null", NULL, "the list on standard input is paths that end in NUL", NULL},
	{OPT_STRICT, "strict", NULL, "stop at the first image that cannot be read", NULL},
	TOOL_SHARD, TOOL_RESUME, TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-prep", "[-0q] [-s N|WxH] [-c 1|3] [--store f32|u8] [--recipe R] [-m MODEL] [--strict] [--shard I/N] [--resume] "
	"[-j N] [FILE...]",
	"Decode, resize and normalise images (operands, or a list on standard input) into a tensor stream.", options
};

static const char *recipe_text, *size, *channels, *model;
static bool null;

static bool one_of(const struct opts *o, const char *name, const char *a, const char *b)
{
	if (strcmp(o->arg, a) != 0 && strcmp(o->arg, b) != 0)
		die_usage("option --%s: '%s' is neither %s nor %s", name, o->arg, a, b);
	return strcmp(o->arg, b) == 0;
}

static void read_options(struct prep *p, struct opts *o)
{
	for (int key; (key = tool_option(o)) != 0; )
		switch (key) {
		case 's': size = o->arg; break;
		case 'c': channels = one_of(o, "channels", "1", "3") ? "3" : "1"; break;
		case OPT_STORE: p->u8 = one_of(o, "store", "f32", "u8"); break;
		case OPT_RECIPE: recipe_text = o->arg; break;
		case 'm': model = o->arg; break;
		case '0': null = true; break;
		case OPT_STRICT: p->strict = true; break;
		}
	if (recipe_text && model)
		die_usage("--recipe and --model: a model brings its recipe, give one of them");
	if (!model && !recipe_text && !size && !channels)
		model = tool_model_env();
}

/* Recipe and classes of a model file. */
static void take_from_model(struct prep *p)
{
	struct record r = {0};
	struct err e;

	if (record_read_file(&r, model, &e) < 0)
		die_err(&e);
	const char *recipe = record_get(&r, "recipe"), *names = record_get(&r, "classes");
	if (strcmp(record_kind(&r), "net") != 0 || !recipe || !names)
		die("%s: not a model: no recipe and classes in it", model);
	if (recipe_parse(&p->recipe, recipe, &e) < 0)
		die("%s: %s", model, e.text);
	p->labels = xstrdup(names);
	record_free(&r);
}

/* The recipe from --recipe or a model, changed by -s and -c. */
static void choose_recipe(struct prep *p)
{
	struct err e;

	recipe_default(&p->recipe);
	if (recipe_text && recipe_parse(&p->recipe, recipe_text, &e) < 0)
		die_usage("option --recipe: %s", e.text);
	if (model)
		take_from_model(p);
	if (channels)
		recipe_set_channels(&p->recipe, channels[0] - '0');
	if (size) {
		char *field = strchr(size, 'x') ? xasprintf("size=%s", size) : xasprintf("size=%sx%s", size, size);
		if (strpbrk(size, " =") || recipe_parse(&p->recipe, field, &e) < 0)
			die_usage("option --size: '%s' is not a size such as 224 or 320x256", size);
		free(field);
	}
	if (p->u8 && p->recipe.depth != 8)
		die_usage("--store u8 needs a recipe with depth=8");
}

static void read_list(struct prep *p, int n, char **path)
{
	struct source src;
	struct err e;

	if (n > 0 && strcmp(path[0], "-") != 0) {
		for (int i = 0; i < n; i++)
			list_add(&p->list, path[i]);
		return;
	}
	if (n > 1)
		die_usage("'-' (a list on standard input) stands alone");
	tool_input(&src, n > 0 ? path[0] : NULL);
	if (list_read(&p->list, &src, null ? '\0' : '\n', &e) < 0)
		die_err(&e);
	source_close(&src);
	if (list_items(&p->list) == 0)
		die("empty list");
}

int main(int argc, char **argv)
{
	struct prep p = {0};
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	read_options(&p, &o);
	tool_refuse_terminal();
	choose_recipe(&p);
	read_list(&p, argc - opts_rest(&o), argv + opts_rest(&o));
	if (list_shard(&p.list, tool_shard, &e) < 0)
		die_err(&e);
	if (image_start(tool.name, &e) < 0)
		die_err(&e);
	if (prep_open(&p, &e) < 0)
		die_err(&e);

	progress_start(&p.bar, "prep", p.list.n);
	int rc = prep_items(&p, &e);
	progress_end(&p.bar);
	if (rc < 0 || writer_end(&p.out, &e) < 0)
		die_err(&e);

	bool failed = p.out.errors > 0;
	image_stop();
	list_free(&p.list);
	free(p.labels);
	classes_free(&p.classes);
	opts_free(&o);
	tool_finish(failed ? EXIT_ITEMS : EXIT_OK);
}
