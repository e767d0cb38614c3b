/* Threshold, temperature, bias and prevalence of a model, set after it was trained. */
#include "nn/setting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/tsv.h"
#include "stat/conformal.h"

/* When not to answer; a row of a class that there is. */
static int set_cuts(struct net *n, const char *name, const char *value, struct err *e)
{
	int64_t class;
	double cut;

	if (!num_int(name + strlen("conformal."), 0, n->classes.n - 1, &class))
		return err_set(e, "'%s' is of no class of the model", name);
	if (conformal_find(value, .99, &cut, e))
		return err_prefix(e, "%s", name);
	record_set(&n->meta, name, value);
	return 0;
}

/* Figures and what images were like where the model was calibrated: numbers with blanks between, kept as they are. What
 * could not be measured there is nan. */
static int set_figure(struct net *n, const char *name, const char *value, struct err *e)
{
	char *copy = xstrdup(value), *rest = copy, *word;
	double x;
	int rc = 0;

	while (!rc && (word = strsep(&rest, " ")))
		if (!num_double(word, &x) || isinf(x))
			rc = err_set(e, "%s: '%s' is no number", name, word);
	if (!rc)
		record_set(&n->meta, name, value);
	free(copy);
	return rc;
}

static void forget(struct net *n, const char *prefix)
{
	for (int i = n->meta.nmeta - 1; i >= 0; i--)
		if (!strncmp(n->meta.meta[i].key, prefix, strlen(prefix)))
			record_set(&n->meta, n->meta.meta[i].key, NULL);
}

static int set_row(struct net *n, const char *name, const char *value, struct err *e)
{
	double x;

	if (!strcmp(name, "note")) {
		record_set(&n->meta, "threshold.note", value);
		return 0;
	}
	if (!strncmp(name, "conformal.", 10))
		return set_cuts(n, name, value, e);
	if (!strncmp(name, "figure.", 7) || !strncmp(name, "reference.", 10))
		return set_figure(n, name, value, e);
	if (!num_double(value, &x) || !isfinite(x))
		return err_set(e, "%s: '%s' is no number", name, value);
	if (!strcmp(name, "threshold") && x >= 0 && x <= 1)
		n->threshold = x;
	else if (!strcmp(name, "temperature") && x > 0)
		n->temperature = x;
	else if (!strcmp(name, "bias") && n->classes.n == 2)
		n->bias = x;
	else if (!strcmp(name, "prevalence") && x > 0 && x < 1)
		record_set(&n->meta, "prevalence", value);
	else
		return err_set(e, "'%s %s' is nothing that a model can be set to", name, value);
	return 0;
}

static int read_rows(struct net *n, struct tsv *t, struct err *e)
{
	int rc;

	while ((rc = tsv_next(t, e)) > 0) {
		if (t->nfield != 2)
			return err_set(e, "%s: line %ld: not a name and a value, as cxr-metrics calibrate -o writes them",
			               t->src->name, t->line);
		if (t->line > 1 && set_row(n, t->field[0], t->field[1], e))
			return err_prefix(e, "%s", t->src->name);
	}
	return rc;
}

int setting_read(struct net *n, const char *path, struct err *e)
{
	struct source src;
	struct tsv t;
	int rc;

	if (source_file(&src, path, e))
		return -1;
	n->bias = 0;
	record_set(&n->meta, "prevalence", NULL);
	forget(n, "conformal.");
	forget(n, "figure.");
	forget(n, "reference.");
	tsv_init(&t, &src, '\n');
	t.whole = true;
	rc = read_rows(n, &t, e);
	tsv_free(&t);
	source_close(&src);
	return rc;
}

int setting_bias(struct net *n, double bias, struct err *e)
{
	if (n->classes.n != 2)
		return err_set(e, "a bias needs two classes, here are %d", n->classes.n);
	n->bias = bias;
	return 0;
}

static double log_odds(double p)
{
	return log(p / (1 - p));
}

int setting_prevalence(struct net *n, double prevalence, struct err *e)
{
	const char *before = record_get(&n->meta, "prevalence");
	char text[NUM_TEXT];
	double x, shift;

	if (n->classes.n != 2)
		return err_set(e, "a prevalence needs two classes, here are %d", n->classes.n);
	if (!before || !num_double(before, &x) || !(x > 0 && x < 1))
		return err_set(e, "the prevalence that the model was calibrated at is not known: set --from what "
		               "cxr-metrics calibrate -o writes");
	shift = log_odds(prevalence) - log_odds(x);
	n->bias += shift;
	if (n->threshold > 0 && n->threshold < 1)
		n->threshold = 1 / (1 + exp(-log_odds(n->threshold) - shift));
	record_set(&n->meta, "prevalence", num_text(prevalence, text));
	return 0;
}
