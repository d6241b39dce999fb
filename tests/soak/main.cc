// Asks, changes and verifies for a time, all at once, and holds every answer against an oracle.
//
//   soak --server 127.0.0.1:7460 --admin unix:data/admin.sock --tables TABLES --releases RELEASES
//       --fixed 2025,2026 --own 2024 --seconds 1800 --clients 50 --seed 1
//
// prepare.py makes TABLES; `run` does all of it, with a server. The releases of --fixed are loaded,
// those of --own are not. Prints one JSON object. Exit status 0: all was right, and no error came
// that was not asked for; 1: not so; 2: usage.
//
//   soak --server 127.0.0.1:7460 --check-ledger FILE
//
// holds the ledger of a server that was started again against what a soak wrote to --ledger-out.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/grpc_connection.h"
#include "tests/soak/changers.h"
#include "tests/soak/reader.h"
#include "tests/soak/verifier.h"

namespace codeset::soak {
namespace {

constexpr int kUsage = 2;

// Below this many seconds not every kind of call need have been made.
constexpr int kAllKindsSeconds = 8;

// What nobody has done although there was time.
std::vector<std::string> NotDone(const Soak& soak, bool read_only) {
  std::vector<std::string> kinds = {
      "GetConcept",        "BatchGetConcepts",  "ListConcepts",
      "ListRelatives",     "StreamDescendants", "GetSubsumption",
      "GetCommonAncestor", "ValidateCodes",     "StreamValidateCodes",
      "GetHistory",        "StreamHistories",   "StreamDiff",
      "GetDiffSummary",    "ResolveRelease",    "ListReleases",
      "GetRelease",        "ListLabels",        "ExportRelease",
      "what is refused",   "streams given up",  "GetConcept (read slowly)"};
  if (!read_only) {
    kinds.insert(kinds.end(), {"SetLabel", "RecordVerification", "GetReference",
                               "ListVerificationQueue", "ListVerifications"});
  }
  std::erase_if(kinds, [&](const std::string& kind) { return soak.tally.calls_of(kind) > 0; });
  std::vector<std::string> counts = {"answers compared"};
  if (!read_only) counts.insert(counts.end(), {"events watched", "verifications acknowledged"});
  if (!read_only && !soak.options.own.empty()) {
    counts.insert(counts.end(), {"releases loaded", "releases deleted"});
  }
  for (const std::string& count : counts) {
    if (soak.tally.count_of(count) == 0) kinds.push_back(count);
  }
  if (soak.options.seconds < kAllKindsSeconds) kinds.clear();
  return kinds;
}

// Waits for the time of the soak, or with `until_wrong` until something is not as it should be.
void WaitForEnd(const Soak& soak, bool until_wrong) {
  const absl::Time end = SteadyNow() + absl::Seconds(soak.options.seconds);
  while (SteadyNow() < end) {
    if (until_wrong && soak.tally.wrong() + soak.tally.not_asked_for() > 0) return;
    absl::SleepFor(std::min(end - SteadyNow(), absl::Milliseconds(50)));
  }
}

int RunSoak(SoakOptions options, bool read_only, bool until_wrong) {
  std::vector<std::string> ids = options.fixed;
  ids.insert(ids.end(), options.own.begin(), options.own.end());
  auto oracle = ReadOracle(options.tables, ids);
  if (!oracle.ok()) {
    std::cerr << "soak: " << oracle.status().message() << "\n";
    return kUsage;
  }
  for (const std::string& id : options.own) {
    if (!oracle->releases.at(id).tabular()) continue;
    std::cerr << "soak: " << id
              << " has a tabular list: the structure that it lends would come and "
              << "go with it, and the tables of the oracle know one only\n";
    return kUsage;
  }
  Soak soak(std::move(options), *std::move(oracle));
  const auto labelled = client::AdminClient(client::MakeAdminConnection(soak.options.admin))
                            .SetLabel(kLabel, soak.options.fixed.front(), false, "the soak");
  if (!labelled.ok()) {
    std::cerr << "soak: the label cannot be set: " << labelled.status() << "\n";
    return kUsage;
  }
  ExpectedEvents events;
  Watcher watcher(&soak);
  Loader loader(&soak, &events);
  Verifier verifier(&soak);
  std::vector<std::thread> threads;
  const absl::Time began = SteadyNow();
  if (!read_only) {
    watcher.Start();
    verifier.Prepare();
    if (!soak.options.own.empty()) threads.emplace_back([&] { loader.Run(); });
    threads.emplace_back([&] { MoveLabel(&soak, &events); });
    threads.emplace_back([&] { verifier.Run(); });
  }
  for (int number = 0; number < soak.options.clients; ++number) {
    threads.emplace_back([&soak, number] { Reader(&soak, number).Run(); });
  }
  WaitForEnd(soak, until_wrong);
  soak.stop = true;
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(SteadyNow() - began);
  if (!read_only) {
    verifier.CheckAll();
    watcher.Finish(events);
  }
  const bool whole = !until_wrong || soak.tally.wrong() + soak.tally.not_asked_for() == 0;
  for (const std::string& kind : whole ? NotDone(soak, read_only) : std::vector<std::string>()) {
    soak.tally.Wrong("the soak itself", kind + ": was never done");
  }
  soak.tally.WriteJson(std::cout, seconds);
  return soak.tally.wrong() == 0 && soak.tally.not_asked_for() == 0 ? 0 : 1;
}

int Check(const std::string& server, const std::string& path) {
  int64_t compared = 0;
  const std::vector<std::string> found = CheckLedger(server, path, &compared);
  for (const std::string& difference : found) std::cout << difference << "\n";
  std::cout << compared << " verifications compared, " << found.size() << " codes differ\n";
  return found.empty() ? 0 : 1;
}

int Main(int argc, char** argv) {
  SoakOptions options;
  bool read_only = false;
  bool until_wrong = false;
  std::string check_ledger;
  CLI::App app("Asks, changes and verifies for a time, and compares every answer.");
  app.add_option("--server", options.server)->required();
  app.add_option("--admin", options.admin);
  app.add_option("--tables", options.tables);
  app.add_option("--releases", options.releases);
  app.add_option("--portable", options.portable);
  app.add_option("--fixed", options.fixed)->delimiter(',');
  app.add_option("--own", options.own)->delimiter(',');
  app.add_option("--ledger-out", options.ledger_out);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--clients", options.clients)->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed);
  app.add_option("--rate", options.rate)->check(CLI::NonNegativeNumber);
  app.add_flag("--read-only", read_only, "Change nothing but where the label stands at first");
  app.add_flag("--until-wrong", until_wrong, "End with the first that is not as it should be");
  app.add_option("--check-ledger", check_ledger);
  CLI11_PARSE(app, argc, argv);
  if (!check_ledger.empty()) return Check(options.server, check_ledger);
  if (options.fixed.size() < 2 || options.admin.empty() || options.tables.empty() ||
      (options.releases.empty() && !options.own.empty())) {
    std::cerr << "soak: --admin, --tables, two releases in --fixed, and --releases with --own\n";
    return kUsage;
  }
  return RunSoak(std::move(options), read_only, until_wrong);
}

}  // namespace
}  // namespace codeset::soak

int main(int argc, char** argv) { return codeset::soak::Main(argc, argv); }
