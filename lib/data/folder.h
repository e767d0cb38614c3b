#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* What the name of a folder says by itself. */
enum folder {
	FOLDER_PLAIN,   /* a class, a site, anything */
	FOLDER_SPLIT,   /* train, val, test ... */
	FOLDER_IMAGES,  /* images, files, data_2, x.npz! ...: says nothing about what is in it */
	FOLDER_MASKS,   /* masks, lung masks, segmentations ... */
	FOLDER_PATIENT, /* a patient of CheXpert (patient00001), MIMIC (p10, p10000032) or BIDS (sub-01) */
	FOLDER_STUDY    /* a study or series: study1, s50414267, 01-31-2000-NA-..., a UID */
};
enum folder folder_kind(const char *s, size_t n);
/* train, val or test for a name of that kind, else NULL. */
const char *folder_split(const char *s, size_t n);

/* The folders of a path below its first `root` bytes, at most FOLDERS; how many. */
enum { FOLDERS = 32 };
struct folders {
	struct part {
		const char *s;
		size_t n;
		enum folder kind;
	} part[FOLDERS];
	int n;
};
void folders_of(struct folders *f, const char *path, size_t root);
/* Which of them is a patient's: one of that kind (of several the last), or the one above TCIA's first study; -1:
 * none. */
int folders_patient(const struct folders *f);
/* Folder k of those below the split, or below the root where there is none; k < 0 counts from the image's own. Fresh
 * memory, "" when there is none. */
char *folders_at(const struct folders *f, int k);

#endif
