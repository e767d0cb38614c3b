/* Processes that train together must have the same program, streams, options and parameters: what differs is named
 * before the first epoch. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "nn/gemm.h"
#include "train/trainer.h"

static int same_text(const struct trainer *t, const char *what, const char *text, struct err *e)
{
	return ranks_same(t->ranks, what, text, strlen(text), e);
}

static int same_program(const struct trainer *t, struct err *e)
{
	unsigned char *bytes;
	size_t n;
	int rc;

	if (file_read("/proc/self/exe", (size_t)1 << 30, &bytes, &n, e))
		return -1;
	rc = ranks_same(t->ranks, "program", bytes, n, e);
	free(bytes);
	return rc || same_text(t, "OpenBLAS", gemm_library(), e) || same_text(t, "set of kernels", gemm_kernels(), e);
}

static int same_set(const struct trainer *t, const char *what, const char *path, const struct dataset *d, struct err *e)
{
	if (!d || ranks_same(t->ranks, what, &d->crc, sizeof d->crc, e))
		return d ? -1 : 0;
	return dataset_verify(d, t->ranks, e) ? err_prefix(e, "%s", path) : 0;
}

static int same_run(const struct trainer *t, struct err *e)
{
	char *run = trainer_run_text(t), *all = xasprintf("%s; %d epochs and %zu images are done", run, t->nrow, t->at);
	int rc = same_text(t, "set of options or checkpoint", all, e);

	free(all);
	free(run);
	return rc;
}

int trainer_same_values(const struct trainer *t, struct err *e)
{
	const struct net *n = t->net;

	return ranks_same(t->ranks, "set of parameters", n->value, n->g->count * sizeof *n->value, e);
}

int trainer_same(const struct trainer *t, const char *stream, const char *val, struct err *e)
{
	if (!t->ranks)
		return 0;
	return same_program(t, e) || same_set(t, "stream", stream, t->set, e) ||
	       same_set(t, "validation stream", val, t->val, e) || same_run(t, e) || trainer_same_values(t, e) ? -1 : 0;
}
