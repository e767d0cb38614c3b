#ifndef NN_SCHEDULE_H
#define NN_SCHEDULE_H

#include "base/err.h"

/* Learning rate over a run. cosine: from the full rate to nearly zero, once per epoch (Loshchilov and Hutter 2017). */
enum schedule { SCHEDULE_CONSTANT, SCHEDULE_COSINE };
int schedule_parse(const char *name, enum schedule *s, struct err *e); /* constant, cosine */
const char *schedule_name(enum schedule s);
double schedule_rate(enum schedule s, double rate, int epoch, int epochs); /* epoch from 0 */

#endif
