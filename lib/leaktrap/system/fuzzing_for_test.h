// What fuzz targets (foo_fuzzer.cc) are made of.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     FuzzInput input(data, size);
//     const auto place = input.Number<uint64_t>();
//     FUZZ_CHECK(Holds(place, input.Rest()));
//     return 0;
//   }
//
// libFuzzer runs them (tools/fuzz.sh), and so does run_fuzzer_for_test.cc, in
// every suite.

#ifndef LEAKTRAP_SYSTEM_FUZZING_FOR_TEST_H_
#define LEAKTRAP_SYSTEM_FUZZING_FOR_TEST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// Defined by each target; the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Ends the program if a property does not hold, with NDEBUG too.
#define FUZZ_CHECK(condition)                                                \
  do {                                                                       \
    if (!(condition)) {                                                      \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                   #condition);                                              \
      std::abort();                                                          \
    }                                                                        \
  } while (false)

namespace leaktrap::internal {

// An input, taken apart from its beginning on. What is behind the end is 0.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  template <typename Integer>
  Integer Number() {
    Integer number = 0;
    Take(sizeof(number)).copy(reinterpret_cast<char*>(&number), sizeof(number));
    return number;
  }

  // Up to the next line's end, which is passed over.
  std::string Line() {
    const std::string_view line =
        Take(std::min(rest_.find('\n'), rest_.size()));
    Take(1);
    return std::string(line);
  }

  // At most so many bytes.
  std::string_view Take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string Rest() { return std::string(Take(rest_.size())); }

 private:
  std::string_view rest_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_SYSTEM_FUZZING_FOR_TEST_H_
