#include "examples/legacy_suite/importer.h"

#include <mutex>
#include <string>
#include <vector>

#include "examples/legacy_suite/worker_pool.h"

namespace mail {

int Importer::Run() const {
  WorkerPool workers(config->workers);
  const std::vector<std::string> names = spool->List(100);
  for (const std::string& name : names) {
    if (scanner->Scan(spool->Path(name)) == Scanner::Verdict::kInfected) {
      log->Write("virus in " + name);
      workers.Cancel();
      return 0;
    }
  }
  std::mutex mutex;
  int forwarded = 0;
  for (const std::string& name : names) {
    workers.Post([&] {
      const std::string text = spool->Read(name);
      std::lock_guard<std::mutex> lock(mutex);
      if (cache->Has(text) || !Send(smtp, config->forward_to, text)) return;
      cache->Add(text);
      ++forwarded;
    });
  }
  workers.Finish();
  return forwarded;
}

}  // namespace mail
