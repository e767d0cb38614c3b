/* cxr-metrics: measures of a score table or a scored stream, with intervals. */
#include "metrics.h"

#include <stdlib.h>

#include "base/mem.h"

/* The options that need to know the classes. */
static void settle(struct choice *c, struct scores *s)
{
	int k = c->positive ? scores_class(s, c->positive) : s->nclass - 1;

	if (k < 0)
		die_usage("option --positive: no class '%s' in the scores", c->positive);
	if (s->nclass > 2 && (c->positive || c->has_threshold || c->choose_on))
		die_usage("options --positive, --threshold and --choose-on need two classes, here are %d", s->nclass);
	if (s->seen && !c->allow_seen)
		die("%lld of %zu pictures were trained on; measure on others (--allow-seen goes on all the same)",
		    (long long)s->seen, s->n);
	c->how.positive = k;
	if (c->has_threshold)
		scores_predict(s, k, c->threshold, "option");
	if (c->choose_on)
		choose_threshold(c, s);
	for (size_t i = 1; i < s->n; i++)
		if (s->item[i].label != s->item[0].label)
			return;
	warn("all labels are '%s': auc and others are not defined (nan)", s->class[s->item[0].label]);
}

static void write_curves(const struct metrics *m, const char *dir)
{
	struct outfile out;
	struct err e;

	if (file_mkdirs(dir, &e))
		die_err(&e);
	for (int c = 0; c < NCURVE; c++) {
		char *path = xasprintf("%s/%s.tsv", dir, curve_name[c]);
		if (outfile_open(&out, path, &e))
			die_err(&e);
		metrics_curve(m, c, out.f);
		if (outfile_commit(&out, &e))
			die_err(&e);
		free(path);
	}
}

int main(int argc, char **argv)
{
	struct choice c;
	struct scores s;
	struct metrics m;
	struct err e;

	choice_parse(&c, argc, argv);
	input_scores(&s, c.input, c.filter, c.nfilter);
	settle(&c, &s);
	if (metrics_make(&m, &s, &c.how, &e))
		die_err(&e);
	if (c.output)
		write_curves(&m, c.output);
	if (c.curve >= 0)
		metrics_curve(&m, c.curve, stdout);
	else if (c.format == 't')
		metrics_table(&m, stdout);
	else
		(c.format == 'j' ? metrics_json : metrics_tsv)(&m, stdout);
	metrics_free(&m);
	scores_free(&s);
	choice_free(&c);
	tool_finish(EXIT_OK);
}
