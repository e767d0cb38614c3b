#ifndef STREAM_DESCRIBE_H
#define STREAM_DESCRIBE_H

#include <stdio.h>

#include "stream/record.h"

/* For whoever looks into records: figures, JSON and .npy. */

struct stats {
	double min, mean, max; /* of the values that are numbers; nan when there are none */
	size_t nan;            /* values that are not */
};
struct stats tensor_stats(const struct tensor *t);

/* One JSON object on one line: kind, metadata, tensors (name, dtype, shape; with `figures` min, mean, max too). Fresh
 * memory. */
char *record_json(const struct record *r, bool figures);

/* The tensor as a NumPy file (format 1.0). BF16 has no NumPy type: an error. */
int tensor_write_npy(const struct tensor *t, FILE *f, struct err *e);

#endif
