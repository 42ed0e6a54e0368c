// What the verifier asks the recorder of creating calls, where there is one.

#ifndef LEAKTRAP_CHECK_ORIGIN_SOURCE_H_
#define LEAKTRAP_CHECK_ORIGIN_SOURCE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// To be used by the testing thread.
class OriginSource {
 public:
  virtual ~OriginSource() = default;

  // Gives each of `*identities`, which probes have just listed, the sequence of
  // its creation, where that is known.
  virtual void Recognise(std::vector<Identity>* identities) = 0;

  // Threads that have finished and were neither joined nor detached, but for
  // those that still stand in `listed`.
  virtual std::vector<Identity> FinishedThreads(
      const std::vector<Identity>& listed) = 0;

  // What a report says about one of those. Nothing if it is let go of by now.
  virtual std::optional<Resource> DescribeFinished(const Identity& thread) = 0;

  // The number of the last creating call that has begun.
  virtual uint64_t LastSequence() = 0;

  // A number that is the same if all that was made since is released again, and
  // nothing else is (origin/recording.h). Of a recorder that cannot say so,
  // another one each time.
  virtual uint64_t AliveSum() = 0;

  // Who made it. Nothing if it is not known.
  virtual std::optional<Origin> Find(const Identity& identity) = 0;

  // All that this running thread makes from now on, and what the threads make
  // that it makes from now on, is charged to `owner`, which is not zero.
  virtual void Charge(const Identity& thread, uint32_t owner) = 0;

  // Whom the maker of `identity` is charged to; zero for nobody.
  virtual uint32_t ChargedTo(const Identity& identity) = 0;

  // Releases are told of if what they released was made up to `sequence`, or
  // was released already.
  virtual void WatchReleases(uint64_t sequence) = 0;

  // How many releases have been told of, and those after the first `count`.
  virtual uint64_t CountReleases() = 0;
  virtual std::vector<Release> ReleasesAfter(uint64_t count) = 0;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_ORIGIN_SOURCE_H_
