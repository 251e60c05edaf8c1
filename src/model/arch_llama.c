/* Llama and what shares its blocks under the same name: Llama 1 to 3, Mistral, SmolLM, TinyLlama, Yi, Vicuna (Touvron
 * et al. 2023): RMSNorm before each block, grouped-query attention, SwiGLU. */
#include "model/arch_impl.h"

const arch arch_llama = {
    .name = "llama",
    .rope = ROPE_PAIRS,
};
