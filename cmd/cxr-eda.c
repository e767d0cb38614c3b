/* cxr-eda: what is in prepared pictures, before anything is trained on them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eda.h"
#include "stream/stream.h"

static const struct opt options[] = {
	{'o', "output", "DIR", "write the tables here [%s]", "eda"},
	TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-eda", "[-o DIR] [STREAM...]",
	"Describes prepared pictures: classes, sizes, intensities, duplicates, shortcuts.", options
};

static void read_stream(struct eda *d, const char *path)
{
	struct record r = {0};
	struct reader in;
	struct source src;
	struct err e;
	int rc;

	tool_input(&src, path);
	if (reader_open(&in, &src, &e))
		die_err(&e);
	const char *classes = record_get(&in.head, "classes"), *comma = classes ? strrchr(classes, ',') : NULL;
	if (comma && d->positive && strcmp(d->positive, comma + 1) != 0)
		die("%s: other classes than the stream before", src.name);
	if (comma && !d->positive)
		d->positive = xstrdup(comma + 1);
	while ((rc = reader_next(&in, &r, &e)) > 0)
		if (record_error(&r))
			d->errors++;
		else if (record_is_item(&r))
			eda_add(d, &r);
	if (rc < 0)
		die_err(&e);
	record_free(&r);
	reader_close(&in);
	source_close(&src);
}

static void write_table(const struct eda *d, const char *dir, const char *name,
                        void (*put)(const struct eda *d, FILE *f))
{
	char *path = xasprintf("%s/%s.tsv", dir, name);
	struct outfile out;
	struct err e;

	if (outfile_open(&out, path, &e))
		die_err(&e);
	put(d, out.f);
	if (outfile_commit(&out, &e))
		die_err(&e);
	free(path);
}

int main(int argc, char **argv)
{
	struct eda d = {0};
	const char *dir = "eda";
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	while (tool_option(&o))
		dir = o.arg;
	int first = opts_rest(&o);
	for (int i = first; i < argc || i == first; i++)
		read_stream(&d, i < argc ? argv[i] : NULL);
	if (d.n == 0)
		die("no pictures, %lld errors", (long long)d.errors);
	if (file_mkdirs(dir, &e))
		die_err(&e);
	write_table(&d, dir, "classes", eda_classes);
	write_table(&d, dir, "levels", eda_levels);
	write_table(&d, dir, "duplicates", eda_duplicates);
	if (d.positive)
		write_table(&d, dir, "probe", eda_probe);
	else
		warn("no classes in the stream: no probe");
	if (d.errors)
		warn("%lld items with an error were left out", (long long)d.errors);
	eda_free(&d);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
