#ifndef CMD_MODEL_H
#define CMD_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "tool.h"

struct model_options {
	const char *arch, *classes, *recipe, *output, *note, *file;
	bool partial;
	uint64_t seed;
	double threshold, temperature; /* NAN: not given */
};

/* The name of a kind of weight file that is not safetensors, by its first bytes, or NULL. */
const char *model_kind_of(const char *path);

/* The commands; each dies with a message when it cannot do its work. */
void model_info(const struct model_options *m);
void model_import(const struct model_options *m);
void model_export(const struct model_options *m);
void model_set(const struct model_options *m);

#endif
