#include "server/upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "tests/server/upload_messages.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::SizeIs;

TEST(UploadTest, HoldsMessagesToOrderAndLimits) {
  const auto add = [](Upload& upload, v1::LoadReleaseRequest message) {
    return upload.Add(message);
  };
  v1::LoadReleaseRequest options, chunk, other;
  options.mutable_options()->set_release_id("2026");
  chunk.mutable_chunk()->set_name("a");
  chunk.mutable_chunk()->set_data("123");
  other.mutable_chunk()->set_name("b");
  other.mutable_chunk()->set_data("4");

  Upload upload(7);
  EXPECT_EQ(ReasonOf(upload.Finish()), Reason::kArgumentInvalid);
  EXPECT_EQ(ReasonOf(add(upload, chunk)), Reason::kArgumentInvalid);
  EXPECT_EQ(ReasonOf(add(upload, {})), Reason::kArgumentInvalid);
  ASSERT_TRUE(add(upload, options).ok());
  EXPECT_EQ(ReasonOf(add(upload, options)), Reason::kArgumentInvalid);
  EXPECT_EQ(ReasonOf(upload.Finish()), Reason::kArgumentInvalid);
  ASSERT_TRUE(add(upload, chunk).ok());
  ASSERT_TRUE(add(upload, chunk).ok());
  ASSERT_TRUE(add(upload, other).ok());
  ASSERT_THAT(upload.files(), SizeIs(2));
  EXPECT_EQ(upload.files()[0].bytes, "123123");
  EXPECT_EQ(ReasonOf(add(upload, other)), Reason::kLoadTooLarge);

  v1::LoadReleaseRequest bad = chunk;
  bad.mutable_chunk()->set_name(std::string(kMaxFileNameBytes + 1, 'x'));
  EXPECT_EQ(ReasonOf(add(upload, bad)), Reason::kArgumentInvalid);
  bad.mutable_chunk()->set_name("");
  EXPECT_EQ(ReasonOf(add(upload, bad)), Reason::kArgumentInvalid);
  bad = chunk;
  bad.mutable_chunk()->set_data(std::string(kMaxChunkBytes + 1, 'x'));
  EXPECT_EQ(ReasonOf(add(upload, bad)), Reason::kArgumentInvalid);

  Upload many;
  ASSERT_TRUE(add(many, options).ok());
  for (size_t i = 0; i < kMaxLoadFiles; ++i) {
    other.mutable_chunk()->set_name(absl::StrCat("f", i));
    ASSERT_TRUE(add(many, other).ok());
  }
  other.mutable_chunk()->set_name("one more");
  EXPECT_EQ(ReasonOf(add(many, other)), Reason::kLoadTooLarge);
}

// Else what breaks off where files could end would be a release with facts that are not known.
TEST(UploadTest, IsWholeWhenItIsWhatTheClientSaysThatItSent) {
  Upload upload;
  v1::LoadReleaseRequest options = OptionsFor("2026");
  ASSERT_TRUE(upload.Add(options).ok());
  for (const char* name : {"a", "a", "b"}) {
    v1::LoadReleaseRequest chunk = Chunk(name, "12");
    ASSERT_TRUE(upload.Add(chunk).ok());
  }
  EXPECT_TRUE(testing::FailsWith(upload.Finish(), Reason::kArgumentInvalid, "end",
                                 "2 files, 6 bytes had come"));
  v1::LoadReleaseRequest end = EndOf({{"a", "1212"}, {"b", "12"}, {"c", "12"}});
  EXPECT_TRUE(testing::FailsWith(upload.Add(end), Reason::kArgumentInvalid, "end.files",
                                 "3 were sent, and 2 have been received"));
  end = EndOf({{"a", "1212"}, {"b", "123"}});
  EXPECT_TRUE(testing::FailsWith(upload.Add(end), Reason::kArgumentInvalid, "end.bytes",
                                 "7 were sent, and 6 have been received"));
  EXPECT_FALSE(upload.Finish().ok());
  end = EndOf({{"a", "1212"}, {"b", "12"}});
  ASSERT_TRUE(upload.Add(end).ok());
  EXPECT_TRUE(upload.Finish().ok());
  v1::LoadReleaseRequest more = Chunk("b", "");
  EXPECT_TRUE(
      testing::FailsWith(upload.Add(more), Reason::kArgumentInvalid, "end", "the last message"));
}

// Order file and tabular list are nothing that a portable file could do without.
TEST(UploadTest, SaysOfAPortableFileWhatElseToDo) {
  Upload upload(40);
  v1::LoadReleaseRequest options, chunk;
  options.mutable_options();
  ASSERT_TRUE(upload.Add(options).ok());
  chunk.mutable_chunk()->set_name("a.codeset");
  chunk.mutable_chunk()->set_data("codeset-portable 1\n");
  for (int i = 0; i < 2; ++i) {
    v1::LoadReleaseRequest copy = chunk;
    ASSERT_TRUE(upload.Add(copy).ok());
  }
  EXPECT_TRUE(testing::FailsWith(upload.Add(chunk), Reason::kLoadTooLarge,
                                 "a load takes a portable file of at most 40 bytes",
                                 "codesetctl release export"));
}

}  // namespace
}  // namespace codeset::server
