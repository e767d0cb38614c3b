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

/* A shard says which it is: a stream in its head (`shard`, i/n, and everything else as in the others), a score table
 * in a first line "#shard<TAB>i/n<TAB>...", whose rest is the same in all. Tables without that line are taken in the
 * order given. */
struct shard {
	const char *path;
	char *work;    /* what must be the same in all shards of one piece of work */
	char *first;   /* of a table: its first row */
	int64_t i, n;  /* 0 when it does not say */
	int64_t items; /* of the whole work; -1 when it does not say */
	bool table;
};

/* show_shards.c: names every shard and puts them in order; dies when they do not make one whole. */
struct shard *shards_identify(char *const *path, int n);
void shards_free(struct shard *s, int n);
void shard_parse_number(struct shard *s, const char *text);
void shard_check_items(const struct shard *s, int64_t got);

/* show_table.c */
void shard_identify_table(struct shard *s);
void shard_cat_tables(struct shard *s, int n);

/* show_cat.c: merges shards, streams or score tables, to standard output. */
void show_cat(char *const *path, int n);

#endif
