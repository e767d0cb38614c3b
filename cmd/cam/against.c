/* --against: maps of the same images that another run left in a stream, to agree with. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam/item.h"

int against_open(struct cam_against *a, struct err *e)
{
	if (!a->path)
		return 0;
	return source_open_any(&a->src, a->path, e) || reader_open(&a->in, &a->src, e) ? -1 : 0;
}

void against_close(struct cam_against *a)
{
	if (!a->path)
		return;
	reader_close(&a->in);
	source_close(&a->src);
}

/* By its own name; the only map asked for also by that of an only map. NULL: there is none of our size. */
static const struct tensor *map_in(const struct cam *c, const struct record *other, int map)
{
	char *name = xasprintf("map.%s", c->x.blend.map[map].name);
	const struct tensor *t = record_tensor(other, name);

	free(name);
	if (!t && cam_shows(c, map) && cam_shown(c) == 1)
		t = record_tensor(other, "map");
	return t && t->type == DT_F32 && t->ndim == 2 && t->shape[0] == c->x.net->recipe.height &&
	       t->shape[1] == c->x.net->recipe.width ? t : NULL;
}

static int check_maps(const struct cam *c, const struct record *other, struct err *e)
{
	for (int m = 0; m < c->x.blend.nmap; m++)
		if (cam_shows(c, m) && !record_error(other) && !map_in(c, other, m))
			return err_set(e, "%s: %s: no map %s of %d x %d pixels", c->truth.against.path, record_get(other, "id"),
			               c->x.blend.map[m].name, c->x.net->recipe.width, c->x.net->recipe.height);
	return 0;
}

/* Both streams have their items in the order of the list, the other perhaps more of them. */
int against_find(struct cam *c, const struct record *item, struct record *found, struct err *e)
{
	const char *id = record_get(item, "id"), *other;
	int rc;

	if (!c->truth.against.path || !record_is_item(item) || !id)
		return 0;
	while ((rc = reader_next(&c->truth.against.in, found, e)) > 0)
		if (record_is_item(found) && (other = record_get(found, "id")) && strcmp(other, id) == 0)
			return check_maps(c, found, e);
	return rc < 0 ? -1 : err_set(e, "%s: no item %s, or not in this order", c->truth.against.path, id);
}

const float *against_map(const struct cam *c, const struct cam_slot *s, int map)
{
	const char *class = record_get(&s->before, "map.class");
	const struct tensor *t = map_in(c, &s->before, map);

	return t && class && strcmp(class, c->x.net->classes.name[s->class]) == 0 ? t->data : NULL;
}
