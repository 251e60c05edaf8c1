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

#endif
