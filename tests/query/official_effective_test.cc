// What applies to codes in the published releases: whoever is asked, all answers are one.
// tests/oracle/effective.py says whether it is the right one.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/query/effective.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;
using model::Digest;
using model::FacetGroup;

using Digests = std::vector<std::pair<FacetGroup, Digest>>;

// Whether the digests of the groups that both have say the same as the changes.
void ExpectDigestsAgree(const Digests& before, const Digests& after,
                        const std::vector<EffectiveChange>& changes, absl::string_view key) {
  for (const auto& [group, digest] : before) {
    const auto other = std::find_if(after.begin(), after.end(),
                                    [g = group](const auto& one) { return one.first == g; });
    const bool differs = std::any_of(changes.begin(), changes.end(),
                                     [g = group](const auto& one) { return one.group == g; });
    ASSERT_EQ(other != after.end() && other->second != digest, differs)
        << key << " " << model::FacetGroupName(group);
  }
}

void ExpectAllIsWhatEachIs(const Image& from, const Image& to) {
  const EffectiveDifference all = CompareAllEffective(from, to);
  std::map<NodeIndex, std::vector<EffectiveChange>> by_code;
  for (const EffectiveDifference::Cause& cause : all.causes) {
    ASSERT_TRUE(std::is_sorted(cause.codes.begin(), cause.codes.end()));
    for (const NodeIndex code : cause.codes) by_code[code].push_back(cause.change);
  }
  std::vector<NodeIndex> gone, now_headers;
  for (NodeIndex node = 0; node < from.nodes().size(); ++node) {
    const image::Node& self = from.node(node);
    if (self.row == nullptr) continue;
    const auto after = to.Find(self.key);
    if (!after.has_value()) {
      gone.push_back(node);
      continue;
    }
    if (self.billable && !to.node(*after).billable) now_headers.push_back(node);
    const std::vector<EffectiveChange> changes = CompareEffective(from, node, to, *after);
    std::vector<EffectiveChange> found;
    if (const auto it = by_code.find(node); it != by_code.end()) found = it->second;
    ASSERT_TRUE(std::is_permutation(changes.begin(), changes.end(), found.begin(), found.end()))
        << self.key << ": " << changes.size() << " changes, found " << found.size();
    ASSERT_NO_FATAL_FAILURE(ExpectDigestsAgree(EffectiveDigests(from, node),
                                               EffectiveDigests(to, *after), changes, self.key));
  }
  EXPECT_EQ(gone, all.gone);
  EXPECT_EQ(now_headers, all.now_headers);
}

// 2014 and 2016 have one content; 2013 lacks rows, 2022 a tabular list.
TEST(OfficialEffectiveTest, AllCodesAreToldAsEachIs) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialImages official(
      releases, {"2013", "2014", "2016", "2017", "2021", "2021-01", "2022", "2023"});
  const auto image = [&](const std::string& id) -> const Image& {
    const auto& images = official.images();
    return **std::find_if(images.begin(), images.end(),
                          [&](const auto& one) { return one->release_id() == id; });
  };
  for (const auto& [from, to] : {std::pair("2013", "2014"),
                                 {"2014", "2016"},
                                 {"2016", "2017"},
                                 {"2021", "2021-01"},
                                 {"2021-01", "2022"},
                                 {"2021-01", "2023"},
                                 {"2023", "2016"}}) {
    SCOPED_TRACE(absl::StrCat(from, " and ", to));
    ASSERT_NO_FATAL_FAILURE(ExpectAllIsWhatEachIs(image(from), image(to)));
  }
  const EffectiveDifference none = CompareAllEffective(image("2014"), image("2016"));
  EXPECT_TRUE(none.causes.empty() && none.gone.empty());
}

}  // namespace
}  // namespace codeset::query
