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
	text_put_clean(stdout, s, strlen(s));
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
/* A name that promises another format would be believed. */
static void check_format(const char *path)
{
	static const char *const others[] = {".pth", ".pt", ".bin", ".tar", ".h5", ".hdf5", ".keras", ".onnx", ".pkl", ".npy"};
	size_t n = strlen(path), k;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (n > (k = strlen(others[i])) && !strcmp(path + n - k, others[i]))
			die_usage("%s: export writes safetensors, or .npz, not %s", path, others[i]);
}

void model_export(const struct model_options *m)
{
	check_format(m->output);
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

/* A row of what cxr-metrics calibrate wrote. */
static void set_row(struct net *n, const char *path, const struct tsv *t)
{
	const char *name = t->field[0], *value = t->field[1];
	double x;

	if (!strcmp(name, "note")) {
		record_set(&n->meta, "threshold.note", value);
		return;
	}
	if (!num_double(value, &x) || !isfinite(x))
		die("%s: %s: '%s' is no number", path, name, value);
	if (!strcmp(name, "threshold") && x >= 0 && x <= 1)
		n->threshold = x;
	else if (!strcmp(name, "temperature") && x > 0)
		n->temperature = x;
	else if (!strcmp(name, "bias") && n->classes.n == 2)
		n->bias = x;
	else if (!strcmp(name, "prevalence") && x > 0 && x < 1)
		record_set(&n->meta, "prevalence", value);
	else
		die("%s: '%s %s' is nothing that a model can be set to", path, name, value);
}

static void set_from(struct net *n, const char *path)
{
	/* a file without these rows was fitted without them, and an older prevalence was that of an older fit */
	n->bias = 0;
	record_set(&n->meta, "prevalence", NULL);
	struct source src;
	struct tsv t;
	struct err e;
	int rc;

	if (source_file(&src, path, &e))
		die_err(&e);
	tsv_init(&t, &src, '\n');
	while ((rc = tsv_next(&t, &e)) > 0)
		if (t.nfield != 2)
			die("%s: line %ld: not a name and a value, as cxr-metrics calibrate -o writes them", path, t.line);
		else if (t.line > 1)
			set_row(n, path, &t);
	if (rc < 0)
		die_err(&e);
	tsv_free(&t);
	source_close(&src);
}

static double log_odds(double p)
{
	return log(p / (1 - p));
}

/* Prior shift (Saerens 2002): the log odds move by as much as those of the prevalence. The threshold moves along, so
 * that the same images are called positive. */
static void set_prevalence(struct net *n, double prevalence)
{
	const char *before = record_get(&n->meta, "prevalence");
	double x;
	char text[NUM_TEXT];

	if (n->classes.n != 2)
		die("option --prevalence needs two classes, here are %d", n->classes.n);
	if (!before || !num_double(before, &x) || !(x > 0 && x < 1))
		die("the prevalence that the model was calibrated at is not known: set --from what cxr-metrics calibrate -o writes");
	double shift = log_odds(prevalence) - log_odds(x);
	n->bias += shift;
	if (n->threshold > 0 && n->threshold < 1)
		n->threshold = 1 / (1 + exp(-log_odds(n->threshold) - shift));
	record_set(&n->meta, "prevalence", num_text(prevalence, text));
}

void model_set(const struct model_options *m)
{
	struct net *n;

	if (isnan(m->threshold) && isnan(m->temperature) && isnan(m->bias) && isnan(m->prevalence) && !m->from)
		die_usage("cxr-model set needs --threshold, --temperature, --bias, --prevalence or --from");
	n = load(m->file);
	input_forget(m->file); /* a model may be set onto itself: all of it is in memory, and it is replaced whole */
	record_set(&n->meta, "threshold.note", NULL); /* an older note tells of older values */
	if (m->from)
		set_from(n, m->from);
	if (!isnan(m->temperature))
		n->temperature = m->temperature;
	if (!isnan(m->bias) && n->classes.n != 2)
		die("option --bias needs two classes, here are %d", n->classes.n);
	if (!isnan(m->bias))
		n->bias = m->bias;
	if (!isnan(m->prevalence))
		set_prevalence(n, m->prevalence);
	if (!isnan(m->threshold))
		n->threshold = m->threshold;
	if (m->note) {
		char *note = text_escape(m->note, strlen(m->note));
		record_set(&n->meta, "threshold.note", note);
		free(note);
	}
	model_save(n, m->output);
}
