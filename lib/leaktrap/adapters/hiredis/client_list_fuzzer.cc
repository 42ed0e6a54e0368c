// What a broken or hostile server may answer to CLIENT LIST.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "leaktrap/adapters/hiredis/client_list.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::hiredis::internal {
namespace {

void Check(const std::string& text) {
  try {
    for (const Client& client : ParseClientList(text)) {
      FUZZ_CHECK(client.by_unix_socket || !client.address.empty());
      if (!DirtOf(client).empty()) FUZZ_CHECK(!RemedyFor(client).empty());
    }
  } catch (const std::runtime_error& error) {
    FUZZ_CHECK(std::string(error.what()).find("CLIENT LIST") == 0);
  }
}

}  // namespace
}  // namespace leaktrap::hiredis::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::hiredis::internal::Check(
      leaktrap::internal::FuzzInput(data, size).Rest());
  return 0;
}
