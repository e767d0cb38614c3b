/* libFuzzer: any bytes as a checkpoint of a run that is known; then the next epoch of what was accepted. */
#include <string.h>

#include "train/train.h"
#include "scratch.h"
#include "toy.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N = 4 };

/* A stream of N images, to a data set. */
static void make_set(struct dataset *d)
{
	char *bytes = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&bytes, &n);
	struct record r = {0};
	struct source src;
	struct writer w;
	struct err e;

	head_init(&r);
	record_set(&r, "classes", "A,B");
	record_set(&r, "recipe", "size=5x5 channels=1 mean=0.5 std=0.5");
	if (!f || writer_open(&w, f, &r, &e))
		abort();
	for (int i = 0; i < N; i++) {
		int64_t shape[] = {TOY_SIDE, TOY_SIDE, 1};

		record_clear(&r);
		record_set(&r, "cxr", "item");
		record_setf(&r, "id", "%d", i);
		record_setf(&r, "index", "%d", i);
		record_set(&r, "label", i % 2 ? "A" : "B");
		record_setf(&r, "sha256", "%064d", i);
		memset(record_add(&r, "image", DT_U8, 3, shape), 40 * i, TOY_SIDE * TOY_SIDE);
		if (writer_put(&w, &r, &e))
			abort();
	}
	if (writer_end(&w, &e) || fclose(f))
		abort();
	record_free(&r);
	source_memory(&src, "set", bytes, n);
	if (dataset_read(d, &src, &e))
		abort();
	source_close(&src);
	free(bytes);
}

/* The checkpoint with the line that says which run it is of; as it came, where it is no document. */
static const char *of_this_run(const uint8_t *data, size_t size, const struct trainer *t)
{
	struct record r = {0};
	struct source src;
	struct err e;
	char *run = trainer_run_text(t), *bytes = NULL;
	const char *path;
	size_t n = 0;

	source_memory(&src, "fuzz", data, size);
	if (record_read(&r, &src, NULL, &e) > 0) {
		FILE *f = open_memstream(&bytes, &n);

		record_set(&r, "cxr", "checkpoint");
		record_set(&r, "run", run);
		if (!f || record_write(&r, f, NULL, &e) || fclose(f))
			abort();
	}
	path = bytes ? scratch(bytes, n) : scratch(data, size);
	free(bytes);
	record_free(&r);
	source_close(&src);
	free(run);
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dataset set;
	static struct pool *pool;
	struct train_options o;
	struct net *net = toy_net();
	struct trainer *t;
	struct err e;

	if (!pool) {
		pool = pool_new(1);
		make_set(&set);
	}
	train_defaults(&o);
	o.batch = 2;
	o.ema = .5;
	if (!(t = trainer_new(net, &set, NULL, &o, pool, &e)))
		abort();
	if (!trainer_resume(t, of_this_run(data, size, t), &e)) {
		fuzz_reached++;
		trainer_epoch(t, &e);
	}
	trainer_free(t);
	net_free(net);
	return 0;
}
