/* The weights in a Keras file, through HDF5. */
#include "zoo/hdf5.h"

#ifndef CXR_HDF5

int h5_weights(const unsigned char *bytes, size_t n, h5_each *each, void *ctx, struct err *e)
{
	(void)bytes;
	(void)n;
	(void)each;
	(void)ctx;
	return err_set(e, "an HDF5 file (Keras): these tools were built without HDF5 (Debian: libhdf5-dev, then build again)");
}

#else

#include <hdf5.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/cage.h"
#include "base/mem.h"
#include "base/num.h"
#include "stream/record.h"

enum { NAMES_MAX = 65536 };

struct h5_names {
	char **name;
	size_t n;
};

static void names_free(struct h5_names *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->name[i]);
	free(s->name);
	*s = (struct h5_names){0};
}

/* n strings of an attribute whose type is fixed or variable in length. */
static int read_strings(hid_t attr, hid_t type, size_t n, struct h5_names *s)
{
	bool variable = H5Tis_variable_str(type) > 0;
	size_t size = variable ? sizeof(char *) : H5Tget_size(type);
	char *raw = n < NAMES_MAX && size && size < 65536 ? xcalloc(n + 1, size) : NULL;

	if (!raw || H5Aread(attr, type, raw) < 0) {
		free(raw);
		return -1;
	}
	s->name = xreallocarray(s->name, s->n + n + 1, sizeof *s->name);
	for (size_t i = 0; i < n; i++) {
		const char *text = variable ? ((char **)raw)[i] : raw + i * size;

		s->name[s->n++] = variable ? xstrdup(text ? text : "") : xstrndup(text, size);
	}
	if (variable) {
		hid_t space = H5Aget_space(attr);

		H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
		H5Sclose(space);
	}
	free(raw);
	return 0;
}

static int read_attribute(hid_t object, const char *attribute, struct h5_names *s)
{
	hid_t attr = H5Aopen(object, attribute, H5P_DEFAULT), type = H5Aget_type(attr), space = H5Aget_space(attr);
	hssize_t n = H5Sget_simple_extent_npoints(space);
	int status = -1;

	if (n >= 0 && H5Tget_class(type) == H5T_STRING)
		status = read_strings(attr, type, (size_t)n, s);
	else if (n == 0 || H5Sget_simple_extent_type(space) == H5S_NULL)
		status = 0; /* a layer without weights: an empty array of no text */
	H5Sclose(space);
	H5Tclose(type);
	H5Aclose(attr);
	return status;
}

/* A long list lies in parts: layer_names0, layer_names1 ... */
static int read_names(hid_t object, const char *attribute, struct h5_names *s, struct err *e)
{
	char part[40];
	int status = -1;

	*s = (struct h5_names){0};
	if (H5Aexists(object, attribute) > 0) {
		status = read_attribute(object, attribute, s);
	} else {
		for (int i = 0; i < 1000; i++) {
			snprintf(part, sizeof part, "%s%d", attribute, i);
			if (H5Aexists(object, part) <= 0 || (status = read_attribute(object, part, s)))
				break;
		}
	}
	if (!status)
		return 0;
	names_free(s);
	return err_set(e, "an HDF5 file without Keras' attribute %s (Keras 3 writes another layout)", attribute);
}

/* Contiguous or chunked, in this file, filters built in. */
static bool is_plain(hid_t set)
{
	hid_t plist = H5Dget_create_plist(set);
	bool plain = H5Pget_external_count(plist) == 0 && H5Pget_layout(plist) != H5D_VIRTUAL;

	H5Pclose(plist);
	return plain;
}

/* What the child answers: a record of the weights as tensors, whose names begin with their number, since a file may
 * have a name twice. */
struct answer {
	struct record r;
	size_t most; /* bytes of a weight */
	int n;
};

static int read_set(struct answer *a, hid_t set, const char *name, struct err *e)
{
	hid_t space = H5Dget_space(set), type = H5Dget_type(set);
	int ndim = H5Sget_simple_extent_ndims(space), status = 0;
	hsize_t size[4] = {0};
	int64_t shape[4] = {0};
	size_t bytes = sizeof(float);

	if (ndim < 0 || ndim > 4 || H5Tget_class(type) != H5T_FLOAT || !is_plain(set))
		status = err_set(e, "%.200s is no plain array of floats with up to 4 dimensions", name);
	else
		H5Sget_simple_extent_dims(space, size, NULL);
	for (int i = 0; i < 4 && i < ndim; i++) {
		shape[i] = (int64_t)size[i];
		if (!status && (!num_mul(bytes, size[i], &bytes) || bytes > a->most))
			status = err_set(e, "%.200s is larger than the file can be", name);
	}
	if (!status && !(status = budget_ask(e, bytes, "%.200s", name))) {
		char *numbered = xasprintf("%d %s", a->n++, name);
		void *data = record_add(&a->r, numbered, DT_F32, ndim, shape);

		if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
			status = err_set(e, "damaged HDF5 file: %.200s cannot be read", name);
		free(numbered);
	}
	H5Tclose(type);
	H5Sclose(space);
	return status;
}

static int read_layer(struct answer *a, hid_t root, const char *layer, struct err *e)
{
	hid_t group = H5Gopen2(root, layer, H5P_DEFAULT);
	struct h5_names weights;
	int status = 0;

	if (group < 0)
		return err_set(e, "damaged HDF5 file: no layer %.200s", layer);
	if (read_names(group, "weight_names", &weights, e)) {
		H5Gclose(group);
		return -1;
	}
	for (size_t i = 0; i < weights.n && !status; i++) {
		hid_t set = H5Dopen2(group, weights.name[i], H5P_DEFAULT);

		if (set < 0) {
			status = err_set(e, "damaged HDF5 file: no weight %.200s", weights.name[i]);
			break;
		}
		status = read_set(a, set, weights.name[i], e);
		H5Dclose(set);
	}
	names_free(&weights);
	H5Gclose(group);
	return status;
}

static int read_root(struct answer *a, hid_t root, struct err *e)
{
	struct h5_names layers;
	int status = 0;

	if (read_names(root, "layer_names", &layers, e))
		return -1;
	for (size_t i = 0; i < layers.n && !status; i++)
		status = read_layer(a, root, layers.name[i], e);
	names_free(&layers);
	return status;
}

static hid_t open_image(const unsigned char *bytes, size_t n)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS), file;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* its errors go to standard error otherwise */
	H5PLset_loading_state(0);              /* no code of anybody's */
	H5Lunregister(H5L_TYPE_EXTERNAL);      /* no other files */
	H5Pset_fapl_core(access, 1 << 20, 0);
	H5Pset_file_image(access, (void *)bytes, n);
	file = H5Fopen("weights", H5F_ACC_RDONLY, access);
	H5Pclose(access);
	return file;
}

/* A file, and what is done with its weights. */
struct keras_file {
	const unsigned char *bytes;
	size_t n;
	h5_each *each;
	void *ctx;
};

/* libhdf5 reads out of bounds in some damaged files: it runs in a child. */
static int read_file(void *ctx, FILE *out, struct err *e)
{
	const struct keras_file *f = ctx;
	struct answer a = {.most = f->n < SIZE_MAX / 16 ? 8 * f->n : f->n};
	hid_t file = open_image(f->bytes, f->n), root;
	int status;

	if (file < 0)
		return err_set(e, "damaged HDF5 file");
	root = H5Gopen2(file, H5Lexists(file, "model_weights", H5P_DEFAULT) > 0 ? "model_weights" : "/", H5P_DEFAULT);
	status = root < 0 ? err_set(e, "damaged HDF5 file") : read_root(&a, root, e);
	return status ? -1 : record_write(&a.r, out, NULL, e); /* the child ends: nothing is given back */
}

static int take_weight(const struct keras_file *f, const struct tensor *t, struct err *e)
{
	const char *blank = strchr(t->name, ' ');
	struct h5_weight w = {.name = blank ? blank + 1 : t->name, .ndim = t->ndim};

	if (t->type != DT_F32 || t->ndim > 4)
		return err_set(e, "damaged HDF5 file");
	memcpy(w.shape, t->shape, (size_t)t->ndim * sizeof *w.shape);
	w.data = xmalloc(t->bytes + 1);
	memcpy(w.data, t->data, t->bytes);
	return f->each(f->ctx, w, e);
}

static int take_answer(void *ctx, struct source *in, struct err *e)
{
	struct record r = {0};
	int rc = record_read(&r, in, NULL, e);

	if (rc == 0)
		rc = err_set(e, "damaged HDF5 file");
	for (int i = 0; i < r.ntensor && rc > 0; i++)
		if (take_weight(ctx, &r.tensor[i], e))
			rc = -1;
	record_free(&r);
	return rc < 0 ? -1 : 0;
}

int h5_weights(const unsigned char *bytes, size_t n, h5_each *each, void *ctx, struct err *e)
{
	struct keras_file f = {bytes, n, each, ctx};
	int seconds = 10 + (int)(n >> 23); /* reading takes a tenth of it; a damaged file can keep HDF5 busy for ever */
	struct cage cage = {read_file, take_answer, &f, seconds};

	return cage_run(&cage, e);
}

#endif
