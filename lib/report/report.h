#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/columns.h"
#include "base/err.h"
#include "stream/record.h"

/* What a run has left in a folder, and the page that tells it (cxr-report(1)). */
struct report {
	const char *dir;
	const char *title;      /* of the page, borrowed; NULL: what was run on what */
	const char *model_file; /* borrowed; NULL: model.safetensors in the folder */
	const char *key;        /* borrowed; names of images and patients are hashed under it; NULL: as they are */
	uint64_t seed;          /* of the right answers that are shown */
	int shown;              /* images in each group of the gallery at most */
	struct columns *table;  /* one for each of report_tables, empty where the folder has none */
	const struct columns *list, *log, *scores, *metrics, *confusion; /* some of these */
	struct record model, head; /* metadata of the model and of the test stream; empty when absent */
	struct report_step {
		char *name, *line;  /* what DIR/commands/<number>-<name> says */
	} *step;
	int nstep;              /* -1: no such folder */
	char measured[11];         /* the day of metrics.tsv, "" when there is none */
	int synthetic;             /* 1: the images were drawn by cxr-phantom, 0, -1: not known */
	bool beside;               /* several runs side by side: metrics.tsv has a column run */
	const char *positive;      /* of two classes; "" of more, and when not known */
	struct err *fault;         /* private: why a file cannot be read or shown, while that is tried */
};

/* Reads r->dir, whose name is borrowed. 0 or -1: no folder, none of a run, or a table,
 * the model or the test stream is damaged or cannot be read. Call
 * report_free in any case. */
int report_load(struct report *r, struct err *e);
void report_free(struct report *r);

/* The page. What it shows from further files (plots, heat maps) is read while it is written: -1, one of them cannot be
 * read or is damaged. */
int report_page(FILE *f, const struct report *r, struct err *e);
/* Every number of the folder's tables. */
int report_json(FILE *f, const struct report *r, struct err *e);

#endif
