#ifndef TRAIN_DATASET_H
#define TRAIN_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "nn/augment.h"
#include "train/ranks.h"
#include "stream/recipe.h"
#include "stream/stream.h"

/* A whole prep stream, images as they came: 8-bit pixels stay 8-bit. They are in memory, or in the file where it was
 * mapped. */
struct dataset {
	size_t n;
	int *label;            /* index into classes */
	char **sha256;         /* of each source, "" when the stream does not say */
	char **id;             /* as the stream has it, "" when it does not */
	char **patient;        /* the same */
	float *aspect;         /* width by height of each source, NaN when the stream does not say */
	unsigned char **mask;  /* [n] of the lungs, [h*w], 255 inside; NULL: not known. NULL: none was read (masks.h) */
	char masks[65];        /* SHA-256 of all of them, "" without */
	int64_t errors;        /* error records, left out */
	uint32_t crc;          /* the stream's */
	struct classes classes;
	struct recipe recipe;
	struct record head;
	int64_t *count;        /* images of each class */
	enum dtype type;       /* DT_U8 or DT_F32 */
	size_t bytes;          /* of one image */
	/* private */
	const unsigned char **image;
	unsigned char *map;    /* the file; else images lie DATASET_CHUNK to a block, and nothing is copied while it grows */
	size_t mapsize, body;  /* bytes: of the file, and of what crc is the checksum of */
	unsigned char **chunk;
	size_t chunkcap, imagecap, labelcap, shacap, idcap, patientcap, aspectcap;
};
enum { DATASET_CHUNK = 32 };

/* Reads src to its tail. Fails on damage, on a stream without recipe or classes, on an item without a label or with one
 * that is no class, on images that do not have the recipe's shape or one type, and when memory is out. Messages
 * start with the source's name. dataset_free in either case. */
int dataset_read(struct dataset *d, struct source *src, struct err *e);
void dataset_free(struct dataset *d);

/* The same, but of the file's images none is read before it is asked for, and none stays: 1. 0: this is no file, or
 * compressed. -1: error; dataset_free then. What is not looked at here is its checksum. Whoever cuts the file short
 * meanwhile ends the program; replacing it by rename is harmless. */
int dataset_map(struct dataset *d, const char *path, struct err *e);
/* The checksum of a mapped one, of which each rank looks at a part: all of them have mapped the same. One that was read
 * has been verified. */
int dataset_verify(const struct dataset *d, struct ranks *ranks, struct err *e);

/* Classes without an image, named: -1 and a message. prefix begins it. */
int dataset_check_classes(const struct dataset *d, const char *prefix, struct err *e);

/* Image i, changed as draw says (NULL: not at all) and normalised, to out [h,w,c]. scratch: dataset_scratch bytes.
 * Changed 8-bit images are rounded to 8 bits again. */
size_t dataset_values(const struct dataset *d); /* floats of an image */
size_t dataset_scratch(const struct dataset *d);
void dataset_get(const struct dataset *d, size_t i, const struct augment_draw *draw, void *scratch, float *out);

/* The first 8 bytes of every source's SHA-256 in hex, ascending, one after another (fresh memory). */
char *dataset_marks(const struct dataset *d);

#endif
