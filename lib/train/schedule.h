#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "base/err.h"

/* Learning rate over a stage of training, from a spec NAME[:KEY=VALUE...]:
 *   constant
 *   cosine    once per epoch from the full rate to nearly zero (Loshchilov and Hutter 2017)
 *   step      every=N epochs (default 10) times factor=X (.1)
 *   plateau   times factor=X (.1) when patience=N epochs (5) brought no validation loss lower by a share of 1e-4
 *   onecycle  every step: a cosine up from 1/25 of the rate in the first .3, down to 1/250000 (Smith 2018; as torch)
 * and, except onecycle, warmup=N: N epochs before them at 1/(N+1), 2/(N+1) ... of the rate. */
enum schedule_kind { SCHEDULE_CONSTANT, SCHEDULE_COSINE, SCHEDULE_STEP, SCHEDULE_PLATEAU, SCHEDULE_ONECYCLE };
struct schedule {
	enum schedule_kind kind;
	int warmup, every, patience;
	double factor;
};
int schedule_parse(const char *spec, struct schedule *s, struct err *e);
char *schedule_text(const struct schedule *s); /* canonical spec, fresh memory */

/* What a plateau remembers; {0} at the start. Told of every epoch's validation loss in order. */
struct plateau {
	int seen, bad, falls;
	double best;
};
void schedule_note(const struct schedule *s, struct plateau *p, double loss);

struct moment {
	int epoch, epochs; /* from 0; of the stage */
	long step, steps;  /* the same in steps */
};
double schedule_rate(const struct schedule *s, double rate, struct moment m, const struct plateau *p);

#endif
