/* Superpixels by k-means in place and gray value (SLIC; Achanta et al. 2012). */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "explain/superpixel.h"

enum { ROUNDS = 10 };

struct centre {
	double y, x, gray;
	double n; /* pixels */
};

static int cells(int length, int side)
{
	int n = (length + side / 2) / side;

	return n > 0 ? n : 1;
}

int superpixel_count(int h, int w, int side)
{
	return cells(h, side) * cells(w, side);
}

/* Brightness counts in units of the normalised image: a difference of 1 is as far as a cell is wide. */
static double distance(const struct centre *c, int y, int x, double gray, double side)
{
	double dy = (y - c->y) / side, dx = (x - c->x) / side, dg = gray - c->gray;

	return dy * dy + dx * dx + dg * dg;
}

static int nearest(const struct centre *centre, int rows, int cols, int h, int w, int y, int x, double gray)
{
	int row = y * rows / h, col = x * cols / w, best = row * cols + col;
	double side = sqrt((double)h * w / (rows * cols)), least = distance(&centre[best], y, x, gray, side);

	for (int i = row > 0 ? row - 1 : 0; i <= row + 1 && i < rows; i++)
		for (int k = col > 0 ? col - 1 : 0; k <= col + 1 && k < cols; k++) {
			double d = distance(&centre[i * cols + k], y, x, gray, side);

			if (d < least) {
				least = d;
				best = i * cols + k;
			}
		}
	return best;
}

static void move_centres(struct centre *centre, int count, const double *gray, const int *label, int h, int w)
{
	struct centre *sum = xcalloc((size_t)count, sizeof *sum);

	for (int i = 0; i < h * w; i++) {
		struct centre *s = &sum[label[i]];

		s->y += i / w;
		s->x += i % w;
		s->gray += gray[i];
		s->n++;
	}
	for (int k = 0; k < count; k++)
		if (sum[k].n > 0)
			centre[k] = (struct centre){sum[k].y / sum[k].n, sum[k].x / sum[k].n, sum[k].gray / sum[k].n, sum[k].n};
	free(sum);
}

int superpixels(const float *image, int h, int w, int c, int side, int *label)
{
	int rows = cells(h, side), cols = cells(w, side), count = rows * cols;
	struct centre *centre = xcalloc((size_t)count, sizeof *centre);
	double *gray = xcalloc((size_t)h * (size_t)w, sizeof *gray);

	for (int i = 0; i < h * w; i++) {
		for (int k = 0; k < c; k++)
			gray[i] += (double)image[i * c + k] / c;
		label[i] = i / w * rows / h * cols + i % w * cols / w;
	}
	for (int round = 0; round < ROUNDS; round++) {
		move_centres(centre, count, gray, label, h, w);
		for (int i = 0; i < h * w; i++)
			label[i] = nearest(centre, rows, cols, h, w, i / w, i % w, gray[i]);
	}
	free(centre);
	free(gray);
	return count;
}
