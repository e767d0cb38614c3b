/* peak OUT CMD...: runs CMD, writes its wall seconds, its peak of resident memory in MiB, its exit code (128 + signal
 * where one ended it) and its processor seconds into the file OUT. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
	double start = now();
	struct rusage use;
	int status;
	FILE *out = argc > 2 ? fopen(argv[1], "we") : NULL;
	pid_t pid = out ? fork() : -1;

	if (pid < 0)
		return 99;
	if (!pid) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || getrusage(RUSAGE_CHILDREN, &use))
		return 99;
	fprintf(out, "%.2f %ld %d %.3f\n", now() - start, use.ru_maxrss / 1024,
	        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	        seconds(use.ru_utime) + seconds(use.ru_stime));
	return fclose(out) ? 99 : 0;
}
