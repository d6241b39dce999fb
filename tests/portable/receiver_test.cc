#include "storage/portable/receiver.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/model/canonical.h"
#include "storage/model/date.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "tests/portable/hostile_pages.h"
#include "tests/portable/small_set.h"
#include "tests/support/status_is.h"

namespace codeset::portable {
namespace {

using model::FacetGroup;
using model::Reason;
using testing::FailsWith;

// The first message about a release of the small set.
v1::ExportReleaseResponse Head(const PortableRelease& release) {
  const image::ImageSpec& spec = release.spec;
  v1::ExportReleaseResponse head;
  v1::ResolvedRelease& resolved = *head.mutable_release();
  resolved.set_release_id(spec.release_id);
  resolved.set_effective_date(model::FormatDate(spec.effective));
  resolved.set_fingerprint(model::FormatDigest(model::ReleaseFingerprint(spec.groups)));
  for (const auto& [group, digest] : spec.groups) {
    auto* message = resolved.add_facet_groups();
    message->set_group(static_cast<v1::FacetGroup>(group));
    message->set_fingerprint(model::FormatDigest(digest));
  }
  if (spec.lender.has_value()) {
    resolved.set_structure_from(spec.lender->release_id);
    head.set_structure_fingerprint(model::FormatDigest(spec.lender->tabular_root));
  }
  if (spec.poa.has_value()) {
    resolved.set_poa_from(spec.poa->release_id);
    head.set_poa_fingerprint(model::FormatDigest(spec.poa->root));
  }
  *head.mutable_description() = release.description;
  head.mutable_description()->set_loaded_at("2026-01-01T00:00:00Z");
  return head;
}

// The pages of a release, each in a message of its own, parents first.
std::vector<v1::ExportReleaseResponse> PagesOf(const PortableRelease& release, const Pages& pages) {
  std::vector<v1::ExportReleaseResponse> messages;
  EXPECT_TRUE(WalkPages(
                  RootsOf(release.spec),
                  [&](const PageNeed& need) { return pages.Find(need.group, need.digest).get(); },
                  [&](const PageNeed& need, const std::string& text) {
                    v1::ExportedPage& page = *messages.emplace_back().add_pages();
                    page.set_group(static_cast<v1::FacetGroup>(need.group));
                    page.set_text(text);
                    return absl::OkStatus();
                  })
                  .ok());
  return messages;
}

TEST(ReceiverTest, TakesAReleaseWhole) {
  const PortableSet set = SmallSet();
  for (const PortableRelease& release : set.releases) {
    ReleaseReceiver receiver{Pages()};
    ASSERT_TRUE(receiver.Take(Head(release)).ok());
    EXPECT_FALSE(receiver.complete());
    const auto messages = PagesOf(release, set.pages);
    for (const auto& message : messages) ASSERT_TRUE(receiver.Take(message).ok());
    EXPECT_TRUE(receiver.complete());
    const absl::StatusOr<Received> received = receiver.Finish();
    ASSERT_TRUE(received.ok()) << received.status();
    EXPECT_EQ(received->release.spec, release.spec);
    EXPECT_EQ(received->release.counts.ShortDebugString(), release.counts.ShortDebugString());
    // What does not travel is left behind.
    EXPECT_EQ(received->release.description.ShortDebugString(),
              release.description.ShortDebugString());
    EXPECT_EQ(received->pages_received, messages.size());
  }
}

TEST(ReceiverTest, NeedsOnlyWhatIsNotHeld) {
  const PortableSet set = SmallSet();
  ReleaseReceiver receiver{set.pages};
  ASSERT_TRUE(receiver.Take(Head(set.releases[1])).ok());
  EXPECT_TRUE(receiver.complete());
  EXPECT_EQ(receiver.Finish()->pages_received, 0);
}

TEST(ReceiverTest, RefusesWhatDoesNotComeWhole) {
  const PortableSet set = SmallSet();
  const auto messages = PagesOf(set.releases[0], set.pages);
  for (size_t count = 0; count < messages.size(); ++count) {
    ReleaseReceiver receiver{Pages()};
    ASSERT_TRUE(receiver.Take(Head(set.releases[0])).ok());
    for (size_t i = 0; i < count; ++i) ASSERT_TRUE(receiver.Take(messages[i]).ok());
    EXPECT_TRUE(FailsWith(receiver.Finish().status(), Reason::kDataDamaged, "", "did not come"))
        << count;
  }
  EXPECT_TRUE(FailsWith(ReleaseReceiver{Pages()}.Finish().status(), Reason::kDataDamaged, "",
                        "nothing came"));
}

TEST(ReceiverTest, RefusesWhatNobodyAskedFor) {
  const PortableSet set = SmallSet();
  const PortableRelease& release = set.releases[0];
  const auto take = [&](const v1::ExportReleaseResponse& message) {
    ReleaseReceiver receiver{Pages()};
    EXPECT_TRUE(receiver.Take(Head(release)).ok());
    return receiver.Take(message);
  };
  v1::ExportReleaseResponse message = PagesOf(release, set.pages).front();
  EXPECT_TRUE(take(message).ok());
  v1::ExportReleaseResponse changed = message;
  changed.mutable_pages(0)->mutable_text()->append("x");
  EXPECT_TRUE(FailsWith(take(changed), Reason::kDataDamaged, "", "none that is lacking"));
  changed = message;
  changed.mutable_pages(0)->set_group(v1::FACET_GROUP_POA);
  EXPECT_TRUE(FailsWith(take(changed), Reason::kDataDamaged, "", "none that is lacking"));
  changed = message;
  changed.mutable_pages(0)->set_group(static_cast<v1::FacetGroup>(77));
  EXPECT_TRUE(FailsWith(take(changed), Reason::kDataDamaged, "", "no facet group"));
  // A category before the block that names it.
  EXPECT_TRUE(FailsWith(take(PagesOf(release, set.pages).back()), Reason::kDataDamaged, "",
                        "none that is lacking"));
}

TEST(ReceiverTest, TakesNoMoreThanItsBytes) {
  const PortableSet set = SmallSet();
  const PortableRelease& release = set.releases[0];
  const auto messages = PagesOf(release, set.pages);
  size_t bytes = 0;
  for (const auto& message : messages) bytes += message.pages(0).text().size();
  const auto take = [&](ReleaseReceiver& receiver) -> absl::Status {
    RETURN_IF_ERROR(receiver.Take(Head(release)));
    for (const auto& message : messages) RETURN_IF_ERROR(receiver.Take(message));
    return absl::OkStatus();
  };
  ReleaseReceiver enough(Pages(), bytes);
  EXPECT_TRUE(take(enough).ok());
  ReleaseReceiver less(Pages(), bytes - 1);
  EXPECT_TRUE(FailsWith(take(less), Reason::kDataDamaged, "", "more than"));
  // Also what is there already has been sent.
  ReleaseReceiver again(set.pages, bytes - 1);
  EXPECT_TRUE(FailsWith(take(again), Reason::kDataDamaged, "", "more than"));
}

// Without the bound on the ways through them this takes a century.
TEST(ReceiverTest, GoesIntoEveryPageOnce) {
  PortableSet set = SmallSet();
  PortableRelease release = set.releases[0];
  release.spec.groups[1].second = AddDiamonds(set.pages, 80);
  ReleaseReceiver held{set.pages};
  EXPECT_TRUE(FailsWith(held.Take(Head(release)), Reason::kDataDamaged, "", "is named twice"));
}

TEST(ReceiverTest, RefusesAHeadThatIsNoRelease) {
  const PortableSet set = SmallSet();
  const v1::ExportReleaseResponse right = Head(set.releases[0]);
  const auto take = [](const v1::ExportReleaseResponse& head) {
    return ReleaseReceiver{Pages()}.Take(head);
  };
  EXPECT_TRUE(take(right).ok());
  v1::ExportReleaseResponse head = right;
  head.clear_release();
  EXPECT_TRUE(FailsWith(take(head), Reason::kDataDamaged, "", "names no release"));
  head = right;
  head.mutable_release()->set_fingerprint(std::string(64, '0'));
  EXPECT_TRUE(FailsWith(take(head), Reason::kDataDamaged, "", "give the fingerprint"));
  head = right;
  head.mutable_release()->mutable_facet_groups(0)->set_group(static_cast<v1::FacetGroup>(9));
  EXPECT_TRUE(FailsWith(take(head), Reason::kDataDamaged, "", "does not know"));
  head = right;
  head.set_poa_fingerprint(std::string(64, '0'));
  EXPECT_TRUE(FailsWith(take(head), Reason::kDataDamaged, "", "POA-exempt"));
  head = right;
  head.mutable_release()->set_release_id("prod");
  EXPECT_TRUE(FailsWith(take(head), Reason::kDataDamaged, "", "no release id"));
}

}  // namespace
}  // namespace codeset::portable
