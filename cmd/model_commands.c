/* The commands of cxr-model but import. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "model.h"
#include "zoo/weights.h"
#include "zoo/zoo.h"

static struct net *load(const char *path)
{
	struct err e;
	struct net *n = zoo_load(path, &e);

	if (!n)
		die_err(&e);
	return n;
}

static int write_record(const struct record *r, FILE *f, struct err *e)
{
	return record_write(r, f, NULL, e);
}

static void write_whole(const struct record *r, const char *path,
                        int (*put)(const struct record *r, FILE *f, struct err *e))
{
	struct outfile o;
	struct err e;

	if (outfile_open(&o, path, &e))
		die_err(&e);
	if (put(r, o.f, &e))
		die("%s: %s", path, e.text);
	if (outfile_commit(&o, &e))
		die_err(&e);
}

void model_save(struct net *n, const char *path)
{
	struct record r = {0};

	net_to_record(n, &r);
	write_whole(&r, path, write_record);
	record_free(&r);
	net_free(n);
}

/* A model of somebody else's may hold anything: control bytes become '?', as in cxr-show. */
static void put(const char *s, char end)
{
	for (; *s; s++)
		putchar((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
	putchar(end);
}

void model_info(const struct model_options *m)
{
	struct net *n = load(m->file);
	struct record r = {0};

	net_to_record(n, &r);
	for (int i = 0; i < r.nmeta; i++) {
		const char *key = r.meta[i].key, *value = r.meta[i].value;

		if (strcmp(key, "cxr") == 0)
			continue;
		if (strcmp(key, "train.sha256") == 0) {
			printf("train.pictures\t%zu\n", strlen(value) / 16);
		} else {
			put(key, '\t');
			put(value, '\n');
		}
	}
	printf("parameters\t%zu\nstatistics\t%zu\n\n", graph_count(n->g), graph_statistics(n->g));
	graph_dump(n->g, stdout);
	record_free(&r);
	net_free(n);
}

/* Tensors only, as safetensors' own libraries write them for torch, or numpy's. */
void model_export(const struct model_options *m)
{
	size_t length = strlen(m->output);
	bool npz = length >= 4 && strcmp(m->output + length - 4, ".npz") == 0;
	struct net *n = load(m->file);
	struct record r = {0};

	net_to_record(n, &r);
	while (r.nmeta)
		record_set(&r, r.meta[0].key, NULL);
	record_set(&r, "format", "pt");
	write_whole(&r, m->output, npz ? weights_write_npz : write_record);
	record_free(&r);
	net_free(n);
}

void model_set(const struct model_options *m)
{
	struct net *n;

	if (isnan(m->threshold) && isnan(m->temperature))
		die_usage("cxr-model set needs --threshold or --temperature");
	n = load(m->file);
	input_forget(m->file); /* a model may be set onto itself: all of it is in memory, and it is replaced whole */
	if (!isnan(m->threshold))
		n->threshold = m->threshold;
	if (!isnan(m->temperature))
		n->temperature = m->temperature;
	/* An older note tells of older values: it goes in either case. */
	char *note = m->note ? text_escape(m->note, strlen(m->note)) : NULL;
	record_set(&n->meta, "threshold.note", note);
	free(note);
	model_save(n, m->output);
}
