/* The model card. */
#include "report.h"

void section_card(FILE *f, const struct report *r)
{
	const char *arch = record_get(&r->model, "arch"), *classes = record_get(&r->model, "classes");

	fputs("<section>\n<h2>Model card</h2>\n<dl class=card>\n", f);
	html(f, "<dt>Model</dt><dd>%s, for the classes %s</dd>\n", arch ? arch : "not known", classes ? classes : "not known");
	fputs("<dt>Meant for</dt><dd>Research on methods, on images like those it was tested on.</dd>\n"
	      "<dt>Not meant for</dt><dd>Diagnosis, triage, screening or any other care of patients; images of other "
	      "machines, views or ages than tested. It is not a medical device.</dd>\n", f);
	html(f, "<dt>Trained on</dt><dd>%s</dd>\n", r->synthetic ? "synthetic images: nothing here is about patients"
	     : "the images of the split train, see above");
	html(f, "<dt>Limits</dt><dd>%s</dd>\n<dt>Groups</dt><dd>not known to the tool unless a table of groups is shown "
	     "above</dd>\n</dl>\n</section>\n", "One source of images, labels taken as given; see the next section.");
}
