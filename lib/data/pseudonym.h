#ifndef DATA_PSEUDONYM_H
#define DATA_PSEUDONYM_H

#include "data/list.h"
#include "data/study.h"

/* Lists of any source whose streams name nobody. Every item that has no keyed id yet gets one (study_id of its bytes;
 * of its path where it cannot be read; the k-th of equal files one of its own), a known patient becomes a keyed hash,
 * "study:NUMBER" one marked as such, an unknown one stays unknown. Further columns go, but for those that study_list
 * makes, `classes` and those in keep (a comma list or NULL), which must be there. Paths, labels and splits are as they
 * were: the list itself stays private. */
struct pseudonym_count {
	size_t ids, patients; /* hashed */
	size_t unread;        /* ids of paths */
	int dropped;          /* columns */
};
int pseudonym_list(struct list *l, const unsigned char key[STUDY_KEY], const char *keep, struct pseudonym_count *c,
                   struct err *e);

#endif
