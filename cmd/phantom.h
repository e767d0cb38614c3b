#ifndef CMD_PHANTOM_H
#define CMD_PHANTOM_H

#include "data/phantom.h"
#include "tool/tool.h"

/* A set of images on its way to the disk. */
struct job {
	struct phantom_options o;
	const char *dir;
	size_t n;
	/* private */
	struct phantom_case *cases;
	size_t next;
	FILE *truth;
	struct progress bar;
	struct slot *slot;
};

/* Makes dir and its folders and writes the settings (one line) to settings.txt. Dies when dir holds a set of other
 * settings, or a chest/ that is not ours: no directory mixes two sets, and an interrupted set can be finished. */
void set_claim(const char *dir, const char *settings);

/* Draws all images, then truth.tsv. Dies at the first that cannot be written. */
void set_draw(struct job *j);

#endif
