#ifndef TESTS_NEAR_H
#define TESTS_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Numbers within eps of each other (a NaN is near nothing). */
#define assert_near(got, want, eps) near(got, want, eps, __FILE__, __LINE__)
static inline void near(double got, double want, double eps, const char *file, int line)
{
	if (!(fabs(got - want) <= eps)) {
		print_error("%.17g is not within %g of %.17g\n", got, eps, want);
		_fail(file, line);
	}
}

#endif
