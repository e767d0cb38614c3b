#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "stream/stream.h"

struct show_want {
	bool verbose, json, extract, cat;
	int64_t item; /* -1: not chosen by number */
	const char *id, *npy;
};

/* show_pick.c: all records, or those that are wanted, on standard output. */
void show_stream(struct reader *r, const struct show_want *want);

/* show_print.c: one line, or with `verbose` a paragraph, about a record on standard output. */
void show_record(const struct record *r, bool verbose);

/* One of the files to be merged. A shard says which it is: a stream in its head (`shard`, i/n, and everything else as
 * in the others), a table in its first line, which is that head as text. Tables without that line are taken in the
 * order given. */
struct part {
	const char *path;
	struct shard shard; /* n = 0 when it does not say */
	int64_t items;      /* of the whole work; -1 when it does not say */
	char *work;         /* what must be the same in all shards of one piece of work */
	char *header;       /* of a table: that line, */
	char *first;        /* and its first row */
	bool table;
};

/* show_shards.c: names every shard and puts them in order; dies when they do not make one whole. */
struct part *parts_identify(char *const *path, int n);
void parts_free(struct part *s, int n);
/* Takes from a head which shard it is, and of what. */
void part_take_head(struct part *s, const struct record *head);

/* show_table.c */
void part_identify_table(struct part *s);
void part_cat_tables(struct part *s, int n);

/* show_cat.c: merges shards, streams or score tables, to standard output. */
void show_cat(char *const *path, int n);

#endif
