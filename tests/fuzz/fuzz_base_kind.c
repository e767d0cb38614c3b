/* libFuzzer: any bytes as the begin of a file whose kind is asked; each is refused with a word, or may be text. */
#include <stdint.h>
#include <stdlib.h>

#include "base/kind.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kind *k = kind_of(data, size);
	struct err lines = {""}, none = {""};

	fuzz_reached += k != NULL;
	kind_is_text(data, size);
	kind_is_record(data, size);
	if (kind_refuse_lines(data, size, "a list", &lines) != (k ? -1 : 0) || !lines.text[0] == (k != NULL))
		abort();
	if (!kind_refuse(data, size, "a stream", &none) || !none.text[0])
		abort();
	return 0;
}
