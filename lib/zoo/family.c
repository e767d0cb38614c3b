/* The families there are, and which of them a name belongs to. */
#include "zoo/family.h"

#include <string.h>

#include "base/mem.h"
#include "zoo/zoo.h"

static const struct family *const families[] = {
	&family_resnet, &family_vgg, &family_densenet, &family_mobilenet, &family_inception, &family_xception,
};
enum { FAMILIES = sizeof families / sizeof *families };

const struct variant *family_find(const char *name, const struct family **family, struct err *e)
{
	struct text known = {0};

	for (int f = 0; f < FAMILIES; f++)
		for (const struct variant *v = families[f]->variant; v->name; v++) {
			if (!strcmp(v->name, name)) {
				*family = families[f];
				text_free(&known);
				return v;
			}
			text_addf(&known, "%s, ", v->name);
		}
	err_set(e, "no architecture '%s': choose one of %sstack:A+B", name, known.s);
	text_free(&known);
	return NULL;
}

int family_check_last(const struct family *f, const char *name, int last, struct err *e)
{
	if (last == 2 || f->keeps)
		return 0;
	return err_set(e, "last=%d: %s has no last stage whose stride alone can be left out", last, name);
}

void zoo_names(FILE *f)
{
	for (int i = 0; i < FAMILIES; i++)
		for (const struct variant *v = families[i]->variant; v->name; v++)
			fprintf(f, "%-17s  %s\n", v->name, families[i]->words);
	fprintf(f, "%-17s  several of these side by side on one image, joined by one head\n", "stack:A+B");
}
