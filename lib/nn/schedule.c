#include "nn/schedule.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {[SCHEDULE_CONSTANT] = "constant", [SCHEDULE_COSINE] = "cosine"};

int schedule_parse(const char *name, enum schedule *s, struct err *e)
{
	for (int k = 0; k < 2; k++)
		if (!strcmp(name, names[k])) {
			*s = k;
			return 0;
		}
	return err_set(e, "unknown schedule '%s' (constant, cosine)", name);
}

const char *schedule_name(enum schedule s)
{
	return names[s];
}

double schedule_rate(enum schedule s, double rate, int epoch, int epochs)
{
	return s == SCHEDULE_COSINE ? rate * .5 * (1 + cos(M_PI * epoch / epochs)) : rate;
}
