#ifndef CMD_TRAIN_H
#define CMD_TRAIN_H

#include "nn/train.h"
#include "tool.h"

struct train {
	const char *arch, *init, *out, *val, *resume, *stream;
	char *checkpoint; /* OUT.ckpt */
	bool loss_given;
	struct train_options o;
};
extern const struct tool train_tool;

/* Options and the operand into *t; exits on a wrong one. */
void train_read_options(struct train *t, struct opts *o, int argc, char **argv);

/* All epochs of r; the log on standard output, progress on standard error. When a signal interrupts it writes the
 * checkpoint and exits. */
void train_run(struct train *t, struct trainer *r);

#endif
