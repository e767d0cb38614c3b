/* Images of a batch, changed and mixed, into a plan's input. */
#include "train/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/dilate.h"
#include "train/masks.h"

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

struct batch_job {
	const struct batch *b;
	float *out;
	size_t size, stride;    /* floats of an image; bytes of a worker's scratch */
	unsigned char *scratch;
	int h, w;               /* cells of batch_outside */
};

static struct augment_draw draw_at(const struct batch *b, size_t item)
{
	return augment_at(b->augment, b->seed, b->epoch, item);
}

/* Which other image's surroundings it gets, n: none. */
static size_t background_of(const struct batch *b, size_t item)
{
	struct rng r = rng_at(b->seed, RNG_BACKGROUND, b->epoch, item);

	return rng_uniform(&r) < b->background ? (size_t)rng_below(&r, b->set->n) : b->set->n;
}

/* The other image is changed as it would be on its own, and keeps its place: around the dilated lungs of the first. */
static void put_background(const struct batch_job *j, size_t item, const struct augment_draw *draw, float *scratch,
                           float *out)
{
	const struct batch *b = j->b;
	const struct recipe *r = &b->set->recipe;
	size_t other = background_of(b, item), pixels = (size_t)r->height * (size_t)r->width;
	float *mask = scratch + j->size;
	struct augment_draw theirs;

	if (other == b->set->n || !mask_get(b->set, item, draw, scratch, mask))
		return;
	mask_dilate(mask, scratch, r->height, r->width);
	if (b->augment)
		theirs = draw_at(b, other);
	dataset_get(b->set, other, b->augment ? &theirs : NULL, mask + pixels, scratch);
	for (size_t i = 0; i < j->size; i++) {
		float own = mask[i / (size_t)r->channels];

		out[i] = own * out[i] + (1 - own) * scratch[i];
	}
}

/* The other image is changed as it would be on its own. */
static void mix_in(const struct batch_job *j, const struct augment_draw *draw, void *scratch, float *out)
{
	const struct batch *b = j->b;
	size_t other = partner_of(b, draw);
	struct augment_draw theirs = draw_at(b, other);
	float *image = (float *)scratch, share = (float)draw->share;

	dataset_get(b->set, other, &theirs, image + j->size, image);
	for (size_t i = 0; i < j->size; i++)
		out[i] = share * out[i] + (1 - share) * image[i];
}

static void load_one(void *ctx, size_t block, int worker)
{
	const struct batch_job *j = ctx;
	const struct batch *b = j->b;
	size_t item = item_at(b, block);
	void *scratch = j->scratch + (size_t)worker * j->stride;
	float *out = j->out + block * j->size;
	struct augment_draw draw;

	if (b->augment)
		draw = draw_at(b, item);
	dataset_get(b->set, item, b->augment ? &draw : NULL, scratch, out);
	if (b->background > 0)
		put_background(j, item, b->augment ? &draw : NULL, scratch, out);
	if (b->augment && draw.share < 1)
		mix_in(j, &draw, scratch, out);
}

/* Runs f for each image, with scratch for an image, a mask and what dataset_get needs. */
static void each_image(struct batch_job *j, void (*f)(void *ctx, size_t block, int worker), struct pool *pool)
{
	const struct dataset *d = j->b->set;
	const struct recipe *r = &d->recipe;
	size_t pixels = (size_t)r->height * (size_t)r->width;

	j->size = pixels * (size_t)r->channels;
	j->stride = ((j->size + pixels) * sizeof(float) + dataset_scratch(d) + 63) / 64 * 64;
	j->scratch = xmalloc((size_t)pool_threads(pool) * j->stride);
	pool_run(pool, (size_t)j->b->n, f, j);
	free(j->scratch);
}

void batch_load(const struct batch *b, float *out, struct pool *pool)
{
	struct batch_job j = {.b = b, .out = out};

	for (size_t i = 0; b->value && i < (size_t)b->n; i++)
		memcpy(out + i * b->size, b->value + item_at(b, i) * b->size, b->size * sizeof *out);
	if (!b->value)
		each_image(&j, load_one, pool);
}

/* Where images are mixed, the lungs of both. */
static bool join_mask(const struct batch *b, const struct augment_draw *draw, float *scratch, float *mask)
{
	size_t pixels = (size_t)b->set->recipe.height * (size_t)b->set->recipe.width, other = partner_of(b, draw);
	struct augment_draw theirs = draw_at(b, other);
	float *second = scratch + pixels;

	if (!mask_get(b->set, other, &theirs, scratch, second))
		return false;
	for (size_t i = 0; i < pixels; i++)
		mask[i] = second[i] > mask[i] ? second[i] : mask[i];
	return true;
}

static void outside_one(void *ctx, size_t block, int worker)
{
	const struct batch_job *j = ctx;
	const struct batch *b = j->b;
	const struct recipe *r = &b->set->recipe;
	size_t item = item_at(b, block), cells = (size_t)j->h * (size_t)j->w;
	float *mask = (float *)(void *)(j->scratch + (size_t)worker * j->stride);
	float *scratch = mask + (size_t)r->height * (size_t)r->width, *out = j->out + block * cells;
	struct augment_draw draw;

	if (b->augment)
		draw = draw_at(b, item);
	memset(out, 0, cells * sizeof *out);
	if (mask_get(b->set, item, b->augment ? &draw : NULL, scratch, mask) &&
	    (!b->augment || !(draw.share < 1) || join_mask(b, &draw, scratch, mask)))
		mask_outside(mask, r->height, r->width, j->h, j->w, out);
}

void batch_outside(const struct batch *b, int h, int w, float *out, struct pool *pool)
{
	struct batch_job j = {.b = b, .out = out, .h = h, .w = w};

	each_image(&j, outside_one, pool);
}

static void mask_one(void *ctx, size_t block, int worker)
{
	const struct batch_job *j = ctx;
	const struct batch *b = j->b;
	size_t item = item_at(b, block), pixels = (size_t)b->set->recipe.height * (size_t)b->set->recipe.width;
	float *scratch = (float *)(void *)(j->scratch + (size_t)worker * j->stride), *out = j->out + block * pixels;
	struct augment_draw draw;

	if (b->augment)
		draw = draw_at(b, item);
	if (!mask_get(b->set, item, b->augment ? &draw : NULL, scratch, out))
		for (size_t i = 0; i < pixels; i++)
			out[i] = -1;
}

void batch_masks(const struct batch *b, float *out, struct pool *pool)
{
	struct batch_job j = {.b = b, .out = out};

	each_image(&j, mask_one, pool);
}
