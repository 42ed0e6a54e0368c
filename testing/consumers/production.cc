// A program, not a test: says how many of its connections are leased.

#include <cstdio>

#include "leaktrap/gauge/gauge.h"
#include "leaktrap/pool/lease_ledger.h"

int main() {
  leaktrap::LeaseLedger ledger("database");
  leaktrap::Lease lease = ledger.CheckOut(ledger.Open("127.0.0.1:5432"));
  const auto leased = leaktrap::Count(leaktrap::Kind::kConnection);
  std::printf("%lld leased\n", leased ? static_cast<long long>(*leased) : -1);
}
