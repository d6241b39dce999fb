// Prints what CompareAllEffective finds between two published releases, for a program that reads
// the releases for itself (tests/oracle/effective.py).
//
//   effective_dump RELEASES FROM TO
//
// RELEASES is the folder that holds a folder for each release. A line for each code and change:
// `code group facet level origin`, `-` for no facet; and `code gone`, `code now-header`.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <string>

#include "absl/strings/strip.h"
#include "storage/query/effective.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

std::string FacetName(v1::Facet facet) {
  if (facet == v1::FACET_UNSPECIFIED) return "-";
  return std::string(absl::StripPrefix(v1::Facet_Name(facet), "FACET_"));
}

void Print(const image::Image& from, const EffectiveDifference& difference) {
  for (const EffectiveDifference::Cause& cause : difference.causes) {
    const EffectiveChange& change = cause.change;
    for (const image::NodeIndex code : cause.codes) {
      std::cout << from.node(code).key << ' ' << model::FacetGroupName(change.group) << ' '
                << FacetName(change.facet) << ' '
                << (change.level == v1::CHANGE_LEVEL_OWN ? "own" : "inherited") << ' '
                << change.origin << '\n';
    }
  }
  for (const image::NodeIndex code : difference.gone) {
    std::cout << from.node(code).key << " gone\n";
  }
  for (const image::NodeIndex code : difference.now_headers) {
    std::cout << from.node(code).key << " now-header\n";
  }
}

int Main(const std::filesystem::path& releases, const std::string& from, const std::string& to) {
  const OfficialImages official(releases, {from, to});
  if (official.images().size() != 2) {
    std::cerr << "effective_dump: " << from << " and " << to << " are no two published releases\n";
    return 2;
  }
  const image::Image& before = *official.images()[0];
  const image::Image& after = *official.images()[1];
  // References are read once of an image, whoever needs them first.
  before.references();
  after.references();
  const auto start = std::chrono::steady_clock::now();
  const EffectiveDifference difference = CompareAllEffective(before, after);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::cerr << from << " to " << to << ": compared in " << took.count() << " ms\n";
  Print(before, difference);
  return 0;
}

}  // namespace
}  // namespace codeset::query

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc != 4) {
    std::cerr << "usage: effective_dump RELEASES FROM TO\n";
    return 2;
  }
  return codeset::query::Main(argv[1], argv[2], argv[3]);
}
