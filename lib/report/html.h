#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/report.h"
#include "stat/words.h"

/* The parts that pages are made of. */

/* printf with %s %d %zu %c and %.<digit>f only, where every %s is escaped for HTML text and attributes. */
void html(FILE *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void html_path(FILE *f, const char *text); /* %s that may be broken behind its slashes, rather than within a name */
void html_base64(FILE *f, const unsigned char *bytes, size_t n);
void html_missing(FILE *f, const char *file, const char *what); /* a paragraph that says what is absent, and why */
void html_number(FILE *f, double x); /* three decimals, or a dash for NaN */
void html_range(FILE *f, double lo, double hi); /* nothing where there is none */
void html_style(FILE *f); /* the style sheet */

/* The value as a dot and the interval as a bar on a scale; nothing for what lies outside. */
void html_whisker(FILE *f, double value, double lo, double hi, double from, double to);
/* A row of a table of measures, up to its last cell, what it says, which the caller fills and ends the row. */
void html_measure(FILE *f, const struct word *w, double value, double lo, double hi, double from, double to);
/* What a measure means; which way is better where that is not plain: always for maps, else where less is. */
void html_meaning(FILE *f, const struct word *w, bool always);

/* Inlines DIR/plots/<name>.svg as a figure with a caption; says so when it is absent. */
void html_plot(FILE *f, const struct report *r, const char *name, const char *caption);
/* Inlines the plot or the PNG at DIR/<path> as a figure; nothing when it is absent. */
void html_figure(FILE *f, const struct report *r, const char *path, const char *caption);
/* An img with the bytes of a file; false, nothing: no such file. */
bool html_png(FILE *f, const struct report *r, const char *path, const char *alt);

#endif
