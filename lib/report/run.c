/* What was run, on what, and what the numbers do not say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"

void html_commands(FILE *f, const struct report *r)
{
	if (r->nstep < 0) {
		html_missing(f, "commands", "the commands are not known");
		return;
	}
	fputs("<dl class=commands>\n", f);
	for (int i = 0; i < r->nstep; i++)
		html(f, "<dt>%s</dt><dd><pre>%s</pre></dd>\n", r->step[i].name, r->step[i].line);
	fputs("</dl>\n", f);
}

/* Numbers with commas between. */
static size_t count_words(const char *list)
{
	size_t n = *list != 0;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* Metadata of a record as rows; long lists of numbers become their length. */
static void metadata(FILE *f, const struct record *rec)
{
	fputs("<div class=scroll><table class=meta>\n<tbody>\n", f);
	for (int i = 0; i < rec->nmeta; i++) {
		html(f, "<tr><th>%s</th><td>", rec->meta[i].key);
		if (!strcmp(rec->meta[i].key, "train.sha256"))
			html(f, "of %zu training images", strlen(rec->meta[i].value) / 16);
		else if (!strncmp(rec->meta[i].key, "conformal.", 10))
			html(f, "%zu cuts", count_words(rec->meta[i].value));
		else if (!strcmp(rec->meta[i].key, "odd"))
			html(f, "%zu numbers", strlen(rec->meta[i].value) / 8);
		else
			html(f, "%s", rec->meta[i].value);
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

void section_run(FILE *f, const struct report *r)
{
	fputs("<h3>Commands</h3>\n", f);
	html_commands(f, r);
	html_tables(f, r, IN_RUN);
	fputs("<h3>The model</h3>\n", f);
	if (r->model.nmeta)
		metadata(f, &r->model);
	else
		html_missing(f, "model.safetensors", "it cannot be described");
	fputs("<h3>The test stream</h3>\n", f);
	if (r->head.nmeta)
		metadata(f, &r->head);
	else
		html_missing(f, "test.cxr", "how the test images were prepared is not known");
}

static const char *images(size_t n)
{
	return n == 1 ? "image" : "images";
}

static void failures(FILE *f, const struct report *r)
{
	const struct columns *t = r->scores;
	int status = columns_find(t, "status"), label = columns_find(t, "label");
	size_t failed = 0, seen = 0, unlabelled = 0;

	for (size_t i = 0; status >= 0 && i < t->nrow; i++) {
		const char *s = columns_at(t, i, status);
		bool was_seen = !strcmp(s, "seen"), scored = was_seen || !strcmp(s, "ok");
		failed += !scored;
		seen += was_seen;
		unlabelled += scored && !*columns_at(t, i, label);
	}
	if (failed)
		html(f, "<li>%zu test %s could not be read and count in no measure.</li>\n", failed, images(failed));
	if (seen)
		html(f, "<li class=bad>%zu test %s also in the training data. The measures are too good.</li>\n", seen,
		     seen == 1 ? "image was" : "images were");
	if (unlabelled)
		html(f, "<li>%zu test %s without a label and in no measure.</li>\n", unlabelled,
		     unlabelled == 1 ? "image is" : "images are");
}

void section_caveats(FILE *f, const struct report *r)
{
	double n, positives, lo, hi;

	fputs("<ul>\n", f);
	failures(f, r);
	if (r->synthetic > 0)
		fputs("<li>The images are synthetic: drawn lungs with drawn opacities. A network that is perfect here has "
		      "learned to see the drawings.</li>\n", f);
	if (report_metric(r, "items", &n, NULL, NULL) && n < 200)
		html(f, "<li>%.0f test images are few; read the intervals, not the values.</li>\n", n);
	if (report_metric(r, "auc", NULL, &lo, &hi) && hi - lo > .05)
		html(f, "<li>The interval of the AUC is %.3f wide; differences smaller than that mean nothing here.</li>\n",
		     hi - lo);
	if (report_metric(r, "prevalence", &positives, NULL, NULL) && isfinite(positives))
		html(f, "<li>%.0f %% of the test images are %s. Where the share is another, precision and NPV are other "
		     "numbers.</li>\n", 100 * positives, r->positive);
	fputs(report_elsewhere(r)
	      ? "<li>The images are of another source than the training images. They stand for that source alone; a third one "
	        "may be different again.</li>\n"
	      : "<li>Test images come from the same source as the training images. On images from another hospital, "
	        "machine or age group expect less; measure there before believing anything.</li>\n", f);
	fputs("<li>Networks use what separates the classes in the data, markers, borders and exposure included. The "
	      "heat maps can show such a shortcut; they cannot show that there is none.</li>\n"
	      "<li>Labels are taken as given. A wrong label counts as a wrong answer.</li>\n"
	      "<li>Nothing here was evaluated for clinical use. Research software, not a medical device.</li>\n"
	      "</ul>\n", f);
}

/* The model card. */

void section_card(FILE *f, const struct report *r)
{
	const char *arch = record_get(&r->model, "arch"), *classes = record_get(&r->model, "classes");

	fputs("<dl class=card>\n", f);
	html(f, "<dt>Model</dt><dd>%s, for the classes %s</dd>\n", arch ? arch : "not known", classes ? classes : "not known");
	fputs("<dt>Meant for</dt><dd>Research on methods, on images like those it was tested on.</dd>\n"
	      "<dt>Not meant for</dt><dd>Diagnosis, triage, screening or any other care of patients; images of other "
	      "machines, views or ages than tested. It is not a medical device.</dd>\n", f);
	html(f, "<dt>Trained on</dt><dd>%s</dd>\n", r->synthetic > 0 ? "synthetic images: nothing here is about patients"
	     : "the images of the split train, see above");
	html(f, "<dt>Limits</dt><dd>%s</dd>\n<dt>Groups</dt><dd>not known to the tool unless a table of groups is shown "
	     "above</dd>\n</dl>\n", "One source of images, labels taken as given; see the next section.");
}
