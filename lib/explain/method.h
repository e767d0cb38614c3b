#ifndef EXPLAIN_METHOD_H
#define EXPLAIN_METHOD_H

#include <stdbool.h>

#include "base/err.h"

/* Every way to make a map, one struct maker (maker.h) each.
 *
 *   cam.c         from a layer's value and gradient: CAM, Grad-CAM and what came of it, Eigen-CAM
 *   ablate.c      from a layer's channels one by one: Score-CAM, Ablation-CAM
 *   gradient.c    from the gradient at the image: plain, times the image, integrated, smoothed, FullGrad
 *   xrai.c        the integrated one, shared out among regions
 *   perturb.c     from images with parts taken away: occlusion, RISE
 *   superpixel.c  the same with superpixels and a linear model: LIME, KernelSHAP
 *   baseline.c    what knows nothing of the network: random, a centred Gaussian, the image's edges, a map given */
#define METHODS(X) \
	X(cam) X(gradcam) X(gradcampp) X(hirescam) X(xgradcam) X(layercam) \
	X(eigencam) X(scorecam) X(ablationcam) X(fullgrad) \
	X(gradient) X(gradxinput) X(intgrad) X(smoothgrad) X(gradientshap) X(xrai) \
	X(occlusion) X(rise) X(lime) X(kernelshap) \
	X(random) X(gaussian) X(edges) X(prior)
enum method {
#define X(name) METHOD_##name,
	METHODS(X)
#undef X
	METHOD_COUNT
};

const char *method_name(enum method m);  /* as --method takes it */
const char *method_title(enum method m); /* for captions */
const char *method_words(enum method m); /* what it does, in a few words */
bool method_has_layer(enum method m);    /* made at a layer, at its resolution; else at the image's */
bool method_is_baseline(enum method m);  /* knows nothing of the network */
bool method_is_still(enum method m);     /* nor of the image */
bool method_has_blank(enum method m);    /* puts something in place of the image, or of parts of it (blank.h) */
bool method_sums(enum method m);         /* is to sum to the score of the image less that of nothing */
bool method_is_fine(enum method m);      /* a gradient at every pixel, a few of them far above the rest */
/* By what a method's map, of so many places, is multiplied to be in logits: what the score were if the whole map were
 * as that place. 0: its values are no part of the score. */
double method_logits(enum method m, int places);
int method_parse(const char *name, enum method *m, struct err *e); /* the message lists the names */

#endif
