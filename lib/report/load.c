/* What is in the folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/chapters.h"
#include "stream/stream.h"

static bool look(const struct report *r, const char *path, int flags, struct stat *st)
{
	struct err e;
	int there = file_look(path, flags, st, &e);

	if (there < 0)
		report_fault(r, "%s", e.text);
	return there > 0;
}

bool report_look(const struct report *r, const char *path, struct stat *st)
{
	return look(r, path, 0, st);
}

bool report_exists(const struct report *r, const char *path)
{
	struct stat st;

	return look(r, path, AT_SYMLINK_NOFOLLOW, &st);
}

int report_folder(const struct report *r, const char *dir, report_filter *filter, struct dirent ***entry)
{
	int n = scandir(dir, entry, filter, alphasort);

	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		report_fault(r, "%s: %s", dir, strerror(errno));
	return n;
}

static int check_threshold(const struct record *model, struct err *e)
{
	const char *text = record_get(model, "threshold");
	double x;

	if (text && !(num_double(text, &x) && x >= 0 && x <= 1))
		return err_set(e, "threshold '%.40s' is no probability", text);
	return 0;
}

/* The metadata of a model file or the head of a stream; neither is read further. Absent: stays empty, unless the user
 * named it. */
static int load_head(const struct report *r, struct record *rec, char *path, bool named, struct err *e)
{
	struct source src;
	int rc = 0;
	if ((named || report_exists(r, path)) && !(rc = source_file(&src, path, e))) {
		rc = record_read(rec, &src, NULL, e);
		if (!rc)
			err_set(e, "empty file");
		else if (rc > 0 && check_threshold(rec, e))
			rc = -1;
		source_close(&src);
		rc = rc > 0 ? 0 : err_prefix(e, "%s", path);
	}
	free(path);
	return rc;
}

bool report_binary(const struct report *r)
{
	const char *classes = record_get(&r->model, "classes"), *comma;
	if (classes)
		return (comma = strchr(classes, ',')) && !strchr(comma + 1, ',');
	int n = 0;
	for (int i = 0; i < r->scores->ncol; i++)
		n += !strncmp(r->scores->cell[i], "p_", 2);
	return n == 2;
}

/* The class that was measured as the positive one; where the measures do not say, the last: by the model, else the last
 * p_ column of the scores. Of more than two none is. Borrowed. */
static const char *positive(const struct report *r)
{
	const char *classes = record_get(&r->model, "classes"), *last = "";
	int said = columns_find(r->metrics, "positive");

	if (r->metrics->nrow && said >= 0)
		return columns_at(r->metrics, 0, said);
	if (!report_binary(r) && classes)
		return "";
	if (classes)
		return strrchr(classes, ',') ? strrchr(classes, ',') + 1 : classes;
	for (int i = 0; i < r->scores->ncol; i++)
		if (!strncmp(r->scores->cell[i], "p_", 2))
			last = r->scores->cell[i] + 2;
	return last;
}

/* Does the file begin as the settings of cxr-phantom? 1, 0: no, or it is not there, -1: it may not be read. */
static int are_settings(const char *path)
{
	static const char mark[] = "cxr-phantom ";
	char start[sizeof mark - 1];
	struct stat st;
	struct source src;
	int there = file_look(path, 0, &st, NULL);

	if (there <= 0 || !S_ISREG(st.st_mode))
		return there < 0 ? -1 : 0;
	if (source_file(&src, path, NULL))
		return -1;
	ptrdiff_t n = source_read(&src, start, sizeof start, NULL);
	source_close(&src);
	return n < 0 ? -1 : n == sizeof start && !memcmp(start, mark, sizeof start);
}

/* Whether cxr-phantom drew the images: the pipeline noted it, or its settings.txt is in a folder above the first. Who
 * may see the results need not be who may see the images: -1, not known. */
static int is_synthetic(const struct report *r)
{
	char *note = xasprintf("%s/commands/1-phantom", r->dir), *slash;
	char *path = xstrdup(r->list->nrow ? columns_at(r->list, 0, columns_find(r->list, "path")) : "");
	int found = report_exists(r, note);

	while (found <= 0 && (slash = strrchr(path, '/')) != NULL) {
		*slash = 0;
		char *settings = xasprintf("%s/settings.txt", path);
		int here = are_settings(settings);
		found = here ? here : found;
		free(settings);
	}
	free(note);
	free(path);
	return found;
}

/* The day on which it was measured; the page is the same whenever it is written. */
static void note_day(struct report *r)
{
	char *path = xasprintf("%s/metrics.tsv", r->dir);
	struct stat st;
	struct tm day;

	if (report_look(r, path, &st) && gmtime_r(&st.st_mtime, &day))
		strftime(r->measured, sizeof r->measured, "%Y-%m-%d", &day);
	free(path);
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The command lines of the steps, in the order of their numbers. Of no step nothing is known either. */
static int load_steps(struct report *r, struct err *e)
{
	char *dir = xasprintf("%s/commands", r->dir);
	struct dirent **entry = NULL;
	int n = report_folder(r, dir, not_hidden, &entry), rc = 0;

	r->step = n > 0 ? xcalloc(n, sizeof *r->step) : NULL;
	r->nstep = n > 0 ? 0 : -1;
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, entry[i]->d_name), *dash = strchr(entry[i]->d_name, '-');
		unsigned char *line;
		size_t size;

		if (!rc && !(rc = file_read(path, 1 << 20, &line, &size, e))) {
			if (size && line[size - 1] == '\n')
				line[size - 1] = 0;
			r->step[r->nstep++] = (struct report_step){xstrdup(dash ? dash + 1 : entry[i]->d_name), (char *)line};
		}
		free(path);
		free(entry[i]);
	}
	free(entry);
	free(dir);
	return rc;
}

/* A folder without anything of a run is not one, and a score table has as many rows as its stream has images. */
static int check_whole(const struct report *r, struct err *e)
{
	int64_t items = head_items(&r->head);
	bool any = r->model.nmeta || r->head.nmeta;

	for (int i = 0; table_kind(i); i++)
		any |= r->table[i].ncol > 0;
	if (!any)
		return err_set(e, "%s: nothing of a run is in this folder: no list.tsv, scores-test.tsv, metrics.tsv ...", r->dir);
	if (items && r->scores->ncol && r->scores->nrow != (size_t)items)
		return err_set(e, "%s/scores-test.tsv: %zu rows, but test.cxr has %lld images: cut off, or of another stream",
		               r->dir, r->scores->nrow, (long long)items);
	return 0;
}

static int load(struct report *r, struct err *e)
{
	struct stat st;
	int there = file_look(r->dir, 0, &st, e);

	if (there <= 0 || !S_ISDIR(st.st_mode))
		return there < 0 ? -1 : err_set(e, "%s: not a folder", r->dir);
	if (tables_load(r, e) || load_steps(r, e))
		return -1;
	char *model = r->model_file ? xstrdup(r->model_file) : xasprintf("%s/model.safetensors", r->dir);
	if (load_head(r, &r->model, model, r->model_file, e) ||
	    load_head(r, &r->head, xasprintf("%s/test.cxr", r->dir), false, e))
		return -1;
	r->list = table_of(r, "list.tsv");
	r->log = table_of(r, "log.tsv");
	r->scores = table_of(r, "scores-test.tsv");
	r->metrics = table_of(r, "metrics.tsv");
	r->confusion = table_of(r, "curves/confusion.tsv");
	if (check_whole(r, e))
		return -1;
	note_day(r);
	r->beside = columns_find(r->metrics, "run") >= 0;
	r->synthetic = is_synthetic(r);
	r->positive = positive(r);
	return 0;
}

int report_load(struct report *r, struct err *e)
{
	struct err fault = {""};

	r->fault = &fault;
	int rc = load(r, e);
	r->fault = NULL;
	return !rc && *fault.text ? err_set(e, "%s", fault.text) : rc;
}

void report_free(struct report *r)
{
	tables_free(r);
	for (int i = 0; i < r->nstep; i++) {
		free(r->step[i].name);
		free(r->step[i].line);
	}
	free(r->step);
	record_free(&r->model);
	record_free(&r->head);
}

bool report_metric(const struct report *r, const char *name, double *value, double *lo, double *hi)
{
	const struct columns *t = r->metrics;
	for (size_t i = 0; i < t->nrow; i++) {
		if (strcmp(columns_at(t, i, 0), name))
			continue;
		if (value)
			*value = columns_number(t, i, columns_find(t, "value"));
		if (lo)
			*lo = columns_number(t, i, columns_find(t, "lo"));
		if (hi)
			*hi = columns_number(t, i, columns_find(t, "hi"));
		return true;
	}
	return false;
}

void html_level(FILE *f, const struct report *r)
{
	double level = r->metrics->nrow ? columns_number(r->metrics, 0, columns_find(r->metrics, "level")) : NAN;

	fprintf(f, "%.4g %%", 100 * (isfinite(level) ? level : .95));
}

/* Is a metric that measure, of all or of one class? */
static bool is_measure(const char *metric, const char *measure)
{
	size_t n = strlen(measure);

	return !strncmp(metric, measure, n) && (!metric[n] || metric[n] == '.');
}

bool report_withheld(const struct report *r, const char *name)
{
	const struct columns *t = r->metrics;

	for (size_t i = 0; i < t->nrow; i++) {
		if (strcmp(columns_at(t, i, 0), name))
			continue;
		bool few = !strncmp(columns_at(t, i, columns_find(t, "method")), "withheld: fewer", 15);
		bool share = is_measure(name, "recall") || is_measure(name, "specificity");
		return few || (share && columns_number(t, i, columns_find(t, "n")) < 10);
	}
	return false;
}

enum { SHOWN_DIGITS = 12 };

char *report_name(const struct report *r, const char *name)
{
	char hex[SHA256_HEX];

	if (!r->key || !*name)
		return xstrdup(name);
	hmac_of(r->key, strlen(r->key), name, hex);
	return xstrndup(hex, SHOWN_DIGITS);
}

bool report_is_name(const char *column)
{
	return !strcmp(column, "id") || !strcmp(column, "other") || !strcmp(column, "path") || !strcmp(column, "patient");
}

bool report_counts(const struct report *r, size_t row)
{
	const struct columns *t = r->scores;
	const char *status = columns_at(t, row, columns_find(t, "status"));
	return (!strcmp(status, "ok") || !strcmp(status, "seen")) && *columns_at(t, row, columns_find(t, "label"));
}

double report_probability(const struct report *r, size_t row, const char *class)
{
	char *name = xasprintf("p_%s", class);
	double p = columns_number(r->scores, row, columns_find(r->scores, name));

	free(name);
	return p;
}
