/* libFuzzer: any bytes as the table of cxr-metrics calibrate. What a model takes of it leaves its answers
 * probabilities, and a later prevalence too. */
#include <stdlib.h>

#include "nn/abstain.h"
#include "nn/setting.h"
#include "scratch.h"
#include "toy.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net *n = toy_net();
	struct abstain a = {0};
	struct err e;

	if (!setting_read(n, scratch(data, size), &e)) {
		fuzz_reached++;
		toy_answers(n);
		if (!abstain_set(&a, n, .9, &e))
			abstain_is(&a, (float[]){1}, 1);
		abstain_free(&a);
		if (!setting_prevalence(n, .01, &e))
			toy_answers(n);
	}
	net_free(n);
	return 0;
}
