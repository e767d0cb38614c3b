#ifndef CMD_METRICS_H
#define CMD_METRICS_H

#include "eval/eval.h"

/* What the command line says of a job about maps: cxr-metrics maps and froc. */
struct maps_job {
	const char *input, *choose_on, *against, *truth, *output; /* NULL: standard input; not given */
	const struct filter *filter;
	int nfilter;
	struct eval_permit permit;
	struct bootstrap boot;
};
/* The exit status: 4 where there is nothing to judge by. */
int metrics_maps(struct maps_job *job);
int metrics_froc(struct maps_job *job);

/* Where the command line does not say how many: of many images a few are as good. */
void metrics_resamples(struct bootstrap *boot, size_t images);

#endif
