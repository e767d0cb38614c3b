#ifndef EXPLAIN_METHOD_H
#define EXPLAIN_METHOD_H

#include <stdbool.h>

#include "base/err.h"

/* Ways to turn a feature map A [h*w, c] and the gradient g [h*w, c] of a score with respect to it into one signed
 * map [h*w] at the layer's resolution. Rectifying and scaling come later (scale.h).
 *
 *   cam        sum_k w_k A_k, w the weights of the one dense layer behind the average (Zhou 2016); head only
 *   gradcam    weight of a channel: mean of g (Selvaraju 2017)
 *   gradcampp  weight: sum of relu(g) / (2 + g S), S the channel's sum of A (Chattopadhay 2018, without the usual
 *              1e-6 in the denominator, which is not small beside 2 g^2 when g is a weight / 49)
 *   hirescam   sum_k g A, place by place (Draelos 2020)
 *   xgradcam   weight: sum of g A / sum of A (Fu 2020)
 *              (both have poles, at S = -2/g and at 0: use them behind a ReLU, where S >= 0)
 *   layercam   sum_k relu(g) A, place by place (Jiang 2021)
 *
 * X(name, title, needs_head) */
#define METHODS(X) \
	X(cam, "CAM", true) \
	X(gradcam, "Grad-CAM", false) \
	X(gradcampp, "Grad-CAM++", false) \
	X(hirescam, "HiResCAM", false) \
	X(xgradcam, "XGrad-CAM", false) \
	X(layercam, "LayerCAM", false)
enum method {
#define X(name, title, needs_head) METHOD_##name,
	METHODS(X)
#undef X
	METHOD_COUNT
};

const char *method_name(enum method m);  /* as --method takes it */
const char *method_title(enum method m); /* for captions */
bool method_needs_head(enum method m);   /* defined only for average pooling and one dense layer behind the layer */
int method_parse(const char *name, enum method *m, struct err *e); /* the message lists the names */

/* The raw map of one picture. Sums run in double and in a fixed order. */
void method_map(enum method m, const float *a, const float *g, int hw, int c, float *map);

#endif
