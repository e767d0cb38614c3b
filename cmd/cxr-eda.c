/* cxr-eda: what is in prepared images, in streams or lists, before anything is trained on them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eda.h"
#include "image/image.h"

static const struct opt options[] = {
	{'o', "output", "DIR", "write the tables and images here [%s]", "eda"},
	TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-eda", "[-o DIR] [FILE...]",
	"Describes the images of streams or lists: classes, sizes, intensities, duplicates, shortcuts.", options
};

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
		eda_read(&d, i < argc ? argv[i] : NULL);
	if (d.n == 0)
		die("no images, %lld errors", (long long)d.errors);
	if (file_mkdirs(dir, &e))
		die_err(&e);
	write_table(&d, dir, "classes", eda_classes);
	write_table(&d, dir, "levels", eda_levels);
	write_table(&d, dir, "sizes", eda_sizes);
	write_table(&d, dir, "duplicates", eda_duplicates);
	if (d.positive)
		write_table(&d, dir, "probe", eda_probe);
	else
		warn("no classes in the stream: no probe");
	eda_samples(&d, dir);
	eda_means(&d, dir);
	eda_plots(&d, dir);
	if (d.errors)
		warn("%lld items with an error were left out", (long long)d.errors);
	eda_free(&d);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
