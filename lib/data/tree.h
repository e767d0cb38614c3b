#ifndef DATA_TREE_H
#define DATA_TREE_H

#include "data/list.h"
#include "data/patient.h"

/* Labels, splits, patients from the folders of a whole tree, where one path alone does not say which folder is the
 * class. The class is the first folder below the split, or below the root where there is none, that tells images
 * apart; folders called images, those of patients and studies are none. Where another level has names of health
 * (classes_health) and the first has not, as in SITE/CLASS, it is that one. */
struct tree_options {
	int label, patient;              /* folder N below the split or the root, < 0 from the image; 0: as the tree says */
	const struct patient_rule *rule; /* or NULL */
	bool keep_label, keep_patient;   /* the list has a column for it */
};
struct tree_notes {
	size_t masks; /* left out: in a folder of masks beside others */
	char *where;  /* the first such folder, "" */
};
/* The items from `first` on, whose paths begin with `root` bytes that are no part of the tree; TREE_COMMON: with the
 * folders that they have in common. -1 where two levels could be the classes: *e has the two readings, and the option
 * that decides. Free notes->where in either case. */
#define TREE_COMMON ((size_t)-1)
int tree_read(struct list *l, size_t first, size_t root, const struct tree_options *o, struct tree_notes *notes,
              struct err *e);

#endif
