/* A digest of all other files beside this one, so that a kernel is known that was built from others: see
 * stages/kernels.py. tests/unit/test_kernels.py says what it is to be. */
#define KERNEL_VERSION "c22fc6caf75014e8"
