#include <stdlib.h>

#include "base/mem.h"
#include "image/image.h"
#include "phantom.h"

enum { SEED = 1001, PREVALENCE, TEST, SHORTCUT, MOVED };
static const struct tool tool = {
	"cxr-phantom",
	"[-q] -n N [-s SIZE] [--seed N] [--prevalence P] [--test P] [--shortcut P] [--moved] [-j N] -o DIR",
	"Draw synthetic frontal chest radiographs, NORMAL and PNEUMONIA, with masks of lungs and lesions.",
	(const struct opt[]){
		{'n', "number", "N", "how many images", NULL},
		{'s', "size", "SIZE", "width and height in pixels, 64 to 2048 [%s]", "224"},
		{SEED, "seed", "N", "another seed, other images [%s]", "1"},
		{PREVALENCE, "prevalence", "P", "share of the patients with pneumonia [%s]", "0.5"},
		{TEST, "test", "P", "share of the patients in the test split [%s]", "0.2"},
		{SHORTCUT, "shortcut", "P", "share of the PNEUMONIA images that get a marker [%s]", "0"},
		{MOVED, "moved", NULL, "they are NORMAL images", NULL},
		{'o', "output", "DIR", "where to put them", NULL},
		TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END},
};

int main(int argc, char **argv)
{
	struct job j = {.o = {.seed = 1, .size = 224, .prevalence = .5, .test = .2}};
	struct opts o;

	tool_start(&tool, &o, argc, argv);
	for (int key; (key = tool_option(&o)) != 0;)
		switch (key) {
		case 'n': j.n = (size_t)tool_int(&o, 1, 1000000); break;
		case 's': j.o.size = (int)tool_int(&o, PHANTOM_MIN, PHANTOM_MAX); break;
		case SEED: j.o.seed = (uint64_t)tool_int(&o, 0, INT64_MAX); break;
		case PREVALENCE: j.o.prevalence = tool_double(&o, 0, 1); break;
		case TEST: j.o.test = tool_double(&o, 0, 1); break;
		case SHORTCUT: j.o.shortcut = tool_double(&o, 0, 1); break;
		case MOVED: j.o.moved = true; break;
		case 'o': j.dir = o.arg; break;
		}
	if (opts_rest(&o) < argc)
		die_usage("'%s': no operands are taken", argv[opts_rest(&o)]);
	if (j.n == 0 || j.dir == NULL || *j.dir == 0)
		die_usage("%s", j.n == 0 ? "how many images? (-n)" : "where to put them? (-o)");

	char *settings = xasprintf("cxr-phantom %s -n %zu -s %d --seed %llu --prevalence %.9g --test %.9g --shortcut %.9g%s\n",
	                           CXR_VERSION, j.n, j.o.size, (unsigned long long)j.o.seed, j.o.prevalence, j.o.test,
	                           j.o.shortcut, j.o.moved ? " --moved" : "");
	set_claim(j.dir, settings);
	set_draw(&j);
	free(settings);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
