/* What tools that read foreign files give up once they know what they are to do. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sandbox.h"

bool tool_open; /* --no-sandbox */

/* The folder that path is, or lies in, or will be made in. Fresh memory; NULL for NULL. */
static char *folder_of(const char *path)
{
	char *folder = path ? xstrdup(path) : NULL, *slash;

	while (folder && strcmp(folder, ".") && strcmp(folder, "/") && !file_is_dir(folder)) {
		if ((slash = strrchr(folder, '/'))) {
			slash[slash == folder] = '\0';
		} else {
			free(folder);
			folder = xstrdup(".");
		}
	}
	return folder;
}

void tool_sandbox(const char *output, const char *other)
{
	char *first = folder_of(output), *second = folder_of(other);
	const char *temporary = getenv("TMPDIR"); /* libvips unpacks large images there */
	const char *const writes[] = {first, second, temporary ? temporary : "/tmp", "/dev"};

	if (!tool_open) {
		sandbox_writes(writes, sizeof writes / sizeof *writes);
		sandbox_programs();
	}
	free(first);
	free(second);
}
