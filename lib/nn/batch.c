#include "nn/batch.h"

#include <stdlib.h>

#include "base/mem.h"

struct job {
	const struct batch *b;
	float *out;
	int *label;
	unsigned char *scratch; /* set->bytes for each worker */
};

static void load_one(void *ctx, size_t block, int worker)
{
	const struct job *j = ctx;
	const struct batch *b = j->b;
	const struct recipe *r = &b->set->recipe;
	size_t i = b->index ? b->index[block] : b->first + block;
	size_t size = (size_t)r->height * (size_t)r->width * (size_t)r->channels;
	struct augment_draw draw;

	if (b->augment)
		draw = augment_at(b->augment, b->seed, b->epoch, i);
	dataset_get(b->set, i, b->augment ? &draw : NULL, j->scratch + (size_t)worker * b->set->bytes,
	            j->out + block * size);
	j->label[block] = b->set->label[i];
}

void batch_load(const struct batch *b, float *out, int *label, struct pool *pool)
{
	struct job j = {b, out, label, xmalloc((size_t)pool_threads(pool) * b->set->bytes)};

	pool_run(pool, (size_t)b->n, load_one, &j);
	free(j.scratch);
}
