#ifndef STREAM_SHARD_H
#define STREAM_SHARD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/tsv.h"
#include "stream/record.h"

/* A shard: the i-th, from 1, of n contiguous blocks of a list. n = 0: the whole. */
struct shard {
	int64_t i, n;
};

/* "i/n", or "slurm/n": i is the number of this task of an array job (SLURM_ARRAY_TASK_ID). */
int shard_parse(struct shard *s, const char *text, struct err *e);
bool shard_same(struct shard a, struct shard b);

/* Its items are those with from <= index < to. Blocks differ by one item at most; with n > items some are empty. */
void shard_block(struct shard s, int64_t items, int64_t *from, int64_t *to);

/* What a head says: 1 a shard, 0 the whole, -1 nonsense. */
int head_shard(const struct record *head, struct shard *s, struct err *e);
/* Notes in the head that only this shard follows. An error when it is another one already, or when the head does not
 * say how many items the whole has. n = 0 changes nothing. */
int head_set_shard(struct record *head, struct shard s, struct err *e);
/* How many items follow this head, errors included; 0: none, or not known. */
int64_t head_share(const struct record *head);

/* A head as the first line of a text file, "#shard<TAB>i/n<TAB>key=value..." in the order of the keys; nothing when it
 * is no shard's. The last line of such a file is "#end<TAB>rows": text that was cut short has none. */
void shard_put_head(FILE *f, const struct record *head);
void shard_put_end(FILE *f, const struct record *head, int64_t rows);
/* Is t's row such a first line? 1, filling the empty *head and *s; 0; -1: it is, and wrong. */
int shard_take_head(const struct tsv *t, struct record *head, struct shard *s, struct err *e);
/* Is t's row the last line after `rows` rows? 1, 0, or -1: the number is another. */
int shard_take_end(const struct tsv *t, int64_t rows, struct err *e);

#endif
