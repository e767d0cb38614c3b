/* cxr-infer: a tensor stream scored by one or several models. */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "infer/infer.h"
#include "nn/gemm.h"
#include "zoo/zoo.h"

enum { OPT_BATCH = 256, OPT_FEAT, OPT_MC, OPT_STRESS, OPT_FORCE, OPT_ABSTAIN, OPT_SHA256, OPT_NEIGHBOURS };
static const struct opt options[] = {
	{'m', "model", "MODEL", "score with this model; several: with the mean of them [$CXR_MODEL]", NULL},
	{'t', "table", NULL, "write a score table (TSV), as on a terminal", NULL},
	{'o', "output", "DIR", "write the masks of a model that makes them (dense=) as PNG files", NULL},
	{OPT_FEAT, "feat", NULL, "add the last feature map (feat) to each item", NULL},
	{OPT_MC, "mc", "N", "add sd and mi over N draws of each model's dropout; 0: over models as they are", NULL},
	{OPT_ABSTAIN, "abstain", "X", "undecided where not sure: X of each class, as .9, are right or not named", NULL},
	{OPT_NEIGHBOURS, "neighbours", "STREAM", "add the nearest and most influential of these training images", NULL},
	{OPT_STRESS, "stress", NULL, "with -t: score each image again under every shift of a fixed battery", NULL},
	{OPT_BATCH, "batch", "N", "images scored together; results do not depend on it [16]", NULL},
	{OPT_SHA256, "sha256", NULL, "with -t: a column of the SHA-256 of each image's file", NULL},
	{OPT_FORCE, "force-recipe", NULL, "take a stream whose recipe is not the model's", NULL},
	TOOL_SHARD, TOOL_RESUME, TOOL_QUIET, TOOL_THREADS, TOOL_SANDBOX, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-infer", "[-tq] [-m MODEL...] [-o DIR] [--feat] [--mc N] [--abstain X] [--neighbours STREAM] "
	"[--stress] [--sha256] [--batch N] [--force-recipe] [--shard I/N] [--resume] [-j N] [STREAM]",
	"Score the images of a stream (operand, or standard input): a stream with scores, or a score table; or masks.",
	options
};

/* What is not known is said: without marks every image looks as if it were new. */
static void tell_forgotten(const struct net *n, const char *path)
{
	const char *images = record_get(&n->meta, "train.forgotten");

	if (images)
		remark("%s: which %s images it was trained on is not known (cxr-model set --forget-training): none is marked as seen",
		       path, images);
}

static void add_model(struct infer *f, const char *path)
{
	struct err e;

	f->net = xreallocarray(f->net, f->n + 1, sizeof *f->net);
	if (!(f->net[f->n++] = zoo_load(path, &e)))
		die_err(&e);
	tell_forgotten(f->net[f->n - 1], path);
}

/* A model whose output is a map gives masks and nothing else. */
static void check_map(struct infer *f)
{
	for (int i = 0; i < f->n; i++)
		f->map |= net_is_map(f->net[i]);
	if (!f->map && f->dir)
		die_usage("-o is for masks, of a model whose output is a map (dense=)");
	if (!f->map)
		return;
	if (f->n > 1 || f->table || f->feat || f->mc >= 0 || f->coverage > 0 || f->stress || f->neighbours_path)
		die_usage("a model whose output is a map gives masks, in a stream or as files (-o): it goes alone, without -t, "
		          "--feat, --mc, --abstain, --neighbours and --stress");
	if (isatty(STDOUT_FILENO) && tool_resume)
		die_usage("--resume needs a file that the output is appended to");
}

static void read_options(struct infer *f, struct opts *o, int argc, char **argv)
{
	const char **path = xcalloc(argc, sizeof *path);
	int n = 0;

	for (int key; (key = tool_option(o)) != 0; )
		switch (key) {
		case 'm': path[n++] = o->arg; break;
		case 't': f->table = true; break;
		case 'o': f->dir = o->arg; break;
		case OPT_FEAT: f->feat = true; break;
		case OPT_BATCH: f->batch = tool_int(o, 1, 4096); break;
		case OPT_MC: f->mc = tool_int(o, 0, 10000); break;
		case OPT_ABSTAIN: f->coverage = tool_double(o, .5, .99); break;
		case OPT_NEIGHBOURS: f->neighbours_path = o->arg; break;
		case OPT_STRESS: f->stress = true; break;
		case OPT_SHA256: f->sha256 = true; break;
		case OPT_FORCE: f->force = true; break;
		}
	if (argc - opts_rest(o) > 1)
		die_usage("one stream at most: '%s' is too much", argv[opts_rest(o) + 1]);
	f->table = f->table || (isatty(STDOUT_FILENO) && !f->dir);
	if (f->feat && f->table)
		die_usage("--feat is for a stream, not for a table");
	if (f->stress && !f->table)
		die_usage("--stress writes a table: give -t too");
	if (!n && !(path[n++] = tool_model_env()))
		die_usage("no model: give one with -m or in $CXR_MODEL");
	for (int i = 0; i < n; i++)
		tool_reads(path[i]);
	tool_reads(opts_rest(o) < argc ? argv[opts_rest(o)] : NULL);
	tool_reads(f->neighbours_path);
	tool_writes(f->dir);
	tool_sandbox();
	for (int i = 0; i < n; i++)
		add_model(f, path[i]);
	if (f->coverage > 0 && (n > 1 || f->mc >= 0))
		die_usage("--abstain is for one model as it is: what it is sure of was found out so");
	if (f->neighbours_path && n > 1)
		die_usage("--neighbours is for one model: features are of one");
	struct err e;
	if (f->coverage > 0 && abstain_set(&f->abstain, f->net[0], f->coverage, &e))
		die("%s: %s", path[0], e.text);
	free(path);
	check_map(f);
}

static void read_neighbours(struct infer *f)
{
	struct source src;
	struct err e;

	tool_input(&src, f->neighbours_path);
	if (neighbours_read(&f->neighbours, &src, f->net[0], &e))
		die("%s: %s", f->neighbours_path, e.text);
	source_close(&src);
	if (f->neighbours.c != f->scorer->feat->c)
		die("%s: %d features, not %d", f->neighbours_path, f->neighbours.c, f->scorer->feat->c);
}

/* What cannot change results is left out. */
static int open_output(struct infer *f, struct err *e)
{
	struct text said = {0};

	text_add(&said, "");
	if (f->mc >= 0)
		text_addf(&said, "%s--mc %d", said.len ? " " : "", f->mc);
	if (f->coverage > 0)
		text_addf(&said, "%s--abstain %g", said.len ? " " : "", f->coverage);
	if (f->neighbours_path)
		text_addf(&said, "%s--neighbours", said.len ? " " : "");
	if (f->feat)
		text_addf(&said, "%s--feat", said.len ? " " : "");
	if (f->force)
		text_addf(&said, "%s--force-recipe", said.len ? " " : "");
	runhead_set(&f->in.head, f->net, f->n, "cxr-infer", said.s);
	text_free(&said);
	f->out = (struct sink){
		.kind = f->table ? SINK_TABLE : f->dir && isatty(STDOUT_FILENO) ? SINK_NONE : SINK_STREAM,
		.rows = infer_rows(f), .name = "standard output",
	};
	return sink_open(&f->out, stdout, &f->in.head, tool_resume, e) || runhead_put_models(&f->out, f->net, f->n, e) ?
	       -1 : 0;
}

/* Once, at the end: a folder called Downloads is no label. */
static void tell_strangers(struct infer *f)
{
	char *line = strangers_tell(&f->strangers, &f->net[0]->classes);

	if (line)
		remark("%s: %s", f->in.src->name, line);
	free(line);
	strangers_free(&f->strangers);
}

static void version(FILE *f)
{
	struct err e;
	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
}

int main(int argc, char **argv)
{
	struct infer f = {.batch = 16, .mc = -1};
	struct source src;
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	tool_version_more = version;
	read_options(&f, &o, argc, argv);
	tool_input(&src, opts_rest(&o) < argc ? argv[opts_rest(&o)] : NULL);
	f.pool = pool_new(tool_threads);
	if (reader_open(&f.in, &src, &e) || reader_shard(&f.in, tool_shard, &e) ||
	    runhead_check(&f.in, f.net[0], f.force, &e))
		die_err(&e);
	int64_t items = head_share(&f.in.head) * (f.stress ? 1 + STRESS_N : 1);
	if (items && items < f.batch)
		f.batch = items; /* a few images need no room for many */
	if (!(f.scorer = scorer_new(f.net, f.n, f.batch, f.feat || f.neighbours_path, f.pool, &e)) ||
	    (f.mc >= 0 && scorer_spread(f.scorer, f.mc, f.pool, &e)) || open_output(&f, &e))
		die_err(&e);

	if (f.neighbours_path)
		read_neighbours(&f);
	progress_start(&f.bar, "infer", items);
	int rc = infer_items(&f, &e);
	progress_end(&f.bar);
	if (rc || sink_end(&f.out, &e))
		die_err(&e);
	tell_strangers(&f);

	reader_close(&f.in);
	source_close(&src);
	scorer_free(f.scorer);
	pool_free(f.pool);
	for (int i = 0; i < f.n; i++)
		net_free(f.net[i]);
	free(f.net);
	neighbours_free(&f.neighbours);
	abstain_free(&f.abstain);
	for (int i = 0; i < f.ncolumn; i++)
		free(f.column[i]);
	free(f.column);
	opts_free(&o);
	tool_finish(f.failed ? EXIT_ITEMS : EXIT_OK);
}
