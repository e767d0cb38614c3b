/* The input of cxr-metrics: a score table or a scored stream, gzip and the like undone. */
#include "metrics.h"

#include "stream/stream.h"

void input_scores(struct scores *s, const char *path, const struct filter *filter, int nfilter)
{
	struct source src;
	struct err e;

	tool_input(&src, path);
	int stream = source_is_stream(&src, &e);
	if (stream < 0 || (stream ? stream_scores : scores_read)(s, &src, filter, nfilter, &e))
		die_err(&e);
	source_close(&src);
}
