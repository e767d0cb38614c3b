#ifndef CMD_LIST_STUDIES_H
#define CMD_LIST_STUDIES_H

#include <stdbool.h>

#include "data/study.h"

/* DICOM files of a list: ids, hashes of patients, columns, with the key in a file (NULL or "": none). Says what was
 * left out; standard output becomes private where it is a file. Exits 2 when there are DICOM files and no key. */
void studies_set(struct list *l, const char *key_file, bool keep_labels);

#endif
