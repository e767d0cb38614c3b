/* Colour maps: a value from 0 to 1 as a colour. */
#include <math.h>
#include <string.h>

#include "base/choice.h"
#include "image/draw.h"

static const char *const names[] = {
#define X(name) #name,
	COLORMAPS(X)
#undef X
};

int colormap_parse(const char *name, enum colormap *cm, struct err *e)
{
	int k = choice_find("colour map", name, names, sizeof names / sizeof *names, e);

	if (k >= 0)
		*cm = (enum colormap)k;
	return k < 0 ? -1 : 0;
}

/* Polynomials in v, one column per colour. turbo: A. Mikhailov's approximation of his map (Google AI blog, 2019), up
 * to 32 levels off at the dark ends. viridis and inferno (N. Smith, S. van der Walt, 2015; both CC0): M. Zucker's fits
 * (CC0), within 6 levels of the tables. */
#define DEGREE 6
static const double turbo[DEGREE][3] = {
	{0.13572138, 0.09140261, 0.10667330},
	{4.61539260, 2.19418839, 12.64194608},
	{-42.66032258, 4.84296658, -60.58204836},
	{132.13108234, -14.18503333, 110.36276771},
	{-152.94239396, 4.27729857, -89.90310912},
	{59.28637943, 2.82956604, 27.34824973},
};
static const double viridis[DEGREE + 1][3] = {
	{0.2777273272234177, 0.005407344544966578, 0.3340998053353061},
	{0.1050930431085774, 1.404613529898575, 1.384590162594685},
	{-0.3308618287255563, 0.214847559468213, 0.09509516302823659},
	{-4.634230498983486, -5.799100973351585, -19.33244095627987},
	{6.228269936347081, 14.17993336680509, 56.69055260068105},
	{4.776384997670288, -13.74514537774601, -65.35303263337234},
	{-5.435455855934631, 4.645852612178535, 26.3124352495832},
};
static const double inferno[DEGREE + 1][3] = {
	{0.0002189403691192265, 0.001651004631001012, -0.01948089843709184},
	{0.1065134194856116, 0.5639564367884091, 3.932712388889277},
	{11.60249308247187, -3.972853965665698, -15.9423941062914},
	{-41.70399613139459, 17.43639888205313, 44.35414519872813},
	{77.162935699427, -33.40235894210092, -81.80730925738993},
	{-71.31942824499214, 32.62606426397723, 73.20951985803202},
	{25.13112622477341, -12.24266895238567, -23.07032500287172},
};

static double polynomial(const double (*k)[3], int terms, int colour, double v)
{
	double sum = 0;

	for (int i = terms - 1; i >= 0; i--)
		sum = sum * v + k[i][colour];
	return sum;
}

/* jet: a ramp up, a plateau and a ramp down per colour, at thirds of the way (blue, green, red). */
static double jet(int colour, double v)
{
	return 1.5 - fabs(4 * v - (3 - colour));
}

void colormap_rgb(enum colormap cm, float v, unsigned char rgb[3])
{
	v = v > 0 ? v < 1 ? v : 1 : 0; /* NaN is 0 */
	for (int c = 0; c < 3; c++) {
		double y = cm == CM_jet ? jet(c, v) : cm == CM_turbo ? polynomial(turbo, DEGREE, c, v) :
		           polynomial(cm == CM_viridis ? viridis : inferno, DEGREE + 1, c, v);
		rgb[c] = lrint(255 * (y > 0 ? y < 1 ? y : 1 : 0));
	}
}
