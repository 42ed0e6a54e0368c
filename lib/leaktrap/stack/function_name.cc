#include "leaktrap/stack/function_name.h"

#include <cxxabi.h>

#include <cctype>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace leaktrap::internal {
namespace {

// Demangling can take time and room far beyond the length of what it is given.
constexpr size_t kLongestMangledName = 4096;

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

bool IsNamePart(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$';
}

// Conversions to types that name conversions to types: more is nobody's code,
// and would use up the stack.
constexpr int kDeepestOperator = 100;

// The place after the bracket that closes the one at `at`; text.size() if none
// does. Operators' names ("operator<") are no brackets.
size_t AfterBracket(std::string_view text, size_t at, int depth = 0);

// The place after the operator's name whose "operator" starts at `at`, or `at`
// if none starts there.
size_t AfterOperator(std::string_view text, size_t at, int depth = 0) {
  constexpr std::string_view kWord = "operator";
  if (!StartsWith(text.substr(at), kWord) || depth > kDeepestOperator) {
    return at;
  }
  if (at > 0 && IsNamePart(text[at - 1])) return at;
  const size_t start = at + kWord.size();
  if (start == text.size() || IsNamePart(text[start])) return at;
  for (std::string_view name : {"()", "[]", "<=>", "->*", "<<=", ">>=", "->",
                                "<<", ">>", "<=", ">=", "<", ">"}) {
    if (!StartsWith(text.substr(start), name)) continue;
    const size_t end = start + name.size();
    // Template arguments stand apart from it: "operator< <int>".
    return StartsWith(text.substr(end), " <") ? end + 1 : end;
  }
  // A conversion to a type, new, delete, a literal's suffix, or signs that
  // mean nothing here.
  size_t end = start;
  while (end < text.size() && text[end] != '(') {
    end = text[end] == '<' ? AfterBracket(text, end, depth + 1) : end + 1;
  }
  return end;
}

size_t AfterBracket(std::string_view text, size_t at, int depth) {
  int open = 0;
  while (at < text.size()) {
    const size_t past_operator = AfterOperator(text, at, depth);
    if (past_operator != at) {
      at = past_operator;
      continue;
    }
    const char c = text[at++];
    if (c == '(' || c == '<' || c == '{' || c == '[') ++open;
    // "->" closes nothing.
    const bool arrow = c == '>' && at >= 2 && text[at - 2] == '-';
    if (((c == ')' || c == '}' || c == ']') || (c == '>' && !arrow)) &&
        --open == 0) {
      break;
    }
  }
  return at;
}

// Whether the parameters that end before `at` belong to a function that only
// says where the named thing lives. Moves `*at` past their " const".
bool IsScope(std::string_view text, size_t* at) {
  size_t next = *at;
  for (std::string_view word : {" const", " volatile", " &&", " &"}) {
    if (StartsWith(text.substr(next), word)) next += word.size();
  }
  if (!StartsWith(text.substr(next), "::")) return false;
  *at = next;
  return true;
}

// A tag tells of a return type's version, which nobody writes down:
// "app::Names[abi:cxx11]" returns a std::string.
std::string WithoutAbiTags(std::string name) {
  size_t at = 0;
  while ((at = name.find("[abi:", at)) != name.npos) {
    const size_t end = name.find(']', at);
    if (end == name.npos) break;
    name.erase(at, end + 1 - at);
  }
  return name;
}

}  // namespace

std::string Demangle(const std::string& symbol) {
  if (!StartsWith(symbol, "_Z") || symbol.size() > kLongestMangledName) {
    return symbol;
  }
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
      &std::free);
  return status == 0 && name != nullptr ? name.get() : symbol;
}

std::string BareName(std::string_view function) {
  size_t start = 0;
  size_t at = 0;
  while (at < function.size()) {
    const size_t past_operator = AfterOperator(function, at);
    if (past_operator != at) {
      at = past_operator;
      continue;
    }
    const char c = function[at];
    if (c == '(') {
      size_t end = AfterBracket(function, at);
      // A return type.
      if (EndsWith(function.substr(0, at), "decltype ") ||
          EndsWith(function.substr(0, at), "decltype")) {
        at = end;
        continue;
      }
      if (!IsScope(function, &end)) break;
      at = end;
    } else if (c == '<' || c == '{' || c == '[') {
      at = AfterBracket(function, at);
    } else {
      ++at;
      if (c == ' ') start = at;
    }
  }
  std::string name =
      WithoutAbiTags(std::string(function.substr(start, at - start)));
  // Only for a name that is no function's would nothing be left.
  return name.empty() ? std::string(function) : name;
}

std::string WithoutParameters(std::string_view bare_name) {
  std::string name;
  for (size_t at = 0; at < bare_name.size();) {
    size_t end = AfterOperator(bare_name, at);
    const char c = bare_name[at];
    if (end == at) {
      const bool opens = c == '(' || c == '<' || c == '{' || c == '[';
      end = opens ? AfterBracket(bare_name, at) : at + 1;
    }
    size_t next = end;
    if (c != '(' || StartsWith(bare_name.substr(at), "(anonymous") ||
        !IsScope(bare_name, &next)) {
      name += bare_name.substr(at, end - at);
      next = end;
    }
    at = next;
  }
  return name;
}

std::string LastName(std::string_view bare_name) {
  size_t start = 0;
  size_t end = bare_name.size();
  for (size_t at = 0; at < bare_name.size();) {
    const size_t past_operator = AfterOperator(bare_name, at);
    if (past_operator != at) {
      at = past_operator;
      end = bare_name[at - 1] == ' ' ? at - 1 : at;
    } else if (StartsWith(bare_name.substr(at), "::")) {
      at += 2;
      start = at;
      end = bare_name.size();
    } else if (bare_name[at] == '<') {
      if (at > start && bare_name[at - 1] != ' ') end = at;
      at = AfterBracket(bare_name, at);
    } else if (bare_name[at] == '(' || bare_name[at] == '{') {
      at = AfterBracket(bare_name, at);
      end = at;
    } else {
      ++at;
      end = at;
    }
  }
  return std::string(bare_name.substr(start, end - start));
}

}  // namespace leaktrap::internal
