#ifndef DATA_LIST_H
#define DATA_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"

/* A list: TSV rows path, label, patient, split and any further columns, in order. */
struct item {
	char *path;            /* as given; ARCHIVE!/MEMBER inside an archive */
	char *label, *patient, *split; /* "" when not known */
	char **extra;          /* one per list.extra name */
};
struct list {
	struct item *item;
	size_t n, cap;
	char **extra; /* names of the further columns */
	int nextra;
};

/* Reads a list with or without a header line (without: paths only, label = parent folder). delimiter is '\n' or
 * '\0' (-0: paths only). */
int list_read(struct list *l, struct source *src, char delimiter, struct err *e);
int list_write(const struct list *l, FILE *f, struct err *e);
struct item *list_add(struct list *l, const char *path); /* label from the parent folder, patient from the name */
void list_free(struct list *l);

/* SHA-256 over the canonical text of the whole list (64 hex digits): streams of shards carry it. */
void list_digest(const struct list *l, char hex[65]);
/* The labels that occur, sorted by bytes, as a comma list (fresh memory, "" when there are none). */
char *list_classes(const struct list *l);

#endif
