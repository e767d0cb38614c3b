#include "explain/method.h"

#include <string.h>

#include "base/mem.h"
#include "explain/maker.h"

static const char *const names[METHOD_COUNT] = {
#define X(name) #name,
	METHODS(X)
#undef X
};
static const struct maker *const makers[METHOD_COUNT] = {
#define X(name) &maker_##name,
	METHODS(X)
#undef X
};

const struct maker *maker_of(enum method m)
{
	return makers[m];
}

const char *method_name(enum method m)
{
	return names[m];
}

const char *method_title(enum method m)
{
	return makers[m]->title;
}

bool method_has_layer(enum method m)
{
	return makers[m]->needs & NEED_LAYER;
}

bool method_is_baseline(enum method m)
{
	return !(makers[m]->needs & ~(unsigned)(NEED_PICTURE | NEED_SIZE));
}

int method_parse(const char *name, enum method *m, struct err *e)
{
	struct text all = {0};

	for (int i = 0; i < METHOD_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*m = i;
			text_free(&all);
			return 0;
		}
		text_addf(&all, "%s%s", i ? ", " : "", names[i]);
	}
	err_set(e, "no method %s: the methods are %s", name, all.s);
	text_free(&all);
	return -1;
}
