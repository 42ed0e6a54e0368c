// The examples of the comments that public headers open with, as they stand
// there (tools/house.py compares them), each with what it needs around it.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/gauge/gauge.h"
#include "leaktrap/leaktrap.h"

namespace {

struct HealthClient {
  bool IsHealthy() const { return true; }
} client;

// leaktrap.h
TEST(HealthCheck, ReleasesItsConnection) {
  VERIFY_NO_LEAKS();
  EXPECT_TRUE(client.IsHealthy());
}

class Logger {
 public:
  static Logger& Get() {
    static auto* const logger = new Logger;
    return *logger;
  }
  void Rotate() {}
  void Lose() { EXPECT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0); }
};

// allow.h
TEST(Logger, Rotates) {
  LEAKTRAP_ALLOW(leaktrap::Kind::kThread, 1, "the writer lives on");
  Logger::Get().Rotate();
}
TEST(Logger, LosesItsFile) {
  LEAKTRAP_EXPECT_LEAK(leaktrap::Kind::kDescriptor, 1, "to be mended");
  Logger::Get().Lose();
}

struct Crawler {
  void FetchAll() {}
  void FetchOne() {}
};

// leak_scope.h
TEST(Crawler, ClosesEachBody) {
  Crawler crawler;
  {
    VERIFY_NO_LEAKS(leaktrap::Options().MaxLeased("http", 4));
    crawler.FetchAll();
  }
  EXPECT_NO_LEAKS(crawler.FetchOne());
}

// options.h
TEST(HeaderExample, Options) {
  const leaktrap::Options options =
      leaktrap::Options()
          .IgnoreThread("log-flush*", "lives as long as main")
          .Tolerate(leaktrap::Kind::kDescriptor, 1, "the driver's lock file")
          .MaxLeased("http", 4)
          .Linger(std::chrono::seconds(5));
  EXPECT_TRUE(options.errors().empty());
}

int left_open = -1;

void RunTheServer() { left_open = open("/dev/null", O_RDONLY | O_CLOEXEC); }

// find_leaks.h, resource.h, origin.h
TEST(HeaderExample, FindLeaks) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
    RunTheServer();
    const leaktrap::LeakReport report = leaktrap::FindLeaks(before);
    if (!report.empty()) std::cerr << report;
    for (const leaktrap::Resource& leak : report.leaks()) {
      std::cout << leak.name << ", to be released by: " << leak.release << "\n";
    }
    for (const leaktrap::Resource& leak : report.leaks()) {
      if (leak.origin.has_value() && leak.origin->sequence != 0) {
        std::cout << "made by " << leak.origin->call << "()\n";
      }
    }
  }
  close(left_open);
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "/dev/null, to be released by: close it (close(2))\n"
            "made by open()\n");
  EXPECT_NE(testing::internal::GetCapturedStderr().find(
                "What ran since the snapshot left behind 1 descriptor:"),
            std::string::npos);
}

// kind.h
TEST(HeaderExample, Kind) {
  testing::internal::CaptureStdout();
  for (const leaktrap::Kind kind : leaktrap::kAllKinds) {
    std::cout << leaktrap::KindPlural(kind) << "\n";  // "threads" is the first
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout().find("threads\n"), 0u);
}

struct Metrics {
  void Set(const std::string& name, int64_t value) { values[name] = value; }
  std::map<std::string, int64_t> values;
} metrics;

// gauge.h
TEST(HeaderExample, Gauge) {
  if (const auto threads = leaktrap::Count(leaktrap::Kind::kThread)) {
    metrics.Set("threads", *threads);
  }
  EXPECT_GE(metrics.values["threads"], 1);
}

struct Slot {
  uint64_t index;
  uint64_t generation;
};

// identity.h
TEST(HeaderExample, Identity) {
  const auto list = [](const Slot& slot) {
    leaktrap::Listing listing;
    // In a user's probe, of what is numbered anew when it is used again:
    leaktrap::Identity identity;
    identity.number = slot.index;
    identity.stamp[0] = slot.generation;
    listing.identities.push_back(identity);
    return listing.identities;
  };
  EXPECT_NE(list({1, 7}), list({1, 8}));
}

class Lock {
 public:
  explicit Lock(uint64_t id) : id_(id) {}
  uint64_t id() const { return id_; }
  static std::vector<Lock>& AllHeld() {
    static auto* const held = new std::vector<Lock>;
    return *held;
  }

 private:
  uint64_t id_;
};

}  // namespace

// probe.h
class LockProbe : public leaktrap::Probe {
 public:
  std::string name() const override { return "file lock"; }
  leaktrap::Listing List() override {
    leaktrap::Listing listing;
    for (const Lock& lock : Lock::AllHeld()) listing.Add(lock.id());
    return listing;
  }
};
static leaktrap::ProbeRegistration registration(std::make_unique<LockProbe>());

namespace {

TEST(HeaderExample, Probe) {
  const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
  Lock::AllHeld().emplace_back(7);
  const leaktrap::LeakReport report = leaktrap::FindLeaks(
      before, leaktrap::Options().Linger(std::chrono::milliseconds(1)));
  Lock::AllHeld().clear();
  ASSERT_EQ(report.leaks().size(), 1u);
  EXPECT_EQ(report.leaks().front().name, "file lock");
}

}  // namespace
