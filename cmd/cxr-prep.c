/* cxr-prep: images to a tensor stream. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/tsv.h"
#include "data/fetch.h"
#include "data/label.h"
#include "data/list.h"
#include "data/study.h"
#include "image/dicom.h"
#include "image/image.h"
#include "stream/stream.h"
#include "tool/tool.h"

enum { OPT_STORE = 256, OPT_RECIPE, OPT_STRICT, OPT_FLAT, OPT_RAW, OPT_NO_SHA };
static const struct opt options[] = {
	{'s', "size", "N|WxH", "pixels of the result, width x height [the recipe's]", NULL},
	{'c', "channels", "1|3", "channels of the result [the recipe's]", NULL},
	{OPT_STORE, "store", "f32|u8", "normalised floats, or 8-bit pixels that readers normalise [f32]", NULL},
	{OPT_RECIPE, "recipe", "R", "preprocessing: fields, or imagenet, gray, perimage [imagenet]", NULL},
	{'m', "model", "MODEL", "take recipe and classes from the model [$CXR_MODEL]", NULL},
	{'0', "null", NULL, "the list on standard input is paths that end in NUL", NULL},
	{OPT_STRICT, "strict", NULL, "stop at the first image that cannot be read", NULL},
	{OPT_FLAT, "allow-flat", NULL, "an image without contrast is no error", NULL},
	{OPT_RAW, "for-processing", NULL, "DICOM of raw detector data is no error", NULL},
	{OPT_NO_SHA, "no-sha", NULL, "leave out the digests of the files", NULL},
	TOOL_SHARD, TOOL_RESUME, TOOL_QUIET, TOOL_THREADS, TOOL_SANDBOX, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-prep", "[-0q] [-s N|WxH] [-c 1|3] [--store f32|u8] [--recipe R] [-m MODEL] [--strict] [--allow-flat] "
	"[--for-processing] [--no-sha] [--shard I/N] [--resume] [-j N] [FILE...]",
	"Decode, resize and normalise images (operands, or a list on standard input) into a tensor stream.", options
};

/* An image on its way through the pipeline. */
struct slot {
	size_t index; /* in the list */
	unsigned char *bytes;
	size_t n, cap;
	struct image_facts facts;
	bool failed; /* and e says why */
	struct err e;
	struct record item;
};

struct prep {
	bool u8, strict, allow_flat, for_processing, no_sha; /* options */
	struct recipe recipe;
	char *labels; /* the classes as text: the model's, else NULL until open_stream */
	struct classes classes;
	struct list list;
	struct fetch *fetch;
	struct writer out;
	struct progress bar;
	size_t next; /* index of the item to fetch next */
	struct slot *slot;
	int id, burned; /* columns of the list, or -1 */
	int64_t narrow;                          /* images that use little of their range, */
	const char *first_narrow;
	char words[IMAGE_WORDS]; /* and the first of them */
	int64_t pages;                           /* images of several pages or frames, */
	const char *first_pages;                 /* and the first of them */
};

/* The options, before a recipe follows from them. */
static const char *recipe_text, *size, *channels, *model;
static bool null;

static void read_options(struct prep *p, struct opts *o)
{
	for (int key; (key = tool_option(o)) != 0; )
		switch (key) {
		case 's': size = o->arg; break;
		case 'c': channels = tool_choice(o, (const char *const[]){"1", "3"}, NULL, 2) ? "3" : "1"; break;
		case OPT_STORE: p->u8 = tool_choice(o, (const char *const[]){"f32", "u8"}, NULL, 2); break;
		case OPT_RECIPE: recipe_text = o->arg; break;
		case 'm': model = o->arg; break;
		case '0': null = true; break;
		case OPT_STRICT: p->strict = true; break;
		case OPT_FLAT: p->allow_flat = true; break;
		case OPT_RAW: p->for_processing = true; break;
		case OPT_NO_SHA: p->no_sha = true; break;
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
	const char *recipe = record_get(&r, "recipe"), *names = record_get(&r, "classes"), *arch = record_get(&r, "arch");
	if (strcmp(record_kind(&r), "net") != 0 || !recipe || !names)
		die("%s: not a model: no recipe and classes in it", model);
	if (recipe_parse(&p->recipe, recipe, &e) < 0)
		die("%s: %s", model, e.text);
	if (!arch || !strstr(arch, ":dense=")) /* of what makes masks the classes are no labels */
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

static const struct study_reader dicom = {dicom_knows, NULL};

/* A list that cxr-list made has ids for DICOM files; bare paths get them here. */
static void set_ids(struct prep *p)
{
	const char *path = getenv("CXR_KEY_FILE");
	unsigned char key[STUDY_KEY];
	struct err e;

	if (path && *path && study_key_read(key, path, &e) < 0)
		die_usage("$CXR_KEY_FILE: %s", e.text);
	study_hide(&p->list, &dicom, path && *path ? key : NULL);
	p->id = list_column(&p->list, "id");
	p->burned = list_column(&p->list, "x.burned");
}

/* What an item is called in the stream and in messages: its id where it has one, which then hides the path. */
static const char *item_id(const struct prep *p, size_t i)
{
	const char *id = p->id < 0 ? "" : list_value(&p->list, i, p->id);

	return *id ? id : p->list.item[i].path;
}

/* For messages: what the user typed, but not the path of a list that hides it. */
static const char *item_name(const struct prep *p, size_t i)
{
	return !p->list.labelled ? p->list.item[i].path : item_id(p, i);
}

/* ---- items go through a pipeline: bytes in order, pixels on any thread, records in order */

static void set_text(struct record *r, const char *key, const char *value)
{
	char *text = text_escape(value, strlen(value));

	record_set(r, key, text);
	free(text);
}

static void describe(const struct prep *p, struct slot *s)
{
	const struct item *it = &p->list.item[s->index];
	struct record *r = &s->item;

	record_clear(r);
	record_set(r, "cxr", "item");
	set_text(r, "id", item_id(p, s->index));
	record_setf(r, "index", "%lld", (long long)list_first(&p->list) + (long long)s->index);
	char *label = classes_escape(it->label);
	record_set(r, "label", classes_index(&p->classes, label) >= 0 ? label : "");
	free(label);
	set_text(r, "patient", it->patient);
	set_text(r, "split", it->split);
	for (int i = 0; i < p->list.nextra; i++) {
		const char *name = p->list.extra[i];
		if (!strcmp(name, "id"))
			continue;
		char *key = !strncmp(name, "x.", 2) ? xstrdup(name) : xasprintf("x.%s", name);
		set_text(r, key, it->extra[i]);
		free(key);
	}
}

static int produce(void *ctx, int i, struct err *e)
{
	struct prep *p = ctx;
	struct slot *s = &p->slot[i];
	int64_t failed = 0; /* the writer counts errors, and there are no others here */
	int rc;

	do {
		if (p->next == p->list.n)
			return 0;
		s->index = p->next++;
		describe(p, s);
		if ((rc = writer_has(&p->out, &s->item, &failed, e)) < 0)
			return err_prefix(e, "standard output");
		progress_step(&p->bar, rc);
	} while (rc > 0);
	s->failed = fetch_get(p->fetch, p->list.item[s->index].path, &s->bytes, &s->n, &s->cap, &s->e) < 0;
	return 1;
}

/* A DICOM file that no list prepared and no name gave away, in an archive: nothing that its path says stays. */
static void hide_late(const struct prep *p, struct slot *s)
{
	if (!dicom_knows(s->bytes, s->n) || (p->id >= 0 && *list_value(&p->list, s->index, p->id)))
		return;
	record_setf(&s->item, "id", "dicom-%lld", (long long)list_first(&p->list) + (long long)s->index + 1);
	record_set(&s->item, "patient", "");
	if (!p->list.labelled)
		record_set(&s->item, "label", "");
}

static int check_burned(const struct prep *p, struct slot *s)
{
	if (p->burned >= 0 && !strcmp(list_value(&p->list, s->index, p->burned), "yes"))
		s->facts.burned = true;
	if (s->facts.burned && p->burned < 0)
		record_set(&s->item, "x.burned", "yes");
	return s->facts.burned && p->strict ? err_set(&s->e, "its header says that names may stand in its pixels (Burned In "
	                                              "Annotation)") : 0;
}

static int load(const struct prep *p, struct slot *s, struct image *im)
{
	if (image_load(im, &p->recipe, s->bytes, s->n, &s->facts, &s->e) < 0)
		return -1;
	if (check_burned(p, s) == 0 && (!s->facts.flat[0] || p->allow_flat))
		return 0;
	image_free(im);
	return s->e.text[0] ? -1 : err_set(&s->e, "%s", s->facts.flat);
}

static void work(void *ctx, int i, int worker)
{
	struct prep *p = ctx;
	struct slot *s = &p->slot[i];
	struct image im = {0};
	char hex[SHA256_HEX];

	(void)worker;
	if (!s->failed) {
		if (!p->no_sha) {
			sha256_of(s->bytes, s->n, hex);
			record_set(&s->item, "sha256", hex);
		}
		hide_late(p, s);
		s->failed = load(p, s, &im) < 0;
	}
	if (s->failed) {
		record_fail(&s->item, s->e.text);
		return;
	}
	record_setf(&s->item, "width", "%d", s->facts.width);
	record_setf(&s->item, "height", "%d", s->facts.height);
	if (s->facts.narrow[0])
		record_set(&s->item, "range", s->facts.narrow);
	if (s->facts.pages)
		record_setf(&s->item, "pages", "%d", s->facts.pages);
	int64_t shape[3] = {im.height, im.width, im.channels};
	void *pixels = record_add(&s->item, "image", p->u8 ? DT_U8 : DT_F32, 3, shape);
	if (p->u8)
		memcpy(pixels, im.u8, (size_t)im.height * im.width * im.channels);
	else
		image_normalise(&im, &p->recipe, pixels);
	image_free(&im);
}

/* Counts what is odd about an image that was read. */
static void count_odd(struct prep *p, const struct slot *s)
{
	if (s->failed)
		return;
	if (s->facts.pages && p->pages++ == 0)
		p->first_pages = item_name(p, s->index);
	if (s->facts.narrow[0] && p->narrow++ == 0) {
		p->first_narrow = item_name(p, s->index);
		memcpy(p->words, s->facts.narrow, sizeof p->words);
	}
}

static int consume(void *ctx, int i, struct err *e)
{
	struct prep *p = ctx;
	struct slot *s = &p->slot[i];

	if (s->failed && p->strict)
		return err_set(e, "%s: %s", item_name(p, s->index), s->e.text);
	if (s->failed)
		warn("%s: %s", item_name(p, s->index), s->e.text);
	if (!s->failed && s->facts.no_window)
		warn("%s: the window of its header cannot be, and is taken for none", item_name(p, s->index));
	count_odd(p, s);
	progress_step(&p->bar, 1);
	return writer_put(&p->out, &s->item, e) ? err_prefix(e, "standard output") : 0;
}

/* Labels that are no class (of the model, or of the order the list asks for) become empty: said once. */
static void tell_strangers(const struct prep *p)
{
	char *counts = label_strangers(&p->list, &p->classes);

	if (*counts)
		remark("labels that are none of the classes %s are left empty: %s (cxr-list --relabel FROM=TO renames)", p->labels,
		       counts);
	free(counts);
}

/* Writes the head to standard output; without a model, the labels of the list are the classes. */
static int open_stream(struct prep *p, struct err *e)
{
	char digest[SHA256_HEX], recipe[RECIPE_TEXT];
	struct record head = {0};

	if (!p->labels)
		p->labels = list_classes(&p->list);
	if (classes_parse(&p->classes, p->labels, e) < 0)
		return -1;
	tell_strangers(p);
	list_digest(&p->list, digest);
	head_init(&head);
	record_set(&head, "classes", p->labels);
	record_set(&head, "recipe", recipe_format(&p->recipe, recipe));
	record_set(&head, "list", digest);
	record_setf(&head, "items", "%lld", (long long)list_items(&p->list));
	head_set_shard(&head, p->list.part.shard, e); /* cannot fail: the head is new and knows the items */
	char *line = xasprintf("--store %s%s", p->u8 ? "u8" : "f32", p->allow_flat ? " --allow-flat" : "");
	head_add_pg(&head, "cxr-prep", CXR_VERSION, line);
	free(line);
	int rc = tool_write_stream(&p->out, &head, e);
	record_free(&head);
	return rc;
}

/* Writes an item record for every item of the list, on tool_threads threads. */
static int write_items(struct prep *p, struct err *e)
{
	struct pool *pool = pool_new(tool_threads);
	int slots = 2 * tool_threads + 2, rc;

	p->slot = xcalloc(slots, sizeof *p->slot);
	p->fetch = fetch_new();
	rc = pool_pipeline(pool, slots, &(struct pipeline){p, produce, work, consume, NULL, 0}, e);
	for (int i = 0; i < slots; i++) {
		free(p->slot[i].bytes);
		record_free(&p->slot[i].item);
	}
	free(p->slot);
	fetch_free(p->fetch);
	pool_free(pool);
	return rc;
}

static void warn_odd(const struct prep *p)
{
	if (p->narrow)
		warn("%lld image%s less than a sixteenth of the range: %s has %s (white=N or white=p99.9 in the recipe says what "
		     "white is)", (long long)p->narrow, p->narrow == 1 ? " uses" : "s use", p->first_narrow, p->words);
	if (p->pages)
		warn("%lld image%s several pages or frames, of which the first is read: %s", (long long)p->pages,
		     p->pages == 1 ? " has" : "s have", p->first_pages);
}

/* A list names files as they come; the images of the command line are known. */
static void give_up_rights(char *const *operand)
{
	tool_reads(model);
	tool_reads(getenv("CXR_KEY_FILE"));
	if (!operand[0] || !strcmp(operand[0], "-"))
		tool_reads_anywhere();
	for (; *operand; operand++)
		tool_reads(*operand);
	tool_sandbox();
}

int main(int argc, char **argv)
{
	struct prep p = {0};
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	read_options(&p, &o);
	give_up_rights(argv + opts_rest(&o));
	tool_refuse_terminal();
	choose_recipe(&p);
	read_list(&p, argc - opts_rest(&o), argv + opts_rest(&o));
	set_ids(&p);
	if (p.for_processing)
		image_take_raw();
	if (list_shard(&p.list, tool_shard, &e) < 0)
		die_err(&e);
	if (image_start(tool.name, &e) < 0)
		die_err(&e);
	if (open_stream(&p, &e) < 0)
		die_err(&e);

	progress_start(&p.bar, "prep", p.list.n);
	int rc = write_items(&p, &e);
	progress_end(&p.bar);
	if (rc == 0 && writer_end(&p.out, &e))
		rc = err_prefix(&e, "standard output");
	if (rc < 0)
		die_err(&e);

	warn_odd(&p);
	bool failed = p.out.errors > 0;
	image_stop();
	list_free(&p.list);
	free(p.labels);
	classes_free(&p.classes);
	opts_free(&o);
	tool_finish(failed ? EXIT_ITEMS : EXIT_OK);
}
