// What the rounds of a run show, as text.

#ifndef LEAKTRAP_REPORT_GROWTH_TEXT_H_
#define LEAKTRAP_REPORT_GROWTH_TEXT_H_

#include <string>

#include "leaktrap/check/growth.h"

namespace leaktrap::internal {

// "growing, 1.5 a round", "now and then, in 2 of 5 rounds", "first use".
std::string GrowthHeadline(const MakerGrowth& maker);

// What to write where something is made on first use and kept: WarmUp, or the
// line of a rules file. Lines that each begin with a newline.
std::string FirstUseAdvice(const std::string& signature);

// "growing, 1 a round: threads maker=app::Open", and below it where, by which
// test, and what it means.
std::string GrowthText(const MakerGrowth& maker);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_GROWTH_TEXT_H_
