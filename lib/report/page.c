/* The order of the chapters, and what is around them. */
#include <stdarg.h>

#include "report/chapters.h"

typedef void section(FILE *f, const struct report *r);
static section *const one_run[] = {
	section_title, section_summary, section_data, section_training, section_results, section_stress, section_use,
	section_images, section_card, section_run, section_caveats, section_checklists, NULL
};
static section *const several[] = {section_beside, section_differences, section_commands, section_caveats, NULL};

static void page(FILE *f, const struct report *r)
{
	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "img-src data:; form-action 'none'; base-uri 'none'\">\n<title>cxr-tools report</title>\n<style>\n", f);
	html_style(f);
	fputs("</style>\n</head>\n<body>\n<main>\n", f);
	for (section *const *write = r->beside ? several : one_run; *write; write++)
		(*write)(f, r);
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
