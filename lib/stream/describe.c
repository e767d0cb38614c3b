/* Records described: figures of tensors and JSON. */
#include "stream/describe.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static float bfloat(uint16_t bits)
{
	uint32_t wide = (uint32_t)bits << 16;
	float v;
	memcpy(&v, &wide, sizeof v);
	return v;
}

static double value_at(const struct tensor *t, size_t i)
{
	const void *p = t->data;
	switch (t->type) {
	case DT_F32:
		return ((const float *)p)[i];
	case DT_F64:
		return ((const double *)p)[i];
	case DT_F16:
		return num_half(((const uint16_t *)p)[i]);
	case DT_BF16:
		return bfloat(((const uint16_t *)p)[i]);
	case DT_U8:
	case DT_BOOL:
		return ((const uint8_t *)p)[i];
	case DT_I8:
		return ((const int8_t *)p)[i];
	case DT_U16:
		return ((const uint16_t *)p)[i];
	case DT_I16:
		return ((const int16_t *)p)[i];
	case DT_U32:
		return ((const uint32_t *)p)[i];
	case DT_I32:
		return ((const int32_t *)p)[i];
	case DT_U64:
		return ((const uint64_t *)p)[i];
	case DT_I64:
		return ((const int64_t *)p)[i];
	}
	return NAN;
}

struct stats tensor_stats(const struct tensor *t)
{
	size_t n = t->bytes / dtype_size(t->type);
	struct stats s = {INFINITY, 0, -INFINITY, 0};
	for (size_t i = 0; i < n; i++) {
		double v = value_at(t, i);
		if (isnan(v)) {
			s.nan++;
			continue;
		}
		s.min = v < s.min ? v : s.min;
		s.max = v > s.max ? v : s.max;
		s.mean += v;
	}
	if (n == s.nan)
		s.min = s.max = NAN;
	s.mean /= n - s.nan;
	return s;
}

/* JSON knows no nan and no infinity: null. */
static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *tensor_json(const struct tensor *t, bool figures)
{
	json_t *j = json_object(), *shape = json_array();
	for (int i = 0; i < t->ndim; i++)
		json_array_append_new(shape, json_integer(t->shape[i]));
	json_object_set_new(j, "name", json_string(t->name));
	json_object_set_new(j, "dtype", json_string(dtype_name(t->type)));
	json_object_set_new(j, "shape", shape);
	if (figures) {
		struct stats s = tensor_stats(t);
		json_object_set_new(j, "min", number(s.min));
		json_object_set_new(j, "mean", number(s.mean));
		json_object_set_new(j, "max", number(s.max));
	}
	return j;
}

char *record_json(const struct record *r, bool figures)
{
	json_t *j = json_object(), *meta = json_object(), *tensors = json_array();
	for (int i = 0; i < r->nmeta; i++)
		json_object_set_new(meta, r->meta[i].key, json_string(r->meta[i].value));
	for (int i = 0; i < r->ntensor; i++)
		json_array_append_new(tensors, tensor_json(&r->tensor[i], figures));
	json_object_set_new(j, "kind", json_string(record_kind(r)));
	json_object_set_new(j, "metadata", meta);
	json_object_set_new(j, "tensors", tensors);
	char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(j);
	return text;
}

static const char *npy_type(enum dtype t)
{
	switch (t) {
	case DT_F16:
		return "<f2";
	case DT_F32:
		return "<f4";
	case DT_F64:
		return "<f8";
	case DT_U8:
		return "|u1";
	case DT_U16:
		return "<u2";
	case DT_U32:
		return "<u4";
	case DT_U64:
		return "<u8";
	case DT_I8:
		return "|i1";
	case DT_I16:
		return "<i2";
	case DT_I32:
		return "<i4";
	case DT_I64:
		return "<i8";
	case DT_BOOL:
		return "|b1";
	case DT_BF16:
		break;
	}
	return NULL;
}

int tensor_write_npy(const struct tensor *t, FILE *f, struct err *e)
{
	const char *type = npy_type(t->type);
	if (!type)
		return err_set(e, "tensor %s: %s has no NumPy type", t->name, dtype_name(t->type));
	struct text h = {0};
	text_addf(&h, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
	for (int i = 0; i < t->ndim; i++)
		text_addf(&h, "%lld, ", (long long)t->shape[i]);
	text_add(&h, "), }");
	int pad = 63 - (int)(10 + h.len) % 64; /* the header ends at a multiple of 64 with a newline */
	text_addf(&h, "%*s\n", pad, "");
	unsigned char start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, h.len & 255, h.len >> 8};
	bool bad = fwrite(start, 1, 10, f) != 10 || fwrite(h.s, 1, h.len, f) != h.len ||
	           fwrite(t->data, 1, t->bytes, f) != t->bytes;
	text_free(&h);
	return bad ? err_errno(e, "cannot write") : 0;
}
