#include "leaktrap/xml_properties.h"

#include <chrono>

#include "gtest/gtest.h"
#include "leaktrap/check/verifier.h"

namespace leaktrap::internal {

void XmlProperties::Record(const Verdict& verdict) {
  if (testing::UnitTest::GetInstance()->current_test_info() == nullptr) {
    *this = XmlProperties();
  }
  leaks_ += static_cast<int>(verdict.judgement.leaks.size());
  only_reported_ += static_cast<int>(verdict.judgement.only_reported.size());
  tolerated_ += static_cast<int>(verdict.judgement.tolerated.size());
  exceeded_ += static_cast<int>(verdict.exceeded.size());
  unmet_ += static_cast<int>(verdict.unmet.size());
  could_not_look_ += verdict.error.empty() ? 0 : 1;
  waited_ += verdict.settled.waited;
  const auto waited_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(waited_).count();
  const auto record = [](const char* key, int value) {
    if (value > 0) testing::Test::RecordProperty(key, value);
  };
  record("leaktrap_leaks", leaks_);
  record("leaktrap_only_reported", only_reported_);
  record("leaktrap_tolerated", tolerated_);
  record("leaktrap_exceeded", exceeded_);
  record("leaktrap_unmet", unmet_);
  record("leaktrap_could_not_look", could_not_look_);
  record("leaktrap_waited_ms", static_cast<int>(waited_ms));
}

}  // namespace leaktrap::internal
