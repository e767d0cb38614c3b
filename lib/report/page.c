/* The order of the chapters, and what is around them. */
#include <stdarg.h>

#include "report/chapters.h"

struct chapter {
	void (*write)(FILE *f, const struct report *r);
	const char *id, *title;
	bool (*wanted)(const struct report *r); /* NULL: always */
};

static bool has_metrics(const struct report *r)
{
	return r->metrics->ncol > 0;
}

static bool has_stress(const struct report *r)
{
	return table_of(r, "metrics-stress.tsv")->nrow > 0;
}

static bool is_trained(const struct report *r)
{
	return !report_elsewhere(r);
}

static bool has_about(const struct report *r)
{
	return table_of(r, "about.tsv")->nrow > 0;
}

static const struct chapter one_run[] = {
	{section_summary, "summary", "In plain words", has_metrics},
	{section_about, "about", "About this study", has_about},
	{section_elsewhere, "elsewhere", "Images of another source", report_elsewhere},
	{section_data, "images", "The images", NULL},
	{section_training, "training", "Training", is_trained},
	{section_results, "results", "How good the answers are", NULL},
	{section_stress, "stress", "How they hold up on altered images", has_stress},
	{section_use, "use", "Use and failures", NULL},
	{section_images, "maps", "Where it looked", NULL},
	{section_card, "card", "Model card", NULL},
	{section_run, "run", "What was run", NULL},
	{section_caveats, "limits", "What these numbers do not say", NULL},
	{section_checklists, "checklists", "Checklists for a publication", NULL},
	{NULL, NULL, NULL, NULL}
};
static const struct chapter several[] = {
	{section_beside, "measures", "Measures", NULL}, {section_differences, "differences", "Differences", NULL},
	{section_commands, "training", "How they were trained", NULL},
	{section_caveats, "limits", "What these numbers do not say", NULL}, {NULL, NULL, NULL, NULL}
};

static void contents(FILE *f, const struct report *r, const struct chapter *c)
{
	fputs("<nav aria-label=contents><ul>\n", f);
	for (; c->write; c++)
		if (!c->wanted || c->wanted(r))
			html(f, "<li><a href=\"#%s\">%s</a></li>\n", c->id, c->title);
	fputs("</ul></nav>\n", f);
}

static void page(FILE *f, const struct report *r)
{
	const struct chapter *chapters = r->beside ? several : one_run;

	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "img-src data:; form-action 'none'; base-uri 'none'\">\n<title>cxr-tools report</title>\n<style>\n", f);
	html_style(f);
	fputs("</style>\n</head>\n<body>\n<main>\n", f);
	(r->beside ? title_beside : section_title)(f, r);
	contents(f, r, chapters);
	for (const struct chapter *c = chapters; c->write; c++)
		if (!c->wanted || c->wanted(r)) {
			html(f, "<section id=%s>\n<h2>%s</h2>\n", c->id, c->title);
			c->write(f, r);
			fputs("</section>\n", f);
		}
	html(f, "<footer><p class=device>Written by cxr-report %s. Research software, not a medical device.</p></footer>\n"
	     "</main>\n</body>\n</html>\n", CXR_VERSION);
}

void report_fault(const struct report *r, const char *format, ...)
{
	char text[sizeof r->fault->text];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (!*r->fault->text)
		err_set(r->fault, "%s", text);
}

int report_page(FILE *f, const struct report *r, struct err *e)
{
	struct err fault = {""};
	struct report shown = *r;

	shown.fault = &fault;
	page(f, &shown);
	return *fault.text ? err_set(e, "%s", fault.text) : 0;
}
