#include "leaktrap/resource/kind.h"

#include <optional>
#include <string>
#include <string_view>

namespace leaktrap {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kThread:
      return "thread";
    case Kind::kDescriptor:
      return "descriptor";
    case Kind::kConnection:
      return "connection";
    case Kind::kProcess:
      return "process";
    case Kind::kOther:
      break;
  }
  return "resource";
}

std::string_view KindPlural(Kind kind) {
  switch (kind) {
    case Kind::kThread:
      return "threads";
    case Kind::kDescriptor:
      return "descriptors";
    case Kind::kConnection:
      return "connections";
    case Kind::kProcess:
      return "processes";
    case Kind::kOther:
      break;
  }
  return "others";
}

std::optional<Kind> ParseKind(std::string_view plural) {
  for (Kind kind : kAllKinds) {
    if (plural == KindPlural(kind)) return kind;
  }
  return std::nullopt;
}

std::string CountOf(Kind kind, int count) {
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(KindName(kind));
  return text.append(kind == Kind::kOther ? "resources" : KindPlural(kind));
}

}  // namespace leaktrap
