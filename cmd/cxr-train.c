/* cxr-train: a labelled stream to a model. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "nn/gemm.h"
#include "nn/start.h"
#include "train.h"
#include "zoo/weights.h"
#include "zoo/zoo.h"

static void read_set(struct dataset *d, const struct train *t, const char *path)
{
	struct source src;
	struct err e;

	if (!train_map(t, d, path)) {
		tool_input(&src, path);
		if (dataset_read(d, &src, &e))
			train_die(t, &e);
		source_close(&src);
	}
	if (d->errors && !tool_quiet)
		warn("%s: %lld images that could not be read are left out", path ? path : "standard input",
		     (long long)d->errors);
}

/* The network, started; by its outputs the loss, when none was given. */
static struct net *make_net(struct train *t, const struct dataset *d)
{
	int classes = d->classes.n;
	int logits = t->loss_given && t->o.loss.kind == LOSS_CE ? classes : classes == 2 ? 1 : classes;
	struct record weights = {0};
	struct start s;
	struct err e;
	char *text;
	struct net *n = zoo_net(t->arch, &d->recipe, logits, &e);

	if (!n)
		train_die(t, &e);
	if (!t->loss_given)
		t->o.loss.kind = net_logits(n) == 1 ? LOSS_BCE : LOSS_CE;
	if (classes_parse(&n->classes, record_get(&d->head, "classes"), &e) ||
	    (t->init && weights_read(&weights, t->init, n, &e)))
		train_die(t, &e);
	if (start_net(n, t->o.seed, t->init ? &weights : NULL, &s, &e)) {
		err_prefix(&e, "%s", t->init);
		train_die(t, &e);
	}
	text = start_text(&s);
	if (t->init && !tool_quiet)
		warn("%s: %s", t->init, text);
	free(text);
	start_free(&s);
	record_free(&weights);
	return n;
}

static void version(FILE *f)
{
	struct err e;
	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
	if (ranks_library())
		fprintf(f, "%s\n", ranks_library());
}

/* The first rank's part of the end. */
static void save(const struct train *t, struct trainer *r)
{
	struct net *net = r->net;
	struct err e;

	train_provenance(r);
	if (t->last && net_save(net, t->last, &e))
		die_err(&e);
	trainer_finish(r);
	if (net_save(net, t->out, &e))
		die_err(&e);
	unlink(t->checkpoint);
}

int main(int argc, char **argv)
{
	struct train t = {0};
	struct dataset set, val;
	struct outfile probe;
	struct opts o;
	struct err e;

	tool_start(&train_tool, &o, argc, argv);
	tool_version_more = version;
	train_read_options(&t, &o, argc, argv);
	train_join(&t);
	if (t.show) {
		read_set(&set, &t, t.stream);
		train_show(&t, &set);
		tool_finish(EXIT_OK);
	}
	if (train_leads(&t)) { /* hours later would be too late to find out */
		if (outfile_open(&probe, t.out, &e))
			die_err(&e);
		outfile_abort(&probe);
	}
	read_set(&set, &t, t.stream);
	if (t.val)
		read_set(&val, &t, t.val);
	struct net *net = make_net(&t, &set);
	struct pool *pool = pool_new(tool_threads);
	struct trainer *r = trainer_new(net, &set, t.val ? &val : NULL, &t.o, pool, &e);
	if (!r || (t.resume && trainer_resume(r, t.resume, &e)))
		train_die(&t, &e);
	r->ranks = t.ranks;
	train_check_ranks(&t, r);
	train_run(&t, r);

	if (train_leads(&t))
		save(&t, r);
	ranks_close(t.ranks);
	trainer_free(r);
	pool_free(pool);
	net_free(net);
	dataset_free(&set);
	if (t.val)
		dataset_free(&val);
	free(t.checkpoint);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
