/* Preloaded into a tool: at its end tries what a library that was broken into would, and says on standard error what it
 * could do. FORBIDDEN names a file outside the tool's output, SECRET one that is no input. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static __attribute__((destructor)) void at_the_end(void)
{
	const char *path = getenv("FORBIDDEN"), *secret = getenv("SECRET");
	char *const command[] = {"/bin/echo", "could start a program", NULL};

	if (path && open(path, O_WRONLY | O_CREAT, 0600) >= 0)
		fprintf(stderr, "could write\n");
	if (secret && open(secret, O_RDONLY) >= 0)
		fprintf(stderr, "could read\n");
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		fprintf(stderr, "could connect\n");
	fflush(stderr);
	dup2(2, 1);
	execve(command[0], command, environ);
	fprintf(stderr, "at the end\n");
}
