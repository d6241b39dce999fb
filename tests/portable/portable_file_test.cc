#include "storage/portable/portable_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "tests/portable/small_set.h"
#include "tests/support/status_is.h"

namespace codeset::portable {
namespace {

using model::Reason;
using testing::FailsWith;

std::string Hex(absl::string_view text) { return model::FormatDigest(model::DigestOf(text)); }

// A file of the given lines and runs, with a right end.
std::string WithEnd(const std::string& body) {
  return absl::StrCat(body, "end\t", Hex(body), "\n");
}

std::string BodyOf(const std::string& file) { return file.substr(0, file.rfind("end\t")); }

std::string Small() {
  absl::StatusOr<std::string> bytes = FormatPortable(SmallSet());
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

// By storage/FORMAT.md §4 and §1.1 alone.
TEST(PortableFileTest, IsWhatTheFormatSays) {
  const std::string category =
      "codeset/1 order category M99\nM99\t0\tLesions\tLesions\nM990\t1\tOne\tOne\n";
  const std::string block = absl::StrCat("codeset/1 order block M\nM99\t", Hex(category), "\n");
  const std::string root = absl::StrCat("codeset/1 order root\nM\t", Hex(block), "\n");
  const std::string fingerprint = Hex(absl::StrCat("codeset/1 release\norder\t", Hex(root), "\n"));
  std::map<std::string, std::string> pages = {
      {Hex(category), category}, {Hex(block), block}, {Hex(root), root}};
  std::string body = absl::StrCat("codeset-portable 1\nrelease\t2026\t2025-10-01\t", fingerprint,
                                  "\ngroup\torder\t", Hex(root), "\ndescription\t0\n\n");
  for (const auto& [digest, text] : pages) {
    absl::StrAppend(&body, "page\torder\t", digest, "\t", text.size(), "\n", text);
  }
  const std::string file = WithEnd(body);

  const absl::StatusOr<PortableSet> set = ReadPortable(file, "a.codeset");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->releases.size(), 1);
  EXPECT_EQ(set->releases[0].spec.release_id, "2026");
  EXPECT_EQ(set->releases[0].counts.order_rows(), 2);
  EXPECT_EQ(set->releases[0].counts.billable(), 1);
  EXPECT_EQ(set->releases[0].counts.categories(), 1);
  EXPECT_EQ(*FormatPortable(*set), file);
}

TEST(PortableFileTest, GivesBackWhatWasWritten) {
  const PortableSet before = SmallSet();
  const absl::StatusOr<PortableSet> after = ReadPortable(Small(), "small");
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_EQ(after->releases.size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after->releases[i].spec, before.releases[i].spec);
    EXPECT_EQ(after->releases[i].description.SerializeAsString(),
              before.releases[i].description.SerializeAsString());
    EXPECT_EQ(after->releases[i].counts.ShortDebugString(),
              before.releases[i].counts.ShortDebugString());
  }
  EXPECT_EQ(*FormatPortable(*after), Small());
}

TEST(PortableFileTest, IsTheSameInWhateverOrderReleasesAreNamed) {
  PortableSet turned = SmallSet();
  std::swap(turned.releases[0], turned.releases[1]);
  EXPECT_EQ(*FormatPortable(turned), Small());
}

TEST(PortableFileTest, HoldsASharedPageOnce) {
  const std::string file = Small();
  // A00 is in both releases.
  const std::string page = "codeset/1 order category A00\n";
  const size_t at = file.find(page);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(file.find(page, at + 1), std::string::npos);
}

TEST(PortableFileTest, TakesOfALenderChaptersAndSectionsAlone) {
  PortableSet set = SmallSet();
  set.releases.erase(set.releases.begin());
  const std::string file = *FormatPortable(set);
  EXPECT_TRUE(absl::StrContains(file, "codeset/1 tabular section M99-M99\n"));
  EXPECT_FALSE(absl::StrContains(file, "codeset/1 tabular category"));
  EXPECT_TRUE(absl::StrContains(file, "codeset/1 poa category M99\nM990\n"));
  EXPECT_TRUE(ReadPortable(file, "small").ok());
}

TEST(PortableFileTest, RefusesEveryChangedByte) {
  const std::string file = Small();
  for (size_t at = 0; at < file.size(); ++at) {
    for (const int bit : {0x01, 0x20, 0x80}) {
      std::string changed = file;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      EXPECT_FALSE(ReadPortable(changed, "small").ok()) << "byte " << at << ", bit " << bit;
    }
  }
}

TEST(PortableFileTest, RefusesEveryShorterFile) {
  const std::string file = Small();
  for (size_t length = 1; length < file.size(); ++length) {
    const absl::Status status = ReadPortable(file.substr(0, length), "small").status();
    ASSERT_TRUE(FailsWith(status, Reason::kDataDamaged, "small is truncated", "")) << length;
  }
  EXPECT_TRUE(FailsWith(ReadPortable("", "small").status(), Reason::kSourceNotRecognised,
                        "small is empty", ""));
}

TEST(PortableFileTest, SaysWhatIsWrong) {
  const std::string small = Small();
  const std::string body = BodyOf(small);
  const std::string page_a00 =
      "codeset/1 order category A00\nA00\t0\tCholera\tCholera\nA000\t1\tCholera due to O1\tCholera "
      "due to O1\n";
  const std::string line_a00 =
      absl::StrCat("page\torder\t", Hex(page_a00), "\t", page_a00.size(), "\n");
  ASSERT_TRUE(absl::StrContains(body, absl::StrCat(line_a00, page_a00)));
  const auto replaced = [&](const std::string& from, const std::string& to) {
    const std::string changed = absl::StrReplaceAll(body, {{from, to}});
    EXPECT_NE(changed, body) << from;
    return WithEnd(changed);
  };
  const std::string stray = "codeset/1 poa category Z99\nZ991\n";
  const std::string stray_page =
      absl::StrCat("page\tpoa\t", Hex(stray), "\t", stray.size(), "\n", stray);
  // Where a page of the group `poa` with this digest has its place.
  size_t place = body.find("page\tconversion\t");
  for (size_t at = body.find("page\tpoa\t"); at < place; at = body.find("page\t", at + 1)) {
    if (body.substr(at, stray_page.size()) > stray_page) place = at;
  }
  std::string with_stray = body;
  with_stray.insert(place, stray_page);
  // The lines of each release.
  const size_t first_at = body.find("release\t2025\t");
  const size_t second_at = body.find("release\t2025-04\t");
  const size_t pages_at = body.find("page\torder\t");
  ASSERT_TRUE(first_at < second_at && second_at < pages_at && pages_at != std::string::npos);
  const std::string first = body.substr(first_at, second_at - first_at);
  const std::string second = body.substr(second_at, pages_at - second_at);
  const std::string other_a00 = absl::StrReplaceAll(page_a00, {{"category A00", "category A01"}});

  const struct {
    const char* why;
    std::string file;
    Reason reason;
    const char* holds;
  } kTests[] = {
      {"another file", "PK\3\4 and so on", Reason::kSourceNotRecognised, "no portable file"},
      {"a page of a release", page_a00, Reason::kSourceNotRecognised, "codesetctl release export"},
      {"a newer version", WithEnd(absl::StrReplaceAll(body, {{"portable 1\n", "portable 2\n"}})),
       Reason::kFormatUnsupported, "format \"2\", and this version reads format 1"},
      {"no releases", WithEnd("codeset-portable 1\n"), Reason::kDataDamaged, "names no release"},
      {"a page with another text", replaced("\tCholera\tCholera\n", "\tCholera\tCholerA\n"),
       Reason::kDataDamaged,
       "the page \"codeset/1 order category A00\" of group order does not match its digest"},
      {"a page that is gone", replaced(absl::StrCat(line_a00, page_a00), ""), Reason::kDataDamaged,
       "release 2025: the page of order category A00, "},
      {"a page for nothing", WithEnd(with_stray), Reason::kDataDamaged,
       "no release has the page \"codeset/1 poa category Z99\""},
      {"a page twice",
       replaced(absl::StrCat(line_a00, page_a00),
                absl::StrCat(line_a00, page_a00, line_a00, page_a00)),
       Reason::kDataDamaged, "pages are not in order"},
      {"a release of another fingerprint",
       replaced("release\t2025\t2024-10-01\t", "release\t2025\t2024-10-01\t0"),
       Reason::kDataDamaged, "release 2025 give the fingerprint"},
      {"a release of no id", replaced("release\t2025\t", "release\tprod\t"), Reason::kDataDamaged,
       "no release id"},
      {"a day before that of the id", replaced("2024-10-01", "2023-10-01"), Reason::kDataDamaged,
       "release 2025"},
      {"releases out of order", replaced(first + second, second + first), Reason::kDataDamaged,
       "its releases are not in order"},
      {"a release twice", replaced(first, first + first), Reason::kDataDamaged,
       "or one is there twice"},
      {"a description with a field that is not known",
       replaced("description\t0\n\n", "description\t3\n\xb8\x3e\x01\n"), Reason::kDataDamaged,
       "description"},
      {"a lender that is itself", replaced("structure\t2025\t", "structure\t2025-04\t"),
       Reason::kDataDamaged, "lends it chapters"},
      {"a list of its own that is another's", replaced("poa\t2025\t", "poa\t2024\t"),
       Reason::kDataDamaged, "POA-exempt"},
      {"a group that is not known", replaced("group\tpoa\t", "group\tdrg\t"), Reason::kDataDamaged,
       "group that is not known"},
      {"a length with a leading zero", replaced("description\t0\n", "description\t00\n"),
       Reason::kDataDamaged, "a length is none"},
      {"a description of what does not travel",
       replaced("description\t0\n\n", "description\t3\n\x32\x01z\n"), Reason::kDataDamaged,
       "description"},
      {"a description that is no message", replaced("description\t0\n\n", "description\t1\n\xff\n"),
       Reason::kDataDamaged, "description"},
      {"a line that is not known", replaced("codeset-portable 1\n", "codeset-portable 1\nnote\n"),
       Reason::kDataDamaged, "names no release"},
      {"an end of another file", absl::StrCat(body, "end\t", Hex("x"), "\n"), Reason::kDataDamaged,
       "does not match the digest there"},
      {"something behind the end", absl::StrCat(small, "\n"), Reason::kDataDamaged,
       "something follows its end"},
      {"a page in the place of another", absl::StrReplaceAll(small, {{page_a00, other_a00}}),
       Reason::kDataDamaged, "does not match its digest"},
  };
  for (const auto& test : kTests) {
    EXPECT_TRUE(FailsWith(ReadPortable(test.file, "a.codeset").status(), test.reason, "a.codeset",
                          test.holds))
        << test.why;
  }
}

// The digests are right, and yet M99's page lies where A00's belongs.
TEST(PortableFileTest, RefusesAPageThatIsAboutSomethingElse) {
  const std::string category = "codeset/1 order category M99\nM99\t1\tx\tx\n";
  const std::string block = absl::StrCat("codeset/1 order block A\nA00\t", Hex(category), "\n");
  const std::string root = absl::StrCat("codeset/1 order root\nA\t", Hex(block), "\n");
  std::map<std::string, std::string> pages = {
      {Hex(category), category}, {Hex(block), block}, {Hex(root), root}};
  std::string body = absl::StrCat("codeset-portable 1\nrelease\t2026\t2025-10-01\t",
                                  Hex(absl::StrCat("codeset/1 release\norder\t", Hex(root), "\n")),
                                  "\ngroup\torder\t", Hex(root), "\ndescription\t0\n\n");
  for (const auto& [digest, text] : pages) {
    absl::StrAppend(&body, "page\torder\t", digest, "\t", text.size(), "\n", text);
  }
  EXPECT_TRUE(FailsWith(ReadPortable(WithEnd(body), "f").status(), Reason::kDataDamaged, "f",
                        "the page of order category A00"));
}

TEST(PortableFileTest, TellsAnIdThatIsNoTextAsText) {
  PortableSet set = SmallSet();
  set.releases[0].spec.release_id = absl::StrCat("\xff\x1b", std::string(10'000, 'x'));
  const absl::Status status = CheckSpec(set.releases[0].spec);
  EXPECT_TRUE(testing::FailsWith(status, Reason::kDataDamaged, "release \\xFF\\x1B", "no release"));
  EXPECT_LT(status.message().size(), 200U);
  EXPECT_EQ(model::FactsOf(status)["release"].substr(0, 8), "\\xFF\\x1B");
}

TEST(PortableFileTest, IsRecognisedByItsBeginning) {
  EXPECT_TRUE(IsPortable("codeset-portable 7\n"));
  EXPECT_TRUE(IsPortable("codeset-po"));
  EXPECT_FALSE(IsPortable("codeset/1 order root\n"));
  EXPECT_FALSE(IsPortable(""));
}

TEST(PortableFileTest, IsNotWrittenWithoutReleasesOrWithOneTwice) {
  EXPECT_TRUE(FailsWith(FormatPortable({}).status(), Reason::kArgumentInvalid, "", "at least one"));
  PortableSet twice = SmallSet();
  twice.releases.push_back(twice.releases.front());
  EXPECT_TRUE(FailsWith(FormatPortable(twice).status(), Reason::kArgumentInvalid, "", "twice"));
}

// What is written can be read.
TEST(PortableFileTest, IsNotWrittenBeyondTheReadersLimits) {
  const PortableSet set = SmallSet();
  const std::string small = Small();
  size_t largest_page = 0;
  for (const model::FacetGroup group : model::kFacetGroups) {
    for (const auto& [digest, text] : set.pages.of(group)) {
      largest_page = std::max(largest_page, text->size());
    }
  }
  const PortableLimits exact = {small.size(), largest_page,
                                set.releases[0].description.ByteSizeLong(), 2};
  const absl::StatusOr<std::string> written = FormatPortable(set, exact);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(*written, small);
  const auto refused = [&](size_t PortableLimits::*limit, absl::string_view holds) {
    PortableLimits less = exact;
    --(less.*limit);
    return FailsWith(FormatPortable(set, less).status(), Reason::kArgumentInvalid, "", holds);
  };
  EXPECT_TRUE(refused(&PortableLimits::file_bytes, "the portable file would have"));
  EXPECT_TRUE(refused(&PortableLimits::page_bytes, "the page "));
  EXPECT_TRUE(refused(&PortableLimits::description_bytes, "what is told of release 2025 "));
  EXPECT_TRUE(refused(&PortableLimits::releases, "there are 2 releases"));
}

TEST(PortableFileTest, TakesOfADescriptionWhatTravelsAlone) {
  PortableSet set = SmallSet();
  v1::Release& description = set.releases[0].description;
  description.set_loaded_at("2026-01-01T00:00:00Z");
  description.add_labels("prod");
  // Of a version that tells more.
  description.GetReflection()->MutableUnknownFields(&description)->AddVarint(999, 1);
  EXPECT_EQ(BesideContent(description).SerializeAsString(),
            SmallSet().releases[0].description.SerializeAsString());
  EXPECT_EQ(*FormatPortable(set), Small());
}

TEST(PortableFileTest, IsNotReadOnOnceThatIsCancelled) {
  const std::string small = Small();
  int looks = 0;
  EXPECT_TRUE(ReadPortable(small, "small", [&] { return ++looks < 0; }).ok());
  // Before the pages, and before each release is proved.
  ASSERT_EQ(looks, 3);
  for (int last = 1; last <= looks; ++last) {
    int asked = 0;
    EXPECT_TRUE(FailsWith(ReadPortable(small, "small", [&] { return ++asked == last; }).status(),
                          Reason::kCancelled, "small: ", "cancelled"));
  }
}

TEST(PortableFileTest, IsWrittenAndReadAsAFile) {
  std::string name = (std::filesystem::temp_directory_path() / "codeset-portable-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  const std::string path = folder / "small.codeset";
  std::ofstream(path) << "what was there";
  ASSERT_TRUE(WritePortableFile(path, SmallSet()).ok());
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()),
            Small());
  EXPECT_TRUE(ReadPortableFile(path).ok());
  // Refused, the old one stays.
  EXPECT_FALSE(WritePortableFile(path, {}).ok());
  EXPECT_TRUE(ReadPortableFile(path).ok());
  EXPECT_TRUE(FailsWith(ReadPortableFile(folder / "none").status(), Reason::kSourceUnreadable, "",
                        "No such file"));
  EXPECT_TRUE(
      FailsWith(ReadPortableFile(folder).status(), Reason::kSourceUnreadable, "", "no plain file"));
  EXPECT_TRUE(FailsWith(WritePortableFile(folder / "no" / "such", SmallSet()),
                        Reason::kStorageFailed, "cannot write", "No such file"));
  // Nothing unfinished is left behind.
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files += entry.exists();
  EXPECT_EQ(files, 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace codeset::portable
