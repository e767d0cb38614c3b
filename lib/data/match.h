#ifndef DATA_MATCH_H
#define DATA_MATCH_H

#include "data/study.h"

/* Which images a cell of somebody's table means: by path or file name, or by what their DICOM headers say. */

/* What the cells are, by the names that tables' columns are given: "path", "sop", "accession", "study", "patient". */
enum match_by { MATCH_PATH, MATCH_SOP, MATCH_ACCESSION, MATCH_STUDY, MATCH_PATIENT, MATCH_BYS };
extern const char *const match_names[MATCH_BYS];

/* files: where images are looked for, or NULL. folder: where paths may begin, "" for here. reader: of DICOM headers,
 * NULL: none are read. Borrows all three. */
struct match;
struct match *match_new(const struct list *files, const char *folder, const struct study_reader *reader,
                        enum match_by by);
void match_free(struct match *m);

/* The images of a cell: their paths, in the order of the files, until the next call; their number in *n. A path that is
 * no file's may be a SOP Instance UID. -1: a name that fits several files; a PatientID that two issuers have given. */
int match_find(struct match *m, const char *cell, const char *const **path, size_t *n, struct err *e);
/* The files that no cell has meant, as match_find. */
size_t match_left(struct match *m, const char *const **path);
/* Whether any of the files are DICOM, so that cells and names are not for messages. */
bool match_hides(struct match *m);

#endif
