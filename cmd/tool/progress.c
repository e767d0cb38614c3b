/* The progress bar on a terminal. */
#include "tool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_bool bar_shown;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static bool shows(void)
{
	static int terminal = -1;
	if (terminal < 0)
		terminal = isatty(STDERR_FILENO);
	return terminal && !tool_quiet;
}

void progress_start(struct progress *p, const char *what, int64_t total)
{
	*p = (struct progress){.what = what, .total = total, .start = now()};
}

static void draw(const struct progress *p, double t)
{
	enum { WIDTH = 30 };
	double rate = p->done / (t - p->start + 1e-9);
	char bar[WIDTH + 1] = "";
	if (p->total <= 0) {
		fprintf(stderr, "\r%s %lld  %.1f/s\033[K", p->what, (long long)p->done, rate);
	} else {
		double part = p->done < p->total ? (double)p->done / p->total : 1;
		long left = rate > 0 ? (long)((p->total - p->done) / rate + .5) : 0;
		int filled = part * WIDTH;
		memset(bar, '.', WIDTH);
		memset(bar, '#', filled);
		fprintf(stderr, "\r%s [%s] %3d%%  %lld/%lld  %.1f/s  %ld:%02ld left\033[K", p->what, bar, (int)(part * 100),
		        (long long)p->done, (long long)p->total, rate, left / 60, left % 60);
	}
	fflush(stderr);
	atomic_store(&bar_shown, true);
}

void progress_step(struct progress *p, int64_t n)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&one);
	p->done += n;
	double t = shows() ? now() : 0;
	if (t - p->last >= .1) {
		p->last = t;
		draw(p, t);
	}
	pthread_mutex_unlock(&one);
}

bool progress_hide(void)
{
	return atomic_exchange(&bar_shown, false);
}

void progress_end(struct progress *p)
{
	(void)p;
	if (progress_hide())
		fputs("\r\033[K", stderr);
}
