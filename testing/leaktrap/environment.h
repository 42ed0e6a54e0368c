// Has every test of the program checked, for those who have a main of their
// own.
//
//   int main(int argc, char** argv) {
//     testing::InitGoogleTest(&argc, argv);
//     testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
//         leaktrap::Options().Linger(std::chrono::seconds(5))));
//     return RUN_ALL_TESTS();
//   }

#ifndef LEAKTRAP_ENVIRONMENT_H_
#define LEAKTRAP_ENVIRONMENT_H_

#include "gtest/gtest.h"
#include "leaktrap/check/options.h"

namespace leaktrap {

// Checks each test where it ends, after its fixture's destructor. To be handed
// to testing::AddGlobalTestEnvironment() before RUN_ALL_TESTS(); GoogleTest
// owns it then. One more of them, or one beside //testing:main, does not check
// twice: it adds its options.
class LeakEnvironment : public testing::Environment {
 public:
  explicit LeakEnvironment(const Options& options = Options());
};

}  // namespace leaktrap

#endif  // LEAKTRAP_ENVIRONMENT_H_
