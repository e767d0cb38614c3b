#ifndef DATA_PATH_H
#define DATA_PATH_H

#include <stdbool.h>

/* What a path says. Inside an archive it is ARCHIVE!/MEMBER, and folders are the member's. All strings returned are
 * fresh memory. */

const char *path_name(const char *path); /* what follows the last slash; inside path */
/* By its extension, one of PATH_IMAGES. */
bool path_is_image(const char *path);
#define PATH_IMAGES "jpg jpeg jpe jfif png tif tiff gif webp ppm pgm npy dcm"
/* .csv or .tsv, by its name. */
bool path_is_table(const char *path);
/* A file that is no image by its name, as a kind to be counted: its extension in small letters, "no extension"; NULL
 * for what lies beside images and is none: texts, tables, programs. Fresh memory. */
char *path_kind(const char *path);
bool path_is_litter(const char *name);   /* one component: __MACOSX, ._x, .x, @eaDir ...: never an image of ours */

/* The folder the file is in; "" where it is none, or one whose name says nothing about a class (a split, images, a
 * patient: data/folder.h). Of a whole tree data/tree.h knows better. */
char *path_label(const char *path);
/* train, val or test when the file's folder or the one above it is called so (or training, valid, validation,
 * testing; any case), else "". */
char *path_split(const char *path);
/* What the file name says was found, for the names of Kermany et al.: "BACTERIA", "VIRUS" or "NORMAL"; else NULL. */
const char *path_finding(const char *path);

/* The member's name, inside path, and the archive in *archive: the first "!/" that follows an existing regular file
 * (known, which may be NULL, is taken for one). NULL for a plain file. */
const char *path_member(const char *path, const char *known, char **archive);

#endif
