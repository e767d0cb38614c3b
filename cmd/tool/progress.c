/* The progress bar on a terminal. */
#include "tool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Of the terminal now: it may have been made wider or narrower. */
static int columns(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : 80;
}

enum { LINE = 160, BAR = 30 };

/* "[####....]  " in so many columns, "" where that would say little. */
static void make_bar(char *to, int room, double part)
{
	int n = room - 4 < BAR ? room - 4 : BAR;

	*to = '\0';
	if (n >= 4) {
		int filled = (int)(part * n);

		to += sprintf(to, "[");
		memset(to, '#', (size_t)filled);
		memset(to + filled, '.', (size_t)(n - filled));
		strcpy(to + n, "]  ");
	}
}

/* As much as fits into so many columns, the most telling last to go: the line stays one. */
static void make_line(char *to, const struct progress *p, double seconds, int room)
{
	double rate = (double)p->done / (seconds + 1e-9), part = p->done < p->total ? (double)p->done / (double)p->total : 1;
	long left = rate > 0 ? (long)((double)(p->total - p->done) / rate + .5) : 0;
	char whole[LINE], share[16], time[40], bar[BAR + 8];

	snprintf(share, sizeof share, "%3d%%", (int)(part * 100));
	snprintf(time, sizeof time, "%ld:%02ld left", left / 60, left % 60);
	snprintf(whole, sizeof whole, "%s  %lld/%lld  %.1f/s  %s", share, (long long)p->done, (long long)p->total, rate, time);
	make_bar(bar, room - (int)(strlen(p->what) + 1 + strlen(whole)), part);
	if (p->total <= 0)
		snprintf(to, LINE, "%s %lld  %.1f/s", p->what, (long long)p->done, rate);
	else
		snprintf(to, LINE, "%s %s%s", p->what, bar, whole);
	if (p->total > 0 && strlen(to) > (size_t)room)
		snprintf(to, LINE, "%s %s  %s", p->what, share, time);
	if (p->total > 0 && strlen(to) > (size_t)room)
		snprintf(to, LINE, "%s", share);
	if (strlen(to) > (size_t)room)
		to[room] = '\0';
}

/* The last column stays free: some terminals go on to the next line there. */
static void draw(const struct progress *p, double t)
{
	int room = columns() - 1;
	char line[LINE];

	make_line(line, p, t - p->start, room);
	fprintf(stderr, "\r%s\033[K", line);
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
