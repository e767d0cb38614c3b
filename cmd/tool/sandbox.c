/* What tools that read foreign files give up once they know what they are to do. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/sandbox.h"

bool tool_open; /* --no-sandbox */

static struct sandbox_place *place;
static size_t places, cap;
static bool anywhere; /* may be read */

/* Takes over path. */
static void add(char *path, bool write)
{
	place = grow(place, places, &cap, sizeof *place);
	place[places++] = (struct sandbox_place){path, write};
}

/* The folder that path is, or lies in, or will be made in. Fresh memory. */
static char *folder_of(const char *path)
{
	char *folder = xstrdup(path), *slash;

	while (strcmp(folder, ".") && strcmp(folder, "/") && !file_is_dir(folder)) {
		if ((slash = strrchr(folder, '/'))) {
			slash[slash == folder] = '\0';
		} else {
			free(folder);
			folder = xstrdup(".");
		}
	}
	return folder;
}

void tool_writes(const char *path)
{
	struct stat st;

	if (!path)
		return;
	add(folder_of(path), true);
	if (!stat(path, &st) && !S_ISDIR(st.st_mode)) { /* where links lead to, too */
		char *target = realpath(path, NULL);

		add(target ? folder_of(target) : xstrdup(path), true);
		free(target);
	}
}

void tool_reads(const char *path)
{
	struct stat st;

	if (!path || !strcmp(path, "-"))
		return;
	if (!stat(path, &st)) {
		anywhere |= S_ISDIR(st.st_mode);
		add(xstrdup(path), false);
		return;
	}
	for (const char *p = path; (p = strstr(p, "!/")); p++) /* ARCHIVE!/MEMBER */
		add(xstrndup(path, (size_t)(p - path)), false);
}

void tool_reads_anywhere(void)
{
	anywhere = true;
}

/* What every program reads to run: libraries, which are loaded late, their settings and tables, what the kernel says of
 * the machine; and what standard output is, which --resume reads again. */
static void add_system(void)
{
	static const char *const reads[] = {"/usr", "/lib", "/lib64", "/opt", "/nix", "/gnu", "/etc/ld.so.cache", "/proc/self",
	                                    "/proc/cpuinfo", "/proc/meminfo", "/sys", "/dev/stdout"};
	const char *temporary = getenv("TMPDIR"), *libraries = getenv("LD_LIBRARY_PATH");

	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		add(xstrdup(reads[i]), false);
	while (libraries && *libraries) {
		size_t n = strcspn(libraries, ":;");

		add(n ? xstrndup(libraries, n) : xstrdup("."), false);
		libraries += n + (libraries[n] != '\0');
	}
	add(xstrdup(temporary ? temporary : "/tmp"), true); /* libvips unpacks large images there */
	add(xstrdup("/dev"), true);
}

void tool_sandbox(void)
{
	if (!tool_open) {
		add_system();
		sandbox_files(place, places, anywhere);
		sandbox_programs();
	}
	for (size_t i = 0; i < places; i++)
		free((char *)place[i].path);
	free(place);
	place = NULL;
	places = cap = 0;
}
