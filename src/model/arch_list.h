/* Every architecture, a line each; included by arch.c alone. */
ARCH(llama)
