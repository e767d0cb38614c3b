/* libFuzzer: any document as the model file of a little network. What is taken as a model answers with probabilities,
 * whatever the raw outputs, and its metadata (odd, conformal cuts, prevalence) are used or refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/abstain.h"
#include "nn/odd.h"
#include "nn/setting.h"
#include "stream_mutator.h"
#include "toy.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(struct net *n)
{
	struct record description = {0};
	struct abstain a = {0};
	struct odd o;
	struct err e;

	fuzz_reached++;
	toy_answers(n);
	if (odd_get(&o, n, &e) > 0) {
		float *feature = calloc((size_t)o.n, sizeof *feature);
		double fact[ODD_FACTS] = {0, .5, NAN};

		if (!feature || isnan(odd_value(&o, feature, fact)))
			abort();
		free(feature);
	}
	odd_free(&o);
	if (!abstain_set(&a, n, .95, &e))
		abstain_is(&a, (float[]){.5f, -.5f}, 0);
	abstain_free(&a);
	net_describe(n, &description);
	record_free(&description);
	if (!setting_prevalence(n, .3, &e))
		toy_answers(n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r = {0};
	struct source src;
	struct net *n = toy_net();
	struct err e;

	source_memory(&src, "fuzz", data, size);
	if (record_read(&r, &src, NULL, &e) > 0 && !net_from_record(n, &r, &e))
		answer(n);
	record_free(&r);
	source_close(&src);
	net_free(n);
	return 0;
}
