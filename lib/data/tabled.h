#ifndef DATA_TABLED_H
#define DATA_TABLED_H

#include "base/mem.h"
#include "data/match.h"
#include "data/sheet.h"

/* A list of somebody else's table: which column is what, and what its cells say. */
struct tabled {
	/* "path=Image Index,label=Finding Labels,patient=Patient ID": others become further columns, but sop, accession and
	 * study, by which (or by patient, or by path) DICOM files are found. */
	const char *columns;
	const char *found, *other; /* --label-if and --else, or NULL: labels as they are */
	bool nocase;
	const char *folder;        /* the table's own, where paths may begin; "" for here */
	const struct list *files;  /* where else files are looked for by name, and by header */
	const struct study_reader *reader; /* of DICOM headers, or NULL */
	bool flags;                /* tabled_list's: labels are 0 and 1 */
};
#define TABLED_NAMES 5
struct tabled_notes {
	size_t missing, uncertain, blank, others, several; /* rows; images left out, and why; with more than one finding */
	size_t nameless, shorter; /* rows that do not say of which image they are; that have fewer fields than the first */
	size_t left;             /* files that no row means */
	struct text names;       /* of the first missing ones */
	bool lines;              /* these are lines of the table: files are DICOM, cells identify */
	char *left_path[TABLED_NAMES];
};
/* Rows of one path (UID, patient ...) are one image, or those of one study or patient. Its label is `found` where a
 * cell says so, `other` where cells say something else; where they say -1 or nothing it is left out. -1: no such
 * column, a name that fits several files. Free *notes in either case. */
int tabled_list(struct list *l, const struct sheet *s, struct tabled *t, struct tabled_notes *notes, struct err *e);
void tabled_notes_free(struct tabled_notes *notes);

#endif
