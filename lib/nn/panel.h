#ifndef NN_PANEL_H
#define NN_PANEL_H

#include "nn/vector.h"

/* Products of rows with weights packed in panels: y[r][o] = finish(sum over k of row r[k] w[k][o]).
 * A row is given in segments (the pixels or lines of a window), so a convolution copies nothing of its input. Each
 * output is one chain of fused multiply-adds in the order of k: its bits depend on its row and its weights alone,
 * whatever rows are computed beside it. Private to lib/nn.
 *
 * A panel is [k][width] for the next `width` of n outputs; widths are 64, 32 and 16 where a v16 is a register and 16
 * elsewhere, n is padded with zeros to a multiple of 16. 112 outputs of k inputs:
 *
 *   outputs       0 ..... 63    64 .. 95   96 .. 111
 *               +-----------+  +-------+  +----+
 *   input 0     | 64 floats |  |  32   |  | 16 |    memory runs along the lines of a panel, then down,
 *   input 1     |           |  |       |  |    |    and then to the next panel: what a kernel reads
 *   ...         |           |  |       |  |    |    is one stream
 *   input k-1   +-----------+  +-------+  +----+
 *               0              64 k       96 k      floats from the start */

struct product {
	const float *const *row;  /* [segments][pitch]: where each segment of each row starts; NULL: one, x + r * ldx */
	size_t pitch;             /* rows rounded up to a multiple of PANEL_ROWS; those too many can be read, too */
	const float *x;
	size_t ldx;
	size_t rows;
	int segments, length;     /* k = segments * length */
	const float *weight;      /* packed */
	int n;                    /* outputs */
	float *y;                 /* [rows][n], rows ldy apart */
	size_t ldy;
	bool resume;              /* go on from the sums that are in y */
	const struct finish *finish; /* NULL: y is the sums */
};
enum { PANEL_ROWS = 12 }; /* the most that a kernel takes: 12 rows of 2 vectors */

/* Outputs [begin, end) of all rows; begin and end are ends of panels (panel_end), or 0 and n. */
void product_run(const struct product *p, int begin, int end);

size_t panel_floats(int k, int n);    /* size of packed weights */
int panel_end(int n, int begin);      /* the end of the panel that begins at output `begin` */
int panel_count(int n);
/* Where in packed the weights of output o (a multiple of 16; the next 15 follow) start; *width: way to the next k. */
float *panel_column(float *packed, int k, int n, int o, int *width);

#endif
