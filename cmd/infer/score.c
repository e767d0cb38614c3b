/* Scores of a batch of items, or masks, and the rows of the score table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "image/image.h"
#include "infer.h"

static bool is_score(const char *key)
{
	static const char *const keys[] = {"seen", "undecided", "sd", "mi", "odd"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* Scores, feature maps and heat maps of an earlier pass belong to an earlier model. */
static void drop_old(struct record *item)
{
	for (int i = item->ntensor - 1; i >= 0; i--) {
		const char *name = item->tensor[i].name;

		if (!strcmp(name, "logit") || !strcmp(name, "prob") || !strcmp(name, "feat") || !strcmp(name, "map") ||
		    !strncmp(name, "map.", 4))
			record_drop(item, name);
	}
	for (int i = item->nmeta - 1; i >= 0; i--) {
		const char *key = item->meta[i].key;

		if (is_score(key) || !strncmp(key, "map.", 4) || !strncmp(key, "measure.", 8))
			record_set(item, key, NULL);
	}
}

/* Where --masks of cxr-train and --lungs of cxr-cam find it. */
static void write_mask(const char *dir, struct infer_slot *s, const struct image *mask)
{
	char *stem = item_path(&s->record), *path = xasprintf("%s/%s.png", dir, stem);
	char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	if (!file_mkdirs_derived(folder, strlen(dir), &s->e))
		image_write_png(mask, path, &s->e);
	free(folder);
	free(path);
	free(stem);
}

/* A mask of the pixels that are inside with p >= .5: bytes 0 and 255, in the record, and as a file. */
static void take_mask(struct infer_batch *b, int place)
{
	const struct node *out = b->f->net[0]->g->output;
	const float *z = scorer_map(b->f->scorer, place);
	struct infer_slot *s = b->at[place];
	struct image im = {.width = out->w, .height = out->h, .channels = 1};
	size_t n = (size_t)out->h * (size_t)out->w;

	for (size_t i = 0; i < n && !s->e.text[0]; i++)
		if (!isfinite(z[i]))
			err_set(&s->e, "the mask is not a number at pixel %zu", i);
	if (s->e.text[0])
		return;
	record_drop(&s->record, "mask");
	im.u8 = record_add(&s->record, "mask", DT_U8, 2, (int64_t[]){out->h, out->w});
	for (size_t i = 0; i < n; i++)
		im.u8[i] = z[i] >= 0 ? 255 : 0;
	if (b->f->dir)
		write_mask(b->f->dir, s, &im);
}

/* What is drawn for an image depends on its id, not on where it is in the stream. */
static void set_key(struct scorer *s, int place, const struct record *item)
{
	const char *id = record_get(item, "id");

	if (s->key)
		s->key[place] = id ? rng_hash(id, strlen(id)) : 0;
}

static void put_spread(const struct scorer *s, int place, struct record *r)
{
	char text[NUM_TEXT];

	if (!s->sd)
		return;
	record_set(r, "sd", num_text(s->sd[place], text));
	record_set(r, "mi", num_text(s->mi[place], text));
}

/* What is drawn at random follows from the image's file, not from its name: in another folder it is the same. What is
 * no image of the network's size is refused by recipe_image. */
static void make_shift(struct infer_slot *s, const struct node *in)
{
	const char *sha256 = record_get(&s->record, "sha256"), *key = sha256 ? sha256 : record_get(&s->record, "id");
	struct tensor *t = record_tensor(&s->record, "image");

	if (s->shift && t && t->type == DT_U8 && t->ndim == 3 && t->shape[0] == in->h && t->shape[1] == in->w &&
	    t->shape[2] == in->c)
		stress_apply(s->shift, key ? rng_hash(key, strlen(key)) : 0, t->data, (int)t->shape[0], (int)t->shape[1],
		             (int)t->shape[2]);
}

/* Of the file; NaN where it is not known. */
static double aspect_of(const struct record *item)
{
	const char *width = record_get(item, "width"), *height = record_get(item, "height");
	int64_t w, h;

	if (!width || !height || !num_int(width, 1, INT32_MAX, &w) || !num_int(height, 1, INT32_MAX, &h))
		return NAN;
	return (double)w / (double)h;
}

static void put_odd(const struct infer_batch *b, int place)
{
	char text[NUM_TEXT];

	if (b->f->scorer->odd)
		record_set(&b->at[place]->record, "odd",
		           num_text(scorer_odd(b->f->scorer, place, b->at[place]->fact), text));
}

static void fill_place(void *ctx, size_t place, int worker)
{
	struct infer_batch *b = ctx;
	struct infer_slot *s = b->at[place];
	const struct node *in = b->f->net[0]->g->input;
	float *input = scorer_input(b->f->scorer) + place * (size_t)in->h * in->w * in->c;

	(void)worker;
	make_shift(s, in);
	s->good = recipe_image(&b->f->net[0]->recipe, &s->record, input, &s->e) == 0;
	if (s->good && b->f->scorer->odd)
		odd_facts(&b->f->net[0]->recipe, input, aspect_of(&s->record), s->fact);
}

static void put_floats(struct record *r, const char *name, const float *v, int ndim, const int64_t *shape)
{
	size_t n = 1;

	for (int i = 0; i < ndim; i++)
		n *= shape[i];
	memcpy(record_add(r, name, DT_F32, ndim, shape), v, n * sizeof *v);
}

static void put_neighbours(struct record *r, const char *key, const struct neighbours *b, const struct neighbour *list)
{
	struct text t = {0};

	text_add(&t, "");
	for (int k = 0; k < NEIGHBOURS && list[k].at < b->n; k++)
		text_addf(&t, "%s%s %.3f", k ? "; " : "", b->name[list[k].at], list[k].value);
	record_set(r, key, t.s);
	text_free(&t);
}

/* Into columns of the table. */
static void find_neighbours(const struct infer *f, struct record *r, const float *feat)
{
	const struct neighbours *b = &f->neighbours;
	const struct node *node = f->scorer->feat;
	float *mean = xcalloc((size_t)b->c, sizeof *mean);
	struct neighbour list[NEIGHBOURS];

	neighbours_mean(feat, node->h * node->w, b->c, mean);
	neighbours_nearest(b, mean, list);
	put_neighbours(r, "x.nearest", b, list);
	neighbours_influential(b, mean, team_pred(&f->scorer->team, record_tensor(r, "prob")->data), list);
	put_neighbours(r, "x.influential", b, list);
	free(mean);
}

/* Scores travel in the record whether it is written or becomes a row. */
static void take_scores(struct infer_batch *b, int place)
{
	const struct scorer *s = b->f->scorer;
	struct record *r = &b->at[place]->record;
	int64_t outputs = s->team.logits, classes = s->team.classes;

	if (team_check(&s->team, b->logit + place * outputs, b->prob + place * classes, &b->at[place]->e))
		return;
	put_floats(r, "logit", b->logit + place * outputs, 1, &outputs);
	put_floats(r, "prob", b->prob + place * classes, 1, &classes);
	put_spread(s, place, r);
	put_odd(b, place);
	if (b->f->coverage > 0 && abstain_is(&b->f->abstain, b->logit + place * outputs,
	                                     team_pred(&s->team, b->prob + place * classes)))
		record_set(r, "undecided", "1");
	if (b->f->neighbours_path)
		find_neighbours(b->f, r, scorer_feat(s, place));
	if (b->f->feat)
		put_floats(r, "feat", scorer_feat(s, place), 3, (int64_t[]){s->feat->h, s->feat->w, s->feat->c});
	if (scorer_seen(s, record_get(r, "sha256")))
		record_set(r, "seen", "1");
}

/* An item without a good image leaves its place unused: nobody's scores depend on it. */
void infer_score(void *ctx, int slot, int n)
{
	struct infer_batch *b = ctx;
	int images = 0;

	for (int i = slot; i < slot + n; i++) {
		struct infer_slot *s = &b->slot[i];

		s->good = false;
		s->e.text[0] = '\0';
		if (record_is_item(&s->record) && !record_error(&s->record)) {
			if (!b->f->map)
				drop_old(&s->record);
			set_key(b->f->scorer, images, &s->record);
			b->at[images++] = s;
		}
	}
	pool_run(b->f->pool, images, fill_place, b);
	if (images)
		scorer_run(b->f->scorer, images, b->logit, b->prob);
	for (int i = 0; i < images; i++)
		if (b->at[i]->good)
			(b->f->map ? take_mask : take_scores)(b, i);
}

static void put_name(FILE *f, const char *prefix, const char *name)
{
	char *whole = xasprintf("%s%s", prefix, name);

	table_value(f, whole, '\t');
	free(whole);
}

/* The values of a tensor of n floats, or n empty fields. */
static void put_numbers(FILE *f, const struct tensor *t, int n)
{
	char text[NUM_TEXT];

	for (int i = 0; i < n; i++)
		fprintf(f, "%s\t", t ? num_text(((const float *)t->data)[i], text) : "");
}

static void find_columns(struct infer *f, const struct record *first)
{
	size_t cap = 0;

	for (int i = 0; first && i < first->nmeta; i++)
		if (!strncmp(first->meta[i].key, "x.", 2) || (f->sha256 && !strcmp(first->meta[i].key, "sha256"))) {
			f->column = grow(f->column, f->ncolumn, &cap, sizeof *f->column);
			f->column[f->ncolumn++] = xstrdup(first->meta[i].key);
		}
}

/* What stands behind the status, before the list's own columns: metadata of items, NULL at the end. */
static void further(const struct infer *f, const char *key[4])
{
	int n = 0;

	if (f->scorer->sd) {
		key[n++] = "sd";
		key[n++] = "mi";
	}
	if (f->scorer->odd)
		key[n++] = "odd";
	key[n] = NULL;
}

static void table_header(void *ctx, FILE *to, const struct record *first)
{
	struct infer *f = ctx;
	const struct classes *c = &f->net[0]->classes;
	const char *key[4];

	find_columns(f, first);
	fputs("id\tlabel\tpatient\tsplit\t", to);
	for (int k = f->scorer->team.logits == 1 ? c->n - 1 : 0; k < c->n; k++)
		put_name(to, "z_", c->name[k]);
	for (int k = 0; k < c->n; k++)
		put_name(to, "p_", c->name[k]);
	further(f, key);
	fputs("pred\tstatus", to);
	for (int i = 0; key[i]; i++)
		fprintf(to, "\t%s", key[i]);
	fputc(f->ncolumn ? '\t' : '\n', to);
	for (int i = 0; i < f->ncolumn; i++)
		table_value(to, f->column[i], i + 1 < f->ncolumn ? '\t' : '\n');
}

/* An item that was not scored has empty fields. */
static void table_row(void *ctx, FILE *to, const struct record *item)
{
	const struct infer *f = ctx;
	const struct team *team = &f->scorer->team;
	const char *error = record_error(item), *status = record_get(item, "seen") ? "seen" : "ok";
	const struct tensor *logit = error ? NULL : record_tensor(item, "logit");
	const struct tensor *prob = error ? NULL : record_tensor(item, "prob");
	const char *key[4];

	further(f, key);
	table_value(to, record_get(item, "id"), '\t');
	table_value(to, record_get(item, "label"), '\t');
	table_value(to, record_get(item, "patient"), '\t');
	table_value(to, record_get(item, "split"), '\t');
	put_numbers(to, logit, team->logits);
	put_numbers(to, prob, team->classes);
	table_value(to, !prob ? "" : record_get(item, "undecided") ? "undecided"
	            : f->net[0]->classes.name[team_pred(team, prob->data)], '\t');
	table_value(to, error ? error : status, f->ncolumn || key[0] ? '\t' : '\n');
	for (int i = 0; key[i]; i++)
		table_value(to, prob ? record_get(item, key[i]) : "", f->ncolumn || key[i + 1] ? '\t' : '\n');
	for (int i = 0; i < f->ncolumn; i++)
		table_value(to, record_get(item, f->column[i]), i + 1 < f->ncolumn ? '\t' : '\n');
}

struct sink_rows infer_rows(struct infer *f)
{
	return (struct sink_rows){f, table_header, table_row, 1};
}
