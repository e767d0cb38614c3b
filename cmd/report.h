#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "stream/record.h"

/* What cxr-report knows of a folder, and the sections it writes. Only cmd/cxr-report.c and cmd/report_*.c use this. */

/* A TSV file in memory. cell[0 .. ncol-1] is the header line; short rows are filled with "". */
struct table {
	char **cell;
	int ncol;
	size_t nrow, cap; /* rows without the header; allocated cells */
};
/* DIR/name. An absent file leaves an empty table (ncol 0) and is no error; 0 or -1. */
int table_read(struct table *t, const char *dir, const char *name, struct err *e);
void table_free(struct table *t);
int table_column(const struct table *t, const char *name); /* -1 when there is none */
const char *table_at(const struct table *t, size_t row, int column); /* "" for column -1 */
double table_number(const struct table *t, size_t row, int column);  /* NaN when it is none */

struct report {
	const char *dir;
	struct table list, log, scores, metrics, confusion;
	struct record model, head; /* metadata of the model and of the test stream; empty when absent */
	bool synthetic;            /* the images were drawn by cxr-phantom */
	bool beside;               /* several runs side by side: metrics.tsv has a column run */
	const char *positive;      /* the last class, "" when not known */
	int shown;                 /* images in each group of the gallery at most */
};
bool report_exists(const char *path);
int report_load(struct report *r, struct err *e);
void report_free(struct report *r);
bool report_binary(const struct report *r); /* two classes, by the model or the score table */
/* value, lo, hi of a metric; false when the table does not have it. Any pointer may be NULL. */
bool report_metric(const struct report *r, const char *name, double *value, double *lo, double *hi);
/* Rows of the score table that count: status ok or seen, and a label. */
bool report_counts(const struct report *r, size_t row);
double report_probability(const struct report *r, size_t row, const char *class); /* in the score table; NaN: none */

/* printf with %s %d %zu %c and %.<digit>f only, where every %s is escaped for HTML text and attributes. */
void html(FILE *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void html_path(FILE *f, const char *text); /* %s that may be broken behind its slashes, rather than within a name */
void html_base64(FILE *f, const unsigned char *bytes, size_t n);
void html_missing(FILE *f, const char *file, const char *what); /* a paragraph that says what is absent, and why */
void html_number(FILE *f, double x); /* three decimals, or a dash for NaN */
void html_range(FILE *f, double lo, double hi); /* nothing where there is none */
/* Inlines DIR/plots/<name>.svg as a figure with a caption; says so when it is absent. */
void html_plot(FILE *f, const struct report *r, const char *name, const char *caption);
/* Inlines the plot or the PNG at DIR/<path> as a figure; nothing when it is absent. */
void html_figure(FILE *f, const struct report *r, const char *path, const char *caption);
bool html_png(FILE *f, const char *path, const char *alt); /* an img with its bytes; false, nothing: no such file */
void html_overlays(FILE *f, const struct report *r, size_t row); /* the heat maps of a row of the score table */
void html_style(FILE *f); /* the style sheet */
void html_banner(FILE *f, const struct report *r); /* what the images are, and what the page is not for */
void html_commands(FILE *f, const struct report *r); /* DIR/commands/<step>, one file a step, by their names */

/* A measure and what it means. */
struct word {
	const char *metric, *name, *meaning;
	bool share; /* 0 to 1, drawn on that scale */
};
const struct word *report_word(int i); /* the i-th measure that is shown, NULL after the last */
/* The value as a dot and the interval as a bar on a scale; nothing for what lies outside. */
void html_whisker(FILE *f, double value, double lo, double hi, double from, double to);
/* A row of a table of measures, up to its last cell, what it says, which the caller fills and ends the row. */
void html_measure(FILE *f, const struct word *w, double value, double lo, double hi, double from, double to);

void html_methods(FILE *f, const struct report *r); /* nothing without methods/ */
void section_title(FILE *f, const struct report *r);
void section_summary(FILE *f, const struct report *r);
void summary_data(FILE *f, const struct report *r); /* its part about shortcuts and duplicates */
void section_data(FILE *f, const struct report *r);
void section_training(FILE *f, const struct report *r);
void section_results(FILE *f, const struct report *r);
void section_stress(FILE *f, const struct report *r); /* nothing without metrics-stress.tsv */
void section_images(FILE *f, const struct report *r);
void section_run(FILE *f, const struct report *r);
void section_use(FILE *f, const struct report *r);
void section_card(FILE *f, const struct report *r);
void section_checklists(FILE *f, const struct report *r);
void section_caveats(FILE *f, const struct report *r);
/* Of several runs: the distinct ones of metrics.tsv, borrowed names; a column in the row of a run's metric, NaN when
 * there is none. */
enum { MAX_RUNS = 50 };
int beside_runs(const struct report *r, const char *name[MAX_RUNS]);
double beside_number(const struct table *t, const char *run, const char *metric, const char *column);
void section_beside(FILE *f, const struct report *r);
void section_differences(FILE *f, const struct report *r);
void section_commands(FILE *f, const struct report *r);

/* What a table of the folder is shown in. */
enum shown_in { IN_DATA, IN_USE, IN_PICTURES, NOT_SHOWN };
/* The tables of the folder that belong there, each with its title. Absent ones are left out. */
void html_tables(FILE *f, const struct report *r, enum shown_in where);
void html_classes(FILE *f, const struct report *r);  /* each of several classes against the rest */
void html_measures(FILE *f, const struct report *r); /* measures.tsv: each kind of map, its mean over the images */
const char *report_table(int i); /* the file name of the i-th table that a folder can have, NULL after the last */

/* Every number of the folder's tables; 0 or -1 when one is damaged. */
int report_json(FILE *f, const struct report *r, struct err *e);

#endif
