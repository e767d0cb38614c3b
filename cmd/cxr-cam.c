/* cxr-cam: where the network looked, as maps in the stream and as images. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam/item.h"
#include "data/tarball.h"
#include "nn/gemm.h"
#include "zoo/zoo.h"

static void load(struct cam *c)
{
	struct err e;

	c->x.blend.net = xcalloc((size_t)c->o.nmodel, sizeof(struct net *));
	c->x.blend.n = c->o.nmodel;
	for (int i = 0; i < c->o.nmodel; i++) {
		if (!(c->x.blend.net[i] = zoo_load(c->o.models[i], &e)))
			die_err(&e);
		if (net_is_map(c->x.blend.net[i]))
			die("%s: its output is a map already: cxr-infer makes masks with it", c->o.models[i]);
	}
	c->x.net = c->x.blend.net[0];
	if (!c->o.class)
		c->x.target = c->x.net->classes.n - 1;
	else if (strcmp(c->o.class, "pred") == 0)
		c->x.target = -1;
	else if ((c->x.target = classes_index(&c->x.net->classes, c->o.class)) < 0)
		die("%s: no class %s: the classes are %s and 'pred'", c->o.models[0], c->o.class,
		    classes_list(&c->x.net->classes));
}

/* Runs of the network for each image, beside the first. */
static int64_t runs(const struct cam *c)
{
	int64_t maps = measure_shakes(c) ? 1 + SHAKES : 1;

	return blend_runs(&c->x.blend) * maps + (c->x.measured ? (int64_t)inquest_runs(&c->x.q) * c->x.blend.nmap : 0);
}

static bool decodes(const struct cam *c)
{
	return c->draw.original || baseline_is_file(c) || c->o.prior || c->truth.lesions.masks.path ||
	       c->truth.lungs.masks.path;
}

static struct named *read_list(const char *path)
{
	struct named *n;
	struct source src;
	struct err e;

	if (!path)
		return NULL;
	tool_input(&src, path);
	if (!(n = named_read(&src, &e)))
		die("%s: %s", path, e.text);
	source_close(&src);
	return n;
}

/* A folder, or one file for all: many small files are a burden to the file systems of clusters. */
static int open_files(struct cam_draw *d, struct err *e)
{
	size_t n = d->dir ? strlen(d->dir) : 0;

	if (n < 4 || strcmp(d->dir + n - 4, ".tar"))
		return d->dir ? file_mkdirs(d->dir, e) : 0;
	if (tool_resume)
		die_usage("--resume draws into a folder: a .tar appears whole");
	return (d->tar = tarball_open(d->dir, e)) ? 0 : -1;
}

static void prepare(struct cam *c)
{
	struct err e;

	c->x.blend.pool = c->x.pool;
	if (blend_open(&c->x.blend, c->o.all_methods, c->o.layers, &e) ||
	    (decodes(c) && image_start("cxr-cam", &e)) || open_files(&c->draw, &e) ||
	    baseline_open(c, &e) || prior_open(c, &e) || boxes_open(c, &e) ||
	    (c->x.measured && measure_open(c, &e)))
		die_err(&e);
	c->draw.named = read_list(c->draw.list);
	c->draw.fetch = c->draw.original ? fetch_new() : NULL;
	c->x.q.tick = cam_progress;
	c->x.q.tick_ctx = c;
	for (int i = 0; i < c->o.nmodel; i++) {
		struct explain *x = &c->x.blend.x[i];

		x->seed = c->x.q.seed;
		x->samples = c->o.samples;
		x->patch = c->o.patch;
		x->prior = c->x.prior;
		x->noise = c->o.noise;
		x->blank = c->x.q.blank;
		x->tick = cam_progress;
		x->tick_ctx = c;
	}
}

/* How many items there are, as far as is known; a few need no room for many. */
static void count(struct cam *c)
{
	int64_t share = head_share(&c->in.head);

	c->draw.items = head_items(&c->in.head);
	if (share && share < c->x.blend.batch)
		c->x.blend.batch = (int)share;
}

/* What is said once, at the end. */
static void tell(struct cam *c)
{
	char *line = strangers_tell(&c->strangers, &c->x.net->classes);

	if (line)
		remark("%s: %s", c->in.src->name, line);
	free(line);
	strangers_free(&c->strangers);
}

static void close_models(struct cam *c)
{
	struct net **net = c->x.blend.net;

	blend_close(&c->x.blend);
	for (int i = 0; i < c->o.nmodel; i++)
		net_free(net[i]);
	free(net);
	free(c->o.models);
	free(c->o.zoom);
}

static void version(FILE *f)
{
	struct err e;

	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
}

static void give_up_rights(const struct cam *c, const char *stream)
{
	const char *const reads[] = {stream, c->o.prior, c->o.baseline, c->draw.list, c->truth.lesions.masks.path,
	                             c->truth.lungs.masks.path, c->truth.against.path};

	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		tool_reads(reads[i]);
	for (int i = 0; i < c->o.nmodel; i++)
		tool_reads(c->o.models[i]);
	if (c->draw.original) /* the files that the stream or a list names */
		tool_reads_anywhere();
	tool_writes(c->draw.dir);
	tool_writes(c->boxes.path);
	tool_sandbox();
}

int main(int argc, char **argv)
{
	struct cam c = {
		.o = {.methods = "gradcam", .stream = true, .noise = -1}, .x = {.blend.batch = 16, .q.seed = 1},
		.draw = {.caption = true, .colormap = CM_inferno, .scale = DRAW_LOGITS},
	};
	struct record first = {0};
	struct source src;
	struct opts o;
	struct err e;

	tool_start(&cam_tool, &o, argc, argv);
	tool_version_more = version;
	cam_options(&c, &o, argc, argv);
	give_up_rights(&c, opts_rest(&o) < argc ? argv[opts_rest(&o)] : NULL);
	c.x.pool = pool_new(tool_threads);
	load(&c);
	tool_input(&src, opts_rest(&o) < argc ? argv[opts_rest(&o)] : NULL);
	if (reader_open(&c.in, &src, &e) || reader_shard(&c.in, tool_shard, &e) ||
	    runhead_check(&c.in, c.x.net, c.o.force, &e))
		die_err(&e);
	count(&c);
	prepare(&c);

	progress_start(&c.bar, "cam", head_share(&c.in.head) * (1 + runs(&c)));
	int some = cam_open(&c, &first, &e);
	if (some < 0 || cam_items(&c, some ? &first : NULL, &e) || (c.draw.tar && tarball_close(c.draw.tar, &e)) ||
	    sink_end(&c.out, &e) || boxes_end(&c, &e))
		die_err(&e);
	progress_end(&c.bar);
	tell(&c);

	record_free(&first);
	bool part = record_get(&c.in.head, "shard"); /* another one may have the images that are known */

	reader_close(&c.in);
	source_close(&src);
	bool judged = measure_close(&c) || part;
	baseline_close(&c);
	fetch_free(c.draw.fetch);
	named_free(c.draw.named);
	close_models(&c);
	pool_free(c.x.pool);
	opts_free(&o);
	free(c.x.prior);
	free(c.o.all_methods);
	if (decodes(&c))
		image_stop();
	tool_finish(c.failed ? EXIT_ITEMS : judged ? EXIT_OK : EXIT_UNJUDGED);
}
