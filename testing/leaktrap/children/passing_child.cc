// Empty tests that all pass, beside as much as is wanted, and what one of them
// costs: the programs that passing_test_benchmark runs. One source, linked with
// Leaktrap, with Leaktrap but without its recorder, and with GoogleTest alone.
//
//   --tests=N          so many are measured, behind the first ones
//   --descriptors=N, --threads=N, --leases=N
//                      are there before the first test, and stay
//   --listener=KIND    "none"; "silent": not even GoogleTest's own printing;
//                      "scan", "naive": what others do before and after a test
//   --output=FILE      where GoogleTest prints to
//   --result=FILE      gets the nanoseconds of one test
//
// The clock is read inside of tests: between the first that counts and the last
// each test ends and begins once, and neither starting the program nor its end
// is in the figure.

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/system/listings_for_test.h"

namespace {

using leaktrap::internal::kDescriptorsForTest;
using leaktrap::internal::kTasksForTest;
using leaktrap::internal::ListDescriptorsForTest;
using leaktrap::internal::ListingForTest;
using leaktrap::internal::ListThreadsForTest;
using leaktrap::internal::ScanForTest;

// Caches are warm and tables have their size after these.
constexpr int kUnmeasuredTests = 10;

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string text = argv[i];
      const size_t equals = text.find('=');
      if (equals == std::string::npos) continue;
      values_[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }

  const std::string& Text(const std::string& name) const {
    return values_.at(name);
  }
  int Number(const std::string& name) const { return std::stoi(Text(name)); }

 private:
  std::map<std::string, std::string> values_;
};

class Stopwatch {
 public:
  explicit Stopwatch(int tests) : tests_(tests) {}

  void TestRuns() {
    ++ran_;
    if (ran_ == kUnmeasuredTests) begin_ = std::chrono::steady_clock::now();
    if (ran_ == kUnmeasuredTests + tests_) {
      taken_ = std::chrono::steady_clock::now() - begin_;
    }
  }

  double NanosecondsPerTest() const { return taken_.count() / tests_; }

 private:
  const int tests_;
  int ran_ = 0;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::duration<double, std::nano> taken_{};
};

class EmptyTest : public testing::Test {
 public:
  explicit EmptyTest(Stopwatch* stopwatch) : stopwatch_(stopwatch) {}
  void TestBody() override { stopwatch_->TestRuns(); }

 private:
  Stopwatch* const stopwatch_;
};

// Lists the names of all that there is and nothing of each.
class ScanListener : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo&) override { before_ = Scan(); }
  void OnTestEnd(const testing::TestInfo&) override {
    EXPECT_EQ(Scan(), before_);
  }

 private:
  static size_t Scan() {
    return ScanForTest(kDescriptorsForTest) + ScanForTest(kTasksForTest);
  }

  size_t before_ = 0;
};

// What is written by hand first.
class NaiveListener : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo&) override { before_ = List(); }
  void OnTestEnd(const testing::TestInfo&) override {
    const ListingForTest after = List();
    EXPECT_TRUE(std::equal(
        before_.begin(), before_.end(), after.begin(), after.end(),
        [](const auto& a, const auto& b) { return a.first == b.first; }));
  }

 private:
  static ListingForTest List() {
    ListingForTest listing = ListDescriptorsForTest();
    listing.merge(ListThreadsForTest());
    return listing;
  }

  ListingForTest before_;
};

void Listen(const std::string& kind) {
  testing::TestEventListeners& listeners =
      testing::UnitTest::GetInstance()->listeners();
  if (kind == "silent") {
    delete listeners.Release(listeners.default_result_printer());
  } else if (kind == "scan") {
    listeners.Append(new ScanListener);
  } else if (kind == "naive") {
    listeners.Append(new NaiveListener);
  }
}

bool OpenDescriptors(int count) {
  for (int i = 0; i < count; ++i) {
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return false;
  }
  return true;
}

std::vector<leaktrap::Lease> TakeLeases(leaktrap::LeaseLedger* pool,
                                        int count) {
  std::vector<leaktrap::Lease> leases;
  for (int i = 0; i < count; ++i) {
    leases.push_back(pool->CheckOut(pool->Open("127.0.0.1:5432")));
  }
  return leases;
}

void LiftTheLimitOfDescriptors() {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const Arguments arguments(argc, argv);
  if (freopen(arguments.Text("--output").c_str(), "w", stdout) == nullptr) {
    return 1;
  }
  Listen(arguments.Text("--listener"));

  LiftTheLimitOfDescriptors();
  if (!OpenDescriptors(arguments.Number("--descriptors"))) return 1;
  for (int i = 0; i < arguments.Number("--threads"); ++i) {
    leaktrap::children::LeakThread();
  }
  leaktrap::LeaseLedger pool("db");
  const std::vector<leaktrap::Lease> leases =
      TakeLeases(&pool, arguments.Number("--leases"));

  const int tests = arguments.Number("--tests");
  Stopwatch stopwatch(tests);
  for (int i = 0; i < kUnmeasuredTests + tests; ++i) {
    testing::RegisterTest(
        "Empty", ("Test" + std::to_string(i)).c_str(), nullptr, nullptr,
        __FILE__, __LINE__,
        [&stopwatch]() -> testing::Test* { return new EmptyTest(&stopwatch); });
  }
  const int failed = RUN_ALL_TESTS();
  std::ofstream(arguments.Text("--result")) << stopwatch.NanosecondsPerTest();
  return failed;
}
