#ifndef DATA_FINDING_H
#define DATA_FINDING_H

#include <stdbool.h>

/* What a cell of a table says was found: "A|B", "['a', 'b']", or, of a column that is one finding, 1 (found), 0 (not),
 * -1 (uncertain) and blank (nothing said). */
enum finding_state {
	FINDING_SOME = 1,      /* names, or the column's own finding */
	FINDING_NOT = 2,       /* the column's finding is denied: 0 */
	FINDING_UNCERTAIN = 4, /* -1 */
	FINDING_BLANK = 8
};
/* The cell's state; with `flags` 1, 0, -1 mean what they do above, else every text is a name. */
enum finding_state finding_state(const char *cell, bool flags);
/* Does a cell of names hold this one? */
bool finding_has(const char *cell, const char *name, bool nocase);
/* How many names a cell holds. */
int finding_count(const char *cell);
/* The name of a cell that holds one, without brackets and quotes, else the cell: fresh memory. */
char *finding_only(const char *cell);
/* May a column with this cell be one of flags: blank, 1, 0, -1 (also 1.0 ...)? */
bool finding_is_flag(const char *cell);

#endif
