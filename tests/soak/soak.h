// What the parts of a soak share: the oracle, what is loaded and labelled when, and the tally.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cpp/connection.h"
#include "tests/soak/differences.h"
#include "tests/soak/facts.h"
#include "tests/soak/state_log.h"
#include "tests/soak/tally.h"
#include "tests/soak/world.h"

namespace codeset::soak {

// What the command line says.
struct SoakOptions {
  std::string server;
  // `unix:path`; empty where nothing is to be changed.
  std::string admin;
  // The published files, by release id.
  std::string releases;
  // What prepare.py wrote.
  std::string tables;
  // Portable files of releases that the loader owns, as ID.codeset; empty for none.
  std::string portable;
  // Releases that stay loaded, oldest first, and those that the loader loads and deletes.
  std::vector<std::string> fixed;
  std::vector<std::string> own;
  // Where the verifier writes what was acknowledged; empty for nowhere.
  std::string ledger_out;
  int seconds = 10;
  int clients = 50;
  uint64_t seed = 1;
  // Calls a second of all clients together; 0 for as many as there can be.
  double rate = 0;
};

// See above.
struct Soak {
  Soak(SoakOptions all_options, Oracle all_facts);

  // The worlds that a call may have met that began and ended then.
  std::vector<World> WorldsBetween(absl::Time from, absl::Time until) const;

  const SoakOptions options;
  const Oracle oracle;
  // Categories of which some release has codes with a 7th character.
  std::set<std::string> seventh_categories;
  StateLog<std::set<std::string>> loaded;
  StateLog<std::string> label;
  KeptChanges changes;
  Tally tally;
  std::atomic<bool> stop = false;
};

// A connection to the server that is shared with nobody, as programs of their own have, and on
// which nothing is tried again: that would hide errors that nobody asked for.
std::shared_ptr<client::Connection> OwnConnection(const std::string& address);

// Makes a call of a kind and counts it with the time that it took; gives what it gives.
template <typename Call>
auto Timed(Soak* soak, const std::string& kind, Call call) {
  const absl::Time began = SteadyNow();
  auto result = call();
  soak->tally.Called(kind, SteadyNow() - began);
  return result;
}

}  // namespace codeset::soak
