/* --against: maps of the same pictures that another run left in a stream, to agree with. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam_item.h"

int against_open(struct against *a, struct err *e)
{
	if (!a->path)
		return 0;
	return source_file(&a->src, a->path, e) || reader_open(&a->in, &a->src, e) ? -1 : 0;
}

void against_close(struct against *a)
{
	if (!a->path)
		return;
	reader_close(&a->in);
	source_close(&a->src);
}

/* Both streams have their items in the order of the list, the other perhaps more of them. */
int against_find(struct against *a, const struct record *item, struct record *found, struct err *e)
{
	const char *id = record_get(item, "id"), *other;
	int rc;

	if (!a->path || !record_is_item(item) || !id)
		return 0;
	while ((rc = reader_next(&a->in, found, e)) > 0)
		if (record_is_item(found) && (other = record_get(found, "id")) && strcmp(other, id) == 0)
			return 0;
	return rc < 0 ? -1 : err_set(e, "%s: no item %s, or not in this order", a->path, id);
}

/* The map of that name and size, of the same class, or NULL. */
const float *against_map(const struct cam *c, const struct slot *s, int map)
{
	const char *class = record_get(&s->before, "map.class");
	char *name = map_tensor(c, map);
	const struct tensor *t = record_tensor(&s->before, name);
	bool same = class && strcmp(class, c->net->classes.name[s->class]) == 0;

	free(name);
	same &= t && t->type == DT_F32 && t->ndim == 2 && t->shape[0] == c->net->recipe.height &&
	        t->shape[1] == c->net->recipe.width;
	return same ? t->data : NULL;
}
