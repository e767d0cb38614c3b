#include "nets.h"

/* Rows of random numbers, products of m x n x k. */
struct product {
	int m, n, k;
	float *a, *b, *c;
};

static struct product product_new(int m, int n, int k)
{
	struct product p = {m, n, k, NULL, NULL, NULL};

	p.a = mem_big((size_t)m * (size_t)k, sizeof *p.a);
	p.b = mem_big((size_t)k * (size_t)n, sizeof *p.b);
	p.c = mem_big((size_t)m * (size_t)n, sizeof *p.c);
	fill_noise(p.a, (size_t)m * (size_t)k, 1);
	fill_noise(p.b, (size_t)k * (size_t)n, 2);
	return p;
}

static void product_free(struct product *p)
{
	free(p->a);
	free(p->b);
	free(p->c);
}

static void library_loads(void **state)
{
	struct err e = {""};

	(void)state;
	assert_int_equal(gemm_start(&e), 0);
	assert_int_equal(gemm_start(&e), 0);
	assert_true(*gemm_kernels());
	assert_non_null(strstr(gemm_library(), "OpenBLAS"));
	assert_int_equal(48 % gemm_row_quantum(), 0);
	print_message("# kernels %s, row quantum %d\n", gemm_kernels(), gemm_row_quantum());
}

/* The bits of a row are those it has in the smallest product that holds it, wherever it stands. */
static void check_rows(int m, int n, int k)
{
	int q = gemm_row_quantum();
	struct product p = product_new(m, n, k);
	float *alone = mem_big((size_t)q * (size_t)n, sizeof *alone);

	gemm_rows(m, n, k, p.a, k, p.b, n, p.c, n);
	for (int row = 0; row < m; row += q) {
		gemm_rows(q, n, k, p.a + (size_t)row * (size_t)k, k, p.b, n, alone, n);
		if (memcmp(alone, p.c + (size_t)row * (size_t)n, (size_t)q * (size_t)n * sizeof *alone))
			fail_msg("%s: rows from %d of %dx%dx%d have other bits alone", gemm_kernels(), row, m, n, k);
	}
	for (int first = q; first < m; first += 5 * q) { /* from the middle on, into rows of another length */
		int ld = n + 16;
		float *wide = mem_big((size_t)(m - first) * (size_t)ld, sizeof *wide);

		gemm_rows(m - first, n, k, p.a + (size_t)first * (size_t)k, k, p.b, n, wide, ld);
		for (int row = first; row < m; row++)
			if (memcmp(wide + (size_t)(row - first) * (size_t)ld, p.c + (size_t)row * (size_t)n, (size_t)n * sizeof *wide))
				fail_msg("%s: row %d of %dx%dx%d has other bits from %d on", gemm_kernels(), row, m, n, k, first);
		free(wide);
	}
	free(alone);
	product_free(&p);
}

static void rows_do_not_know_their_neighbours(void **state)
{
	static const int ns[] = {16, 32, 48, 64, 80, 112, 128, 144, 256, 512}, ks[] = {1, 3, 9, 27, 64, 147, 255, 256, 257, 384, 576};

	(void)state;
	for (size_t i = 0; i < sizeof ns / sizeof *ns; i++)
		for (size_t k = 0; k < sizeof ks / sizeof *ks; k++)
			for (int m = 1; m <= 4; m++)
				check_rows(m * 48, ns[i], ks[k]);
	check_rows(768, 64, 576);
	check_rows(96, 512, 4608);
	check_rows(240, 2048, 512);
	for (int m = gemm_row_quantum(); m < 100; m += gemm_row_quantum())
		check_rows(m, 64, 300);
}

/* Padding columns with zeros of B changes nothing in the others. */
static void columns_do_not_know_their_neighbours(void **state)
{
	int m = 96, k = 200;

	(void)state;
	for (int n = 32; n <= 144; n += 16) {
		struct product p = product_new(m, n, k);
		float *c = mem_big((size_t)m * 16, sizeof *c);

		gemm_rows(m, n, k, p.a, k, p.b, n, p.c, n);
		gemm_rows(m, 16, k, p.a, k, p.b, n, c, 16);
		for (int row = 0; row < m; row++)
			assert_true(apart_floats(c + row * 16, p.c + (size_t)row * (size_t)n, 16) < 1e-5);
		free(c);
		product_free(&p);
	}
}

static double entry(const float *a, int ld, bool transposed, int row, int column)
{
	return transposed ? a[(size_t)column * (size_t)ld + (size_t)row] : a[(size_t)row * (size_t)ld + (size_t)column];
}

static void check_product(bool ta, bool tb, int m, int n, int k, float beta)
{
	struct product p = product_new(m, n, k);
	int lda = ta ? m : k, ldb = tb ? k : n;
	double *want = xcalloc((size_t)m * (size_t)n, sizeof *want);

	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++) {
			double sum = 0;

			p.c[i * n + j] = noise((size_t)(i * n + j), 3);
			for (int l = 0; l < k; l++)
				sum += entry(p.a, lda, ta, i, l) * entry(p.b, ldb, tb, l, j);
			want[i * n + j] = sum + (double)beta * (double)p.c[i * n + j];
		}
	gemm(ta, tb, m, n, k, p.a, lda, p.b, ldb, beta, p.c, n);
	if (!(apart(p.c, want, (size_t)m * (size_t)n) < 2e-6))
		fail_msg("%s: %dx%dx%d %d%d beta %g", gemm_kernels(), m, n, k, ta, tb, (double)beta);
	free(want);
	product_free(&p);
}

static void products_are_right(void **state)
{
	static const int sizes[][3] = {{1, 1, 1}, {1, 16, 300}, {7, 5, 3}, {13, 16, 257}, {64, 33, 100}, {130, 48, 512}};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int t = 0; t < 8; t++)
			check_product(t & 1, t & 2, sizes[i][0], sizes[i][1], sizes[i][2], t & 4 ? 1 : 0);
}

/* Beta 0 overwrites: what was in C, be it NaN, is gone. gemm_rows too, with K cut in several calls. */
static void old_numbers_are_gone(void **state)
{
	struct product p = product_new(48, 16, 600);
	float *c = mem_big(48 * 16, sizeof *c);

	(void)state;
	for (int i = 0; i < 48 * 16; i++)
		p.c[i] = NAN;
	gemm_rows(48, 16, 600, p.a, 600, p.b, 16, p.c, 16);
	gemm_rows(48, 16, 600, p.a, 600, p.b, 16, c, 16);
	assert_bits(p.c, c, 48 * 16, "over NaN and over zeros");
	assert_false(isnan(c[0]));
	free(c);
	product_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_loads),
		cmocka_unit_test(rows_do_not_know_their_neighbours),
		cmocka_unit_test(columns_do_not_know_their_neighbours),
		cmocka_unit_test(products_are_right),
		cmocka_unit_test(old_numbers_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
