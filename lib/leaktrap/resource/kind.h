// Kinds of resource that a test can leave behind.
//
//   for (const leaktrap::Kind kind : leaktrap::kAllKinds) {
//     std::cout << leaktrap::KindPlural(kind) << "\n";  // "threads" is the
//     first
//   }

#ifndef LEAKTRAP_RESOURCE_KIND_H_
#define LEAKTRAP_RESOURCE_KIND_H_

// Bazel 4.2 compiles as C++11 unless it is told otherwise, and the first of the
// many errors would not say so.
#if __cplusplus < 201703L
#error "Leaktrap needs C++17; in your .bazelrc: build --cxxopt=-std=c++17"
#endif

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace leaktrap {

enum class Kind {
  kThread,
  kDescriptor,
  kConnection,
  kProcess,
  // What a user's own Probe lists; reported under the probe's name.
  kOther,
};

inline constexpr std::array<Kind, 5> kAllKinds = {
    Kind::kThread, Kind::kDescriptor, Kind::kConnection, Kind::kProcess,
    Kind::kOther};

// "thread", "descriptor", "connection", "process", "resource".
std::string_view KindName(Kind kind);

// "threads", "descriptors", "connections", "processes", "others": the words
// that flags take.
std::string_view KindPlural(Kind kind);

// The inverse of KindPlural; nothing for any other word.
std::optional<Kind> ParseKind(std::string_view plural);

// "1 thread", "3 threads".
std::string CountOf(Kind kind, int count);

}  // namespace leaktrap

#endif  // LEAKTRAP_RESOURCE_KIND_H_
