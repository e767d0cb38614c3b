/* How the training went. */
#include <string.h>

#include "report/chapters.h"

void section_training(FILE *f, const struct report *r)
{
	const struct columns *t = r->log;
	int best = columns_find(t, "best");
	size_t kept = t->nrow;

	for (size_t i = 0; best >= 0 && i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, best), "1"))
			kept = i;
	if (t->ncol) {
		html(f, "<p>%zu %s.", t->nrow, t->nrow == 1 ? "epoch" : "epochs");
		if (kept < t->nrow)
			html(f, " Kept was epoch %zu; AUC on the validation images %.4f.", kept + 1,
			     columns_number(t, kept, columns_find(t, "val_auc")));
		fputs("</p>\n", f);
	} else
		html_missing(f, "log.tsv", "the course of the training is not known");
	fputs("<div class=plots>\n", f);
	html_plot(f, r, "loss", "Loss, by epoch");
	html_plot(f, r, "auc", "AUC on the validation images, by epoch");
	fputs("</div>\n", f);
}
