/* Scores from a stream whose items carry `logit` and `prob`. */
#include "eval/eval.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "stream/stream.h"

static const double *doubles(const struct tensor *t, double *out, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = ((const float *)t->data)[i];
	return out;
}

static bool is_vector(const struct tensor *t)
{
	return t && t->type == DT_F32 && t->ndim == 1 && t->shape[0] <= 100000;
}

static int add_item(struct scores *s, const struct record *r, const char *group, struct err *e)
{
	const struct tensor *z = record_tensor(r, "logit"), *p = record_tensor(r, "prob");
	const char *id = record_get(r, "id"), *label = record_get(r, "label"), *patient = record_get(r, "patient");
	struct score_row row = {id ? id : "", label ? label : "", patient ? patient : "", .status = "ok",
	                        .group = group, .sha256 = record_get(r, "sha256")};
	const char *odd = record_get(r, "odd");

	if (record_error(r)) {
		row.status = "error";
		return scores_add(s, &row, e);
	}
	if (!p && !z)
		return err_set(e, "no scores in the stream: pass it through cxr-infer first");
	row.nz = z && is_vector(z) ? z->shape[0] : 0;
	if ((z && !row.nz) || (p ? !is_vector(p) || p->shape[0] != s->nclass
	                         : row.nz != s->nclass && !(row.nz == 1 && s->nclass == 2)))
		return err_set(e, "the scores do not fit the %d classes of the stream", s->nclass);
	double *number = xcalloc(row.nz + s->nclass, sizeof *number);
	row.z = z ? doubles(z, number, row.nz) : NULL;
	row.p = number + row.nz;
	if (p)
		doubles(p, number + row.nz, s->nclass);
	else
		scores_softmax(row.z, row.nz, number + row.nz);
	s->outputs_only |= !p;
	if (odd && !num_double(odd, &row.odd))
		row.odd = 0;
	if (record_get(r, "seen"))
		row.status = "seen";
	if (record_get(r, "undecided"))
		row.pred = "undecided";
	int rc = scores_add(s, &row, e);
	free(number);
	return rc;
}

/* *group becomes the value of the column that parts the items. */
static bool selected(const struct record *r, const struct filter *filter, int nfilter, const char **group)
{
	*group = NULL;
	for (int i = 0; i < nfilter; i++) {
		const char *value = record_get(r, filter[i].column);
		if (!filter[i].value)
			*group = value ? value : "";
		else if (!choice_has(filter[i].value, value ? value : ""))
			return false;
	}
	return true;
}

/* What the stream said before its first item. */
struct stream_facts {
	char *classes;    /* the models' (prob has an entry for each), else the head's */
	double threshold; /* the models', .5 where they do not agree on one */
	const char *rule;
	int models;
};

static void take_model(struct stream_facts *t, const struct record *model)
{
	const char *text = record_get(model, "threshold"), *classes = record_get(model, "classes");
	double x;
	bool given = text && num_double(text, &x) && x >= 0 && x <= 1;

	if (!given)
		x = .5;
	if (classes) {
		free(t->classes);
		t->classes = xstrdup(classes);
	}
	if (t->models++ && x != t->threshold) {
		x = .5;
		t->rule = "default, the models' thresholds differ";
	} else if (given)
		t->rule = "model";
	t->threshold = x;
}

static int start(struct scores *s, const struct stream_facts *t, struct err *e)
{
	struct classes c;

	if (classes_parse(&c, t->classes, e))
		return -1;
	int rc = scores_start(s, c.name, c.n, e);
	s->threshold = t->threshold;
	s->rule = t->rule;
	classes_free(&c);
	return rc;
}

static int read_items(struct scores *s, struct reader *in, struct stream_facts *t, const struct filter *filter,
                      int nfilter, struct err *e)
{
	struct record r = {0};
	const char *group;
	int rc;

	while ((rc = reader_next(in, &r, e)) > 0) {
		if (!strcmp(record_kind(&r), "model") && in->items == 0)
			take_model(t, &r);
		if (!record_is_item(&r))
			continue;
		if ((in->items == 1 && start(s, t, e)) || (selected(&r, filter, nfilter, &group) && add_item(s, &r, group, e))) {
			rc = err_prefix(e, "%s: item %lld", in->src->name, (long long)in->items);
			break;
		}
	}
	if (rc == 0 && scores_end(s, e))
		rc = err_prefix(e, "%s", in->src->name);
	record_free(&r);
	return rc;
}

int eval_stream(struct scores *s, struct source *src, const struct filter *filter, int nfilter, struct err *e)
{
	struct reader in;

	*s = (struct scores){0};
	if (reader_open(&in, src, e))
		return -1;
	const char *list = record_get(&in.head, "classes");
	struct stream_facts t = {xstrdup(list ? list : ""), .5, "default", 0};
	int rc = read_items(s, &in, &t, filter, nfilter, e);
	free(t.classes);
	reader_close(&in);
	return rc;
}
