/* cxr-model: model files described, made of plain weights, given back as such, and given another threshold. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "model.h"
#include "zoo/zoo.h"

enum {
	OPT_CLASSES = 256, OPT_RECIPE, OPT_PARTIAL, OPT_SEED, OPT_THRESHOLD, OPT_TEMPERATURE, OPT_BIAS, OPT_PREVALENCE,
	OPT_FROM, OPT_NOTE, OPT_LAYER, OPT_PREFIX
};
static const struct opt options[] = {
	{'a', "arch", "SPEC", "import: architecture, e.g. resnet18, resnet50:classes=2", NULL},
	{OPT_CLASSES, "classes", "A,B", "import: the classes, in the order of the outputs [NORMAL,PNEUMONIA]", NULL},
	{OPT_RECIPE, "recipe", "R", "import: how images are prepared [imagenet]", NULL},
	{OPT_PREFIX, "prefix", "P", "import: what stands before every tensor's name in the file [found]", NULL},
	{OPT_PARTIAL, "partial", NULL, "import: start at random what the file does not have", NULL},
	{OPT_SEED, "seed", "N", "import: seed of --partial; randomise: of what is drawn [0]", NULL},
	{OPT_LAYER, "layer", "NAME,...", "randomise: beginnings of names; NAME+: it and all after it", NULL},
	{OPT_THRESHOLD, "threshold", "X", "set: p from which an image is positive", NULL},
	{OPT_TEMPERATURE, "temperature", "X", "set: what outputs are divided by before they become p", NULL},
	{OPT_BIAS, "bias", "X", "set: what is added to the log odds after the temperature", NULL},
	{OPT_PREVALENCE, "prevalence", "P", "set: the share of positives where the model will be used", NULL},
	{OPT_FROM, "from", "FILE", "set: what cxr-metrics calibrate -o wrote", NULL},
	{OPT_NOTE, "note", "TEXT", "set: how and on what the values were chosen", NULL},
	{'o', "output", "FILE", "import, export, set, randomise: the file to write", NULL},
	TOOL_QUIET, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-model",
	"info MODEL\n"
	"import [-q] -a SPEC [--classes A,B] [--recipe R] [--prefix P] [--partial] [--seed N] -o MODEL FILE\n"
	"export -o FILE MODEL\n"
	"set [--threshold X] [--temperature X] [--bias X] [--prevalence P] [--from FILE] [--note TEXT] -o NEW MODEL\n"
	"randomise --layer NAME,... [--seed N] -o NEW MODEL",
	"Describe a model, make one of plain weights, export its weights, set its threshold and temperature, or make it "
	"forget.", options
};

static const struct command {
	const char *name, *takes; /* takes: the options that mean something to it */
	void (*run)(const struct model_options *m);
} commands[] = {
	{"info", "", model_info},
	{"import", "xacrpso", model_import},
	{"export", "o", model_export},
	{"set", "tTbPfno", model_set},
	{"randomise", "lso", model_randomise},
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	die_usage("no command %s: choose one of info, import, export, set, randomise", name);
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
static char take(struct model_options *m, struct opts *o, int key)
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
		char letter = take(m, o, key);

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
	c = find(argv[0]);
	for (int i = 1; i < 128; i++)
		if (option[i] && !strchr(c->takes, i))
			die_usage("cxr-model %s takes no --%s", c->name, option[i]);
	if (!argv[1] || argv[2])
		die_usage("cxr-model %s takes one file", c->name);
	m.file = argv[1];
	if (*c->takes && (!m.output || !*m.output))
		die_usage("cxr-model %s needs -o", c->name);
	c->run(&m);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
