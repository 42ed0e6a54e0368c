// Names of functions, as linkers and as people write them.

#ifndef LEAKTRAP_STACK_FUNCTION_NAME_H_
#define LEAKTRAP_STACK_FUNCTION_NAME_H_

#include <string>
#include <string_view>

namespace leaktrap::internal {

// The C++ name that `symbol` stands for; a name that is not mangled, or longer
// than is decent, is returned as it is.
std::string Demangle(const std::string& symbol);

// A demangled name without return type, parameters, what follows them and ABI
// tags: "app::Pool::Start" of "void app::Pool::Start(int) const". Parameters
// that tell where a local thing lives stay: "f(int)::{lambda()#1}::operator()".
std::string BareName(std::string_view function);

// A bare name without those parameters: "f::{lambda()#1}::operator()".
std::string WithoutParameters(std::string_view bare_name);

// The last part of a bare name, without template arguments: "push_back" of
// "std::vector<int, std::allocator<int> >::push_back".
std::string LastName(std::string_view bare_name);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FUNCTION_NAME_H_
