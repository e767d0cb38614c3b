#ifndef DATA_LIST_H
#define DATA_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "stream/shard.h"

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
	bool labelled, named; /* when read: it had a column label, patient */
	/* Of scans: kinds of files passed over ("webp", "zip"; how many), and folders that could not be read, with the
	 * cause. */
	struct passed {
		char *kind;
		size_t n;
	} *passed;
	char **fault;
	size_t npassed, passedcap, nfault, faultcap;
	char *order; /* the classes in the order asked for, a list as of classes_list; NULL: none was asked for */
	/* Of a shard's list: which one it is, and what the whole is. */
	struct list_part {
		struct shard shard; /* n = 0: this is the whole */
		int64_t items;
		char digest[65], *classes;
	} part;
};

/* Reads a list into the empty *l, with or without a header line (one whose first field is "path"; without: paths only).
 * Columns that are not there are filled from the path as list_add does. delimiter is '\n' or '\0' (-0: paths only).
 * A shard's list, as list_write writes it, is taken for what it is. */
int list_read(struct list *l, struct source *src, char delimiter, struct err *e);
void list_write(const struct list *l, FILE *f); /* whoever closes f sees what could not be written */
/* Label and split from the folders, patient from the name: see data/path.h. */
struct item *list_add(struct list *l, const char *path);
void list_free(struct list *l);

/* Column by name, -1 when there is none, and its value. */
int list_column(const struct list *l, const char *name);
const char *list_value(const struct list *l, size_t i, int column);
void list_set(struct list *l, size_t i, int column, const char *text);
/* The column by name, made anew (and empty) where there is none. */
int list_new_column(struct list *l, const char *name);
/* Keeps the items that want says; it is asked once for each, in order, while those before may have moved. */
void list_keep(struct list *l, bool (*want)(const struct item *it, size_t i, void *ctx), void *ctx);
/* Keeps the items whose column has one of the values: "split=val,test". Fails when there is no such column. */
int list_only(struct list *l, const char *column_values, struct err *e);

/* Keeps only the items of a shard; n = 0 changes nothing. Fails when the list is another shard's already. */
int list_shard(struct list *l, struct shard shard, struct err *e);
/* How many items the whole list has, and the place in it of the first item of this one. */
int64_t list_items(const struct list *l);
int64_t list_first(const struct list *l);

/* SHA-256 over the canonical text of the whole list (64 hex digits): streams of shards carry it. */
void list_digest(const struct list *l, char hex[65]);
/* The classes as a list of classes_list: in the order asked for (column `classes`), else the labels that occur in that
 * of classes_sort. Fresh memory, "" when there are none. */
char *list_classes(const struct list *l);

#endif
