#ifndef NN_SETTING_H
#define NN_SETTING_H

#include "nn/net.h"

/* How a model's outputs become answers: threshold, temperature, bias, prevalence. They are set after training; the
 * digest does not depend on them. */

/* What cxr-metrics calibrate -o wrote: a heading, then rows of a name and a value (threshold, temperature, bias,
 * prevalence, note, conformal.K, figure.NAME, reference.NAME). What was set before and is not in the file is
 * forgotten, threshold and temperature apart: a file without a bias was fitted without one, and an older prevalence was
 * that of an older fit. */
int setting_read(struct net *n, const char *path, struct err *e);

/* For use where the share of positives is another. Prior shift (Saerens 2002): the log odds move by as much as those
 * of the prevalence. The threshold moves along, so that the same images are called positive. An error with other than
 * two classes, or where the prevalence the model was calibrated at is not known. */
int setting_prevalence(struct net *n, double prevalence, struct err *e);

/* An error with other than two classes. */
int setting_bias(struct net *n, double bias, struct err *e);

#endif
