#include "storage/source/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "storage/model/digest.h"
#include "storage/source/archive.h"
#include "tests/support/source_text.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::Reason;
using testing::DiagXml;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::OrderLine;
using ::testing::SizeIs;
using testing::TabularXml;
using testing::ZipOf;

std::string Order() {
  return OrderLine(1, "A00", false, "Cholera") + OrderLine(2, "A000", true, "Classical");
}

std::string Tabular() {
  return TabularXml(DiagXml("A00", "Cholera", DiagXml("A00.0", "Classical")));
}

TEST(SourceTest, ReadsAZipAndListsTheRest) {
  const std::string inner = ZipOf({{"x.txt", "x"}});
  const std::string sheet = ZipOf({{"[Content_Types].xml", "<Types/>"}});
  const auto files = ReadSources({{"b.zip", ZipOf({{"Folder/anything.bin", Order()},
                                                   {"Folder/about.pdf", "%PDF-1.5"},
                                                   {"codes.txt", "A000    Classical\r\n"},
                                                   {"table.xlsx", sheet},
                                                   {"more.zip", inner}})},
                                  {"tabular.xml", Tabular()}});
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_TRUE(files->order.has_value());
  EXPECT_THAT(files->order->rows, SizeIs(2));
  EXPECT_EQ(files->order_file, "b.zip/Folder/anything.bin");
  ASSERT_TRUE(files->tabular.has_value());
  EXPECT_EQ(files->tabular_file, "tabular.xml");
  EXPECT_EQ(files->tabular_version, "2030");
  ASSERT_THAT(files->read, SizeIs(2));
  EXPECT_EQ(files->read[0].role, "order file");
  EXPECT_EQ(files->read[0].size, static_cast<int64_t>(Order().size()));
  EXPECT_EQ(files->read[0].sha256, model::FormatDigest(model::DigestOf(Order())));
  EXPECT_EQ(files->read[1].role, "tabular list XML");
  EXPECT_EQ(files->read[1].sha256, model::FormatDigest(model::DigestOf(Tabular())));
  ASSERT_THAT(files->ignored, SizeIs(4));
  EXPECT_EQ(files->ignored[0].name, "b.zip/Folder/about.pdf");
  EXPECT_EQ(files->ignored[0].why, "PDF: documents for people are not read");
  EXPECT_EQ(files->ignored[1].why, "codes file: its rows are the order file's billable rows");
  EXPECT_EQ(files->ignored[2].why, "spreadsheet or the like: it holds no conversion table");
  EXPECT_EQ(files->ignored[3].why, "archive: archives within archives are not opened");
}

TEST(SourceTest, ReadsTheSameFileOnce) {
  const auto files = ReadSources({{"a.txt", Order()}, {"b.zip", ZipOf({{"c.txt", Order()}})}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(files->read, SizeIs(1));
  ASSERT_THAT(files->ignored, SizeIs(1));
  EXPECT_EQ(files->ignored[0].name, "b.zip/c.txt");
  EXPECT_EQ(files->ignored[0].why, "the same bytes as a.txt");
}

TEST(SourceTest, RefusesTwoDifferentOnes) {
  const std::string other = OrderLine(1, "A00", true, "Cholera");
  EXPECT_TRUE(FailsWith(ReadSources({{"a.txt", Order()}, {"b.txt", other}}).status(),
                        Reason::kSourceMalformed, "b.txt: ", "a.txt is another"));
  EXPECT_TRUE(FailsWith(ReadSources({{"a.xml", Tabular()}, {"b.xml", Tabular() + "\n"}}).status(),
                        Reason::kSourceMalformed, "b.xml: ", "a.xml is another"));
}

TEST(SourceTest, TakesATabularListAlone) {
  const auto files = ReadSources({{"a.xml", Tabular()}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_FALSE(files->order.has_value());
  EXPECT_TRUE(files->tabular.has_value());
}

TEST(SourceTest, SaysWhatItSawWhereNothingIsNeeded) {
  const auto files = ReadSources({{"notes.txt", "Dear reader\n"}, {"doc", "%PDF-1"}});
  EXPECT_TRUE(FailsWith(files.status(), Reason::kSourceNotRecognised, "no order file",
                        "notes.txt (text: not a published format; as an order file, line 1: "
                        "expected an order number in columns 1-5, found \"Dear \")"));
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("doc (PDF"));
  EXPECT_TRUE(FailsWith(ReadSources({}).status(), Reason::kSourceNotRecognised, "", "seen: none"));
}

TEST(SourceTest, GivesTheReadersErrors) {
  const std::string broken = Order() + "00003 A001    9\r\n";
  EXPECT_TRUE(FailsWith(ReadSources({{"b.zip", ZipOf({{"o.txt", broken}})}}).status(),
                        Reason::kSourceMalformed, "b.zip/o.txt:3: ", "expected"));
}

TEST(ArchiveTest, RefusesATruncatedZip) {
  const std::string whole = ZipOf({{"order.txt", Order()}});
  for (const size_t size : {whole.size() - 1, whole.size() / 2, size_t{40}, size_t{4}}) {
    EXPECT_TRUE(FailsWith(ReadSources({{"cut.zip", whole.substr(0, size)}}).status(),
                          Reason::kSourceUnreadable, "cut.zip: ", "perhaps truncated"))
        << size;
  }
}

TEST(ArchiveTest, NamesTheDamagedMember) {
  // Large enough, and random enough, for the damage to lie in the member's own bytes.
  std::string order;
  for (int i = 1; i <= 500; ++i) {
    order += OrderLine(i, absl::StrFormat("%c%02d", 'A' + i / 100, i % 100), true,
                       absl::StrCat("Title ", i * 7919));
  }
  std::string zip = ZipOf({{"order.txt", order}});
  ASSERT_TRUE(ReadSources({{"good.zip", zip}}).ok());
  zip[zip.size() / 2] = static_cast<char>(zip[zip.size() / 2] ^ 0x55);
  const absl::Status status = ReadSources({{"bad.zip", zip}}).status();
  EXPECT_TRUE(
      FailsWith(status, Reason::kSourceUnreadable, "bad.zip/order.txt: ", "cannot be unpacked"));
}

TEST(ArchiveTest, RefusesAMemberThatUnpacksToTooMuch) {
  std::string bomb = Order();
  bomb.resize(kMaxMemberBytes + 1, ' ');
  const std::string zip = ZipOf({{"bomb.txt", bomb}});
  EXPECT_LT(zip.size(), size_t{1} << 20);
  EXPECT_TRUE(FailsWith(ReadSources({{"a.zip", zip}}).status(), Reason::kSourceUnreadable,
                        "a.zip/bomb.txt: ", "64 MiB of one file"));
}

TEST(ArchiveTest, RefusesMembersThatTogetherUnpackToTooMuch) {
  ArchiveReader reader;
  std::string large = Order();
  large.resize(kMaxMemberBytes, ' ');
  const std::string zip = ZipOf({{"1", large}, {"2", large}});
  EXPECT_TRUE(reader.Read("a.zip", zip).ok());
  EXPECT_TRUE(reader.Read("b.zip", zip).ok());
  EXPECT_TRUE(FailsWith(reader.Read("c.zip", zip).status(), Reason::kSourceUnreadable,
                        "c.zip/1: ", "256 MiB of all files"));
}

TEST(ArchiveTest, DoesNotUnpackWhatItDoesNotNeed) {
  std::string document = "%PDF-1.5";
  document.resize(kMaxMemberBytes * 2, ' ');
  ArchiveReader reader;
  const auto members = reader.Read("a.zip", ZipOf({{"big.pdf", document}}));
  ASSERT_TRUE(members.ok()) << members.status();
  EXPECT_EQ((*members)[0].bytes.size(), kRecogniseBytes);
}

TEST(ArchiveTest, RefusesTooManyMembers) {
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i <= kMaxArchiveMembers; ++i) many.emplace_back(absl::StrCat(i), "x");
  EXPECT_TRUE(FailsWith(ReadSources({{"a.zip", ZipOf(many)}}).status(), Reason::kSourceUnreadable,
                        "a.zip: ", "holds 1001 files, and at most 1000"));
}

TEST(ArchiveTest, TakesNamesAsLabels) {
  const auto files = ReadSources({{"a.zip", ZipOf({{"../../etc/order", Order()}, {"sub/", ""}})}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->order_file, "a.zip/../../etc/order");
  // A writer other than libzip may put anything into a name.
  const std::string zip =
      absl::StrReplaceAll(ZipOf({{"or_der~[31m", Order()}}), {{"_", "\n"}, {"~", "\x1b"}});
  const auto odd = ReadSources({{"a.zip", zip}});
  ASSERT_TRUE(odd.ok()) << odd.status();
  EXPECT_TRUE(std::none_of(odd->order_file.begin(), odd->order_file.end(), absl::ascii_iscntrl))
      << odd->order_file;
}

TEST(ArchiveTest, CutsLongNamesBetweenCharacters) {
  std::string name(199, 'a');
  for (int i = 0; i < 20; ++i) name += "é";
  const auto files = ReadSources({{"a.zip", ZipOf({{name, Order()}})}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->order_file, "a.zip/" + std::string(199, 'a'));
}

}  // namespace
}  // namespace codeset::source
