#ifndef DATA_PATH_H
#define DATA_PATH_H

#include <stdbool.h>

/* What a path says. Inside an archive it is ARCHIVE!/MEMBER, and folders are the member's. All strings returned are
 * fresh memory. */

const char *path_name(const char *path); /* what follows the last slash; inside path */
bool path_is_image(const char *path);  /* by its extension: one that cxr-prep reads */
/* Extensions of images, volumes and archives that a scan passes over: the index of the path's in path_passed, or -1. */
#define PATH_PASSED 16
extern const char *const path_passed[PATH_PASSED];
int path_is_passed(const char *path);
bool path_is_litter(const char *name);   /* one component: __MACOSX, ._x, .x, @eaDir ...: never an image of ours */

char *path_label(const char *path); /* the folder the file is in; "" where it is none, or names a split */
/* train, val or test when the file's folder or the one above it is called so (or training, valid, validation,
 * testing; any case), else "". */
char *path_split(const char *path);
/* The patient of a file name. person<n>_<bacteria|virus>_<m>, [NORMAL2-]IM-<n>-<m> and (NORMAL|BACTERIA|VIRUS)-<n>-<m>
 * are those of Kermany et al. (bacteria and virus are numbered apart); for any other name its stem. */
char *path_patient(const char *path);
/* What the file name says was found, for those names: "BACTERIA", "VIRUS" or "NORMAL"; else NULL. */
const char *path_finding(const char *path);

/* The member's name, inside path, and the archive in *archive: the first "!/" that follows an existing regular file
 * (known, which may be NULL, is taken for one). NULL for a plain file. */
const char *path_member(const char *path, const char *known, char **archive);

#endif
