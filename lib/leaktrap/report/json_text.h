// JSON as text, piece by piece.
//
//   JsonWriter json;
//   json.BeginObject().Key("name").String(name).Key("ids").BeginArray();
//   for (int id : ids) json.Int(id);
//   json.EndArray().EndObject();

#ifndef LEAKTRAP_REPORT_JSON_TEXT_H_
#define LEAKTRAP_REPORT_JSON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace leaktrap::internal {

// `text` with quotes around it. Always valid JSON in valid UTF-8: a byte that
// is part of no UTF-8 character becomes U+FFFD. All else can be had back: what
// is unfit to be shown (see IsUnfitToShow) is only spelled as \uNNNN.
std::string JsonString(std::string_view text);

// Puts the commas. Begin and End have to match, and a Key to have its value:
// nobody checks.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value) {
    return Value(JsonString(value));
  }
  JsonWriter& Int(int64_t value) { return Value(std::to_string(value)); }
  JsonWriter& Uint(uint64_t value) { return Value(std::to_string(value)); }
  JsonWriter& Bool(bool value) { return Value(value ? "true" : "false"); }
  JsonWriter& Null() { return Value("null"); }

  // A value that is JSON already.
  JsonWriter& Value(std::string_view json);

  const std::string& text() const { return text_; }

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_JSON_TEXT_H_
