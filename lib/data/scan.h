#ifndef DATA_SCAN_H
#define DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "data/list.h"

/* Lists what an operand holds: a folder's images at any depth, sorted by the bytes of their paths; those of a .zip
 * .7z, .npz or .tar.* in the order they are stored (ARCHIVE!/FOLDER: of that folder only); or one image. Hidden files
 * and the litter of other systems are passed over, other files that are no images are counted in l->passed. Folders
 * below the operand that cannot be read are told in l->fault. Links are followed. 0, or -1 with the operand or what
 * is wrong below it. */
int scan_add(struct list *l, const char *operand, struct err *e);

/* For files whose names are none of images: whether their first bytes (256 are enough) begin an image all the same, as
 * DICOM does. NULL: names decide. For cmd/ to plug in, before any scan. */
extern bool (*scan_knows)(const unsigned char *bytes, size_t n);

/* The archive people download holds the whole tree twice. Of items equal in file name, split, label and bytes only the
 * one with the shortest path stays; reads the files that agree in the first three. Returns how many were dropped. What
 * cannot be read stays: who needs the pixels will say why. */
size_t scan_drop_doubles(struct list *l);

#endif
