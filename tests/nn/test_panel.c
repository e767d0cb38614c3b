#include "nets.h"
#include "nn/panel.h"

/* Products with weights in panels against the definition in double. */

struct sizes {
	size_t rows;
	int segments, length, n;
};
static const struct sizes sizes[] = {
	{1, 1, 1, 1}, {5, 1, 3, 16}, {4, 1, 64, 64}, {6, 1, 64, 64}, {7, 2, 9, 17}, {48, 1, 64, 64}, {13, 7, 21, 64},
	{12, 9, 16, 32}, {17, 3, 40, 48}, {25, 1, 511, 80}, {11, 1, 512, 144}, {8, 1, 513, 112}, {3, 2, 700, 200},
	{9, 5, 300, 97}, {2, 1, 1500, 15}, {30, 9, 128, 128},
};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Rows, weights [n][k] and packed, what y holds before, bias and residual. */
struct case_of {
	struct sizes z;
	size_t k;
	float *x, *w, *packed, *old, *bias, *residual;
};

static float *numbers(size_t n, uint32_t stream)
{
	float *v = mem_big(n, sizeof *v);

	fill_noise(v, n, stream);
	return v;
}

static struct case_of case_new(const struct sizes *z)
{
	size_t k = (size_t)(z->segments * z->length), n = (size_t)z->n;
	struct case_of c = {*z, k, numbers(z->rows * k, 1), numbers(n * k, 2), NULL, numbers(z->rows * n, 3), numbers(n, 4),
	                    numbers(z->rows * n, 5)};
	int width;

	c.packed = mem_big(panel_floats((int)k, z->n), sizeof *c.packed);
	for (int o = 0; o < z->n; o++) {
		float *to = panel_column(c.packed, (int)k, z->n, o / 16 * 16, &width) + o % 16;

		for (size_t i = 0; i < k; i++)
			to[i * (size_t)width] = c.w[(size_t)o * k + i];
	}
	return c;
}

static void case_free(struct case_of *c)
{
	free(c->x);
	free(c->w);
	free(c->packed);
	free(c->old);
	free(c->bias);
	free(c->residual);
}

/* Rows [first, first + rows): as they lie, or by pointers to segments. */
static float *product(const struct case_of *c, size_t first, size_t rows, bool pointers, struct finish f)
{
	size_t n = (size_t)c->z.n, pitch = (rows + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
	const float **row = xcalloc((size_t)c->z.segments * pitch, sizeof *row);
	float *y = mem_big(rows * n + 1, sizeof *y);
	struct product p = {.row = pointers ? row : NULL, .pitch = pitch, .x = pointers ? NULL : c->x + first * c->k,
	                    .ldx = c->k, .rows = rows, .segments = pointers ? c->z.segments : 1,
	                    .length = pointers ? c->z.length : (int)c->k, .weight = c->packed, .n = c->z.n, .y = y, .ldy = n,
	                    .finish = f.bias || f.residual ? &f : NULL};

	for (int s = 0; s < c->z.segments; s++)
		for (size_t r = 0; r < pitch; r++)
			row[(size_t)s * pitch + r] = c->x + (first + (r < rows ? r : 0)) * c->k + (size_t)(s * c->z.length);
	f.residual = f.residual == c->old ? y : f.residual ? f.residual + first * n : NULL;
	memcpy(y, c->old + first * n, rows * n * sizeof *y);
	y[rows * n] = 77;
	product_run(&p, 0, c->z.n);
	assert_true(y[rows * n] == 77); /* nothing is written behind the last row */
	free(row);
	return y;
}

static double *truth(const struct case_of *c, struct finish f)
{
	size_t n = (size_t)c->z.n;
	double *y = xcalloc(c->z.rows * n, sizeof *y);

	for (size_t r = 0; r < c->z.rows; r++)
		for (size_t o = 0; o < n; o++) {
			double sum = f.bias ? f.bias[o] : 0;

			for (size_t i = 0; i < c->k; i++)
				sum += (double)c->x[r * c->k + i] * c->w[o * c->k + i];
			sum += f.residual ? f.residual[r * n + o] : 0;
			y[r * n + o] = fmin(fmax(sum, f.low), f.high);
		}
	return y;
}

static struct finish finish_of(const struct case_of *c, int kind)
{
	switch (kind) {
	case 1: return finish_with(c->bias, c->residual, ACT_RELU);
	case 2: return finish_with(c->bias, NULL, ACT_RELU6);
	case 3: return finish_with(NULL, c->old, ACT_NONE); /* added to what y holds */
	}
	return finish_with(NULL, NULL, ACT_NONE);
}

static void products_are_right(void **state)
{
	(void)state;
	for (int i = 0; i < SIZES; i++) {
		struct case_of c = case_new(&sizes[i]);

		for (int kind = 0; kind < 4; kind++) {
			struct finish f = finish_of(&c, kind);
			double *want = truth(&c, f);
			float *got = product(&c, 0, c.z.rows, kind % 2, f);

			if (!(apart(got, want, c.z.rows * (size_t)c.z.n) < 5e-6))
				fail_msg("%zu rows, %d times %d to %d, finish %d", c.z.rows, c.z.segments, c.z.length, c.z.n, kind);
			free(got);
			free(want);
		}
		case_free(&c);
	}
}

/* Any run of rows, given in either form, has the bits that it has in the whole. */
static void rows_do_not_know_their_neighbours(void **state)
{
	(void)state;
	for (int i = 0; i < SIZES; i++) {
		struct case_of c = case_new(&sizes[i]);
		size_t n = (size_t)c.z.n;

		for (int kind = 0; kind < 4; kind++) {
			struct finish f = finish_of(&c, kind);
			float *all = product(&c, 0, c.z.rows, true, f);

			for (size_t first = 0; first < c.z.rows; first += 3) {
				size_t rows = c.z.rows - first < 1 + first % 8 ? c.z.rows - first : 1 + first % 8;
				float *some = product(&c, first, rows, first % 2, f);

				assert_bits(some, all + first * n, rows * n, "some rows");
				free(some);
			}
			free(all);
		}
		case_free(&c);
	}
}

static void panels_cover_the_outputs(void **state)
{
	(void)state;
	for (int n = 1; n < 300; n++) {
		int begin = 0, count = 0;

		for (; begin < n; count++) {
			int end = panel_end(n, begin);

			assert_true(end > begin && end % 16 == 0);
			begin = end;
		}
		assert_int_equal(begin, (n + 15) / 16 * 16);
		assert_int_equal(count, panel_count(n));
		assert_int_equal(panel_floats(3, n), 3 * begin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_right),
		cmocka_unit_test(rows_do_not_know_their_neighbours),
		cmocka_unit_test(panels_cover_the_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
