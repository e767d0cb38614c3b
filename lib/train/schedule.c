/* The learning rate over a stage, and the text of a schedule. */
#include "train/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"

static const char *const names[] = {"constant", "cosine", "step", "plateau", "onecycle"};
enum { KINDS = sizeof names / sizeof *names };

static int whole(const char *text, int *out)
{
	int64_t n;

	if (!num_int(text, 1, 1000000, &n))
		return -1;
	*out = (int)n;
	return 0;
}

static int set_key(struct schedule *s, const char *key, const char *value)
{
	bool falls = s->kind == SCHEDULE_STEP || s->kind == SCHEDULE_PLATEAU;

	if (!strcmp(key, "warmup") && s->kind != SCHEDULE_ONECYCLE)
		return whole(value, &s->warmup);
	if (!strcmp(key, "every") && s->kind == SCHEDULE_STEP)
		return whole(value, &s->every);
	if (!strcmp(key, "patience") && s->kind == SCHEDULE_PLATEAU)
		return whole(value, &s->patience);
	if (!strcmp(key, "factor") && falls)
		return num_double(value, &s->factor) && s->factor > 0 && s->factor < 1 ? 0 : -1;
	return -1;
}

static int parse_words(struct schedule *s, char *rest, struct err *e)
{
	char *name = strsep(&rest, ":"), *word;
	int k = choice_find("schedule", name, names, KINDS, e);

	if (k < 0)
		return -1;
	*s = (struct schedule){.kind = k, .every = 10, .patience = 5, .factor = .1};
	while ((word = strsep(&rest, ":"))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!value || set_key(s, word, value))
			return err_set(e, "schedule %s: '%s%s%s' is no setting of it", name, word, value ? "=" : "",
			               value ? value : "");
	}
	return 0;
}

int schedule_parse(const char *spec, struct schedule *s, struct err *e)
{
	char *copy = xstrdup(spec);
	int rc = parse_words(s, copy, e);

	free(copy);
	return rc;
}

char *schedule_text(const struct schedule *s)
{
	struct text t = {0};

	text_add(&t, names[s->kind]);
	if (s->kind == SCHEDULE_STEP)
		text_addf(&t, ":every=%d:factor=%.9g", s->every, s->factor);
	if (s->kind == SCHEDULE_PLATEAU)
		text_addf(&t, ":patience=%d:factor=%.9g", s->patience, s->factor);
	if (s->warmup)
		text_addf(&t, ":warmup=%d", s->warmup);
	return t.s;
}

void schedule_note(const struct schedule *s, struct plateau *p, double loss)
{
	if (!p->seen++ || loss < p->best * (1 - 1e-4)) {
		p->best = loss;
		p->bad = 0;
	} else if (++p->bad >= s->patience) {
		p->falls++;
		p->bad = 0;
	}
}

static double between(double from, double to, double share)
{
	return to + (from - to) / 2 * (1 + cos(M_PI * share));
}

static double onecycle(double rate, long step, long steps)
{
	double top = .3 * (double)steps - 1, end = (double)steps - 1, low = rate / 25;

	if (top > 0 && (double)step <= top)
		return between(low, rate, (double)step / top);
	top = top > 0 ? top : 0;
	return end > top ? between(rate, low / 1e4, ((double)step - top) / (end - top)) : rate;
}

double schedule_rate(const struct schedule *s, double rate, struct moment m, const struct plateau *p)
{
	int epoch = m.epoch - s->warmup, epochs = m.epochs - s->warmup;

	if (epoch < 0)
		return rate * (m.epoch + 1) / (s->warmup + 1);
	switch (s->kind) {
	case SCHEDULE_COSINE: return rate * .5 * (1 + cos(M_PI * epoch / epochs));
	case SCHEDULE_STEP: return rate * pow(s->factor, epoch / s->every);
	case SCHEDULE_PLATEAU: return rate * pow(s->factor, p->falls);
	case SCHEDULE_ONECYCLE: return onecycle(rate, m.step, m.steps);
	default: return rate;
	}
}
