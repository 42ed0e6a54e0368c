// JSON as a value, for tests: strict, so that what a test can read everybody
// can.

#ifndef LEAKTRAP_REPORT_JSON_FOR_TEST_H_
#define LEAKTRAP_REPORT_JSON_FOR_TEST_H_

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leaktrap::internal {

// One value. What it is not throws std::runtime_error, which says what it is.
class Json {
 public:
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };

  // Throws std::runtime_error with the place in `text` where it stops to be
  // JSON (RFC 8259), or where it is not UTF-8. A key that comes twice in one
  // object is refused too.
  static Json Parse(std::string_view text);

  bool IsNull() const { return type_ == Type::kNull; }
  bool IsArray() const { return type_ == Type::kArray; }
  bool IsObject() const { return type_ == Type::kObject; }
  bool boolean() const { return As(Type::kBool).boolean_; }
  long long integer() const;
  double number() const;
  const std::string& string() const { return As(Type::kString).text_; }
  const std::vector<Json>& array() const { return As(Type::kArray).items_; }
  size_t size() const { return array().size(); }
  const Json& operator[](int place) const {
    return array().at(static_cast<size_t>(place));
  }

  // The keys of an object in order, and a value by its key.
  const std::vector<std::string>& keys() const {
    return As(Type::kObject).keys_;
  }
  bool Has(const std::string& key) const;
  const Json& operator[](const char* key) const;

  friend std::ostream& operator<<(std::ostream& os, const Json& json);

 private:
  friend class JsonParser;

  const Json& As(Type type) const;

  Type type_ = Type::kNull;
  bool boolean_ = false;
  std::string text_;         // of a string, or a number as it is spelled
  std::vector<Json> items_;  // of an array, or an object's values
  std::vector<std::string> keys_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_JSON_FOR_TEST_H_
