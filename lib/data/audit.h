#ifndef DATA_AUDIT_H
#define DATA_AUDIT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "data/list.h"

/* Whether the splits of a list are apart: patients and files (by SHA-256, so every file is read) that are in more
 * than one. Items without a split are in none. Where patients are not known (patient_is_known) they are rows
 * unknown_patients, and shared_patients is "unknown" unless some are seen to be shared. */
struct audit {
	size_t patients;   /* in more than one split */
	size_t identical;  /* groups of byte-identical files */
	size_t across;     /* of them, in more than one split */
	size_t labels;     /* of them, with more than one label */
	size_t unreadable; /* files */
	size_t unknown;    /* items of unknown patients, where there are several splits: whether they are apart is not known */
};

/* Writes the report, TSV with the columns measure, split, label, n, name (cxr-list(1) says what they mean), and sets
 * *a. Whoever closes f sees what could not be written. */
void audit_write(const struct list *l, FILE *f, struct audit *a);

#endif
