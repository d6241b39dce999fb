#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/json_documents.h"
#include "client/codesetctl/reference_document.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What a file holds: its documents, then the error if there is one.
struct Split {
  std::vector<JsonDocument> documents;
  std::string error;

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const JsonDocument& document : documents) all.push_back(document.text);
    return all;
  }
};

Split SplitAll(const std::string& content) {
  std::istringstream in(content);
  JsonDocuments reader(in, "f");
  Split split;
  while (true) {
    absl::StatusOr<std::optional<JsonDocument>> document = reader.Next();
    if (!document.ok()) {
      split.error = std::string(document.status().message());
      return split;
    }
    if (!document->has_value()) return split;
    split.documents.push_back(**std::move(document));
  }
}

TEST(JsonDocumentsTest, DocumentsStandOneAfterAnother) {
  const Split split = SplitAll("{\"a\":1}\n\n  {\n\"b\": {\"c\": []}\n}{\"d\":2}\r\n");
  EXPECT_EQ(split.error, "");
  EXPECT_THAT(split.texts(), ElementsAre("{\"a\":1}", "{\n\"b\": {\"c\": []}\n}", "{\"d\":2}"));
  ASSERT_EQ(split.documents.size(), 3U);
  EXPECT_EQ(split.documents[1].number, 2);
  EXPECT_EQ(split.documents[1].line, 3);
  EXPECT_EQ(split.documents[1].offset, 11);
  EXPECT_EQ(split.documents[2].line, 5);
}

TEST(JsonDocumentsTest, BracesAndEscapesInStringsAreWords) {
  const std::string text = R"({"a":"} { \" } \\","b":"\\\"{"})";
  EXPECT_THAT(SplitAll(text + text).texts(), ElementsAre(text, text));
}

TEST(JsonDocumentsTest, AByteOrderMarkIsPassedOverOnceAndCountsInOffsets) {
  const Split split = SplitAll("\xEF\xBB\xBF{\"a\":\"\xC3\xA9\"}");
  EXPECT_EQ(split.error, "");
  ASSERT_EQ(split.documents.size(), 1U);
  EXPECT_EQ(split.documents[0].offset, 3);
  EXPECT_EQ(split.documents[0].text, "{\"a\":\"\xC3\xA9\"}");
  EXPECT_THAT(SplitAll("{}\xEF\xBB\xBF{}").error, StartsWith("f:1: byte 0xEF at offset 2"));
}

TEST(JsonDocumentsTest, NothingIsNoDocument) {
  EXPECT_TRUE(SplitAll("").documents.empty());
  EXPECT_TRUE(SplitAll(" \n\t\n").documents.empty());
}

TEST(JsonDocumentsTest, TellsWhereAFileIsBroken) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}\n{\"a\":\n{\"b\":1}", "f:2: document 2 does not end: the file ends on line 3"},
      {"{}\n{\"a", "f:2: document 2 does not end: the file ends on line 2, within a string"},
      {"{\n\"a\":\"x\n\"}", "f:2: document 1: \"\\n\" within a string: is its quote not closed?"},
      {"[{}]", "f:1: \"[\" stands where document 1 should begin"},
      {"{},\n{}", "f:1: \",\" stands where document 2 should begin"},
      {"{\n'a':1}", "f:2: document 1: \"'\" stands outside of a string"},
      {"{\n\"a\":\"\xC3\xA9\xFF\"}",
       "f:2: document 1: byte 0xFF at offset 9 of the file is not UTF-8"},
      {"\xFF\xFE{", "f:1: byte 0xFF at offset 0"},
  };
  for (const auto& [content, says] : cases) {
    EXPECT_THAT(SplitAll(content).error, StartsWith(says)) << content;
  }
}

TEST(JsonDocumentsTest, ADocumentHasAtMostFourMebibytes) {
  const std::size_t limit = JsonDocuments::kMaxDocumentBytes;
  // `{"a":""}` has 8 bytes beside the text.
  const auto document = [](std::size_t bytes) {
    return absl::StrCat("{\"a\":\"", std::string(bytes - 8, 'x'), "\"}");
  };
  EXPECT_EQ(SplitAll(document(limit)).documents.size(), 1U);
  EXPECT_THAT(SplitAll(absl::StrCat("\n", document(limit + 1))).error,
              StartsWith("f:2: document 1 has more than 4 MiB"));
}

// Gives `total` bytes that never close a string, and counts what is asked of it.
class EndlessBuffer : public std::streambuf {
 public:
  std::size_t given() const { return given_; }

 protected:
  std::streamsize xsgetn(char* to, std::streamsize count) override {
    std::fill_n(to, count, 'x');
    if (given_ == 0) std::copy_n("{\"a\":\"", 6, to);
    given_ += static_cast<std::size_t>(count);
    return count;
  }

 private:
  std::size_t given_ = 0;
};

TEST(JsonDocumentsTest, WhatIsTooLargeIsNotReadToItsEnd) {
  EndlessBuffer buffer;
  std::istream in(&buffer);
  JsonDocuments reader(in, "f");
  EXPECT_THAT(std::string(reader.Next().status().message()), HasSubstr("more than 4 MiB"));
  EXPECT_LT(buffer.given(), std::size_t{6} << 20);
}

std::string ErrorOf(const std::string& text, std::int64_t line = 10) {
  const auto reference = ReadReference({text, 2, line, 0}, "f");
  return reference.ok() ? "" : std::string(reference.status().message());
}

TEST(ReferenceDocumentTest, ReadsBothSpellingsOfNames) {
  const auto reference = ReadReference(
      {R"({"code":"M99.86","state":"REFERENCE_STATE_DRAFT","bodyRegion":{"text":"leg"},
           "documentation_tips":{"items":[{"id":"a","text":"b"}]},
           "questions":{"items":[{"id":"q","question":"Why?"},
                                 {"id":"r","question":"How?","answer":""}]}})",
       1, 1, 0},
      "f");
  ASSERT_TRUE(reference.ok()) << reference.status();
  EXPECT_EQ(reference->body_region().text(), "leg");
  EXPECT_EQ(reference->documentation_tips().items(0).text(), "b");
  EXPECT_FALSE(reference->questions().items(0).has_answer());
  EXPECT_TRUE(reference->questions().items(1).has_answer());
}

TEST(ReferenceDocumentTest, ErrorsNameLineDocumentAndField) {
  EXPECT_EQ(ErrorOf("{\n\"summary\":{\n\"txt\":\"a\"}}"),
            "f:12: document 2: summary.txt: a page has no such field");
  EXPECT_EQ(ErrorOf("{\"bogus\":1}"), "f:10: document 2: bogus: a page has no such field");
  EXPECT_EQ(ErrorOf("{\"summary\":{\n\"text\":5}}"),
            "f:11: document 2: summary.text: invalid value 5 for type STRING");
  EXPECT_EQ(ErrorOf("{\"sources\":[\n{\"number\":1},\n{\"number\":2,\n\"kind\":\"BOOK\"}]}"),
            "f:13: document 2: sources[1].kind: invalid value \"BOOK\" for type SourceKind");
  EXPECT_EQ(ErrorOf("{\n\"state\":{}}"),
            "f:11: document 2: state: it is an object, and should be a single value");
  EXPECT_EQ(ErrorOf("{\"sources\":[{\n\"kind\":{}}]}"),
            "f:11: document 2: sources[0].kind: it is an object, and should be a single value");
  const std::string broken = ErrorOf("{\"code\":\"A\",\n\"state\" 1}");
  EXPECT_THAT(broken, StartsWith("f:11: document 2: broken JSON: "));
}

// Protobuf shows so many bytes around the place, wherever characters begin.
TEST(ReferenceDocumentTest, ErrorsAreTextWhateverTheyRepeat) {
  for (const char* shift : {"", " "}) {
    const std::string error = ErrorOf(
        absl::StrCat("{\"code\" ", shift, "\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9",
                     "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"}"));
    EXPECT_THAT(error, HasSubstr("broken JSON"));
    EXPECT_EQ(model::EscapeInvalidUtf8(error), error);
  }
  // A name that would move a terminal's cursor.
  EXPECT_THAT(ErrorOf("{\"a\\u001b[2Jb\":1}"), HasSubstr("\\x1B[2Jb: a page has no such field"));
}

TEST(ReferenceDocumentTest, NestingWithoutEndIsRefused) {
  const std::string deep = absl::StrCat("{\"sources\":", std::string(100000, '['));
  EXPECT_NE(ErrorOf(deep), "");
  EXPECT_EQ(LineOfField(deep, "sources[0].number"), 0);
}

TEST(ReferenceDocumentTest, WhatIsTooLongIsNamedByItsPath) {
  const std::string text(65537, 'x');
  EXPECT_EQ(ErrorOf(absl::StrCat("{\"commonPitfalls\":{\"items\":[{\"id\":\"a\",\"text\":\"b\"},\n"
                                 "{\"id\":\"c\",\n\"text\":\"",
                                 text, "\"}]}}")),
            "f:12: document 2: common_pitfalls.items[1].text: it has 65537 bytes, and may have "
            "65536");
  v1::Reference reference;
  for (int i = 0; i < 101; ++i) reference.add_sources();
  std::optional<WrongField> wrong = FindTooLong(reference);
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(wrong->path, "sources");
  EXPECT_EQ(wrong->why, "it has 101 items, and may have 100");
  reference.mutable_sources()->DeleteSubrange(100, 1);
  EXPECT_FALSE(FindTooLong(reference).has_value());
  reference.mutable_summary()->mutable_provenance()->add_other_sources(std::string(501, 'x'));
  wrong = FindTooLong(reference);
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(wrong->path, "summary.provenance.other_sources[0]");
}

TEST(ReferenceDocumentTest, APageHasAtMostAMebibyte) {
  v1::Reference reference;
  for (int i = 0; i < 17; ++i) {
    reference.mutable_clinical_context()->add_items()->set_text(std::string(65536, 'x'));
  }
  const std::optional<WrongField> wrong = FindTooLong(reference);
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(wrong->path, "");
  EXPECT_THAT(wrong->why, HasSubstr("may have 1 MiB"));
}

}  // namespace
}  // namespace codeset::ctl
