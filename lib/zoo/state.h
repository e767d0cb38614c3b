#ifndef ZOO_STATE_H
#define ZOO_STATE_H

#include "zoo/pickle.h"
#include "zoo/views.h"

/* From a pickled state dict to views; what torch's three forms share. Private to lib/zoo. */
struct storage {
	enum dtype type;
	const unsigned char *data;
	size_t count; /* elements */
};
/* Of torch.FloatStorage or torch.FloatTensor, and so on. */
int state_type(const struct pickle_value *type, enum dtype *t, struct err *e);

/* The view of a PICKLE_TENSOR on its storage. */
int state_tensor(const struct pickle_value *tensor, const struct storage *s, struct tensor_view *v, struct err *e);

/* Every tensor of the state dict in object: object itself, or, when it is a checkpoint, its entry state_dict, model ...
 * view makes a view of one (a PICKLE_TENSOR or PICKLE_REF): 0 or -1. */
int state_views(struct views *s, const struct pickle_value *object,
                int (*view)(void *ctx, const struct pickle_value *v, struct tensor_view *to, struct err *e), void *ctx,
                struct err *e);

#endif
