/* The list of architectures. */
#include "model/arch.h"

#include "model/arch_impl.h"

static const arch *const all[] = {
#define ARCH(name) &arch_##name,
#include "model/arch_list.h"
#undef ARCH
};

const arch *arch_find(bytes name) {
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (bytes_is(name, all[i]->name)) return all[i];
    return NULL;
}

const char *arch_names(void) {
#define ARCH(name) #name " "
    return
#include "model/arch_list.h"
        ;
#undef ARCH
}
