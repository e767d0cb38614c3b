#ifndef DATA_LABEL_H
#define DATA_LABEL_H

#include "data/list.h"
#include "stream/classes.h"

/* Labels changed and ordered as the user says. */

/* Which labels there are and how often, "NORMAL (12), PNEUMONIA (30)", for messages; those of many are cut short. Fresh
 * memory. label_strangers: only labels that are none of the classes, without the empty one. */
char *label_counts(const struct list *l);
char *label_strangers(const struct list *l, const struct classes *c);

/* Gives the labels of FROM[,FROM...]=TO, n such rules at once, their new names. Fails for a FROM that no item has. */
int label_change(struct list *l, char *const *rule, size_t n, bool nocase, struct err *e);

/* Labels every item anew with one of the classes (as of classes_parse_given): what its file name says was found
 * (path_finding), else the label it has; others are dropped, counted in *left, and told in *others (label_counts). The
 * order of the classes is the list's from here on. Fails for a class that no item has. */
int label_classify(struct list *l, const char *classes, bool nocase, size_t *left, char **others, struct err *e);

/* Puts a class last in the list's order, so that of two it is the positive one. */
int label_positive(struct list *l, const char *label, struct err *e);

#endif
