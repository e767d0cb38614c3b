#ifndef CMD_TRAIN_RUN_H
#define CMD_TRAIN_RUN_H

#include "tool/tool.h"
#include "train/train.h"

struct train {
	const char *arch, *init, *out, *last, *val, *resume, *show, *masks, *stream;
	char *checkpoint; /* OUT.ckpt */
	double minutes;   /* between checkpoints */
	bool loss_given, allow_seen;
	struct draft draft;              /* what is said of all stages */
	char *text[TRAIN_STAGES];        /* --stage; the stages keep names in it */
	int ntext;
	struct train_options o;
	struct ranks *ranks;             /* NULL: one process */
};

/* A signal before there is anything to keep ends the run at once, with nothing written and the exit code of what is to
 * be run again; train_run then catches signals itself. */
void train_catch_early(void);

/* All epochs of r; the log on standard output, progress on standard error; a checkpoint when the minutes between them
 * are over, also inside an epoch. When a signal interrupts it writes the checkpoint and exits. */
void train_run(struct train *t, struct trainer *r);

/* Several processes. train_join finds them, and exits where they do not fit the options; train_leads: is this the one
 * that writes? train_map: a stream that all of them could map, in *d; false: it is to be read, or there is one process.
 * train_die: die_err, once. */
void train_join(struct train *t);
bool train_leads(const struct train *t);
bool train_map(const struct train *t, struct dataset *d, const char *path);
_Noreturn void train_die(const struct train *t, const struct err *e);

/* The lung masks of a set (masks.c). Images without one are counted and said. */
void train_read_masks(const struct train *t, struct dataset *d);

/* Some images of the set, each beside what the changes make of it in some epochs, as a PNG. */
void train_show(const struct train *t, const struct dataset *d);

#endif
