/* A network with its parameters: random start, filling by name, model record and back, probabilities. */
#include "nn/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/digest.h"
#include "base/num.h"
#include "base/pool.h"
#include "base/rng.h"

struct net *net_new(struct graph *g, const char *arch, struct err *e)
{
	struct net *n = xcalloc(1, sizeof *n);

	n->g = g;
	n->arch = xstrdup(arch);
	n->threshold = .5;
	n->temperature = 1;
	recipe_default(&n->recipe);
	n->value = mem_big(g->count + 16, sizeof *n->value);
	if (n->value)
		return n;
	budget_err(e, g->count * sizeof *n->value, "a network of %zu parameters", g->count);
	net_free(n);
	return NULL;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	graph_free(n->g);
	free(n->value);
	free(n->arch);
	classes_free(&n->classes);
	record_free(&n->meta);
	free(n);
}

static void fill(float *v, size_t n, float x)
{
	for (size_t i = 0; i < n; i++)
		v[i] = x;
}

/* Kaiming normal with fan-out for convolutions (He 2015; as torch counts it, over all groups), their biases 0, and
 * +-1/sqrt(fan in) for dense layers, convolutions to logits and their biases: what torchvision's ResNet and VGG start
 * from. */
static void init_param(const struct net *n, const struct param *p, uint64_t seed)
{
	struct rng r = rng_at(seed, RNG_INIT, rng_hash(p->name, strlen(p->name)), 0);
	const struct param *w = n->g->param[p->node->param[0]];
	bool hidden = p->node->op == OP_conv && !p->node->logits;
	float *v = n->value + p->offset;

	if (p->role == ROLE_GAMMA || p->role == ROLE_VAR) {
		fill(v, p->count, 1);
	} else if (p->role == ROLE_BETA || p->role == ROLE_MEAN || (p->role == ROLE_BIAS && hidden)) {
		fill(v, p->count, 0);
	} else if (p->role == ROLE_WEIGHT && hidden) {
		double sd = sqrt(2.0 / ((double)p->shape[0] * p->shape[2] * p->shape[3]));

		for (size_t i = 0; i < p->count; i++)
			v[i] = (float)(sd * rng_normal(&r));
	} else {
		double bound = 1 / sqrt((double)(w->count / (size_t)w->shape[0]));

		for (size_t i = 0; i < p->count; i++)
			v[i] = (float)rng_between(&r, -bound, bound);
	}
}

void net_init(struct net *n, uint64_t seed, const bool *which)
{
	for (int i = 0; i < n->g->nparam; i++)
		if (!which || which[i])
			init_param(n, n->g->param[i], seed);
}

/* Element i of a tensor of any float type. */
static float element(const struct tensor *t, size_t i)
{
	const unsigned char *at = (const unsigned char *)t->data + i * dtype_size(t->type);
	union {
		uint64_t u;
		double d;
	} f64;
	union {
		uint32_t u;
		float f;
	} f32;

	switch (t->type) {
	case DT_F64:
		f64.u = num_get64(at);
		return (float)f64.d;
	case DT_F16:
		return num_half(num_get16(at));
	case DT_BF16:
		f32.u = (uint32_t)num_get16(at) << 16;
		return f32.f;
	default:
		f32.u = num_get32(at);
		return f32.f;
	}
}

/* Every tensor as floats: its own data, or a copy in *fresh. */
static const float *floats(const struct tensor *t, float **fresh)
{
	size_t n = t->bytes / dtype_size(t->type);

	*fresh = NULL;
	if (t->type == DT_F32)
		return t->data;
	*fresh = xreallocarray(NULL, n + 1, sizeof **fresh);
	for (size_t i = 0; i < n; i++)
		(*fresh)[i] = element(t, i);
	return *fresh;
}

/* A weight of the file [o][c][taps] to memory [o][taps][c], or back. */
static void transpose(const struct param *p, const float *from, float *to, bool load)
{
	size_t taps = (size_t)p->taps, channels = p->count / (size_t)p->shape[0] / taps;
	size_t rows = load ? channels : taps, columns = load ? taps : channels;

	for (size_t o = 0; o < (size_t)p->shape[0]; o++, from += rows * columns, to += rows * columns)
		for (size_t i = 0; i < rows; i++)
			for (size_t k = 0; k < columns; k++)
				to[k * rows + i] = from[i * columns + k];
}

/* [o][3][taps] summed to [o][taps]. */
static void sum_to_gray(const struct param *p, const float *from, float *to)
{
	size_t taps = (size_t)p->shape[2] * (size_t)p->shape[3];

	for (size_t o = 0; o < (size_t)p->shape[0]; o++, from += 3 * taps)
		for (size_t k = 0; k < taps; k++)
			to[o * taps + k] = from[k] + from[taps + k] + from[2 * taps + k];
}

static bool same_shape(const struct param *p, const struct tensor *t)
{
	bool same = t->ndim == p->ndim;

	for (int i = 0; same && i < p->ndim; i++)
		same = t->shape[i] == p->shape[i];
	return same;
}

/* A weight for three input channels serves one gray channel when summed over them. */
static bool sums_to_gray(const struct param *p, const struct tensor *t)
{
	return p->ndim == 4 && t->ndim == 4 && p->shape[1] == 1 && t->shape[1] == 3 && t->shape[0] == p->shape[0] &&
	       t->shape[2] == p->shape[2] && t->shape[3] == p->shape[3] && p->node->in[0]->op == OP_input;
}

static bool is_float(const struct tensor *t)
{
	return t->type == DT_F32 || t->type == DT_F64 || t->type == DT_F16 || t->type == DT_BF16;
}

static bool fill_param(const struct net *n, const struct param *p, const struct tensor *t)
{
	float *to = n->value + p->offset, *fresh;
	const float *from;

	if (!is_float(t) || !(same_shape(p, t) || sums_to_gray(p, t)))
		return false;
	from = floats(t, &fresh);
	if (!same_shape(p, t))
		sum_to_gray(p, from, to);
	else if (p->taps > 1)
		transpose(p, from, to, true);
	else
		memcpy(to, from, p->count * sizeof *to);
	free(fresh);
	return true;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The first names of the file beside those wanted; counters say little of a network. */
static int no_fit(const struct net *n, const struct record *r, struct err *e)
{
	struct text has = {0}, wants = {0};

	for (int i = 0, shown = 0; shown < 3 && i < r->ntensor; i++)
		if (!ends_with(r->tensor[i].name, "num_batches_tracked"))
			text_addf(&has, "%s%.80s", shown++ ? ", " : "", r->tensor[i].name);
	for (int i = 0; i < 3 && i < n->g->nparam; i++)
		text_addf(&wants, "%s%.80s", i ? ", " : "", n->g->param[i]->name);
	err_set(e, "no tensor fits %s: there are %s ..., wanted are %s ...", n->arch, has.s ? has.s : "none", wants.s);
	text_free(&has);
	text_free(&wants);
	return -1;
}

int net_fill(struct net *n, const struct record *r, bool *loaded, struct text *extra, struct err *e)
{
	int count = 0;

	text_add(extra, "");
	for (int i = 0; i < n->g->nparam; i++)
		loaded[i] = false;
	for (int t = 0; t < r->ntensor; t++) {
		const struct tensor *tensor = &r->tensor[t];
		int p = 0;

		if (ends_with(tensor->name, "num_batches_tracked"))
			continue;
		while (p < n->g->nparam && strcmp(n->g->param[p]->name, tensor->name))
			p++;
		if (p < n->g->nparam && fill_param(n, n->g->param[p], tensor)) {
			loaded[p] = true;
			count++;
		} else {
			text_addf(extra, "%s%s", extra->len ? "," : "", tensor->name);
		}
	}
	return count ? 0 : no_fit(n, r, e);
}

static void put_param(const struct net *n, const struct param *p, struct record *r)
{
	const float *from = n->value + p->offset;
	int64_t shape[4];
	float *to;

	for (int d = 0; d < p->ndim; d++)
		shape[d] = p->shape[d];
	to = record_add(r, p->name, DT_F32, p->ndim, shape);
	if (p->taps > 1)
		transpose(p, from, to, false);
	else
		memcpy(to, from, p->count * sizeof *to);
}

/* SHA-256 of the arch spec and of every tensor's name and bytes, in file order. */
static void digest(const char *arch, const struct record *r, char hex[SHA256_HEX])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, arch, strlen(arch) + 1);
	for (int i = 0; i < r->ntensor; i++) {
		sha256_add(&s, r->tensor[i].name, strlen(r->tensor[i].name) + 1);
		sha256_add(&s, r->tensor[i].data, r->tensor[i].bytes);
	}
	sha256_hex(&s, hex);
}

static void set_number(struct record *r, const char *key, double x)
{
	char text[NUM_TEXT];

	record_set(r, key, num_text(x, text));
}

void net_to_record(struct net *n, struct record *r)
{
	char recipe[RECIPE_TEXT], *names = classes_list(&n->classes);

	record_clear(r);
	for (int i = 0; i < n->meta.nmeta; i++)
		record_set(r, n->meta.meta[i].key, n->meta.meta[i].value);
	for (int i = 0; i < n->g->nparam; i++)
		put_param(n, n->g->param[i], r);
	record_set(r, "cxr", "net");
	record_set(r, "arch", n->arch);
	record_set(r, "classes", names);
	record_set(r, "recipe", recipe_format(&n->recipe, recipe));
	set_number(r, "threshold", n->threshold);
	set_number(r, "temperature", n->temperature);
	if (n->bias != 0)
		set_number(r, "bias", n->bias);
	digest(n->arch, r, n->digest);
	record_set(r, "digest", n->digest);
	free(names);
}

void net_describe(const struct net *n, struct record *r)
{
	char *names = classes_list(&n->classes);

	record_clear(r);
	record_set(r, "cxr", "model");
	record_set(r, "arch", n->arch);
	record_set(r, "digest", n->digest);
	record_set(r, "classes", names);
	set_number(r, "threshold", n->threshold);
	set_number(r, "temperature", n->temperature);
	if (n->bias != 0)
		set_number(r, "bias", n->bias);
	free(names);
}

static int get_number(const struct record *r, const char *key, double *x, struct err *e)
{
	const char *s = record_get(r, key);

	if (s && (!num_double(s, x) || !isfinite(*x)))
		return err_set(e, "%s '%s' is not a number", key, s);
	return 0;
}

struct load {
	struct net *n;
	const struct record *r;
	bool *loaded;
	struct text extra;
	int status;
	struct err *e;
};

static void load_part(void *ctx, size_t part, int worker)
{
	struct load *l = ctx;

	(void)worker;
	if (part == 0)
		digest(l->n->arch, l->r, l->n->digest);
	else
		l->status = net_fill(l->n, l->r, l->loaded, &l->extra, l->e);
}

/* The digest takes as long as the copying, and what is short is the wait for one image's score: side by side. */
static void load(struct load *l)
{
	struct pool *pool = pool_new(pool_cpus() < 2 ? 1 : 2);

	pool_run(pool, 2, load_part, l);
	pool_free(pool);
}

static int check_value(const struct param *p, const float *v, struct err *e)
{
	bool variance = strstr(p->name, "running_var");

	if (!variance && num_finite(v, p->count))
		return 0;
	for (size_t k = 0; k < p->count; k++)
		if (!isfinite(v[k]) || (variance && v[k] < 0))
			return err_set(e, "tensor %s holds %s (value %zu of %zu)", p->name,
			               isfinite(v[k]) ? "a negative variance" : "what is no finite number", k + 1, p->count);
	return 0;
}

int net_check_values(const struct net *n, const bool *which, struct err *e)
{
	for (int i = 0; i < n->g->nparam; i++)
		if ((!which || which[i]) && check_value(n->g->param[i], n->value + n->g->param[i]->offset, e))
			return -1;
	return 0;
}

/* What answers are made with. A temperature beyond these bounds leaves no probabilities but 0, 1 and one half. */
static int check_settings(const struct net *n, struct err *e)
{
	int logits = net_logits(n), classes = n->classes.n;

	if (!(n->threshold >= 0 && n->threshold <= 1))
		return err_set(e, "threshold %g is no probability", n->threshold);
	if (!(n->temperature >= 1e-3 && n->temperature <= 1e3))
		return err_set(e, "temperature %g is not from 0.001 to 1000", n->temperature);
	if (classes < 2 || (logits != classes && !(logits == 1 && classes == 2)))
		return err_set(e, "model with %d outputs and %d classes", logits, classes);
	if (n->bias != 0 && classes != 2)
		return err_set(e, "a bias is of two classes, here are %d", classes);
	return 0;
}

int net_check_meta(const struct record *r, struct err *e)
{
	const char *marks = record_get(r, "train.sha256"), *prevalence = record_get(r, "prevalence");
	double x;

	if (marks && (strlen(marks) % 16 || marks[strspn(marks, "0123456789abcdef")]))
		return err_set(e, "damaged: its marks of training images (train.sha256) are no hexadecimal digits, 16 for each");
	if (prevalence && !(num_double(prevalence, &x) && x > 0 && x < 1))
		return err_set(e, "prevalence '%.40s' is not between 0 and 1", prevalence);
	return 0;
}

int net_from_record(struct net *n, const struct record *r, struct err *e)
{
	static const char *const own[] = {"cxr", "arch", "classes", "recipe", "threshold", "temperature", "bias", "digest"};
	const char *classes = record_get(r, "classes"), *recipe = record_get(r, "recipe"), *said = record_get(r, "digest");
	bool *loaded = xcalloc((size_t)n->g->nparam, sizeof *loaded);
	struct load l = {.n = n, .r = r, .loaded = loaded, .e = e};
	int status;

	load(&l);
	status = l.status;
	for (int i = 0; i < n->g->nparam && !status; i++)
		if (!loaded[i])
			status = err_set(e, "tensor '%s' of %s is missing or of another shape", n->g->param[i]->name, n->arch);
	if (!status && l.extra.len)
		status = err_set(e, "tensors that are no part of %s: %s", n->arch, l.extra.s);
	text_free(&l.extra);
	free(loaded);
	if (status || !classes || !recipe)
		return status ? status : err_set(e, "a model needs 'classes' and 'recipe'");
	classes_free(&n->classes);
	if (classes_parse(&n->classes, classes, e) || recipe_parse(&n->recipe, recipe, e) ||
	    get_number(r, "threshold", &n->threshold, e) || get_number(r, "temperature", &n->temperature, e) ||
	    get_number(r, "bias", &n->bias, e))
		return -1;
	if (check_settings(n, e) || net_check_meta(r, e) || net_check_values(n, NULL, e))
		return -1;
	if (said && strcmp(said, n->digest))
		return err_set(e, "the tensors are not those its digest was made of");
	record_copy_meta(&n->meta, r);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		record_set(&n->meta, own[i], NULL);
	return 0;
}

int net_save(struct net *n, const char *path, struct err *e)
{
	struct record r = {0};
	int rc;

	if (check_settings(n, e) || net_check_values(n, NULL, e))
		return err_prefix(e, "%s", path);
	net_to_record(n, &r);
	rc = record_save(&r, path, e);
	record_free(&r);
	return rc;
}

int net_logits(const struct net *n)
{
	return n->g->output->c;
}

bool net_is_map(const struct net *n)
{
	return n->g->output->h * n->g->output->w > 1;
}

static void two_probs(double odds, float *prob)
{
	prob[0] = (float)(1 / (1 + exp(odds)));
	prob[1] = (float)(1 / (1 + exp(-odds)));
}

void net_probs(const struct net *n, const float *z, float *prob)
{
	int k = net_logits(n);
	double most = z[0], sum = 0;

	if (k == 1) {
		two_probs(z[0] / n->temperature + n->bias, prob);
		return;
	}
	if (n->bias != 0) { /* of two classes */
		two_probs(((double)z[1] - z[0]) / n->temperature + n->bias, prob);
		return;
	}
	for (int i = 1; i < k; i++)
		most = z[i] > most ? z[i] : most;
	for (int i = 0; i < k; i++)
		sum += exp((z[i] - most) / n->temperature);
	for (int i = 0; i < k; i++)
		prob[i] = (float)(exp((z[i] - most) / n->temperature) / sum);
}
