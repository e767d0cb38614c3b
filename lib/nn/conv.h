#ifndef NN_CONV_H
#define NN_CONV_H

#include "nn/op.h"

/* What the ways to compute a convolution share. Private to lib/nn. Which way is taken depends on the layer's shape,
 * never on the batch: way_of in op_conv.c.
 *
 * Constants of the kernels have beside them what other values gave: GFLOP/s of the operations that a plain convolution
 * needs, on one core of an AMD EPYC with AVX-512, 1 MiB of L2 and 32 MiB of L3, batch 16 unless said, the same within
 * 7 %. 14x14x256 is a layer of so many outputs and as many input channels. bench/constants/run.sh measures them.
 *
 * A way packs the weights once they changed and then runs jobs: the forward pass (bias, residual and activation of the
 * step applied), or the backward pass of stride 1, which is a convolution of dz with the flipped kernel, added to y or
 * not. In memory a weight is [O][kh][kw][I/groups]. */
struct conv_job {
	struct step *s;
	const float *x;      /* [n, h, w, c] */
	int h, w, c;
	float *y;            /* [n, oh, ow, oc] */
	int oh, ow, oc;
	size_t ldy;          /* from a pixel of y to the next: oc, more where y is a slice */
	const float *weight; /* as packed */
	bool forward, accumulate;
};

/* The sizes of one group's product: rows x k times k x cout. */
struct conv_sizes {
	int k, cin, cout;
};

static inline struct conv_sizes conv_sizes(const struct node *n)
{
	struct conv_sizes z = {.cin = n->in[0]->c / n->groups, .cout = n->c / n->groups};

	z.k = n->window.kh * n->window.kw * z.cin;
	return z;
}

static inline bool conv_strided(const struct node *n)
{
	return n->window.stride_h != 1 || n->window.stride_w != 1;
}

/* s->packed: [bias c][scale c, of a folded batch norm][forward][backward][scale and shift of a batch norm before]; each
 * part starts on a cache line. */
static inline float *conv_scale(const struct step *s)
{
	return s->packed + round_up((size_t)s->node->c, 16);
}
static inline float *conv_weights(const struct step *s)
{
	return s->packed + 2 * round_up((size_t)s->node->c, 16);
}

float *conv_before(const struct step *s); /* those of the batch norm before; op_conv.c */

/* im2col.c: gathered rows and OpenBLAS. Any convolution; the reference that the other ways are tested against, and the
 * way of weight gradients and strided backward passes. Weights are packed as they are, scaled. */
size_t im2col_weights(const struct node *n);
void im2col_pack(struct step *s, float *to);
void im2col_forward(struct step *s, const float *weight);
void im2col_backward(struct step *s, const float *weight); /* dx */
void im2col_weight_gradient(struct step *s, float *dw);    /* dw [oc][kh][kw][c/groups] */
size_t im2col_scratch(const struct step *s);
size_t im2col_shared(const struct step *s);

/* direct.c: products of rows that are not gathered (see panel.h). Weights are panels of each group. */
bool direct_fits(struct window w, int cin);
size_t direct_weights(const struct node *n, bool backward);
void direct_pack(struct step *s, bool backward, float *to);
void direct_run(struct conv_job *j, struct window w);
size_t direct_scratch(struct window w, int cin);
size_t direct_before_scratch(const struct node *n); /* more, for a batch norm before */

/* stem.c: 7x7 of stride 2 on up to four channels, forward, by Winograd's F(4x4,4x4) on blocks of 2x2 pixels. */
bool stem_fits(const struct node *n);
size_t stem_weights(const struct node *n);
void stem_pack(struct step *s, float *to);
void stem_forward(struct step *s, const float *weight);
size_t stem_scratch(const struct node *n);

/* depthwise.c: as many groups as channels, in and out. */
bool depthwise_fits(const struct node *n);
size_t depthwise_weights(const struct node *n);
void depthwise_pack(struct step *s, float *to);
void depthwise_forward(struct step *s, const float *weight);
void depthwise_backward(struct step *s, const float *weight);    /* dx */
void depthwise_weight_gradient(struct step *s, float *dw);       /* dw [oc][kh][kw] */
size_t depthwise_shared(const struct step *s);

/* winograd.c: 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4,3x3) (Lavin and Gray 2016): tiles of
 * 6x6 input pixels become 36 numbers, 36 products [tiles x c] [c x oc] do the work of 144, and 36 numbers become 4x4
 * outputs. */
bool winograd_fits(const struct node *n);
size_t winograd_weights(const struct step *s, bool backward); /* floats of packed weights */
void winograd_pack(struct step *s, bool backward, float *to);
size_t winograd_scratch(const struct step *s); /* each worker, forward and backward */
size_t winograd_shared(const struct step *s);
void winograd_run(struct conv_job *j);
void winograd_weight_gradient(struct step *s, float *dw); /* dw [oc][3][3][c] */

#endif
