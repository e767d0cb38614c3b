#ifndef STREAM_MERGE_H
#define STREAM_MERGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/file.h"
#include "stream/shard.h"

/* Shards put together again: streams, or tables. A shard says which it is: a stream in its head (`shard`, i/n, and
 * everything else as in the others), a table in its first line, which is that head as text. Tables without that line
 * are taken in the order given. */
typedef int merge_opener(struct source *s, const char *path, struct err *e); /* source_file, or one that decompresses */
struct merge {
	merge_opener *open;
	struct shard_file *file;
	int n;
	bool tables;
};

/* Names every shard and puts them in order. -1 when one is foreign, double, cut short or missing, or they are of
 * different work. Every file is opened here and again by merge_write. */
int merge_open(struct merge *m, merge_opener *open, char *const *path, int n, struct err *e);
/* The whole, byte for byte what an undivided run writes. out is called `name` in messages. */
int merge_write(const struct merge *m, FILE *out, const char *name, struct err *e);
void merge_free(struct merge *m);

#endif
