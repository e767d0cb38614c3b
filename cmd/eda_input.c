/* The input of cxr-eda: a prepared stream, or a list, which cxr-prep prepares. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "eda.h"
#include "stream/stream.h"

/* Its bytes in a file without a name, as the standard input of another program. */
static FILE *spooled(struct source *src)
{
	FILE *f = tmpfile();
	char buf[8192];
	ptrdiff_t n = 0;
	struct err e;

	while (f && (n = source_read(src, buf, sizeof buf, &e)) > 0)
		fwrite(buf, 1, n, f);
	if (!f || n < 0 || fflush(f) || ferror(f) || fseek(f, 0, SEEK_SET))
		die("%s: %s", src->name, n < 0 ? e.text : "cannot be kept in a temporary file");
	return f;
}

/* Starts cxr-prep on the list in src, whose place its output takes. */
static pid_t prepare(struct source *src)
{
	FILE *list = spooled(src);
	int end[2];
	struct err e;

	if (pipe2(end, O_CLOEXEC))
		die("no pipe to cxr-prep");
	pid_t child = eda_start((const char *const[]){"cxr-prep", "--store", "u8", NULL}, list, end[1]);
	fclose(list);
	close(end[1]);
	source_close(src);
	char *name = xasprintf("/dev/fd/%d", end[0]);
	if (source_file(src, name, &e))
		die_err(&e);
	close(end[0]);
	free(name);
	return child;
}

static void read_items(struct eda *d, struct source *src, pid_t child)
{
	struct record r = {0};
	struct reader in;
	struct err e;
	int rc = reader_open(&in, src, &e);

	if (!rc) {
		const char *classes = record_get(&in.head, "classes"), *comma = classes ? strrchr(classes, ',') : NULL;
		const char *recipe = record_get(&in.head, "recipe");
		if (comma && d->positive && strcmp(d->positive, comma + 1) != 0)
			die("%s: other classes than the stream before", src->name);
		if (comma && !d->positive)
			d->positive = xstrdup(comma + 1);
		recipe_default(&d->recipe);
		if (recipe && recipe_parse(&d->recipe, recipe, &e))
			die_err(&e);
		while ((rc = reader_next(&in, &r, &e)) > 0)
			if (record_error(&r))
				d->errors++;
			else if (record_is_item(&r))
				eda_add(d, &r);
		record_free(&r);
		reader_close(&in);
	}
	int status = child ? eda_wait(child) : EXIT_OK;
	if (status != EXIT_OK && status != EXIT_ITEMS)
		die("cxr-prep could not prepare the list");
	if (rc < 0)
		die_err(&e);
}

void eda_read(struct eda *d, const char *path)
{
	struct source src;
	struct err e;
	pid_t child = 0;

	tool_input(&src, path);
	int stream = source_is_stream(&src, &e);
	if (stream < 0)
		die_err(&e);
	if (!stream)
		child = prepare(&src);
	read_items(d, &src, child);
	source_close(&src);
}
