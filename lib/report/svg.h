#ifndef REPORT_SVG_H
#define REPORT_SVG_H

/* The drawing inside an SVG file, safe to be put into a page: shapes, text and what colours and places them. All else
 * goes, with what is in it: scripts, styles, links, embedded markup, events, ids (which would clash), references. size
 * is that of its viewBox. Fresh memory; NULL: no SVG, or a damaged one. */
char *svg_drawing(const char *svg, int size[2]);

#endif
