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
	print_message("# kernels %s\n", gemm_kernels());
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

/* Beta 0 overwrites: what was in C, be it NaN, is gone. */
static void old_numbers_are_gone(void **state)
{
	struct product p = product_new(48, 16, 600);
	float *c = mem_big(48 * 16, sizeof *c);

	(void)state;
	for (int i = 0; i < 48 * 16; i++)
		p.c[i] = NAN;
	gemm(false, false, 48, 16, 600, p.a, 600, p.b, 16, 0, p.c, 16);
	gemm(false, false, 48, 16, 600, p.a, 600, p.b, 16, 0, c, 16);
	assert_bits(p.c, c, 48 * 16, "over NaN and over zeros");
	assert_false(isnan(c[0]));
	free(c);
	product_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_loads),
		cmocka_unit_test(products_are_right),
		cmocka_unit_test(old_numbers_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
