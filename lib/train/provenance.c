/* Where a model comes from: what a trained model's metadata say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "train/trainer.h"

static void put_number(struct record *r, const char *key, double x)
{
	char text[NUM_TEXT];

	record_set(r, key, num_text(x, text));
}

static void put_set(struct record *meta, const struct dataset *d, const char *split)
{
	const char *list = record_get(&d->head, "list");

	for (int k = 0; k < d->classes.n; k++) {
		char *key = xasprintf("count.%s.%s", split, d->classes.name[k]);

		record_setf(meta, key, "%lld", (long long)d->count[k]);
		free(key);
	}
	if (list) {
		char *key = xasprintf("%s.list", split);

		record_set(meta, key, list);
		free(key);
	}
}

/* The stream's own lines, then ours. */
static void put_tools(struct record *meta, const struct trainer *t)
{
	char *options = train_options_text(&t->o), *all = xasprintf("-a %s %s", t->net->arch, options);

	for (int i = 0; i < t->set->head.nmeta; i++)
		if (!strncmp(t->set->head.meta[i].key, "pg.", 3))
			record_set(meta, t->set->head.meta[i].key, t->set->head.meta[i].value);
	head_add_pg(meta, "cxr-train", CXR_VERSION, all);
	free(all);
	free(options);
}

enum { MARK = 16 }; /* digits of each */

static int by_mark(const void *a, const void *b)
{
	return memcmp(a, b, MARK);
}

/* Those of the set, and those that the weights of --init brought along (NULL: none): these images have shaped them,
 * too. Ascending, each once. Fresh memory. */
static char *all_marks(const struct dataset *set, const char *before)
{
	char *own = dataset_marks(set), *all = xasprintf("%s%s", before ? before : "", own);
	size_t n = strlen(all) / MARK, kept = n > 0;

	qsort(all, n, MARK, by_mark);
	for (size_t i = 1; i < n; i++)
		if (by_mark(all + (kept - 1) * MARK, all + i * MARK))
			memmove(all + kept++ * MARK, all + i * MARK, MARK);
	all[kept * MARK] = '\0';
	free(own);
	return all;
}

void train_provenance(const struct trainer *t)
{
	struct record *meta = &t->net->meta;
	char *marks = all_marks(t->set, record_get(meta, "train.sha256"));

	put_tools(meta, t);
	put_set(meta, t->set, "train");
	if (t->val)
		put_set(meta, t->val, "val");
	record_set(meta, "train.sha256", marks);
	if (*t->set->masks)
		record_set(meta, "train.masks", t->set->masks);
	record_setf(meta, "train.epochs", "%d", t->nrow);
	if (t->best >= 0 && t->val) {
		record_setf(meta, "train.best", "%d", t->row[t->best].epoch);
		put_number(meta, t->mask ? "val.dice" : "val.auc", t->mask ? t->row[t->best].val_acc : t->row[t->best].val_auc);
		put_number(meta, "val.loss", t->row[t->best].val_loss);
	}
	record_setf(meta, "seed", "%llu", (unsigned long long)t->o.seed);
	free(marks);
}
