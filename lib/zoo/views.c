/* Tensors where a file has them, with any strides, and records made of them. */
#include "zoo/views.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static void view_free(struct tensor_view *v)
{
	free(v->name);
	free(v->owned);
}

int views_add(struct views *s, struct tensor_view v, struct err *e)
{
	if (s->n == VIEWS_MAX) {
		view_free(&v);
		return err_set(e, "more than %d tensors", VIEWS_MAX);
	}
	s->view = grow(s->view, s->n, &s->cap, sizeof *s->view);
	s->view[s->n++] = v;
	return 0;
}

void views_free(struct views *s)
{
	for (size_t i = 0; i < s->n; i++)
		view_free(&s->view[i]);
	free(s->view);
	*s = (struct views){0};
}

void view_dense(struct tensor_view *v, bool fortran)
{
	int64_t step = 1;

	for (int i = 0; i < v->ndim; i++) {
		int d = fortran ? i : v->ndim - 1 - i;

		v->stride[d] = step;
		if (__builtin_mul_overflow(step, v->shape[d] ? v->shape[d] : 1, &step))
			step = INT64_MAX; /* view_count refuses it */
	}
}

int64_t view_count(const struct tensor_view *v, size_t count)
{
	int64_t n = 1, last = 0, far;
	bool empty = false;

	for (int i = 0; i < v->ndim; i++)
		if (v->shape[i] < 0 || v->stride[i] < 0)
			return -1;
		else
			empty = empty || v->shape[i] == 0;
	if (empty)
		return 0;
	for (int i = 0; i < v->ndim; i++)
		if (__builtin_mul_overflow(n, v->shape[i], &n) || __builtin_mul_overflow(v->shape[i] - 1, v->stride[i], &far) ||
		    __builtin_add_overflow(last, far, &last))
			return -1;
	return (uint64_t)last < count && (uint64_t)n <= count ? n : -1;
}

/* Element by element, the last dimension fastest. */
static void copy_strided(const struct tensor_view *v, size_t size, unsigned char *to, int64_t n)
{
	int64_t at[TENSOR_DIMS] = {0}, from = 0;

	for (int64_t i = 0; i < n; i++, to += size) {
		memcpy(to, v->data + (size_t)from * size, size);
		for (int d = v->ndim - 1; d >= 0; d--) {
			from += v->stride[d];
			if (++at[d] < v->shape[d])
				break;
			from -= at[d] * v->stride[d];
			at[d] = 0;
		}
	}
}

static void copy(const struct tensor_view *v, void *to, int64_t n)
{
	struct tensor_view dense = *v;

	view_dense(&dense, false);
	if (n == 0)
		return;
	if (memcmp(dense.stride, v->stride, (size_t)v->ndim * sizeof *v->stride) == 0)
		memcpy(to, v->data, (size_t)n * dtype_size(v->type));
	else
		copy_strided(v, dtype_size(v->type), to, n);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int names_differ(char **name, size_t n, struct err *e)
{
	qsort(name, n, sizeof *name, by_text);
	for (size_t i = 1; i < n; i++)
		if (strcmp(name[i - 1], name[i]) == 0)
			return err_set(e, "two tensors are called %.200s", name[i]);
	return 0;
}

static int check_names(const struct views *s, struct err *e)
{
	char **name = xcalloc(s->n + 1, sizeof *name);
	int status;

	for (size_t i = 0; i < s->n; i++)
		name[i] = s->view[i].name;
	status = names_differ(name, s->n, e);
	free(name);
	return status;
}

/* Shared storages are fine as long as they do not multiply the file. */
static int check_bytes(const struct views *s, struct err *e)
{
	size_t total = 0, limit = s->source < SIZE_MAX / 16 ? 8 * s->source + 4096 : SIZE_MAX;

	for (size_t i = 0; i < s->n; i++) {
		size_t bytes = dtype_size(s->view[i].type);

		for (int d = 0; d < s->view[i].ndim; d++)
			if (!num_mul(bytes, (size_t)s->view[i].shape[d], &bytes))
				return err_set(e, "tensor %s is too large", s->view[i].name);
		if (!num_add(total, bytes, &total) || total > limit)
			return err_set(e, "the tensors are together more than eight times as large as the file");
	}
	return 0;
}

int views_record(const struct views *s, struct record *r, struct err *e)
{
	record_clear(r);
	if (check_names(s, e) || check_bytes(s, e))
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		const struct tensor_view *v = &s->view[i];
		int64_t shape[TENSOR_DIMS], n = 1;

		memcpy(shape, v->shape, sizeof shape);
		for (int d = 0; d < v->ndim; d++)
			n *= v->shape[d];
		if (v->joined)
			shape[1] = v->shape[0] ? n / v->shape[0] : 0;
		copy(v, record_add(r, v->name, v->type, v->joined ? 2 : v->ndim, shape), n);
	}
	return 0;
}
