// The C library's functions in a program that is linked with -static.

#ifndef LEAKTRAP_ORIGIN_STATIC_FUNCTIONS_H_
#define LEAKTRAP_ORIGIN_STATIC_FUNCTIONS_H_

namespace leaktrap::internal {

// What does in such a program what the C library's `name` does; null if nothing
// is known to. In other programs this function does not exist.
__attribute__((weak)) void* StaticFunction(const char* name);

// Whether this program has its C library in itself, so that no dynamic linker
// knows which function stands behind another (dlsym(3) crashes).
inline bool IsStaticProgram() { return &StaticFunction != nullptr; }

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_STATIC_FUNCTIONS_H_
