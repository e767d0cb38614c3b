/* cxr-cam: where the network looked, as maps in the stream and as pictures. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cam.h"
#include "nn/gemm.h"
#include "zoo/zoo.h"

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

/* Runs of the network for each picture, beside the first. */
static int64_t runs(const struct cam *c)
{
	return explain_runs(&c->x) + (c->measures ? (int64_t)inquest_runs(&c->q) * c->x.ntarget : 0);
}

/* While batches are run, others are written. */
void cam_progress(void *ctx, int n)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	progress_step(&((struct cam *)ctx)->bar, n);
	pthread_mutex_unlock(&lock);
}

static void prepare(struct cam *c)
{
	struct err e;

	if (explain_open(&c->x, c->net, c->all_methods, c->layers, c->batch, c->pool, &e) ||
	    ((c->dir || c->measures) && image_start("cxr-cam", &e)) || (c->dir && file_mkdirs(c->dir, &e)) ||
	    (c->measures && measure_open(c, &e)))
		die_err(&e);
	c->x.seed = c->q.seed;
	c->x.samples = c->samples;
	c->x.patch = c->patch;
	c->x.tick = c->q.tick = cam_progress;
	c->x.tick_ctx = c->q.tick_ctx = c;
}

static void version(FILE *f)
{
	struct err e;

	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
}

int main(int argc, char **argv)
{
	struct cam c = {.methods = "gradcam", .stream = true, .caption = true, .batch = 16, .q.seed = 1};
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
	explain_close(&c.x);
	pool_free(c.pool);
	net_free(c.net);
	opts_free(&o);
	free(c.all_methods);
	if (c.dir || c.measures)
		image_stop();
	tool_finish(c.failed ? EXIT_ITEMS : EXIT_OK);
}
