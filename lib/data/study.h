#ifndef DATA_STUDY_H
#define DATA_STUDY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "data/fetch.h"
#include "data/list.h"

/* Lists of DICOM files: what identifies a patient or a file becomes a keyed hash, what does not becomes columns. The
 * list itself holds the paths and stays private; what is made from it carries the column id in their place. */

/* Columns that say nothing about a person. */
enum study_fact { STUDY_MODALITY, STUDY_VIEW, STUDY_BODY, STUDY_PHOTOMETRIC, STUDY_BITS, STUDY_SYNTAX, STUDY_SPACING,
	STUDY_MAKER, STUDY_INTENT, STUDY_BURNED, STUDY_LOSSY, STUDY_FACTS };

/* What a header says; "" for nothing. */
struct study {
	char sop[264], study[264], patient[264], issuer[264], accession[264];
	char fact[STUDY_FACTS][132];
};

/* How DICOM is read is for cmd/ to plug in. knows: do these first bytes (256 are enough) begin a DICOM file? read: its
 * header; 0, 1 for an index of files (DICOMDIR), -1 when it cannot be read. */
struct study_reader {
	bool (*knows)(const unsigned char *bytes, size_t n);
	int (*read)(struct study *s, const unsigned char *bytes, size_t n);
};

/* Whether the file at path is DICOM, and all of it: into the room of *to, which is reused; free(to->bytes) at the end.
 * false for what cannot be read, too. */
struct study_file {
	unsigned char *bytes;
	size_t n, cap;
};
bool study_get(struct fetch *f, const struct study_reader *r, const char *path, struct study_file *to);

/* The key: 32 bytes in a file that nobody else may read. study_key_new makes one that is not there yet. */
#define STUDY_KEY 32
int study_key_new(const char *path, struct err *e);
int study_key_read(unsigned char key[STUDY_KEY], const char *path, struct err *e);

/* A file's id: the first 16 hex digits of HMAC(key, "file|" SHA-256 of its bytes, as hex). */
#define STUDY_ID 17
void study_id(const unsigned char key[STUDY_KEY], const char *sha256, char id[STUDY_ID]);
/* Who an image is of: the hash of a patient's identifier and who issued it ("" where that is not known), and that of a
 * study, which may be all that is known. */
void study_patient(const unsigned char key[STUDY_KEY], const char *issuer, const char *patient, char id[STUDY_ID]);
void study_number(const unsigned char key[STUDY_KEY], const char *study, char id[STUDY_ID]);
/* Whether a column is one that study_list makes. */
bool study_is_column(const char *name);
/* Whether a name may be such an id, or one of study_hide's. */
bool study_is_id(const char *name);

/* What study_list did. */
struct study_count {
	size_t files, /* DICOM files in the list */
		doubles,   /* left out: equal to another in every byte */
		indexes,   /* left out: DICOMDIRs */
		unlabelled; /* had a label from their folder, which may be somebody's name, and lost it */
};
/* Gives the DICOM files of a list that have no id yet the columns id, x.instance and those of study_fact, and a hash
 * for a patient. Labels that came from the folders (not list.labelled) are dropped unless keep_labels. key NULL: only
 * counts, and fails where there are any. Files that cannot be read stay, and say so later. Reads archives once, in the
 * order of the list. */
int study_list(struct list *l, const struct study_reader *r, const unsigned char *key, bool keep_labels,
               struct study_count *c, struct err *e);

/* For a list of bare paths that nobody prepared: files (not members of archives) that are DICOM get an id, by the key
 * or, without one (NULL), dicom-N by their place in the list; label and patient from the path are dropped. */
void study_hide(struct list *l, const struct study_reader *r, const unsigned char *key);

#endif
