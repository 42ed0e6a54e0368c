// Takes messages out of a spool, and forwards those that are clean.

#ifndef EXAMPLES_LEGACY_SUITE_IMPORTER_H_
#define EXAMPLES_LEGACY_SUITE_IMPORTER_H_

#include "examples/legacy_suite/config.h"
#include "examples/legacy_suite/log.h"
#include "examples/legacy_suite/message_cache.h"
#include "examples/legacy_suite/scanner.h"
#include "examples/legacy_suite/smtp.h"
#include "examples/legacy_suite/spool.h"

namespace mail {

// What an import needs; nothing of it is owned.
struct Importer {
  const Config* config;
  const Spool* spool;
  const Scanner* scanner;
  MessageCache* cache;
  SmtpPool* smtp;
  Log* log;

  // Imports all that waits, on as many threads as the settings say; nothing if
  // there is a virus in it. Returns how many messages were forwarded.
  int Run() const;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_IMPORTER_H_
