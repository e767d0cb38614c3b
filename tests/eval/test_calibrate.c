/* Calibrating and choosing: known scalings are found, thresholds follow their rules, and what is shared is refused. */
#include "made.h"
#include "near.h"

/* 21 scores, each as often as it takes for shares of the positive class to follow 1 / (1 + exp(-(a + b z))). */
static struct scores following(double a, double b)
{
	enum { LEVELS = 21, EACH = 400 };
	struct made *m = xcalloc((size_t)LEVELS * EACH, sizeof *m);
	char *ids = xmalloc((size_t)LEVELS * EACH * 8);

	for (int i = 0; i < LEVELS * EACH; i++) {
		double z = (i / EACH - LEVELS / 2) * .2;

		snprintf(ids + 8 * i, 8, "%d", i);
		m[i] = (struct made){.id = ids + 8 * i, .z = z, .label = i % EACH + .5 < EACH / (1 + exp(-(a + b * z)))};
	}
	struct scores s = made_scores(m, (size_t)LEVELS * EACH);

	free(ids);
	free(m);
	return s;
}

static void scalings_are_found(void **state)
{
	struct scores s = following(.5, 2), without = following(0, .5);
	struct calibration k;
	struct err e;

	(void)state;
	assert_int_equal(eval_calibrate(&k, &s, 1, true, &e), 0);
	assert_near(k.intercept, .5, .01);
	assert_near(k.slope, 2, .02);
	assert_int_equal(eval_calibrate(&k, &s, 0, true, &e), 0); /* of the other class: the other way round */
	assert_near(k.intercept, -.5, .01);
	assert_near(k.slope, 2, .02);
	assert_int_equal(eval_calibrate(&k, &without, 1, false, &e), 0);
	assert_true(k.intercept == 0);
	assert_near(k.slope, .5, .01);
	scores_free(&s);
	scores_free(&without);
}

static void a_scaling_is_applied(void **state)
{
	static const struct made m[] = {{"1", NULL, NULL, 0, -1}, {"2", NULL, NULL, 1, 2}, {"3", NULL, NULL, 1, .2}};
	struct scores s = MADE(m);

	(void)state;
	eval_apply(&(struct calibration){-.5, 2}, 1, &s);
	for (size_t i = 0; i < 3; i++) {
		assert_near(s.p[2 * i + 1], 1 / (1 + exp(.5 - 2 * m[i].z)), 1e-12);
		assert_near(s.p[2 * i] + s.p[2 * i + 1], 1, 1e-12);
	}
	assert_int_equal(s.item[1].pred, 1);
	assert_int_equal(s.item[2].pred, 0); /* below one half now */
	assert_near(s.temperature, .5, 1e-12);
	assert_near(s.bias, -.5, 1e-12);
	scores_free(&s);
}

static void what_cannot_be_fitted_is_said(void **state)
{
	static const struct made reversed[] = {{"1", NULL, NULL, 1, -1}, {"2", NULL, NULL, 0, 1}, {"3", NULL, NULL, 1, -.5},
	                                       {"4", NULL, NULL, 0, .7}};
	static const struct made one[] = {{"1", NULL, NULL, 1, -1}, {"2", NULL, NULL, 1, 1}};
	struct scores s = MADE(reversed), alone = MADE(one);
	struct calibration k;
	struct err e;

	(void)state;
	assert_int_equal(eval_calibrate(&k, &s, 1, false, &e), -1);
	assert_non_null(strstr(e.text, "wrong way round"));
	assert_int_equal(eval_calibrate(&k, &alone, 1, true, &e), -1);
	assert_non_null(strstr(e.text, "one class"));
	scores_free(&s);
	scores_free(&alone);
}

static double odds_of(double p)
{
	return log(p / (1 - p));
}

static void thresholds_follow_their_rules(void **state)
{
	static const struct { const char *rule; double threshold; } cases[] = {
		{"youden", .7}, {"sensitivity=1", .4}, {"sensitivity=.6", .7}, {"specificity=1", .7}, {"ppv=.75", .4}, {"cost=5", .4},
	};
	const struct made m[] = {
		{"1", NULL, NULL, 0, odds_of(.1)}, {"2", NULL, NULL, 0, odds_of(.2)}, {"3", NULL, NULL, 0, odds_of(.6)},
		{"4", NULL, NULL, 1, odds_of(.4)}, {"5", NULL, NULL, 1, odds_of(.7)}, {"6", NULL, NULL, 1, odds_of(.8)},
	};
	struct scores s = MADE(m);
	struct threshold_rule rule;
	struct err e;
	double t;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(stat_rule_parse(&rule, cases[i].rule, &e), 0);
		assert_int_equal(eval_choose(&rule, &s, EVAL_CLEAN, 1, &t, &e), 0);
		if (fabs(t - cases[i].threshold) > 1e-9)
			fail_msg("%s: %g, not %g", cases[i].rule, t, cases[i].threshold);
	}
	assert_int_equal(stat_rule_parse(&rule, "sensitivity=1", &e), 0);
	assert_int_equal(eval_choose(&rule, &s, EVAL_CLEAN, 0, &t, &e), 0); /* on p of the other class: .4 of the third */
	assert_near(t, .4, 1e-9);
	assert_true(eval_threshold_for_model(.7) < .7 && eval_threshold_for_model(.7) > .6999);
	assert_true((double)(float).7 >= eval_threshold_for_model(.7));
	scores_free(&s);
}

static void sharing_is_refused(void **state)
{
	static const struct made test[] = {{"a", "p1", NULL, 0, -1}, {"b", "p2", NULL, 1, 1}};
	static const struct made image[] = {{"a", "", NULL, 0, -1}, {"c", "", NULL, 1, 1}};
	static const struct made patient[] = {{"c", "p2", NULL, 0, -1}, {"d", "p3", NULL, 1, 1}};
	static const struct made other[] = {{"c", "", NULL, 0, -1}, {"d", "", NULL, 1, 1}};
	struct scores s = MADE(test), i = MADE(image), p = MADE(patient), o = MADE(other);
	struct eval_permit none = {false, false}, all = {true, true};
	struct eval_shared both;
	struct err e;

	(void)state;
	assert_int_equal(eval_others(&o, &s, none, &both, &e), 0);
	assert_true(both.images == 0 && both.patients == 0); /* unknown patients are nobody's */
	assert_int_equal(eval_others(&i, &s, none, &both, &e), -1);
	assert_non_null(strstr(e.text, "1 images are also measured on"));
	assert_int_equal(eval_others(&p, &s, none, &both, &e), -1);
	assert_non_null(strstr(e.text, "of patients that are also measured on"));
	assert_int_equal(eval_others(&p, &s, all, &both, &e), 0);
	assert_true(both.images == 0 && both.patients == 1);
	o.seen = 1;
	assert_int_equal(eval_others(&o, &s, none, &both, &e), -1);
	assert_non_null(strstr(e.text, "trained on"));
	o.seen = 0;
	o.class[0][0] = 'Z';
	assert_int_equal(eval_others(&o, &s, all, &both, &e), -1);
	scores_free(&s);
	scores_free(&i);
	scores_free(&p);
	scores_free(&o);
}

static void a_model_can_be_set_to_it(void **state)
{
	static const struct made m[] = {{"1", NULL, NULL, 0, -1}, {"2", NULL, NULL, 1, 1}, {"3", NULL, NULL, 1, 2},
	                                {"4", NULL, NULL, 1, 3}};
	struct scores s = MADE(m);
	struct calibration k = {.25, .5};
	struct written w;

	(void)state;
	eval_calibration_write(&k, .3, 1, &s, "made up", written_start(&w));
	assert_string_equal(written_end(&w), "name\tvalue\ntemperature\t2\nbias\t0.25\nthreshold\t0.3\nprevalence\t0.75\n"
	                                     "note\tmade up\n");
	free(w.text);
	eval_calibration_write(&k, .3, 0, &s, "of A", written_start(&w)); /* a model speaks of its last class */
	assert_string_equal(written_end(&w), "name\tvalue\ntemperature\t2\nbias\t-0.25\nthreshold\t0.7\nprevalence\t0.75\n"
	                                     "note\tof A\n");
	free(w.text);
	eval_calibration_write(NULL, NAN, 1, &s, "nothing", written_start(&w));
	assert_string_equal(written_end(&w), "name\tvalue\nnote\tnothing\n");
	free(w.text);
	scores_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalings_are_found),     cmocka_unit_test(a_scaling_is_applied),
		cmocka_unit_test(what_cannot_be_fitted_is_said), cmocka_unit_test(thresholds_follow_their_rules),
		cmocka_unit_test(sharing_is_refused),     cmocka_unit_test(a_model_can_be_set_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
