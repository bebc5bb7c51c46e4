/* A digest of all other files beside this one, so that a kernel is known that was built from others: see
 * stages/kernels.py. tests/unit/test_kernels.py says what it is to be. */
#define KERNEL_VERSION "1176a7de55bbf38d"
