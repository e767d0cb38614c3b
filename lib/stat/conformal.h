#ifndef STAT_CONFORMAL_H
#define STAT_CONFORMAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* When not to answer: split conformal prediction for each class (Vovk 2003; Papadopoulos 2002). A class stays possible
 * for an image whose rank for it (scores_rank) is at least the class's cut. Of images like those the cuts come from, at
 * least the stated coverage of every class keeps its own class possible; an answer is given only where one class alone
 * is, so at most the rest of a class is answered wrongly. */

/* The cut from n ascending ranks of images for their own class, of that many patients. Patients are what is drawn: the
 * cut is the floor((patients + 1)(1 - coverage)) / patients quantile, -inf where they are too few for any. */
double conformal_cut(const double *ascending, size_t n, size_t patients, double coverage);

/* Cuts of one class for the coverages .50, .51 ... .99, as a model stores them: numbers with commas between. */
enum { CONFORMAL_FIRST = 50, CONFORMAL_CUTS = 50 };
char *conformal_text(const double cut[CONFORMAL_CUTS]); /* fresh memory */
/* The cut for this coverage, or for the next higher one that is stored. */
int conformal_find(const char *text, double coverage, double *cut, struct err *e);

#endif
