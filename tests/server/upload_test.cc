#include "server/upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"

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
  EXPECT_TRUE(upload.Finish().ok());
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

}  // namespace
}  // namespace codeset::server
