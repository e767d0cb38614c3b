#ifndef STAT_GAPS_H
#define STAT_GAPS_H

#include "stat/cluster.h"
#include "stat/measure.h"

/* Is a measure such a sum? Resampling would raise it. */
bool stat_is_gaps(enum measure what);

/* Sums over the STAT_BINS bins of stated probability, weighted by their images: of the gap between stated and observed
 * share (ECE), of its square (reliability), and of the square of what the observed share is off from that of all
 * (resolution). The interval allows for what noise adds to them, counts patients, and holds a truth of 0 unless the
 * value is more than chance would bring; it is wide where chance may lie in few bins or in all. Images with in[i]
 * (NULL: all) count. NaN of none. */
struct estimate stat_gaps(enum measure what, const struct sampled_item *item, const unsigned char *in, size_t n,
                          struct clusters c, double level);

#endif
