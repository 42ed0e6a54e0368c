#include "leaktrap/report/lines_for_test.h"

namespace leaktrap::internal {

int WithLines() { return 1; }

}  // namespace leaktrap::internal
