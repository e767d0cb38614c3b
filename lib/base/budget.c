/* How much memory the process may take: what the machine, its control groups and its limits leave, and the option that
 * overrides it. */
#include "base/budget.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/sanitized.h"

static size_t limit = SIZE_MAX;
static _Thread_local const char *purpose;

/* --- What the process may use --- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A number in a file, SIZE_MAX for "max", which is no number, and where there is no such file. */
static size_t file_number(const char *path)
{
	char line[64];
	int64_t v;
	FILE *f = fopen(path, "re");
	bool got = f && fgets(line, sizeof line, f);

	if (f)
		fclose(f);
	if (!got)
		return SIZE_MAX;
	line[strcspn(line, "\n")] = 0;
	return num_int(line, 0, INT64_MAX, &v) ? (size_t)v : SIZE_MAX;
}

/* The limit of a group holds for all below it: the least on the way up to the root. A container often sees only its own
 * group, as the root, under the name that it has outside: names that are not there say nothing. */
static size_t group_least(const char *root, char *group, const char *file)
{
	size_t least_yet = SIZE_MAX;

	for (;;) {
		char *path = xasprintf("%s%s/%s", root, group, file), *slash = strrchr(group, '/');

		least_yet = least(least_yet, file_number(path));
		free(path);
		if (!slash)
			return least_yet;
		*slash = 0;
	}
}

/* Lines "ID:CONTROLLERS:GROUP": version 2 has no controllers, version 1 names those of each hierarchy. */
static size_t groups(void)
{
	size_t least_yet = SIZE_MAX;
	char line[4096];
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof line, f)) {
		char *names = strchr(line, ':'), *group = names ? strchr(names + 1, ':') : NULL;

		if (!group)
			continue;
		*group++ = 0;
		group[strcspn(group, "\n")] = 0;
		if (!names[1])
			least_yet = least(least_yet, group_least("/sys/fs/cgroup", group, "memory.max"));
		else if (!strcmp(names + 1, "memory"))
			least_yet = least(least_yet, group_least("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
	}
	if (f)
		fclose(f);
	return least_yet;
}

static size_t rlimit(int what)
{
	struct rlimit r;

	return getrlimit(what, &r) || r.rlim_cur == RLIM_INFINITY ? SIZE_MAX : (size_t)r.rlim_cur;
}

static size_t machine(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	size_t bytes;

	return pages > 0 && size > 0 && num_mul((size_t)pages, (size_t)size, &bytes) ? bytes : SIZE_MAX;
}

size_t budget_default(void)
{
	size_t may = least(least(machine(), groups()), least(rlimit(RLIMIT_AS), rlimit(RLIMIT_DATA)));

	return may == SIZE_MAX ? may : may / 2;
}

/* --- The limit --- */

int budget_set(size_t bytes, struct err *e)
{
	struct rlimit r;

	limit = bytes;
	if (SANITIZED || getrlimit(RLIMIT_DATA, &r))
		return 0;
	r.rlim_cur = bytes < r.rlim_max ? bytes : r.rlim_max;
	return setrlimit(RLIMIT_DATA, &r) ? err_errno(e, "cannot limit memory") : 0;
}

void budget_lift(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_DATA, &r))
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_DATA, &r);
}

size_t budget_limit(void)
{
	return limit;
}

const char *budget_for(const char *what)
{
	const char *before = purpose;

	purpose = what;
	return before;
}

/* The sixth number of statm is data and stack in pages, which is what RLIMIT_DATA is compared with. */
size_t budget_used(void)
{
	unsigned long pages = 0;
	FILE *f = SANITIZED ? NULL : fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int refuse(struct err *e, const char *what, size_t bytes)
{
	char have[BUDGET_TEXT], want[BUDGET_TEXT];

	budget_text(bytes, want);
	if (limit == SIZE_MAX)
		return err_set(e, "out of memory: %s wants %s", what, bytes ? want : "more");
	return err_set(e, "out of memory: %s wants %s, more than is left of the %s allowed (--max-memory)", what,
	               bytes ? want : "some", budget_text(limit, have));
}

int budget_ask(struct err *e, size_t bytes, const char *what, ...)
{
	char name[256];
	size_t sum;
	va_list ap;

	/* a file is opened for the answer: small change is left to malloc and the kernel */
	if (bytes < 1 << 20 || limit == SIZE_MAX || (num_add(bytes, budget_used(), &sum) && sum <= limit))
		return 0;
	va_start(ap, what);
	vsnprintf(name, sizeof name, what, ap);
	va_end(ap);
	return refuse(e, name, bytes);
}

int budget_err(struct err *e, size_t bytes, const char *what, ...)
{
	char name[256];
	va_list ap;

	va_start(ap, what);
	vsnprintf(name, sizeof name, what, ap);
	va_end(ap);
	return refuse(e, name, bytes);
}

int budget_fail(struct err *e, size_t bytes)
{
	return refuse(e, purpose ? purpose : "the work", bytes);
}

void *budget_grow(void *old, size_t bytes, const char *what, struct err *e)
{
	void *p = budget_ask(e, bytes, "%s", what) ? NULL : realloc(old, bytes);

	if (!p)
		budget_err(e, bytes, "%s", what);
	return p;
}

/* --- Words --- */

const char *budget_text(size_t bytes, char buf[BUDGET_TEXT])
{
	double v = (double)bytes;
	const char *unit = "";

	for (const char *u = "KMGT"; v >= 1023.95 && *u; v /= 1024)
		unit = u++;
	if (*unit)
		snprintf(buf, BUDGET_TEXT, "%.1f %ciB", v, *unit);
	else
		snprintf(buf, BUDGET_TEXT, "%zu bytes", bytes);
	return buf;
}

int budget_parse(const char *text, size_t *bytes, struct err *e)
{
	static const char units[] = "KMGTkmgt";
	size_t digits = strspn(text, "0123456789.");
	const char *rest = text + digits, *unit = *rest ? strchr(units, *rest) : NULL;
	char *number = xstrndup(text, digits);
	double v;
	bool good = num_double(number, &v);

	free(number);
	if (good && unit)
		v *= (double)(1ull << 10 * ((unit - units) % 4 + 1));
	rest += unit != NULL;
	if (!good || (*rest && strcmp(rest, "B") && (!unit || strcmp(rest, "iB"))) || v < 1 || v >= 9e18)
		return err_set(e, "'%s' is no amount of memory such as 500M or 4G", text);
	*bytes = (size_t)v;
	return 0;
}
