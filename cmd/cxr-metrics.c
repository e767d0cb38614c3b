/* cxr-metrics: measures of a score table or a scored stream, with intervals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "metrics/metrics.h"
#include "stream/classes.h"
#include "stream/stream.h"
#include "tool/tool.h"

enum {
	JSON = 256, POSITIVE, THRESHOLD, CHOOSE, CHOOSE_ON, FORCE, ALLOW_SEEN, ONLY, CURVE, INTERVAL, LEVEL, BOOTSTRAPS,
	SEED, CALIBRATE, CALIBRATE_ON, CHOOSE_UNDER, PREVALENCE, MARGIN, WIDTH, BY, COMPARE, MAPS, AGAINST, TRUTH
};
static const struct opt options[] = {
	{'f', "format", "NAME", "table, tsv or json [table on a terminal, else tsv]", NULL},
	{JSON, "json", NULL, "JSON on standard output, as --format json", NULL},
	{CURVE, "curve", "NAME", "print this table instead; list: what there is", NULL},
	{BY, "by", "COLUMN", "the same as groups COLUMN", NULL},
	{COMPARE, "compare", "FILE", "the same as compare FILE", NULL},
	{MAPS, "maps", NULL, "the same as maps", NULL},
	{AGAINST, "against", "MAP", "of maps: each one's difference to that map, on the same images", NULL},
	{TRUTH, "truth", "FILE", "of froc: where lesions are, a table of boxes", NULL},
	{'o', "output", "DIR", "also write every curve to DIR/NAME.tsv; of calibrate and froc: the file", NULL},
	{POSITIVE, "positive", "CLASS", "the positive one of two classes [the last]", NULL},
	{THRESHOLD, "threshold", "X", "predict the positive class where p >= X [pred column, model's, .5]", NULL},
	{CHOOSE_ON, "choose-on", "FILE", "choose the threshold on the scores of FILE, as val.tsv; of maps: what is hot", NULL},
	{CHOOSE, "choose", "RULE", "youden, sensitivity=X, specificity=X, ppv=X or cost=X [%s]", "youden"},
	{CHOOSE_UNDER, "choose-under", "NAME", "clean: on images as they are; stress: under shifts, too [%s]", "stress"},
	{CALIBRATE_ON, "calibrate-on", "FILE", "fit the probabilities to the labels of FILE, e.g. val.tsv", NULL},
	{CALIBRATE, "calibrate", "NAME", "platt (two classes) or temperature [%s]", "platt"},
	{FORCE, "force", NULL, "choose and calibrate on images or patients that are measured on, too", NULL},
	{ONLY, "only", "COLUMN=VALUE,...", "only rows that have one of the values; may be repeated", NULL},
	{ALLOW_SEEN, "allow-seen", NULL, "measure on images that were trained on, too", NULL},
	{PREVALENCE, "prevalence", "P", "of positives where scores are to be used: predictive values, size, decision", NULL},
	{MARGIN, "margin", "X", "of compare: say whether the scores are worse by less than X", NULL},
	{WIDTH, "width", "X", "of size: how wide intervals may be [%s]", "0.1"},
	{INTERVAL, "interval", "NAME", "closed (counts patients), images (each for itself) or bootstrap [%s]",
	 "closed"},
	{LEVEL, "level", "X", "of the intervals [%s]", "0.95"},
	{BOOTSTRAPS, "bootstrap", "N", "resamples of the patients, 0: none [%s]", "1000, of many images 200"},
	TOOL_SEED(SEED, "1"),
	TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END,
};
static const struct tool tool = {
	"cxr-metrics",
	"[--json] [--positive CLASS] [--threshold X] [options] [FILE]\n"
	"compare OTHER [options] [FILE]\n"
	"groups COLUMN [options] [FILE]\n"
	"size [--width X] [options] [FILE]\n"
	"maps [options] [FILE]\n"
	"froc --truth FILE [-o FILE] [options] [FILE]\n"
	"calibrate [--choose RULE] [-o FILE] [options] [FILE]",
	"Measures how good scores are: accuracy, recall, AUC and more, with confidence intervals.",
	options,
};

/* What the command line asks for. */
enum { MAX_FILTERS = 16 };
static struct {
	const char *input, *positive, *output;
	struct filter filter[MAX_FILTERS];
	int nfilter;
	int curve;  /* -1: none */
	int format; /* 't'able, 'v' for tsv, 'j'son */
	bool maps, froc, sizes, calibrates, has_threshold, has_rule, has_calibrate, temperature;
	double threshold, margin, width;
	const char *choose_on, *calibrate_on; /* NULL: the threshold is given, no calibration */
	const char *compare, *by, *against, *truth;
	struct eval_permit permit;
	struct threshold_rule rule;
	enum eval_where under;
	struct metrics_how how;
} set = {.curve = -1, .under = EVAL_STRESS, .width = .1, .how.boot = {.resamples = -1, .seed = 1, .level = .95}};

/* Options */

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

static void add_filter(struct filter filter)
{
	if (set.nfilter == MAX_FILTERS)
		die_usage("option --only: at most %d times", MAX_FILTERS - (set.by != NULL));
	set.filter[set.nfilter++] = filter;
}

static void take_option(int key, const struct opts *o)
{
	struct err e;

	switch (key) {
	case 'f':
		set.format = "tvj"[tool_choice(o, (const char *const[]){"table", "tsv", "json"}, NULL, 3)];
		break;
	case CHOOSE:
		set.has_rule = true;
		if (stat_rule_parse(&set.rule, o->arg, &e))
			die_usage("option --choose: %s", e.text);
		break;
	case CALIBRATE:
		set.has_calibrate = true;
		set.temperature = tool_choice(o, (const char *const[]){"platt", "temperature"}, NULL, 2);
		break;
	case CHOOSE_UNDER:
		set.under = tool_choice(o, (const char *const[]){"clean", "stress"}, NULL, 2) ? EVAL_STRESS : EVAL_CLEAN;
		break;
	case INTERVAL:
		key = tool_choice(o, (const char *const[]){"closed", "bootstrap", "images"}, NULL, 3);
		set.how.bootstrap_all = key == 1;
		set.how.by_image = key == 2;
		break;
	case THRESHOLD:
		set.has_threshold = true;
		set.threshold = tool_double(o, 0, 1);
		break;
	case PREVALENCE: set.how.prevalence = tool_double(o, 1e-6, .999999); break;
	case MARGIN: set.margin = tool_double(o, 1e-9, 1); break;
	case WIDTH: set.width = tool_double(o, .001, 1); break;
	case JSON: set.format = 'j'; break;
	case CURVE: set.curve = tool_choice(o, curve_name, curve_words, NCURVE); break;
	case 'o': set.output = o->arg; break;
	case POSITIVE: set.positive = o->arg; break;
	case ONLY: add_filter(filter_of(o)); break;
	case CHOOSE_ON: set.choose_on = o->arg; break;
	case CALIBRATE_ON: set.calibrate_on = o->arg; break;
	case BY: set.by = o->arg; break;
	case COMPARE: set.compare = o->arg; break;
	case FORCE: set.permit.shared = true; break;
	case ALLOW_SEEN: set.permit.seen = true; break;
	case MAPS: set.maps = true; break;
	case AGAINST: set.against = o->arg; break;
	case TRUTH: set.truth = o->arg; break;
	case LEVEL: set.how.boot.level = tool_double(o, .01, .9999); break;
	case BOOTSTRAPS: set.how.boot.resamples = tool_int(o, 0, 1000000); break;
	case SEED: set.how.boot.seed = tool_int(o, 0, INT64_MAX); break;
	}
}

/* The word after the tool's name, where it is one of the other jobs, and its argument. A file of such a name is
 * ./compare. */
static int take_job(int n, char **operand)
{
	const char *job = n ? operand[0] : "";
	const char **argument = !strcmp(job, "compare") ? &set.compare : !strcmp(job, "groups") ? &set.by : NULL;
	bool maps = !strcmp(job, "maps");

	set.froc = !strcmp(job, "froc");
	set.maps |= maps;
	set.calibrates = !strcmp(job, "calibrate");
	set.sizes = !strcmp(job, "size");
	if (argument && n < 2)
		die_usage("%s: its argument is missing", job);
	if (argument)
		*argument = operand[1];
	return argument ? 2 : maps || set.froc || set.calibrates || set.sizes;
}

static void check_options(void)
{
	if (set.choose_on && set.has_threshold)
		die_usage("options --threshold and --choose-on exclude each other");
	if (set.maps && set.has_rule)
		die_usage("maps goes with --choose-on alone, not with a rule");
	if (!set.choose_on && !set.calibrates && (set.has_rule || set.under == EVAL_CLEAN))
		die_usage("options --choose and --choose-under need --choose-on");
	if (!set.calibrate_on && !set.calibrates && set.has_calibrate)
		die_usage("option --calibrate needs --calibrate-on");
	if (!set.choose_on && !set.calibrate_on && set.permit.shared)
		die_usage("option --force needs --choose-on or --calibrate-on");
	if ((set.by != NULL) + (set.compare != NULL) + (set.curve >= 0) > 1)
		die_usage("options --by, --compare and --curve exclude each other");
	if (set.margin > 0 && !set.compare)
		die_usage("option --margin needs compare");
	if ((set.by || set.compare) && set.format == 'j')
		die_usage("options --by and --compare print TSV");
	bool other = set.by || set.compare || set.curve >= 0 || set.calibrate_on || set.has_threshold || set.positive ||
	             set.format == 'j';
	if (set.maps && (other || set.output))
		die_usage("maps goes with --against, --choose-on, --only, --level, --bootstrap and --seed");
	if (set.froc && (other || set.maps || set.choose_on || set.nfilter))
		die_usage("froc goes with --truth, --output, --level, --bootstrap and --seed");
	if (set.froc != (set.truth != NULL))
		die_usage("froc needs --truth, and --truth is of froc");
	if (set.against && !set.maps)
		die_usage("--against is of maps");
	if (set.calibrates && (set.by || set.compare || set.curve >= 0 || set.choose_on || set.calibrate_on ||
	                       set.has_threshold || set.format == 'j'))
		die_usage("calibrate goes with --choose, --calibrate, --output, --positive and --only");
}

static void read_options(struct opts *o, int argc, char **argv)
{
	int key, rest;

	tool_start(&tool, o, argc, argv);
	while ((key = tool_option(o)))
		take_option(key, o);
	rest = opts_rest(o);
	rest += take_job(argc - rest, argv + rest);
	if (rest + 1 < argc)
		die_usage("one file at most");
	check_options();
	if (set.by)
		add_filter((struct filter){set.by, NULL});
	set.input = argv[rest];
	set.how.boot.threads = tool_threads;
	if (!set.format)
		set.format = isatty(STDOUT_FILENO) ? 't' : 'v';
}

/* Scores */

static void read_scores(struct scores *s, const char *path, const struct filter *filter, int nfilter)
{
	struct source src;
	struct err e;

	tool_input(&src, path);
	int stream = source_is_stream(&src, &e);
	if (stream < 0 || (stream ? eval_stream : scores_read)(s, &src, filter, nfilter, &e))
		die_err(&e);
	source_close(&src);
}

/* Scores of other images, to choose or calibrate on; how many of them are measured on as well. */
static size_t read_others(struct scores *on, const struct scores *s, const char *path)
{
	struct eval_shared both;
	struct err e;

	read_scores(on, path, NULL, 0);
	if (eval_others(on, s, set.permit, &both, &e) && err_prefix(&e, "%s", path))
		die_err(&e);
	return both.images > both.patients ? both.images : both.patients;
}

static struct calibration calibrate(const struct scores *s)
{
	struct calibration k;
	struct scores on;
	struct err e;
	size_t both = read_others(&on, s, set.calibrate_on);
	bool platt = s->nclass == 2 && !set.temperature;

	if (eval_calibrate(&k, &on, set.how.positive, platt, &e) && err_prefix(&e, "%s", set.calibrate_on))
		die_err(&e);
	if (both)
		warn("calibrated on %zu of the images or patients that are measured on", both);
	double bias = set.how.positive == s->nclass - 1 ? k.intercept : -k.intercept;
	if (platt)
		remark("temperature %.9g, bias %.9g (cxr-model set --temperature %.9g --bias %.9g)", 1 / k.slope, bias,
		       1 / k.slope, bias);
	else
		remark("temperature %.9g (cxr-model set --temperature %.9g)", 1 / k.slope, 1 / k.slope);
	scores_free(&on);
	return k;
}

static void choose(const struct calibration *k, struct scores *s)
{
	struct scores on;
	struct err e;
	double threshold;
	size_t both = read_others(&on, s, set.choose_on);

	if (k)
		eval_apply(k, set.how.positive, &on);
	eval_follow(k, false, set.how.positive, &on);
	if (eval_choose(&set.rule, &on, set.under, set.how.positive, &threshold, &e) && err_prefix(&e, "%s", set.choose_on))
		die_err(&e);
	scores_predict(s, set.how.positive, threshold,
	               both ? "chosen on the images it is measured on" : "chosen on other images");
	scores_free(&on);
}

/* The last class, but never a name of health where the other is none. */
static int default_positive(const struct scores *s)
{
	if (s->nclass != 2 || classes_health(s->class[1]) <= 0 || classes_health(s->class[0]) > 0)
		return s->nclass - 1;
	remark("positive is '%s', for '%s' is a name of health (--positive decides)", s->class[0], s->class[1]);
	return 0;
}

/* The options that need to know the classes. */
static void settle(struct scores *s)
{
	metrics_resamples(&set.how.boot, s->n);
	struct calibration k;
	int positive = set.positive ? scores_class(s, set.positive) : default_positive(s);

	if (positive < 0)
		die_usage("option --positive: no class '%s' in the scores", set.positive);
	bool wants_platt = set.has_calibrate && !set.temperature;
	if (s->nclass > 2 && (set.positive || set.has_threshold || set.choose_on || wants_platt))
		die_usage("options --positive, --threshold, --choose-on and --calibrate platt need two classes, here are %d",
		          s->nclass);
	if (s->seen && !set.permit.seen)
		die("%lld of %zu images were trained on; measure on others (--allow-seen goes on all the same)",
		    (long long)s->seen, s->n);
	set.how.positive = positive;
	if (s->outputs_only)
		warn("there are raw outputs only: probabilities are those at temperature 1");
	if (s->nclass > 2 && set.calibrates && (set.has_rule || set.under == EVAL_CLEAN))
		warn("no threshold is chosen: of %d classes the largest probability is named", s->nclass);
	if (set.has_threshold)
		scores_predict(s, positive, set.threshold, "option");
	if (set.calibrate_on) {
		k = calibrate(s);
		eval_apply(&k, positive, s);
	}
	if (set.choose_on)
		choose(set.calibrate_on ? &k : NULL, s);
	eval_follow(set.calibrate_on ? &k : NULL, set.has_threshold || set.choose_on, positive, s);
	for (size_t i = 1; i < s->n; i++)
		if (s->item[i].label != s->item[0].label)
			return;
	remark("all labels are '%s': auc and others are not defined (nan)", s->class[s->item[0].label]);
}

/* Jobs */

static void write_curves(const struct metrics *m, const char *dir)
{
	struct outfile out;
	struct err e;

	if (file_mkdirs(dir, &e))
		die_err(&e);
	for (int c = 0; c < NCURVE; c++) {
		char *path = xasprintf("%s/%s.tsv", dir, curve_name[c]);
		if (outfile_open_derived(&out, path, &e))
			die_err(&e);
		metrics_curve(m, c, out.f);
		if (outfile_commit(&out, &e))
			die_err(&e);
		free(path);
	}
}

static void write_metrics(const struct scores *s)
{
	struct metrics m;
	struct err e;

	if (metrics_make(&m, s, &set.how, &e))
		die_err(&e);
	if (set.calibrates && s->nclass == 2)
		eval_operating(&m, &set.rule);
	if (s->nshifted && set.curve < 0 && stress_measure(&m, &e))
		die_err(&e);
	if (set.output && !set.calibrates)
		write_curves(&m, set.output);
	if (set.curve >= 0)
		metrics_curve(&m, set.curve, stdout);
	else if (set.format == 't') {
		metrics_table(&m, stdout);
		stress_table(&m, stdout);
	} else
		(set.format == 'j' ? metrics_json : metrics_tsv)(&m, stdout);
	metrics_free(&m);
}

/* The ratio of observed to expected positives and the slope are wider things than shares. */
static void write_sizes(const struct scores *s)
{
	const struct eval_widths w = {set.width, 2 * set.width, 4 * set.width};
	struct metrics m;
	struct err e;

	if (metrics_make(&m, s, &set.how, &e) || eval_size(&m, &w, stdout, &e))
		die_err(&e);
	metrics_free(&m);
}

/* What a comparison is of. */
static void tell_pairing(const struct pairing *p)
{
	warn("%zu images paired by %s%s", p->pairs, p->by_bytes ? "their bytes (sha256)" : "their ids",
	     p->by_bytes ? "" : ", for not all rows have their sha256 (cxr-infer -t --sha256)");
	if (p->left[0] || p->left[1])
		warn("%zu images here and %zu of %s are in one of the two only, and left out", p->left[0], p->left[1], set.compare);
}

static void write_comparison(struct scores *s)
{
	struct scores other;
	struct pairing pairing;
	struct err e;

	read_scores(&other, set.compare, set.filter, set.nfilter);
	if (other.seen && !set.permit.seen)
		die("%s: %lld of %zu images were trained on (--allow-seen goes on all the same)", set.compare,
		    (long long)other.seen, other.n);
	if (scores_pair(s, &other, &pairing, &e) && err_prefix(&e, "%s", set.compare))
		die_err(&e);
	tell_pairing(&pairing);
	if (eval_compare(s, &other, &set.how, set.margin, stdout, &e) && err_prefix(&e, "%s", set.compare))
		die_err(&e);
	scores_free(&other);
}

static void write_fitted(const struct scores *s, const struct calibration *k, double threshold)
{
	struct metrics m;
	struct outfile out;
	struct err e;

	if (metrics_make(&m, s, &set.how, &e))
		die_err(&e);

	if (outfile_open(&out, set.output, &e))
		die_err(&e);
	eval_calibration_write(k, threshold, set.how.positive, s, "fitted by cxr-metrics calibrate", out.f);
	eval_cuts_write(s, set.under, out.f);
	eval_figures_write(&m, out.f);
	metrics_free(&m);
	if (outfile_commit(&out, &e))
		die_err(&e);
}

/* Calibrates on these very scores, and says what cxr-model set needs; what cannot be fitted is left as it is. */
static void write_calibration(struct scores *s)
{
	struct calibration k;
	struct err e;
	double threshold = NAN;
	bool fitted = !eval_calibrate(&k, s, set.how.positive, s->nclass == 2 && !set.temperature, &e);

	if (fitted)
		eval_apply(&k, set.how.positive, s);
	else
		warn("%s; the probabilities stay as they are", e.text);
	eval_follow(fitted ? &k : NULL, false, set.how.positive, s);
	if (s->nclass == 2 && eval_choose(&set.rule, s, set.under, set.how.positive, &threshold, &e))
		warn("%s; no threshold is chosen", e.text);
	threshold = eval_threshold_for_model(threshold);
	if (isfinite(threshold))
		scores_predict(s, set.how.positive, threshold, "chosen on the images it is measured on");
	eval_follow(NULL, isfinite(threshold), set.how.positive, s);
	if (set.output)
		write_fitted(s, fitted ? &k : NULL, threshold);
	write_metrics(s);
}

static int write_maps(void)
{
	struct maps_job job = {set.input, set.choose_on, set.against, set.truth, set.output, set.filter, set.nfilter,
	                       set.permit, set.how.boot};

	return (set.froc ? metrics_froc : metrics_maps)(&job);
}

static int write_scores(void)
{
	struct scores s;
	struct err e;

	read_scores(&s, set.input, set.filter, set.nfilter);
	settle(&s);
	if (set.by && eval_groups(&s, &set.how, stdout, &e))
		die_err(&e);
	if (set.compare)
		write_comparison(&s);
	else if (set.calibrates)
		write_calibration(&s);
	else if (set.sizes)
		write_sizes(&s);
	else if (!set.by)
		write_metrics(&s);
	scores_free(&s);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct opts o;

	read_options(&o, argc, argv);
	int status = (set.maps || set.froc ? write_maps : write_scores)();
	for (int i = 0; i < set.nfilter; i++)
		if (set.filter[i].value)
			free((char *)set.filter[i].column);
	opts_free(&o);
	tool_finish(status);
}
