/* cxr-phantom: a folder of synthetic chest radiographs with masks of lungs and lesions. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "data/phantom.h"
#include "image/image.h"
#include "tool/tool.h"

enum { SEED = 1001, PREVALENCE, TEST, SHORTCUT, MOVED };
static const struct tool tool = {
	"cxr-phantom",
	"[-q] -n N [-s SIZE] [--seed N] [--prevalence P] [--test P] [--shortcut P] [--moved] [-j N] -o DIR",
	"Draw synthetic frontal chest radiographs, NORMAL and PNEUMONIA, with masks of lungs and lesions.",
	(const struct opt[]){
		{'n', "number", "N", "how many images", NULL},
		{'s', "size", "SIZE", "width and height in pixels, 64 to 2048 [%s]", "224"},
		TOOL_SEED(SEED, "1"),
		{PREVALENCE, "prevalence", "P", "share of the patients with pneumonia [%s]", "0.5"},
		{TEST, "test", "P", "share of the patients in the test split [%s]", "0.2"},
		{SHORTCUT, "shortcut", "P", "share of the PNEUMONIA images that get a marker [%s]", "0"},
		{MOVED, "moved", NULL, "they are NORMAL images", NULL},
		{'o', "output", "DIR", "where to put them", NULL},
		TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END},
};

/* An image being drawn. */
struct drawing {
	size_t i;
	struct phantom p;
	struct err e;
	int rc;
};

/* A set of images on its way to the disk. */
struct phantom_set {
	struct phantom_options o;
	const char *dir;
	size_t n;
	struct phantom_case *cases;
	size_t next;
	FILE *truth;
	struct progress bar;
	struct drawing *slot;
};

static const char *const trees[] = {"chest", "masks/lung", "masks/lesion"};
static const char *const splits[] = {"train", "test"}, *const labels[] = {"NORMAL", "PNEUMONIA"};

static char *case_path(const struct phantom_case *c)
{
	return xasprintf("%s/%s/IM-%04d-%04d.png", splits[c->test], labels[c->pneumonia], (int)c->patient + 1, c->view);
}

/* Makes dir and its folders and writes the settings (one line) to settings.txt. Dies when dir holds a set of other
 * settings, or a chest/ that is not ours: no directory mixes two sets, and an interrupted set can be finished. */
static void claim_folder(const char *dir, const char *settings)
{
	char *path = xasprintf("%s/settings.txt", dir), *chest = xasprintf("%s/chest", dir);
	unsigned char *old = NULL;
	struct outfile f;
	struct err e;
	size_t n;

	if (access(path, F_OK) == 0) {
		if (file_read(path, 4096, &old, &n, &e) < 0)
			die_err(&e);
		if (strcmp((char *)old, settings))
			die("%s: holds a set of other settings (see settings.txt): remove it or name another directory", dir);
	} else if (access(chest, F_OK) == 0) {
		die("%s: is there already and not by cxr-phantom: name another directory", chest);
	} else {
		if (file_mkdirs(dir, &e) < 0 || outfile_open_derived(&f, path, &e) < 0)
			die_err(&e);
		fputs(settings, f.f);
		if (outfile_commit(&f, &e) < 0)
			die_err(&e);
	}
	for (int i = 0; i < 12; i++) {
		char *sub = xasprintf("%s/%s/%s/%s", dir, trees[i / 4], splits[i / 2 % 2], labels[i % 2]);

		if (file_mkdirs(sub, &e) < 0)
			die_err(&e);
		free(sub);
	}
	free(old);
	free(path);
	free(chest);
}

static int next_case(void *ctx, int slot, struct err *e)
{
	struct phantom_set *j = ctx;

	(void)e;
	j->slot[slot].i = j->next;
	return j->next++ < j->n;
}

static void draw_case(void *ctx, int slot, int worker)
{
	struct phantom_set *j = ctx;
	struct drawing *s = &j->slot[slot];
	char *name = case_path(&j->cases[s->i]);

	(void)worker;
	s->rc = phantom_draw(&s->p, &j->o, &j->cases[s->i], &s->e);
	for (int t = 0; t < 3 && s->rc == 0; t++) {
		struct image im = {.width = s->p.size, .height = s->p.size, .channels = 1};
		char *path = xasprintf("%s/%s/%s", j->dir, trees[t], name);

		im.u8 = t == 0 ? s->p.pixels : t == 1 ? s->p.lung : s->p.lesion;
		s->rc = image_write_png(&im, path, &s->e);
		free(path);
	}
	free(name);
}

static int add_row(void *ctx, int slot, struct err *e)
{
	struct phantom_set *j = ctx;
	struct drawing *s = &j->slot[slot];
	const struct phantom_case *c = &j->cases[s->i];
	const struct phantom_pose *p = &s->p.pose;
	char *path = case_path(c);

	if (s->rc == 0) {
		fprintf(j->truth, "%s\t%s\tIM-%04d\t%s\t", path, labels[c->pneumonia], (int)c->patient + 1, splits[c->test]);
		for (int i = 0; i < s->p.nbox; i++)
			fprintf(j->truth, "%s%d,%d,%d,%d", i > 0 ? ";" : "", s->p.box[i].x, s->p.box[i].y, s->p.box[i].width,
			        s->p.box[i].height);
		fprintf(j->truth, "\t%s\t%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\n", corner_name(s->p.letter),
		        corner_name(s->p.shortcut), p->rotation, p->scale, p->shift_x, p->shift_y, p->inspiration, p->arms);
		progress_step(&j->bar, 1);
	} else {
		*e = s->e;
	}
	free(path);
	phantom_free(&s->p);
	return s->rc;
}

/* Draws all images, then truth.tsv. Dies at the first that cannot be written. */
static void draw_set(struct phantom_set *j)
{
	struct pool *pool = pool_new(tool_threads);
	struct pipeline line = {j, next_case, draw_case, add_row, NULL, 0};
	char *path = xasprintf("%s/truth.tsv", j->dir);
	int slots = 2 * tool_threads;
	struct outfile truth;
	struct err e;

	j->slot = xcalloc((size_t)slots, sizeof *j->slot);
	j->cases = xcalloc(j->n, sizeof *j->cases);
	phantom_plan(j->cases, j->n, &j->o);
	if (outfile_open_derived(&truth, path, &e) < 0)
		die_err(&e);
	j->truth = truth.f;
	fputs("path\tlabel\tpatient\tsplit\tlesions\tletter\tshortcut\trotation\tscale\tshift_x\tshift_y\tinspiration\tarms\n",
	      truth.f);
	progress_start(&j->bar, "drawn", (int64_t)j->n);
	if (pool_pipeline(pool, slots, &line, &e) < 0 || outfile_commit(&truth, &e) < 0)
		die_err(&e);
	progress_end(&j->bar);
	pool_free(pool);
	free(j->cases);
	free(j->slot);
	free(path);
}

int main(int argc, char **argv)
{
	struct phantom_set j = {.o = {.seed = 1, .size = 224, .prevalence = .5, .test = .2}};
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
	if (!j.n || !j.dir || !*j.dir)
		die_usage("%s", !j.n ? "how many images? (-n)" : "where to put them? (-o)");

	char *settings = xasprintf("cxr-phantom %s -n %zu -s %d --seed %llu --prevalence %.9g --test %.9g --shortcut %.9g%s\n",
	                           CXR_VERSION, j.n, j.o.size, (unsigned long long)j.o.seed, j.o.prevalence, j.o.test,
	                           j.o.shortcut, j.o.moved ? " --moved" : "");
	claim_folder(j.dir, settings);
	draw_set(&j);
	free(settings);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
