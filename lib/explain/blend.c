/* Maps of several networks, of several poses of an image, or of several layers, joined to one. */
#include "explain/blend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "explain/head.h"

static size_t places(const struct blend *b)
{
	const struct node *in = b->net[0]->g->input;

	return (size_t)in->h * (size_t)in->w;
}

/* Where a model's target goes. */
static int map_of(const struct blend *b, const struct explain *x, int target)
{
	for (int m = 0; b->fuse && m < b->nmap; m++)
		if (b->map[m].method == x->target[target].method)
			return m;
	return b->fuse ? b->nmap : target;
}

/* ---- what there is */

static bool has_layer(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p++)
		if ((p == list || p[-1] == '+') && (p[n] == '+' || !p[n]))
			return true;
	return false;
}

static void join(struct blend_map *m, const struct target *t)
{
	char *old = m->layer;

	m->method = t->method;
	m->parts++;
	if (!t->layer || (old && has_layer(old, t->layer->name)))
		return;
	m->layer = old ? xasprintf("%s+%s", old, t->layer->name) : xstrdup(t->layer->name);
	free(old);
}

static int join_model(struct blend *b, int model, struct err *e)
{
	const struct explain *x = &b->x[model], *first = b->x;

	for (int t = 0; t < x->ntarget; t++) {
		int m = map_of(b, x, t);

		if (model && !b->fuse && x->ntarget != first->ntarget)
			return err_set(e, "%s has %d maps and %s has %d: name their layers, or fuse them", b->net[0]->arch,
			               first->ntarget, b->net[model]->arch, x->ntarget);
		if (m == b->nmap) {
			b->map = xreallocarray(b->map, (size_t)++b->nmap, sizeof *b->map);
			b->map[m] = (struct blend_map){0};
		}
		join(&b->map[m], &x->target[t]);
	}
	return 0;
}

/* The image as it is comes first. */
static void set_poses(struct blend *b)
{
	int sides = b->flip ? 2 : 1;

	b->npose = sides * (1 + b->nzoom);
	b->pose = xcalloc((size_t)b->npose, sizeof *b->pose);
	for (int i = 0; i < b->npose; i++)
		b->pose[i] = (struct pose){i % sides, i < sides ? 1 : b->zoom[i / sides - 1]};
}

/* For each thread: a layer's map, the product of several, and what moving an image or a map needs. */
static int get_room(struct blend *b, struct err *e)
{
	size_t image = node_floats(b->net[0]->g->input);

	b->room_size = 2 * places(b) + image;
	b->room = mem_big((size_t)pool_threads(b->pool) * b->room_size, sizeof *b->room);
	return b->room ? 0 : budget_err(e, 0, "maps");
}

int blend_open(struct blend *b, const char *methods, const char *layers, struct err *e)
{
	int rc = team_set(&b->team, b->net, b->n, e);

	set_poses(b);
	b->x = xcalloc((size_t)b->n, sizeof *b->x);
	for (int i = 0; i < b->n && !rc; i++) {
		rc = explain_open(&b->x[i], b->net[i], methods, layers, b->batch, b->pool, e);
		if (rc && b->n > 1)
			err_prefix(e, "%s", b->net[i]->arch);
		rc = rc || join_model(b, i, e) ? -1 : 0;
	}
	for (int m = 0; m < b->nmap; m++) {
		struct blend_map *map = &b->map[m];

		map->parts *= b->npose;
		map->name = map->layer ? xasprintf("%s.%s", method_name(map->method), map->layer) :
		                         xstrdup(method_name(map->method));
	}
	rc = rc || get_room(b, e) ? -1 : 0;
	if (rc)
		blend_close(b);
	return rc;
}

void blend_close(struct blend *b)
{
	for (int i = 0; i < b->n && b->x; i++)
		explain_close(&b->x[i]);
	for (int m = 0; m < b->nmap; m++) {
		free(b->map[m].layer);
		free(b->map[m].name);
	}
	free(b->x);
	free(b->map);
	free(b->pose);
	free(b->input);
	free(b->kept);
	free(b->room);
	*b = (struct blend){0};
}

enum normaliser blend_normaliser(const struct blend *b, enum method m)
{
	return b->normalise_given ? b->normalise : method_is_fine(m) ? NORMALISE_p99 : NORMALISE_max;
}

int64_t blend_runs(const struct blend *b)
{
	int64_t runs = 0;

	for (int i = 0; i < b->n; i++)
		runs += explain_runs(&b->x[i]);
	return b->npose * runs;
}

const struct node *blend_feature(const struct blend *b)
{
	bool enough = b->n == 1 && b->npose == 1 && !b->x->backward && !b->x->images;
	const struct node *dense, *feature = graph_feature(b->net[0]->g, &dense);

	return enough && dense ? feature : NULL;
}

/* ---- scores */

static int get_images(struct blend *b, float **to, struct err *e)
{
	if (!*to)
		*to = mem_big((size_t)b->batch * node_floats(b->net[0]->g->input), sizeof **to);
	return *to ? 0 : budget_err(e, 0, "%d images", b->batch);
}

float *blend_input(struct blend *b, struct err *e)
{
	for (int i = 0; i < b->n; i++)
		if (explain_ready(&b->x[i], e))
			return NULL;
	return get_images(b, &b->input, e) || (b->npose > 1 && get_images(b, &b->kept, e)) ? NULL : b->input;
}

void blend_forward(struct blend *b, int n)
{
	for (int i = 0; i < b->n; i++)
		explain_forward(&b->x[i], b->input, n);
}

void blend_scores(const struct blend *b, int slot, float *logit, float *prob)
{
	const float **z = xcalloc((size_t)b->n, sizeof *z);

	for (int i = 0; i < b->n; i++)
		z[i] = explain_logits(&b->x[i]) + slot * net_logits(b->net[i]);
	team_scores(&b->team, z, logit, prob);
	free(z);
}

/* ---- maps */

struct blend_pass {
	struct blend *b;
	struct maps *const *out;
	int model;
	const struct pose *pose;
};

/* -0 is what changes no number it is added to. */
static void clear_place(void *ctx, size_t place, int worker)
{
	const struct blend_pass *p = ctx;
	struct maps *out = p->out[place];

	(void)worker;
	for (size_t i = 0; i < (size_t)p->b->nmap * places(p->b); i++)
		out->map[i] = -0.f;
	for (int m = 0; m < p->b->nmap; m++) {
		out->flat[m] = true;
		if (out->peak)
			out->peak[m] = 0;
	}
	out->broken = false;
}

static double total(const float *v, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)v[i];
	return sum;
}

/* Logits that its 1 stands for. */
static double layer_peak(const struct blend_pass *p, size_t place, int target)
{
	const struct explain *x = &p->b->x[p->model];
	const struct target *t = &x->target[target];
	const float *raw = explain_raw(x, (int)place, target);
	enum normaliser how = blend_normaliser(p->b, t->method);
	int n = t->h * t->w;
	double top = how == NORMALISE_minmax ? 0 : (double)map_quantile(raw, n, how == NORMALISE_p99 ? .99 : 1);

	return fmax(top, 0) * method_logits(t->method, n);
}

/* Of the maps that are added up for map m; a product of layers is one of them. */
static int summands(const struct blend *b, int m)
{
	return b->fuse == FUSE_PRODUCT ? b->n * b->npose : b->map[m].parts;
}

/* One layer's map: false where it shows nothing. scratch as large. */
static bool layer_map(const struct blend_pass *p, size_t place, int t, float *map, float *scratch)
{
	const struct explain *x = &p->b->x[p->model];
	const struct node *in = p->b->net[0]->g->input;
	const struct target *at = &x->target[t];
	enum normaliser whole = blend_normaliser(p->b, at->method), how = whole == NORMALISE_plateau ? NORMALISE_max : whole;
	bool seen = map_finish(how, explain_raw(x, (int)place, t), at->h, at->w, map, in->h, in->w);

	if (!method_is_still(at->method))
		pose_back(p->pose, map, scratch, in->h, in->w);
	return seen;
}

static void add(float *sum, const float *map, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += map[i];
}

static void add_layer(const struct blend_pass *p, size_t place, int m, int t, float *room)
{
	struct maps *out = p->out[place];
	size_t size = places(p->b);

	out->flat[m] &= !layer_map(p, place, t, room, room + size);
	add(out->map + (size_t)m * size, room, size);
	if (out->peak)
		out->peak[m] += layer_peak(p, place, t) / summands(p->b, m);
}

/* 1 stands for the geometric mean of what it stands for in the layers. room: [3][h*w]. */
static void add_product(const struct blend_pass *p, size_t place, int m, float *room)
{
	const struct explain *x = &p->b->x[p->model];
	struct maps *out = p->out[place];
	size_t size = places(p->b);
	float *product = room + size;
	double peak = 1;
	int layers = 0;
	bool seen = true;

	for (int t = 0; t < x->ntarget; t++) {
		if (map_of(p->b, x, t) != m)
			continue;
		seen &= layer_map(p, place, t, room, product + size);
		for (size_t i = 0; i < size; i++)
			product[i] = fmaxf(room[i], 0) * (layers ? product[i] : 1);
		peak *= layer_peak(p, place, t);
		layers++;
	}
	if (!layers)
		return;
	out->flat[m] &= !seen;
	add(out->map + (size_t)m * size, product, size);
	if (out->peak)
		out->peak[m] += pow(peak, 1. / layers) / summands(p->b, m);
}

static void add_place(void *ctx, size_t place, int worker)
{
	const struct blend_pass *p = ctx;
	const struct blend *b = p->b;
	const struct explain *x = &b->x[p->model];
	float *room = b->room + (size_t)worker * b->room_size;
	struct maps *out = p->out[place];

	for (int t = 0; t < x->ntarget; t++) {
		const float *raw = explain_raw(x, (int)place, t);
		int m = map_of(b, x, t), n = x->target[t].h * x->target[t].w;

		if (!map_is_finite(raw, n))
			out->broken = true;
		else if (out->sum)
			out->sum[m] = total(raw, n);
		if (b->fuse != FUSE_PRODUCT && !out->broken)
			add_layer(p, place, m, t, room);
	}
	for (int m = 0; m < b->nmap && b->fuse == FUSE_PRODUCT && !out->broken; m++)
		add_product(p, place, m, room);
}

/* Of all poses, the share that shows a place. */
static float shown(const struct blend *b, size_t place)
{
	const struct node *in = b->net[0]->g->input;
	double x = ((double)(place % (size_t)in->w) + .5) / in->w, y = ((double)(place / (size_t)in->w) + .5) / in->h;
	int n = 0;

	for (int i = 0; i < b->npose; i++)
		n += pose_shows(&b->pose[i], x, y);
	return (float)n / (float)b->npose;
}

/* The mean, which gets the breadth that its parts are not given. */
static void divide_place(void *ctx, size_t place, int worker)
{
	const struct blend_pass *p = ctx;
	const struct blend *b = p->b;
	size_t size = places(b);

	(void)worker;
	for (int m = 0; m < b->nmap; m++) {
		float *map = p->out[place]->map + (size_t)m * size, parts = (float)summands(b, m);
		bool still = method_is_still(b->map[m].method);

		for (size_t i = 0; i < size && parts > 1; i++)
			map[i] /= parts * (still || !b->nzoom ? 1 : shown(b, i));
		if (blend_normaliser(b, b->map[m].method) == NORMALISE_plateau)
			map_saturate(map, (int)size);
	}
}

/* The image and what stands for nothing. */
static void pose_slot(void *ctx, size_t slot, int worker)
{
	const struct blend_pass *p = ctx;
	const struct blend *b = p->b;
	size_t n = node_floats(b->net[0]->g->input);

	memcpy(b->input + slot * n, b->kept + slot * n, n * sizeof *b->input);
	pose_image(p->pose, b->net[0], b->input + slot * n, b->room + (size_t)worker * b->room_size);
}

static void show(struct blend_pass *p, int n)
{
	for (int i = 0; i < p->b->n; i++)
		p->b->x[i].blank.pose = p->pose;
	pool_run(p->b->pool, (size_t)n, pose_slot, p);
}

static void add_models(struct blend_pass *p, const struct view *view, int n)
{
	for (p->model = 0; p->model < p->b->n; p->model++) {
		explain_maps(&p->b->x[p->model], view, n);
		pool_run(p->b->pool, (size_t)n, add_place, p);
	}
}

void blend_maps(struct blend *b, const struct view *view, int n, struct maps *const *out)
{
	struct blend_pass p = {b, out, 0, b->pose};

	if (b->npose > 1)
		memcpy(b->kept, b->input, (size_t)n * node_floats(b->net[0]->g->input) * sizeof *b->kept);
	pool_run(b->pool, (size_t)n, clear_place, &p);
	add_models(&p, view, n);
	for (p.pose = b->pose + 1; p.pose < b->pose + b->npose; p.pose++) {
		show(&p, n);
		blend_forward(b, n);
		add_models(&p, view, n);
	}
	p.pose = b->pose;
	if (b->npose > 1)
		show(&p, n);
	pool_run(b->pool, (size_t)n, divide_place, &p);
}
