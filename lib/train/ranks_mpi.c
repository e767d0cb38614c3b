/* Everything of MPI. Built without it (CXR_MPI), there is only one process. */
#include <stdlib.h>

#include "train/ranks.h"

/* How many processes a launcher started: Open MPI's, those that speak PMI; 0: nobody says so. */
static int launched(void)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (getenv(names[i]))
			return atoi(getenv(names[i]));
	return 0;
}

#ifdef CXR_MPI
#include <mpi.h>
#include <string.h>
#include <time.h>

enum { MOST = 1 << 30 }; /* bytes of a message: they are counted in int */

static int part(size_t n)
{
	return n < MOST ? (int)n : MOST;
}

/* Waiting, MPI spins; what it waits for is another rank's computing, which needs the processor. */
static void finish(MPI_Request *request)
{
	struct timespec pause = {.tv_nsec = 20000};
	MPI_Status status[2];
	int done = 0;

	for (;;) {
		MPI_Testall(2, request, &done, status);
		if (done)
			return;
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec < 500000 ? pause.tv_nsec * 3 / 2 : pause.tv_nsec;
	}
}

/* MPI's way with errors, to end all processes, is as it should be. */
static void exchange(void *ctx, int peer, const void *out, size_t nout, void *in, size_t nin)
{
	(void)ctx;
	while (nout || nin) {
		MPI_Request request[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};

		if (nin)
			MPI_Irecv(in, part(nin), MPI_BYTE, peer, 0, MPI_COMM_WORLD, &request[0]);
		if (nout)
			MPI_Isend(out, part(nout), MPI_BYTE, peer, 0, MPI_COMM_WORLD, &request[1]);
		finish(request);
		in = (char *)in + part(nin);
		out = (const char *)out + part(nout);
		nin -= (size_t)part(nin);
		nout -= (size_t)part(nout);
	}
}

int ranks_open(struct ranks **r, struct err *e)
{
	int n = launched(), me, level;

	*r = NULL;
	if (n == 1 || (n == 0 && !getenv("PMIX_RANK"))) /* starting MPI would take a while, and processes of its own */
		return 0;
	MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
	if (level < MPI_THREAD_SERIALIZED)
		return err_set(e, "this MPI takes no calls from threads");
	MPI_Comm_size(MPI_COMM_WORLD, &n);
	MPI_Comm_rank(MPI_COMM_WORLD, &me);
	*r = ranks_new(n, me, (struct wire){NULL, exchange}, e);
	return *r ? 0 : -1;
}

void ranks_close(struct ranks *r)
{
	if (!r)
		return;
	ranks_any(r, false);
	ranks_free(r);
	MPI_Finalize();
}

const char *ranks_library(void)
{
	static char text[MPI_MAX_LIBRARY_VERSION_STRING];
	int n;

	MPI_Get_library_version(text, &n);
	text[strcspn(text, ",\n")] = '\0';
	if (strchr(text, '\t')) /* MPICH's */
		*strchr(text, '\t') = ' ';
	return text;
}
#else
int ranks_open(struct ranks **r, struct err *e)
{
	int n = launched();

	*r = NULL;
	return n < 2 ? 0 : err_set(e, "one of %d processes, but built without MPI: make MPI=1", n);
}

void ranks_close(struct ranks *r)
{
	(void)r;
}

const char *ranks_library(void)
{
	return NULL;
}
#endif
