/* Metrics as TSV, as JSON, and as a table for people. */
#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

void metrics_tsv(const struct metrics *m, FILE *f)
{
	char value[NUM_TEXT], lo[NUM_TEXT], hi[NUM_TEXT], level[NUM_TEXT];

	num_text(m->how.boot.level, level);
	fputs("metric\tvalue\tlo\thi\tn\tlevel\tmethod\tpatients\tpositive\n", f);
	for (size_t i = 0; i < m->n; i++) {
		const struct estimate *e = &m->row[i].e;
		tsv_put(f, m->row[i].name, '\t');
		fprintf(f, "%s\t%s\t%s\t%lld\t%s\t%s\t%zu\t", num_text(e->value, value), num_text(e->lo, lo),
		        num_text(e->hi, hi), (long long)e->n, *m->row[i].method ? level : "", m->row[i].method, m->npatient);
		tsv_put(f, m->scores->nclass == 2 ? m->scores->class[m->how.positive] : "", '\n');
	}
}

/* A JSON string; bytes that are not UTF-8 and control characters as \xHH, which JSON then escapes once more. */
static void json_string(FILE *f, const char *s)
{
	char *clean = text_escape(s, strlen(s));

	text_put_json(f, clean);
	free(clean);
}

static const char *json_number(double x, char buf[NUM_TEXT])
{
	return isfinite(x) ? num_text(x, buf) : "null";
}

static void json_confusion(const struct metrics *m, FILE *f)
{
	int nclass = m->scores->nclass;

	fputs("  \"confusion\": [", f);
	for (int i = 0; i < nclass * nclass; i++)
		fprintf(f, "%s%lld%s", i % nclass ? ", " : i ? ", [" : "[", (long long)m->confusion[i],
		        i % nclass == nclass - 1 ? "]" : "");
	fputs("],\n", f);
}

void metrics_json(const struct metrics *m, FILE *f)
{
	char value[NUM_TEXT], lo[NUM_TEXT], hi[NUM_TEXT];

	fputs("{\n", f);
	for (size_t i = 0; i < m->n; i++) {
		const struct estimate *e = &m->row[i].e;
		fputs("  ", f);
		json_string(f, m->row[i].name);
		fprintf(f, ": {\"value\": %s, \"lo\": %s, \"hi\": %s, \"n\": %lld", json_number(e->value, value),
		        json_number(e->lo, lo), json_number(e->hi, hi), (long long)e->n);
		fprintf(f, *m->row[i].method ? ", \"method\": \"%s\"},\n" : "%s},\n", m->row[i].method);
	}
	fputs("  \"classes\": [", f);
	for (int k = 0; k < m->scores->nclass; k++) {
		fputs(k ? ", " : "", f);
		json_string(f, m->scores->class[k]);
	}
	fputs("],\n", f);
	json_confusion(m, f);
	fputs("  \"positive\": ", f);
	if (m->scores->nclass == 2)
		json_string(f, m->scores->class[m->how.positive]);
	else
		fputs("null", f);
	fputs(",\n  \"rule\": ", f);
	json_string(f, m->scores->rule);
	fprintf(f, ",\n  \"interval\": \"%s\"", m->how.bootstrap_all ? "bootstrap" : "closed");
	fprintf(f, ",\n  \"level\": %s,\n  \"resamples\": %d,\n  \"seed\": %llu\n}\n",
	        num_text(m->how.boot.level, value), m->how.boot.resamples, (unsigned long long)m->how.boot.seed);
}

/* Columns on a screen: characters, not bytes. */
static int width(const char *s)
{
	int n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void pad(FILE *f, const char *s, int columns, bool right)
{
	int blanks = columns > width(s) ? columns - width(s) : 0;

	fprintf(f, "%*s%s%*s", right ? blanks : 0, "", s, right ? 0 : blanks, "");
}

static void table_head(const struct metrics *m, char *const *class, FILE *f)
{
	const struct scores *s = m->scores;

	fprintf(f, "%zu items of %.0f patients", s->n, metrics_get(m, "patients")->value);
	if (s->errors || s->unlabelled)
		fprintf(f, "; left out: %lld without a score, %lld without a label", (long long)s->errors,
		        (long long)s->unlabelled);
	if (metrics_get(m, "unknown_patients")->value > 0)
		fprintf(f, "; the patients of %.0f are not known, each was taken for one",
		        metrics_get(m, "unknown_patients")->value);
	if (s->seen)
		fprintf(f, "; %lld were trained on", (long long)s->seen);
	if (s->nclass == 2 && isnan(s->threshold))
		fprintf(f, "\npositive is %s, predicted by the %s\n\n", class[m->how.positive], s->rule);
	else if (s->nclass == 2)
		fprintf(f, "\npositive is %s, predicted where p >= %.4g (%s)\n\n", class[m->how.positive],
		        metrics_get(m, "threshold")->value, s->rule);
	else
		fprintf(f, "\n%d classes, means over them unless named (%s)\n\n", s->nclass, s->rule);
}

static void table_rows(const struct metrics *m, FILE *f)
{
	char interval[64];
	int names = 6;

	for (size_t i = 0; i < m->n; i++)
		names = width(m->row[i].name) > names ? width(m->row[i].name) : names;
	snprintf(interval, sizeof interval, "%.4g %% interval", 100 * m->how.boot.level);
	pad(f, "metric", names, false);
	fprintf(f, "    value   %-16s       n\n", interval);
	for (size_t i = 0; i < m->n; i++) {
		const struct estimate *e = &m->row[i].e;
		char *name = text_escape(m->row[i].name, strlen(m->row[i].name));
		if (!strcmp(name, "items")) {
			free(name);
			break; /* the counts are in the head */
		}
		snprintf(interval, sizeof interval, "%.4f - %.4f", e->lo, e->hi);
		pad(f, name, names, false);
		/* the sign of a nan means nothing */
		fprintf(f, "  %7.4f   %-16s  %6lld\n", isnan(e->value) ? NAN : e->value,
		        isnan(e->lo) ? "-" : interval, (long long)e->n);
		free(name);
	}
}

static void table_confusion(const struct metrics *m, char *const *class, FILE *f)
{
	int nclass = m->scores->nclass, first = 5;
	char count[24];

	for (int k = 0; k < nclass; k++)
		first = width(class[k]) > first ? width(class[k]) : first;
	fputs("\nlabel in rows, prediction in columns\n", f);
	pad(f, "", first, false);
	for (int k = 0; k <= nclass * nclass + nclass - 1; k++) {
		int row = k / nclass - 1, column = k % nclass;
		int wide = width(class[column]) > 6 ? width(class[column]) : 6;
		if (row >= 0 && column == 0)
			pad(f, class[row], first, false);
		snprintf(count, sizeof count, "%lld", row < 0 ? 0 : (long long)m->confusion[k - nclass]);
		fputs("  ", f);
		pad(f, row < 0 ? class[column] : count, wide, true);
		fputs(column == nclass - 1 ? "\n" : "", f);
	}
}

void metrics_table(const struct metrics *m, FILE *f)
{
	int nclass = m->scores->nclass;
	char **class = xreallocarray(NULL, nclass, sizeof *class);

	for (int k = 0; k < nclass; k++)
		class[k] = text_escape(m->scores->class[k], strlen(m->scores->class[k]));
	table_head(m, class, f);
	table_rows(m, f);
	table_confusion(m, class, f);
	for (int k = 0; k < nclass; k++)
		free(class[k]);
	free(class);
}
