/* cxr-model: model files described, made of plain weights, given back as such, and given another threshold. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "nn/setting.h"
#include "nn/start.h"
#include "tool/tool.h"
#include "zoo/weights.h"
#include "zoo/zoo.h"

enum {
	OPT_CLASSES = 256, OPT_RECIPE, OPT_PARTIAL, OPT_SEED, OPT_THRESHOLD, OPT_TEMPERATURE, OPT_BIAS, OPT_PREVALENCE,
	OPT_FROM, OPT_NOTE, OPT_LAYER, OPT_PREFIX, OPT_FORGET
};
static const struct opt options[] = {
	{'a', "arch", "SPEC", "import: architecture, e.g. resnet18, resnet50:classes=2", NULL},
	{OPT_CLASSES, "classes", "A,B", "import: the classes, in the order of the outputs [NORMAL,PNEUMONIA]", NULL},
	{OPT_RECIPE, "recipe", "R", "import: how images are prepared [imagenet]", NULL},
	{OPT_PREFIX, "prefix", "P", "import: what stands before every tensor's name in the file [found]", NULL},
	{OPT_PARTIAL, "partial", NULL, "import: start at random what the file does not have", NULL},
	TOOL_SEED(OPT_SEED, "0"),
	{OPT_LAYER, "layer", "NAME,...", "randomise: beginnings of names; NAME+: it and all after it", NULL},
	{OPT_THRESHOLD, "threshold", "X", "set: p from which an image is positive", NULL},
	{OPT_TEMPERATURE, "temperature", "X", "set: what outputs are divided by before they become p", NULL},
	{OPT_BIAS, "bias", "X", "set: what is added to the log odds after the temperature", NULL},
	{OPT_PREVALENCE, "prevalence", "P", "set: the share of positives where the model will be used", NULL},
	{OPT_FROM, "from", "FILE", "set: what cxr-metrics calibrate -o wrote", NULL},
	{OPT_NOTE, "note", "TEXT", "set: how and on what the values were chosen", NULL},
	{OPT_FORGET, "forget-training", NULL, "set: drop the marks of the images that the model was trained on", NULL},
	{'o', "output", "FILE", "import, export, set, randomise: the file to write", NULL},
	TOOL_QUIET, TOOL_SANDBOX, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-model",
	"info MODEL\n"
	"import [-q] -a SPEC [--classes A,B] [--recipe R] [--prefix P] [--partial] [--seed N] -o MODEL FILE\n"
	"export -o FILE MODEL\n"
	"set [--threshold X] [--temperature X] [--bias X] [--prevalence P] [--from FILE] [--note TEXT] "
	"[--forget-training] -o NEW MODEL\n"
	"randomise --layer NAME,... [--seed N] -o NEW MODEL",
	"Describe a model, make one of plain weights, export its weights, set its threshold and temperature, or make it "
	"forget.", options
};

struct model_options {
	const char *arch, *classes, *recipe, *output, *note, *layers, *from, *prefix, *file;
	bool partial, forget;
	uint64_t seed;
	double threshold, temperature, bias, prevalence; /* NAN: not given */
};

static struct net *load(const char *path)
{
	struct err e;
	struct net *n = zoo_load(path, &e);

	if (!n)
		die_err(&e);
	return n;
}

static void save(struct net *n, const char *path)
{
	struct err e;

	if (net_save(n, path, &e))
		die_err(&e);
	net_free(n);
}

/* A model of somebody else's may hold anything: control bytes become '?', as in cxr-show. */
static void print_clean(const char *s, char end)
{
	text_put_clean(stdout, s, strlen(s));
	putchar(end);
}

static void info(const struct model_options *m)
{
	struct net *n = load(m->file);
	struct record r = {0};
	char uid[DIGEST_UID];

	net_to_record(n, &r);
	for (int i = 0; i < r.nmeta; i++) {
		const char *key = r.meta[i].key, *value = r.meta[i].value;

		if (!strcmp(key, "cxr"))
			continue;
		if (!strcmp(key, "train.sha256")) {
			printf("train.pictures\t%zu\n", strlen(value) / 16);
		} else if (!strcmp(key, "odd")) {
			printf("odd\t%zu numbers\n", strlen(value) / 8);
		} else {
			print_clean(key, '\t');
			print_clean(value, '\n');
		}
		if (!strcmp(key, "digest")) {
			digest_uid(value, uid);
			printf("uid\t%s\n", uid);
		}
	}
	printf("parameters\t%zu\nstatistics\t%zu\n\n", graph_count(n->g), graph_statistics(n->g));
	graph_dump(n->g, stdout);
	record_free(&r);
	net_free(n);
}

/* The network of -a with the recipe and the classes that were given; parameters are zero. */
static struct net *build(const struct model_options *m)
{
	struct recipe recipe;
	struct net *n;
	struct err e;
	int logits;

	recipe_default(&recipe);
	if (recipe_parse(&recipe, m->recipe, &e) || !(n = zoo_net(m->arch, &recipe, 0, &e)) ||
	    classes_parse(&n->classes, m->classes, &e))
		die_usage("%s", e.text);
	logits = net_logits(n);
	if (n->classes.n != (logits == 1 ? 2 : logits))
		die_usage("%d classes, but the network has %d output%s", n->classes.n, logits, logits == 1 ? "" : "s");
	return n;
}

/* A model of plain weights. */
static void import(const struct model_options *m)
{
	struct record weights = {0};
	struct start s;
	struct net *n;
	struct err e;

	if (!m->arch)
		die_usage("cxr-model import needs -a");
	n = build(m);
	if (weights_read_under(&weights, m->file, n, m->prefix, &e))
		die_err(&e);
	if (start_net(n, m->seed, &weights, &s, &e))
		die("%s: %s", m->file, e.text);
	char *text = start_text(&s);

	if (!s.head && !m->partial)
		die("%s: not all of %s is there (--partial starts the rest at random): %s", m->file, n->arch, text);
	remark("%s: %s", m->file, text);
	free(text);
	start_free(&s);
	record_free(&weights);
	save(n, m->output);
}

static bool ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);

	return n >= k && !strcmp(name + n - k, ending);
}

/* A name that promises another format would be believed. */
static void check_format(const char *path)
{
	static const char *const others[] = {".pth", ".pt", ".bin", ".tar", ".h5", ".hdf5", ".keras", ".onnx", ".pkl", ".npy"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strlen(path) > strlen(others[i]) && ends_in(path, others[i]))
			die_usage("%s: export writes safetensors, or .npz, not %s", path, others[i]);
}

/* Tensors only, as safetensors' own libraries write them for torch, or numpy's. */
static void export(const struct model_options *m)
{
	struct record r = {0};
	struct net *n;
	struct err e = {""};

	check_format(m->output);
	n = load(m->file);
	net_to_record(n, &r);
	while (r.nmeta)
		record_set(&r, r.meta[0].key, NULL);
	record_set(&r, "format", "pt");
	if ((ends_in(m->output, ".npz") ? weights_save_npz : record_save)(&r, m->output, &e))
		die_err(&e);
	record_free(&r);
	net_free(n);
}

static int apply_settings(struct net *n, const struct model_options *m, struct err *e)
{
	if (m->from && setting_read(n, m->from, e))
		return -1;
	if (!isnan(m->temperature))
		n->temperature = m->temperature;
	if (!isnan(m->bias) && setting_bias(n, m->bias, e))
		return -1;
	if (!isnan(m->prevalence) && setting_prevalence(n, m->prevalence, e))
		return -1;
	if (!isnan(m->threshold))
		n->threshold = m->threshold;
	return 0;
}

/* That there were marks stays: nobody is to take a model that cannot tell for one that has not seen an image. */
static void forget_training(struct net *n)
{
	const char *marks = record_get(&n->meta, "train.sha256");

	if (!marks)
		return;
	record_setf(&n->meta, "train.forgotten", "%zu", strlen(marks) / 16);
	record_set(&n->meta, "train.sha256", NULL);
}

static void set(const struct model_options *m)
{
	struct net *n;
	struct err e;

	bool values = !isnan(m->threshold) || !isnan(m->temperature) || !isnan(m->bias) || !isnan(m->prevalence) || m->from;

	if (!values && !m->forget)
		die_usage("cxr-model set needs --threshold, --temperature, --bias, --prevalence, --from or --forget-training");
	n = load(m->file);
	input_forget(m->file); /* a model may be set onto itself: all of it is in memory, and it is replaced whole */
	if (values)
		record_set(&n->meta, "threshold.note", NULL); /* an older note tells of older values */
	if (m->forget)
		forget_training(n);
	if (apply_settings(n, m, &e))
		die_err(&e);
	if (m->note) {
		char *note = text_escape(m->note, strlen(m->note));

		record_set(&n->meta, "threshold.note", note);
		free(note);
	}
	save(n, m->output);
}

/* The seed that training drew from draws the same weights again. */
static bool is_own_seed(const struct net *n, uint64_t seed)
{
	const char *own = record_get(&n->meta, "seed");
	char *text = xasprintf("%llu", (unsigned long long)seed);
	bool same = own && !strcmp(own, text);

	free(text);
	return same;
}

/* A model of which some modules have forgotten what they learned. */
static void randomise(const struct model_options *m)
{
	struct net *n;
	struct err e;

	if (!m->layers)
		die_usage("cxr-model randomise needs --layer");
	n = load(m->file);
	if (is_own_seed(n, m->seed))
		warn("%s: trained with seed %llu, too: where it began at random it becomes what it was then, not another", m->file,
		     (unsigned long long)m->seed);
	if (start_again(n, m->layers, m->seed, &e))
		die("%s: %s", m->file, e.text);
	save(n, m->output);
}

static const struct command {
	const char *name, *takes; /* takes: the options that mean something to it */
	void (*run)(const struct model_options *m);
} commands[] = {
	{"info", "", info},
	{"import", "xacrpso", import},
	{"export", "o", export},
	{"set", "tTbPfnFo", set},
	{"randomise", "lso", randomise},
};

static const struct command *find_command(const char *name)
{
	enum { N = sizeof commands / sizeof *commands };
	const char *names[N];
	struct err e;
	int k;

	for (int i = 0; i < N; i++)
		names[i] = commands[i].name;
	k = choice_find("command", name, names, N, &e);
	if (k < 0)
		die_usage("%s", e.text);
	return &commands[k];
}

static double temperature(const struct opts *o)
{
	double x = tool_double(o, 0, HUGE_VAL);

	if (!isfinite(x) || x == 0)
		die_usage("option --temperature: '%s' is not a positive number", o->arg);
	return x;
}

static double prevalence(const struct opts *o)
{
	double x = tool_double(o, 0, 1);

	if (!(x > 0 && x < 1))
		die_usage("option --prevalence: '%s' is not between 0 and 1", o->arg);
	return x;
}

/* Reads one option; returns its letter in command.takes, '\0' for those of every command. */
static char read_option(struct model_options *m, struct opts *o, int key)
{
	switch (key) {
	case 'a': m->arch = o->arg; return 'a';
	case 'o': m->output = o->arg; return 'o';
	case OPT_CLASSES: m->classes = o->arg; return 'c';
	case OPT_RECIPE: m->recipe = o->arg; return 'r';
	case OPT_PREFIX: m->prefix = o->arg; return 'x';
	case OPT_PARTIAL: m->partial = true; return 'p';
	case OPT_SEED: m->seed = (uint64_t)tool_int(o, 0, INT64_MAX); return 's';
	case OPT_THRESHOLD: m->threshold = tool_double(o, 0, 1); return 't';
	case OPT_TEMPERATURE: m->temperature = temperature(o); return 'T';
	case OPT_BIAS: m->bias = tool_double(o, -100, 100); return 'b';
	case OPT_PREVALENCE: m->prevalence = prevalence(o); return 'P';
	case OPT_FROM: m->from = o->arg; return 'f';
	case OPT_NOTE: m->note = o->arg; return 'n';
	case OPT_FORGET: m->forget = true; return 'F';
	case OPT_LAYER: m->layers = o->arg; return 'l';
	}
	return '\0';
}

static const char *name_of(int key)
{
	const struct opt *t = options;

	while (t->key != key)
		t++;
	return t->name;
}

/* Reads all options; option[letter] becomes the name of each that was given. */
static void read_options(struct model_options *m, struct opts *o, const char *option[128])
{
	for (int key; (key = tool_option(o)) != 0; ) {
		char letter = read_option(m, o, key);

		if (letter)
			option[(int)letter] = name_of(key);
	}
}

int main(int argc, char **argv)
{
	struct model_options m = {.classes = "NORMAL,PNEUMONIA", .recipe = "imagenet", .threshold = NAN, .temperature = NAN,
	                          .bias = NAN, .prevalence = NAN};
	const char *option[128] = {0};
	const struct command *c;
	struct opts o;

	tool_start(&tool, &o, argc, argv);
	read_options(&m, &o, option);
	argv += opts_rest(&o);
	if (!argv[0])
		die_usage("no command: info, import, export, set or randomise");
	c = find_command(argv[0]);
	for (int i = 1; i < 128; i++)
		if (option[i] && !strchr(c->takes, i))
			die_usage("cxr-model %s takes no --%s", c->name, option[i]);
	if (!argv[1] || argv[2])
		die_usage("cxr-model %s takes one file", c->name);
	m.file = argv[1];
	if (*c->takes && (!m.output || !*m.output))
		die_usage("cxr-model %s needs -o", c->name);
	tool_reads(m.file);
	tool_reads(m.from);
	tool_writes(m.output);
	if (strchr(m.file, '=')) /* a=FILE,b=FILE of a stack */
		tool_reads_anywhere();
	tool_sandbox();
	c->run(&m);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
