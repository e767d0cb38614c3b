#ifndef BASE_CHOICE_H
#define BASE_CHOICE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* Names to choose from, and lists of words. */

/* The place of name among n names; -1 where it is none: "no WHAT 'NAME': choose one of A, B, C". */
int choice_find(const char *what, const char *name, const char *const *names, int n, struct err *e);

/* One name a line, with a few words on each unless words is NULL: what an option answers to "list". */
void choice_print(FILE *f, const char *const *names, const char *const *words, int n);

/* The words of text, split at every `by`; empty ones count, so *n is one more than there are of those. One block of
 * fresh memory, which free() gives back. */
char **choice_split(const char *text, char by, int *n);

/* Whether word is one of a comma list's; "" has one word, "". */
bool choice_has(const char *list, const char *word);

/* Words in the order of their coming, each once; starts as {0}. */
struct word_list {
	char **word;
	int n;
};
int word_list_find(const struct word_list *w, const char *word); /* its place, -1: not there */
int word_list_place(struct word_list *w, const char *word);      /* the same; a new one is put last */
void word_list_free(struct word_list *w);

#endif
