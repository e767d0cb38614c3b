#ifndef ZOO_WEIGHTS_H
#define ZOO_WEIGHTS_H

#include <stdio.h>

#include "nn/net.h"

/* Weights of other people's files, by content: safetensors, what torch.save writes (zip, the legacy stream, the tar of
 * torch 0.1), .npz, a directory of .npy, and Keras' .h5 where HDF5 was there when this was built. A pickle is read with
 * a list of what tensors need; everything else in it is refused by name and nothing is executed.
 *
 * The tensors of path as a record in torchvision's names and shapes, for start_net of n, whose arch decides how Keras'
 * names and layouts are translated. What wrappers put before every name (module., model.net. ...) is gone:
 * it is found, or is weights_read_under's prefix. For a stack, path may be a=FILE,b=FILE: each
 * file's tensors go to that branch. Metadata: those of a safetensors file, and init.sha256, the SHA-256 of the file (of
 * several, or a directory: of all, one after another). Messages begin with the path. */
int weights_read(struct record *r, const char *path, const struct net *n, struct err *e);
int weights_read_under(struct record *r, const char *path, const struct net *n, const char *prefix, struct err *e);

/* The same from memory; nothing of the file's own name or digest. */
int weights_parse(struct record *r, const unsigned char *bytes, size_t n, const struct net *net, struct err *e);

/* Every tensor as NAME.npy in an uncompressed zip, as numpy.savez does. All must be F32. */
int weights_write_npz(const struct record *r, FILE *f, struct err *e);
/* The same as a file, whole or not at all. */
int weights_save_npz(const struct record *r, const char *path, struct err *e);

#endif
