#ifndef CMD_LIST_STUDIES_H
#define CMD_LIST_STUDIES_H

#include <stdbool.h>

#include "data/study.h"

/* How lib/data reads DICOM headers. */
extern const struct study_reader studies_reader;

/* What an image is called in a message: a DICOM file by its id, others by their path. Fresh memory. */
char *studies_name(const char *path, const char *key_file);

/* DICOM files of a list: ids, hashes of patients, columns, with the key in a file (NULL or "": none). Says what was
 * left out; standard output becomes private where it is a file. Exits 2 when there are DICOM files and no key. */
void studies_set(struct list *l, const char *key_file, bool keep_labels);

/* Every image, of whatever source, gets a keyed id and a keyed patient, and only the chosen columns stay (a comma list
 * or NULL): pseudonym_list, which says what. Standard output becomes private. */
void studies_pseudonymise(struct list *l, const char *key_file, const char *columns);

#endif
