/* How much memory there may be: sizes in words and back, what is asked for, and that the kernel holds the limit. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"
#include "unit.h"

static void sizes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t bytes;
	} good[] = {
		{"1", 1}, {"4096", 4096}, {"500M", 500u << 20}, {"500m", 500u << 20}, {"1.5G", 1536u << 20}, {"2GiB", 2ul << 30},
		{"2GB", 2ul << 30}, {"64KiB", 65536}, {"10B", 10}, {"1T", 1ul << 40},
	};
	static const char *const bad[] = {"", "0", "-1", "G", "1X", "1GG", "1iB", "1Gi", "inf", "nan", "1e9", "9999999999T", "1 G"};
	char buf[BUDGET_TEXT];
	size_t bytes;
	struct err e;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(budget_parse(good[i].text, &bytes, &e), 0);
		assert_true(bytes == good[i].bytes);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(budget_parse(bad[i], &bytes, &e), -1);
	assert_string_equal(budget_text(1000, buf), "1000 bytes");
	assert_string_equal(budget_text(3u << 19, buf), "1.5 MiB");
	assert_string_equal(budget_text(4ul << 30, buf), "4.0 GiB");
	assert_int_equal(strlen(budget_text(SIZE_MAX, buf)), strlen("16777216.0 TiB"));
}

static void defaults(void **state)
{
	(void)state;
	size_t half = budget_default();

	assert_true(half > 1 << 20);
	assert_true(half / (size_t)sysconf(_SC_PAGESIZE) <= (size_t)sysconf(_SC_PHYS_PAGES) / 2 + 1);
}

/* In a process of its own, which the limit then holds for. */
static int limited(void)
{
	struct err e;
	char *p;

	if (budget_set(64 << 20, &e) || budget_limit() != 64 << 20 || budget_ask(&e, 1 << 10, "a byte"))
		return 1;
	if (!budget_ask(&e, (size_t)1 << 40, "a file of %d", 7) || !strstr(e.text, "a file of 7 wants 1.0 TiB") ||
	    !strstr(e.text, "64.0 MiB allowed (--max-memory)"))
		return 2;
	if (budget_grow(NULL, SIZE_MAX / 2, "an image", &e) || !strstr(e.text, "an image wants"))
		return 3;
	if (budget_used() && malloc(100 << 20)) /* not known, nor held, under sanitizers */
		return 4;
	if (budget_for("a list") || strcmp(budget_for(NULL), "a list") || budget_fail(&e, 10) != -1)
		return 6;
	budget_lift();
	p = malloc(100 << 20);
	free(p);
	return p ? 0 : 7;
}

static void held(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(limited());
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(defaults),
		cmocka_unit_test(held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
