#ifndef CMD_TRAIN_H
#define CMD_TRAIN_H

#include "nn/train.h"
#include "tool/tool.h"

/* A stage as far as it is given; NaN: by the optimizer. */
struct draft {
	struct stage stage;
	double rate, momentum, decay;
};
struct train {
	const char *arch, *init, *out, *last, *val, *resume, *show, *stream;
	char *checkpoint; /* OUT.ckpt */
	bool loss_given;
	struct draft draft;              /* what is said of all stages */
	const char *text[TRAIN_STAGES];  /* --stage */
	int ntext;
	struct train_options o;
	struct ranks *ranks;             /* NULL: one process */
};
extern const struct tool train_tool;

/* Options and the operand into *t; exits on a wrong one. */
void train_read_options(struct train *t, struct opts *o, int argc, char **argv);

/* Sets what a stage may say: epochs, optimizer, lr, momentum, weight-decay, l2, clip, schedule, train, patience. */
int draft_set(struct draft *d, const char *key, const char *value, struct err *e);
/* All stages of t->o, from t->draft and t->text; exits on a wrong one. */
void train_stages(struct train *t);

/* All epochs of r; the log on standard output, progress on standard error; a checkpoint every minute or so. When a
 * signal interrupts it writes the checkpoint and exits. */
void train_run(struct train *t, struct trainer *r);

/* Several processes (train_ranks.c). train_join finds them, and exits where they do not fit the options; train_leads:
 * is this the one that writes? train_map: a stream that all of them could map, in *d; false: it is to be read, or there
 * is one process. train_check_ranks exits where they do not have the same program, streams, options and
 * parameters, train_same looks at the parameters alone. train_die: die_err, once. */
void train_join(struct train *t);
bool train_leads(const struct train *t);
bool train_map(const struct train *t, struct dataset *d, const char *path);
void train_check_ranks(const struct train *t, const struct trainer *r);
int train_same(const struct train *t, const struct trainer *r, struct err *e);
_Noreturn void train_die(const struct train *t, const struct err *e);

/* Some images of the set, each beside what the changes make of it in some epochs, as a PNG. */
void train_show(const struct train *t, const struct dataset *d);

#endif
