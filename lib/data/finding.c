/* Cells of tables that say what was found in an image. */
#include "data/finding.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"

/* The next name from *p on, blanks, brackets and quotes around it gone: false at the end. */
static bool next(const char **p, bool list, const char **name, size_t *n)
{
	const char *s = *p, *end;

	while (*s && (isspace((unsigned char)*s) || (list && strchr("[],", *s)) || *s == '|'))
		s++;
	if (!*s)
		return false;
	if (list && (*s == '\'' || *s == '"')) {
		end = strchrnul(s + 1, *s);
		*name = s + 1;
		*p = end + (*end != '\0');
	} else {
		end = s + strcspn(s, list ? ",]" : "|");
		*name = s;
		*p = end;
	}
	for (*n = (size_t)(end - *name); *n && isspace((unsigned char)(*name)[*n - 1]);)
		--*n;
	return true;
}

static bool is_list(const char *cell)
{
	return cell[0] == '[';
}

int finding_count(const char *cell)
{
	const char *p = cell, *name;
	size_t n;
	int count = 0;

	while (next(&p, is_list(cell), &name, &n))
		count += n > 0;
	return count;
}

bool finding_has(const char *cell, const char *want, bool nocase)
{
	const char *p = cell, *name;
	size_t n, m = strlen(want);

	while (next(&p, is_list(cell), &name, &n))
		if (n == m && !(nocase ? strncasecmp(name, want, n) : strncmp(name, want, n)))
			return true;
	return false;
}

char *finding_only(const char *cell)
{
	const char *p = cell, *name, *first = NULL;
	size_t n, length = 0;
	int count = 0;

	while (next(&p, is_list(cell), &name, &n))
		if (n > 0 && !count++) {
			first = name;
			length = n;
		}
	return count == 1 ? xstrndup(first, length) : xstrdup(count ? cell : "");
}

bool finding_is_flag(const char *cell)
{
	double x;

	return !finding_count(cell) || (num_double(cell, &x) && (x == 1 || x == 0 || x == -1));
}

enum finding_state finding_state(const char *cell, bool flags)
{
	double x;

	if (!finding_count(cell) || !strcasecmp(cell, "nan"))
		return FINDING_BLANK;
	if (!flags || !num_double(cell, &x) || x == 1)
		return FINDING_SOME;
	return x == 0 ? FINDING_NOT : FINDING_UNCERTAIN;
}
