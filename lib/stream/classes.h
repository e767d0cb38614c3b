#ifndef STREAM_CLASSES_H
#define STREAM_CLASSES_H

#include "base/err.h"

/* Classes: a comma list, order = index, the last the positive one of two. No name is empty or twice there. Names are as
 * streams have them: control characters and other bytes as \xHH (text_escape), and a comma as \x2c, so that a list of
 * two names is never one of three. classes_escape makes such a name of any label. */
struct classes {
	char **name;
	int n;
};
int classes_parse(struct classes *c, const char *list, struct err *e);
/* The same from what a user wrote, where \, is a comma, too. */
int classes_parse_given(struct classes *c, const char *list, struct err *e);
char *classes_list(const struct classes *c); /* the comma list, fresh memory */
int classes_index(const struct classes *c, const char *name); /* -1 when it is none of them */
void classes_free(struct classes *c);
/* A label as a name of streams, and back: fresh memory. */
char *classes_escape(const char *label);
char *classes_label(const char *name);

/* Does a name mean that nothing was found? 2: it says so (normal, healthy, negative, control, 0 ...); 1: it denies
 * something (no finding, non-COVID, pneumonia negative); 0: neither. Case and punctuation do not count. */
int classes_health(const char *name);
/* The order of names nobody has ordered: by their bytes, but where that would put a name of health last and so make it
 * the positive class, names of health come before the others. The one place that decides this. */
void classes_sort(char **name, int n);
/* Moves a class to the end, where the positive one is. -1 when it is none of them. */
int classes_put_last(struct classes *c, const char *name, struct err *e);

#endif
