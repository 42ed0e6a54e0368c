#include "leaktrap/check/run_all.h"

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {

std::string RunAll(const std::vector<std::function<void()>>& functions,
                   const char* whose) {
  for (const std::function<void()>& function : functions) {
    try {
      function();
    } catch (const std::exception& exception) {
      return absl::StrCat(whose, " threw: ", Printable(exception.what()));
    } catch (...) {
      return absl::StrCat(whose, " threw");
    }
  }
  return "";
}

}  // namespace leaktrap::internal
