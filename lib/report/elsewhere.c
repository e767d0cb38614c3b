/* A model on images of another source: beside the figures and the images that it was calibrated on. */
#include <stdlib.h>
#include <string.h>

#include "report/chapters.h"

bool report_elsewhere(const struct report *r)
{
	return table_of(r, "home.tsv")->ncol > 0;
}

/* How many kinds of images differ from those at home; a "not known" is never taken for alike. */
static void drifted(FILE *f, const struct columns *t)
{
	size_t count[3] = {0, 0, 0};
	static const char *const verdict[] = {"outside", "moved", "not known"};

	for (size_t i = 0; i < t->nrow; i++)
		for (int k = 0; k < 3; k++)
			count[k] += !strcmp(columns_at(t, i, columns_find(t, "verdict")), verdict[k]);
	html(f, "<p>Comparisons of sizes, intensities, views and the share of positives: %zu; outside what was seen there: "
	     "%zu; moved: %zu; not known: %zu.</p>\n", t->nrow, count[0], count[1], count[2]);
}

void section_elsewhere(FILE *f, const struct report *r)
{
	const char *at = record_get(&r->model, "figure.auc");

	fputs("<p>The model was trained elsewhere, and nothing was trained here: in the words of CLAIM an <b>external "
	      "test</b>.</p>\n", f);
	if (!at)
		fputs("<p class=missing>The model has stored no figures of its own: what it lost or gained here is not "
		      "known.</p>\n", f);
	drifted(f, table_of(r, "drift.tsv"));
	html_tables(f, r, IN_ELSEWHERE);
	if (!table_of(r, "recalibrated.tsv")->nrow)
		fputs("<p>Probabilities and threshold are those the model came with. RECALIBRATE=yes shows what fitting them "
		      "to these images would give.</p>\n", f);
}
