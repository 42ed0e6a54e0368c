// Leaktrap for GoogleTest: fails a test that leaves a thread, an open
// descriptor or a checked-out pool connection behind.
//
// To have every test of a binary checked, link //testing:main in place of
// gtest_main; no test needs an edit. In a binary with a main of its own:
//
//   int main(int argc, char** argv) {
//     testing::InitGoogleTest(&argc, argv);
//     leaktrap::ParseFlags(&argc, argv);
//     testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
//         leaktrap::Options().IgnoreThread("log-flush*",
//                                          "lives as long as main")));
//     return RUN_ALL_TESTS();
//   }
//
// To have a part of one test checked, where it ends:
//
//   TEST(HealthCheck, ReleasesItsConnection) {
//     VERIFY_NO_LEAKS();
//     EXPECT_TRUE(client.IsHealthy());
//   }

#ifndef LEAKTRAP_LEAKTRAP_H_
#define LEAKTRAP_LEAKTRAP_H_

// This header is what users include; the rest is its parts.
#include "leaktrap/allow.h"                 // IWYU pragma: export
#include "leaktrap/check/options.h"         // IWYU pragma: export
#include "leaktrap/environment.h"           // IWYU pragma: export
#include "leaktrap/find_leaks.h"            // IWYU pragma: export
#include "leaktrap/flags.h"                 // IWYU pragma: export
#include "leaktrap/leak_scope.h"            // IWYU pragma: export
#include "leaktrap/pool/connection_pool.h"  // IWYU pragma: export
#include "leaktrap/pool/lease_ledger.h"     // IWYU pragma: export
#include "leaktrap/pool/lease_tracker.h"    // IWYU pragma: export
#include "leaktrap/probe/probe.h"           // IWYU pragma: export
#include "leaktrap/resource/kind.h"         // IWYU pragma: export

#endif  // LEAKTRAP_LEAKTRAP_H_
