/* Values that lie where a concat joins them, so that it copies nothing: each input is a slice of the concat's channels,
 * written by its step with the concat's channels from pixel to pixel. A DenseNet's block, in which each concat is the
 * first input of the next, then is one buffer that its layers fill from left to right.
 *
 *   denselayer 3 reads  |<--- concat --->|
 *   a pixel:            [ x ][ l1 ][ l2 ][ l3 ]
 *                                        ^ and writes this */
#include "nn/plan_build.h"

/* Can n's step write it as a slice? Its gradient is whole, so backward must not look at it beside that. */
static bool written_apart(const struct plan *p, const struct node *n)
{
	int producer = p->producer[n->index];
	const struct step *s = producer < 0 ? NULL : &p->step[producer];
	const struct operator *op = s ? operator_of(s->node) : NULL;

	return s && !p->keep[n->index] && !s->add && op->writes_slices && op->writes_slices(s) &&
	       !(s->backward && (s->act != ACT_NONE || op->uses_y));
}

/* Can every step read n as a slice, which is input `input` of a concat's? */
static bool read_apart(const struct plan *p, const struct node *n, const struct step *concat, int input)
{
	for (int i = 0; i < p->nstep; i++) {
		const struct step *s = &p->step[i];
		bool can = s->before || operator_of(s->node)->reads_slices;

		if (step_residual(p, s) == n)
			return false;
		for (int k = 0; k < s->node->nin; k++) {
			bool joined = s == concat && k == input;

			if (step_input(p, s, k) == n && !joined && (!can || step_reads(s, k)->c != n->c))
				return false;
		}
	}
	return true;
}

void plan_find_slices(struct plan *p)
{
	for (int i = 0; i < p->net->g->nnode; i++)
		p->slice[i] = (struct slice){i, 0};
	for (int i = p->nstep - 1; i >= 0 && !p->reference; i--) { /* the last first: slices of slices */
		const struct step *s = &p->step[i];
		struct slice at = p->slice[s->out->index];

		if (s->node->op != OP_concat)
			continue;
		for (int k = 0; k < s->node->nin; k++) {
			const struct node *in = step_input(p, s, k);

			if (p->slice[in->index].of == in->index && in->c == s->node->in[k]->c && written_apart(p, in) &&
			    read_apart(p, in, s, k))
				p->slice[in->index] = at;
			at.at += s->node->in[k]->c;
		}
	}
}
