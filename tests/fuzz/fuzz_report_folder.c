/* libFuzzer: text of parts, each behind a line "== NAME", as the files of a folder; then the page and the JSON of it.
 * Whatever the files say: JSON is JSON, and no < of theirs is one of the page's. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "report/chapters.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 24 };
static char folder[64];

/* Further files that the page shows. */
static const char *const others[] = {"commands/1-list", "commands/2-phantom", "plots/roc.svg", "model.safetensors",
	"test.cxr"};

static int is_known(const char *name)
{
	for (int i = 0; table_kind(i); i++)
		if (!strcmp(table_kind(i)->file, name))
			return 1;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcmp(others[i], name))
			return 1;
	return 0;
}

static void make_folders(void)
{
	static const char *const sub[] = {"", "/commands", "/plots"};
	char path[128], *slash;

	snprintf(folder, sizeof folder, "/tmp/cxr-fuzz-%ld", (long)getpid());
	for (size_t i = 0; i < sizeof sub / sizeof *sub; i++) {
		snprintf(path, sizeof path, "%s%s", folder, sub[i]);
		mkdir(path, 0700);
	}
	for (int i = 0; table_kind(i); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, table_kind(i)->file);
		if ((slash = strchr(path + strlen(folder) + 1, '/'))) {
			*slash = 0;
			mkdir(path, 0700);
		}
	}
}

/* The file of a part, "NAME\nbytes"; its path, fresh memory, NULL: no such name. */
static char *write_part(char *part, size_t n)
{
	char *end = memchr(part, '\n', n);
	FILE *f;

	if (!end)
		return NULL;
	*end = 0;
	if (!is_known(part))
		return NULL;
	char *path = xasprintf("%s/%s", folder, part);
	size_t bytes = n - (size_t)(end + 1 - part);

	if (!(f = fopen(path, "w")) || fwrite(end + 1, 1, bytes, f) != bytes || fclose(f))
		abort();
	return path;
}

static void tell(void)
{
	struct report r = {.dir = folder, .shown = 3};
	char *page = NULL, *json = NULL;
	size_t n = 0, m = 0;
	struct err e;

	if (!report_load(&r, &e)) {
		FILE *f = open_memstream(&page, &n), *g = open_memstream(&json, &m);
		json_t *tree;

		fuzz_reached++;
		report_page(f, &r, &e);
		if (report_json(g, &r, &e) || fclose(f) || fclose(g) || strstr(page, "<fuzz"))
			abort();
		if (!(tree = json_loadb(json, m, JSON_REJECT_DUPLICATES, NULL)))
			abort();
		json_decref(tree);
		free(page);
		free(json);
	}
	report_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "== ";
	char *text = xstrndup("", 0), *part, *next, *path[FILES];
	int n = 0;

	if (!*folder)
		make_folders();
	text = xreallocarray(text, size + 1, 1);
	memcpy(text, data, size);
	for (part = text; part < text + size && n < FILES; part = next) {
		size_t left = (size_t)(text + size - part);
		char *found = left > 1 ? memmem(part + 1, left - 1, "\n== ", 4) : NULL;

		next = found ? found + 1 : text + size;
		if (left > 3 && !memcmp(part, mark, 3) && (path[n] = write_part(part + 3, (size_t)(next - part) - 3)))
			n++;
	}
	if (n)
		tell();
	while (n) {
		unlink(path[--n]);
		free(path[n]);
	}
	free(text);
	return 0;
}
