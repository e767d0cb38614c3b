/* libFuzzer: lines of text as a stage, an augmentation, a schedule and an l2 list. What is a stage is printed and read
 * again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/augment.h"
#include "train/stage.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_stage(char *line)
{
	struct train_options o;
	struct stage s;
	struct draft d;
	struct err e;

	draft_defaults(&d);
	if (draft_read(&d, line, &e) || draft_settle(&d, &s, &e))
		return;
	char *text = stage_text(&s), *words = xstrdup(text), *again;
	struct stage second;

	draft_defaults(&d);
	if (draft_read(&d, words, &e) || draft_settle(&d, &second, &e))
		abort();
	again = stage_text(&second);
	if (strcmp(text, again))
		abort();
	train_defaults(&o);
	o.stage[0] = s;
	fuzz_reached++;
	train_check(&o, true, &e);
	free(train_options_text(&o));
	free(text);
	free(words);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *rest = text, *line;
	struct augment a = {0};
	struct schedule s = {0};
	struct err e;

	for (int k = 0; (line = strsep(&rest, "\n")); k++)
		if (k % 3 == 0)
			read_stage(line);
		else if (k % 3 == 1)
			augment_parse(line, &a, &e);
		else
			schedule_parse(line, &s, &e);
	free(text);
	return 0;
}
