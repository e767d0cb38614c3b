/* Messages of errors: one line each; whatever a file name or a library smuggles in must not move the cursor. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/tsv.h"

int err_set(struct err *e, const char *format, ...)
{
	if (!e)
		return -1;
	va_list ap;
	va_start(ap, format);
	vsnprintf(e->text, sizeof e->text, format, ap);
	va_end(ap);
	text_clean(e->text);
	return -1;
}

int err_errno(struct err *e, const char *format, ...)
{
	int saved = errno;
	if (!e)
		return -1;
	va_list ap;
	va_start(ap, format);
	vsnprintf(e->text, sizeof e->text, format, ap);
	va_end(ap);
	size_t n = strlen(e->text);
	char cause[256];
	snprintf(e->text + n, sizeof e->text - n, ": %s", strerror_r(saved, cause, sizeof cause));
	text_clean(e->text);
	errno = saved;
	return -1;
}

int err_prefix(struct err *e, const char *format, ...)
{
	if (!e)
		return -1;
	char prefix[sizeof e->text], old[sizeof e->text];
	va_list ap;
	va_start(ap, format);
	vsnprintf(prefix, sizeof prefix, format, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof old);
	const char *part[] = {prefix, ": ", old};
	size_t n = 0;
	for (int i = 0; i < 3; i++)
		for (const char *p = part[i]; *p && n < sizeof e->text - 1; p++)
			e->text[n++] = *p;
	e->text[n] = 0;
	text_clean(e->text);
	return -1;
}
