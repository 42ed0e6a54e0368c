#include "leaktrap/report/json_for_test.h"

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace leaktrap::internal {
namespace {

const char* TypeName(Json::Type type) {
  constexpr const char* kNames[] = {"null",   "boolean", "number",
                                    "string", "array",   "object"};
  return kNames[static_cast<int>(type)];
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Json Document() {
    Json value = Value();
    SkipSpace();
    if (at_ != text_.size()) Fail("more than one value");
    return value;
  }

 private:
  [[noreturn]] void Fail(const std::string& problem) const {
    const size_t begin = at_ < 40 ? 0 : at_ - 40;
    throw std::runtime_error(
        "JSON: " + problem + " at byte " + std::to_string(at_) + " of " +
        std::to_string(text_.size()) + ", after \"" +
        std::string(text_.substr(begin, at_ - begin)) + "\"");
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void Expect(char c) {
    if (!Take(c)) Fail(std::string("no ") + c);
  }

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) !=
                                     std::string_view::npos) {
      ++at_;
    }
  }

  bool TakeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Json Value() {
    SkipSpace();
    Json json;
    if (TakeWord("null")) return json;
    if (TakeWord("true") || TakeWord("false")) {
      json.type_ = Json::Type::kBool;
      json.boolean_ = text_[at_ - 2] == 'u';
    } else if (Peek() == '"') {
      json.type_ = Json::Type::kString;
      json.text_ = String();
    } else if (Take('[')) {
      json.type_ = Json::Type::kArray;
      List(']', [&] { json.items_.push_back(Value()); });
    } else if (Take('{')) {
      json.type_ = Json::Type::kObject;
      List('}', [&] { Member(&json); });
    } else {
      json.type_ = Json::Type::kNumber;
      json.text_ = Number();
    }
    return json;
  }

  template <typename Item>
  void List(char end, Item item) {
    SkipSpace();
    if (Take(end)) return;
    do {
      item();
      SkipSpace();
    } while (Take(','));
    Expect(end);
  }

  void Member(Json* object) {
    SkipSpace();
    std::string key = String();
    if (object->Has(key)) Fail("a second \"" + key + "\"");
    SkipSpace();
    Expect(':');
    object->items_.push_back(Value());
    object->keys_.push_back(std::move(key));
  }

  std::string Number() {
    const size_t begin = at_;
    Take('-');
    if (!Take('0')) Digits();
    if (Take('.')) Digits();
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      Digits();
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  void Digits() {
    if (!IsDigit(Peek())) Fail("no value");
    while (IsDigit(Peek())) ++at_;
  }

  std::string String() {
    Expect('"');
    std::string out;
    while (!Take('"')) {
      if (at_ == text_.size()) Fail("a string without an end");
      if (static_cast<unsigned char>(Peek()) < 0x20) Fail("a bare control");
      if (Take('\\')) {
        AppendUtf8(Escape(), &out);
      } else {
        AppendUtf8(Utf8(), &out);
      }
    }
    return out;
  }

  char32_t Escape() {
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const size_t place = kShort.find(Peek());
    if (at_ < text_.size() && place != std::string_view::npos) {
      ++at_;
      return static_cast<unsigned char>(kMeant[place]);
    }
    if (!Take('u')) Fail("no such escape");
    const char32_t code = Unit();
    if (code < 0xD800 || code > 0xDFFF) return code;
    // A character of two units, the high one first.
    if (code > 0xDBFF || !Take('\\') || !Take('u')) Fail("half a character");
    const char32_t low = Unit();
    if (low < 0xDC00 || low > 0xDFFF) Fail("half a character");
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }

  char32_t Unit() {
    char32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const std::string_view hex = "0123456789abcdef";
      const size_t digit = hex.find(Peek());
      if (at_ == text_.size() || digit == hex.npos) Fail("no hex digit");
      code = code * 16 + static_cast<char32_t>(digit);
      ++at_;
    }
    return code;
  }

  char32_t Utf8() {
    const auto lead = static_cast<unsigned char>(text_[at_++]);
    if (lead < 0x80) return lead;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4) Fail("not UTF-8");
    char32_t code = lead & (0x3F >> more);
    for (int i = 0; i < more; ++i) {
      if ((static_cast<unsigned char>(Peek()) & 0xC0) != 0x80)
        Fail("not UTF-8");
      code = (code << 6) | (static_cast<unsigned char>(text_[at_++]) & 0x3F);
    }
    constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (code < kLeast[more] || code > 0x10FFFF ||
        (code >= 0xD800 && code <= 0xDFFF)) {
      Fail("not UTF-8");
    }
    return code;
  }

  static void AppendUtf8(char32_t code, std::string* out) {
    if (code < 0x80) {
      out->push_back(static_cast<char>(code));
      return;
    }
    const int more = code >= 0x10000 ? 3 : code >= 0x800 ? 2 : 1;
    constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
    out->push_back(static_cast<char>(kLead[more] | (code >> (6 * more))));
    for (int i = more - 1; i >= 0; --i) {
      out->push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F)));
    }
  }

  const std::string_view text_;
  size_t at_ = 0;
};

Json Json::Parse(std::string_view text) { return JsonParser(text).Document(); }

long long Json::integer() const {
  const std::string& text = As(Type::kNumber).text_;
  size_t end = 0;
  const long long value = std::stoll(text, &end);
  if (end != text.size()) throw std::runtime_error(text + " is no integer");
  return value;
}

double Json::number() const { return std::stod(As(Type::kNumber).text_); }

bool Json::Has(const std::string& key) const {
  const std::vector<std::string>& all = keys();
  return std::find(all.begin(), all.end(), key) != all.end();
}

const Json& Json::operator[](const char* key) const {
  const std::vector<std::string>& all = keys();
  const auto found = std::find(all.begin(), all.end(), key);
  if (found == all.end()) {
    std::string message = std::string("JSON: no \"") + key + "\" among";
    for (const std::string& other : all) message += " " + other;
    throw std::runtime_error(message);
  }
  return items_[static_cast<size_t>(found - all.begin())];
}

const Json& Json::As(Type type) const {
  if (type_ == type) return *this;
  throw std::runtime_error(std::string("JSON: a ") + TypeName(type_) +
                           " and no " + TypeName(type));
}

std::ostream& operator<<(std::ostream& os, const Json& json) {
  os << TypeName(json.type_) << " " << json.text_;
  for (size_t i = 0; i < json.items_.size(); ++i) {
    os << (i == 0 ? "{" : ", ");
    if (json.type_ == Json::Type::kObject) os << json.keys_[i] << ": ";
    os << json.items_[i] << (i + 1 == json.items_.size() ? "}" : "");
  }
  return os;
}

}  // namespace leaktrap::internal
