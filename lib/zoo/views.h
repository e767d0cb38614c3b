#ifndef ZOO_VIEWS_H
#define ZOO_VIEWS_H

#include <stdbool.h>

#include "nn/net.h"

/* Tensors where a file has them: at any address, with any strides. What every reader of weights makes, and what a
 * record is made of. Private to lib/zoo. */
struct tensor_view {
	char *name;
	enum dtype type;
	int ndim;
	int64_t shape[TENSOR_DIMS], stride[TENSOR_DIMS]; /* strides in elements */
	const unsigned char *data; /* of the first element */
	void *owned;               /* freed with the view; NULL: the data are the file's */
	bool joined;               /* the record's tensor has two dimensions: the first, and all others as one */
};
struct views {
	struct tensor_view *view;
	size_t n, cap;
	size_t source; /* bytes of the file */
};

/* A file may not name more tensors than that; the largest networks have some thousand. */
enum { VIEWS_MAX = 16384 };

/* Takes name and owned, whether or not it succeeds. */
int views_add(struct views *s, struct tensor_view v, struct err *e);
void views_free(struct views *s);

/* Strides of a dense array in C (or Fortran) order. */
void view_dense(struct tensor_view *v, bool fortran);
/* Elements of the view; -1 when they do not lie within `count` elements from its first one, or are more than these
 * (a stride of 0): sizes are the file's, and nothing is believed. */
int64_t view_count(const struct tensor_view *v, size_t count);

/* Copies all into r, which is cleared before. Tensors that are together much larger than the file (many views of one
 * storage), and two of one name, are errors. */
int views_record(const struct views *s, struct record *r, struct err *e);
/* -1 when two of the n names (which it sorts) are the same. */
int names_differ(char **name, size_t n, struct err *e);

/* The readers, one form each; bytes outlive the views. */
int views_zip(struct views *s, const unsigned char *bytes, size_t n, struct err *e); /* torch's zip, or .npz */
bool legacy_knows(const unsigned char *bytes, size_t n);
int views_legacy(struct views *s, const unsigned char *bytes, size_t n, struct err *e);
bool tar_knows(const unsigned char *bytes, size_t n);
int views_tar(struct views *s, const unsigned char *bytes, size_t n, struct err *e);
/* name: of the array, ".npy" at its end goes. owned (or NULL) goes to the view, or is freed. */
int views_npy(struct views *s, const char *name, const unsigned char *bytes, size_t n, void *owned, struct err *e);
/* What the weights are for: an architecture, which in a stack is that of a branch, under the branch's name. */
struct weights_target {
	const struct net *net;
	const char *arch, *prefix;
	const char *strip; /* what stands before every name in the file, or NULL: found out */
};
/* Renames what wrappers and numbered heads have named otherwise than the network. -1: nothing begins with strip. */
int names_fit(struct record *r, const struct weights_target *t, struct err *e);
/* timm's names as torchvision's, where the file has them. */
void timm_rename(struct record *r, const struct weights_target *t);
char *names_first(const struct record *r); /* the first three, for messages; fresh memory */
bool keras_knows(const unsigned char *bytes, size_t n);
int views_keras(struct views *s, const unsigned char *bytes, size_t n, const struct weights_target *t, struct err *e);

#endif
