/* Splits: whole patients, shares, strata, whatever the seed and the order. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/list.h"
#include "data/split.h"

static void set(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* Patients of 1 to 12 images, most with few, every tenth with both labels; one in four is P. */
static void population(struct list *l, int patients, uint64_t seed)
{
	struct rng r = rng_at(seed, RNG_TEST, 0, 0);

	*l = (struct list){0};
	for (int p = 0; p < patients; p++) {
		int n = 1 + (int)rng_below(&r, 1 + rng_below(&r, 12)), positive = rng_below(&r, 4) == 0;

		for (int i = 0; i < n; i++) {
			char *path = xasprintf("d/%d/%d.png", p, i);
			struct item *it = list_add(l, path);

			set(&it->label, xstrdup((p % 10 == 0 ? i % 2 : positive) ? "P" : "N"));
			set(&it->patient, xasprintf("p%d", p));
			free(path);
		}
	}
}

static const char *split_of(const struct list *l, const char *patient)
{
	const char *split = NULL;

	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->item[i].patient, patient) != 0)
			continue;
		if (split != NULL)
			assert_string_equal(split, l->item[i].split);
		split = l->item[i].split;
	}
	return split;
}

static double count(const struct list *l, const char *label, const char *split)
{
	double n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += (label == NULL || strcmp(l->item[i].label, label) == 0) &&
		     (split == NULL || strcmp(l->item[i].split, split) == 0);
	return n;
}

static void split(struct list *l, const char *shares, struct split_options o)
{
	struct shares s;
	struct err e = {""};
	size_t left;

	assert_int_equal(shares_parse(&s, shares, &e), 0);
	o.shares = &s;
	if (split_list(l, &o, &left, &e) < 0)
		fail_msg("%s", e.text);
	shares_free(&s);
}

static void shares_are_met(void **state)
{
	static const char *const names[] = {"train", "val", "test"}, *const labels[] = {"N", "P", NULL};
	static const double part[] = {.7, .2, .1};
	struct list l;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		population(&l, 20 + (int)seed * 10, seed);
		split(&l, "train=0.7,val=0.2,test=0.1", (struct split_options){.seed = seed});
		for (size_t i = 0; i < l.n; i++)
			split_of(&l, l.item[i].patient);
		for (int k = 0; k < 9; k++) {
			double want = part[k / 3] * count(&l, labels[k % 3], NULL);
			double got = count(&l, labels[k % 3], names[k / 3]);

			/* to the image where there are enough small patients */
			if (fabs(want - got) > (seed < 10 ? 6 : 1.5))
				fail_msg("seed %d %s %s: %g not %g", (int)seed, names[k / 3], labels[k % 3] ? labels[k % 3] : "all", got, want);
		}
		list_free(&l);
	}
}

/* Large patients must not all end in the large part. */
static void sizes_are_spread(void **state)
{
	double train = 0, all = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct list l = {0};

		for (int i = 0; i < 10 + 40; i++) {
			char *path = xasprintf("d/x/%d.png", i);

			set(&list_add(&l, path)->patient, i < 10 ? xstrdup("big") : xasprintf("p%d", i));
			free(path);
		}
		split(&l, "train=0.8,val=0.2", (struct split_options){.seed = seed});
		train += strcmp(split_of(&l, "big"), "train") == 0;
		all++;
		assert_true(count(&l, NULL, "val") == 10);
		list_free(&l);
	}
	assert_in_range((int)(100 * train / all), 70, 90);
}

static void order_does_not_matter(void **state)
{
	struct list a, b;

	(void)state;
	population(&a, 100, 7);
	population(&b, 100, 7);
	for (size_t i = 0; i < b.n / 2; i++) {
		struct item t = b.item[i];

		b.item[i] = b.item[b.n - 1 - i];
		b.item[b.n - 1 - i] = t;
	}
	split(&a, "train=0.8,val=0.2", (struct split_options){.seed = 3});
	split(&b, "train=0.8,val=0.2", (struct split_options){.seed = 3});
	for (size_t i = 0; i < a.n; i++)
		assert_string_equal(a.item[i].split, split_of(&b, a.item[i].patient));
	split(&b, "train=0.8,val=0.2", (struct split_options){.seed = 4});
	for (size_t i = 0; i < a.n; i++)
		if (strcmp(a.item[i].split, split_of(&b, a.item[i].patient)) != 0)
			break;
		else
			assert_true(i + 1 < a.n); /* another seed, another split */
	list_free(&a);
	list_free(&b);
}

static void folds_partition(void **state)
{
	int seen[80] = {0};
	struct shares s;
	struct err e;
	size_t left;

	(void)state;
	for (int fold = 1; fold <= 5; fold++) {
		struct list l;
		char text[8];
		struct split_options o = {.shares = &s, .seed = 9};

		population(&l, 80, 1);
		snprintf(text, sizeof text, "%d/5", fold);
		assert_int_equal(shares_parse_fold(&s, &o.fold, text, &e), 0);
		assert_int_equal(split_list(&l, &o, &left, &e), 0);
		for (int p = 0; p < 80; p++) {
			char name[8];

			snprintf(name, sizeof name, "p%d", p);
			seen[p] += strcmp(split_of(&l, name), "val") == 0;
		}
		assert_true(count(&l, NULL, "val") + count(&l, NULL, "train") == (double)l.n);
		list_free(&l);
		shares_free(&s);
	}
	for (int p = 0; p < 80; p++)
		assert_int_equal(seen[p], 1);
}

static void kept_splits_stay(void **state)
{
	struct shares s;
	struct list l;
	struct err e;
	size_t left, shared = 0;
	struct split_options o = {.shares = &s, .keep = "val,test"};

	(void)state;
	population(&l, 60, 2);
	for (size_t i = 0; i < l.n; i += 9)
		set(&l.item[i].split, xstrdup("test"));
	shares_parse(&s, "a=0.5,b=0.5", &e);
	assert_int_equal(split_list(&l, &o, &left, &e), 0);
	for (size_t i = 0; i < l.n; i++) {
		assert_int_equal(i % 9 == 0, strcmp(l.item[i].split, "test") == 0);
		for (size_t k = 0; k < l.n; k++) /* nobody of the test set is in a or b */
			if (k % 9 == 0 && i % 9 != 0 && strcmp(l.item[i].patient, l.item[k].patient) == 0) {
				assert_string_equal(l.item[i].split, "");
				shared++;
				break;
			}
	}
	assert_int_equal(left, shared);
	assert_true(left > 0);
	shares_free(&s);
	list_free(&l);
}

static void by_image(void **state)
{
	struct list l;
	size_t apart = 0;

	(void)state;
	population(&l, 50, 5);
	split(&l, "train=0.5,val=0.5", (struct split_options){.by_image = true});
	for (size_t i = 1; i < l.n; i++)
		apart += strcmp(l.item[i].patient, l.item[i - 1].patient) == 0 &&
		         strcmp(l.item[i].split, l.item[i - 1].split) != 0;
	assert_true(apart > 10);
	assert_true(fabs(count(&l, "P", "val") - count(&l, "P", "train")) <= 1);
	list_free(&l);
}

static void too_few(void **state)
{
	struct list l = {0};
	struct shares s;
	struct err e;
	size_t left;
	struct split_options o = {.shares = &s};

	(void)state;
	list_add(&l, "a/one.png");
	shares_parse(&s, "train=0.5,val=0.5", &e);
	assert_int_equal(split_list(&l, &o, &left, &e), -1);
	assert_non_null(strstr(e.text, "nothing is left for"));
	list_add(&l, "a/two.png"); /* two suffice */
	assert_int_equal(split_list(&l, &o, &left, &e), 0);
	shares_free(&s);
	list_free(&l);
}

static void shares_refused(void **state)
{
	static const char *const bad[] = {"", "train", "=1", "train=", "train=0.5", "train=0.5,val=0.6", "a=0,b=1",
		"a=-1,b=2", "a=nan,b=1", "a=0.5,a=0.5", "a=0.5,b=0.5,", "a=1e-400,b=1", "a=0.5 ,b=0.5"};
	static const char *const bad_folds[] = {"", "1", "0/5", "6/5", "1/1", "1/", "/5", "a/5", "1/5/5", "-1/5", "1/1001"};
	struct shares s;
	struct err e;
	int fold;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(shares_parse(&s, bad[i], &e), -1);
	for (size_t i = 0; i < sizeof bad_folds / sizeof *bad_folds; i++)
		assert_int_equal(shares_parse_fold(&s, &fold, bad_folds[i], &e), -1);
	assert_int_equal(shares_parse(&s, "a=0.333,b=0.333,c=0.333", &e), 0);
	assert_true(fabs(s.part[0] - 1. / 3) < 1e-12);
	shares_free(&s);
	assert_int_equal(shares_parse(&s, "all=1", &e), 0);
	shares_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_met),   cmocka_unit_test(sizes_are_spread), cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(folds_partition),  cmocka_unit_test(kept_splits_stay), cmocka_unit_test(by_image),
		cmocka_unit_test(too_few),          cmocka_unit_test(shares_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
