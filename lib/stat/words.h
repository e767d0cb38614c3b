#ifndef STAT_WORDS_H
#define STAT_WORDS_H

#include <stdbool.h>

/* The words of every measure: what tables call it, what a reader is told. Plain UTF-8, without markup. */
struct word {
	const char *name;          /* in tables and on command lines */
	const char *title, *brief; /* of a row, and of a narrow column */
	const char *meaning;
	int better; /* 1: more is, -1: less is, 0: neither */
	bool share; /* 0 to 1, drawn on that scale */
};

/* What is told of the answers, and of the maps, in the order in which reports show them. */
enum word_subject { WORD_ANSWERS, WORD_MAPS };
const struct word *word_at(enum word_subject about, int i); /* the i-th, NULL after the last */

/* By its name; "sensitivity" is recall. NULL: a measure without words. */
const struct word *word_find(const char *name);

/* Is that map (its method's name, then perhaps a dot and a layer) one that knows nothing of the network? */
bool word_is_baseline(const char *map);

#endif
