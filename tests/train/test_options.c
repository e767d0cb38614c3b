/* Options of training: from text and back. */
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/rng.h"
#include "near.h"
#include "train/stage.h"

static char *through(const char *text)
{
	char *words = xstrdup(text), *again;
	struct draft d;
	struct stage s;
	struct err e;

	draft_defaults(&d);
	if (draft_read(&d, words, &e) || draft_settle(&d, &s, &e))
		fail_msg("%s: %s", text, e.text);
	again = stage_text(&s);
	free(words);
	return again;
}

/* One of the keys, set at random; some keys are for one optimizer only. */
static void add_key(struct text *t, struct rng *r, int key, bool sgd)
{
	static const char *const schedules[] = {"constant", "cosine:warmup=2", "step:every=3:factor=0.25", "onecycle",
	                                        "plateau:patience=2:factor=0.3"};

	switch (key) {
	case 0: text_addf(t, " epochs=%d", 1 + (int)rng_below(r, 999)); break;
	case 1: text_addf(t, " lr=%.17g", rng_uniform(r)); break;
	case 2: text_addf(t, " schedule=%s", schedules[rng_below(r, 5)]); break;
	case 3: text_addf(t, " weight-decay=%.17g", rng_uniform(r)); break;
	case 4: text_addf(t, " clip=%.17g", rng_uniform(r)); break;
	case 5: text_add(t, " l2=fc=0.001,layer4=1e-05"); break;
	case 6: text_add(t, " train=fc,layer4+"); break;
	case 7: text_addf(t, " patience=%d", 1 + (int)rng_below(r, 9)); break;
	case 8: text_addf(t, "%s%.17g", sgd ? " momentum=" : " lr=", rng_uniform(r)); break;
	}
}

/* The message about a key that is none lists those there are: none of them may be missing from the test. */
static void every_key_was_said(const char *said)
{
	struct draft d;
	struct err e;
	int n;

	draft_defaults(&d);
	assert_int_equal(draft_set(&d, "none", "1", &e), -1);
	*strrchr(e.text, ')') = '\0';
	char **key = choice_split(strchr(e.text, '(') + 1, ',', &n);

	assert_int_equal(n, 10);
	for (int k = 0; k < n; k++) {
		char *text = xasprintf("%s=", key[k] + (*key[k] == ' '));

		if (!strstr(said, text))
			fail_msg("%s is not tested", text);
		free(text);
	}
	free(key);
}

static void a_printed_stage_is_read_as_itself(void **state)
{
	static const char *const optimizers[] = {"adam", "adamw", "sgd"};
	struct rng r = rng_at(1, RNG_SHUFFLE, 0, 0);
	struct text said = {0};

	(void)state;
	for (int i = 0; i < 500; i++) {
		int kind = (int)rng_below(&r, 3);
		struct text t = {0};

		text_addf(&t, "optimizer=%s", optimizers[kind]);
		for (int key = 0; key < 9; key++)
			if (rng_below(&r, 2))
				add_key(&t, &r, key, kind == 2);
		text_add(&said, t.s);
		char *once = through(t.s), *twice = through(once);

		assert_string_equal(once, twice);
		free(once);
		free(twice);
		text_free(&t);
	}
	every_key_was_said(said.s);
	text_free(&said);
}

/* The text is the identity of a checkpoint: each option that changes a result changes it, the others do not. */
static void every_option_is_in_the_text(void **state)
{
	struct train_options o, plain;

	(void)state;
	train_defaults(&plain);
	char *before = train_options_text(&plain);

#define CHANGED(same, ...) do { \
		o = plain; \
		__VA_ARGS__; \
		char *after = train_options_text(&o); \
		if ((strcmp(before, after) == 0) != (same)) \
			fail_msg("%s: %s", #__VA_ARGS__, after); \
		free(after); \
	} while (0)
	CHANGED(true, (void)o);
	CHANGED(true, o.cache = 1);
	CHANGED(false, o.stage[0].epochs = 6);
	CHANGED(false, o.stage[0].patience = 1);
	CHANGED(false, o.stage[0].rate = .5);
	CHANGED(false, o.stage[0].train = "fc");
	CHANGED(false, o.stage[0].schedule.kind = SCHEDULE_COSINE);
	CHANGED(false, o.stage[0].schedule.warmup = 2);
	CHANGED(false, o.stage[0].optim.kind = OPTIM_ADAMW);
	CHANGED(false, o.stage[0].optim.weight_decay = .5);
	CHANGED(false, o.stage[0].optim.l2 = "fc=1");
	CHANGED(false, o.stage[0].optim.clip = 1);
	CHANGED(false, o.nstage = 2, o.stage[1] = o.stage[0]);
	CHANGED(false, o.batch = 8);
	CHANGED(false, o.microbatch = 4);
	CHANGED(false, o.replicas = 2);
	CHANGED(false, o.shuffle = false);
	CHANGED(false, o.seed = 1);
	CHANGED(false, o.loss.kind = LOSS_CE);
	CHANGED(false, o.loss.gamma = 2);
	CHANGED(false, o.loss.smoothing = .1);
	CHANGED(false, o.weights = "balanced");
	CHANGED(false, o.augment.hflip = true);
	CHANGED(false, o.augment.rotate = 5);
	CHANGED(false, o.augment.mixup = .2);
	CHANGED(false, o.evidence = 1);
	CHANGED(false, o.background = .5);
	CHANGED(false, o.keep_last = true);
	CHANGED(false, o.ema = .9);
#undef CHANGED
	free(before);
}

static void what_is_given_stays(void **state)
{
	(void)state;
	char *text = through("  lr=0.5 optimizer=sgd train=fc epochs=7 ");

	assert_string_equal(text, "epochs=7 optimizer=sgd lr=0.5 schedule=constant momentum=0.9 train=fc");
	free(text);
	text = through("");
	assert_string_equal(text, "epochs=5 optimizer=adam lr=0.001 schedule=constant");
	free(text);
}

static void wrong_stages_are_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{"epochs", "'epochs' is not KEY=VALUE"},
		{"epochs=0", "epochs '0' is not a whole number from 1 to 1000000"},
		{"lr=-1", "lr '-1' is not a number from 0 to 1e+30"},
		{"lr=nan", "lr 'nan' is not a number from 0 to 1e+30"},
		{"train=", "train: no names"},
		{"momentum=0.9", "--momentum is for --optimizer sgd"},
		{"batch=3", "'batch' cannot be set for a stage"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char *words = xstrdup(wrong[i].text);
		struct draft d;
		struct stage s;
		struct err e;

		draft_defaults(&d);
		assert_true(draft_read(&d, words, &e) || draft_settle(&d, &s, &e));
		free(words);
		assert_int_equal(strncmp(e.text, wrong[i].message, strlen(wrong[i].message)), 0);
	}
}

static void options_go_together(void **state)
{
	struct train_options o;
	struct err e;

	(void)state;
	train_defaults(&o);
	assert_int_equal(train_check(&o, false, &e), 0);
	o.stage[0].patience = 1;
	assert_int_equal(train_check(&o, true, &e), 0);
	assert_int_equal(train_check(&o, false, &e), -1);
	o.keep_last = true;
	assert_int_equal(train_check(&o, true, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_printed_stage_is_read_as_itself), cmocka_unit_test(what_is_given_stays),
		cmocka_unit_test(wrong_stages_are_refused), cmocka_unit_test(options_go_together),
		cmocka_unit_test(every_option_is_in_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
