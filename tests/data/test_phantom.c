/* The phantom: what a set promises about patients, classes, masks and markers, and that no image's brightness or
 * contrast tells its class. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/mem.h"
#include "base/pool.h"
#include "data/phantom.h"

static struct phantom_options usual(int size)
{
	return (struct phantom_options){.seed = 1, .size = size, .prevalence = .5, .test = .2};
}

static struct phantom_case *plan(size_t n, const struct phantom_options *o)
{
	struct phantom_case *c = xcalloc(n, sizeof *c);

	phantom_plan(c, n, o);
	return c;
}

static struct phantom drawn(const struct phantom_options *o, const struct phantom_case *c)
{
	struct phantom p;
	struct err e;

	assert_int_equal(phantom_draw(&p, o, c, &e), 0);
	return p;
}

static double share(const unsigned char *mask, int size)
{
	long sum = 0;

	for (int i = 0; i < size * size; i++) {
		assert_true(mask[i] == 0 || mask[i] == 255);
		sum += mask[i] != 0;
	}
	return (double)sum / (size * size);
}

/* Patients are of one class and one split, their images follow each other; shares are kept within each class. */
static void plan_groups_patients(void **state)
{
	enum { N = 3000 };
	struct phantom_options o = usual(64);
	struct phantom_case *c = plan(N, &o);
	int count[2][2] = {{0}}, several = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		assert_int_equal(c[i].index, i);
		count[c[i].pneumonia][c[i].test]++;
		assert_false(c[i].shortcut);
		if (i == 0)
			continue;
		if (c[i].patient == c[i - 1].patient) {
			several++;
			assert_int_equal(c[i].pneumonia, c[i - 1].pneumonia);
			assert_int_equal(c[i].test, c[i - 1].test);
			assert_int_equal(c[i].view, c[i - 1].view + 1);
		} else {
			assert_int_equal(c[i].patient, c[i - 1].patient + 1);
			assert_int_equal(c[i].view, 1);
		}
	}
	assert_true(several > N / 5);
	for (int k = 0; k < 2; k++) {
		assert_true(abs(count[k][0] + count[k][1] - N / 2) < N / 20);
		assert_true(abs(count[k][1] * 5 - N / 2) < N / 8);
	}
	free(c);
}

static void plan_keeps_shares(void **state)
{
	static const double shares[] = {0, .25, .74, 1};
	enum { N = 2000 };

	(void)state;
	for (int s = 0; s < 4; s++) {
		struct phantom_options o = {.seed = 9, .size = 64, .prevalence = shares[s], .test = 0, .shortcut = .3};
		struct phantom_case *c = plan(N, &o);
		int ill = 0, marked = 0;

		for (int i = 0; i < N; i++) {
			ill += c[i].pneumonia;
			marked += c[i].shortcut;
			assert_false(c[i].test);
			assert_true(c[i].pneumonia || !c[i].shortcut);
		}
		assert_true(fabs((double)ill / N - shares[s]) < .03);
		assert_true(fabs(marked - .3 * ill) < .05 * N);
		free(c);
	}
}

/* A longer set starts with the shorter one; even the smallest sets have both classes. */
static void plan_is_a_prefix(void **state)
{
	struct phantom_options o = usual(64);
	struct phantom_case *a = plan(50, &o), *b = plan(500, &o);
	int ill = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_true(a[i].index == b[i].index && a[i].patient == b[i].patient && a[i].view == b[i].view &&
		            a[i].pneumonia == b[i].pneumonia && a[i].test == b[i].test);
	for (int i = 0; i < 8; i++)
		ill += a[i].pneumonia;
	assert_true(ill > 0 && ill < 8);
	free(a);
	free(b);
}

struct many {
	struct phantom_options o;
	struct phantom_case *c;
	struct phantom *p;
};

static void draw_one(void *ctx, size_t i, int worker)
{
	struct many *m = ctx;

	(void)worker;
	m->p[i] = drawn(&m->o, &m->c[i]);
}

/* The same bytes whoever draws them, another seed other ones; two images are never equal. */
static void images_depend_on_seed_and_index(void **state)
{
	enum { N = 12, SIZE = 96 };
	struct many m = {.o = usual(SIZE), .p = xcalloc(N, sizeof *m.p)};
	struct pool *pool = pool_new(3);
	struct phantom_options other = m.o;

	(void)state;
	m.c = plan(N, &m.o);
	other.seed = 2;
	pool_run(pool, N, draw_one, &m);
	for (int i = N - 1; i >= 0; i--) {
		struct phantom again = drawn(&m.o, &m.c[i]), seeded = drawn(&other, &m.c[i]);

		assert_memory_equal(again.pixels, m.p[i].pixels, 3 * SIZE * SIZE);
		assert_int_equal(again.nbox, m.p[i].nbox);
		assert_memory_not_equal(seeded.pixels, again.pixels, SIZE * SIZE);
		assert_memory_not_equal(m.p[(i + 1) % N].pixels, again.pixels, SIZE * SIZE);
		phantom_free(&again);
		phantom_free(&seeded);
	}
	for (int i = 0; i < N; i++)
		phantom_free(&m.p[i]);
	pool_free(pool);
	free(m.p);
	free(m.c);
}

/* Every lesion pixel lies in a lung and in a box; every box is as small as its lesion lets it be. */
static void check_boxes(const struct phantom *p)
{
	int n = p->size;

	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			bool in = false;

			if (!p->lesion[y * n + x])
				continue;
			assert_int_equal(p->lung[y * n + x], 255);
			for (int b = 0; b < p->nbox; b++)
				in |= x >= p->box[b].x && x < p->box[b].x + p->box[b].width && y >= p->box[b].y &&
				      y < p->box[b].y + p->box[b].height;
			assert_true(in);
		}
	for (int b = 0; b < p->nbox; b++) {
		const struct phantom_box *k = &p->box[b];
		int edge[4] = {0};

		assert_true(k->x >= 0 && k->y >= 0 && k->x + k->width <= n && k->y + k->height <= n);
		for (int x = k->x; x < k->x + k->width; x++) {
			edge[0] += p->lesion[k->y * n + x] != 0;
			edge[1] += p->lesion[(k->y + k->height - 1) * n + x] != 0;
		}
		for (int y = k->y; y < k->y + k->height; y++) {
			edge[2] += p->lesion[y * n + k->x] != 0;
			edge[3] += p->lesion[y * n + k->x + k->width - 1] != 0;
		}
		assert_true(edge[0] && edge[1] && edge[2] && edge[3]);
	}
}

/* Only PNEUMONIA has lesions, each has one, and they are brighter than the lungs around them. */
static void lesions_are_in_the_lungs(void **state)
{
	enum { N = 80, SIZE = 128 };
	struct phantom_options o = usual(SIZE);
	struct phantom_case *c = plan(N, &o);
	double brighter = 0;
	int ill = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		struct phantom p = drawn(&o, &c[i]);
		double lung = share(p.lung, SIZE), lesion = share(p.lesion, SIZE), in = 0, around = 0;

		assert_true(lung > .12 && lung < .5);
		assert_true(c[i].pneumonia ? lesion > .001 && lesion < .5 * lung : lesion == 0);
		assert_true(c[i].pneumonia ? p.nbox >= 1 && p.nbox <= PHANTOM_LESIONS : p.nbox == 0);
		check_boxes(&p);
		for (int k = 0; k < SIZE * SIZE; k++)
			*(p.lesion[k] ? &in : &around) += p.lung[k] ? p.pixels[k] : 0;
		if (c[i].pneumonia) {
			brighter += in / lesion - around / (lung - lesion);
			ill++;
		}
		phantom_free(&p);
	}
	assert_true(brighter / ill / (SIZE * SIZE) > 10);
	free(c);
}

/* The shortcut changes nothing but a corner of the images that have it. */
static void shortcut_is_a_corner(void **state)
{
	enum { N = 40, SIZE = 128 };
	struct phantom_options o = usual(SIZE), with = o;
	struct phantom_case *plain = plan(N, &o), *marked;
	int letters[2] = {0};

	(void)state;
	with.shortcut = 1;
	marked = plan(N, &with);
	for (int i = 0; i < N; i++) {
		struct phantom a = drawn(&o, &plain[i]), b = drawn(&with, &marked[i]);
		bool right = b.shortcut == CORNER_TOP_RIGHT || b.shortcut == CORNER_BOTTOM_RIGHT, low = b.shortcut > 2;
		int other = 0;

		assert_int_equal(marked[i].shortcut, plain[i].pneumonia);
		assert_int_equal(b.shortcut != CORNER_NONE, marked[i].shortcut);
		assert_int_equal(a.shortcut, CORNER_NONE);
		assert_true(b.shortcut == CORNER_NONE || b.shortcut != b.letter);
		for (int k = 0; k < SIZE * SIZE; k++)
			if (a.pixels[k] != b.pixels[k]) {
				other++;
				assert_int_equal(k % SIZE > SIZE / 2, right);
				assert_int_equal(k / SIZE > SIZE / 2, low);
			}
		assert_true(marked[i].shortcut ? other > 10 && other < SIZE * SIZE / 50 : other == 0);
		assert_memory_equal(a.lung, b.lung, 2 * SIZE * SIZE);
		letters[plain[i].pneumonia] += a.letter != CORNER_NONE;
		phantom_free(&a);
		phantom_free(&b);
	}
	assert_true(letters[0] > 4 && letters[1] > 4);
	free(plain);
	free(marked);
}

/* The anatomy scales with the image. */
static void sizes_show_the_same(void **state)
{
	static const int sizes[] = {PHANTOM_MIN, 97, 512, PHANTOM_MAX};
	double lung = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct phantom_options o = usual(sizes[i]);
		struct phantom_case *c = plan(1, &o);
		struct phantom p = drawn(&o, c);
		double now = share(p.lung, sizes[i]);

		assert_true(i == 0 || fabs(now - lung) < .025);
		lung = now;
		phantom_free(&p);
		free(c);
	}
}

/* Logistic regression of the class on the (standardised) mean and spread by Newton's method; its AUC on the same
 * images, which flatters it. */
static void standardise(double (*x)[3], size_t n, int column)
{
	double sum = 0, square = 0;

	for (size_t i = 0; i < n; i++) {
		sum += x[i][column];
		square += x[i][column] * x[i][column];
	}
	sum /= (double)n;
	for (size_t i = 0; i < n; i++)
		x[i][column] = (x[i][column] - sum) / sqrt(square / (double)n - sum * sum);
}

static void solve(double h[3][3], double g[3], double step[3])
{
	for (int k = 0; k < 3; k++)
		for (int r = 0; r < 3; r++) {
			double f = r == k ? 0 : h[r][k] / h[k][k];

			for (int c = 0; c < 3; c++)
				h[r][c] -= f * h[k][c];
			g[r] -= f * g[k];
		}
	for (int k = 0; k < 3; k++)
		step[k] = g[k] / h[k][k];
}

static double regression_auc(double (*x)[3], const bool *ill, size_t n)
{
	double w[3] = {0}, better = 0, pairs = 0;

	standardise(x, n, 1);
	standardise(x, n, 2);
	for (int round = 0; round < 8; round++) {
		double h[3][3] = {{0}}, g[3] = {0}, step[3];

		for (size_t i = 0; i < n; i++) {
			double p = 1 / (1 + exp(-(w[0] * x[i][0] + w[1] * x[i][1] + w[2] * x[i][2])));

			for (int r = 0; r < 3; r++) {
				g[r] += (ill[i] - p) * x[i][r];
				for (int c = 0; c < 3; c++)
					h[r][c] += p * (1 - p) * x[i][r] * x[i][c];
			}
		}
		solve(h, g, step);
		for (int k = 0; k < 3; k++)
			w[k] += step[k];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (ill[i] && !ill[k]) {
				double d = w[1] * (x[i][1] - x[k][1]) + w[2] * (x[i][2] - x[k][2]);

				better += d > 0 ? 1 : d == 0 ? .5 : 0;
				pairs++;
			}
	return better / pairs;
}

static void brightness_says_nothing(void **state)
{
	enum { N = 600, SIZE = 96 };
	struct phantom_options o = usual(SIZE);
	struct phantom_case *c = plan(N, &o);
	double(*x)[3] = xcalloc(N, sizeof *x), auc;
	bool *ill = xcalloc(N, sizeof *ill);

	(void)state;
	for (int i = 0; i < N; i++) {
		struct phantom p = drawn(&o, &c[i]);
		double sum = 0, square = 0;

		for (int k = 0; k < SIZE * SIZE; k++) {
			sum += p.pixels[k];
			square += (double)p.pixels[k] * p.pixels[k];
		}
		sum /= SIZE * SIZE;
		x[i][0] = 1;
		x[i][1] = sum;
		x[i][2] = sqrt(square / (SIZE * SIZE) - sum * sum);
		ill[i] = c[i].pneumonia;
		phantom_free(&p);
	}
	auc = regression_auc(x, ill, N);
	print_message("AUC of a logistic regression on mean and standard deviation: %.3f\n", auc);
	assert_true(auc < .65);
	for (int i = 0; i < N; i++) { /* the regression itself does find a difference where there is one */
		x[i][1] += ill[i];
		assert_true(isfinite(x[i][1]));
	}
	assert_true(regression_auc(x, ill, N) > .7);
	free(x);
	free(ill);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_groups_patients),
		cmocka_unit_test(plan_keeps_shares),
		cmocka_unit_test(plan_is_a_prefix),
		cmocka_unit_test(images_depend_on_seed_and_index),
		cmocka_unit_test(lesions_are_in_the_lungs),
		cmocka_unit_test(shortcut_is_a_corner),
		cmocka_unit_test(sizes_show_the_same),
		cmocka_unit_test(brightness_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
