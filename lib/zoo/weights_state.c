/* A state dict out of a pickle: which of its values are tensors, and where their bytes are. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "zoo/state.h"

int state_type(const struct pickle_value *type, enum dtype *t, struct err *e)
{
	static const struct {
		const char *name;
		enum dtype type;
	} types[] = {
		{"Float", DT_F32}, {"Double", DT_F64}, {"Half", DT_F16}, {"BFloat16", DT_BF16}, {"Long", DT_I64},
		{"Int", DT_I32}, {"Short", DT_I16}, {"Char", DT_I8}, {"Byte", DT_U8}, {"Bool", DT_BOOL},
	};

	if (type->kind != PICKLE_TYPE)
		return err_set(e, "damaged: a storage without a type");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t n = strlen(types[i].name);

		if (type->length > n && memcmp(type->text, types[i].name, n) == 0 && strchr("ST", type->text[n])) {
			*t = types[i].type;
			return 0;
		}
	}
	return err_set(e, "torch.%.*s: not supported", (int)type->length, type->text);
}

/* A tuple of numbers, or -1. */
static int numbers(const struct pickle_value *tuple, int64_t to[TENSOR_DIMS])
{
	if (tuple->kind != PICKLE_TUPLE || tuple->n > TENSOR_DIMS)
		return -1;
	for (size_t i = 0; i < tuple->n; i++) {
		if (tuple->item[i]->kind != PICKLE_INT)
			return -1;
		to[i] = tuple->item[i]->number;
	}
	return (int)tuple->n;
}

int state_tensor(const struct pickle_value *tensor, const struct storage *s, struct tensor_view *v, struct err *e)
{
	const struct pickle_value *offset = tensor->item[1];
	int64_t first = offset->number;

	*v = (struct tensor_view){.type = s->type, .ndim = numbers(tensor->item[2], v->shape)};
	v->ndim = numbers(tensor->item[2], v->shape);
	if (v->ndim < 0 || numbers(tensor->item[3], v->stride) != v->ndim || offset->kind != PICKLE_INT)
		return err_set(e, "damaged: its sizes and strides are no short tuples of numbers");
	if (first < 0 || (uint64_t)first > s->count || view_count(v, s->count - (size_t)first) < 0)
		return err_set(e, "damaged: it does not lie within its storage of %zu elements", s->count);
	v->data = s->data + (size_t)first * dtype_size(s->type);
	return 0;
}

/* How many tensors a dict holds itself. */
static size_t tensors_in(const struct pickle_value *v)
{
	size_t n = 0;

	for (size_t i = 0; v->kind == PICKLE_DICT && i + 1 < v->n; i += 2)
		n += v->item[i + 1]->kind == PICKLE_TENSOR || v->item[i + 1]->kind == PICKLE_REF;
	return n;
}

/* Under another key: the dict with the most tensors. */
static const struct pickle_value *largest(const struct pickle_value *v)
{
	const struct pickle_value *best = NULL;

	for (size_t i = 0; i + 1 < v->n; i += 2)
		if (tensors_in(v->item[i + 1]) > (best ? tensors_in(best) : 0))
			best = v->item[i + 1];
	return best;
}

/* "no tensors in it", with the keys that are there. */
static int no_tensors(const struct pickle_value *dict, struct err *e)
{
	struct text t = {0};

	for (size_t i = 0; i + 1 < dict->n && i < 40; i += 2)
		if (dict->item[i]->kind == PICKLE_TEXT)
			text_addf(&t, "%s%.*s", t.len ? ", " : "", (int)(dict->item[i]->length < 60 ? dict->item[i]->length : 60),
			          dict->item[i]->text);
	err_set(e, "no tensors in it%s%s", t.len ? ": its keys are " : "", t.len ? t.s : "");
	text_free(&t);
	return -1;
}

/* A checkpoint holds the state dict beside other things; circles end with the depth. */
static const struct pickle_value *find_dict(const struct pickle_value *v)
{
	static const char *const keys[] = {"state_dict", "model_state_dict", "model", "net"};

	for (int depth = 0; depth < 8; depth++) {
		const struct pickle_value *inner = NULL;

		if (v->kind != PICKLE_DICT)
			return NULL;
		for (size_t i = 0; i < sizeof keys / sizeof *keys && !inner; i++)
			if ((inner = pickle_get(v, keys[i])) && inner->kind != PICKLE_DICT)
				inner = NULL;
		if (!inner && !tensors_in(v))
			inner = largest(v);
		if (!inner)
			return v;
		v = inner;
	}
	return NULL;
}

int state_views(struct views *s, const struct pickle_value *object,
                int (*view)(void *ctx, const struct pickle_value *v, struct tensor_view *to, struct err *e), void *ctx,
                struct err *e)
{
	const struct pickle_value *dict = find_dict(object);

	if (!dict)
		return err_set(e, "no state dict in it");
	for (size_t i = 0; i + 1 < dict->n; i += 2) {
		const struct pickle_value *key = dict->item[i], *value = dict->item[i + 1];
		struct tensor_view v = {0};

		if (key->kind != PICKLE_TEXT || (value->kind != PICKLE_TENSOR && value->kind != PICKLE_REF))
			continue;
		char *name = text_escape(key->text, key->length);

		if (view(ctx, value, &v, e)) {
			err_prefix(e, "tensor %.200s", name);
			free(name);
			return -1;
		}
		v.name = name;
		if (views_add(s, v, e))
			return -1;
	}
	return s->n ? 0 : no_tensors(dict, e);
}
