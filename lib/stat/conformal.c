/* Cuts of split conformal prediction, and their text. */
#include "stat/conformal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

/* Products such as 10 * (1 - .9) are whole numbers but for rounding. */
static const double slack = 1e-9;

double conformal_cut(const double *ascending, size_t n, size_t patients, double coverage)
{
	double wrong = floor((double)(patients + 1) * (1 - coverage) + slack);
	size_t place = patients ? (size_t)floor(wrong * (double)n / (double)patients + slack) : 0;

	return place ? ascending[place - 1] : -INFINITY;
}

char *conformal_text(const double cut[CONFORMAL_CUTS])
{
	struct text t = {0};
	char buf[NUM_TEXT];

	for (int i = 0; i < CONFORMAL_CUTS; i++)
		text_addf(&t, "%s%s", i ? "," : "", num_text(cut[i], buf));
	return t.s;
}

int conformal_find(const char *text, double coverage, double *cut, struct err *e)
{
	int place = (int)ceil(coverage * 100 - slack) - CONFORMAL_FIRST;
	char number[NUM_TEXT];

	if (place < 0 || place >= CONFORMAL_CUTS)
		return err_set(e, "a coverage of %g is not between 0.5 and 0.99", coverage);
	for (int i = 0; i < place && text; i++)
		if ((text = strchr(text, ',')))
			text++;
	size_t length = text ? strcspn(text, ",") : 0;
	if (length == 0 || length >= sizeof number)
		return err_set(e, "the cuts are damaged");
	memcpy(number, text, length);
	number[length] = 0;
	if (!num_double(number, cut) || isnan(*cut))
		return err_set(e, "the cuts are damaged: '%s' is no number", number);
	return 0;
}
