#ifndef NN_CONV_H
#define NN_CONV_H

#include "nn/op.h"

/* What the ways to compute a convolution share. Private to op_conv.c, im2col.c and winograd.c. */

/* One convolution of n pictures: forward (bias, residual and activation of the step applied), or the backward of
 * stride 1, which is a convolution of dz with the flipped kernel, added to y or not. */
struct conv_job {
	struct step *s;
	const float *x;      /* [n, h, w, c] */
	int h, w, c;
	float *y;            /* [n, oh, ow, oc] */
	int oh, ow, oc;
	const float *weight; /* as packed */
	bool forward, accumulate;
};

static inline int pad16(int n)
{
	return (n + 15) / 16 * 16;
}

/* The sizes of one group's product: rows x k times k x n. */
struct conv_sizes {
	int k, n, npad; /* npad: n rounded up to 16 for gemm_rows */
	int cin, cout;  /* channels of a group */
};

static inline struct conv_sizes conv_sizes(const struct node *n)
{
	struct conv_sizes z = {.cin = n->in[0]->c / n->groups, .cout = n->c / n->groups};

	z.k = n->window.kh * n->window.kw * z.cin;
	z.n = z.cout;
	z.npad = pad16(z.n);
	return z;
}

static inline bool conv_strided(const struct node *n)
{
	return n->window.stride_h != 1 || n->window.stride_w != 1;
}

/* Gathered rows: any convolution. The job's weights are [groups][kh*kw*c/groups][oc/groups padded to 16]. */
void im2col_run(struct conv_job *j, struct window w);
/* dx of a strided convolution: packed [groups][oc/groups][kh*kw*c/groups padded to 16]. */
void im2col_backward_strided(struct step *s, const float *packed);
void im2col_weight_gradient(struct step *s, float *dw); /* dw [oc][kh][kw][c/groups] */
size_t im2col_scratch(const struct step *s);
size_t im2col_shared(const struct step *s);

/* 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4,3x3) (Lavin and Gray 2016): tiles of 6x6 input
 * pixels become 36 numbers, 36 products [tiles x c] [c x oc] do the work of 144, and 36 numbers become 4x4 outputs.
 * Chosen by the layer's shape (and the kernel set), never by the batch. */
bool winograd_fits(const struct node *n);
size_t winograd_weights(int c, int oc);                  /* floats of packed weights */
/* Forward: [36][c][oc] of w [oc][3][3][c], each output times its scale. Backward: [36][oc][c], flipped. */
void winograd_pack(struct pool *pool, const float *w, const float *scale, int c, int oc, bool backward, float *to);
size_t winograd_scratch(const struct step *s); /* each worker, forward and backward */
size_t winograd_shared(const struct step *s);
void winograd_run(struct conv_job *j);
void winograd_weight_gradient(struct step *s, float *dw); /* dw [oc][3][3][c] */

#endif
