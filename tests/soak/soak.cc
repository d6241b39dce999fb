#include "tests/soak/soak.h"

#include <utility>

#include "client/cpp/grpc_connection.h"

namespace codeset::soak {

Soak::Soak(SoakOptions all_options, Oracle all_facts)
    : options(std::move(all_options)),
      oracle(std::move(all_facts)),
      loaded({options.fixed.begin(), options.fixed.end()}),
      label(options.fixed.front()) {
  for (const auto& [id, release] : oracle.releases) {
    for (const ConceptFacts& facts : release.concepts) {
      if (facts.row && facts.id.size() == 8) seventh_categories.emplace(facts.id.substr(0, 3));
    }
  }
}

std::vector<World> Soak::WorldsBetween(absl::Time from, absl::Time until) const {
  std::vector<World> worlds;
  for (const std::set<std::string>& releases : loaded.Between(from, until)) {
    for (const std::string& target : label.Between(from, until)) {
      worlds.push_back({releases, target});
    }
  }
  return worlds;
}

std::shared_ptr<client::Connection> OwnConnection(const std::string& address) {
  client::ConnectionOptions options;
  options.own_connection = true;
  options.retries = false;
  // Nothing of these options can be refused.
  return client::MakeConnection(address, options).value();
}

}  // namespace codeset::soak
