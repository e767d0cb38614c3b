#ifndef REPORT_CHAPTERS_H
#define REPORT_CHAPTERS_H

#include <dirent.h>
#include <sys/stat.h>

#include "report/html.h"
#include "report/report.h"

/* The chapters of the page, and what they ask of a loaded folder. A chapter about what the folder lacks says so or is
 * left out. */

/* All tables that a folder can have. */
enum table_place {
	IN_DATA, IN_USE, IN_IMAGES, IN_ELSEWHERE, IN_RUN, NOT_SHOWN,
	AN_IMAGE_EACH /* not in report.json either */
};
struct table_kind {
	const char *file;
	const char *names, *numbers; /* columns that it must have, blanks between; NULL: none */
	enum table_place place;
	size_t rows; /* shown at most */
	const char *title, *says;
};
const struct table_kind *table_kind(int i); /* the i-th, NULL after the last */
/* Reads all into r->table. 0 or -1: one is there and cannot be read, or is damaged. */
int tables_load(struct report *r, struct err *e);
void tables_free(struct report *r);
const struct columns *table_of(const struct report *r, const char *file); /* of a name in the list; empty: absent */

/* Is something there? What may not be looked at is not absent: a fault. exists: a link that leads nowhere counts, so
 * that reading it will say so. */
bool report_look(const struct report *r, const char *path, struct stat *st);
bool report_exists(const struct report *r, const char *path);
/* scandir in the order of names; -1: no such folder. */
typedef int report_filter(const struct dirent *);
int report_folder(const struct report *r, const char *dir, report_filter *filter, struct dirent ***entry);
/* A file that is there cannot be shown: said once all is read, or the page is written, the first of them. */
void report_fault(const struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool report_binary(const struct report *r); /* two classes, by the model or the score table */
/* value, lo, hi of a metric; false when the table does not have it. Any pointer may be NULL. */
bool report_metric(const struct report *r, const char *name, double *value, double *lo, double *hi);
void html_level(FILE *f, const struct report *r); /* of the intervals of metrics.tsv: "95 %" */
/* Is a measure not to be shown, since it rests on fewer than ten images of a class? */
bool report_withheld(const struct report *r, const char *name);
/* Rows of the score table that count: status ok or seen, and a label. */
bool report_counts(const struct report *r, size_t row);
double report_probability(const struct report *r, size_t row, const char *class); /* in the score table; NaN: none */

/* A name of an image or a patient as the page shows it; fresh memory. */
char *report_name(const struct report *r, const char *name);
bool report_is_name(const char *column); /* of a table: does it hold such names? */

void title_beside(FILE *f, const struct report *r);
void section_title(FILE *f, const struct report *r);
void section_summary(FILE *f, const struct report *r);
bool report_elsewhere(const struct report *r); /* is this a model on images of another source? */
void section_elsewhere(FILE *f, const struct report *r);
void section_data(FILE *f, const struct report *r);
void section_training(FILE *f, const struct report *r);
void section_results(FILE *f, const struct report *r);
void section_stress(FILE *f, const struct report *r); /* the page leaves it out without metrics-stress.tsv */
void section_use(FILE *f, const struct report *r);
void section_images(FILE *f, const struct report *r);
void section_card(FILE *f, const struct report *r);
void section_run(FILE *f, const struct report *r);
void section_caveats(FILE *f, const struct report *r);
void section_about(FILE *f, const struct report *r); /* about.tsv: what the run cannot know */
void section_checklists(FILE *f, const struct report *r);

/* Of several runs. */
void section_beside(FILE *f, const struct report *r);
void section_differences(FILE *f, const struct report *r);
void section_commands(FILE *f, const struct report *r);

/* From files to what was measured on. */
struct report_flow {
	size_t listed, tested; /* images of the list, and those of its split test */
	size_t rows, failed, unlabelled; /* of the score table; without a score; with one and without a label */
};
struct report_flow report_flow(const struct report *r);
double report_threshold(const struct report *r); /* in use, of the positive class; NaN: none, or not known */

void html_flow(FILE *f, const struct report *r); /* the images as boxes, from files to answers */

/* What chapters share. */
void html_banner(FILE *f, const struct report *r); /* what the images are, and what the page is not for */
void html_commands(FILE *f, const struct report *r); /* DIR/commands/<step>, one file a step, by their names */
void html_tables(FILE *f, const struct report *r, enum table_place place); /* those shown there, each with its title */
bool report_neighbours(const struct report *r); /* are training images known that answers may come from? */
void html_neighbours(FILE *f, const struct report *r, const char *id); /* those of an image, with their labels */
void html_methods(FILE *f, const struct report *r); /* nothing without methods/ */
void html_found(FILE *f, const struct report *r); /* froc/: are lesions found? Nothing without it */
void html_map_measures(FILE *f, const struct report *r); /* measures.tsv: each kind of map, its mean over the images */

#endif
