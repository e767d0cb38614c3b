/* Other programs at work for cxr-eda. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "eda.h"

/* What is beside this tool goes before what is in the path. Returns only when there is no such program. */
static void become(const char *const *argv)
{
	char self[4096];
	ptrdiff_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash = n > 0 ? (self[n] = 0, strrchr(self, '/')) : NULL;

	if (slash) {
		slash[1] = 0;
		char *path = xasprintf("%s%s", self, argv[0]);
		execv(path, (char *const *)argv);
		free(path);
	}
	execvp(argv[0], (char *const *)argv);
}

pid_t eda_start(const char *const *argv, FILE *in, int out)
{
	pid_t child = fork();

	if (child < 0)
		die("%s cannot be started", argv[0]);
	if (child == 0) {
		dup2(fileno(in), STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		become(argv);
		_exit(127);
	}
	return child;
}

int eda_wait(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}
