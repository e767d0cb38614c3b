/* How many CPUs this process may use: its affinity, and the quota of its control group. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/pool.h"

static int affinity(void)
{
	for (int room = 1024; room <= 1 << 20; room *= 2) {
		cpu_set_t *set = CPU_ALLOC(room);
		if (!set)
			break;
		size_t size = CPU_ALLOC_SIZE(room);
		int n = sched_getaffinity(0, size, set) ? 0 : CPU_COUNT_S(size, set);
		CPU_FREE(set);
		if (n > 0)
			return n;
	}
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (int)n : 1;
}

static bool first_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, size, f);
	if (f)
		fclose(f);
	return ok;
}

/* cpu.max of one group, "QUOTA PERIOD" in microseconds or "max PERIOD", as whole CPUs rounded up. */
static int group_limit(const char *group, int limit)
{
	char line[128], *path = xasprintf("/sys/fs/cgroup%s/cpu.max", group);
	long long share, period;
	if (first_line(path, line, sizeof line) && sscanf(line, "%lld %lld", &share, &period) == 2 && period > 0) {
		long long cpus = share / period + (share % period != 0);
		limit = cpus < limit ? (int)cpus : limit;
	}
	free(path);
	return limit;
}

/* The quota of a group holds for all below it: take the least on the way up to the root. */
static int quota(int limit)
{
	char line[4096];
	if (!first_line("/proc/self/cgroup", line, sizeof line) || strncmp(line, "0::/", 4))
		return limit;
	line[strcspn(line, "\n")] = 0;
	char *group = line + 3;
	for (char *slash; (slash = strrchr(group, '/')); *slash = 0)
		limit = group_limit(group, limit);
	return group_limit("", limit);
}

int pool_cpus(void)
{
	int n = quota(affinity());
	return n > 0 ? n : 1;
}
