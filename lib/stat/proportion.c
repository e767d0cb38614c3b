#include "stat/stat.h"

#include <math.h>

struct estimate stat_wilson(int64_t k, int64_t n, double level)
{
	if (n <= 0 || k < 0 || k > n)
		return (struct estimate){NAN, NAN, NAN, n > 0 ? n : 0};

	double z = stat_normal_quantile(.5 + level / 2), nn = (double)n, p = (double)k / nn, z2 = z * z / nn;
	double middle = (p + z2 / 2) / (1 + z2);
	double half = z / (1 + z2) * sqrt(p * (1 - p) / nn + z2 / (4 * nn));

	/* the ends are exact where rounding would miss them */
	return (struct estimate){p, k == 0 ? 0 : middle - half, k == n ? 1 : middle + half, n};
}
