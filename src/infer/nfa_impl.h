/* Edges of automata that are not deterministic yet. */
#ifndef INFER_NFA_IMPL_H
#define INFER_NFA_IMPL_H

#include "infer/grammar_impl.h"

enum nfa_type {
    NFA_SKIP,  /* for nothing */
    NFA_BYTES, /* for one byte of lo..hi */
    NFA_CALL,  /* for what calls[call] says */
    NFA_BEGIN, /* for nothing, at the beginning of the text alone */
    NFA_END,   /* for nothing, at its end alone */
};

/* Code points lo..hi; quoted: as they stand in a JSON string. */
void nfa_range(nfa *a, uint32_t lo, uint32_t hi, bool quoted, uint32_t from, uint32_t to);
/* What an EXPR_CONTEXT holds: context.c. */
void nfa_context(nfa *a, const exprs *x, uint32_t id, uint32_t from, uint32_t to);

#endif
