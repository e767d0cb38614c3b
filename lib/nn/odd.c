/* How unlike the training images an image is: features, distance, and the text of a model's metadata. */
#include "nn/odd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- features */

int odd_start(struct odd *o, const struct graph *g)
{
	const struct node *last[ODD_GRIDS] = {NULL};
	int n = 0;

	*o = (struct odd){0};
	for (int i = g->nnode - 1; i >= 0 && n < ODD_GRIDS; i--) {
		const struct node *x = g->node[i];
		bool known = x->h * x->w == 1 || x->op == OP_input;

		for (int k = 0; k < n; k++)
			known |= last[k]->h == x->h && last[k]->w == x->w;
		if (!known)
			last[n++] = x;
	}
	for (int k = 0; k < n; k++) {
		o->node[k] = last[n - 1 - k];
		o->n += o->node[k]->c;
	}
	o->grids = n;
	return n ? 0 : -1;
}

void odd_free(struct odd *o)
{
	free(o->mean);
	free(o->scale);
	free(o->axis);
	free(o->variance);
	*o = (struct odd){0};
}

void odd_keep(const struct odd *o, bool *keep)
{
	for (int k = 0; k < o->grids; k++)
		keep[o->node[k]->index] = true;
}

void odd_features(const struct odd *o, const struct plan *p, int i, float *out)
{
	for (int k = 0; k < o->grids; out += o->node[k++]->c) {
		const struct node *x = o->node[k];
		int places = x->h * x->w, c = x->c;
		const float *v = plan_value(p, x) + (size_t)i * (size_t)places * (size_t)c;

		memset(out, 0, (size_t)c * sizeof *out);
		for (int place = 0; place < places; place++, v += c)
			for (int j = 0; j < c; j++)
				out[j] += v[j];
		for (int j = 0; j < c; j++)
			out[j] /= (float)places;
	}
}

void odd_facts(const struct recipe *r, const float *image, double aspect, double fact[ODD_FACTS])
{
	size_t pixels = (size_t)r->height * (size_t)r->width, c = (size_t)r->channels;
	double colour = 0, sum = 0, square = 0;

	for (size_t i = 0; i < pixels; i++, image += c) {
		double low = INFINITY, high = -INFINITY, gray = 0;

		for (size_t k = 0; k < c; k++) {
			double v = r->per_image ? image[k] * .25 : image[k] * (double)r->std[k] + (double)r->mean[k];

			low = fmin(low, v);
			high = fmax(high, v);
			gray += v / (double)c;
		}
		colour += high - low;
		sum += gray;
		square += gray * gray;
	}
	fact[0] = colour / (double)pixels;
	fact[1] = sqrt(fmax(square / (double)pixels - sum / (double)pixels * (sum / (double)pixels), 0));
	fact[2] = log(aspect);
}

/* ---- distance */

double odd_distance(const struct odd *o, const float *feature)
{
	double all = 0, along = 0, sum = 0;

	for (int i = 0; i < o->n; i++) {
		double z = (feature[i] - o->mean[i]) * (double)o->scale[i];

		all += z * z;
	}
	for (int k = 0; k < o->axes; k++) {
		const float *axis = o->axis + (size_t)k * (size_t)o->n;
		double dot = 0;

		for (int i = 0; i < o->n; i++)
			dot += (feature[i] - o->mean[i]) * (double)o->scale[i] * axis[i];
		along += dot * dot;
		sum += dot * dot / o->variance[k];
	}
	return sqrt(sum + fmax(all - along, 0) / o->rest);
}

/* How far a fact is from the middle of its range, 1 at half a range beyond its end (which is at least `least` wide). */
static double beyond(double x, double low, double high, double least)
{
	double half = fmax((high - low) / 2, least);

	return isfinite(x) ? fabs(x - (low + high) / 2) / (2 * half) : 0;
}

double odd_value(const struct odd *o, const float *feature, const double fact[ODD_FACTS])
{
	static const double least[ODD_FACTS] = {.01, .02, .1}; /* what scanners and rounding may make of equal images */
	double most = odd_distance(o, feature) / o->cut;

	for (int k = 0; k < ODD_FACTS; k++)
		most = fmax(most, beyond(fact[k], o->low[k], o->high[k], least[k]));
	return most;
}

/* ---- text: all floats in hex, in the order of the struct */

enum { HEX = 8 };

static size_t floats_of(int n, int axes)
{
	return 2 * (size_t)n + (size_t)axes * ((size_t)n + 1) + 2 + 2 * ODD_FACTS;
}

/* All of them one after another, to or from v. */
static void copy_all(struct odd *o, float *v, bool out)
{
	struct {
		float *at;
		size_t n;
	} part[] = {
		{o->mean, (size_t)o->n}, {o->scale, (size_t)o->n}, {o->axis, (size_t)o->axes * (size_t)o->n},
		{o->variance, (size_t)o->axes}, {&o->rest, 1}, {&o->cut, 1}, {o->low, ODD_FACTS}, {o->high, ODD_FACTS},
	};

	for (size_t i = 0; i < sizeof part / sizeof *part; v += part[i++].n)
		memcpy(out ? v : part[i].at, out ? part[i].at : v, part[i].n * sizeof *v);
}

void odd_put(const struct odd *o, struct record *meta)
{
	size_t n = floats_of(o->n, o->axes);
	struct odd copy = *o;
	float *v = xcalloc(n, sizeof *v);
	char *hex = xcalloc(n * HEX + 1, 1);

	copy_all(&copy, v, true);
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &v[i], sizeof bits);
		snprintf(hex + i * HEX, HEX + 1, "%08x", (unsigned)bits);
	}
	record_set(meta, "odd", hex);
	free(v);
	free(hex);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_floats(const char *hex, size_t n, float *v)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = 0;

		for (int k = 0; k < HEX; k++) {
			int d = digit(*hex++);

			if (d < 0)
				return -1;
			bits = bits << 4 | (uint32_t)d;
		}
		memcpy(&v[i], &bits, sizeof bits);
		if (!isfinite(v[i]))
			return -1;
	}
	return 0;
}

void odd_room(struct odd *o, int axes)
{
	o->axes = axes;
	o->mean = xcalloc((size_t)o->n, sizeof *o->mean);
	o->scale = xcalloc((size_t)o->n, sizeof *o->scale);
	o->axis = xcalloc((size_t)axes * (size_t)o->n + 1, sizeof *o->axis);
	o->variance = xcalloc((size_t)axes + 1, sizeof *o->variance);
}

static bool positive(const struct odd *o)
{
	bool good = o->rest > 0 && o->cut > 0;

	for (int k = 0; k < o->axes; k++)
		good = good && o->variance[k] > 0;
	return good;
}

int odd_get(struct odd *o, const struct net *n, struct err *e)
{
	const char *hex = record_get(&n->meta, "odd");
	size_t len = hex ? strlen(hex) : 0;
	int axes = 0, rc;
	float *v;

	*o = (struct odd){0};
	if (!hex)
		return 0;
	if (odd_start(o, n->g))
		return err_set(e, "metadata odd: the network has no features");
	while (axes <= ODD_AXES && floats_of(o->n, axes) * HEX != len)
		axes++;
	if (axes > ODD_AXES)
		return err_set(e, "metadata odd: %zu characters, which is not what %d features have", len, o->n);
	v = xcalloc(floats_of(o->n, axes), sizeof *v);
	odd_room(o, axes);
	rc = read_floats(hex, floats_of(o->n, axes), v);
	copy_all(o, v, false);
	free(v);
	if (rc || !positive(o))
		return err_set(e, "metadata odd: what is no number, or no variance");
	return 1;
}
