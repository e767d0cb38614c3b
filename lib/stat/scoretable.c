/* The score table read by the names of its columns. */
#include "stat/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/budget.h"
#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

/* Where the columns of a score table are; -1: absent. */
struct score_columns {
	int id, label, patient, pred, status, shift, spread, odd, sha256;
	int *z, nz, *p, np, *filter; /* np 0: of raw outputs alone, one for each class */
	char **class;
	int nclass;
	double *number; /* z then p of the current row */
};

static void columns_free(struct score_columns *c)
{
	for (int k = 0; k < c->nclass; k++)
		free(c->class[k]);
	free(c->class);
	free(c->z);
	free(c->p);
	free(c->filter);
	free(c->number);
}

/* With what else another program may have written the table: other marks between columns, quotes, capitals. */
static int no_column(const struct tsv *t, const char *name, struct err *e)
{
	static const char mark[] = ",; ", *const called[] = {"commas", "semicolons", "blanks"};

	for (int k = 0; t->nfield == 1 && mark[k]; k++)
		if (strchr(t->field[0], mark[k]))
			return err_set(e, "%s: a table with %s, not a score table, whose columns are parted by tabs", t->src->name,
			               called[k]);
	for (int i = 0; i < t->nfield; i++) {
		size_t n = strlen(t->field[i]);
		if (n == strlen(name) + 2 && *t->field[i] == '"' && !strncmp(t->field[i] + 1, name, n - 2))
			return err_set(e, "%s: column %.200s is in quotes, which a score table has none of", t->src->name, t->field[i]);
		if (!strcasecmp(t->field[i], name))
			return err_set(e, "%s: column '%s' is called '%.200s' in the header", t->src->name, name, t->field[i]);
	}
	return err_set(e, "%s: no column '%s' in the header (is it a score table?)", t->src->name, name);
}

static int class_named(const struct score_columns *c, const char *name)
{
	for (int k = 0; k < c->nclass; k++)
		if (!strcmp(c->class[k], name))
			return k;
	return -1;
}

/* Raw outputs in the order of the classes: by their names, where these are the classes'; else as they stand. */
static int order_outputs(struct score_columns *c, const struct tsv *t, struct err *e)
{
	int *z = xcalloc((size_t)c->nz + 1, sizeof *z), known = 0, stranger = 0;

	for (int i = 0; c->nz == c->nclass && i < c->nz; i++) {
		int k = class_named(c, t->field[c->z[i]] + 2);
		if (k < 0) {
			stranger = i;
			continue;
		}
		z[k] = c->z[i];
		known++;
	}
	if (known == c->nz)
		memcpy(c->z, z, (size_t)c->nz * sizeof *z);
	free(z);
	return known == 0 || known == c->nz ? 0 : err_set(e, "%s: raw output '%s' where others bear the classes' names",
	                                                  t->src->name, t->field[c->z[stranger]]);
}

static int columns_find(struct score_columns *c, const struct tsv *t, const struct filter *filter, int nfilter,
                        struct err *e)
{
	int n = t->nfield;

	if (n && !strcmp(t->field[0], "#shard"))
		return err_set(e, "%s: a shard of a score table: merge all of them first (cxr-show --cat)", t->src->name);
	c->z = xcalloc(n, sizeof *c->z);
	c->p = xcalloc(n, sizeof *c->p);
	c->class = xcalloc(n, sizeof *c->class);
	c->filter = xcalloc(nfilter + 1, sizeof *c->filter);
	c->number = xcalloc(2 * (size_t)n, sizeof *c->number);
	for (int i = 0; i < n; i++) {
		if (!strncmp(t->field[i], "z_", 2))
			c->z[c->nz++] = i;
		if (!strncmp(t->field[i], "p_", 2)) {
			c->class[c->nclass++] = xstrdup(t->field[i] + 2);
			c->p[c->np++] = i;
		}
	}
	for (int k = 0; !c->np && c->nz > 1 && k < c->nz; k++)
		c->class[c->nclass++] = xstrdup(t->field[c->z[k]] + 2);
	c->id = tsv_find(t, "id");
	c->label = tsv_find(t, "label");
	c->patient = tsv_find(t, "patient");
	c->pred = tsv_find(t, "pred");
	c->status = tsv_find(t, "status");
	c->spread = tsv_find(t, "sd");
	c->odd = tsv_find(t, "odd");
	c->shift = tsv_find(t, "x.stress");
	c->sha256 = tsv_find(t, "sha256");
	if (c->sha256 < 0)
		c->sha256 = tsv_find(t, "x.sha256");
	for (int i = 0; i < nfilter; i++) {
		if ((c->filter[i] = tsv_find(t, filter[i].column)) < 0)
			return no_column(t, filter[i].column, e);
		if (c->filter[i] == c->shift)
			c->shift = -1; /* what is asked for is measured as it is */
	}
	if (c->id < 0 || c->label < 0)
		return no_column(t, c->id < 0 ? "id" : "label", e);
	if (c->nclass < 2)
		return no_column(t, c->np ? "p_ of a second class" : "p_CLASS", e);
	return order_outputs(c, t, e);
}

static bool has_score(const struct tsv *t, const struct score_columns *c)
{
	const char *status = c->status < 0 ? "ok" : t->field[c->status];
	return !strcmp(status, "ok") || !strcmp(status, "seen");
}

/* Of a column that may be absent or empty, or hold nan; 0: it is not known. What is no number is not taken for that. */
static int optional(const struct tsv *t, int column, double *x, struct err *e)
{
	const char *text = column < 0 ? "" : t->field[column];

	*x = 0;
	if (*text && (!num_double(text, x) || isinf(*x)))
		return err_set(e, "'%s' is not a number", text);
	if (isnan(*x))
		*x = 0;
	return 0;
}

static int add_row(struct scores *s, const struct tsv *t, const struct score_columns *c, const char *group,
                   struct err *e)
{
	double spread = 0, odd = 0;

	if (has_score(t, c) && (optional(t, c->spread, &spread, e) || optional(t, c->odd, &odd, e)))
		return -1;
	for (int i = 0; has_score(t, c) && i < c->nz + c->np; i++) {
		int column = i < c->nz ? c->z[i] : c->p[i - c->nz];
		if (!num_double(t->field[column], &c->number[i]))
			return err_set(e, "'%s' is not a number", t->field[column]);
	}
	if (!c->np && has_score(t, c))
		scores_softmax(c->number, c->nz, c->number + c->nz);
	return scores_add(s, &(struct score_row){
		.id = t->field[c->id],
		.label = t->field[c->label],
		.patient = c->patient < 0 ? "" : t->field[c->patient],
		.pred = c->pred < 0 ? NULL : t->field[c->pred],
		.status = c->status < 0 ? NULL : t->field[c->status],
		.z = c->number,
		.group = group,
		.shift = c->shift < 0 ? NULL : t->field[c->shift],
		.p = c->number + c->nz,
		.nz = c->nz,
		.spread = spread,
		.odd = odd,
		.sha256 = c->sha256 < 0 ? NULL : t->field[c->sha256],
	}, e);
}

static int read_rows(struct scores *s, struct tsv *t, const struct score_columns *c, const struct filter *filter,
                     int nfilter, struct err *e)
{
	int rc;

	while ((rc = tsv_next(t, e)) > 0) {
		const char *group = NULL;
		bool keep = true;
		for (int i = 0; i < nfilter; i++)
			if (filter[i].value)
				keep = keep && choice_has(filter[i].value, t->field[c->filter[i]]);
			else
				group = t->field[c->filter[i]];
		if (keep && add_row(s, t, c, group, e))
			return err_prefix(e, "%s: line %ld", t->src->name, t->line);
	}
	return rc;
}

int scores_read(struct scores *s, struct source *src, const struct filter *filter, int nfilter, struct err *e)
{
	struct tsv t;
	struct score_columns c = {0};

	*s = (struct scores){0};
	tsv_init(&t, src, '\n');
	budget_for("the score table");
	t.what = "a score table";
	t.whole = t.table = true;
	int rc = tsv_next(&t, e);
	if (rc == 0)
		rc = err_set(e, "%s: empty, not a score table", src->name);
	else if (rc > 0)
		rc = columns_find(&c, &t, filter, nfilter, e);
	if (rc == 0 && scores_start(s, c.class, c.nclass, e))
		rc = err_prefix(e, "%s", src->name);
	s->outputs_only = !c.np;
	if (rc == 0)
		rc = read_rows(s, &t, &c, filter, nfilter, e);
	if (rc == 0 && scores_end(s, e))
		rc = err_prefix(e, "%s", src->name);
	columns_free(&c);
	tsv_free(&t);
	return rc;
}
