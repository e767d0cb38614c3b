/* The options of cxr-metrics. */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	JSON = 256, POSITIVE, THRESHOLD, CHOOSE, CHOOSE_ON, FORCE, ALLOW_SEEN, ONLY, CURVE, INTERVAL, LEVEL, BOOTSTRAPS, SEED,
	CALIBRATE, CALIBRATE_ON, BY, COMPARE, MAPS
};
static const struct opt options[] = {
	{'f', "format", "NAME", "table, tsv or json [table on a terminal, else tsv]", NULL},
	{JSON, "json", NULL, "the same as --format json", NULL},
	{CURVE, "curve", "NAME", "print a table instead: roc, pr, calibration, confusion, decision, operating,\n"
	 "                       prevalence, referral or failures", NULL},
	{BY, "by", "COLUMN", "print each group of this column beside the rest instead", NULL},
	{COMPARE, "compare", "FILE", "print the difference to the scores of FILE instead", NULL},
	{MAPS, "maps", NULL, "FILE is a table of cxr-cam -t --measure: print the mean of every measure", NULL},
	{'o', "output", "DIR", "also write every curve to DIR/NAME.tsv", NULL},
	{POSITIVE, "positive", "CLASS", "the positive one of two classes [the last]", NULL},
	{THRESHOLD, "threshold", "X", "predict the positive class where p >= X [pred column, model's, .5]", NULL},
	{CHOOSE_ON, "choose-on", "FILE", "choose the threshold on the scores of FILE, e.g. val.tsv", NULL},
	{CHOOSE, "choose", "RULE", "youden, sensitivity=X, specificity=X, ppv=X or cost=X [%s]", "youden"},
	{CALIBRATE_ON, "calibrate-on", "FILE", "fit the probabilities to the labels of FILE, e.g. val.tsv", NULL},
	{CALIBRATE, "calibrate", "NAME", "temperature or platt [%s]", "temperature"},
	{FORCE, "force", NULL, "choose and calibrate on images that are measured on, too", NULL},
	{ONLY, "only", "COLUMN=VALUE", "use only these rows, e.g. split=test; may be repeated", NULL},
	{ALLOW_SEEN, "allow-seen", NULL, "measure on images that were trained on, too", NULL},
	{INTERVAL, "interval", "NAME", "closed (Wilson, DeLong) or bootstrap for all [%s]", "closed"},
	{LEVEL, "level", "X", "of the intervals [%s]", "0.95"},
	{BOOTSTRAPS, "bootstrap", "N", "resamples of the patients, 0: none [%s]", "1000"},
	{SEED, "seed", "N", "of the resamples [%s]", "1"},
	TOOL_THREADS, TOOL_OPTIONS, TOOL_END,
};
static const struct tool tool = {
	"cxr-metrics",
	"[--json] [--positive CLASS] [--threshold X] [options] [FILE]",
	"Measures how good scores are: accuracy, recall, AUC and more, with confidence intervals.",
	options,
};

static int name_of(const struct opts *o, const char *option, const char *const *name, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(o->arg, name[i]))
			return i;
	die_usage("option --%s: unknown name '%s'", option, o->arg);
}

/* The two halves share one block, which the column's name starts. */
static struct filter filter_of(const struct opts *o)
{
	char *text = xstrdup(o->arg);
	size_t n = strcspn(text, "=");

	if (n == 0 || !text[n])
		die_usage("option --only: '%s' is not COLUMN=VALUE", o->arg);
	text[n] = 0;
	return (struct filter){text, text + n + 1};
}

static void take(struct choice *c, int key, const struct opts *o)
{
	struct err e;

	switch (key) {
	case 'f':
		c->format = "tvj"[name_of(o, "format", (const char *const[]){"table", "tsv", "json"}, 3)];
		break;
	case JSON:
		c->format = 'j';
		break;
	case CURVE:
		c->curve = name_of(o, "curve", curve_name, NCURVE);
		break;
	case 'o':
		c->output = o->arg;
		break;
	case POSITIVE:
		c->positive = o->arg;
		break;
	case THRESHOLD:
		c->has_threshold = true;
		c->threshold = tool_double(o, 0, 1);
		break;
	case ONLY:
		if (c->nfilter == MAX_FILTERS)
			die_usage("option --only: at most %d times", MAX_FILTERS);
		c->filter[c->nfilter++] = filter_of(o);
		break;
	case CHOOSE:
		c->has_rule = true;
		if (stat_rule_parse(&c->rule, o->arg, &e))
			die_usage("option --choose: %s", e.text);
		break;
	case CHOOSE_ON:
		c->choose_on = o->arg;
		break;
	case CALIBRATE_ON:
		c->calibrate_on = o->arg;
		break;
	case CALIBRATE:
		c->has_calibrate = true;
		c->platt = name_of(o, "calibrate", (const char *const[]){"temperature", "platt"}, 2);
		break;
	case BY: c->by = o->arg; break;
	case COMPARE: c->compare = o->arg; break;
	case FORCE: c->force = true; break;
	case ALLOW_SEEN: c->allow_seen = true; break;
	case MAPS: c->maps = true; break;
	case INTERVAL:
		c->how.bootstrap_all = name_of(o, "interval", (const char *const[]){"closed", "bootstrap"}, 2);
		break;
	case LEVEL:
		c->how.boot.level = tool_double(o, .01, .9999);
		break;
	case BOOTSTRAPS:
		c->how.boot.resamples = tool_int(o, 0, 1000000);
		break;
	case SEED:
		c->how.boot.seed = tool_int(o, 0, INT64_MAX);
	}
}

void choice_parse(struct choice *c, int argc, char **argv)
{
	struct opts o;
	int key;

	*c = (struct choice){.curve = -1, .format = isatty(STDOUT_FILENO) ? 't' : 'v',
	                     .how.boot = {.resamples = 1000, .seed = 1, .level = .95}};
	tool_start(&tool, &o, argc, argv);
	while ((key = tool_option(&o)))
		take(c, key, &o);
	if (opts_rest(&o) + 1 < argc)
		die_usage("one file at most");
	c->input = argv[opts_rest(&o)];
	c->how.boot.threads = tool_threads;
	opts_free(&o);
}
