/* What may break does so in a child; and what a process gave up it does not get back. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/cage.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "base/sanitized.h"
#include "unit.h"

/* --- The cage --- */

enum fate { ANSWERS, REFUSES, BREAKS, STOPS, SPINS, EATS, REACHES };

static int work(void *ctx, FILE *out, struct err *e)
{
	volatile int *nowhere = NULL;

	switch (*(enum fate *)ctx) {
	case ANSWERS: fputs("an answer", out); return 0;
	case REFUSES: return err_set(e, "it is refused");
	case BREAKS: fputs("half", out); fflush(out); return *nowhere;
	case STOPS: _exit(7);
	case SPINS: for (;;) ;
	case EATS: xmalloc(SIZE_MAX / 4); return 0;
	case REACHES: break;
	}
	if (open("/etc/passwd", O_RDONLY) >= 0)
		return err_set(e, "it opens files");
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || !fork())
		return err_set(e, "it starts things");
	fputs("an answer", out);
	return 0;
}

static int take(void *ctx, struct source *in, struct err *e)
{
	char text[20] = "";
	ptrdiff_t n = source_read(in, text, sizeof text - 1, e);

	(void)ctx;
	return n < 0 ? -1 : strcmp(text, "an answer") ? err_set(e, "no answer") : 0;
}

static void fates(void **state)
{
	(void)state;
	static const struct {
		enum fate fate;
		const char *says; /* NULL: all is well */
	} fates[] = {
		{ANSWERS, NULL}, {REFUSES, "it is refused"}, {BREAKS, "the library that reads it broke"},
		{STOPS, "the library that reads it broke"}, {SPINS, "takes too long"}, {EATS, "out of memory"}, {REACHES, NULL},
	};

	for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
		enum fate fate = fates[i].fate;
		struct cage c = {work, take, &fate, 1};
		struct err e = {""};

		if (SANITIZED && (fate == BREAKS || fate == REACHES))
			continue; /* a report instead, or no sandbox */
		assert_int_equal(cage_run(&c, &e), fates[i].says ? -1 : 0);
		if (fates[i].says && !strstr(e.text, fates[i].says))
			fail_msg("'%s' does not say '%s'", e.text, fates[i].says);
	}
}

/* --- The sandbox, in a process of its own --- */

static bool may_write(const char *folder)
{
	char *path = xasprintf("%s/test_cage.%d", folder, (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	free(path);
	return fd >= 0;
}

/* 0, what is wrong, or 9: the kernel has no Landlock. */
static int inside(const char *mine, const char *other, bool anywhere)
{
	const struct sandbox_place place[] = {{mine, true}, {"/etc/group", false}, {"/no/such/place", true}};
	char *const command[] = {"/bin/true", NULL};

	sandbox_files(place, sizeof place / sizeof *place, anywhere);
	sandbox_programs();
	execv(command[0], command);
	if (errno != EPERM || socket(AF_INET, SOCK_STREAM, 0) >= 0)
		return 1;
	if (!may_write(mine) || open("/etc/group", O_RDONLY) < 0)
		return 2;
	if (may_write(other))
		return 9;
	if (open("/etc/group", O_WRONLY) >= 0)
		return 3;
	return (open("/etc/passwd", O_RDONLY) >= 0) == anywhere ? 0 : 4;
}

static void given_up(bool anywhere)
{
	char mine[] = "/tmp/test_cage.XXXXXX", other[] = "/tmp/test_cage.XXXXXX";
	int status;
	pid_t pid;

	if (SANITIZED)
		skip();
	assert_non_null(mkdtemp(mine));
	assert_non_null(mkdtemp(other));
	if (!(pid = fork()))
		_exit(inside(mine, other, anywhere));
	assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	rmdir(mine);
	rmdir(other);
	if (WEXITSTATUS(status) == 9)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void writing_is_given_up(void **state)
{
	(void)state;
	given_up(true);
}

static void reading_is_given_up(void **state)
{
	(void)state;
	given_up(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fates),
		cmocka_unit_test(writing_is_given_up),
		cmocka_unit_test(reading_is_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
