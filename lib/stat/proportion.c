/* The interval of a share (Wilson 1927). */
#include "stat/stat.h"

#include <math.h>

struct estimate stat_wilson_share(double p, double n, double level)
{
	double z = stat_normal_quantile(.5 + level / 2), z2 = z * z / n;
	double middle = (p + z2 / 2) / (1 + z2);
	double half = z / (1 + z2) * sqrt(p * (1 - p) / n + z2 / (4 * n));

	/* the ends are exact where rounding would miss them */
	return (struct estimate){p, p <= 0 ? 0 : middle - half, p >= 1 ? 1 : middle + half, (int64_t)n};
}

struct estimate stat_wilson(int64_t k, int64_t n, double level)
{
	if (n <= 0 || k < 0 || k > n)
		return (struct estimate){NAN, NAN, NAN, n > 0 ? n : 0};
	return stat_wilson_share((double)k / (double)n, (double)n, level);
}
