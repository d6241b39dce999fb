// What must hold of the differences between any two published releases: they mirror each
// other, and what has not changed is not looked at.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/query/change_wire.h"
#include "storage/query/diff.h"
#include "storage/query/diff_messages.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;

// The kind of the same change seen backwards.
v1::ChangeKind Backwards(v1::ChangeKind kind) {
  switch (kind) {
    case v1::CHANGE_KIND_ADDED:
      return v1::CHANGE_KIND_DELETED;
    case v1::CHANGE_KIND_DELETED:
      return v1::CHANGE_KIND_ADDED;
    case v1::CHANGE_KIND_BECAME_BILLABLE:
      return v1::CHANGE_KIND_BECAME_HEADER;
    case v1::CHANGE_KIND_BECAME_HEADER:
      return v1::CHANGE_KIND_BECAME_BILLABLE;
    default:
      return kind;
  }
}

using EditKey = std::tuple<int, int, std::optional<absl::string_view>, absl::string_view,
                           std::optional<absl::string_view>, absl::string_view>;

EditKey KeyOf(const NoteEdit& edit) {
  const NoteLine before = edit.before.value_or(NoteLine());
  const NoteLine after = edit.after.value_or(NoteLine());
  return {edit.kind, static_cast<int>(edit.note_kind), before.heading, before.text, after.heading,
          after.text};
}

// The edits in an order that does not depend on the direction of the comparison.
std::vector<EditKey> KeysOf(const std::vector<NoteEdit>& edits) {
  std::vector<EditKey> keys;
  keys.reserve(edits.size());
  for (const NoteEdit& edit : edits) keys.push_back(KeyOf(edit));
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<NoteEdit> Backwards(std::vector<NoteEdit> edits) {
  for (NoteEdit& edit : edits) {
    std::swap(edit.before, edit.after);
    if (edit.kind == v1::NOTE_EDIT_KIND_ADDED) {
      edit.kind = v1::NOTE_EDIT_KIND_REMOVED;
    } else if (edit.kind == v1::NOTE_EDIT_KIND_REMOVED) {
      edit.kind = v1::NOTE_EDIT_KIND_ADDED;
    }
  }
  return edits;
}

void SortByFacet(std::vector<Change>& changes) {
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return std::tie(a.facet, a.before, a.after) < std::tie(b.facet, b.before, b.after);
  });
}

std::vector<std::string> Descendants(const Image& from, const Image& to, const Change& change) {
  const v1::Change message = ToMessage(from, to, change);
  return {message.billable_descendant_ids().begin(), message.billable_descendant_ids().end()};
}

void ExpectMirrored(const Image& from, const Image& to) {
  std::vector<Change> there = Diff(from, to, {});
  std::vector<Change> back = Diff(to, from, {});
  for (Change& change : back) {
    std::swap(change.before, change.after);
    change.kind = Backwards(change.kind);
    change.note_edits = Backwards(std::move(change.note_edits));
  }
  SortByFacet(there);
  SortByFacet(back);
  ASSERT_EQ(there.size(), back.size());
  for (size_t i = 0; i < there.size(); ++i) {
    const Change& a = there[i];
    const Change& b = back[i];
    const std::string id = ToMessage(from, to, a).id();
    // A state is told by its node: both sides of both changes are the same.
    ASSERT_EQ(std::tie(a.facet, a.kind, a.before, a.after, a.white_space_only),
              std::tie(b.facet, b.kind, b.before, b.after, b.white_space_only))
        << id;
    ASSERT_EQ(KeysOf(a.note_edits), KeysOf(b.note_edits)) << id;
    if (a.facet != v1::FACET_BILLABLE) continue;
    Change reversed = a;
    std::swap(reversed.before, reversed.after);
    reversed.kind = Backwards(a.kind);
    ASSERT_EQ(Descendants(from, to, a), Descendants(to, from, reversed)) << id;
    ASSERT_EQ(Descendants(from, to, a).empty(), a.kind == v1::CHANGE_KIND_BECAME_HEADER
                                                    ? to.node(a.after).end == a.after + 1
                                                    : from.node(a.before).end == a.before + 1)
        << id;
  }
}

std::string Shown(const std::optional<model::Digest>& digest) {
  return digest.has_value() ? model::FormatDigest(*digest) : "none";
}

// Categories whose digests differ, or that one side alone has, counted for themselves.
int DifferingCategories(const Image& from, const Image& to) {
  const bool tabular = from.Has(model::FacetGroup::kTabular) && to.Has(model::FacetGroup::kTabular);
  const bool poa = !from.poa_from().empty() && !to.poa_from().empty();
  std::map<std::string, std::set<std::string>> digests;
  for (const Image* image : {&from, &to}) {
    for (const image::CategoryPages& pages : image->categories()) {
      const std::string all =
          absl::StrCat(model::FormatDigest(pages.order), " ", tabular ? Shown(pages.tabular) : "",
                       " ", poa ? Shown(pages.poa) : "");
      // Present on one side alone: a second member makes it differ.
      auto& both = digests[std::string(pages.key)];
      if (!both.insert(all).second) both.insert("same");
    }
  }
  return static_cast<int>(std::count_if(digests.begin(), digests.end(), [](const auto& entry) {
    return entry.second.count("same") == 0;
  }));
}

// The place of a change in the second release, for itself: a deleted concept's is after the nearest
// before it that is still there.
std::pair<image::NodeIndex, bool> PlaceOf(const Image& from, const Image& to,
                                          const Change& change) {
  if (change.after != image::kNoNode) return {change.after + 1, false};
  for (image::NodeIndex i = change.before; i-- > 0;) {
    if (const auto still = to.Find(from.node(i).key)) return {*still + 1, true};
  }
  return {0, true};
}

void ExpectInOrderAndWrittenAsTheMessages(const Image& from, const Image& to) {
  const std::vector<Change> changes = Diff(from, to, {});
  for (size_t i = 0; i < changes.size(); ++i) {
    v1::StreamDiffResponse response;
    SetChange(from, to, changes[i], *response.add_changes());
    std::string bytes;
    AppendChange(v1::StreamDiffResponse::kChangesFieldNumber, from, to, changes[i], bytes);
    ASSERT_EQ(bytes, response.SerializeAsString()) << response.ShortDebugString();
    if (i == 0) continue;
    const auto key = [&](const Change& change) {
      return std::make_tuple(PlaceOf(from, to, change),
                             change.after == image::kNoNode ? change.before : 0, change.facet);
    };
    ASSERT_LT(key(changes[i - 1]), key(changes[i])) << response.ShortDebugString();
  }
}

TEST(OfficialDiffTest, EveryPairMirrorsItselfAndLooksOnlyAtWhatDiffers) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialImages official(releases);
  const auto& images = official.images();
  for (size_t i = 0; i < images.size(); ++i) {
    const Difference none = Compare(*images[i], *images[i], {});
    ASSERT_TRUE(none.changes.empty()) << images[i]->release_id();
    ASSERT_EQ(none.categories_compared, 0);
    for (size_t j = i + 1; j < images.size(); ++j) {
      SCOPED_TRACE(absl::StrCat(images[i]->release_id(), " and ", images[j]->release_id()));
      ASSERT_NO_FATAL_FAILURE(ExpectMirrored(*images[i], *images[j]));
      ASSERT_NO_FATAL_FAILURE(ExpectInOrderAndWrittenAsTheMessages(*images[i], *images[j]));
      ASSERT_NO_FATAL_FAILURE(ExpectInOrderAndWrittenAsTheMessages(*images[j], *images[i]));
      ASSERT_EQ(Compare(*images[i], *images[j], {}).categories_compared,
                DifferingCategories(*images[i], *images[j]));
    }
  }
}

}  // namespace
}  // namespace codeset::query
