/* cxr-cam: where the network looked, as maps in the stream and as images. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam_item.h"
#include "nn/gemm.h"
#include "zoo/zoo.h"

static void load(struct cam *c)
{
	struct err e;

	c->blend.net = xcalloc((size_t)c->nmodel, sizeof(struct net *));
	c->blend.n = c->nmodel;
	for (int i = 0; i < c->nmodel; i++)
		if (!(c->blend.net[i] = zoo_load(c->models[i], &e)))
			die_err(&e);
	c->net = c->blend.net[0];
	if (!c->class)
		c->target = c->net->classes.n - 1;
	else if (strcmp(c->class, "pred") == 0)
		c->target = -1;
	else if ((c->target = classes_index(&c->net->classes, c->class)) < 0)
		die("%s: no class %s: the classes are %s and 'pred'", c->models[0], c->class,
		    classes_list(&c->net->classes));
}

/* Runs of the network for each image, beside the first. */
static int64_t runs(const struct cam *c)
{
	int64_t maps = measure_shakes(c) ? 1 + SHAKES : 1;

	return blend_runs(&c->blend) * maps + (c->measures ? (int64_t)inquest_runs(&c->q) * c->blend.nmap : 0);
}

/* While batches are run, others are written. */
void cam_progress(void *ctx, int n)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	progress_step(&((struct cam *)ctx)->bar, n);
	pthread_mutex_unlock(&lock);
}

static bool decodes(const struct cam *c)
{
	return c->original || c->truth.path || c->lungs.path;
}

static void prepare(struct cam *c)
{
	struct err e;

	c->blend.pool = c->pool;
	if (blend_open(&c->blend, c->all_methods, c->layers, &e) ||
	    (decodes(c) && image_start("cxr-cam", &e)) || (c->dir && file_mkdirs(c->dir, &e)) ||
	    (c->measures && measure_open(c, &e)))
		die_err(&e);
	c->fetch = c->original ? fetch_new() : NULL;
	c->q.tick = cam_progress;
	c->q.tick_ctx = c;
	for (int i = 0; i < c->nmodel; i++) {
		struct explain *x = &c->blend.x[i];

		x->seed = c->q.seed;
		x->samples = c->samples;
		x->patch = c->patch;
		x->tick = cam_progress;
		x->tick_ctx = c;
	}
}

static void close_models(struct cam *c)
{
	struct net **net = c->blend.net;

	blend_close(&c->blend);
	for (int i = 0; i < c->nmodel; i++)
		net_free(net[i]);
	free(net);
	free(c->models);
}

static void version(FILE *f)
{
	struct err e;

	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
}

int main(int argc, char **argv)
{
	struct cam c = {.methods = "gradcam", .stream = true, .caption = true, .blend.batch = 16, .q.seed = 1};
	struct record first = {0};
	struct source src;
	struct opts o;
	struct err e;

	tool_start(&cam_tool, &o, argc, argv);
	tool_version_more = version;
	cam_options(&c, &o, argc, argv);
	c.pool = pool_new(tool_threads);
	load(&c);
	tool_input(&src, opts_rest(&o) < argc ? argv[opts_rest(&o)] : NULL);
	if (reader_open(&c.in, &src, &e) || reader_shard(&c.in, tool_shard, &e))
		die_err(&e);
	cam_check_head(&c);
	prepare(&c);

	progress_start(&c.bar, "cam", head_share(&c.in.head) * (1 + runs(&c)));
	int some = cam_open(&c, &first, &e);
	if (some < 0 || cam_items(&c, some ? &first : NULL, &e) || (c.stream && writer_end(&c.out, &e)) ||
	    (c.table && table_end(&c.rows, &e)))
		die_err(&e);
	progress_end(&c.bar);

	record_free(&first);
	reader_close(&c.in);
	source_close(&src);
	measure_close(&c);
	fetch_free(c.fetch);
	close_models(&c);
	pool_free(c.pool);
	opts_free(&o);
	free(c.all_methods);
	if (decodes(&c))
		image_stop();
	tool_finish(c.failed ? EXIT_ITEMS : EXIT_OK);
}
