#include "servers/postgres_server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace leaktrap::servers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kVersions[] = "/usr/lib/postgresql";
constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(2);

// The newest version's folder of programs; empty if there is none.
std::string Binaries() {
  std::string best;
  int best_version = 0;
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator(kVersions, none)) {
    const int version = atoi(entry.path().filename().c_str());
    const std::string folder = entry.path() / "bin";
    if (version > best_version &&
        access((folder + "/initdb").c_str(), X_OK) == 0 &&
        access((folder + "/postgres").c_str(), X_OK) == 0) {
      best_version = version;
      best = folder;
    }
  }
  return best;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Start() {
  std::string binaries = Binaries();
  if (binaries.empty()) {
    return absl::NotFoundError(absl::StrCat(
        kVersions, "/*/bin has no server: run tools/install_debian.sh"));
  }
  // Not under TEST_TMPDIR: its path is too long for a Unix socket.
  char folder[] = "/tmp/postgres.XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("mkdtemp ", folder));
  }
  std::unique_ptr<PostgresServer> server(new PostgresServer(folder));
  server->binaries_ = std::move(binaries);
  absl::Status status = server->MakeCluster();
  if (!status.ok()) return status;

  // Somebody else may take the port before the server does.
  for (int attempt = 0; attempt < 3; ++attempt) {
    status = server->Launch();
    if (status.ok()) status = server->AwaitReadiness();
    if (status.ok()) return server;
    server->Stop();
  }
  return status;
}

PostgresServer::~PostgresServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PostgresServer::Conninfo() const {
  return absl::StrCat("host=127.0.0.1 port=", port_,
                      " user=test dbname=postgres");
}

std::string PostgresServer::UnixConninfo() const {
  return absl::StrCat("host=", folder_, " port=", port_,
                      " user=test dbname=postgres");
}

// SIGQUIT does not wait for those that are connected, as SIGTERM does.
void PostgresServer::Stop() { process_.End(SIGQUIT); }

std::string PostgresServer::Log() const { return ReadFile(folder_ + "/log"); }

absl::Status PostgresServer::MakeCluster() {
  return ServerProcess::Run(
      Program("initdb", {"--username=test", "--auth=trust", "--no-sync",
                         "--no-locale", "--encoding=UTF8"}),
      kPatience);
}

absl::Status PostgresServer::Launch() {
  port_ = FreePort();
  std::vector<std::string> arguments = {"-k", folder_, "-p",
                                        absl::StrCat(port_)};
  for (const char* setting :
       {// Loopback, and nothing that outlives the folder.
        "listen_addresses=127.0.0.1", "dynamic_shared_memory_type=mmap",
        // Quick and small: nobody keeps what is written.
        "fsync=off", "synchronous_commit=off", "full_page_writes=off",
        "shared_buffers=8MB", "wal_level=minimal", "max_wal_senders=0",
        "autovacuum=off", "max_prepared_transactions=2"}) {
    arguments.push_back("-c");
    arguments.push_back(setting);
  }
  absl::StatusOr<ServerProcess> process =
      ServerProcess::Start(Program("postgres", arguments));
  if (!process.ok()) return process.status();
  process_ = *std::move(process);
  return absl::OkStatus();
}

absl::Status PostgresServer::AwaitReadiness() {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (Clock::now() < deadline) {
    if (process_.HasEnded()) {
      return absl::UnavailableError(
          absl::StrCat("PostgreSQL ended as it started: ", Log()));
    }
    // The eighth line tells its state: so pg_ctl waits, too. A file of an
    // earlier attempt went away with that.
    std::istringstream lines(ReadFile(folder_ + "/data/postmaster.pid"));
    std::string line;
    for (int i = 0; i < 8; ++i) std::getline(lines, line);
    if (lines && line.rfind("ready", 0) == 0) return absl::OkStatus();
    std::this_thread::sleep_for(kPause);
  }
  return absl::DeadlineExceededError(
      absl::StrCat("PostgreSQL does not get ready: ", Log()));
}

ServerProgram PostgresServer::Program(
    const std::string& name, const std::vector<std::string>& arguments) const {
  ServerProgram program;
  program.command = {binaries_ + "/" + name, "-D", folder_ + "/data"};
  program.command.insert(program.command.end(), arguments.begin(),
                         arguments.end());
  program.log = folder_ + "/log";
  program.death_signal = SIGQUIT;
  program.unprivileged_in = folder_;
  return program;
}

}  // namespace leaktrap::servers
