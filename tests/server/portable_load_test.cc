// Loading portable files: by the function, and over the wire.
#include "server/portable_load.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/upload.h"
#include "storage/portable/page_tree.h"
#include "storage/portable/portable_file.h"
#include "tests/portable/hostile_pages.h"
#include "tests/portable/small_set.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using portable::PortableRelease;
using portable::PortableSet;
using testing::FailsWith;

// The releases of a store as they travel.
PortableSet Exported(const Backend& backend, const std::vector<std::string>& ids) {
  PortableSet set;
  for (const std::string& id : ids) {
    const auto catalog = backend.store.catalog();
    PortableRelease release;
    release.spec = catalog->SpecOf(*catalog->Find(id), backend.store.Today());
    release.description = portable::BesideContent(catalog->Find(id)->entry.release());
    // Past the server: the pages are read from the store.
    std::vector<portable::PageNeed> due = portable::RootsOf(release.spec);
    while (!due.empty()) {
      const portable::PageNeed need = due.back();
      due.pop_back();
      const auto texts = catalog->pages().Read(need.group, {&need.digest, 1});
      EXPECT_TRUE(texts.ok());
      const auto below = portable::ChildrenOf(need, texts->front());
      EXPECT_TRUE(below.ok()) << below.status();
      if (below.ok()) due.insert(due.end(), below->begin(), below->end());
      set.pages.Add(need.group, need.digest, std::make_shared<const std::string>(texts->front()));
    }
    set.releases.push_back(std::move(release));
  }
  return set;
}

std::string BytesOf(const PortableSet& set) {
  const auto bytes = portable::FormatPortable(set);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

absl::StatusOr<v1::LoadReport> Load(ServerFixture& fixture, const std::string& bytes,
                                    const v1::LoadOptions& options = {},
                                    const LoadHooks& hooks = {}) {
  return LoadRelease(fixture.store(), options, {{"a.codeset", bytes}}, hooks);
}

std::string FingerprintOf(ServerFixture& fixture, const std::string& id) {
  const auto catalog = fixture.store().catalog();
  const store::CatalogRelease* release = catalog->Find(id);
  return release == nullptr ? "" : release->entry.release().fingerprint();
}

class PortableLoadTest : public ::testing::Test {
 protected:
  PortableLoadTest() {
    for (const char* id : {"2025", "2026", "2027"}) from_.Load(id);
    all_ = BytesOf(Exported(from_.backend(), {"2025", "2026", "2027"}));
  }

  ServerFixture from_;
  ServerFixture to_;
  std::string all_;
};

TEST_F(PortableLoadTest, LoadsEveryReleaseAsItWas) {
  const auto report = Load(to_, all_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_LOADED);
  ASSERT_EQ(report->imported_size(), 3);
  EXPECT_EQ(report->release().id(), "2027");
  for (int i = 0; i < 3; ++i) {
    const v1::ImportedRelease& imported = report->imported(i);
    const std::string& id = imported.release().id();
    EXPECT_EQ(imported.outcome(), v1::LOAD_OUTCOME_LOADED);
    EXPECT_EQ(imported.release().fingerprint(), FingerprintOf(from_, id));
    // Proved again from the disk, index and all.
    EXPECT_TRUE(to_.store().Verify(id).ok());
    const v1::Release before = from_.store().catalog()->Find(id)->entry.release();
    const v1::Release after = to_.store().catalog()->Find(id)->entry.release();
    EXPECT_EQ(after.counts().ShortDebugString(), before.counts().ShortDebugString());
    EXPECT_EQ(after.sources_size(), before.sources_size());
    EXPECT_EQ(after.disagreements_size(), before.disagreements_size());
    EXPECT_EQ(after.addenda().outcome(), v1::ADDENDA_OUTCOME_NO_ADDENDA);
    EXPECT_TRUE(to_.store().catalog()->Find(id)->entry.kept_sources().empty());
  }
  EXPECT_TRUE(absl::StrContains(absl::StrJoin(report->warnings(), "\n"), "do not travel"));
  // From there they are exported to the very same bytes.
  EXPECT_EQ(BytesOf(Exported(to_.backend(), {"2025", "2026", "2027"})), all_);
  // Loaded again nothing changes.
  const auto again = Load(to_, all_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->outcome(), v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_TRUE(again->warnings().empty());
}

TEST_F(PortableLoadTest, LoadsTheOneThatIsNamed) {
  v1::LoadOptions options;
  options.set_release_id("2026");
  ASSERT_TRUE(Load(to_, all_, options).ok());
  EXPECT_EQ(to_.store().catalog()->releases().size(), 1);
  options.set_release_id("2024");
  EXPECT_TRUE(FailsWith(Load(to_, all_, options).status(), Reason::kReleaseNotFound, "a.codeset",
                        "it has 2025, 2026, 2027"));
}

TEST_F(PortableLoadTest, AddsAGroupThatALoadedReleaseLacks) {
  std::vector<source::InputFile> files = MiniatureFiles("2026");
  std::erase_if(files, [](const auto& file) { return file.name != "icd10cm_order_2026.txt"; });
  v1::LoadOptions options;
  options.set_release_id("2026");
  ASSERT_TRUE(LoadRelease(to_.store(), options, files, {}).ok());
  const auto report = Load(to_, all_, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_EQ(FingerprintOf(to_, "2026"), FingerprintOf(from_, "2026"));
  // The order file is not listed twice.
  const v1::Release after = to_.store().catalog()->Find("2026")->entry.release();
  EXPECT_EQ(after.sources_size(),
            from_.store().catalog()->Find("2026")->entry.release().sources_size());
  EXPECT_EQ(after.counts().ShortDebugString(),
            from_.store().catalog()->Find("2026")->entry.release().counts().ShortDebugString());
}

TEST_F(PortableLoadTest, RefusesOtherContentBeforeAnythingIsPublished) {
  std::vector<source::InputFile> files = MiniatureFiles("2026");
  std::erase_if(files, [](const auto& file) { return file.name != "icd10cm_order_2026.txt"; });
  files[0].bytes[files[0].bytes.rfind("esion")] = 'E';
  v1::LoadOptions options;
  options.set_release_id("2026");
  ASSERT_TRUE(LoadRelease(to_.store(), options, files, {}).ok());
  EXPECT_TRUE(FailsWith(Load(to_, all_).status(), Reason::kReleaseContentDiffers, "release 2026",
                        "other content"));
  // 2025 stands before it in the file, and was not published.
  EXPECT_EQ(to_.store().catalog()->releases().size(), 1);
}

TEST_F(PortableLoadTest, WritesNothingInADryRun) {
  v1::LoadOptions options;
  options.set_dry_run(true);
  const auto report = Load(to_, all_, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_DRY_RUN);
  EXPECT_EQ(report->imported(1).release().fingerprint(), FingerprintOf(from_, "2026"));
  EXPECT_TRUE(to_.store().catalog()->releases().empty());
}

TEST_F(PortableLoadTest, HoldsReleasesBack) {
  v1::LoadOptions options;
  options.set_release_id("2026");
  options.set_activate_on("never");
  ASSERT_TRUE(Load(to_, all_, options).ok());
  EXPECT_TRUE(to_.store().catalog()->Find("2026")->HeldBackOn(to_.store().Today()));
  // Whether it was held back where it comes from does not travel.
  const std::string held = BytesOf(Exported(to_.backend(), {"2026"}));
  ServerFixture third;
  ASSERT_TRUE(Load(third, held).ok());
  EXPECT_FALSE(third.store().catalog()->Find("2026")->HeldBackOn(third.store().Today()));
  options.set_activate_on("2030-01-01");
  EXPECT_TRUE(FailsWith(Load(to_, all_, options).status(), Reason::kArgumentInvalid,
                        "options.activate_on", "SetActivation"));
}

TEST_F(PortableLoadTest, TellsOfOtherLoans) {
  v1::LoadOptions options;
  options.set_release_id("2027");
  const auto report = Load(to_, all_, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(absl::StrContains(absl::StrJoin(report->warnings(), "\n"),
                                "chapters and sections on loan came from 2026"));
}

TEST_F(PortableLoadTest, RefusesWhatDoesNotGoWithIt) {
  v1::LoadOptions options;
  options.set_effective_date("2025-10-01");
  options.set_release_id("2026");
  options.set_base_release_id("2025");
  options.add_allow("TITLE_DIFFERS");
  options.set_discard_sources(true);
  for (const char* field : {"options.effective_date", "options.base_release_id", "options.allow",
                            "options.discard_sources"}) {
    EXPECT_TRUE(FailsWith(Load(to_, all_, options).status(), Reason::kArgumentInvalid, "", field));
  }
  std::vector<source::InputFile> files = MiniatureFiles("2026");
  files.push_back({"z.codeset", all_});
  EXPECT_TRUE(FailsWith(LoadRelease(to_.store(), {}, files, {}).status(), Reason::kArgumentInvalid,
                        "chunk.name", "by itself"));
  // Published files have no id of their own.
  EXPECT_TRUE(FailsWith(LoadRelease(to_.store(), {}, MiniatureFiles("2026"), {}).status(),
                        Reason::kReleaseIdInvalid, "options.release_id", ""));
}

TEST_F(PortableLoadTest, RefusesWhatIsDamagedOrNotCanonical) {
  std::string damaged = all_;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_TRUE(FailsWith(Load(to_, damaged).status(), Reason::kDataDamaged, "a.codeset", ""));
  EXPECT_TRUE(FailsWith(Load(to_, "codeset-portable 9\n").status(), Reason::kFormatUnsupported,
                        "a.codeset", "format \"9\""));
  // Digests are right, and yet no order file gives such pages: a code of M99 in the page of A00.
  PortableSet set;
  const auto add = [&](const std::string& text) {
    const model::Digest digest = model::DigestOf(text);
    set.pages.Add(model::FacetGroup::kOrder, digest, std::make_shared<const std::string>(text));
    return model::FormatDigest(digest);
  };
  const std::string category = add("codeset/1 order category A00\nM99\t1\tx\tx\n");
  const std::string block = add("codeset/1 order block A\nA00\t" + category + "\n");
  const std::string root = add("codeset/1 order root\nA\t" + block + "\n");
  PortableRelease release;
  release.spec.release_id = "2026";
  release.spec.effective = model::Date(2025, 10, 1);
  release.spec.groups = {{model::FacetGroup::kOrder, *model::ParseDigest(root)}};
  set.releases.push_back(release);
  EXPECT_TRUE(FailsWith(Load(to_, BytesOf(set)).status(), Reason::kDataDamaged, "",
                        "a category has rows of another"));
  EXPECT_TRUE(to_.store().catalog()->releases().empty());
}

// Each facet group, and not the order file alone.
TEST_F(PortableLoadTest, RefusesOtherGroupsThatAreNotCanonical) {
  using model::FacetGroup;
  ASSERT_TRUE(Load(to_, BytesOf(portable::SmallSet())).ok());
  const auto refused = [&](FacetGroup group, const std::vector<std::string>& texts) {
    PortableSet set = portable::SmallSet();
    set.releases.resize(1);
    // Every text but the first names the one before it, at `$`.
    std::string digest;
    for (const std::string& text : texts) {
      digest = portable::AddText(set.pages, group, absl::StrReplaceAll(text, {{"$", digest}}));
    }
    image::ImageSpec& spec = set.releases[0].spec;
    spec.groups[static_cast<size_t>(group) - 1].second = *model::ParseDigest(digest);
    spec.poa->root = spec.groups[2].second;
    ServerFixture fixture;
    const absl::Status status = Load(fixture, BytesOf(set)).status();
    EXPECT_TRUE(fixture.store().catalog()->releases().empty());
    return status;
  };
  EXPECT_TRUE(FailsWith(refused(FacetGroup::kTabular,
                                {"codeset/1 tabular category A00\ndiag\tM99\t0\tx\n",
                                 "codeset/1 tabular section A00-A09\ntitle\tx\ncategory\tA00\t$\n",
                                 "codeset/1 tabular chapter 1\ntitle\tx\nsection\tA00-A09\t$\n",
                                 "codeset/1 tabular root\nchapter\t1\t$\n"}),
                        Reason::kDataDamaged, "release 2025: ", "not in canonical form"));
  EXPECT_TRUE(FailsWith(
      refused(FacetGroup::kPoa, {"codeset/1 poa category M99\nM990\n",
                                 "codeset/1 poa block A\nM99\t$\n", "codeset/1 poa root\nA\t$\n"}),
      Reason::kDataDamaged, "release 2025: ", "not in canonical form"));
  EXPECT_TRUE(FailsWith(
      refused(FacetGroup::kConversion,
              {"codeset/1 conversion category M99\n1\tM99.8\t2024-10-01\tM99.9\n",
               "codeset/1 conversion block A\nM99\t$\n", "codeset/1 conversion root\nA\t$\n"}),
      Reason::kDataDamaged, "release 2025: ", "not in canonical form"));
}

// The pages of one release at a time are copied, however many there are.
TEST_F(PortableLoadTest, HoldsThePagesOfOneReleaseAtATime) {
  constexpr int kReleases = 20;
  constexpr size_t kTitleBytes = size_t{1} << 20;
  model::OrderFacts order;
  order.rows.push_back({"A00", true, "Cholera", std::string(kTitleBytes, 'x')});
  PortableSet set;
  const model::Digest root =
      portable::AddGroup(set.pages, model::FacetGroup::kOrder, model::EncodeOrder(order));
  for (int i = 0; i < kReleases; ++i) {
    PortableRelease& release = set.releases.emplace_back();
    release.spec.release_id = i == 0 ? "2026" : absl::StrCat("2026.", i);
    release.spec.effective = model::Date(2025, 10, 1);
    release.spec.groups = {{model::FacetGroup::kOrder, root}};
  }
  const std::string bytes = BytesOf(set);
  size_t before = 0, most = 0;
  LoadHooks hooks;
  hooks.progress = [&](absl::string_view step) {
    const struct mallinfo2 memory = ::mallinfo2();
    const size_t now = memory.uordblks + memory.hblkhd;
    if (absl::StartsWith(step, "checking")) before = now;
    if (absl::StartsWith(step, "publishing 2026") && most == 0) most = now;
  };
  ASSERT_TRUE(Load(to_, bytes, {}, hooks).ok());
  EXPECT_EQ(to_.store().catalog()->releases().size(), kReleases);
  // Where another allocator is in its place (AddressSanitizer's), nothing is told.
  EXPECT_LT(most, before + 5 * kTitleBytes);
}

TEST_F(PortableLoadTest, StopsWhereItIsCancelled) {
  int asked = 0;
  LoadHooks hooks;
  hooks.cancelled = [&] { return ++asked > 1; };
  EXPECT_TRUE(FailsWith(Load(to_, all_, {}, hooks).status(), Reason::kCancelled, "", "cancelled"));
  EXPECT_TRUE(to_.store().catalog()->releases().empty());
}

TEST_F(PortableLoadTest, SaysAtWhichReleaseItFailedAndWhatWasPublished) {
  bool cancelled = false;
  LoadHooks hooks;
  hooks.progress = [&](absl::string_view step) { cancelled |= step == "publishing 2026"; };
  hooks.cancelled = [&] { return cancelled; };
  const absl::Status status = Load(to_, all_, {}, hooks).status();
  EXPECT_TRUE(
      FailsWith(status, Reason::kCancelled, "release 2026", "published before it: 2025; load"));
  EXPECT_EQ(model::FactsOf(status).at("release"), "2026");
  EXPECT_EQ(model::FactsOf(status).at("published"), "2025");
  EXPECT_EQ(to_.store().catalog()->releases().size(), 1);
  EXPECT_NE(to_.store().catalog()->Find("2025"), nullptr);
}

TEST(PortableUploadTest, TakesAPortableFileWithoutAnIdAndNoOther) {
  const std::string bytes = BytesOf(portable::SmallSet());
  const auto upload = [](const std::string& data) {
    Upload load;
    v1::LoadReleaseRequest options;
    options.mutable_options();
    EXPECT_TRUE(load.Add(options).ok());
    v1::LoadReleaseRequest chunk;
    chunk.mutable_chunk()->set_name("a");
    chunk.mutable_chunk()->set_data(data);
    return load.Add(chunk);
  };
  EXPECT_TRUE(upload(bytes).ok());
  EXPECT_TRUE(upload(bytes.substr(0, 3)).ok());
  EXPECT_TRUE(FailsWith(upload("PK"), Reason::kReleaseIdInvalid, "options.release_id", ""));
}

}  // namespace
}  // namespace codeset::server
