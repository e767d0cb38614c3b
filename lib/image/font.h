#ifndef IMAGE_FONT_H
#define IMAGE_FONT_H

#include "image/image.h"

/* Text drawn without any font file: glyphs of 5 x 7 points (and 2 below the line) joined by round strokes, smooth at
 * any size. unit is the distance of two points in pixels; a line is 12 units high, a character 6 wide. Text is
 * UTF-8: letters of Latin-1 and Latin Extended-A have their marks (or are two letters, as ss), a character of any other
 * script shows as its number, [4E2D]. */
#define FONT_ADVANCE 6
#define FONT_CAPS 6  /* height of capitals, from the base line */
#define FONT_LINE 12

size_t font_character(const char *text, size_t n); /* bytes of the first character, at most n */
float font_width(const char *text, size_t n, float unit);
/* On u8 pixels of any channels; x, y: left end of the top of the capitals. gray 0..255. */
void font_draw(struct image *im, const char *text, size_t n, float x, float y, float unit, unsigned char gray);

#endif
