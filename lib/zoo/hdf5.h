#ifndef ZOO_HDF5_H
#define ZOO_HDF5_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The weights of a Keras .h5 file (save_weights, or the weights of a saved model) in the order of its layers: root or
 * model_weights has layer_names, each of these groups weight_names. each() gets a weight's name ("conv1/kernel:0"), its
 * shape (at most 4 dimensions) and its values, which become each()'s to free(). External files, links to other files,
 * and filters that are not built in are refused. libhdf5 parses the file in a child process (base/cage.h): a file that
 * breaks it is an error. When this was built without HDF5: an error that says so. Private to lib/zoo. */
struct h5_weight {
	const char *name;
	int ndim;
	int64_t shape[4];
	float *data;
};
typedef int h5_each(void *ctx, struct h5_weight w, struct err *e);
int h5_weights(const unsigned char *bytes, size_t n, h5_each *each, void *ctx, struct err *e);

#endif
