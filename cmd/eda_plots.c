/* Plots of intensities and sizes, drawn by gnuplot from the tables. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "eda.h"

/* As the plots of a run (pipelines/plots.gp): text takes the colour of the page. */
static const char start[] =
	"set term svg size 400,300 dynamic font 'system-ui,Helvetica,DejaVu Sans,sans-serif,13' lw 1\n"
	"set datafile separator tab\nset border 3 lw .6 lc rgb '#888888'\nset tics nomirror scale .4\n"
	"set grid lt 1 lw .5 lc rgb '#C0888888'\nset key outside above horizontal samplen 1.6 noenhanced\n"
	"set lmargin 8\nset rmargin 2.5\nset bmargin 3.2\n";
static const char *const color[] = {"3a78b5", "cf5640", "4d9a6a", "9a6fb0", "b58a2e", "5f7f8c"};
enum { COLORS = sizeof color / sizeof *color };

/* A string of gnuplot that takes everything as it is. */
static void quote(FILE *f, const char *s)
{
	putc('\'', f);
	for (; *s; s++)
		fputs(*s == '\'' ? "''" : (char[]){*s, 0}, f);
	putc('\'', f);
}

static bool has(const struct eda *d, const char *split, const char *label)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->item[i].label, label) && !strcmp(d->item[i].split, split))
			return true;
	return false;
}

/* One curve of levels.tsv for each split and class: colour says the class, dashes the split. */
static void levels(const struct eda *d, const char *table, FILE *f)
{
	static const char *const split[] = {"train", "val", "test", ""};
	const char *between = "plot ";

	fputs("set xlabel 'intensity'\nset ylabel 'share of the pixels' offset 1\nset xrange [0:256]\nset xtics 64\n"
	      "set yrange [0:*]\n", f);
	for (size_t k = 0; k < d->nclass && k < COLORS; k++) {
		const char *title = d->class[k]->label;
		for (int i = 0; i < 4; i++) {
			if (!has(d, split[i], d->class[k]->label))
				continue;
			fputs(between, f);
			quote(f, table);
			fputs(" using (strcol(1) eq ", f);
			quote(f, split[i]);
			fputs(" && strcol(2) eq ", f);
			quote(f, d->class[k]->label);
			fprintf(f, " ? $3 + %d : NaN):4 with lines lw 1.6 dt %d lc rgb '#%s' title ", 128 / LEVELS, i % 3 + 1,
			        color[k]);
			quote(f, title);
			title = "";
			between = ", ";
		}
	}
	putc('\n', f);
}

/* The counts of sizes.tsv as circles, their area the share of the class. */
static void sizes(const struct eda *d, const char *table, FILE *f)
{
	fprintf(f, "set xrange [0:%g]\nset yrange [0:%g]\n", 1.15 * d->widest, 1.15 * d->widest);
	fputs("set xlabel 'width of the file, pixels'\nset ylabel 'height' offset 1\n"
	      "set style fill transparent solid .45 noborder\nplot x with lines lw .8 dt 2 lc rgb '#888888' notitle", f);
	for (size_t k = 0; k < d->nclass && k < COLORS; k++) {
		fputs(", ", f);
		quote(f, table);
		fputs(" using (strcol(1) eq ", f);
		quote(f, d->class[k]->label);
		fprintf(f, " ? $2 : NaN):3:(sqrt($4 / %zu.) * %g) with circles lc rgb '#%s' title ", d->class[k]->n,
		        .08 * d->widest, color[k]);
		quote(f, d->class[k]->label);
	}
	putc('\n', f);
}

/* DIR/NAME.svg from DIR/NAME.tsv; false when gnuplot could not do it. */
static bool plot(const struct eda *d, const char *dir, const char *name,
                 void (*draw)(const struct eda *d, const char *table, FILE *f))
{
	char *path = xasprintf("%s/%s.svg", dir, name), *table = xasprintf("%s/%s.tsv", dir, name);
	FILE *script = tmpfile();
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct outfile out;
	struct err e;

	if (outfile_open(&out, path, &e))
		die_err(&e);
	if (!script || nowhere < 0)
		die("%s: no temporary file", path);
	fputs(start, script);
	fputs("set output ", script);
	quote(script, out.temp);
	putc('\n', script);
	draw(d, table, script);
	if (fflush(script) || fseek(script, 0, SEEK_SET))
		die("%s: no temporary file", path);
	bool drawn = eda_wait(eda_start((const char *const[]){"gnuplot", NULL}, script, nowhere)) == 0;
	if (!drawn)
		outfile_abort(&out);
	else if (outfile_commit(&out, &e))
		die_err(&e);
	fclose(script);
	close(nowhere);
	free(table);
	free(path);
	return drawn;
}

void eda_plots(const struct eda *d, const char *dir)
{
	if (!plot(d, dir, "levels", levels) || (d->widest > 0 && !plot(d, dir, "sizes", sizes)))
		warn("gnuplot could not draw: no plots");
}
