#ifndef CMD_MODEL_H
#define CMD_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/net.h"
#include "tool/tool.h"

struct model_options {
	const char *arch, *classes, *recipe, *output, *note, *layers, *from, *prefix, *file;
	bool partial;
	uint64_t seed;
	double threshold, temperature, bias, prevalence; /* NAN: not given */
};

/* Writes the model file, whole or not at all, and frees n. */
void model_save(struct net *n, const char *path);

/* The commands; each dies with a message when it cannot do its work. */
void model_info(const struct model_options *m);
void model_import(const struct model_options *m);
void model_export(const struct model_options *m);
void model_set(const struct model_options *m);
void model_randomise(const struct model_options *m);

#endif
