/* Images of a batch, changed and mixed, into a plan's input. */
#include "train/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static size_t item_at(const struct batch *b, size_t i)
{
	return b->index ? b->index[i] : b->first + i;
}

static size_t partner_of(const struct batch *b, const struct augment_draw *d)
{
	return (size_t)(d->partner * (double)b->set->n);
}

void batch_labels(const struct batch *b, int *label, struct mix *mix)
{
	for (size_t i = 0; i < (size_t)b->n; i++) {
		size_t item = item_at(b, i);

		label[i] = b->set->label[item];
		if (!mix)
			continue;
		mix[i] = (struct mix){label[i], 1};
		if (b->augment && b->augment->mixup > 0) {
			struct augment_draw d = augment_at(b->augment, b->seed, b->epoch, item);

			mix[i] = (struct mix){b->set->label[partner_of(b, &d)], (float)d.share};
		}
	}
}

struct job {
	const struct batch *b;
	float *out;
	size_t size, stride;    /* floats of an image; bytes of a worker's scratch */
	unsigned char *scratch;
};

/* The other image is changed as it would be on its own. */
static void mix_in(const struct job *j, const struct augment_draw *draw, void *scratch, float *out)
{
	const struct batch *b = j->b;
	size_t other = partner_of(b, draw);
	struct augment_draw theirs = augment_at(b->augment, b->seed, b->epoch, other);
	float *image = (float *)scratch, share = (float)draw->share;

	dataset_get(b->set, other, &theirs, image + j->size, image);
	for (size_t i = 0; i < j->size; i++)
		out[i] = share * out[i] + (1 - share) * image[i];
}

static void load_one(void *ctx, size_t block, int worker)
{
	const struct job *j = ctx;
	const struct batch *b = j->b;
	size_t item = item_at(b, block);
	void *scratch = j->scratch + (size_t)worker * j->stride;
	float *out = j->out + block * j->size;
	struct augment_draw draw;

	if (b->augment)
		draw = augment_at(b->augment, b->seed, b->epoch, item);
	dataset_get(b->set, item, b->augment ? &draw : NULL, scratch, out);
	if (b->augment && draw.share < 1)
		mix_in(j, &draw, scratch, out);
}

void batch_load(const struct batch *b, float *out, struct pool *pool)
{
	const struct recipe *r = &b->set->recipe;
	struct job j = {.b = b, .out = out, .size = (size_t)r->height * (size_t)r->width * (size_t)r->channels};

	for (size_t i = 0; b->value && i < (size_t)b->n; i++)
		memcpy(out + i * b->size, b->value + item_at(b, i) * b->size, b->size * sizeof *out);
	if (b->value)
		return;
	j.stride = (j.size * sizeof(float) + dataset_scratch(b->set) + 63) / 64 * 64;
	j.scratch = xmalloc((size_t)pool_threads(pool) * j.stride);
	pool_run(pool, (size_t)b->n, load_one, &j);
	free(j.scratch);
}
