#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "image/image.h"
#include "phantom.h"

struct slot {
	size_t i;
	struct phantom p;
	struct err e;
	int rc;
};
static const char *const trees[] = {"chest", "masks/lung", "masks/lesion"};
static const char *const splits[] = {"train", "test"}, *const labels[] = {"NORMAL", "PNEUMONIA"};

static char *case_path(const struct phantom_case *c)
{
	return xasprintf("%s/%s/IM-%04d-%04d.png", splits[c->test], labels[c->pneumonia], (int)c->patient + 1, c->view);
}

void set_claim(const char *dir, const char *settings)
{
	char *path = xasprintf("%s/settings.txt", dir), *chest = xasprintf("%s/chest", dir);
	unsigned char *old = NULL;
	struct outfile f;
	struct err e;
	size_t n;

	if (access(path, F_OK) == 0) {
		if (file_read(path, 4096, &old, &n, &e) < 0)
			die_err(&e);
		if (strcmp((char *)old, settings) != 0)
			die("%s: holds a set of other settings (see settings.txt): remove it or name another directory", dir);
	} else if (access(chest, F_OK) == 0) {
		die("%s: is there already and not by cxr-phantom: name another directory", chest);
	} else {
		if (file_mkdirs(dir, &e) < 0 || outfile_open(&f, path, &e) < 0)
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

static int produce(void *ctx, int slot, struct err *e)
{
	struct job *j = ctx;

	(void)e;
	j->slot[slot].i = j->next;
	return j->next++ < j->n;
}

static void work(void *ctx, int slot, int worker)
{
	struct job *j = ctx;
	struct slot *s = &j->slot[slot];
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

static int consume(void *ctx, int slot, struct err *e)
{
	struct job *j = ctx;
	struct slot *s = &j->slot[slot];
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

void set_draw(struct job *j)
{
	struct pool *pool = pool_new(tool_threads);
	struct pipeline line = {j, produce, work, consume, NULL, 0};
	char *path = xasprintf("%s/truth.tsv", j->dir);
	int slots = 2 * tool_threads;
	struct outfile truth;
	struct err e;

	j->slot = xcalloc((size_t)slots, sizeof *j->slot);
	j->cases = xcalloc(j->n, sizeof *j->cases);
	phantom_plan(j->cases, j->n, &j->o);
	if (outfile_open(&truth, path, &e) < 0)
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
