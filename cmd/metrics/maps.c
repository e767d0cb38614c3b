/* cxr-metrics maps and froc: means of the measures of heat maps, and lesions found. */
#include "metrics/metrics.h"
#include "tool/tool.h"

enum { MANY = 20000 };

void metrics_resamples(struct bootstrap *boot, size_t images)
{
	if (boot->resamples < 0)
		boot->resamples = images > MANY ? 200 : 1000;
}

static void read_maps(struct map_table *m, const char *path, const struct filter *filter, int nfilter)
{
	struct source src;
	struct err e;

	tool_input(&src, path);
	if (map_table_read(m, &src, filter, nfilter, &e))
		die_err(&e);
	if (m->failed)
		warn("%s: rows left out because their status is not ok: %zu", src.name, m->failed);
	if (m->again)
		remark("%s: rows of an image and map that are there before, as of several seeds: %zu", src.name, m->again);
	if (!m->n)
		warn("%s: no map of a class that its image has", src.name);
	source_close(&src);
}

/* The share of the image that counts as hot, of each map, from those of other images. */
static void tune(struct map_table *m, const struct maps_job *job)
{
	struct map_table on;
	struct eval_shared both;
	struct err e;

	read_maps(&on, job->choose_on, NULL, 0);
	if ((eval_apart(&on.items, &m->items, job->permit, &both, &e) || map_table_tune(m, &on, &e)) &&
	    err_prefix(&e, "%s", job->choose_on))
		die_err(&e);
	map_table_free(&on);
}

int metrics_maps(struct maps_job *job)
{
	struct map_table m;
	struct err e;

	read_maps(&m, job->input, job->filter, job->nfilter);
	if (job->choose_on && m.n)
		tune(&m, job);
	if (job->against && m.n && map_table_against(&m, job->against, &e))
		die_err(&e);
	metrics_resamples(&job->boot, m.items.n);
	map_table_write(&m, &job->boot, stdout);
	int status = m.n ? EXIT_OK : EXIT_UNJUDGED;
	map_table_free(&m);
	return status;
}

static void read_truth(struct boxlist *truth, const char *path)
{
	struct source src;
	struct err e;

	tool_input(&src, path);
	if (boxlist_read(truth, &src, &e))
		die_err(&e);
	source_close(&src);
}

static void write_curve(const struct froc *r, const char *path)
{
	struct outfile out;
	struct err e;

	if (outfile_open(&out, path, &e))
		die_err(&e);
	froc_curve(r, out.f);
	if (outfile_commit(&out, &e))
		die_err(&e);
}

int metrics_froc(struct maps_job *job)
{
	struct boxlist truth = {0};
	struct source src;
	struct froc r;
	struct err e;

	read_truth(&truth, job->truth);
	tool_input(&src, job->input);
	if (froc_read(&r, &src, &truth, &e))
		die_err(&e);
	if (r.unknown)
		warn("%s: does not list %zu images that have the class, they are left out", job->truth, r.unknown);
	metrics_resamples(&job->boot, r.items.n);
	bool judged = !froc_write(&r, &job->boot, stdout, &e);
	if (!judged)
		warn("%s: %s", src.name, e.text);
	if (job->output && judged)
		write_curve(&r, job->output);
	source_close(&src);
	froc_free(&r);
	boxlist_free(&truth);
	return judged ? EXIT_OK : EXIT_UNJUDGED;
}
