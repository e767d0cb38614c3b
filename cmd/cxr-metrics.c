/* cxr-metrics: measures of a score table or a scored stream, with intervals. */
#include "metrics.h"

#include <stdlib.h>

#include "base/mem.h"

static void check(struct choice *c)
{
	if (c->choose_on && c->has_threshold)
		die_usage("options --threshold and --choose-on exclude each other");
	if (!c->choose_on && c->has_rule)
		die_usage("option --choose needs --choose-on");
	if (!c->calibrate_on && c->has_calibrate)
		die_usage("option --calibrate needs --calibrate-on");
	if (!c->choose_on && !c->calibrate_on && c->force)
		die_usage("option --force needs --choose-on or --calibrate-on");
	if ((c->by != NULL) + (c->compare != NULL) + (c->curve >= 0) > 1)
		die_usage("options --by, --compare and --curve exclude each other");
	if ((c->by || c->compare) && c->format == 'j')
		die_usage("options --by and --compare print TSV");
	if (c->maps && (c->by || c->compare || c->curve >= 0 || c->output || c->choose_on || c->calibrate_on ||
	                c->has_threshold || c->positive || c->format == 'j'))
		die_usage("option --maps goes with --only, --level, --bootstrap and --seed");
	if (c->by && c->nfilter == MAX_FILTERS)
		die_usage("option --only: at most %d times with --by", MAX_FILTERS - 1);
	if (c->by)
		c->filter[c->nfilter++] = (struct filter){c->by, NULL};
}

/* The options that need to know the classes. */
static void settle(struct choice *c, struct scores *s)
{
	struct calibration calibration;
	int k = c->positive ? scores_class(s, c->positive) : s->nclass - 1;

	if (k < 0)
		die_usage("option --positive: no class '%s' in the scores", c->positive);
	if (s->nclass > 2 && (c->positive || c->has_threshold || c->choose_on || c->platt))
		die_usage("options --positive, --threshold, --choose-on and --calibrate platt need two classes, here are %d",
		          s->nclass);
	if (s->seen && !c->allow_seen)
		die("%lld of %zu images were trained on; measure on others (--allow-seen goes on all the same)",
		    (long long)s->seen, s->n);
	c->how.positive = k;
	if (c->has_threshold)
		scores_predict(s, k, c->threshold, "option");
	if (c->calibrate_on) {
		calibration = calibrate_fit(c, s);
		calibrate_use(&calibration, k, s);
	}
	if (c->choose_on)
		choose_threshold(c, c->calibrate_on ? &calibration : NULL, s);
	shifts_follow(c, c->calibrate_on ? &calibration : NULL, s);
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

static void measure(struct choice *c)
{
	struct scores s;
	struct metrics m;
	struct err e;

	input_scores(&s, c->input, c->filter, c->nfilter);
	settle(c, &s);
	if (metrics_make(&m, &s, &c->how, &e))
		die_err(&e);
	if (s.nshifted && !c->by && !c->compare && c->curve < 0)
		stress_measure(&m);
	if (c->output)
		write_curves(&m, c->output);
	if (c->by)
		print_groups(c, &s);
	else if (c->compare)
		print_comparison(c, &s);
	else if (c->curve >= 0)
		metrics_curve(&m, c->curve, stdout);
	else if (c->format == 't') {
		metrics_table(&m, stdout);
		stress_table(&m, stdout);
	} else
		(c->format == 'j' ? metrics_json : metrics_tsv)(&m, stdout);
	metrics_free(&m);
	scores_free(&s);
}

int main(int argc, char **argv)
{
	struct choice c;

	choice_parse(&c, argc, argv);
	check(&c);
	(c.maps ? print_maps : measure)(&c);
	for (int i = 0; i < c.nfilter; i++)
		if (c.filter[i].value)
			free((char *)c.filter[i].column);
	tool_finish(EXIT_OK);
}
