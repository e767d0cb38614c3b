/* The image that an item was made from, found by the item's id, and maps on it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "cam_item.h"

/* In the order of the list: archives are walked forward once. */
void original_read(struct cam *c, struct slot *s)
{
	const char *id = record_get(&s->item, "id");
	char *path;
	size_t n;

	s->lost.text[0] = '\0';
	if (!c->fetch || !id || !record_is_item(&s->item) || record_error(&s->item))
		return;
	path = text_unescape(id, &n);
	if (fetch_get(c->fetch, path, &s->bytes, &s->nbytes, &s->bytecap, &s->lost))
		err_prefix(&s->lost, "the original");
	else
		s->lost.text[0] = '\0';
	free(path);
}

int original_decode(struct slot *s)
{
	const char *want = record_get(&s->item, "sha256");
	char have[SHA256_HEX];

	if (s->lost.text[0])
		return -1;
	sha256_of(s->bytes, s->nbytes, have);
	if (!want || strcmp(want, have))
		return err_set(&s->lost, "the original is another file: its SHA-256 is %s, not %s", have, want ? want : "known");
	return image_decode(&s->image, s->bytes, s->nbytes, &s->lost) ? err_prefix(&s->lost, "the original") : 0;
}

static int within(double v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : (int)lrint(v);
}

/* What the recipe cut off has no heat. */
float *original_map(const struct recipe *r, const float *map, int width, int height)
{
	struct placing p = image_place(r, width, height);
	int left = within(p.box.x, 0, width - 1), right = within(p.box.x + p.box.width, left + 1, width);
	int top = within(p.box.y, 0, height - 1), bottom = within(p.box.y + p.box.height, top + 1, height);
	float *part = xreallocarray(NULL, (size_t)p.width * (size_t)p.height, sizeof *part);
	float *seen = xreallocarray(NULL, (size_t)(right - left) * (size_t)(bottom - top), sizeof *seen);
	float *whole = xcalloc((size_t)width * (size_t)height, sizeof *whole);

	for (int y = 0; y < p.height; y++)
		memcpy(part + (size_t)y * (size_t)p.width, map + (size_t)(p.y + y) * (size_t)r->width + p.x,
		       (size_t)p.width * sizeof *part);
	map_resize(part, p.height, p.width, seen, bottom - top, right - left);
	for (int y = top; y < bottom; y++)
		memcpy(whole + (size_t)y * (size_t)width + left, seen + (size_t)(y - top) * (size_t)(right - left),
		       (size_t)(right - left) * sizeof *seen);
	free(part);
	free(seen);
	return whole;
}
