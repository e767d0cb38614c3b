/* A pickle read by a whitelist: a machine that builds values and runs nothing. */
#include "zoo/pickle.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

/* Of all pickles of a file. A network of a thousand tensors needs some 50,000; each takes at most some 100 bytes. */
enum { STEPS_MAX = 1 << 21 };

struct machine {
	struct pickle *p;
	const unsigned char *at, *end;
	struct pickle_value **stack, **memo;
	size_t depth, stackcap, memos, put; /* put: memo entries so far, for protocol 4 */
	struct err *e;
};

static int damaged(struct machine *m)
{
	return err_set(m->e, "damaged pickle");
}

static struct pickle_value *fresh(struct machine *m, enum pickle_kind kind)
{
	struct pickle_value *v = xcalloc(1, sizeof *v);

	m->p->value = grow(m->p->value, m->p->n, &m->p->cap, sizeof *m->p->value);
	m->p->value[m->p->n++] = v;
	v->kind = kind;
	return v;
}

static int push(struct machine *m, struct pickle_value *v)
{
	m->stack = grow(m->stack, m->depth, &m->stackcap, sizeof *m->stack);
	m->stack[m->depth++] = v;
	return 0;
}

static int push_int(struct machine *m, int64_t number)
{
	struct pickle_value *v = fresh(m, PICKLE_INT);

	v->number = number;
	return push(m, v);
}

/* Counted as a step: what copies a list copies nothing for free. */
static void append(struct machine *m, struct pickle_value *to, struct pickle_value *v)
{
	if (m->p->steps++ >= STEPS_MAX)
		return;
	to->item = grow(to->item, to->n, &to->cap, sizeof *to->item);
	to->item[to->n++] = v;
}

/* n bytes of the pickle, NULL when there are fewer. */
static const unsigned char *take_bytes(struct machine *m, size_t n)
{
	const unsigned char *p = m->at;

	if ((size_t)(m->end - m->at) < n)
		return NULL;
	m->at += n;
	return p;
}

/* A little-endian number of n bytes. */
static bool take_number(struct machine *m, size_t n, uint64_t *v)
{
	const unsigned char *p = take_bytes(m, n);

	*v = 0;
	for (size_t i = 0; p && i < n; i++)
		*v |= (uint64_t)p[i] << 8 * i;
	return p != NULL;
}

static int take_text(struct machine *m, size_t length_bytes)
{
	struct pickle_value *v;
	const unsigned char *p;
	uint64_t n;

	if (!take_number(m, length_bytes, &n) || !(p = take_bytes(m, n)))
		return damaged(m);
	v = fresh(m, PICKLE_TEXT);
	v->text = (const char *)p;
	v->length = n;
	return push(m, v);
}

/* LONG1: two's complement of any length; over 8 bytes it is no number that anybody here needs. */
static int take_long(struct machine *m)
{
	uint64_t n, v;

	if (!take_number(m, 1, &n))
		return damaged(m);
	if (n > 8)
		return take_bytes(m, n) ? push(m, fresh(m, PICKLE_NONE)) : damaged(m);
	if (!take_number(m, n, &v))
		return damaged(m);
	if (n && n < 8 && v >> (8 * n - 1))
		v |= UINT64_MAX << 8 * n;
	return push_int(m, (int64_t)v);
}

/* ---- names */

enum { ORDERED_DICT = 1, TENSOR, PARAMETER, NEW_PARAMETER };

static int known(const char *name)
{
	static const struct {
		const char *name;
		int what;
	} names[] = {
		{"collections.OrderedDict", ORDERED_DICT},
		{"torch._utils._rebuild_tensor_v2", TENSOR},
		{"torch._utils._rebuild_tensor", TENSOR},
		{"torch._utils._rebuild_parameter", PARAMETER},
		{"torch.nn.parameter.Parameter", NEW_PARAMETER},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].what;
	return 0;
}

/* torch.XStorage or torch.XTensor (in torch 0.1 torch.cuda.XTensor, too), X letters and digits alone. */
static bool is_type(const char *module, const char *name)
{
	size_t n = strlen(name), letters = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

	return (strcmp(module, "torch") == 0 || strcmp(module, "torch.cuda") == 0) && letters == n &&
	       ((n > 7 && strcmp(name + n - 7, "Storage") == 0) || (n > 6 && strcmp(name + n - 6, "Tensor") == 0));
}

/* A line of a GLOBAL, fresh memory. */
static char *take_line(struct machine *m)
{
	const unsigned char *p = m->at, *nl = memchr(p, '\n', (size_t)(m->end - p));

	if (!nl || memchr(p, '\0', (size_t)(nl - p)))
		return NULL;
	m->at = nl + 1;
	return xstrndup((const char *)p, (size_t)(nl - p));
}

/* A name: a value, or refused. text is where it stands in the pickle. */
static int push_name(struct machine *m, const char *module, const char *name, const char *text)
{
	char *full = xasprintf("%s.%s", module, name);
	struct pickle_value *v = NULL;

	if (is_type(module, name)) {
		v = fresh(m, PICKLE_TYPE);
		v->text = text;
		v->length = strlen(name);
	} else if (known(full)) {
		v = fresh(m, PICKLE_NAME);
		v->number = known(full);
	} else {
		err_set(m->e, "refused: %.200s (of a pickle tensors alone are read, and nothing is executed; "
		        "torch.save(model.state_dict()) writes such a file)", full);
	}
	free(full);
	return v ? push(m, v) : -1;
}

/* GLOBAL: two lines. */
static int take_global(struct machine *m)
{
	char *module = take_line(m), *name = module ? take_line(m) : NULL;
	int status = name ? push_name(m, module, name, (const char *)m->at - 1 - strlen(name)) : damaged(m);

	free(module);
	free(name);
	return status;
}

/* STACK_GLOBAL of protocol 4: two texts. */
static int stack_global(struct machine *m)
{
	struct pickle_value *name = m->depth > 1 ? m->stack[m->depth - 1] : NULL;
	struct pickle_value *module = name ? m->stack[m->depth - 2] : NULL;

	if (!name || name->kind != PICKLE_TEXT || module->kind != PICKLE_TEXT)
		return damaged(m);
	char *one = text_escape(module->text, module->length), *two = text_escape(name->text, name->length);
	int status;

	m->depth -= 2;
	status = push_name(m, one, two, name->text);
	free(one);
	free(two);
	return status;
}

/* ---- building */

static struct pickle_value *pop(struct machine *m)
{
	return m->depth ? m->stack[--m->depth] : NULL;
}

static struct pickle_value *top(const struct machine *m)
{
	return m->depth ? m->stack[m->depth - 1] : NULL;
}

/* Place of the last mark on the stack; -1: none. */
static ptrdiff_t mark(const struct machine *m)
{
	ptrdiff_t i = (ptrdiff_t)m->depth;

	while (--i >= 0 && m->stack[i]->kind != PICKLE_MARK)
		;
	return i;
}

/* All above the mark to the end of `to` (which is under the mark, or NULL: a new tuple, pushed), and the mark away. */
static int gather(struct machine *m, struct pickle_value *to)
{
	ptrdiff_t at = mark(m);
	bool tuple = !to;

	if (at < 0)
		return damaged(m);
	if (tuple)
		to = fresh(m, PICKLE_TUPLE);
	for (size_t i = (size_t)at + 1; i < m->depth; i++)
		append(m, to, m->stack[i]);
	m->depth = (size_t)at;
	return tuple ? push(m, to) : 0;
}

/* APPENDS, SETITEMS: to the list or the dict under the mark. */
static int gather_into(struct machine *m, enum pickle_kind kind)
{
	ptrdiff_t at = mark(m);

	if (at < 1 || m->stack[at - 1]->kind != kind || (kind == PICKLE_DICT && (m->depth - (size_t)at) % 2 == 0))
		return damaged(m);
	return gather(m, m->stack[at - 1]);
}

/* APPEND, SETITEM: the last n. */
static int add_last(struct machine *m, enum pickle_kind kind, size_t n)
{
	struct pickle_value *to;

	if (m->depth < n + 1 || (to = m->stack[m->depth - n - 1])->kind != kind)
		return damaged(m);
	for (size_t i = 0; i < n; i++)
		append(m, to, m->stack[m->depth - n + i]);
	m->depth -= n;
	return 0;
}

static int small_tuple(struct machine *m, size_t n)
{
	struct pickle_value *t;

	if (m->depth < n)
		return damaged(m);
	t = fresh(m, PICKLE_TUPLE);
	for (size_t i = 0; i < n; i++)
		append(m, t, m->stack[m->depth - n + i]);
	m->depth -= n;
	return push(m, t);
}

/* OrderedDict() or, of Python 2, OrderedDict([[key, value], ...]). */
static int ordered_dict(struct machine *m, const struct pickle_value *args)
{
	struct pickle_value *dict = fresh(m, PICKLE_DICT);
	const struct pickle_value *list = args->n ? args->item[0] : NULL;

	if (args->n > 1 || (list && list->kind != PICKLE_LIST))
		return damaged(m);
	for (size_t i = 0; list && i < list->n; i++) {
		const struct pickle_value *pair = list->item[i];

		if ((pair->kind != PICKLE_LIST && pair->kind != PICKLE_TUPLE) || pair->n != 2)
			return damaged(m);
		append(m, dict, pair->item[0]);
		append(m, dict, pair->item[1]);
	}
	return push(m, dict);
}

static bool is_tensor(const struct pickle_value *v)
{
	return v->kind == PICKLE_TENSOR || v->kind == PICKLE_REF || v->kind == PICKLE_EMPTY;
}

/* REDUCE, NEWOBJ: a name of the list, and its arguments. */
static int reduce(struct machine *m)
{
	struct pickle_value *args = pop(m), *name = pop(m), *t;

	if (!name || name->kind != PICKLE_NAME || args->kind != PICKLE_TUPLE)
		return damaged(m);
	if (name->number == ORDERED_DICT)
		return ordered_dict(m, args);
	if (name->number == NEW_PARAMETER && args->n == 0)
		return push(m, fresh(m, PICKLE_EMPTY));
	if (name->number != TENSOR)
		return args->n && is_tensor(args->item[0]) ? push(m, args->item[0]) : damaged(m);
	if (args->n < 4)
		return damaged(m);
	t = fresh(m, PICKLE_TENSOR);
	for (size_t i = 0; i < 4; i++)
		append(m, t, args->item[i]);
	return push(m, t);
}

/* BUILD: an OrderedDict's attributes and a parameter's flags are dropped; a parameter of torch 0.1 gets its data. */
static int build(struct machine *m)
{
	struct pickle_value *state = pop(m), *to = top(m);

	if (!to || (to->kind != PICKLE_DICT && !is_tensor(to)))
		return damaged(m);
	if (to->kind != PICKLE_EMPTY)
		return 0;
	if (state->kind != PICKLE_TUPLE || !state->n || !is_tensor(state->item[0]) || state->item[0]->kind == PICKLE_EMPTY)
		return damaged(m);
	to->kind = PICKLE_TENSOR;
	if (state->item[0]->kind == PICKLE_REF)
		to->kind = PICKLE_REF;
	for (size_t i = 0; i < state->item[0]->n; i++)
		append(m, to, state->item[0]->item[i]);
	return 0;
}

static int persistent(struct machine *m)
{
	struct pickle_value *id = pop(m), *v;

	if (!id)
		return damaged(m);
	v = fresh(m, PICKLE_REF);
	append(m, v, id);
	return push(m, v);
}

static int put_memo(struct machine *m, uint64_t i)
{
	if (!m->depth || i >= STEPS_MAX)
		return damaged(m);
	if (i >= m->memos) {
		size_t n = 2 * (size_t)i + 64;

		m->memo = xreallocarray(m->memo, n, sizeof *m->memo);
		memset(m->memo + m->memos, 0, (n - m->memos) * sizeof *m->memo);
		m->memos = n;
	}
	m->memo[i] = top(m);
	m->put++;
	return 0;
}

static int put_at(struct machine *m, size_t length_bytes)
{
	uint64_t i;

	return take_number(m, length_bytes, &i) ? put_memo(m, i) : damaged(m);
}

static int get(struct machine *m, size_t length_bytes)
{
	uint64_t i;

	if (!take_number(m, length_bytes, &i) || i >= m->memos || !m->memo[i])
		return damaged(m);
	return push(m, m->memo[i]);
}

static int integer(struct machine *m, size_t bytes)
{
	uint64_t v;

	if (!take_number(m, bytes, &v))
		return damaged(m);
	return push_int(m, bytes == 4 ? (int32_t)v : (int64_t)v);
}

static int protocol(struct machine *m)
{
	uint64_t v;

	if (!take_number(m, 1, &v))
		return damaged(m);
	return v >= 2 && v <= 5 ? 0 : err_set(m->e, "a pickle of protocol %d: not supported", (int)v);
}

static int step(struct machine *m, int op)
{
	switch (op) {
	case 0x80: return protocol(m);
	case '(': return push(m, fresh(m, PICKLE_MARK));
	case ')': return push(m, fresh(m, PICKLE_TUPLE));
	case ']': return push(m, fresh(m, PICKLE_LIST));
	case '}': return push(m, fresh(m, PICKLE_DICT));
	case 'N': return push(m, fresh(m, PICKLE_NONE));
	case 0x88: return push_int(m, 1);
	case 0x89: return push_int(m, 0);
	case 'J': return integer(m, 4);
	case 'K': return integer(m, 1);
	case 'M': return integer(m, 2);
	case 0x8a: return take_long(m);
	case 'G': return take_bytes(m, 8) ? push(m, fresh(m, PICKLE_NONE)) : damaged(m); /* a float */
	case 'X': case 'T': return take_text(m, 4);
	case 'U': case 0x8c: return take_text(m, 1);
	case 't': return gather(m, NULL);
	case 0x85: case 0x86: case 0x87: return small_tuple(m, (size_t)op - 0x84);
	case 'a': return add_last(m, PICKLE_LIST, 1);
	case 'e': return gather_into(m, PICKLE_LIST);
	case 's': return add_last(m, PICKLE_DICT, 2);
	case 'u': return gather_into(m, PICKLE_DICT);
	case 'q': return put_at(m, 1);
	case 'r': return put_at(m, 4);
	case 0x94: return put_memo(m, m->put);
	case 'h': return get(m, 1);
	case 'j': return get(m, 4);
	case 'c': return take_global(m);
	case 0x93: return stack_global(m);
	case 'R': case 0x81: return reduce(m);
	case 'b': return build(m);
	case 'Q': return persistent(m);
	case 0x95: return take_bytes(m, 8) ? 0 : damaged(m); /* a frame's length */
	case 'i': /* INST would call a name */
		if (take_global(m))
			return -1;
	}
	return err_set(m->e, "refused: pickle opcode 0x%02x (weights do not need it)", op);
}

struct pickle_value *pickle_load(struct pickle *p, const unsigned char *bytes, size_t n, size_t *used, struct err *e)
{
	struct machine m = {.p = p, .at = bytes, .end = bytes + n, .e = e};
	struct pickle_value *result = NULL;
	int status = 0;

	while (!status && m.at < m.end && *m.at != '.')
		status = p->steps++ < STEPS_MAX ? step(&m, *m.at++) : -1;
	if (p->steps > STEPS_MAX)
		status = err_set(e, "a pickle of more than %d steps", STEPS_MAX);
	if (!status && (m.at == m.end || m.depth != 1 || m.stack[0]->kind == PICKLE_MARK))
		damaged(&m);
	else if (!status)
		result = m.stack[0];
	if (used)
		*used = (size_t)(m.at - bytes) + 1;
	free(m.stack);
	free(m.memo);
	return result;
}

void pickle_free(struct pickle *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->value[i]->item);
		free(p->value[i]);
	}
	free(p->value);
	*p = (struct pickle){0};
}

int pickle_is(const struct pickle_value *v, const char *text)
{
	return v->kind == PICKLE_TEXT && v->length == strlen(text) && memcmp(v->text, text, v->length) == 0;
}

struct pickle_value *pickle_get(const struct pickle_value *dict, const char *key)
{
	for (size_t i = 0; i + 1 < dict->n; i += 2)
		if (pickle_is(dict->item[i], key))
			return dict->item[i + 1];
	return NULL;
}
