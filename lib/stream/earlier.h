#ifndef STREAM_EARLIER_H
#define STREAM_EARLIER_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "stream/record.h"

/* What a run that died left in the file that it wrote to: whole records or lines, perhaps followed by a part of one. It
 * is read from the start; what has been read counts as written, the rest is cut off before anything is written. */
struct earlier;
/* f writes to the file, opened for appending (>> FILE), and nothing has been put into it. NULL with *e where that is no
 * file. */
struct earlier *earlier_open(FILE *f, struct err *e);
/* Are these the next bytes? 1; 0: the file ends among them; -1: others are there. */
int earlier_bytes(struct earlier *a, const void *bytes, size_t n, struct err *e);
/* The next record, if it is whole: 1 (crc updated), else 0. */
int earlier_record(struct earlier *a, struct record *r, uint32_t *crc);
/* The next line without its end, if it is whole, valid until the next call; else NULL. It counts as written only after
 * earlier_keep. */
const char *earlier_line(struct earlier *a);
void earlier_keep(struct earlier *a);
/* 0 when nothing is behind what has been read, else -1. */
int earlier_end(struct earlier *a, struct err *e);
/* Cuts off what does not count as written and frees a; f goes on from there. */
int earlier_close(struct earlier *a, struct err *e);
/* The same without touching the file, and *a becomes NULL; -1, for the one who found other work there. */
int earlier_leave(struct earlier **a);

#endif
