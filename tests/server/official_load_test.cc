// Loads every published release at once, out of order, and holds what comes of it against
// what is known of them and against a naive reading of the order files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/loader.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/query/diff.h"
#include "storage/query/hierarchy.h"
#include "storage/source/archive.h"
#include "storage/source/input.h"
#include "storage/source/recognise.h"
#include "storage/source/source.h"
#include "tests/server/fixture.h"
#include "tests/support/official_releases.h"

namespace codeset::server {
namespace {

namespace fs = std::filesystem;

// Neither by date nor by id, so that bases come before and after what starts from them.
constexpr const char* kOrder[] = {"2022-04", "2017", "2027",    "2013", "2025-04", "2021",
                                  "2020",    "2024", "2021-01", "2016", "2023",    "2026",
                                  "2019",    "2014", "2025",    "2022", "2024-04"};

uintmax_t SizeOf(const fs::path& folder) {
  uintmax_t size = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) size += entry.file_size();
  }
  return size;
}

std::vector<source::InputFile> FilesOf(const fs::path& releases, const std::string& id) {
  auto files = source::ReadInputFiles({(releases / id).string()});
  EXPECT_TRUE(files.ok()) << files.status();
  return *std::move(files);
}

// What the order file and the tabular XML among the files take when zipped.
uintmax_t ZippedSize(const std::vector<source::InputFile>& files) {
  std::vector<std::string> needed;
  const auto take = [&](source::FileKind kind, const std::string& bytes) {
    if (kind == source::FileKind::kOrderFile || kind == source::FileKind::kTabularXml) {
      needed.push_back(bytes);
    }
  };
  source::ArchiveReader reader;
  for (const source::InputFile& file : files) {
    const source::FileKind kind = source::Recognise(file.bytes);
    take(kind, file.bytes);
    if (kind != source::FileKind::kArchive) continue;
    const auto members = reader.Read(file.name, file.bytes);
    EXPECT_TRUE(members.ok()) << members.status();
    for (const source::ArchiveMember& member : *members) take(member.kind, member.bytes);
  }
  uintmax_t zipped = 0;
  for (const std::string& bytes : needed) {
    uLongf size = compressBound(bytes.size());
    std::string out(size, '\0');
    EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                        reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), 9),
              Z_OK);
    zipped += size;
  }
  return zipped;
}

std::string IdAt(const image::Image& image, image::NodeIndex node) {
  return node == image::kNoNode ? "" : image::IdOf(image, node);
}

// The section of each category as the XML holds it; empty without an XML.
std::map<std::string, std::string> SectionsIn(const source::SourceFiles& files) {
  std::map<std::string, std::string> sections;
  if (!files.tabular.has_value()) return sections;
  for (const model::TabularChapter& chapter : files.tabular->chapters) {
    for (const model::TabularSection& section : chapter.sections) {
      for (const model::TabularCategory& category : section.categories) {
        sections[category.code] = section.id;
      }
    }
  }
  return sections;
}

// Every code's ancestors that are codes are its existing prefixes, longest first; what
// follows is the XML's section of its category and what lies around that.
void CheckAncestors(const image::Image& image, const source::SourceFiles& files) {
  std::set<std::string> codes;
  for (const model::OrderRow& row : files.order->rows) codes.insert(row.code);
  const std::map<std::string, std::string> sections = SectionsIn(files);
  for (const std::string& code : codes) {
    std::vector<std::string> expected;
    for (size_t length = code.size() - 1; length >= model::kCategoryLength; --length) {
      if (codes.count(code.substr(0, length)) > 0) {
        expected.push_back(model::DottedCode(code.substr(0, length)));
      }
    }
    const std::optional<image::NodeIndex> node = image.Find(code);
    ASSERT_TRUE(node.has_value()) << code;
    std::vector<std::string> found;
    for (const image::NodeIndex above :
         query::FindRelatives(image, *node, v1::RELATION_ANCESTORS).nodes) {
      found.push_back(image::IdOf(image, above));
    }
    ASSERT_GE(found.size(), expected.size()) << code;
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), found.begin())) << code;
    if (sections.empty()) continue;
    ASSERT_GT(found.size(), expected.size() + 1) << code;
    ASSERT_EQ(found[expected.size()], sections.at(code.substr(0, 3))) << code;
    ASSERT_LE(found.back().size(), 2u) << code;  // a chapter
  }
}

class OfficialLoadTest : public ::testing::Test {
 protected:
  void LoadAll(const fs::path& releases) {
    auto store = store::Store::Open(folder_.path(), {.create_if_missing = true, .owner = "a test"});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    for (const char* id : kOrder) {
      v1::LoadOptions options;
      options.set_release_id(id);
      options.set_discard_sources(true);
      const auto report = LoadRelease(*store_, options, FilesOf(releases, id), {});
      ASSERT_TRUE(report.ok()) << id << ": " << report.status();
      ASSERT_EQ(report->outcome(), v1::LOAD_OUTCOME_LOADED) << id;
    }
  }

  std::shared_ptr<const image::Image> ImageOf(const std::string& id) {
    const auto image = store_->GetImage(*store_->catalog(), id);
    EXPECT_TRUE(image.ok()) << id << ": " << image.status();
    return *image;
  }

  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(OfficialLoadTest, TakesAllReleasesInAnyOrderAndProvesThemAgainstTheAddendaAfterwards) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  ASSERT_NO_FATAL_FAILURE(LoadAll(releases));
  for (const auto& known : testing::kOfficialReleases) {
    const auto verified = VerifyRelease(*store_, known.id);
    ASSERT_TRUE(verified.ok()) << known.id << ": " << verified.status();
    const v1::Release& release = verified->release();
    EXPECT_EQ(release.counts().order_rows(), known.order_rows) << known.id;
    EXPECT_EQ(release.counts().billable(), known.billable) << known.id;
    EXPECT_EQ(release.counts().diags(), known.diags) << known.id;
    const bool has_base = known.base != std::string();
    EXPECT_EQ(release.addenda().outcome(), !known.has_addenda ? v1::ADDENDA_OUTCOME_NO_ADDENDA
                                           : has_base         ? v1::ADDENDA_OUTCOME_REPRODUCED
                                                              : v1::ADDENDA_OUTCOME_BASE_NOT_LOADED)
        << known.id;
    EXPECT_EQ(release.addenda().base_release_id(), known.base) << known.id;
    // Told from a few pages, and from its image.
    std::vector<std::string> unplaced;
    const auto image = ImageOf(known.id);
    for (const image::NodeIndex node : image->unplaced()) unplaced.push_back(IdAt(*image, node));
    EXPECT_THAT(release.unplaced_category_ids(), ::testing::ElementsAreArray(unplaced)) << known.id;
    // Its tabular list, or the lender's, keeps to categories, so that it can be read in parts.
    const auto part = store_->GetPart(*store_->catalog(), known.id, store_->Today(), "A000");
    ASSERT_TRUE(part.ok()) << known.id << ": " << part.status();
    ASSERT_NE(*part, nullptr) << known.id;
    EXPECT_TRUE((*part)->Find("A000").has_value()) << known.id;
    // A release has a lender exactly if it has no tabular list of its own.
    EXPECT_EQ(release.structure_from().empty(), known.diags > 0) << known.id;
    for (const v1::Disagreement& found : release.disagreements()) {
      EXPECT_FALSE(found.fatal()) << known.id << " " << found.class_name();
    }
  }
  // But for lists of POA-exempt codes and conversion tables, which 2014 and 2024-04 do not have.
  const auto lists = [&](const std::string& id) {
    auto groups = ImageOf(id)->groups();
    std::erase_if(groups, [](const auto& group) {
      return group.first == model::FacetGroup::kPoa ||
             group.first == model::FacetGroup::kConversion;
    });
    return groups;
  };
  EXPECT_EQ(lists("2014"), lists("2016"));
  EXPECT_EQ(lists("2024"), lists("2024-04"));

  // At most half of what the same files take in zip, after what a restart would leave.
  uintmax_t zipped = 0;
  for (const char* id : kOrder) {
    zipped += ZippedSize(FilesOf(releases, id));
  }
  store_.reset();
  const uintmax_t stored = SizeOf(folder_.path());
  RecordProperty("stored_bytes", absl::StrCat(stored));
  RecordProperty("zipped_bytes", absl::StrCat(zipped));
  EXPECT_LE(2 * stored, zipped);
}

TEST_F(OfficialLoadTest, PlacesEveryCodeByPrefixAndByTheXml) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  ASSERT_NO_FATAL_FAILURE(LoadAll(releases));
  for (const char* id : kOrder) {
    SCOPED_TRACE(id);
    const auto files = source::ReadSources(FilesOf(releases, id));
    ASSERT_TRUE(files.ok()) << files.status();
    ASSERT_NO_FATAL_FAILURE(CheckAncestors(*ImageOf(id), *files));
  }
}

TEST_F(OfficialLoadTest, KnowsTheFactsThatTheReleasesAreKnownFor) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  ASSERT_NO_FATAL_FAILURE(LoadAll(releases));
  enum State { kGone, kHeader, kBillable };
  const struct {
    const char* release;
    const char* code;
    State state;
  } kFacts[] = {
      {"2017", "T814XXA", kBillable},   {"2019", "T814XXA", kGone},
      {"2017", "A047", kBillable},      {"2019", "A047", kHeader},
      {"2019", "A0471", kBillable},     {"2025-04", "G35", kBillable},
      {"2026", "G35", kHeader},         {"2026", "G35A", kBillable},
      {"2024-04", "C860", kBillable},   {"2025", "C860", kHeader},
      {"2021-01", "M545", kBillable},   {"2022", "M545", kHeader},
      {"2022", "M5450", kBillable},     {"2021-01", "M5451", kGone},
      {"2022", "M5451", kBillable},     {"2021-01", "R059", kGone},
      {"2022", "R059", kBillable},      {"2022-04", "F4389", kGone},
      {"2023", "F4389", kBillable},     {"2021", "Z20822", kGone},
      {"2021-01", "Z20822", kBillable},
  };
  for (const auto& fact : kFacts) {
    const auto image = ImageOf(fact.release);
    const auto node = image->Find(fact.code);
    const State state = !node.has_value()             ? kGone
                        : image->node(*node).billable ? kBillable
                                                      : kHeader;
    EXPECT_EQ(state, fact.state) << fact.code << " in " << fact.release;
  }

  // 28 codes stop being billable in 2026, of which these still exist.
  const auto before = ImageOf("2025-04"), after = ImageOf("2026");
  std::set<std::string> headers;
  int gone = 0;
  for (const query::Change& change : query::Diff(*before, *after, {})) {
    if (change.kind == v1::CHANGE_KIND_BECAME_HEADER) headers.insert(IdAt(*after, change.after));
    if (change.kind == v1::CHANGE_KIND_DELETED && before->node(change.before).billable) ++gone;
  }
  EXPECT_EQ(headers, (std::set<std::string>{"G35", "B88.0", "D71", "E72.53", "E78.01", "E88.1",
                                            "H01.8", "Q89.8", "Q99.8", "R10.2", "R76.8", "Z40.8",
                                            "Z59.86", "Z84.1", "Z91.011", "Z91.012"}));
  EXPECT_EQ(gone, 12);

  // Wide sections contain those that the XML lists beside them.
  const auto of_2023 = ImageOf("2023");
  const struct {
    const char* key;
    const char* parent;
  } kNesting[] = {{"T20-T25", "T20-T32"}, {"V00-V09", "V00-V99"}, {"C7A-C7A", "C00-C96"},
                  {"C76-C80", "C00-C96"}, {"C00-C14", "C00-C75"}, {"M05-M14", "M00-M25"},
                  {"D3A-D3A", "2"},       {"M99-M99", "13"},      {"T20-T32", "T07-T88"}};
  for (const auto& test : kNesting) {
    const auto node = of_2023->Find(test.key);
    ASSERT_TRUE(node.has_value()) << test.key;
    EXPECT_EQ(IdAt(*of_2023, of_2023->node(*node).parent), test.parent) << test.key;
  }
  const v1::Concept lesions =
      image::ToConcept(*of_2023, *of_2023->Find("M99"), v1::CONCEPT_VIEW_FULL);
  ASSERT_EQ(lesions.notes_size(), 1);
  EXPECT_EQ(lesions.notes(0).kind(), v1::NOTE_KIND_NOTE);
}

TEST_F(OfficialLoadTest, MirrorsEveryDiff) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  ASSERT_NO_FATAL_FAILURE(LoadAll(releases));
  const std::map<v1::ChangeKind, v1::ChangeKind> kMirror = {
      {v1::CHANGE_KIND_ADDED, v1::CHANGE_KIND_DELETED},
      {v1::CHANGE_KIND_DELETED, v1::CHANGE_KIND_ADDED},
      {v1::CHANGE_KIND_BECAME_BILLABLE, v1::CHANGE_KIND_BECAME_HEADER},
      {v1::CHANGE_KIND_BECAME_HEADER, v1::CHANGE_KIND_BECAME_BILLABLE}};
  using Key = std::pair<std::string, v1::ChangeKind>;
  for (const char* from_id : kOrder) {
    for (const char* to_id : kOrder) {
      const auto from = ImageOf(from_id), to = ImageOf(to_id);
      std::set<Key> there, back;
      for (const query::Change& change : query::Diff(*from, *to, {})) {
        const std::string id =
            change.after != image::kNoNode ? IdAt(*to, change.after) : IdAt(*from, change.before);
        const auto mirror = kMirror.find(change.kind);
        ASSERT_TRUE(
            there.emplace(id, mirror == kMirror.end() ? change.kind : mirror->second).second)
            << id << " twice, " << from_id << " to " << to_id;
      }
      for (const query::Change& change : query::Diff(*to, *from, {})) {
        back.emplace(
            change.after != image::kNoNode ? IdAt(*from, change.after) : IdAt(*to, change.before),
            change.kind);
      }
      ASSERT_EQ(there, back) << from_id << " to " << to_id;
      ASSERT_TRUE(from_id != to_id || there.empty());
    }
  }
}

}  // namespace
}  // namespace codeset::server
