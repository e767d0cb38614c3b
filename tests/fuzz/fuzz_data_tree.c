/* libFuzzer: lines of text as the paths of a whole tree of images; then its labels, splits and patients, which classes
 * there are, and what they can be changed to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/label.h"
#include "data/path.h"
#include "data/tree.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_paths(struct list *l, char *rest)
{
	char *line;

	while ((line = strsep(&rest, "\n")))
		if (*line) {
			struct item *it = list_add(l, line);

			path_finding(line);
			free(path_kind(line));
			if (!it->label || !it->patient || !it->split)
				abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int how = size ? data[0] : 0;
	struct tree_options o = {.label = how / 2 % 7 - 3, .patient = how / 16 % 7 - 3};
	struct tree_notes notes = {0};
	struct list l = {0};
	struct err e = {""};
	char *text = size ? xstrndup((const char *)data + 1, size - 1) : xstrdup(""), *others = NULL;
	size_t left;

	add_paths(&l, text);
	if (!tree_read(&l, 0, how % 2 ? TREE_COMMON : 0, &o, &notes, &e))
		fuzz_reached += l.n > 0;
	else if (!e.text[0])
		abort();
	free(notes.where);
	free(label_counts(&l));
	label_change(&l, (char *[]){"a,b=c"}, 1, how % 2, &e);
	label_classify(&l, "NORMAL,PNEUMONIA", how % 2, &left, &others, &e);
	free(others);
	free(list_classes(&l));
	list_free(&l);
	free(text);
	return 0;
}
