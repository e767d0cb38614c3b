/* Measures of maps: the mean of each, map beside map, over the same resamples. */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

/* Means [measure][map]. */
static void means(const void *ctx, const uint32_t *weight, double *value)
{
	const struct maps *m = ctx;
	size_t n = (size_t)m->nmeasure * (size_t)m->nname;
	double *total = xcalloc(n, sizeof *total);

	memset(value, 0, n * sizeof *value);
	for (size_t i = 0; i < m->n; i++)
		for (int k = 0; k < m->nmeasure; k++) {
			size_t at = (size_t)k * (size_t)m->nname + (size_t)m->row[i].name;
			double w = isnan(m->row[i].value[k]) ? 0 : weight[m->row[i].item];

			value[at] += w > 0 ? w * m->row[i].value[k] : 0;
			total[at] += w;
		}
	for (size_t at = 0; at < n; at++)
		value[at] = total[at] > 0 ? value[at] / total[at] : (double)NAN;
	free(total);
}

static int64_t known(const struct maps *m, int measure, int name)
{
	int64_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->row[i].name == name && !isnan(m->row[i].value[measure]);
	return n;
}

static void print(const struct maps *m, const double *value, const double *lo, const double *hi)
{
	char buf[NUM_TEXT];

	puts("measure\tmap\tvalue\tlo\thi\tn");
	for (int at = 0; at < m->nmeasure * m->nname; at++) {
		int64_t n = known(m, at / m->nname, at % m->nname);

		if (!n)
			continue;
		tsv_put(stdout, m->measure[at / m->nname], '\t');
		tsv_put(stdout, m->name[at % m->nname], '\t');
		printf("%s\t", num_text(value[at], buf));
		printf("%s\t", num_text(lo[at], buf));
		printf("%s\t%lld\n", num_text(hi[at], buf), (long long)n);
	}
}

void print_maps(struct choice *c)
{
	struct maps m = {0};
	struct source src;
	double *value;
	size_t n;

	tool_input(&src, c->input);
	maps_read(&m, c, &src);
	source_close(&src);
	n = (size_t)m.nmeasure * (size_t)m.nname;
	value = xcalloc(3 * n + 1, sizeof *value);
	uint32_t *ones = xcalloc(m.items.n + 1, sizeof *ones);
	for (size_t i = 0; i < m.items.n; i++)
		ones[i] = 1;
	means(&m, ones, value);
	if (m.n)
		scores_bootstrap(&m.items, &c->how.boot, means, &m, n, value + n, value + 2 * n);
	print(&m, value, value + n, value + 2 * n);
	free(ones);
	free(value);
	maps_free(&m);
}
